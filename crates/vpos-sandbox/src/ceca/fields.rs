//! The fields that form, notification and refund share, checked and signed.
//!
//! Rules: the bank's official module 1.1.1 and its manual 8.9.

use vpos_core::{Amount, Currency};

use super::CecaMerchant;
use crate::Complaint;

/// Where the rule of the form's fields stands.
pub(super) const FORM: &str = "official module 1.1.1, fields of the form";
/// Where the formula of a signature stands.
pub(super) const SIGNATURES: &str = "official module 1.1.1, signatures";
const CONTRACT: &str = "official module 1.1.1, contract";

/// A message's fields as they came, each at most once.
#[derive(Clone, Debug)]
pub(super) struct Fields<'m>(Vec<(&'m str, &'m str)>);

impl<'m> Fields<'m> {
    /// Takes the fields; those that are there twice are complained of.
    pub(super) fn new(fields: impl IntoIterator<Item = (&'m str, &'m str)>, complaints: &mut Vec<Complaint>) -> Self {
        let mut once: Vec<(&str, &str)> = Vec::new();
        for (name, value) in fields {
            if once.iter().any(|(seen, _)| *seen == name) {
                complaints.push(Complaint::new(name, "is there twice", FORM));
            } else {
                once.push((name, value));
            }
        }
        Self(once)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'m str> {
        self.0.iter().find(|(field, _)| *field == name).map(|(_, value)| *value)
    }

    pub(super) fn text(&self, name: &str) -> &'m str {
        self.get(name).unwrap_or_default()
    }

    /// What is signed, in that order; a field that is not there adds nothing.
    pub(super) fn joined(&self, names: &[&str]) -> String {
        names.iter().map(|name| self.text(name)).collect()
    }

    /// A field must have that value.
    pub(super) fn require(&self, name: &'static str, value: &str, complaints: &mut Vec<Complaint>) {
        match self.get(name) {
            Some(sent) if sent == value => {}
            Some(_) => complaints.push(Complaint::new(name, format!("not {value:?}"), FORM)),
            None => complaints.push(Complaint::new(name, "missing", FORM)),
        }
    }

    /// The contract's own codes, padded with zeros.
    pub(super) fn check_contract(&self, merchant: &CecaMerchant, complaints: &mut Vec<Complaint>) {
        for (name, value) in [
            ("MerchantID", merchant.padded_merchant_id()),
            ("AcquirerBIN", merchant.padded_acquirer_bin()),
            ("TerminalID", merchant.padded_terminal_id()),
        ] {
            if self.get(name) != Some(value.as_str()) {
                complaints.push(Complaint::new(name, "not this contract's, padded with zeros", CONTRACT));
            }
        }
    }

    /// `Num_operacion`.
    pub(super) fn number(&self, complaints: &mut Vec<Complaint>) -> Option<String> {
        let number = self.text("Num_operacion");
        let good = is_number(number);
        if !good {
            complaints.push(Complaint::new("Num_operacion", "not 1 to 40 letters, digits and '-'", FORM));
        }
        good.then(|| number.to_owned())
    }

    /// `Importe`, `TipoMoneda` and `Exponente`.
    pub(super) fn amount(&self, complaints: &mut Vec<Complaint>) -> Option<Amount> {
        self.require("Exponente", "2", complaints);
        let read = amount(self.text("Importe"), self.text("TipoMoneda"));
        read.map_err(|(name, what)| complaints.push(Complaint::new(name, what, FORM))).ok()
    }
}

pub(super) fn is_number(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

pub(super) fn is_digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Minor units and a number of ISO 4217, in two or three digits (the module sends ARS as 32).
pub(super) fn amount(minor: &str, currency: &str) -> Result<Amount, (&'static str, &'static str)> {
    let known = currency.parse().ok().filter(|_| is_digits(currency, 2, 3)).and_then(Currency::from_number);
    let known = known.ok_or(("TipoMoneda", "not a number of ISO 4217"))?;
    if known.exponent() != 2 {
        return Err(("TipoMoneda", "a currency without two decimals cannot be expressed"));
    }
    let amount = Amount::parse_minor(minor, known).ok().filter(|amount| !amount.is_zero());
    amount.ok_or(("Importe", "not a whole number of minor units above nothing"))
}
