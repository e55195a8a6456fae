//! What became of a payment, a capture or a refund whose answer was lost.
//!
//! A checkout is asked for by its token, a payment by its transaction. A capture is seen in its authorisation, and a refund
//! whose own id never came in the payment that it was to give back: both tell less than an IPN message would, and what they do
//! not tell stays open.

use std::sync::Arc;

use vpos_core::operation::{OpenQuestion, Operation, Refund};
use vpos_core::{
    Action, Answer, Claim, ClaimedAmount, Confirmation, Error, Exchange, Outcome, Reference, Refusal, Report, Timestamp,
};

use super::answer::{Subject, told};
use super::{details, transaction};
use crate::config::Nvp;
use crate::remote::{BANK, never_learnt};
use crate::wire::amount;
use crate::wire::nvp;
use crate::wire::nvp::names::of;
use crate::wire::nvp::status::Status;

/// Asks about what is open of an operation.
pub(crate) fn query(nvp: &Arc<Nvp>, operation: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    let subject = Subject::new(nvp, operation)?;
    match operation.open_question() {
        // a hold that was let go says so itself
        OpenQuestion::Payment | OpenQuestion::Void => payment(subject),
        OpenQuestion::Capture => capture(subject),
        OpenQuestion::Refund(id) => {
            let refund = operation.refund(id)?.clone();
            refund_of(subject, refund)
        }
    }
}

/// By the payment's own id where it is known, else by the token.
fn payment(subject: Subject) -> Result<Exchange<Report>, Error> {
    let action = subject.payment();
    let references = subject.operation.references();
    let names = [Reference::CaptureId, Reference::RenewalId, Reference::AuthorizationId];
    let known = names.into_iter().find_map(|name| references.get(name));
    let end = move |result| Ok(told(action, result));
    match known.map(str::to_owned) {
        Some(id) => transaction::ask(subject, &id, end),
        None if references.get(Reference::OrderId).is_none() => Err(never_learnt()),
        None => details::ask(subject, false, end),
    }
}

/// What the authorisation says of its capture: waiting is uncaptured, and complete is captured whole.
fn capture(subject: Subject) -> Result<Exchange<Report>, Error> {
    let hold = subject.hold()?;
    ask(subject, hold, Action::Capture, |subject, answer| {
        answer.is_about(subject.operation.number(), &of::NUMBERS)?;
        let stated = answer.amount(of::AMT, of::CURRENCYCODE)?;
        if stated.currency() != subject.operation.amount().currency() {
            return Err(Refusal::Currency.into());
        }
        if stated != subject.operation.amount() {
            return Err(Refusal::Amount.into());
        }
        let whole = subject.operation.capturing() == Some(stated);
        Ok(match Status::of(answer.need(of::PAYMENTSTATUS)?, answer.get(of::PENDINGREASON)) {
            Status::Held | Status::LetGo | Status::NotPaid => subject.claim(Action::Capture, Outcome::Declined),
            Status::Paid if whole => {
                let claim = subject.claim(Action::Capture, Outcome::Approved);
                Claim { amount: ClaimedAmount::Stated(stated), ..claim }
            }
            // how much of it an IPN message tells
            Status::Paid | Status::Pending => subject.claim(Action::Capture, Outcome::Pending),
            Status::GivenBack | Status::Returned | Status::Unknown => subject.claim(Action::Capture, Outcome::Unknown),
        })
    })
}

fn refund_of(subject: Subject, refund: Refund) -> Result<Exchange<Report>, Error> {
    let paid = subject.reference(Reference::CaptureId)?;
    match refund.reference.clone() {
        Some(id) => {
            ask(subject, id.clone(), Action::Refund, move |subject, answer| refund_itself(subject, answer, &refund, &id, &paid))
        }
        None => ask(subject, paid, Action::Refund, move |subject, answer| refund_in_payment(subject, answer, &refund)),
    }
}

/// The refund's own transaction: its amount goes the other way.
fn refund_itself(subject: &Subject, answer: &nvp::Answer, refund: &Refund, id: &str, paid: &str) -> Result<Claim, Error> {
    answer.need_same(of::PARENTTRANSACTIONID, paid, Refusal::Number)?;
    let told = answer.need(of::AMT)?;
    let stated = amount::parse(of::AMT, told.strip_prefix('-').unwrap_or(told), answer.need(of::CURRENCYCODE)?)?;
    if stated != refund.amount {
        return Err(Refusal::Amount.into());
    }
    let outcome = match Status::of_refund(answer.need(of::PAYMENTSTATUS)?) {
        Status::Paid => Outcome::Approved,
        Status::Pending => Outcome::Pending,
        Status::NotPaid => Outcome::Declined,
        _ => Outcome::Unknown,
    };
    let mut claim = subject.claim(Action::Refund, outcome);
    claim.amount = ClaimedAmount::Stated(stated);
    claim.identity = Some(Reference::RefundId);
    claim.references.insert(Reference::RefundId, id);
    Ok(claim)
}

/// The payment that it was to give back. Given back wholly it tells the end; in part, it does not tell by which refund; and
/// untouched, it does not tell whether the request is still on its way.
fn refund_in_payment(subject: &Subject, answer: &nvp::Answer, refund: &Refund) -> Result<Claim, Error> {
    let operation = &subject.operation;
    answer.is_about(operation.number(), &of::NUMBERS)?;
    if operation.charged() != Some(answer.amount(of::AMT, of::CURRENCYCODE)?) {
        return Err(Refusal::Amount.into());
    }
    let left = operation.charged().and_then(|charged| charged.checked_sub(operation.refunded()));
    let outcome = match answer.need(of::PAYMENTSTATUS)? {
        "Refunded" if left == Some(refund.amount) => Outcome::Approved,
        "Completed" | "Processed" | "Refunded" | "Partially-Refunded" | "Pending" | "In-Progress" => Outcome::Pending,
        _ => Outcome::Unknown,
    };
    Ok(subject.claim(Action::Refund, outcome))
}

/// Asks for a transaction; its answer becomes a claim.
fn ask(
    subject: Subject,
    id: String,
    action: Action,
    claim: impl FnOnce(&Subject, &nvp::Answer) -> Result<Claim, Error> + Send + 'static,
) -> Result<Exchange<Report>, Error> {
    let request = transaction::request(&id).request(&subject.nvp)?;
    let judge = move |answer: Answer| -> Result<Confirmation, Error> {
        let (answer, proof) = transaction::read_about(&subject, &id, answer)?;
        subject.confirm(claim(&subject, &answer)?, proof)
    };
    Ok(Exchange::ask(request, BANK, move |answer| Ok(Exchange::Done(told(action, judge(answer))))))
}
