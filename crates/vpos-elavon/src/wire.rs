//! The messages of the platform, encoded and decoded. Nowhere else spells a field of it.
//!
//! [`response`] is what the hosted page sends back, as a form or as JSON in one; [`document`] the XML that we send and
//! [`answer`] what comes back; [`claim`] what both say of an operation.

pub(crate) mod answer;
pub(crate) mod claim;
pub(crate) mod document;
pub(crate) mod names;
pub(crate) mod response;
