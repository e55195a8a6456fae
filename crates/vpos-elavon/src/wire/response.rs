//! What the hosted page sends back to the merchant: a form, or JSON in the form's field `hppResponse`, whose values are
//! Base64 when the request's were.
//!
//! Source: rxp-hpp-java 1.3.4, `HppResponse` and sample-json.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_core::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use vpos_core::{Authentic, Error, OperationNumber, Refusal};

use super::names::{hpp, hpp_hash};
use crate::config::Contract;
use crate::signature::{self, Fields};

/// More fields than any response has, twice over.
const MOST_FIELDS: usize = 256;

/// A response, read but not believed.
pub(crate) struct Response {
    fields: Vec<(String, String)>,
    order: OperationNumber,
}

impl Response {
    /// Reads the body of the page's post.
    pub(crate) fn from_form(body: &[u8]) -> Result<Self, Error> {
        let mut fields = Vec::with_capacity(32);
        for (name, value) in form_urlencoded::parse(body) {
            if fields.len() >= MOST_FIELDS {
                return Err(Error::malformed("form", format!("more than {MOST_FIELDS} fields")));
            }
            // a text that is not UTF-8 was given replacement characters: the hash will not fit
            fields.push((name.into_owned(), value.into_owned()));
        }
        let json = fields.iter().find(|(name, _)| name == hpp::HPP_RESPONSE).map(|(_, json)| json.clone());
        refuse_doubles(&fields)?;
        let Some(json) = json else { return Self::new(fields) };
        let members = members(&json)?;
        refuse_doubles(&members)?;
        Self::new(decoded(members)?)
    }

    fn new(fields: Vec<(String, String)>) -> Result<Self, Error> {
        let find = |name: &'static str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let order = find(hpp::ORDER_ID).ok_or_else(|| Error::malformed(hpp::ORDER_ID, "missing"))?;
        let order = order.parse().map_err(|_| Error::malformed(hpp::ORDER_ID, "not an order number"))?;
        for name in [hpp::MERCHANT_ID, hpp::TIMESTAMP, hpp::RESULT] {
            find(name).ok_or_else(|| Error::malformed(name, "missing"))?;
        }
        if find(hpp::SHA1HASH).is_none() && find(hpp::SHA256HASH).is_none() {
            return Err(Error::malformed(hpp::SHA1HASH, "missing"));
        }
        Ok(Self { fields, order })
    }

    /// The number of the operation.
    pub(crate) const fn order(&self) -> &OperationNumber {
        &self.order
    }

    /// A field exactly as it came.
    pub(crate) fn text(&self, name: &'static str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A field that must be there.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, Error> {
        self.text(name).ok_or_else(|| Error::malformed(name, "missing"))
    }

    /// All fields, for the evidence.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Checks the hash of the contract's version, over the fields as they came; the other version's is not looked at.
    pub(crate) fn check(&self, contract: &Contract) -> Result<Authentic, Refusal> {
        let text = |name| self.text(name).unwrap_or_default();
        let fields = Fields {
            timestamp: text(hpp::TIMESTAMP),
            merchantid: text(hpp::MERCHANT_ID),
            orderid: text(hpp::ORDER_ID),
            result: text(hpp::RESULT),
            message: text(hpp::MESSAGE),
            pasref: text(hpp::PASREF),
            authcode: text(hpp::AUTHCODE),
            ..Fields::default()
        };
        let expected = signature::hpp_response(contract.hash, &contract.secret, &fields);
        signature::check(&expected, text(hpp_hash(contract.hash)))
    }
}

/// Refuses a name that is there twice, in any case.
fn refuse_doubles(fields: &[(String, String)]) -> Result<(), Error> {
    for (at, (name, _)) in fields.iter().enumerate() {
        if fields.iter().skip(at + 1).any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            return Err(Error::malformed("response", "a field is there twice"));
        }
    }
    Ok(())
}

/// Base64 values decoded, where they are: plain, the time has 14 digits, which is no Base64.
fn decoded(members: Vec<(String, String)>) -> Result<Vec<(String, String)>, Error> {
    let is_time = |text: &str| text.len() == 14 && text.bytes().all(|b| b.is_ascii_digit());
    let time = members.iter().find(|(name, _)| name == hpp::TIMESTAMP).map(|(_, value)| value.as_str()).unwrap_or_default();
    if is_time(time) || base64_text(time).is_none_or(|time| !is_time(&time)) {
        return Ok(members);
    }
    let decode = |(name, value): (String, String)| match base64_text(&value) {
        Some(text) => Ok((name, text)),
        // nested values are kept as they are; nothing of them is read
        None if value.starts_with(['{', '[']) => Ok((name, value)),
        None => Err(Error::malformed(hpp::HPP_RESPONSE, "a value that is not Base64 of UTF-8 among others that are")),
    };
    members.into_iter().map(decode).collect()
}

fn base64_text(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

/// The members of the JSON object, doubles kept so that they are seen.
fn members(json: &str) -> Result<Vec<(String, String)>, Error> {
    let Members(members) = serde_json::from_str(json).map_err(|_| Error::malformed(hpp::HPP_RESPONSE, "not a JSON object"))?;
    if members.len() > MOST_FIELDS {
        return Err(Error::malformed(hpp::HPP_RESPONSE, format!("more than {MOST_FIELDS} members")));
    }
    Ok(members)
}

struct Members(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::with_capacity(32);
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    // reading on is bounded by the message's size; this bounds what is kept
                    if members.len() <= MOST_FIELDS {
                        let text = if let Value::String(text) = value { text } else { value.to_string() };
                        members.push((name, text));
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: &str = r#"{"MERCHANT_ID":"thestore","ORDER_ID":"ORD453-11","TIMESTAMP":"20130814122239","RESULT":"00","SHA1HASH":"x","MESSAGE":"Successful","TSS":{"TSS_1":"1"}}"#;
    const ENCODED: &str = r#"{"MERCHANT_ID":"dGhlc3RvcmU=","ORDER_ID":"T1JENDUzLTEx","TIMESTAMP":"MjAxMzA4MTQxMjIyMzk=","RESULT":"MDA=","SHA1HASH":"eA==","MESSAGE":"U3VjY2Vzc2Z1bA==","TSS":{"TSS_1":"MQ=="},"E":""}"#;

    fn posted(json: &str) -> Result<Response, Error> {
        let body = form_urlencoded::Serializer::new(String::new()).append_pair("hppResponse", json).finish();
        Response::from_form(body.as_bytes())
    }

    #[test]
    fn json_plain_and_encoded_is_the_same() {
        for json in [PLAIN, ENCODED] {
            let response = posted(json).unwrap();
            assert_eq!(response.order().as_str(), "ORD453-11");
            assert_eq!((response.text("MESSAGE"), response.text("RESULT")), (Some("Successful"), Some("00")));
        }
        assert!(posted(&ENCODED.replace("MDA=", "00!")).is_err());
    }

    #[test]
    fn doubles_and_gaps_are_malformed() {
        let double = PLAIN.replacen('{', "{\"result\":\"101\",", 1);
        let gap = PLAIN.replace("ORDER_ID", "ORDER");
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
        for json in [double.as_str(), &gap, &PLAIN.replace("SHA1HASH", "HASH"), &deep, "", "[]", "{", "1"] {
            assert!(posted(json).is_err(), "{json:.80}");
        }
        assert!(Response::from_form(b"ORDER_ID=1&ORDER_ID=1").is_err());
        assert!(Response::from_form(&b"a=1&".repeat(300)).is_err());
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(bytes: Vec<u8>, json in ".*") {
            let _ = Response::from_form(&bytes);
            let _ = posted(&json);
        }
    }
}
