//! Settle, capture, void and rebate: what follows an authorisation.
//!
//! Each names the original authorisation's `pasref` and `authcode`, and its own order number
//! [banks/ELAVON.md, section 5; samples of rxp-remote-java].

use std::sync::Arc;

use vpos_core::operation::{Operation, OperationState, Refund, RefundState};
use vpos_core::{Action, Amount, Confirmation, Error, Exchange, Reference, References, Report, Timestamp};

use super::answer::{Expected, Learn};
use crate::Elavon;
use crate::config::{Contract, Settle, check_number};
use crate::signature::{self, Fields, refund_hash};
use crate::wire::document::{Document, minor_units};
use crate::wire::names::{kind, xml};

/// What follows a verified response: a settle for the stored amount when the page only authorised, nothing when it charged.
pub(crate) fn charge(
    contract: &Arc<Contract>,
    confirmation: &Confirmation,
    operation: &Operation,
    now: Timestamp,
) -> Result<Exchange<Report>, Error> {
    confirmation.require_chargeable(operation, &contract.acceptor, now)?;
    if confirmation.action() != Action::Approval || !confirmation.is_approved_payment() {
        return Ok(Exchange::Done(Report::Confirmed(confirmation.clone())));
    }
    if operation.state() != OperationState::Charging {
        return Err(Error::payment("state", "no charge was started: start_charge records it first"));
    }
    let original = Original::of(confirmation.references()).or_else(|_| Original::of(operation.references()))?;
    settle(contract, operation, original, operation.amount(), Action::Charge, now)
}

/// Charges what `Operation::start_capture` recorded.
pub(crate) fn capture(contract: &Arc<Contract>, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
    let Some(amount) = operation.capturing().filter(|_| operation.state() == OperationState::Charging) else {
        return Err(Error::payment("state", "no capture was started: start_capture records it first"));
    };
    if amount > Contract::capture_limit(operation.amount()) {
        return Err(Error::payment("amount", "above what can be captured"));
    }
    settle(contract, operation, Original::of(operation.references())?, amount, Action::Capture, now)
}

fn settle(
    contract: &Arc<Contract>,
    operation: &Operation,
    original: Original,
    amount: Amount,
    action: Action,
    now: Timestamp,
) -> Result<Exchange<Report>, Error> {
    let mut document = about(contract, operation, kind::SETTLE, now)?;
    document.amount(amount);
    original.write(&mut document);
    let (minor, currency) = (minor_units(amount)?, amount.currency());
    let fields = Fields { amount: &minor, currency: currency.code(), ..document.fields(contract) };
    let hash = signature::settle(contract.hash, &contract.secret, &fields);
    let expected = expected(contract, operation, action, Learn::Known(original.references));
    Ok(expected.ask(document.finish(contract, &hash)?))
}

/// Lets go of a hold, or undoes a charge that the day's batch has not taken.
pub(crate) fn void(contract: &Arc<Contract>, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
    if !matches!(operation.state(), OperationState::Authorized | OperationState::Completed) {
        return Err(Error::payment("state", format!("nothing to void: the operation is {}", operation.state())));
    }
    let original = Original::of(operation.references())?;
    let mut document = about(contract, operation, kind::VOID, now)?;
    original.write(&mut document);
    let hash = signature::void(contract.hash, &contract.secret, &document.fields(contract));
    let expected = expected(contract, operation, Action::Void, Learn::Void);
    Ok(expected.ask(document.finish(contract, &hash)?))
}

/// Gives back what `Operation::start_refund` recorded. A second part needs an account that allows it, else 512.
pub(crate) fn refund(
    contract: &Arc<Contract>,
    operation: &Operation,
    refund: &Refund,
    now: Timestamp,
) -> Result<Exchange<Report>, Error> {
    let password = rebate_password(contract)?;
    if operation.refund(refund.id)? != refund || refund.state != RefundState::Pending {
        return Err(Error::payment("refund", "not a pending refund of this operation: start_refund records it first"));
    }
    let original = Original::of(operation.references())?;
    let mut document = about(contract, operation, kind::REBATE, now)?;
    original.write(&mut document);
    document.amount(refund.amount);
    document.element(xml::REFUNDHASH, &refund_hash(password));
    document.element_with(xml::AUTOSETTLE, (xml::FLAG, "1"), "");
    let (minor, currency) = (minor_units(refund.amount)?, refund.amount.currency());
    let fields = Fields { amount: &minor, currency: currency.code(), ..document.fields(contract) };
    let hash = signature::rebate(contract.hash, &contract.secret, &fields);
    Ok(expected(contract, operation, Action::Refund, Learn::Refund).ask(document.finish(contract, &hash)?))
}

impl Elavon {
    /// Settles a further part of a MULTI pre-authorisation whose first part [`capture`](vpos_core::PointOfSale::capture)
    /// charged. The operation keeps what the first capture charged, so the parts must be added up elsewhere; all of them
    /// together may reach 115 % of the hold, which the platform checks.
    ///
    /// # Errors
    /// [`Error::Payment`] when the contract does not settle in parts, nothing was captured yet, or the amount is nothing, in
    /// another currency or above 115 % of the hold.
    pub fn settle_part(&self, operation: &Operation, amount: Amount, now: Timestamp) -> Result<Exchange<Report>, Error> {
        let most = Contract::capture_limit(operation.amount());
        if self.contract.settle != Settle::Multi {
            return Err(Error::payment("settle", "the contract does not settle in parts"));
        }
        if operation.kind() != vpos_core::PaymentKind::Preauthorization || !operation.state().is_paid() {
            return Err(Error::payment("state", "not a pre-authorisation of which a part was captured"));
        }
        if amount.is_zero() || amount.currency() != most.currency() || amount > most {
            return Err(Error::payment("amount", format!("{amount} is not within {most}")));
        }
        settle(&self.contract, operation, Original::of(operation.references())?, amount, Action::Capture, now)
    }
}

/// A document about an operation of this contract.
pub(crate) fn about(contract: &Contract, operation: &Operation, kind: &str, now: Timestamp) -> Result<Document, Error> {
    operation.require_acceptor(&contract.acceptor)?;
    check_number(operation.number())?;
    Ok(Document::about(contract, kind, operation.number().as_str(), now))
}

pub(crate) fn expected(contract: &Arc<Contract>, operation: &Operation, action: Action, learn: Learn) -> Expected {
    Expected { contract: Arc::clone(contract), operation: operation.clone(), action, learn, names_order: true }
}

/// What proves that the sender may give money back.
pub(crate) fn rebate_password(contract: &Contract) -> Result<&vpos_core::Secret, Error> {
    let unsupported = Error::Unsupported { bank: crate::BANK, operation: "refund without a rebate_password in the contract" };
    contract.rebate_password.as_ref().ok_or(unsupported)
}

/// The authorisation's own names.
pub(crate) struct Original {
    references: References,
    pasref: String,
    authcode: String,
}

impl Original {
    pub(crate) fn of(references: &References) -> Result<Self, Error> {
        let there = |name: Reference| {
            let value = references.get(name).map(str::to_owned);
            value.ok_or_else(|| Error::payment(format!("references.{name}"), "the operation has none"))
        };
        let (pasref, authcode) = (there(Reference::BankReference)?, there(Reference::AuthorizationCode)?);
        let mut references = References::new();
        references.insert(Reference::BankReference, &pasref);
        references.insert(Reference::AuthorizationCode, &authcode);
        Ok(Self { references, pasref, authcode })
    }

    pub(crate) fn write(&self, document: &mut Document) {
        document.element(xml::PASREF, &self.pasref);
        document.element(xml::AUTHCODE, &self.authcode);
    }
}
