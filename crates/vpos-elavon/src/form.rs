//! The hosted page's form: an operation and its payment become hashed fields.
//!
//! Source: rxp-hpp-java 1.3.4 `HppRequest`; rules from banks/ELAVON.md, section 2. A value that breaks its rule is an error
//! that names it, never cut.

mod extra;
mod sdk;

pub use sdk::{SdkValues, sdk_json};

use vpos_core::operation::Operation;
use vpos_core::{Begun, Error, FormMethod, Payment, PaymentForm, Reference, References, Timestamp};

use crate::config::{Contract, check_number};
use crate::signature::{Fields, hex, hpp_request};
use crate::wire::document::{minor_units, timestamp};
use crate::wire::names::{hpp, hpp_hash};

/// The form that sends the buyer to the hosted page, and whose cards it may store or show.
pub(crate) fn payment_form(
    contract: &Contract,
    operation: &Operation,
    payment: &Payment,
    now: Timestamp,
) -> Result<Begun, Error> {
    operation.require_acceptor(&contract.acceptor)?;
    if payment.amount() != operation.amount() {
        return Err(Error::payment("amount", format!("the operation was stored with {}", operation.amount())));
    }
    if payment.kind() != operation.kind() {
        return Err(Error::payment("kind", "the operation was stored with another"));
    }
    check_number(operation.number())?;
    let Some(response_url) = payment.notification_url() else {
        return Err(Error::payment("notification_url", "missing: the page answers to it, through the buyer's browser"));
    };
    let mut form = Form::default();
    for (name, value) in [
        (hpp::TIMESTAMP, timestamp(now)),
        (hpp::MERCHANT_ID, contract.merchant().to_owned()),
        (hpp::ACCOUNT, contract.account().to_owned()),
        (hpp::ORDER_ID, operation.number().to_string()),
        (hpp::AMOUNT, minor_units(operation.amount())?),
        (hpp::CURRENCY, operation.amount().currency().code().to_owned()),
        (hpp::AUTO_SETTLE_FLAG, contract.settle_flag(operation.kind()).to_owned()),
        (hpp::MERCHANT_RESPONSE_URL, response_url.to_string()),
    ] {
        form.set(name, value);
    }
    optional_fields(&mut form, payment)?;
    extra::insert(&mut form, payment)?;
    // 2 is the current page
    if form.get(hpp::HPP_VERSION).is_none() {
        form.set(hpp::HPP_VERSION, "2".to_owned());
    }
    form.set(hpp_hash(contract.hash), form.hash(contract));
    let references = form.references();
    Ok(Begun { form: PaymentForm::new(contract.hpp.clone(), FormMethod::Post, form.fields), references })
}

/// What the payment may have.
fn optional_fields(form: &mut Form, payment: &Payment) -> Result<(), Error> {
    for (name, field, text, most) in [
        (hpp::COMMENT1, "description", payment.description(), 255),
        (hpp::CUSTOMER_EMAIL, "buyer.email", payment.buyer().email(), 254),
    ] {
        let Some(text) = text else { continue };
        if text.chars().count() > most {
            return Err(Error::payment(field, format!("longer than the {most} characters of {name}")));
        }
        form.set(name, text.to_owned());
    }
    if let Some(language) = payment.language() {
        form.set(hpp::HPP_LANG, language.to_string());
    }
    if let Some(phone) = payment.buyer().phone().and_then(mobile) {
        form.set(hpp::CUSTOMER_PHONE, phone);
    }
    Ok(())
}

/// `34|600000000`: a country's calling code and a number, at most 15 characters. Also from `+34 600 000 000`, where a
/// separator shows the end of the calling code, and from Spanish numbers without one. None for what cannot be told apart.
fn mobile(text: &str) -> Option<String> {
    let international = text.strip_prefix('+').or_else(|| text.strip_prefix("00"));
    let (country, number) = match (text.split_once('|'), international) {
        (Some(parts), _) => parts,
        (None, Some(rest)) => match rest.split_once([' ', '-', '.']) {
            Some(parts) => parts,
            None => ("34", rest.strip_prefix("34").filter(|number| number.len() == 9)?),
        },
        (None, None) => return None,
    };
    let number: String = number.chars().filter(|c| !matches!(c, ' ' | '-' | '.')).collect();
    let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let joined = format!("{country}|{number}");
    (digits(country, 3) && digits(&number, 15) && joined.len() <= 15).then_some(joined)
}

/// The fields while they are collected, in the order in which they are sent.
#[derive(Default)]
struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    fn set(&mut self, name: &str, value: String) {
        self.fields.push((name.to_owned(), value));
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a field is there, in whatever case it is written.
    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    fn given(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The buyer in the vault: whose cards are offered, else who gets the new card.
    fn payer(&self) -> Option<&str> {
        self.given(hpp::SELECT_STORED_CARD).or(self.given(hpp::PAYER_REF))
    }

    /// Whether a card is stored or chosen: then the hash covers payer and card.
    fn is_of_vault(&self) -> bool {
        self.get(hpp::CARD_STORAGE_ENABLE) == Some("1") || self.given(hpp::SELECT_STORED_CARD).is_some()
    }

    fn hash(&self, contract: &Contract) -> String {
        let text = |name| self.get(name).unwrap_or_default();
        let fields = Fields {
            timestamp: text(hpp::TIMESTAMP),
            merchantid: text(hpp::MERCHANT_ID),
            orderid: text(hpp::ORDER_ID),
            amount: text(hpp::AMOUNT),
            currency: text(hpp::CURRENCY),
            payerref: self.is_of_vault().then(|| self.payer().unwrap_or_default()),
            pmtref: self.is_of_vault().then(|| text(hpp::PMT_REF)),
            mode: self.given(hpp::FRAUDFILTER_MODE),
            ..Fields::default()
        };
        hex(&hpp_request(contract.hash, &contract.secret, &fields))
    }

    /// The payer whom we name: what the response says of a saved card is believed for that payer alone.
    fn references(&self) -> References {
        let mut learnt = References::new();
        if let Some(payer) = self.payer().filter(|_| self.is_of_vault()) {
            learnt.insert(Reference::PayerId, payer);
        }
        learnt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobile_numbers() {
        for (text, expected) in [
            ("34|600000000", Some("34|600000000")),
            ("+34 600000000", Some("34|600000000")),
            ("+34 600 00 00 00", Some("34|600000000")),
            ("0034-600000000", Some("34|600000000")),
            ("+34600000000", Some("34|600000000")),
            ("+353 871234567", Some("353|871234567")),
            ("+353871234567", None),
            ("600000000", None),
            ("34|", None),
            ("|600000000", None),
            ("3400|600000000", None),
            ("34|6000000000000", None),
            ("+34 six", None),
            ("", None),
        ] {
            assert_eq!(mobile(text).as_deref(), expected, "{text}");
        }
    }
}
