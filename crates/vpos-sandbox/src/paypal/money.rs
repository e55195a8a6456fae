//! Amounts as PayPal writes them: decimal text, and three currencies without decimals.
//!
//! Source: banks/PAYPAL.md, section 1 [O: currency codes].

use vpos_core::{Amount, Currency};

/// The currencies that PayPal takes.
const CURRENCIES: [&str; 25] = [
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK", "NZD", "PHP",
    "PLN", "RUB", "SEK", "SGD", "THB", "TWD", "USD",
];

/// Of them, those without decimals: two of them have some in ISO 4217.
const WHOLE: [&str; 3] = ["HUF", "JPY", "TWD"];

/// Reads an amount above nothing. What is wrong with it is named as the REST issue.
pub(super) fn read(value: &str, currency: &str) -> Result<Amount, &'static str> {
    if !CURRENCIES.contains(&currency) {
        return Err("INVALID_CURRENCY_CODE");
    }
    let known: Currency = currency.parse().map_err(|_| "INVALID_CURRENCY_CODE")?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || value.ends_with('.') || value.len() > 32 || !digits(whole) || !digits(decimals) {
        return Err("INVALID_PARAMETER_SYNTAX");
    }
    if WHOLE.contains(&currency) && value.contains('.') {
        return Err("DECIMALS_NOT_SUPPORTED");
    }
    if decimals.len() > 2 {
        return Err("DECIMAL_PRECISION");
    }
    let amount = Amount::parse(value, known).map_err(|_| "INVALID_PARAMETER_SYNTAX")?;
    if amount.is_zero() { Err("CANNOT_BE_ZERO_OR_NEGATIVE") } else { Ok(amount) }
}

/// Writes one: two decimals, or none.
pub(super) fn write(amount: Amount) -> String {
    let text = amount.to_decimal().to_string();
    let whole = WHOLE.contains(&amount.currency().code());
    let (before, _) = text.split_once('.').filter(|_| whole).unwrap_or((&text, ""));
    before.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_there_and_back() {
        for (value, currency) in [("123.45", "EUR"), ("1500", "JPY"), ("1200", "HUF"), ("7", "TWD"), ("0.01", "USD")] {
            assert_eq!(write(read(value, currency).unwrap()), value, "{currency}");
        }
        assert_eq!(write(read("12", "EUR").unwrap()), "12.00");
    }

    #[test]
    fn what_is_no_amount() {
        for (value, currency, issue) in [
            ("1.00", "KWD", "INVALID_CURRENCY_CODE"),
            ("1.00", "HUF", "DECIMALS_NOT_SUPPORTED"),
            ("1.001", "EUR", "DECIMAL_PRECISION"),
            ("0.00", "EUR", "CANNOT_BE_ZERO_OR_NEGATIVE"),
            ("-1", "EUR", "INVALID_PARAMETER_SYNTAX"),
            ("1,00", "EUR", "INVALID_PARAMETER_SYNTAX"),
            ("1.", "EUR", "INVALID_PARAMETER_SYNTAX"),
            ("", "EUR", "INVALID_PARAMETER_SYNTAX"),
        ] {
            assert_eq!(read(value, currency), Err(issue), "{value} {currency}");
        }
    }
}
