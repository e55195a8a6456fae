//! A fault of a merchant's message, with the bank's own code where a public list has one.

use crate::Complaint;

/// What is wrong with one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Fault {
    pub(super) field: &'static str,
    pub(super) what: String,
    /// `SISnnnn`, or where the manual has the rule.
    pub(super) code: &'static str,
}

impl Fault {
    pub(super) fn new(code: &'static str, field: &'static str, what: impl Into<String>) -> Self {
        Self { field, what: what.into(), code }
    }
}

impl From<Fault> for Complaint {
    fn from(fault: Fault) -> Self {
        Self::new(fault.field, fault.what, fault.code)
    }
}
