//! `GetExpressCheckoutDetails`: what a token stands for. Once it was paid, `GetTransactionDetails` tells of the payment.

use std::sync::Arc;

use vpos_core::operation::Operation;
use vpos_core::{
    Action, Answer, Authentic, Claim, ClaimedAmount, Confirmation, Error, Exchange, Outcome, Reference, Refusal, Timestamp,
};

use super::answer::{Said, Subject, read};
use super::begin::is_id;
use super::transaction;
use crate::config::Nvp;
use crate::notification::buyer_return::BuyerReturn;
use crate::remote::BANK;
use crate::wire::nvp::names::{checkout, method};
use crate::wire::nvp::{self, Call};

/// Asks what a returning buyer's token stands for. Nothing in the buyer's address is believed: a payer there only tells a
/// buyer who is still on the way from one who gave up.
pub(crate) fn details(
    nvp: &Arc<Nvp>,
    buyer: &BuyerReturn,
    operation: &Operation,
    _now: Timestamp,
) -> Result<Exchange<Confirmation>, Error> {
    let subject = Subject::new(nvp, operation)?;
    if operation.references().get(Reference::OrderId) != Some(buyer.token()) {
        return Err(Refusal::Number.into());
    }
    let gave_up = buyer.payer().is_none();
    ask(subject, gave_up, |result| result)
}

/// Asks for the details of the operation's token; `end` makes the call's own result of what they tell.
pub(super) fn ask<T: 'static>(
    subject: Subject,
    gave_up: bool,
    end: impl FnOnce(Result<Confirmation, Error>) -> Result<T, Error> + Send + 'static,
) -> Result<Exchange<T>, Error> {
    let token = subject.reference(Reference::OrderId)?;
    let request = Call::new(method::DETAILS).with(checkout::TOKEN, &*token).request(&subject.nvp)?;
    Ok(Exchange::ask(request, BANK, move |answer| match judge(&subject, &token, gave_up, answer) {
        Ok(Told::Confirmed(confirmation)) => end(Ok(*confirmation)).map(Exchange::Done),
        Ok(Told::Paid(id)) => transaction::ask(subject, &id, end),
        Err(error) => end(Err(error)).map(Exchange::Done),
    }))
}

enum Told {
    Confirmed(Box<Confirmation>),
    /// It was paid, by that transaction.
    Paid(String),
}

fn judge(subject: &Subject, token: &str, gave_up: bool, answer: Answer) -> Result<Told, Error> {
    let (answer, proof) = match read(answer)? {
        Said::Good(answer, proof) => (answer, proof),
        Said::No(no) => return Err(no.error()),
    };
    answer.need_same(checkout::TOKEN, token, Refusal::Number)?;
    answer.is_about(subject.operation.number(), &checkout::NUMBERS)?;
    subject.require_payee(&answer, checkout::PAYEE)?;
    let amount = answer.amount(checkout::AMT, checkout::CURRENCYCODE)?;
    let status = answer.need(checkout::CHECKOUTSTATUS)?;
    if status == "PaymentActionCompleted" {
        return paid_by(&answer).map(Told::Paid);
    }
    let claim = Claim { amount: ClaimedAmount::Stated(amount), ..of_status(subject, &answer, status, gave_up) };
    confirmed(subject, claim, proof)
}

fn confirmed(subject: &Subject, claim: Claim, proof: Authentic) -> Result<Told, Error> {
    Ok(Told::Confirmed(Box::new(subject.confirm(claim, proof)?)))
}

/// Source: NVP API reference, `GetExpressCheckoutDetails`, `CHECKOUTSTATUS`; banks/PAYPAL.md, section 5.
fn of_status(subject: &Subject, answer: &nvp::Answer, status: &str, gave_up: bool) -> Claim {
    let payer = answer.get(checkout::PAYERID).filter(|payer| is_id(payer));
    match (status, payer) {
        ("PaymentActionNotInitiated", Some(payer)) => {
            let mut claim = subject.claim(Action::Approval, Outcome::Approved);
            claim.references.insert(Reference::PayerId, payer);
            claim
        }
        ("PaymentActionNotInitiated", None) if gave_up => subject.claim(subject.payment(), Outcome::Cancelled),
        // nothing was agreed to yet, so nothing can have been charged
        ("PaymentActionNotInitiated", None) => subject.claim(Action::Approval, Outcome::Pending),
        ("PaymentActionInProgress", _) => subject.claim(subject.payment(), Outcome::Pending),
        ("PaymentActionFailed", _) => {
            let code = answer.get(checkout::ERRORCODE).filter(|code| *code != "0" && code.bytes().all(|b| b.is_ascii_digit()));
            Claim { code: code.map(Into::into), ..subject.claim(subject.payment(), Outcome::Declined) }
        }
        _ => subject.claim(subject.payment(), Outcome::Unknown),
    }
}

/// The transaction by which a token was paid.
fn paid_by(answer: &nvp::Answer) -> Result<String, Error> {
    let mut ids = checkout::TRANSACTIONS.iter().filter_map(|name| answer.get(name));
    let id = ids.next().filter(|id| is_id(id)).ok_or_else(|| Error::malformed("TRANSACTIONID", "missing"))?;
    if ids.any(|other| other != id) {
        return Err(Error::malformed("TRANSACTIONID", "there are two"));
    }
    Ok(id.to_owned())
}
