//! Amounts as both protocols write them: decimal text with a point, in one of PayPal's currencies.
//!
//! Source: developer.paypal.com, currency codes (REST and NVP name the same 25).

use vpos_core::{Amount, Currency, Error};

/// The currencies that PayPal takes.
const CURRENCIES: [Currency; 25] = [
    Currency::AUD,
    Currency::BRL,
    Currency::CAD,
    Currency::CHF,
    Currency::CNY,
    Currency::CZK,
    Currency::DKK,
    Currency::EUR,
    Currency::GBP,
    Currency::HKD,
    Currency::HUF,
    Currency::ILS,
    Currency::JPY,
    Currency::MXN,
    Currency::MYR,
    Currency::NOK,
    Currency::NZD,
    Currency::PHP,
    Currency::PLN,
    Currency::RUB,
    Currency::SEK,
    Currency::SGD,
    Currency::THB,
    Currency::TWD,
    Currency::USD,
];

/// "This currency does not support decimals": two of these have them in ISO 4217.
const WHOLE: [Currency; 3] = [Currency::HUF, Currency::JPY, Currency::TWD];

/// An amount as PayPal takes it: `12.30`, `1230` for yen.
pub(crate) fn text(amount: Amount) -> Result<String, Error> {
    let currency = amount.currency();
    if !CURRENCIES.contains(&currency) {
        return Err(Error::payment("currency", format!("{currency} is none of PayPal's")));
    }
    let value = amount.to_decimal();
    if !WHOLE.contains(&currency) {
        return Ok(value.to_string());
    }
    let whole = value.trunc();
    if whole != value {
        return Err(Error::payment("amount", format!("{amount}: PayPal takes no decimals of {currency}")));
    }
    Ok(whole.to_string())
}

/// An amount as PayPal tells it. Zeros behind the point are no decimals.
pub(crate) fn parse(field: &'static str, value: &str, currency: &str) -> Result<Amount, Error> {
    let currency: Currency = currency.parse().map_err(|_| Error::malformed(field, "not a currency of ISO 4217"))?;
    let value = match value.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.len() <= 3 && zeros.bytes().all(|b| b == b'0') => whole,
        _ => value,
    };
    Amount::parse(value, currency).map_err(|_| Error::malformed(field, "not an amount of its currency"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_by_currency() {
        for (minor, currency, expected) in [
            (12_345, Currency::EUR, Some("123.45")),
            (12_300, Currency::USD, Some("123.00")),
            (1_230, Currency::JPY, Some("1230")),
            (123_000, Currency::HUF, Some("1230")),
            (123_050, Currency::HUF, None),
            (10_000, Currency::TWD, Some("100")),
            (10_001, Currency::TWD, None),
            (100, Currency::COP, None),
            (1_000, Currency::KWD, None),
        ] {
            assert_eq!(text(Amount::from_minor(minor, currency)).ok().as_deref(), expected, "{minor} {currency}");
        }
    }

    #[test]
    fn what_is_told_is_read() {
        let read = |value, currency| parse("amount", value, currency).ok().map(Amount::minor_units);
        assert_eq!(read("123.45", "EUR"), Some(12_345));
        assert_eq!(read("123.4", "EUR"), Some(12_340));
        assert_eq!(read("1230", "JPY"), Some(1_230));
        assert_eq!(read("1230.00", "JPY"), Some(1_230));
        assert_eq!(read("1230", "HUF"), Some(123_000));
        for (value, currency) in
            [("12,30", "EUR"), ("-1", "EUR"), ("1.", "EUR"), ("1.5", "JPY"), ("1", "XX"), ("", "EUR"), ("1e2", "EUR")]
        {
            assert_eq!(read(value, currency), None, "{value} {currency}");
        }
    }
}
