//! The JSON object in `Ds_MerchantParameters`: read once, into two allocations, doubles kept so that they are seen.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::ops::Range;

use serde_core::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde_core::de::{Deserialize as _, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use vpos_core::{Error, is_one_twice};

/// More members than any message of the bank has, three times over.
const MOST_MEMBERS: usize = 256;

/// The members of the object, in their order.
#[derive(Debug)]
pub(crate) struct Parameters {
    /// All names and texts, one behind the other.
    texts: String,
    members: Vec<(Range<usize>, Member)>,
}

/// A member's value: text and numbers are one to the bank, the rest is kept as it is.
#[derive(Debug)]
enum Member {
    /// Where it stands in the texts.
    Text(Range<usize>),
    Other(Value),
}

impl Parameters {
    /// Reads the object.
    pub(crate) fn parse(json: &str) -> Result<Self, Error> {
        let what = "Ds_MerchantParameters";
        let mut texts = String::with_capacity(json.len());
        let mut reader = serde_json::Deserializer::from_str(json);
        let members = reader.deserialize_map(Object(&mut texts)).and_then(|members| reader.end().map(|()| members));
        let members = members.map_err(|_| Error::malformed(what, "not a JSON object of at most 256 members"))?;
        Ok(Self { texts, members })
    }

    /// Refuses a name that is there twice, in any case.
    pub(crate) fn refuse_doubles(&self) -> Result<(), Error> {
        let twice = is_one_twice(self.members.iter().map(|(name, _)| self.at(name)));
        if twice { Err(Error::malformed("Ds_MerchantParameters", "a name is there twice")) } else { Ok(()) }
    }

    /// The text of a member, its name compared without case; none when it is missing.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is there twice, or is neither text nor a number.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, Error> {
        let mut named = self.named(name);
        match (named.next(), named.next()) {
            (None, _) => Ok(None),
            (Some(Member::Text(text)), None) => Ok(Some(self.at(text))),
            (Some(Member::Other(_)), None) => Err(Error::malformed(name, "neither text nor a number")),
            (Some(_), Some(_)) => Err(Error::malformed(name, "is there twice")),
        }
    }

    /// Whether a member is there, whatever its value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.named(name).next().is_some()
    }

    /// The members as text, for the evidence.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.members.iter().map(|(name, member)| match member {
            Member::Text(text) => (self.at(name), self.at(text).into()),
            Member::Other(value) => (self.at(name), value.to_string().into()),
        })
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |(known, _)| self.at(known).eq_ignore_ascii_case(name)).map(|(_, member)| member)
    }

    fn at(&self, range: &Range<usize>) -> &str {
        self.texts.get(range.clone()).unwrap_or_default()
    }
}

/// Reads an object, its names and texts into that string.
struct Object<'t>(&'t mut String);

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Vec<(Range<usize>, Member)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(32);
        while let Some(name) = map.next_key_seed(Any(self.0))? {
            let Member::Text(name) = name else { return Err(A::Error::custom("a name is text")) };
            if members.len() >= MOST_MEMBERS {
                return Err(A::Error::custom("too many members"));
            }
            members.push((name, map.next_value_seed(Any(self.0))?));
        }
        Ok(members)
    }
}

/// Reads a name or a value, text into that string.
struct Any<'t>(&'t mut String);

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Member, E> {
        let start = self.0.len();
        self.0.push_str(text);
        Ok(Member::Text(start..self.0.len()))
    }

    // numbers come as JSON numbers at times instead of strings
    fn visit_u64<E>(self, number: u64) -> Result<Member, E> {
        let start = self.0.len();
        let _ = write!(self.0, "{number}");
        Ok(Member::Text(start..self.0.len()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Member, E> {
        Ok(Member::Other(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Member, E> {
        Ok(Member::Other(number.into()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Member, E> {
        Ok(Member::Other(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Member, E> {
        Ok(Member::Other(Value::Null))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Member, A::Error> {
        let value = Value::deserialize(MapAccessDeserializer::new(map))?;
        // a number too, in a program that switches serde_json's `arbitrary_precision` on
        match value.as_u64() {
            Some(number) => self.visit_u64(number),
            None => Ok(Member::Other(value)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Member, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(seq)).map(Member::Other)
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
        let many = format!("{{{}\"z\":1}}", "\"a\":1,".repeat(300));
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
