//! What is wrong with a merchant's message, said as a helpful bank would: the field, what is wrong, where the manual says so.

use std::fmt;

/// One thing that is wrong with a message. Holds no key and no card data, so it can be shown.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Complaint {
    /// The field, as the manual spells it.
    pub field: String,
    /// What is wrong with it.
    pub what: String,
    /// Where the manual says so, or the bank's own error code.
    pub manual: &'static str,
}

impl Complaint {
    /// A complaint about a field.
    pub fn new(field: impl Into<String>, what: impl Into<String>, manual: &'static str) -> Self {
        Self { field: field.into(), what: what.into(), manual }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.field, self.what, self.manual)
    }
}
