//! Messages taken apart and put together again: what an attacker does to them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use vpos::http::{Method, Request};

/// A message as text, what Redsys has in Base64 too.
pub(crate) fn readable(request: &Request<Vec<u8>>) -> String {
    let body = String::from_utf8_lossy(request.body()).into_owned();
    let inside = members(request).map(|members| Value::Object(members).to_string()).unwrap_or_default();
    format!("{} {body} {inside}", request.uri())
}

/// The fields of a form, or of an address.
pub(crate) fn fields(request: &Request<Vec<u8>>) -> Vec<(String, String)> {
    let text = if request.method() == Method::GET {
        request.uri().query().unwrap_or_default().as_bytes()
    } else {
        request.body().as_slice()
    };
    form_urlencoded::parse(text).into_owned().collect()
}

/// The same request with other fields.
pub(crate) fn with_fields(request: &Request<Vec<u8>>, fields: &[(String, String)]) -> Request<Vec<u8>> {
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut other = request.clone();
    if request.method() == Method::GET {
        *other.uri_mut() = format!("https://tienda.example{}?{text}", request.uri().path()).parse().unwrap();
    } else {
        *other.body_mut() = text.into_bytes();
    }
    other
}

/// The same request with one field changed.
pub(crate) fn with_field(request: &Request<Vec<u8>>, name: &str, value: &str) -> Request<Vec<u8>> {
    let mut fields = fields(request);
    let field = fields.iter_mut().find(|(known, _)| known == name);
    value.clone_into(&mut field.unwrap_or_else(|| panic!("no field {name}")).1);
    with_fields(request, &fields)
}

/// The value of a field.
pub(crate) fn field(request: &Request<Vec<u8>>, name: &str) -> String {
    fields(request).into_iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no field {name}")).1
}

/// Another text as its value; what looks like a number stays one.
pub(crate) fn changed(value: &str) -> String {
    match value.chars().last() {
        Some('1') => format!("{}2", &value[..value.len() - 1]),
        Some(last) if last.is_ascii() => format!("{}1", &value[..value.len() - 1]),
        _ => "1".to_owned(),
    }
}

/// What stands in Redsys' parameters.
pub(crate) fn members(request: &Request<Vec<u8>>) -> Option<Map<String, Value>> {
    let (_, text) = fields(request).into_iter().find(|(name, _)| name.eq_ignore_ascii_case("Ds_MerchantParameters"))?;
    let bytes = URL_SAFE_NO_PAD.decode(&text).or_else(|_| STANDARD.decode(&text)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The same message with other parameters and the old signature.
pub(crate) fn with_members(request: &Request<Vec<u8>>, members: Map<String, Value>) -> Request<Vec<u8>> {
    with_field(request, "Ds_MerchantParameters", &URL_SAFE_NO_PAD.encode(Value::Object(members).to_string()))
}

/// The same message with another text somewhere in its body.
pub(crate) fn with_text(request: &Request<Vec<u8>>, from: &str, to: &str) -> Request<Vec<u8>> {
    let body = String::from_utf8(request.body().clone()).unwrap();
    assert!(body.contains(from), "no {from} in {body}");
    let mut other = request.clone();
    *other.body_mut() = body.replacen(from, to, 1).into_bytes();
    other
}
