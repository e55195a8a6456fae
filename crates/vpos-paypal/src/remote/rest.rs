//! REST, Orders v2 and Payments v2.

pub(crate) mod token;

use std::sync::Arc;

use vpos_core::operation::{Operation, Refund};
use vpos_core::{Amount, Begun, Confirmation, Error, Exchange, Payment, Report, Timestamp};

use crate::config::{BANK, Rest};

pub(crate) fn begin(_: &Arc<Rest>, _: &Operation, _: &Payment, _now: Timestamp) -> Result<Exchange<Begun>, Error> {
    Err(unsupported("begin"))
}

/// What became of the operation's order: whatever brought the question up, the answer is the order's.
pub(crate) fn details(_: &Arc<Rest>, _: &Operation, _now: Timestamp) -> Result<Exchange<Confirmation>, Error> {
    Err(unsupported("details"))
}

pub(crate) fn charge(_: &Arc<Rest>, _: &Confirmation, _: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("charge"))
}

pub(crate) fn capture(_: &Arc<Rest>, _: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("capture"))
}

pub(crate) fn void(_: &Arc<Rest>, _: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("void"))
}

pub(crate) fn refund(_: &Arc<Rest>, _: &Operation, _: &Refund, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("refund"))
}

pub(crate) fn query(_: &Arc<Rest>, _: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("query"))
}

pub(crate) fn reauthorise(_: &Arc<Rest>, _: &Operation, _: Amount, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("reauthorisation"))
}

fn unsupported(operation: &'static str) -> Error {
    Error::Unsupported { bank: BANK, operation }
}
