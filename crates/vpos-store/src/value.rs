//! What is bound to a statement: every column is a whole number, a text or a flag.

use jiff::Timestamp;
use vpos::flow::StoreError;

/// A value for a placeholder.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A whole number, or NULL.
    Int(Option<i64>),
    /// A text, or NULL.
    Text(Option<&'a str>),
    /// True or false.
    Flag(bool),
}

impl<'a> Value<'a> {
    pub(crate) const fn int(number: i64) -> Self {
        Self::Int(Some(number))
    }

    pub(crate) const fn text(text: &'a str) -> Self {
        Self::Text(Some(text))
    }

    pub(crate) fn time(time: Timestamp) -> Self {
        Self::int(time.as_microsecond())
    }

    /// A number of minor units.
    pub(crate) fn minor(minor: u64) -> Result<Self, StoreError> {
        let fits = i64::try_from(minor).map(Self::int);
        fits.map_err(|_| StoreError::Failed(format!("{minor} minor units are more than the database's integers hold")))
    }
}

/// PostgreSQL keeps no text with this character.
pub(crate) const NUL: char = '\0';

/// A text of which every word counts: with the character that cannot be kept it is refused.
pub(crate) fn exact<'a>(field: &'static str, text: &'a str) -> Result<Value<'a>, StoreError> {
    if text.contains(NUL) {
        return Err(StoreError::Failed(format!("`{field}` has a character that cannot be stored: NUL")));
    }
    Ok(Value::text(text))
}

/// A text that somebody sent us, as evidence: the character that cannot be kept is shown as its picture, U+2400.
pub(crate) fn shown(text: &str) -> String {
    text.replace(NUL, "\u{2400}")
}

/// The same for a text that may be missing.
pub(crate) fn exact_or_none<'a>(field: &'static str, text: Option<&'a str>) -> Result<Value<'a>, StoreError> {
    text.map_or(Ok(Value::Text(None)), |text| exact(field, text))
}
