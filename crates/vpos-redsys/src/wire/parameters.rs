//! The JSON object in `Ds_MerchantParameters`: read without copying what needs no copy, doubles kept so that they are seen.

use std::borrow::Cow;
use std::fmt;

use serde_core::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde_core::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use vpos_core::Error;

/// More members than any message of the bank has, three times over.
const MOST_MEMBERS: usize = 256;

/// The members of the object, in their order.
#[derive(Debug)]
pub(crate) struct Parameters<'a>(Vec<(Cow<'a, str>, Member<'a>)>);

/// A member's value: text and numbers are one to the bank, the rest is kept as it is.
#[derive(Debug)]
enum Member<'a> {
    Text(Cow<'a, str>),
    Other(Value),
}

impl<'a> Parameters<'a> {
    /// Reads the object.
    pub(crate) fn parse(json: &'a str) -> Result<Self, Error> {
        let what = "Ds_MerchantParameters";
        let parameters: Self = serde_json::from_str(json).map_err(|_| Error::malformed(what, "not a JSON object"))?;
        if parameters.0.len() > MOST_MEMBERS {
            return Err(Error::malformed(what, format!("more than {MOST_MEMBERS} members")));
        }
        Ok(parameters)
    }

    /// Refuses a name that is there twice, in any case.
    pub(crate) fn refuse_doubles(&self) -> Result<(), Error> {
        for (at, (name, _)) in self.0.iter().enumerate() {
            if self.0.iter().skip(at + 1).any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                return Err(Error::malformed("Ds_MerchantParameters", "a name is there twice"));
            }
        }
        Ok(())
    }

    /// The text of a member, its name compared without case; none when it is missing.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is there twice, or is neither text nor a number.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, Error> {
        let mut named = self.0.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        match (named.next(), named.next()) {
            (None, _) => Ok(None),
            (Some((_, Member::Text(text))), None) => Ok(Some(text)),
            (Some(_), None) => Err(Error::malformed(name, "neither text nor a number")),
            (Some(_), Some(_)) => Err(Error::malformed(name, "is there twice")),
        }
    }

    /// The members as text, for the evidence.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.0.iter().map(|(name, member)| match member {
            Member::Text(text) => (&**name, Cow::Borrowed(&**text)),
            Member::Other(value) => (&**name, Cow::Owned(value.to_string())),
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Parameters<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(Cow<'de, str>, Member<'de>)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(32);
                while let Some((Name(name), member)) = map.next_entry()? {
                    // reading on is bounded by the message's size; this bounds what is kept
                    if members.len() <= MOST_MEMBERS {
                        members.push((name, member));
                    }
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Object).map(Parameters)
    }
}

/// A member's name, borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Member::deserialize(deserializer)? {
            Member::Text(text) => Ok(Self(text)),
            Member::Other(_) => Err(D::Error::custom("a name is text")),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Member<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Member<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Member::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Member::Text(Cow::Owned(text.to_owned())))
            }

            // numbers may come as JSON numbers instead of strings [banks/REDSYS.md, section 5]
            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Member::Text(Cow::Owned(number.to_string())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Member::Other(number.into()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Member::Other(number.into()))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Member::Other(value.into()))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Member::Other(Value::Null))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Value::deserialize(MapAccessDeserializer::new(map)).map(Member::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Value::deserialize(SeqAccessDeserializer::new(seq)).map(Member::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_compared_without_case_and_numbers_are_text() {
        let json = r#"{"DS_ORDER":"0069","Ds_Amount":145,"x":{"y":[1]},"esc\u0061ped":"\u00e9","f":1.5,"n":null}"#;
        let parameters = Parameters::parse(json).unwrap();
        assert_eq!(parameters.text("Ds_Order").unwrap(), Some("0069"));
        assert_eq!(parameters.text("Ds_Amount").unwrap(), Some("145"));
        assert_eq!(parameters.text("escaped").unwrap(), Some("é"));
        assert_eq!(parameters.text("none").unwrap(), None);
        assert!(parameters.text("x").is_err());
        assert!(parameters.text("f").is_err());
        assert!(parameters.refuse_doubles().is_ok());
    }

    #[test]
    fn doubles_are_seen() {
        let parameters = Parameters::parse(r#"{"Ds_Order":"1","DS_ORDER":"1","a":"1"}"#).unwrap();
        assert!(parameters.text("Ds_Order").is_err());
        assert!(parameters.refuse_doubles().is_err());
        assert_eq!(parameters.text("a").unwrap(), Some("1"));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
        let many = format!("{{{}\"z\":1}}", (0..300).map(|i| format!("\"{i}\":1,")).collect::<String>());
        for json in ["", "[]", "\"x\"", "{", "{}x", &deep, &many] {
            assert!(Parameters::parse(json).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(json in ".*") {
            let _ = Parameters::parse(&json);
        }
    }
}
