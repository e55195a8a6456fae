//! A JSON object of the REST API, read so that a name that is there twice is seen.

use std::fmt;

use serde_core::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use vpos_core::Error;

/// More members than any answer of the bank has, many times over.
const MOST_MEMBERS: usize = 256;

/// The members of an object, in their order.
#[derive(Debug)]
pub(crate) struct Object(Vec<(String, Value)>);

impl Object {
    /// Reads the object.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Error> {
        let wrong = |reason: &'static str| Error::malformed("answer", reason);
        let object: Self = serde_json::from_slice(json).map_err(|_| wrong("not a JSON object"))?;
        if object.0.len() > MOST_MEMBERS {
            return Err(wrong("too many members"));
        }
        for (at, (name, _)) in object.0.iter().enumerate() {
            if object.0.iter().skip(at + 1).any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                return Err(wrong("a name is there twice"));
            }
        }
        Ok(object)
    }

    /// A member, when it is there and not null.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// A member's text, numbers as text too; none when it is missing or empty.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is neither.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<String>, Error> {
        let text = match self.get(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) if number.is_u64() => number.to_string(),
            Some(_) => return Err(Error::malformed(name, "neither text nor a number")),
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    // reading on is bounded by the answer's size; this bounds what is kept
                    if members.len() <= MOST_MEMBERS {
                        members.push(member);
                    }
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_and_numbers_are_one_and_doubles_are_seen() {
        let object = Object::parse(br#"{"a":"1","b":27,"c":null,"d":"","e":[1],"f":-1}"#).unwrap();
        assert_eq!(object.text("a").unwrap().as_deref(), Some("1"));
        assert_eq!(object.text("b").unwrap().as_deref(), Some("27"));
        assert!(object.text("c").unwrap().is_none() && object.text("d").unwrap().is_none());
        assert!(object.text("e").is_err() && object.text("f").is_err());
        for json in [&b"[]"[..], b"{", b"", b"{\"a\":1,\"A\":1}", b"{\"a\":1}x", b"\xff"] {
            assert!(Object::parse(json).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, text in "[{}\\[\\]\":,a0\\\\]*") {
            let _ = Object::parse(&bytes);
            let _ = Object::parse(text.as_bytes());
        }
    }
}
