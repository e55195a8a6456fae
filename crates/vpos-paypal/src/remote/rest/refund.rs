//! A refund of a charge, all or a part.
//!
//! Source: PayPal's `payments_payment_v2`, captures and refunds.

use std::sync::Arc;

use vpos_core::operation::{Operation, Refund, RefundState};
use vpos_core::{Action, Error, Exchange, Reference, Report, Timestamp};

use super::answer::done;
use super::books::{self, Books};
use super::hold::judge;
use super::reference;
use super::token::{Call, ask};
use crate::config::Rest;
use crate::wire::rest::{names, refund_name, request};

pub(crate) fn path(refund: &str) -> String {
    format!("{}/{refund}", names::REFUNDS)
}

/// Gives back what `Operation::start_refund` recorded. Asked again under the same id, PayPal answers what it did the first
/// time, for 45 days.
pub(crate) fn refund(
    rest: &Arc<Rest>,
    operation: &Operation,
    refund: &Refund,
    now: Timestamp,
) -> Result<Exchange<Report>, Error> {
    operation.require_acceptor(&rest.acceptor)?;
    if operation.refund(refund.id)? != refund || refund.state != RefundState::Pending {
        return Err(Error::payment("refund", "not a pending refund of this operation: start_refund records it first"));
    }
    let capture = reference(operation, Reference::CaptureId)?;
    let body = request::refund(operation, refund)?;
    let id = Some(refund_name(operation.number(), refund.id.get()));
    let books = Books::new(rest, operation);
    ask(rest, Call::post(format!("{}/{capture}/refund", names::CAPTURES), body, id), now, move |answered| {
        Ok(Exchange::Done(match done(&books, Action::Refund, answered) {
            Ok((body, proof)) => judge(&books, Action::Refund, &body, proof, |told| books.of_refund(told, books::Answer::Done)),
            Err(report) => *report,
        }))
    })
}
