//! Further fields that the merchant gives by their wire names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use vpos_core::operation::Operation;
use vpos_core::{Error, Payment};

use crate::config::Contract;
use crate::signature;
use crate::wire::fields::{self, Fields};
use crate::wire::names::form;

/// How a field's text is checked.
#[derive(Clone, Copy)]
enum Rule {
    /// Anything: what it means to the bank is not public.
    Raw,
    /// LOW, TRA, MIT and whatever else the bank may have: capital letters and digits.
    Word,
    /// The bank's id of a payment: a payment by reference.
    Reference,
    /// A JSON object, sent in Base64 with a signature of its own.
    Object,
}

/// The fields that may be added. Those that are signed are known to `Fields::signed`, and signed when they are here.
const KNOWN: [(&str, Rule); 11] = [
    (form::DESCRIPTION, Rule::Raw),
    (form::NAME, Rule::Raw),
    (form::EMAIL, Rule::Raw),
    (form::SCA_EXEMPTION, Rule::Word),
    (form::PAY_UNTIL, Rule::Raw),
    (form::REFERENCE, Rule::Reference),
    (form::OPERATION_TYPE, Rule::Raw),
    (form::OPERATION_DATA, Rule::Raw),
    (form::VERSION, Rule::Raw),
    (form::CHOSEN, Rule::Word),
    (form::ACS_DATA, Rule::Object),
];

const CARD_DATA: [&str; 3] = [form::PAN, form::EXPIRY, form::CVV];

/// Adds the payment's extra fields; one that is there already is refused, in whatever case it is written.
pub(super) fn push(fields: &mut Fields, contract: &Contract, operation: &Operation, payment: &Payment) -> Result<(), Error> {
    for (name, text) in payment.extra() {
        let refuse = |reason: &str| Err(Error::payment("extra", format!("{name:.64}: {reason}")));
        if fields.has(name) || name.eq_ignore_ascii_case(form::SIGNATURE) || name.eq_ignore_ascii_case(form::ACS_SIGNATURE) {
            return refuse("is set already");
        }
        if CARD_DATA.iter().any(|card| card.eq_ignore_ascii_case(name)) {
            return refuse("card data is typed at the bank, or given as a Card (feature pci)");
        }
        let known = KNOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some((name, rule)) = known.copied() else {
            return refuse("the bank's form has no such field");
        };
        let word = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        match rule {
            Rule::Raw => fields.push(name, text),
            Rule::Word if (1..=16).contains(&text.len()) && text.bytes().all(word) => fields.push(name, text),
            Rule::Word => return refuse("not capital letters and digits"),
            Rule::Reference => match fields::reference(name, text) {
                Ok(reference) => fields.push(name, reference),
                Err(_) => return refuse("not letters and digits"),
            },
            Rule::Object => {
                if !matches!(serde_json::from_str(text), Ok(Value::Object(_))) {
                    return refuse("not a JSON object");
                }
                let encoded = STANDARD.encode(text);
                let signature = signature::sign(&contract.key, operation.number(), encoded.as_bytes());
                fields.push(name, encoded);
                fields.push(form::ACS_SIGNATURE, signature);
            }
        }
    }
    Ok(())
}
