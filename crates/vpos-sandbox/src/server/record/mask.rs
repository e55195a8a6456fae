//! Takes keys, passwords and card data out of a message that people will read.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use vpos_core::mask_pans;

const HIDDEN: &str = "[redacted]";

/// Fields whose values nobody shall read, in lower case: card data of every bank, and what a call is opened with.
const NAMES: [&str; 19] = [
    "acct",
    "access_token",
    "caducidad",
    "card-security-code",
    "csc",
    "cvc",
    "cvv",
    "cvv2",
    "ds_merchant_cvv2",
    "ds_merchant_expirydate",
    "ds_merchant_pan",
    "encrypteddata",
    "expdate",
    "number",
    "pan",
    "password",
    "pwd",
    "refresh_token",
    "security_code",
];

/// Base64 in either alphabet, padded or not.
const ANY: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn is_hidden(name: &str) -> bool {
    // NVP's, in capitals; other banks' Signature is what a reader looks for
    name == "SIGNATURE" || NAMES.contains(&name.to_lowercase().as_str())
}

/// A text with no structure.
pub(super) fn text(text: &str) -> String {
    mask_pans(text).into_owned()
}

/// An address: its query is a form.
pub(super) fn address(address: &str) -> String {
    match address.split_once('?') {
        Some((path, query)) => format!("{}?{}", mask_pans(path), form(query)),
        None => text(address),
    }
}

/// A body, by its content type.
pub(super) fn body(kind: &str, body: &str) -> String {
    let body = body.trim_start();
    if kind.starts_with("application/x-www-form-urlencoded") || (kind.starts_with("text/plain") && body.contains('=')) {
        return form(body);
    }
    if let Ok(mut value @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(body) {
        return if json(&mut value) { value.to_string() } else { text(body) };
    }
    text(&elements(body))
}

fn form(body: &str) -> String {
    let pairs = body.split('&').map(|pair| {
        let Some((name, value)) = pair.split_once('=') else { return text(pair) };
        let decoded = form_urlencoded::parse(pair.as_bytes()).next();
        let (plain_name, plain_value) = decoded.unwrap_or((Cow::Borrowed(name), Cow::Borrowed(value)));
        if is_hidden(&plain_name) {
            return format!("{name}={HIDDEN}");
        }
        match parameters(&plain_value) {
            Some(masked) => format!("{name}={masked}"),
            // a card number parted by '+', which is a space in a form
            None if mask_pans(&plain_value) != plain_value => format!("{name}={}", mask_pans(&plain_value)),
            None => format!("{name}={value}"),
        }
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Base64 of a JSON object that has something to hide: the object without it.
fn parameters(value: &str) -> Option<String> {
    let bytes = ANY.decode(value.replace('+', "-").replace('/', "_")).ok()?;
    let mut object: Value = serde_json::from_slice(&bytes).ok()?;
    (object.is_object() && json(&mut object)).then(|| format!("[Base64 of] {object}"))
}

/// Hides what has to be; whether there was anything.
fn json(value: &mut Value) -> bool {
    let mut changed = false;
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if is_hidden(name) && !member.is_null() {
                    *member = HIDDEN.into();
                    changed = true;
                } else {
                    changed |= json(member);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                changed |= json(item);
            }
        }
        Value::String(text) => {
            let masked = parameters(text).unwrap_or_else(|| mask_pans(text).into_owned());
            changed = masked != *text;
            *text = masked;
        }
        Value::Number(number) => {
            let text = number.to_string();
            if mask_pans(&text) != text {
                *value = mask_pans(&text).into();
                changed = true;
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
    changed
}

/// XML elements of a hidden name, where they hold text alone.
fn elements(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        out.push('<');
        rest = tag;
        let Some((name, inside)) = tag.split_once('>') else { continue };
        let Some((value, after)) = inside.split_once('<') else { continue };
        if is_hidden(name) && !value.is_empty() && after.starts_with('/') {
            out.push_str(name);
            out.push('>');
            out.push_str(HIDDEN);
            rest = inside.get(value.len()..).unwrap_or_default();
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn card_data_and_passwords_are_not_shown_whatever_they_are_in() {
        let object = r#"{"DS_MERCHANT_PAN":"4548812049400004","DS_MERCHANT_CVV2":"123","DS_MERCHANT_ORDER":"2611A"}"#;
        let inside = [STANDARD.encode(object), URL_SAFE_NO_PAD.encode(object)];
        let messages = [
            (FORM, "PAN=4548812049400004&CVV2=123&Caducidad=204912".to_owned()),
            (FORM, "x=4548+8120+4940+0004".to_owned()),
            (FORM, format!("USER=a&PWD=123&SIGNATURE=4548812049400004&p={}", inside[1])),
            ("application/json", format!("{{\"parametros\":\"{}\"}}", inside[0])),
            ("application/json", object.to_owned()),
            ("text/xml", "<card><number>4548812049400004</number><cvn><number>123</number></cvn></card>".to_owned()),
        ];
        for (kind, message) in messages {
            let shown = body(kind, &message);
            for secret in ["94000", "9400 0", "123", "204912", inside[0].as_str(), inside[1].as_str()] {
                assert!(!shown.contains(secret), "{secret}: {shown}");
            }
        }
        assert!(body(FORM, &format!("p={}", inside[0])).contains("2611A"));
    }

    #[test]
    fn what_is_no_secret_stays_as_it_came() {
        for message in ["Ds_Signature=AbC%2B%3D&Num_operacion=PED-17&q", "a=b"] {
            assert_eq!(body(FORM, message), message);
        }
        let xml = "<request type=\"settle\"><orderid>PED17</orderid><x/></request>";
        assert_eq!(body("text/xml", xml), xml);
        assert_eq!(body("application/json", "{\"a\": [1, \"b\"]}"), "{\"a\": [1, \"b\"]}");
        assert_eq!(
            address("/cgi-bin/webscr?cmd=_express-checkout&token=EC-1"),
            "/cgi-bin/webscr?cmd=_express-checkout&token=EC-1"
        );
    }
}
