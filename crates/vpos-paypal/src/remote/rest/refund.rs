//! A refund of a charge, all or a part.
//!
//! Source: PayPal's `payments_payment_v2`, captures and refunds.

use std::sync::Arc;

use http::StatusCode;
use vpos_core::operation::{Operation, Refund, RefundState};
use vpos_core::{Action, Authentic, Error, Exchange, Outcome, Reference, Report, Timestamp};

use super::answer::{Said, done, told};
use super::books::{self, Books};
use super::hold::judge;
use super::reference;
use super::token::{Call, ask};
use crate::codes::{self, Class, Code};
use crate::config::Rest;
use crate::wire::rest::problem::Problem;
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
    let books = Books::new(rest, operation);
    ask(rest, call(operation, refund)?, now, move |answered| {
        Ok(Exchange::Done(match done(&books, Action::Refund, answered) {
            Ok((body, proof)) => made(&books, &body, proof),
            Err(report) => *report,
        }))
    })
}

/// Asks for a refund again that has no row in PayPal's books: the first request was lost, or is still on its way. The id is the
/// first one's, so that the money goes back once, and the answer is the last word about it.
pub(super) fn repeat(books: Books, refund: &Refund, now: Timestamp) -> Result<Exchange<Report>, Error> {
    let (rest, action) = (Arc::clone(&books.rest), Action::Refund);
    ask(&rest, call(&books.operation, refund)?, now, move |answered| {
        Ok(Exchange::Done(match told(action, answered) {
            Ok(Said::Good(body, proof)) => made(&books, &body, proof),
            // it was not made before, and is not made now
            Ok(Said::Problem(problem, proof)) if is_no(&problem) => {
                books.confirm(books.bare(action, Outcome::Declined, &problem.code), proof)
            }
            Ok(Said::Problem(problem, _)) => Report::Unknown { action, reason: problem.message, code: Some(problem.code) },
            Ok(Said::Nothing(reason)) => Report::unknown(action, reason),
            Err(report) => *report,
        }))
    })
}

/// A 422 whose issue a public page has, and that says that nothing was done.
fn is_no(problem: &Problem) -> bool {
    let class = codes::find(&problem.code).map(Code::class);
    problem.status == StatusCode::UNPROCESSABLE_ENTITY && matches!(class, Some(Class::Error | Class::Declined))
}

fn made(books: &Books, body: &[u8], proof: Authentic) -> Report {
    judge(books, Action::Refund, body, proof, |told| books.of_refund(told, books::Answer::Done))
}

fn call(operation: &Operation, refund: &Refund) -> Result<Call, Error> {
    let capture = reference(operation, Reference::CaptureId)?;
    let body = request::refund(operation, refund)?;
    let id = Some(refund_name(operation.number(), refund.id.get()));
    Ok(Call::post(format!("{}/{capture}/refund", names::CAPTURES), body, id))
}
