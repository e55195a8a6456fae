//! `DoExpressCheckoutPayment`: the buyer agreed, now the money moves.

use std::sync::Arc;

use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Action, Answer, Authentic, Claim, Confirmation, Error, Exchange, Outcome, Reference, Refusal, Report, Timestamp,
};

use super::answer::{Said, Subject, is_done_before, read, told_after_call, unknown};
use super::begin::{action, is_id};
use super::details;
use super::transaction::Payment;
use crate::config::Nvp;
use crate::remote::BANK;
use crate::wire::nvp::names::{checkout, method, of, paid};
use crate::wire::nvp::{self, Ack, Call};

/// Charges, or holds, what was stored. Where a message told of a payment that is done, there is nothing to ask.
pub(crate) fn charge(
    nvp: &Arc<Nvp>,
    confirmation: &Confirmation,
    operation: &Operation,
    now: Timestamp,
) -> Result<Exchange<Report>, Error> {
    confirmation.require_chargeable(operation, &nvp.acceptor, now)?;
    if confirmation.action() != Action::Approval || !confirmation.is_approved_payment() {
        return Ok(Exchange::Done(Report::Confirmed(confirmation.clone())));
    }
    if operation.state() != OperationState::Charging {
        return Err(Error::payment("state", "no charge was started: start_charge records it first"));
    }
    let subject = Subject::new(nvp, operation)?;
    let token = subject.reference(Reference::OrderId)?;
    let payer = match confirmation.references().get(Reference::PayerId) {
        Some(payer) => payer.to_owned(),
        None => subject.reference(Reference::PayerId)?,
    };
    let number = operation.number().as_str();
    let request = Call::new(method::CHARGE)
        .with(checkout::TOKEN, &*token)
        .with(checkout::PAYERID, &*payer)
        .with_amount(checkout::AMT, checkout::CURRENCYCODE, operation.amount())?
        .with(checkout::PAYMENTACTION, action(operation.kind()))
        .with(checkout::INVNUM, number)
        .with(checkout::CUSTOM, number)
        .with(of::MSGSUBID, subject.request_id("c")?)
        .request(nvp)?;
    Ok(Exchange::ask(request, BANK, move |answer| charged(subject, &token, &payer, answer)))
}

fn charged(subject: Subject, token: &str, payer: &str, answer: Answer) -> Result<Exchange<Report>, Error> {
    let action = subject.payment();
    let report = match read(answer) {
        // the same was done before and the answer tells nothing of it, or says no: the details tell
        Ok(Said::Good(answer, _)) if answer.get(paid::PAYMENTSTATUS).is_none() && is_done_before(&answer) => {
            return done_before(subject);
        }
        Ok(Said::No(no)) if no.done_before => return done_before(subject),
        Ok(Said::Good(answer, proof)) => {
            judge(&subject, token, payer, &answer, proof).map_or_else(|error| unknown(action, &error), Report::Confirmed)
        }
        Ok(Said::No(no)) => no.report(&subject, action),
        Err(Error::Transport(lost)) => Report::lost(action, &lost),
        Err(error) => unknown(action, &error),
    };
    Ok(Exchange::Done(report))
}

fn done_before(subject: Subject) -> Result<Exchange<Report>, Error> {
    let action = subject.payment();
    details::ask(subject, false, move |result| Ok(told_after_call(action, result)))
}

/// The payment's own state decides. An answer need not repeat our number: the request named the token.
fn judge(subject: &Subject, token: &str, payer: &str, answer: &nvp::Answer, proof: Authentic) -> Result<Confirmation, Error> {
    answer.same(checkout::TOKEN, token, Refusal::Number)?;
    for name in paid::NUMBERS {
        answer.same(name, subject.operation.number().as_str(), Refusal::Number)?;
    }
    subject.require_payee(answer, paid::PAYEE)?;
    if answer.get(paid::ANOTHER).is_some() {
        return Err(Error::malformed("answer", "two payments for one"));
    }
    if answer.get(paid::ACK).is_some_and(|ack| Ack::of(ack) != Ack::Good) {
        return Err(Error::malformed(paid::ACK, "not the call's"));
    }
    let amount = answer.amount(paid::AMT, paid::CURRENCYCODE)?;
    let id = answer.need(paid::TRANSACTIONID)?;
    if !is_id(id) {
        return Err(Error::malformed(paid::TRANSACTIONID, "not an id of PayPal's"));
    }
    let (word, reason) = (answer.need(paid::PAYMENTSTATUS)?, answer.get(paid::PENDINGREASON));
    let mut claim: Claim = Payment { id, amount, word, reason }.claim(subject);
    if claim.outcome == Outcome::Approved {
        claim.references.insert(Reference::PayerId, payer);
    }
    subject.confirm(claim, proof)
}
