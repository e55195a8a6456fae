//! The access token: asked for only when there is none fresh, and kept in the contract.

use vpos_core::{Secret, Timestamp};

/// A token and until when it is used.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) text: Secret,
    pub(crate) until: Timestamp,
}
