//! Calls to PayPal, each an exchange: [`rest`] and [`nvp`], one protocol each.

pub(crate) mod nvp;
pub(crate) mod rest;

use std::time::Duration;

use vpos_core::{Error, TimeLimit};

/// No public page says how long PayPal itself waits.
pub(crate) const BANK: TimeLimit = TimeLimit::new("paypal", Duration::from_secs(45));

/// There is nothing to ask PayPal by: the buyer was never sent there, since the answer to `begin` was lost, or what it told was not
/// kept.
pub(crate) fn never_learnt() -> Error {
    Error::payment("references.order_id", "the order id was never learnt (Operation::learn): begin again")
}
