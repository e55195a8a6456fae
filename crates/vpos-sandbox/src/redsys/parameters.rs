//! `Ds_MerchantParameters`, read as strictly as the bank reads them, and written as the bank writes them.
//!
//! Rules: redirection manual 4.2 and "Firmar una operación"; code numbers: the public lists of redsys-easy and
//! redsys-Messages.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use vpos_core::{Amount, Currency, Secret};

use super::fault::Fault;
use super::signature::RedsysSignature;

/// The three fields that carry every message.
pub(super) const CARRIERS: [&str; 3] = ["Ds_SignatureVersion", "Ds_MerchantParameters", "Ds_Signature"];

/// The parameters of a request, names in upper case.
#[derive(Debug)]
pub(super) struct Parameters(BTreeMap<String, Value>);

impl Parameters {
    /// Opens a signed message. The signature is judged first, with the key of the order that stands inside.
    pub(super) fn open(carriers: [Option<&str>; 3], expected: RedsysSignature, key: &Secret) -> Result<Self, Fault> {
        let [version, text, signature] = carriers;
        let [version_field, text_field, signature_field] = CARRIERS;
        let text = text.ok_or_else(|| Fault::new("SIS0431", text_field, "missing, or there twice"))?;
        let signature = signature.ok_or_else(|| Fault::new("SIS0020", signature_field, "missing, or there twice"))?;
        if signature.is_empty() {
            return Err(Fault::new("SIS0021", signature_field, "empty"));
        }
        if version != Some(expected.name()) {
            return Err(Fault::new("SIS0042", version_field, format!("the contract signs with {expected}")));
        }
        let decoded = expected.decode_parameters(text);
        let decoded = decoded.ok_or_else(|| Fault::new("SIS0430", text_field, format!("not the Base64 of {expected}")))?;
        let parameters = Self::parse(&decoded)?;
        let order = parameters.text("ORDER").unwrap_or_default();
        if !expected.is_right(key, order, text, signature) {
            return Err(Fault::new("SIS0042", signature_field, "not the signature of these parameters"));
        }
        Ok(parameters)
    }

    fn parse(json: &[u8]) -> Result<Self, Fault> {
        let broken = |what: &str| Fault::new("SIS0431", CARRIERS[1], what);
        let Ok(Value::Object(object)) = serde_json::from_slice(json) else {
            return Err(broken("not a JSON object"));
        };
        let mut read = BTreeMap::new();
        for (name, value) in object {
            let value = match value {
                Value::String(_) => value,
                Value::Object(_) if name.eq_ignore_ascii_case("DS_MERCHANT_EMV3DS") => value,
                // python-redsys 2.1.0 sends amount, currency and terminal so, and its forms were taken by the test system
                Value::Number(number) if number.is_u64() => Value::String(number.to_string()),
                _ => return Err(broken(&format!("{name} is neither a JSON string nor a whole number"))),
            };
            if read.insert(name.to_ascii_uppercase(), value).is_some() {
                return Err(broken(&format!("{name} is there twice")));
            }
        }
        Ok(Self(read))
    }

    /// A parameter's text, by its name without `DS_MERCHANT_`.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(&format!("DS_MERCHANT_{name}")).and_then(Value::as_str)
    }

    /// A text that may be empty.
    pub(super) fn text_or_empty(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// The order number: `^[0-9]{4}[A-Za-z0-9]{0,8}$`.
    pub(super) fn order(&self) -> Result<String, Fault> {
        const FIELD: &str = "DS_MERCHANT_ORDER";
        let order = self.text("ORDER").ok_or_else(|| Fault::new("SIS0074", FIELD, "missing"))?;
        if !(4..=12).contains(&order.len()) {
            return Err(Fault::new("SIS0075", FIELD, "not 4 to 12 characters"));
        }
        if !order.bytes().take(4).all(|b| b.is_ascii_digit()) {
            return Err(Fault::new("SIS0076", FIELD, "does not begin with four digits"));
        }
        if !order.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Fault::new("SIS0077", FIELD, "not letters and digits"));
        }
        Ok(order.to_owned())
    }

    /// Amount and currency; an old currency's number comes without its zeros, as
    /// `active_merchant` sends it.
    pub(super) fn amount(&self) -> Result<Amount, Fault> {
        let currency = self.text("CURRENCY").ok_or_else(|| Fault::new("SIS0015", "DS_MERCHANT_CURRENCY", "missing"))?;
        let known = currency.parse().ok().filter(|_| is_digits(currency, 3) && !currency.starts_with('0'));
        let known = known.and_then(Currency::from_number);
        let known = known.ok_or_else(|| Fault::new("SIS0016", "DS_MERCHANT_CURRENCY", "not a number of ISO 4217"))?;
        let minor = self.text("AMOUNT").ok_or_else(|| Fault::new("SIS0018", "DS_MERCHANT_AMOUNT", "missing"))?;
        let amount = Amount::parse_minor(minor, known).ok().filter(|_| is_digits(minor, 12));
        amount.ok_or_else(|| Fault::new("SIS0019", "DS_MERCHANT_AMOUNT", "not up to 12 digits of minor units"))
    }

    /// Merchant and terminal must be the contract's.
    pub(super) fn check_contract(&self, merchant_code: &str, terminal: u16) -> Result<(), Fault> {
        let (code_field, terminal_field) = ("DS_MERCHANT_MERCHANTCODE", "DS_MERCHANT_TERMINAL");
        let code = self.text("MERCHANTCODE").ok_or_else(|| Fault::new("SIS0008", code_field, "missing"))?;
        if code.len() != 9 || !is_digits(code, 9) {
            return Err(Fault::new("SIS0009", code_field, "not 9 digits"));
        }
        let number = self.text("TERMINAL").ok_or_else(|| Fault::new("SIS0010", terminal_field, "missing"))?;
        if !is_digits(number, 3) {
            return Err(Fault::new("SIS0011", terminal_field, "not up to 3 digits"));
        }
        if code != merchant_code || number.parse() != Ok(terminal) {
            return Err(Fault::new("SIS0026", code_field, "no such merchant and terminal"));
        }
        Ok(())
    }

    /// The transaction type, in its short spelling ("3" for "03").
    pub(super) fn transaction(&self) -> Result<&str, Fault> {
        const KNOWN: [&str; 24] = [
            "0", "1", "2", "3", "5", "6", "7", "8", "9", "11", "15", "34", "44", "45", "46", "47", "48", "A", "F", "O", "P", "Q",
            "R", "S",
        ];
        const FIELD: &str = "DS_MERCHANT_TRANSACTIONTYPE";
        let text = self.text("TRANSACTIONTYPE").ok_or_else(|| Fault::new("SIS0022", FIELD, "missing"))?;
        let short = text.strip_prefix('0').filter(|rest| !rest.is_empty()).unwrap_or(text);
        if !(1..=2).contains(&text.len()) {
            return Err(Fault::new("SIS0022", FIELD, "not one or two characters"));
        }
        if KNOWN.contains(&short) { Ok(short) } else { Err(Fault::new("SIS0023", FIELD, "unknown")) }
    }
}

/// Digits, at least one and at most so many.
pub(super) fn is_digits(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// The three fields of a message from the bank.
pub(super) fn seal(
    version: RedsysSignature,
    key: &Secret,
    order: &str,
    members: &[(&str, String)],
) -> [(&'static str, String); 3] {
    let object: Map<String, Value> = members.iter().map(|(name, text)| ((*name).to_owned(), text.clone().into())).collect();
    let text = version.encode_parameters(&Value::Object(object).to_string());
    let signature = version.sign(key, order, &text);
    let [version_field, text_field, signature_field] = CARRIERS;
    [(version_field, version.name().to_owned()), (text_field, text), (signature_field, signature)]
}
