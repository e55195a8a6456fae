//! What an operation does with the bank's word, and with the merchant's wishes.

mod capture;
mod charge;
mod claims;
mod laws;
mod queries;
mod records;
mod refund_voids;
mod refunds;
mod voids;

use super::*;
use crate::{Action, Authentic, Bank, ClaimedAmount, Confirmation, Currency, Environment, Mac, Outcome, Report};

type Moved = Result<Applied, Error>;

const WHOLE: u64 = 10_000;

fn euro(minor: u64) -> Amount {
    Amount::from_minor(minor, Currency::EUR)
}

fn dollar(minor: u64) -> Amount {
    Amount::from_minor(minor, Currency::USD)
}

fn shop() -> Acceptor {
    Acceptor::new(Bank::named("example"), Environment::Test, "999008881", Some("1"))
}

fn begun(kind: PaymentKind) -> Operation {
    let payment = Payment::builder("PED-17", euro(WHOLE)).kind(kind).build().unwrap();
    Operation::new(shop(), "2611AbC00017".parse().unwrap(), &payment)
}

/// A sale of 100 euro that waits for the buyer.
fn sale() -> Operation {
    begun(PaymentKind::Sale)
}

/// The same, paid under the authorisation 501602.
fn paid() -> Operation {
    let mut operation = sale();
    operation.apply(&said(&operation, Action::Charge, Outcome::Approved)).unwrap();
    operation
}

/// A pre-authorisation of 100 euro that waits for the buyer.
fn preauthorization() -> Operation {
    begun(PaymentKind::Preauthorization)
}

/// The same, held under the authorisation 501602.
fn held() -> Operation {
    let mut operation = preauthorization();
    operation.apply(&said(&operation, Action::Hold, Outcome::Approved)).unwrap();
    operation
}

/// The same, with a capture of so much on its way.
fn capturing(minor: u64) -> Operation {
    let mut operation = held();
    operation.start_capture(euro(minor), euro(WHOLE)).unwrap();
    operation
}

/// A claim about the whole of an operation, right in every part.
fn claim(operation: &Operation, action: Action, outcome: Outcome) -> Claim {
    Claim {
        contract: shop(),
        merchant: "999008881".into(),
        terminal: Some("1".into()),
        number: operation.number().clone(),
        amount: ClaimedAmount::Stated(operation.amount()),
        action,
        outcome,
        code: Some("0000".into()),
        identity: Some(Reference::AuthorizationCode),
        references: known_as("501602"),
        deadline: None,
    }
}

fn known_as(authorization: &str) -> References {
    [(Reference::AuthorizationCode, authorization.to_owned())].into_iter().collect()
}

fn proof() -> Authentic {
    Mac::new([7; 32]).check(&[7; 32]).unwrap()
}

fn confirmed(operation: &Operation, claim: Claim) -> Confirmation {
    Confirmation::new(claim, proof(), operation).unwrap()
}

/// The bank says it of the whole operation.
fn said(operation: &Operation, action: Action, outcome: Outcome) -> Confirmation {
    confirmed(operation, claim(operation, action, outcome))
}

/// The bank says it of a part, under a name of its own.
fn said_of(operation: &Operation, action: Action, outcome: Outcome, minor: u64, name: &str) -> Confirmation {
    confirmed(operation, claim_of(operation, action, outcome, minor, name))
}

fn claim_of(operation: &Operation, action: Action, outcome: Outcome, minor: u64, name: &str) -> Claim {
    let amount = ClaimedAmount::Stated(euro(minor));
    Claim { amount, references: known_as(name), ..claim(operation, action, outcome) }
}

fn rejected(action: Action) -> Report {
    Report::Rejected { action, code: "SIS0042".into(), message: "no".into() }
}

fn not_sent(action: Action) -> Report {
    Report::NotSent { action, reason: "refused".into() }
}

fn open(action: Action) -> Report {
    Report::Open { action, code: None }
}

fn lost(action: Action) -> Report {
    Report::unknown(action, "time-out")
}

fn standing(operation: &Operation) -> Vec<(u64, RefundState)> {
    operation.refunds().iter().map(|refund| (refund.amount.minor_units(), refund.state)).collect()
}

/// The bank's signed answer to a refund.
fn answered(operation: &Operation, outcome: Outcome, minor: u64, name: &str) -> Report {
    Report::Confirmed(said_of(operation, Action::Refund, outcome, minor, name))
}

/// A paid operation and its refunds, asked and approved one after the other under the names R1, R2...
fn refunded(amounts: &[u64]) -> Operation {
    let mut operation = paid();
    for (minor, name) in amounts.iter().zip(["R1", "R2", "R3"]) {
        let refund = operation.start_refund(euro(*minor), None).unwrap();
        let report = answered(&operation, Outcome::Approved, *minor, name);
        operation.settle_refund(refund.id, &report).unwrap();
    }
    operation
}

/// Applies, expects an error, and that nothing was changed by it.
#[track_caller]
fn refused(operation: &mut Operation, change: impl FnOnce(&mut Operation) -> Moved) -> Error {
    let before = operation.clone();
    let error = change(operation).unwrap_err();
    assert_eq!(*operation, before, "changed by {error}");
    error
}

#[track_caller]
fn assert_payment(error: &Error, named: &str) {
    assert!(matches!(error, Error::Payment { field, .. } if field == named), "{error}");
}
