//! The form that a buyer's browser brings to the hosted page, checked field by field.
//!
//! Source: banks/ELAVON.md, section 2 (rxp-hpp-java 1.3.4 `HppRequest`).

use vpos_core::{Amount, Currency, Timestamp};

use super::order::AutoSettle;
use super::{ElavonMerchant, is_fresh};
use crate::{Complaint, FormPost, Method};

const FORM: &str = "hosted page, fields of the request (rxp-hpp-java 1.3.4, HppRequest)";
const HASHES: &str = "hosted page, hash of the request (rxp-hpp-java 1.3.4)";

/// Fields that must be there and are no longer than this.
const REQUIRED: [(&str, usize); 6] =
    [("TIMESTAMP", 14), ("MERCHANT_ID", 50), ("ORDER_ID", 50), ("AMOUNT", 11), ("CURRENCY", 3), ("AUTO_SETTLE_FLAG", 5)];

/// Fields that may be there, and how many characters they hold.
const OPTIONAL: [(&str, usize); 44] = [
    ("ACCOUNT", 30),
    ("CARD_PAYMENT_BUTTON", 25),
    ("CARD_STORAGE_ENABLE", 1),
    ("COMMENT1", 255),
    ("COMMENT2", 255),
    ("CUST_NUM", 50),
    ("DCC_ENABLE", 1),
    ("HPP_ADDRESS_MATCH_INDICATOR", 5),
    ("HPP_BILLING_CITY", 50),
    ("HPP_BILLING_COUNTRY", 3),
    ("HPP_BILLING_POSTALCODE", 16),
    ("HPP_BILLING_STATE", 3),
    ("HPP_BILLING_STREET1", 50),
    ("HPP_BILLING_STREET2", 50),
    ("HPP_BILLING_STREET3", 50),
    ("HPP_CHALLENGE_REQUEST_INDICATOR", 22),
    ("HPP_CUSTOMER_EMAIL", 254),
    ("HPP_CUSTOMER_PHONENUMBER_MOBILE", 15),
    ("HPP_FRAUDFILTER_MODE", 7),
    ("HPP_LANG", 2),
    ("HPP_SELECT_STORED_CARD", 50),
    ("HPP_SHIPPING_CITY", 50),
    ("HPP_SHIPPING_COUNTRY", 3),
    ("HPP_SHIPPING_POSTALCODE", 16),
    ("HPP_SHIPPING_STATE", 3),
    ("HPP_SHIPPING_STREET1", 50),
    ("HPP_SHIPPING_STREET2", 50),
    ("HPP_SHIPPING_STREET3", 50),
    ("HPP_VERSION", 1),
    ("MERCHANT_RESPONSE_URL", usize::MAX),
    ("OFFER_SAVE_CARD", 1),
    ("PAYER_EXIST", 1),
    ("PAYER_REF", 50),
    ("PMT_REF", 50),
    ("PROD_ID", 50),
    ("RETURN_TSS", 1),
    ("SHA1HASH", 40),
    ("SHA256HASH", 64),
    ("SHIPPING_CODE", 60),
    ("SHIPPING_CO", 50),
    ("BILLING_CODE", 60),
    ("BILLING_CO", 50),
    ("VALIDATE_CARD_ONLY", 1),
    ("VAR_REF", 50),
];

/// Fields of a few words.
const CHOICES: [(&str, &[&str]); 11] = [
    ("AUTO_SETTLE_FLAG", &["0", "1", "MULTI"]),
    ("CARD_STORAGE_ENABLE", &["0", "1"]),
    ("DCC_ENABLE", &["0", "1"]),
    ("HPP_ADDRESS_MATCH_INDICATOR", &["TRUE", "FALSE"]),
    (
        "HPP_CHALLENGE_REQUEST_INDICATOR",
        &["NO_PREFERENCE", "NO_CHALLENGE_REQUESTED", "CHALLENGE_PREFERRED", "CHALLENGE_MANDATED"],
    ),
    ("HPP_FRAUDFILTER_MODE", &["ACTIVE", "PASSIVE", "OFF"]),
    ("HPP_VERSION", &["1", "2"]),
    ("OFFER_SAVE_CARD", &["0", "1"]),
    ("PAYER_EXIST", &["0", "1", "2"]),
    ("RETURN_TSS", &["0", "1"]),
    ("VALIDATE_CARD_ONLY", &["0", "1"]),
];

/// A form that the page accepts.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    pub(super) order: String,
    pub(super) amount: Amount,
    pub(super) flag: AutoSettle,
    pub(super) response_url: String,
    /// What is bought, where the form says so.
    pub(super) description: String,
    /// Whose card is saved, and under which name; empty names are chosen by the platform.
    pub(super) saves: Option<(String, String)>,
    /// Comments and fields that are the merchant's own: the response has them too.
    pub(super) echoed: Vec<(String, String)>,
}

/// Checks every field as the page does; whether the number was used before is the books' to say.
pub(super) fn check(merchant: &ElavonMerchant, form: &FormPost, now: Timestamp) -> Result<Accepted, Vec<Complaint>> {
    let mut wrong = Vec::new();
    if form.method != Method::Post {
        wrong.push(Complaint::new("method", "the page takes a POST", FORM));
    }
    shapes(form, &mut wrong);
    words(form, &mut wrong);
    contract(merchant, form, now, &mut wrong);
    let amount = amount(form, &mut wrong);
    let flag = form.field("AUTO_SETTLE_FLAG").and_then(AutoSettle::read);
    let response_url = response_url(form, &mut wrong);
    match (amount, flag, response_url, wrong.is_empty()) {
        (Some(amount), Some(flag), Some(response_url), true) => Ok(Accepted {
            order: text(form, "ORDER_ID").to_owned(),
            amount,
            flag,
            response_url,
            // the page has no field for it; a shop's comment is the nearest
            description: text(form, "COMMENT1").to_owned(),
            saves: (text(form, "CARD_STORAGE_ENABLE") == "1")
                .then(|| (text(form, "PAYER_REF").to_owned(), text(form, "PMT_REF").to_owned())),
            echoed: form.fields.iter().filter(|(name, _)| is_echoed(name)).cloned().collect(),
        }),
        _ => Err(wrong),
    }
}

fn text<'f>(form: &'f FormPost, name: &str) -> &'f str {
    form.field(name).unwrap_or_default()
}

/// What the page does not know itself comes back with the response, and so do the comments.
fn is_echoed(name: &str) -> bool {
    let known = |fields: &[(&str, usize)]| fields.iter().any(|(field, _)| *field == name);
    matches!(name, "COMMENT1" | "COMMENT2") || !(known(&REQUIRED) || known(&OPTIONAL))
}

/// Each known field: there, once, not too long.
fn shapes(form: &FormPost, wrong: &mut Vec<Complaint>) {
    for (name, most) in REQUIRED.into_iter().chain(OPTIONAL) {
        let mut values = form.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value);
        let (first, second) = (values.next(), values.next());
        match (first, second) {
            (_, Some(_)) => wrong.push(Complaint::new(name, "is there twice", FORM)),
            (Some(value), None) if value.chars().count() > most => {
                wrong.push(Complaint::new(name, format!("longer than {most} characters"), "509"));
            }
            (value, None) if REQUIRED.iter().any(|(required, _)| *required == name) && value.is_none_or(String::is_empty) => {
                wrong.push(Complaint::new(name, "missing", "502"));
            }
            _ => {}
        }
    }
}

/// Fields of a few words, and fields of certain characters.
fn words(form: &FormPost, wrong: &mut Vec<Complaint>) {
    for (name, words) in CHOICES {
        if form.field(name).is_some_and(|value| !value.is_empty() && !words.contains(&value)) {
            wrong.push(Complaint::new(name, format!("none of {}", words.join(", ")), FORM));
        }
    }
    let plain = |value: &str, more: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    let digits = |value: &str| value.bytes().all(|b| b.is_ascii_digit());
    let mut check = |name: &'static str, fits: bool, what: &str| {
        if !fits {
            wrong.push(Complaint::new(name, what, FORM));
        }
    };
    check("ORDER_ID", plain(text(form, "ORDER_ID"), "_-"), "not letters, digits, '_' and '-'");
    check("AMOUNT", digits(text(form, "AMOUNT")), "not minor units in digits");
    for name in ["CUST_NUM", "VAR_REF", "PROD_ID"] {
        check(name, plain(text(form, name), "._,+@ -"), "a character other than letters, digits and ._,+@ -");
    }
    for name in ["HPP_BILLING_COUNTRY", "HPP_SHIPPING_COUNTRY"] {
        let value = text(form, name);
        check(name, value.is_empty() || (value.len() == 3 && digits(value)), "not three digits of ISO 3166");
    }
    let phone = text(form, "HPP_CUSTOMER_PHONENUMBER_MOBILE");
    let parted = phone.split_once('|').is_some_and(|(country, number)| !country.is_empty() && !number.is_empty());
    check("HPP_CUSTOMER_PHONENUMBER_MOBILE", phone.is_empty() || (parted && plain(phone, "|")), "not country|number");
}

/// What only this merchant's form can have: its names, a time of now, the hash.
fn contract(merchant: &ElavonMerchant, form: &FormPost, now: Timestamp, wrong: &mut Vec<Complaint>) {
    if text(form, "MERCHANT_ID") != merchant.merchant_id {
        wrong.push(Complaint::new("MERCHANT_ID", "no such merchant", FORM));
    }
    let account = text(form, "ACCOUNT");
    if !account.is_empty() && account != merchant.account {
        wrong.push(Complaint::new("ACCOUNT", "no such account of the merchant", FORM));
    }
    if !is_fresh(text(form, "TIMESTAMP"), now) {
        wrong.push(Complaint::new("TIMESTAMP", "not a time of now as yyyymmddhhmmss", "508"));
    }
    let field = merchant.hash.page_field();
    if text(form, field) != hash_of(merchant, form) {
        wrong.push(Complaint::new(field, "not the hash of this form with the merchant's secret", HASHES));
    }
}

fn hash_of(merchant: &ElavonMerchant, form: &FormPost) -> String {
    let mut parts: Vec<&str> = ["TIMESTAMP", "MERCHANT_ID", "ORDER_ID", "AMOUNT", "CURRENCY"].map(|name| text(form, name)).into();
    let chosen = text(form, "HPP_SELECT_STORED_CARD");
    if text(form, "CARD_STORAGE_ENABLE") == "1" || !chosen.is_empty() {
        parts.push(if chosen.is_empty() { text(form, "PAYER_REF") } else { chosen });
        parts.push(text(form, "PMT_REF"));
    }
    let mode = text(form, "HPP_FRAUDFILTER_MODE");
    if !mode.is_empty() {
        parts.push(mode);
    }
    merchant.hash.of(&merchant.secret, &parts)
}

fn amount(form: &FormPost, wrong: &mut Vec<Complaint>) -> Option<Amount> {
    let Ok(currency) = text(form, "CURRENCY").parse::<Currency>() else {
        wrong.push(Complaint::new("CURRENCY", "not three letters of ISO 4217", FORM));
        return None;
    };
    let amount = Amount::parse_minor(text(form, "AMOUNT"), currency).ok()?;
    // a card is only checked with an amount of nothing
    if amount.is_zero() != (text(form, "VALIDATE_CARD_ONLY") == "1") {
        wrong.push(Complaint::new("AMOUNT", "0 goes with VALIDATE_CARD_ONLY=1 and with nothing else", FORM));
    }
    Some(amount)
}

fn response_url(form: &FormPost, wrong: &mut Vec<Complaint>) -> Option<String> {
    let address = text(form, "MERCHANT_RESPONSE_URL");
    let absolute = address.parse::<http::Uri>().is_ok_and(|uri| uri.scheme().is_some() && uri.host().is_some());
    if !absolute {
        wrong.push(Complaint::new("MERCHANT_RESPONSE_URL", "not an absolute address", FORM));
    }
    absolute.then(|| address.to_owned())
}
