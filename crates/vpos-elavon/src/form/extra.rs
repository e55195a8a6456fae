//! Further fields that the merchant gives by their wire names.

use vpos_core::{Error, Payment};

use super::Form;
use crate::wire::names::hpp;

/// How a field's text is checked.
enum Rule {
    /// Text of at most so many characters.
    Most(usize),
    /// At most so many of letters, digits and these.
    Of(usize, &'static str),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Three digits (ISO 3166).
    Country,
    /// Two letters, and two more behind `_`.
    Language,
    /// `34|600000000`.
    Mobile,
}

const FLAG: Rule = Rule::OneOf(&["0", "1"]);
/// `HppRequest`: customerNumber, variableReference, productId.
const REFERENCE: Rule = Rule::Of(50, "._-,+@ ");
/// `HppRequest`: billingAddress1 and its kin are wider than this in letters only: Spanish streets have accents.
const STREET: Rule = Rule::Most(50);

/// The fields with a known rule (`HppRequest`; banks/ELAVON.md, section 2). Others are the merchant's own, and come back in
/// the response.
const RULES: [(&str, Rule); 40] = [
    (hpp::ADDRESS_MATCH, Rule::OneOf(&["TRUE", "FALSE"])),
    (hpp::BILLING_CITY, STREET),
    (hpp::BILLING_CO, Rule::Of(50, ",.- ")),
    (hpp::BILLING_CODE, Rule::Of(60, ",.-/|* ")),
    (hpp::BILLING_COUNTRY, Rule::Country),
    (hpp::BILLING_POSTALCODE, Rule::Of(16, "- ")),
    (hpp::BILLING_STATE, Rule::Most(3)),
    (hpp::BILLING_STREET1, STREET),
    (hpp::BILLING_STREET2, STREET),
    (hpp::BILLING_STREET3, STREET),
    (hpp::CARD_PAYMENT_BUTTON, Rule::Most(25)),
    (hpp::CARD_STORAGE_ENABLE, FLAG),
    (
        hpp::CHALLENGE_REQUEST,
        Rule::OneOf(&["NO_PREFERENCE", "NO_CHALLENGE_REQUESTED", "CHALLENGE_PREFERRED", "CHALLENGE_MANDATED"]),
    ),
    (hpp::COMMENT1, Rule::Most(255)),
    (hpp::COMMENT2, Rule::Most(255)),
    (hpp::CUSTOMER_EMAIL, Rule::Most(254)),
    (hpp::CUSTOMER_PHONE, Rule::Mobile),
    (hpp::CUST_NUM, REFERENCE),
    (hpp::DCC_ENABLE, FLAG),
    (hpp::FRAUDFILTER_MODE, Rule::OneOf(&["ACTIVE", "PASSIVE", "OFF"])),
    (hpp::HPP_LANG, Rule::Language),
    (hpp::HPP_VERSION, Rule::OneOf(&["1", "2"])),
    (hpp::OFFER_SAVE_CARD, FLAG),
    (hpp::PAYER_EXIST, Rule::OneOf(&["0", "1", "2"])),
    (hpp::PAYER_REF, Rule::Of(50, "_-\\ ")),
    (hpp::PMT_REF, Rule::Of(50, "_-")),
    (hpp::PROD_ID, REFERENCE),
    (hpp::RETURN_TSS, FLAG),
    (hpp::SELECT_STORED_CARD, Rule::Of(50, "_-. ")),
    (hpp::SHIPPING_CITY, STREET),
    (hpp::SHIPPING_CO, Rule::Of(50, ",.- ")),
    (hpp::SHIPPING_CODE, Rule::Of(30, ",.-/| ")),
    (hpp::SHIPPING_COUNTRY, Rule::Country),
    (hpp::SHIPPING_POSTALCODE, Rule::Of(16, "- ")),
    (hpp::SHIPPING_STATE, Rule::Most(3)),
    (hpp::SHIPPING_STREET1, STREET),
    (hpp::SHIPPING_STREET2, STREET),
    (hpp::SHIPPING_STREET3, STREET),
    // with 1 the amount is nothing, and a payment of nothing does not exist: the remote `otb` checks a card
    (hpp::VALIDATE_CARD_ONLY, Rule::OneOf(&["0"])),
    (hpp::VAR_REF, REFERENCE),
];

/// Adds the payment's extra fields; one that is there already is refused, in whatever case it is written.
pub(super) fn insert(form: &mut Form, payment: &Payment) -> Result<(), Error> {
    for (name, text) in payment.extra() {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if !plain || name.len() > 64 {
            return Err(Error::payment("extra", "a name that is not up to 64 letters, digits, '_' and '-'"));
        }
        let hash = [hpp::SHA1HASH, hpp::SHA256HASH].iter().any(|known| known.eq_ignore_ascii_case(name));
        if form.has(name) || hash {
            return Err(Error::payment("extra", format!("{name} is set already")));
        }
        if hpp::ANSWERS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(Error::payment("extra", format!("{name} is what the platform answers")));
        }
        if let Some((known, rule)) = RULES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            if *known != name {
                return Err(Error::payment("extra", format!("{name} is spelled {known}")));
            }
            check(rule, text).map_err(|reason| Error::payment("extra", format!("{name}: {reason}")))?;
        }
        form.set(name, text.to_owned());
    }
    Ok(())
}

fn check(rule: &Rule, text: &str) -> Result<(), String> {
    let most = |most: usize| if text.chars().count() > most { Err(format!("longer than {most} characters")) } else { Ok(()) };
    match rule {
        Rule::Most(limit) => most(*limit),
        Rule::Of(limit, others) => {
            most(*limit)?;
            let known = text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c));
            if known { Ok(()) } else { Err(format!("not letters, digits and any of {others:?}")) }
        }
        Rule::OneOf(words) if !words.contains(&text) => Err(format!("not one of {words:?}")),
        Rule::Country if text.len() != 3 || !text.bytes().all(|b| b.is_ascii_digit()) => Err("not three digits".into()),
        Rule::Language if !is_language(text) => Err("not two letters".into()),
        Rule::Mobile if super::mobile(text).as_deref() != Some(text) => Err("not as 34|600000000".into()),
        Rule::OneOf(_) | Rule::Country | Rule::Language | Rule::Mobile => Ok(()),
    }
}

/// `es`, `es_ES`.
fn is_language(text: &str) -> bool {
    let letters = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic());
    text.split_once('_').map_or(letters(text), |(language, country)| letters(language) && letters(country))
}
