//! A hold: captured, voided or renewed.
//!
//! Source: PayPal's `payments_payment_v2`, authorizations.

use std::sync::Arc;

use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Action, Authentic, Claim, Error, Exchange, Outcome, Reference, Report, Timestamp};

use super::answer::{self, Said, refused};
use super::books::{self, Books};
use super::reference;
use super::token::{Answered, Call, Failed, ask};
use crate::config::Rest;
use crate::wire::rest::names::{self, issue, status};
use crate::wire::rest::payment::Payment;
use crate::wire::rest::request;

pub(crate) fn path(hold: &str) -> String {
    format!("{}/{hold}", names::AUTHORIZATIONS)
}

/// Charges what `Operation::start_capture` recorded, once: PayPal lets go of the rest.
pub(crate) fn capture(rest: &Arc<Rest>, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
    operation.require_acceptor(&rest.acceptor)?;
    let Some(amount) = operation.capturing().filter(|_| operation.state() == OperationState::Charging) else {
        return Err(Error::payment("state", "no capture was started: start_capture records it first"));
    };
    if amount > operation.amount() {
        return Err(Error::payment("amount", "above the hold"));
    }
    let hold = reference(operation, Reference::RenewalId).or_else(|_| reference(operation, Reference::AuthorizationId))?;
    let body = request::capture(operation, amount)?;
    // the hold's id too: a renewed one has another
    let id = Some(format!("{}-capture-{hold}-{}", operation.number(), amount.minor_units()));
    let books = Books::new(rest, operation);
    ask(rest, Call::post(format!("{}/capture", path(hold)), body, id), now, move |answered| {
        Ok(Exchange::Done(match answer::done(&books, Action::Capture, answered) {
            Ok((body, proof)) => {
                judge(&books, Action::Capture, &body, proof, |capture| books.of_capture(capture, books::Answer::Done))
            }
            Err(report) => *report,
        }))
    })
}

/// Lets go of a hold, by its first id: a renewal cannot be voided [`payments_payment_v2`, `CANNOT_BE_VOIDED`]. A charge cannot be
/// voided at PayPal: it is refunded.
pub(crate) fn void(rest: &Arc<Rest>, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
    let hold = held(rest, operation)?.to_owned();
    let id = Some(format!("{}-void-{hold}", operation.number()));
    let books = Books::new(rest, operation);
    ask(rest, Call::post(format!("{}/void", path(&hold)), b"{}".to_vec(), id), now, move |answered| {
        voided(books, hold, answered, now)
    })
}

fn voided(books: Books, hold: String, answered: Result<Answered, Failed>, now: Timestamp) -> Result<Exchange<Report>, Error> {
    let action = Action::Void;
    let report = match answer::told(action, answered) {
        // 204, unless PayPal shows the authorization
        Ok(Said::Good(body, proof)) if body.is_empty() => books.confirm(books.bare(action, Outcome::Approved, ""), proof),
        Ok(Said::Good(body, proof)) => judge_void(&books, &hold, &body, proof),
        Ok(Said::Problem(problem, _)) if problem.is_one_of(&issue::VOIDED_ALREADY) => {
            let rest = Arc::clone(&books.rest);
            return ask(&rest, Call::get(path(&hold)), now, move |answered| {
                Ok(Exchange::Done(match answer::done(&books, action, answered) {
                    Ok((body, proof)) => judge_void(&books, &hold, &body, proof),
                    Err(report) => Report::Unknown { action, reason: report.outcome().to_string(), code: Some(problem.code) },
                }))
            });
        }
        Ok(Said::Problem(problem, proof)) => refused(&books, action, problem, proof),
        Ok(Said::Nothing(reason)) => Report::unknown(action, reason),
        Err(report) => *report,
    };
    Ok(Exchange::Done(report))
}

fn judge_void(books: &Books, hold: &str, body: &[u8], proof: Authentic) -> Report {
    judge(books, Action::Void, body, proof, |told| match told.status.as_str() {
        _ if told.id != hold => Err(Error::malformed("id", "another authorization")),
        status::VOIDED => books.of_authorization(told, books::Answer::Done),
        _ => Err(Error::malformed("status", "not voided")),
    })
}

/// Renews a hold whose honour period has passed: the first one, as often as it is done.
pub(crate) fn reauthorise(rest: &Arc<Rest>, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
    let hold = held(rest, operation)?;
    let books = Books::new(rest, operation);
    let body = request::reauthorisation(books.amount())?;
    let last = books.known(Reference::RenewalId).unwrap_or(hold);
    let id = Some(format!("{}-reauthorize-{last}", operation.number()));
    ask(rest, Call::post(format!("{}/reauthorize", path(hold)), body, id), now, move |answered| {
        Ok(Exchange::Done(match answer::done(&books, Action::Hold, answered) {
            // it has a name of its own, which is no second payment's
            Ok((body, proof)) => judge(&books, Action::Hold, &body, proof, |renewed| {
                let claim = books.of_authorization(renewed, books::Answer::Done)?;
                Ok(books::renewal(claim, &renewed.id))
            }),
            Err(report) => *report,
        }))
    })
}

/// The authorization of an operation that holds.
fn held<'o>(rest: &Rest, operation: &'o Operation) -> Result<&'o str, Error> {
    operation.require_acceptor(&rest.acceptor)?;
    if operation.state() != OperationState::Authorized {
        return Err(Error::payment("state", format!("nothing is held: the operation is {}", operation.state())));
    }
    reference(operation, Reference::AuthorizationId)
}

/// What an answer to what was done says of it.
pub(super) fn judge(
    books: &Books,
    action: Action,
    body: &[u8],
    proof: Authentic,
    claim: impl FnOnce(&Payment) -> Result<Claim, Error>,
) -> Report {
    match Payment::parse(body).and_then(|told| claim(&told)) {
        Ok(claim) => books.confirm(claim, proof),
        Err(error) => Report::unknown(action, error.to_string()),
    }
}
