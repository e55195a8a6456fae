//! The query: what the platform has of an order, and of its void and rebate.
//!
//! Its answer is the authorisation for ever, with the batch as the only part that changes; a void and a rebate are seen only
//! by asking for `_void_ORDER` and `_rebate_ORDER`, where 508 says that there is none. Nobody knows the recipe of its hash, so
//! it is authentic by TLS alone [banks/ELAVON.md, section 5].

use std::sync::Arc;

use http::Request;
use vpos_core::operation::{OpenQuestion, Operation, OperationState, Refund, RefundState};
use vpos_core::{
    Action, Answer, Authentic, Claim, Confirmation, Error, Exchange, Outcome, Reference, References, Refusal, Report, Timestamp,
};

use super::BANK;
use super::answer::{basic_report, document};
use crate::config::{Contract, check_number};
use crate::signature;
use crate::wire::answer::RemoteAnswer;
use crate::wire::claim;
use crate::wire::document::{Document, is_of_order};
use crate::wire::names::{kind, leg};

/// There is none.
const NONE: &str = "508";

/// Asks about what is open of an operation.
pub(crate) fn open_question(contract: &Arc<Contract>, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
    operation.require_acceptor(&contract.acceptor)?;
    check_number(operation.number())?;
    let (action, refund) = match operation.open_question() {
        OpenQuestion::Refund(id) => (Action::Refund, Some(operation.refund(id)?.clone())),
        OpenQuestion::Capture => (Action::Capture, None),
        OpenQuestion::Payment | OpenQuestion::Void => (claim::payment(contract, operation.kind()), None),
    };
    // only these can have been voided from here
    let voidable = matches!(operation.state(), OperationState::Authorized | OperationState::Completed);
    let leg = if refund.is_some() { Some(leg::REBATE) } else { voidable.then_some(leg::VOID) };
    let asked = Asked { action, refund, leg, contract: Arc::clone(contract), operation: operation.clone(), now };
    let request = asked.request("")?;
    Ok(Exchange::ask(request, BANK, move |answer| asked.order(answer)))
}

/// What was asked about one operation.
struct Asked {
    action: Action,
    refund: Option<Refund>,
    /// What is asked beside the order: whether that undid it or gave it back.
    leg: Option<&'static str>,
    contract: Arc<Contract>,
    operation: Operation,
    now: Timestamp,
}

/// What the platform has under a number.
enum Found {
    /// Nothing.
    None,
    Told(Box<RemoteAnswer>, Authentic),
}

impl Asked {
    fn request(&self, prefix: &str) -> Result<Request<Vec<u8>>, Error> {
        let order = format!("{prefix}{}", self.operation.number());
        let document = Document::about(&self.contract, kind::QUERY, &order, self.now);
        let hash = signature::void(self.contract.hash, &self.contract.secret, &document.fields(&self.contract));
        document.finish(&self.contract, &hash)
    }

    /// The authorisation; then, when it is a good one, the leg that may have undone it or given it back.
    fn order(self, answer: Answer) -> Result<Exchange<Report>, Error> {
        let (answer, proof) = match self.read(answer, "") {
            Ok(Found::Told(answer, proof)) => (answer, proof),
            // the buyer never paid, or has not yet
            Ok(Found::None) => return Ok(Exchange::Done(Report::Open { action: self.action, code: Some(NONE.into()) })),
            Err(report) => return Ok(Exchange::Done(*report)),
        };
        let outcome = match answer.code() {
            Ok(code) => crate::codes::outcome(code, answer.message()),
            Err(error) => return Ok(Exchange::Done(self.unknown(&error))),
        };
        if outcome != Outcome::Approved {
            let action = claim::payment(&self.contract, self.operation.kind());
            return Ok(Exchange::Done(self.confirmed(&answer, proof, action, References::new())));
        }
        let Some(prefix) = self.leg else { return Ok(Exchange::Done(self.judge(&answer, proof))) };
        let request = self.request(prefix)?;
        Ok(Exchange::ask(request, BANK, move |leg| {
            let found = self.read(leg, prefix);
            Ok(Exchange::Done(match (found, &self.refund) {
                (Err(report), _) => *report,
                (Ok(leg), None) => self.judge_void(&answer, proof, leg),
                (Ok(leg), Some(refund)) => self.judge_refund(&answer, proof, leg, refund),
            }))
        }))
    }

    /// Reads an answer about the order or one of its legs.
    fn read(&self, answer: Answer, prefix: &str) -> Result<Found, Box<Report>> {
        let proof = answer.authentic();
        let answer = match document(&self.contract, answer) {
            Ok(answer) => answer,
            Err(Error::Transport(lost)) => return Err(Report::lost(self.action, &lost).into()),
            Err(error) => return Err(self.unknown(&error).into()),
        };
        let asked = format!("{prefix}{}", self.operation.number());
        let ours = answer.order() == asked || is_of_order(answer.order(), self.operation.number());
        if !ours {
            return Err(self.unknown(&Refusal::Number.into()).into());
        }
        match answer.code() {
            Ok(NONE) => Ok(Found::None),
            Ok(_) if answer.is_basic() => {
                Err(basic_report(self.action, &answer).unwrap_or_else(|error| self.unknown(&error)).into())
            }
            Ok(_) => match proof {
                // the order's own answer names the order itself
                Some(proof) if !prefix.is_empty() || answer.order() == asked => Ok(Found::Told(answer.into(), proof)),
                Some(_) => Err(self.unknown(&Refusal::Number.into()).into()),
                None => Err(self.unknown(&Refusal::Signature.into()).into()),
            },
            Err(error) => Err(self.unknown(&error).into()),
        }
    }

    /// A good authorisation: settled or not.
    fn judge(&self, order: &RemoteAnswer, proof: Authentic) -> Report {
        let mut learnt = References::new();
        learnt.insert(Reference::BankReference, order.pasref());
        learnt.insert(Reference::AuthorizationCode, order.authcode());
        let Some(batch) = order.batch() else { return Report::unknown(self.action, "no batch: settled or not is not known") };
        match (self.action, batch > 0) {
            // what ran was not done: the hold stands
            (Action::Capture, false) => self.denied(order, proof, None),
            (Action::Approval, true) => self.confirmed(order, proof, Action::Charge, learnt),
            // the page settles by itself, and the batch has not taken it yet
            (Action::Charge, false) => self.open(order),
            (action, _) => self.confirmed(order, proof, action, learnt),
        }
    }

    /// A good authorisation that may have been voided since.
    fn judge_void(&self, order: &RemoteAnswer, proof: Authentic, leg: Found) -> Report {
        let Found::Told(leg, leg_proof) = leg else { return self.judge(order, proof) };
        match leg.code().map(|code| crate::codes::outcome(code, leg.message())) {
            Ok(Outcome::Approved) => {
                let mut learnt = References::new();
                learnt.insert(Reference::VoidId, leg.pasref());
                self.confirmed(&leg, leg_proof, Action::Void, learnt)
            }
            Ok(Outcome::Declined | Outcome::Error) => self.judge(order, proof),
            _ => Report::unknown(self.action, "whether it was voided is not known"),
        }
    }

    /// The rebate's leg speaks of the order's first rebate alone.
    fn judge_refund(&self, order: &RemoteAnswer, proof: Authentic, leg: Found, asked: &Refund) -> Report {
        // nothing was ever given back
        let Found::Told(leg, leg_proof) = leg else { return self.denied(order, proof, Some(NONE)) };
        let done = leg.code().is_ok_and(|code| crate::codes::outcome(code, leg.message()) == Outcome::Approved);
        let others = || self.operation.refunds().iter().filter(|refund| refund.id != asked.id);
        let another = others().any(|refund| match &refund.reference {
            Some(reference) => reference == leg.pasref(),
            // a no on the leg may be that of an earlier refund, which was declined
            None => !done || refund.state != RefundState::Declined,
        });
        if another {
            return self.open(&leg);
        }
        let mut learnt = References::new();
        learnt.insert(Reference::RefundId, leg.pasref());
        self.confirmed(&leg, leg_proof, Action::Refund, learnt)
    }

    fn open(&self, answer: &RemoteAnswer) -> Report {
        Report::Open { action: self.action, code: answer.code().ok().map(str::to_owned) }
    }

    /// What the answer says, as a confirmation. Only an approval teaches.
    fn confirmed(&self, answer: &RemoteAnswer, proof: Authentic, action: Action, learnt: References) -> Report {
        let claim = claim::of_answer(answer, &self.contract, &self.operation, action, learnt);
        self.confirm(claim, proof)
    }

    /// The order is good, and what was asked of it was not done.
    fn denied(&self, order: &RemoteAnswer, proof: Authentic, code: Option<&str>) -> Report {
        let claim = claim::of_answer(order, &self.contract, &self.operation, self.action, References::new());
        let denied = |claim| Claim { outcome: Outcome::Declined, code: code.map(Into::into), ..claim };
        self.confirm(claim.map(denied), proof)
    }

    fn confirm(&self, claim: Result<Claim, Error>, proof: Authentic) -> Report {
        let confirmation = claim.and_then(|claim| Ok(Confirmation::new(claim, proof, &self.operation)?));
        confirmation.map_or_else(|error| self.unknown(&error), Report::Confirmed)
    }

    fn unknown(&self, error: &Error) -> Report {
        Report::unknown(self.action, error.to_string())
    }
}
