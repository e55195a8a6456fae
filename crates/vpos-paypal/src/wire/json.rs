//! JSON, read so that a name that is there twice in one object is seen.

use std::fmt;

use serde_core::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use vpos_core::{Error, is_one_twice};

/// An object. `serde_json` itself stops at 128 levels.
pub(crate) fn object(what: &'static str, json: &[u8]) -> Result<Map<String, Value>, Error> {
    let Strict(value) = serde_json::from_slice(json).map_err(|error| {
        // not the error itself: it may show what was read
        let reason = if error.is_data() { "a name is there twice" } else { "not JSON" };
        Error::malformed(what, reason)
    })?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Error::malformed(what, "not an object")),
    }
}

/// A value in which no object has a name twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Strict(value)) = list.next_element()? {
            all.push(value);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut all: Vec<(String, Value)> = Vec::new();
        while let Some((name, Strict(value))) = map.next_entry()? {
            all.push((name, value));
        }
        if is_one_twice(all.iter().map(|(name, _)| name.as_str())) {
            return Err(A::Error::custom("a name is there twice"));
        }
        Ok(Value::Object(all.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_that_is_there_twice_is_seen_at_any_depth() {
        let read = |json: &str| object("body", json.as_bytes());
        assert!(read(r#"{"a":1,"b":[{"a":-1.5},{"a":null}],"c":true}"#).is_ok());
        for json in [r#"{"a":1,"a":1}"#, r#"{"a":1,"A":2}"#, r#"{"b":[{"c":{"a":1,"a":2}}]}"#, r#"{"a":1,"\u0061":2}"#] {
            assert_eq!(read(json).unwrap_err().to_string(), "malformed body: a name is there twice");
        }
        for json in ["", "[]", "1", "{", "{}x", "{'a':1}"] {
            assert!(read(json).is_err(), "{json}");
        }
        let deep = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(read(&deep(100)).is_ok() && read(&deep(30_000)).is_err());
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_serde_json_reads(text in "[{}\\[\\]\":,a01\\\\]{0,40}", bytes: Vec<u8>) {
            let _ = object("body", &bytes);
            if let Ok(read) = object("body", text.as_bytes()) {
                prop_assert_eq!(Value::Object(read), serde_json::from_str::<Value>(&text).unwrap());
            }
        }
    }
}
