//! Calls to PayPal, each an exchange: [`rest`] and [`nvp`], one protocol each.

pub(crate) mod nvp;
pub(crate) mod rest;

use std::time::Duration;

use vpos_core::operation::Operation;
use vpos_core::{Error, Reference, TimeLimit};

/// No public page says how long PayPal itself waits.
pub(crate) const BANK: TimeLimit = TimeLimit::new("paypal", Duration::from_secs(45));

/// Whether there is anything to ask PayPal by. Without it the buyer was never sent there: the answer to `begin` was lost, or what it
/// told was not kept.
pub(crate) fn require_learnt(operation: &Operation) -> Result<(), Error> {
    let ids = [Reference::OrderId, Reference::CaptureId, Reference::AuthorizationId];
    if ids.iter().any(|name| operation.references().get(*name).is_some()) {
        return Ok(());
    }
    Err(Error::payment("references.order_id", "the order id was never learnt (Operation::learn): begin again"))
}
