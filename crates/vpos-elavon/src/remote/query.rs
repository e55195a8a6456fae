//! The query: what the platform has of an order, and of its void and rebate.
//!
//! Its answer is the authorisation for ever, with the batch as the only part that changes; a void and a rebate are seen only
//! by asking for `_void_ORDER` and `_rebate_ORDER`, where 508 says that there is none. Nobody knows the recipe of its hash, so
//! it is authentic by TLS alone [banks/ELAVON.md, section 5].

use std::sync::Arc;

use http::Request;
use vpos_core::operation::{OpenQuestion, Operation, Refund, RefundState};
use vpos_core::{
    Action, Answer, Authentic, Confirmation, Error, Exchange, Outcome, Reference, References, Refusal, Report,
    Timestamp,
};

use super::BANK;
use super::answer::{basic_report, document};
use crate::config::{Contract, Settle, check_number};
use crate::signature;
use crate::wire::answer::RemoteAnswer;
use crate::wire::claim;
use crate::wire::document::{Document, is_of_order};
use crate::wire::names::kind;

/// There is none.
const NONE: &str = "508";

/// Asks about what is open of an operation.
pub(crate) fn open_question(contract: &Arc<Contract>, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
    operation.require_acceptor(&contract.acceptor)?;
    check_number(operation.number())?;
    let (action, refund) = match operation.open_question() {
        OpenQuestion::Refund(id) => (Action::Refund, Some(operation.refund(id)?.clone())),
        OpenQuestion::Capture => (Action::Capture, None),
        OpenQuestion::Payment => (claim::payment(contract, operation.kind()), None),
    };
    let asked = Asked { action, refund, contract: Arc::clone(contract), operation: operation.clone(), now };
    let request = asked.request("")?;
    Ok(Exchange::ask(request, BANK, move |answer| asked.order(answer)))
}

/// What was asked about one operation.
struct Asked {
    action: Action,
    refund: Option<Refund>,
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
            return Ok(Exchange::Done(self.confirmed(&answer, proof, action, None, References::new())));
        }
        let prefix = if self.refund.is_some() { "_rebate_" } else { "_void_" };
        let request = self.request(prefix)?;
        Ok(Exchange::ask(request, BANK, move |leg| {
            let found = self.read(leg, prefix);
            Ok(Exchange::Done(match (found, &self.refund) {
                (Err(report), _) => *report,
                (Ok(leg), None) => self.judge(&answer, proof, leg),
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

    /// A good authorisation: voided, settled, or neither.
    fn judge(&self, order: &RemoteAnswer, proof: Authentic, leg: Found) -> Report {
        match leg_outcome(&leg) {
            Some(Outcome::Approved) => return self.confirmed(order, proof, Action::Void, None, References::new()),
            Some(Outcome::Unknown) => return Report::unknown(self.action, "whether it was voided is not known"),
            _ => {}
        }
        let mut learnt = References::new();
        learnt.insert(Reference::BankReference, order.pasref());
        learnt.insert(Reference::AuthorizationCode, order.authcode());
        let Some(batch) = order.batch() else { return Report::unknown(self.action, "no batch: settled or not is not known") };
        let settled = batch > 0;
        match (self.action, settled) {
            // what ran was not done: the hold stands
            (Action::Capture, false) => self.confirmed(order, proof, Action::Capture, Some(Outcome::Declined), References::new()),
            (Action::Approval, true) => self.confirmed(order, proof, Action::Charge, None, learnt),
            // the page settles by itself, and the batch has not taken it yet
            (Action::Charge, false) if self.contract.settle == Settle::Auto => {
                Report::Open { action: self.action, code: order.code().ok().map(str::to_owned) }
            }
            (action, _) => self.confirmed(order, proof, action, None, learnt),
        }
    }

    /// The rebate's leg speaks of the order's first rebate alone.
    fn judge_refund(&self, order: &RemoteAnswer, proof: Authentic, leg: Found, asked: &Refund) -> Report {
        let Found::Told(leg, leg_proof) = leg else {
            // nothing was ever given back
            return self.confirmed(order, proof, Action::Refund, Some(Outcome::Declined), References::new());
        };
        let others = || self.operation.refunds().iter().filter(|refund| refund.id != asked.id);
        let another = others().any(|refund| match &refund.reference {
            Some(reference) => reference == leg.pasref(),
            None => refund.state != RefundState::Declined,
        });
        if another {
            return Report::Open { action: self.action, code: leg.code().ok().map(str::to_owned) };
        }
        let mut learnt = References::new();
        learnt.insert(Reference::RefundId, leg.pasref());
        self.confirmed(&leg, leg_proof, Action::Refund, None, learnt)
    }

    fn confirmed(
        &self,
        answer: &RemoteAnswer,
        proof: Authentic,
        action: Action,
        outcome: Option<Outcome>,
        learnt: References,
    ) -> Report {
        let confirmed = || {
            let mut claim = claim::of_answer(answer, &self.contract, &self.operation, action, learnt)?;
            claim.outcome = outcome.unwrap_or(claim.outcome);
            Ok::<_, Error>(Report::Confirmed(Confirmation::new(claim, proof, &self.operation)?))
        };
        confirmed().unwrap_or_else(|error| self.unknown(&error))
    }

    fn unknown(&self, error: &Error) -> Report {
        Report::unknown(self.action, error.to_string())
    }
}

/// How a leg ended, where there is one.
fn leg_outcome(leg: &Found) -> Option<Outcome> {
    match leg {
        Found::None => None,
        Found::Told(answer, _) => Some(answer.code().map_or(Outcome::Unknown, |code| crate::codes::outcome(code, answer.message()))),
    }
}

