//! What all messages write alike: padded codes, currencies, amounts, references; and the fields that every request has.

use vpos_core::operation::Operation;
use vpos_core::{Amount, Currency, Error, Refusal};

use super::names::{form, value};
use crate::config::Contract;
use crate::signature::SignedFields;

/// Zeros in front, to so many characters.
pub(crate) fn pad(text: &str, length: usize) -> String {
    format!("{text:0>length$}")
}

/// `TipoMoneda`: three digits, zeros in front. The bank's module sends the Argentine peso (032) as "32".
pub(crate) fn currency(currency: Currency) -> String {
    let number = currency.number();
    if currency == Currency::ARS { number.to_string() } else { format!("{number:03}") }
}

/// An amount that the bank can express: `Exponente` is always 2.
pub(crate) fn check_amount(amount: Amount) -> Result<(), Error> {
    let currency = amount.currency();
    match currency.exponent() {
        2 => Ok(()),
        exponent => Err(Error::payment("currency", format!("the bank speaks two decimals, {currency} has {exponent}"))),
    }
}

/// Minor units in a currency that comes with or without zeros in front.
pub(crate) fn amount(importe: &str, moneda: &str, exponent: &str) -> Result<Amount, Error> {
    if !digits(moneda) || moneda.len() > 3 {
        return Err(Error::malformed(form::CURRENCY, "not up to three digits"));
    }
    let currency = moneda.parse().ok().and_then(Currency::from_number).ok_or(Refusal::Currency)?;
    if !digits(exponent) {
        return Err(Error::malformed(form::EXPONENT, "not a number"));
    }
    // with other decimals the same digits are another amount
    if exponent != value::EXPONENT || currency.exponent() != 2 {
        return Err(Refusal::Amount.into());
    }
    Amount::parse_minor(importe, currency).map_err(|_| Error::malformed(form::AMOUNT, "not a whole number of minor units"))
}

/// `Referencia`: the bank's id of a payment, letters and digits.
///
/// Nothing else is let in, and that is what keeps a buyer's own form from being posted back as a notification: its
/// signature is good, and what would stand in the place of the reference holds `://`.
pub(crate) fn reference<'a>(name: &'static str, text: &'a str) -> Result<&'a str, Error> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !(1..=64).contains(&text.len()) || !text.bytes().all(plain) {
        return Err(Error::malformed(name, "not 1 to 64 letters and digits"));
    }
    Ok(text)
}

pub(crate) fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The fields of a form that goes to the bank, in their order. No `Debug`: they may hold card data.
pub(crate) struct Fields(Vec<(&'static str, String)>);

impl Fields {
    /// Those that forms and refunds have: who, which, how much.
    pub(crate) fn common(contract: &Contract, operation: &Operation, sum: Amount) -> Result<Self, Error> {
        check_amount(sum)?;
        Ok(Self(vec![
            (form::MERCHANT_ID, contract.merchant_id.clone()),
            (form::ACQUIRER_BIN, contract.acquirer_bin.clone()),
            (form::TERMINAL_ID, contract.terminal_id.clone()),
            (form::NUMBER, operation.number().to_string()),
            (form::AMOUNT, sum.minor_units().to_string()),
            (form::CURRENCY, currency(sum.currency())),
            (form::EXPONENT, value::EXPONENT.to_owned()),
            (form::CIPHER, contract.key.cipher().to_string()),
        ]))
    }

    /// Adds one.
    pub(crate) fn push(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// Whether there is one of that name, in whatever case.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// What of them is signed.
    pub(crate) fn signed(&self) -> SignedFields<'_> {
        let get = |name| self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap_or_default();
        SignedFields {
            merchant_id: get(form::MERCHANT_ID),
            acquirer_bin: get(form::ACQUIRER_BIN),
            terminal_id: get(form::TERMINAL_ID),
            number: get(form::NUMBER),
            amount: get(form::AMOUNT),
            currency: get(form::CURRENCY),
            exponent: get(form::EXPONENT),
            reference: get(form::REFERENCE),
            url_ok: get(form::URL_OK),
            url_nok: get(form::URL_NOK),
            sca_exemption: get(form::SCA_EXEMPTION),
            pay_until: get(form::PAY_UNTIL),
        }
    }

    /// As a form's body.
    pub(crate) fn encode(&self) -> Vec<u8> {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish().into_bytes()
    }

    /// Their names and values.
    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.0.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_as_the_module_sends_them() {
        for (code, text) in [("EUR", "978"), ("AUD", "036"), ("ARS", "32"), ("ALL", "008")] {
            assert_eq!(currency(code.parse().unwrap()), text);
        }
        assert!(check_amount(Amount::from_minor(1, Currency::JPY)).is_err());
        assert!(check_amount(Amount::from_minor(1, Currency::KWD)).is_err());
    }

    #[test]
    fn an_amount_is_read_by_number_and_exponent() {
        let pesos = Amount::from_minor(500, Currency::ARS);
        assert_eq!(amount("500", "32", "2").unwrap(), pesos);
        assert_eq!(amount("0500", "032", "2").unwrap(), pesos);
        assert_eq!(amount("500", "001", "2").unwrap_err().refusal(), Some(Refusal::Currency));
        assert_eq!(amount("500", "978", "0").unwrap_err().refusal(), Some(Refusal::Amount));
        assert_eq!(amount("500", "392", "2").unwrap_err().refusal(), Some(Refusal::Amount));
        for (importe, moneda, exponent) in
            [("5.00", "978", "2"), ("-5", "978", "2"), ("", "978", "2"), ("5", "0978", "2"), ("5", "EUR", "2"), ("5", "978", "")]
        {
            assert!(matches!(amount(importe, moneda, exponent), Err(Error::Malformed { .. })), "{importe} {moneda} {exponent}");
        }
    }

    #[test]
    fn a_reference_holds_no_address() {
        for good in ["120043981612", "A-1_b.2"] {
            assert_eq!(reference("Referencia", good).unwrap(), good);
        }
        for bad in ["", "SHA2https://tienda.example/ok", "1 2", "ñ", "1\u{80}", "1:2", "1/2", "1%2", &"1".repeat(65)] {
            assert!(reference("Referencia", bad).is_err(), "{bad}");
        }
    }
}
