//! Further parameters that the merchant gives by their wire names.

use serde_json::{Map, Value};
use vpos_core::{Error, Payment};

use crate::wire::names::{answer, request};

/// How a parameter's text is checked.
enum Rule {
    /// At most so many characters.
    Most(usize),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Letters, at least one.
    Letters,
    /// A JSON object, sent as one.
    Object,
    /// Never: the buyer's card is typed at the bank.
    CardData,
}

/// The parameters with a known rule (manual 4.2, "Parámetros de entrada"). Others are passed on.
const RULES: [(&str, Rule); 18] = [
    (request::MERCHANT_NAME, Rule::Most(25)),
    (request::PRODUCT_DESCRIPTION, Rule::Most(125)),
    (request::TITULAR, Rule::Most(60)),
    (request::MERCHANT_DATA, Rule::Most(1024)),
    (request::MERCHANT_URL, Rule::Most(250)),
    (request::URL_OK, Rule::Most(250)),
    (request::URL_KO, Rule::Most(250)),
    (request::PAY_METHODS, Rule::Letters),
    (request::IDENTIFIER, Rule::Most(40)),
    (request::COF_INI, Rule::OneOf(&["S", "N"])),
    (request::COF_TYPE, Rule::OneOf(&["I", "R", "H", "E", "D", "M", "N", "C"])),
    (request::COF_TXNID, Rule::Most(15)),
    (request::DIRECT_PAYMENT, Rule::OneOf(&["true", "moto"])),
    (request::EXCEP_SCA, Rule::OneOf(&["LWV", "TRA", "MIT", "COR", "ATD", "NDF"])),
    (request::EMV3DS, Rule::Object),
    (request::PAN, Rule::CardData),
    (request::CVV2, Rule::CardData),
    (request::EXPIRY_DATE, Rule::CardData),
];

/// What the bank alone says of a payment. Our signature over it, in the form that the buyer carries, would be a notification
/// of the buyer's own making.
const ANSWERS: [&str; 7] = [
    answer::AMOUNT,
    answer::CURRENCY,
    answer::MERCHANT_CODE,
    answer::ORDER,
    answer::RESPONSE,
    answer::TERMINAL,
    answer::TRANSACTION_TYPE,
];

/// Adds the payment's extra fields; one that is there already is refused, in whatever case it is written.
pub(super) fn insert(parameters: &mut Map<String, Value>, payment: &Payment) -> Result<(), Error> {
    for (name, text) in payment.extra() {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain || !name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("DS_")) || name.len() > 64 {
            return Err(Error::payment("extra", "a name that is no parameter of the bank: they begin with DS_"));
        }
        if ANSWERS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(Error::payment("extra", format!("{name} is the bank's to say")));
        }
        if parameters.keys().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(Error::payment("extra", format!("{name} is set already")));
        }
        parameters.insert(name.to_owned(), value(name, text)?);
    }
    Ok(())
}

fn value(name: &str, text: &str) -> Result<Value, Error> {
    let rule = RULES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, rule)| rule);
    let refuse = |reason: String| Err(Error::payment("extra", format!("{name}: {reason}")));
    match rule {
        Some(Rule::Most(most)) if text.chars().count() > *most => refuse(format!("longer than {most} characters")),
        Some(Rule::OneOf(words)) if !words.contains(&text) => refuse(format!("not one of {words:?}")),
        Some(Rule::Letters) if text.is_empty() || !text.bytes().all(|b| b.is_ascii_alphabetic()) => refuse("not letters".into()),
        Some(Rule::CardData) => refuse("card data is typed at the bank".into()),
        Some(Rule::Object) => match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Ok(Value::Object(object)),
            _ => refuse("not a JSON object".into()),
        },
        _ => Ok(text.into()),
    }
}
