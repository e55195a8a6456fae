//! Whether a request is the listed one: what is given must match, what is not given may be anything.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};
use http::Request;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value};

use super::fixture::{ExchangeTable, Texts};

/// Everything in which a request differs from the listed one.
pub(super) fn differences(request: &Request<Vec<u8>>, listed: &ExchangeTable) -> Vec<String> {
    let mut all = Vec::new();
    let mut compare = |name: &str, expected: &str, got: Option<&str>| {
        if got != Some(expected) {
            all.push(format!("{name} is {}, not {expected}", got.unwrap_or("none")));
        }
    };
    if let Some(method) = &listed.method {
        compare("method", method, Some(request.method().as_str()));
    }
    if let Some(url) = &listed.url {
        compare("url", url, Some(&request.uri().to_string()));
    }
    for (name, expected) in &listed.headers {
        compare(name, expected, request.headers().get(name).and_then(|value| value.to_str().ok()));
    }
    let body = String::from_utf8_lossy(request.body());
    if let Some(expected) = &listed.body {
        compare("body", expected, Some(&body));
    }
    let fields: Vec<_> = form_urlencoded::parse(request.body()).collect();
    for (name, expected) in &listed.form {
        let got: Vec<_> = fields.iter().filter(|(known, _)| known == name).map(|(_, value)| &**value).collect();
        compare(name, expected, if let [one] = got[..] { Some(one) } else { None });
    }
    if let Some(expected) = &listed.json {
        json_differences("json", expected, serde_json::from_str(&body).ok().as_ref(), &mut all);
    }
    if !listed.parameters.is_empty() {
        parameter_differences(listed, &body, &mut all);
    }
    xml_differences(&listed.xml, &body, &mut all);
    all
}

/// Nested tables match part by part, lists and values whole.
fn json_differences(at: &str, expected: &Value, got: Option<&Value>, all: &mut Vec<String>) {
    match (expected, got) {
        (Value::Object(expected), Some(Value::Object(got))) => {
            for (name, expected) in expected {
                json_differences(&format!("{at}.{name}"), expected, got.get(name), all);
            }
        }
        (expected, got) if got == Some(expected) => {}
        (expected, got) => all.push(format!("{at} is {}, not {expected}", got.unwrap_or(&Value::Null))),
    }
}

fn parameter_differences(listed: &ExchangeTable, body: &str, all: &mut Vec<String>) {
    let outer: Option<Value> = serde_json::from_str(body).ok();
    let text = outer.as_ref().and_then(|outer| outer.get("Ds_MerchantParameters")).and_then(Value::as_str);
    let decoded = text.and_then(redsys_parameters).unwrap_or_default();
    for (name, expected) in &listed.parameters {
        json_differences(name, expected, decoded.get(name), all);
    }
}

/// The decoded object of Redsys parameters, in either Base64 alphabet, padded or not.
pub(super) fn redsys_parameters(text: &str) -> Option<Map<String, Value>> {
    const ANY: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    let bytes = GeneralPurpose::new(alphabet, ANY).decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Paths below the root element: `orderid`, `card/number`, `amount@currency`, `@type` for an attribute of the root.
fn xml_differences(expected: &Texts, body: &str, all: &mut Vec<String>) {
    if expected.is_empty() {
        return;
    }
    let got = xml_paths(body).unwrap_or_default();
    for (path, expected) in expected {
        let found: Vec<_> = got.iter().filter(|(known, _)| known == path).map(|(_, value)| value).collect();
        match found[..] {
            [value] if value == expected => {}
            [value] => all.push(format!("{path} is {value}, not {expected}")),
            ref several => all.push(format!("{path} is there {} times", several.len())),
        }
    }
}

/// Every element's text and every attribute, by path.
fn xml_paths(body: &str) -> Option<Vec<(String, String)>> {
    let mut reader = Reader::from_str(body);
    let (mut names, mut texts, mut all): (Vec<String>, Vec<String>, Vec<(String, String)>) = Default::default();
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                names.push(start.local_name().into_inner().to_owned());
                texts.push(String::new());
                let path = names.get(1..)?.join("/");
                for attribute in start.attributes() {
                    let attribute = attribute.ok()?;
                    let name = attribute.key.into_inner();
                    let value = quick_xml::escape::unescape(&attribute.value).ok()?.into_owned();
                    all.push((format!("{path}@{name}"), value));
                }
            }
            Event::Text(text) => texts.last_mut().into_iter().for_each(|all| all.push_str(text)),
            Event::CData(text) => texts.last_mut().into_iter().for_each(|all| all.push_str(text)),
            Event::GeneralRef(name) => {
                let text = quick_xml::escape::unescape(&format!("&{};", &**name)).ok()?.into_owned();
                texts.last_mut().into_iter().for_each(|all| all.push_str(&text));
            }
            Event::Eof => return Some(all),
            _ => {}
        }
        if matches!(event, Event::End(_) | Event::Empty(_)) {
            let path = names.get(1..)?.join("/");
            all.push((path, texts.pop()?));
            names.pop()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_document() {
        let body = "<?xml version='1.0'?><request type=\"settle\"><amount currency='EUR'>1&amp;2</amount><card><number>4</number></card></request>";
        let paths = xml_paths(body).unwrap();
        for expected in [("@type", "settle"), ("amount@currency", "EUR"), ("amount", "1&2"), ("card/number", "4")] {
            assert!(paths.iter().any(|(path, value)| (path.as_str(), value.as_str()) == expected), "{expected:?} in {paths:?}");
        }
    }

    #[test]
    fn what_is_given_must_match() {
        let table: ExchangeTable =
            toml::from_str("method = 'POST'\nurl = 'https://a.example/?x=1'\nform = { a = '1' }\nheaders = { x-y = 'z' }")
                .unwrap();
        let request = |uri: &str, body: &str| Request::post(uri).header("X-Y", "z").body(body.as_bytes().to_vec()).unwrap();
        assert!(differences(&request("https://a.example/?x=1", "a=1&b=2"), &table).is_empty());
        assert_eq!(differences(&request("https://a.example/?x=2", "a=1&a=1"), &table).len(), 2);

        let table: ExchangeTable = toml::from_str("json = { a = { b = '1' }, l = [1, 2] }").unwrap();
        assert!(differences(&request("/", r#"{"a":{"b":"1","c":2},"l":[1,2],"d":0}"#), &table).is_empty());
        assert_eq!(differences(&request("/", r#"{"a":{"b":1},"l":[1,2,3]}"#), &table).len(), 2);
    }
}
