//! `DoCapture`, `DoVoid`, `DoReauthorization` and `RefundTransaction`: what follows a hold or a charge.

use std::sync::Arc;

use vpos_core::operation::{Operation, OperationState, Refund, RefundState};
use vpos_core::{
    Action, Answer, Authentic, Claim, ClaimedAmount, Error, Exchange, Outcome, Reference, Refusal, Report, Timestamp,
};

use super::answer::{Said, Subject, read, unknown};
use super::begin::is_id;
use crate::config::Nvp;
use crate::remote::BANK;
use crate::wire::nvp::names::{method, of};
use crate::wire::nvp::status::Status;
use crate::wire::nvp::{self, Call};

/// `NOTE` holds so many characters [NVP API reference, `RefundTransaction`].
const MOST_NOTE: usize = 255;

/// Charges what `Operation::start_capture` recorded, and lets the rest go: one capture a hold.
pub(crate) fn capture(nvp: &Arc<Nvp>, operation: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    let Some(amount) = operation.capturing().filter(|_| operation.state() == OperationState::Charging) else {
        return Err(Error::payment("state", "no capture was started: start_capture records it first"));
    };
    if amount > operation.amount() {
        return Err(Error::payment("amount", "above what is held"));
    }
    let subject = Subject::new(nvp, operation)?;
    let hold = subject.hold()?;
    // another amount after a no is another request; a number that leaves no room for it is taken as it is
    let of_amount = subject.request_id(&format!("k{}", amount.minor_units()));
    let id = of_amount.or_else(|_| subject.request_id("k"))?;
    let call = Call::new(method::CAPTURE)
        .with(of::AUTHORIZATIONID, &*hold)
        .with_amount(of::AMT, of::CURRENCYCODE, amount)?
        .with(of::COMPLETETYPE, "Complete")
        .with(of::MSGSUBID, id);
    send(subject, &call, Action::Capture, move |subject, answer| {
        answer.same(of::AUTHORIZATIONID, &hold, Refusal::Number)?;
        let stated = answer.amount(of::AMT, of::CURRENCYCODE)?;
        let id = id_of(answer, of::TRANSACTIONID)?;
        let outcome = match Status::of(answer.need(of::PAYMENTSTATUS)?, answer.get(of::PENDINGREASON)) {
            Status::Paid => Outcome::Approved,
            Status::Pending | Status::Held => Outcome::Pending,
            Status::NotPaid | Status::LetGo => Outcome::Declined,
            Status::GivenBack | Status::Returned | Status::Unknown => Outcome::Unknown,
        };
        let mut claim = named(subject.claim(Action::Capture, outcome), Reference::CaptureId, id);
        claim.amount = ClaimedAmount::Stated(stated);
        Ok(claim)
    })
}

/// Lets go of a hold, by its first id [NVP API reference, `DoVoid`]. What was charged is refunded instead.
pub(crate) fn void(nvp: &Arc<Nvp>, operation: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    if operation.state() != OperationState::Authorized {
        return Err(Error::payment("state", format!("nothing is held: the operation is {}", operation.state())));
    }
    let subject = Subject::new(nvp, operation)?;
    let hold = subject.reference(Reference::AuthorizationId)?;
    let call = Call::new(method::VOID).with(of::AUTHORIZATIONID, &*hold).with(of::MSGSUBID, subject.request_id("v")?);
    send(subject, &call, Action::Void, move |subject, answer| {
        answer.same(of::AUTHORIZATIONID, &hold, Refusal::Number)?;
        Ok(subject.claim(Action::Void, Outcome::Approved))
    })
}

/// Renews a hold, which has another id then: a capture says it.
pub(crate) fn reauthorise(nvp: &Arc<Nvp>, operation: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    if operation.state() != OperationState::Authorized {
        return Err(Error::payment("state", format!("nothing is held: the operation is {}", operation.state())));
    }
    let subject = Subject::new(nvp, operation)?;
    let hold = subject.reference(Reference::AuthorizationId)?;
    // the next renewal is another request: it is told by the last one's id
    let last = operation.references().get(Reference::RenewalId).unwrap_or_default();
    let id = subject.request_id(&format!("a{}", last.get(..8).unwrap_or(last)))?;
    let call = Call::new(method::REAUTHORISE)
        .with(of::AUTHORIZATIONID, &*hold)
        .with_amount(of::AMT, of::CURRENCYCODE, operation.amount())?
        .with(of::MSGSUBID, id);
    send(subject, &call, Action::Hold, move |subject, answer| {
        let id = id_of(answer, of::AUTHORIZATIONID)?;
        // the answer's state is a pending one: the hold waits for its capture [NVP API reference, `DoReauthorization`]
        let outcome = match answer.get(of::PAYMENTSTATUS).map(|word| Status::of(word, answer.get(of::PENDINGREASON))) {
            None | Some(Status::Held | Status::Paid) => Outcome::Approved,
            Some(Status::Pending) => Outcome::Pending,
            Some(Status::NotPaid | Status::LetGo) => Outcome::Declined,
            Some(Status::GivenBack | Status::Returned | Status::Unknown) => Outcome::Unknown,
        };
        // it renews the hold that is known, and is no second one
        let mut claim = subject.claim(Action::Hold, outcome);
        claim.references.insert(Reference::RenewalId, id);
        Ok(claim)
    })
}

/// Gives back what `Operation::start_refund` recorded.
pub(crate) fn refund(nvp: &Arc<Nvp>, operation: &Operation, refund: &Refund, _now: Timestamp) -> Result<Exchange<Report>, Error> {
    if operation.refund(refund.id)? != refund || refund.state != RefundState::Pending {
        return Err(Error::payment("refund", "not a pending refund of this operation: start_refund records it first"));
    }
    let subject = Subject::new(nvp, operation)?;
    let paid = subject.reference(Reference::CaptureId)?;
    let call = refund_call(&subject, refund, &paid)?;
    let amount = refund.amount;
    send(subject, &call, Action::Refund, move |subject, answer| {
        if answer.amount(of::GROSSREFUNDAMT, of::CURRENCYCODE)? != amount {
            return Err(Refusal::Amount.into());
        }
        let id = id_of(answer, of::REFUNDTRANSACTIONID)?;
        let outcome = match Status::of_refund(answer.need(of::REFUNDSTATUS)?) {
            Status::Paid => Outcome::Approved,
            Status::Pending => Outcome::Pending,
            Status::NotPaid => Outcome::Declined,
            _ => Outcome::Unknown,
        };
        let mut claim = named(subject.claim(Action::Refund, outcome), Reference::RefundId, id);
        claim.amount = ClaimedAmount::Stated(amount);
        Ok(claim)
    })
}

/// `Full` has no amount, and is no word for what is left after a part [NVP API reference, `RefundTransaction`; error 10009].
fn refund_call(subject: &Subject, refund: &Refund, paid: &str) -> Result<Call, Error> {
    let first = subject.operation.refunds().iter().all(|other| other.id == refund.id || !other.state.counts());
    let whole = first && subject.operation.charged() == Some(refund.amount);
    let call = Call::new(method::REFUND)
        .with(of::TRANSACTIONID, paid)
        .with(of::MSGSUBID, subject.request_id(&format!("r{}", refund.id.get()))?)
        .with(of::REFUNDTYPE, if whole { "Full" } else { "Partial" });
    let call = if whole { call } else { call.with_amount(of::AMT, of::CURRENCYCODE, refund.amount)? };
    let note = |reason: &str| reason.chars().filter(|c| !c.is_control()).take(MOST_NOTE).collect::<String>();
    Ok(match refund.reason.as_deref().map(note).filter(|note| !note.is_empty()) {
        Some(note) => call.with(of::NOTE, note),
        None => call,
    })
}

/// Sends a call; its answer, when it is a good one, becomes a claim.
fn send(
    subject: Subject,
    call: &Call,
    action: Action,
    claim: impl FnOnce(&Subject, &nvp::Answer) -> Result<Claim, Error> + Send + 'static,
) -> Result<Exchange<Report>, Error> {
    let request = call.request(&subject.nvp)?;
    Ok(Exchange::ask(request, BANK, move |answer| Ok(Exchange::Done(ended(&subject, action, answer, claim)))))
}

fn ended(
    subject: &Subject,
    action: Action,
    answer: Answer,
    claim: impl FnOnce(&Subject, &nvp::Answer) -> Result<Claim, Error>,
) -> Report {
    let confirm = |answer: &nvp::Answer, proof: Authentic| subject.confirm(claim(subject, answer)?, proof);
    match read(answer) {
        Ok(Said::Good(answer, proof)) => confirm(&answer, proof).map_or_else(|error| unknown(action, &error), Report::Confirmed),
        Ok(Said::No(no)) => no.report(subject, action),
        Err(Error::Transport(lost)) => Report::lost(action, &lost),
        Err(error) => unknown(action, &error),
    }
}

fn id_of<'a>(answer: &'a nvp::Answer, name: &'static str) -> Result<&'a str, Error> {
    answer.get(name).filter(|id| is_id(id)).ok_or_else(|| Error::malformed(name, "missing"))
}

fn named(mut claim: Claim, name: Reference, id: &str) -> Claim {
    claim.identity = Some(name);
    claim.references.insert(name, id);
    claim
}
