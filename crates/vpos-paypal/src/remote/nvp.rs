//! NVP, Express Checkout.

use std::sync::Arc;

use vpos_core::operation::{Operation, Refund};
use vpos_core::{Amount, Begun, Confirmation, Error, Exchange, Payment, Report, Timestamp};

use crate::config::{BANK, Nvp};
use crate::notification::buyer_return::BuyerReturn;

pub(crate) fn begin(_: &Arc<Nvp>, _: &Operation, _: &Payment, _now: Timestamp) -> Result<Exchange<Begun>, Error> {
    Err(unsupported("begin"))
}

/// What a returning buyer's token stands for.
pub(crate) fn details(_: &Arc<Nvp>, _: &BuyerReturn, _: &Operation, _now: Timestamp) -> Result<Exchange<Confirmation>, Error> {
    Err(unsupported("details"))
}

pub(crate) fn charge(_: &Arc<Nvp>, _: &Confirmation, _: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("charge"))
}

pub(crate) fn capture(_: &Arc<Nvp>, _: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("capture"))
}

pub(crate) fn void(_: &Arc<Nvp>, _: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("void"))
}

pub(crate) fn refund(_: &Arc<Nvp>, _: &Operation, _: &Refund, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("refund"))
}

pub(crate) fn query(_: &Arc<Nvp>, _: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("query"))
}

pub(crate) fn reauthorise(_: &Arc<Nvp>, _: &Operation, _: Amount, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    Err(unsupported("reauthorisation"))
}

fn unsupported(operation: &'static str) -> Error {
    Error::Unsupported { bank: BANK, operation }
}
