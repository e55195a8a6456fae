//! A card of the vault: charged without the buyer (receipt-in), forgotten (card-cancel-card).
//!
//! The operation's `payer_id` is the payer's reference, `card_reference` the card's. Source: rxp-remote-java,
//! receipt-in-payment-request-sample, card-delete-payment-request-sample, `Recurring`.

use std::sync::Arc;

use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Action, Error, Exchange, PaymentKind, Reference, References, Report, Timestamp};

use super::answer::Learn;
use super::payment::{about, expected};
use crate::Elavon;
use crate::config::{Contract, Settle};
use crate::signature::{self, Fields};
use crate::wire::document::{Document, minor_units};
use crate::wire::names::{kind, xml};

/// How a stored card is charged.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StoredCard {
    /// One of a series of charges.
    pub recurring: Option<Recurring>,
    /// The card's security code, typed again by the buyer.
    #[cfg(feature = "pci")]
    pub cvn: Option<vpos_core::Secret>,
}

/// A charge of a series.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the platform's element has these two")]
pub struct Recurring {
    /// Whether the amount is always the same.
    pub kind: RecurringKind,
    /// Which one of the series.
    pub sequence: RecurringSequence,
}

/// Whether the amounts of a series are the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the platform has these two")]
pub enum RecurringKind {
    /// Always the same.
    Fixed,
    /// Not always.
    Variable,
}

/// Which charge of a series.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the platform has these three")]
pub enum RecurringSequence {
    /// The first.
    First,
    /// Neither the first nor the last.
    Subsequent,
    /// The last.
    Last,
}

impl Recurring {
    pub(crate) fn write(self, document: &mut Document) {
        let kind = match self.kind {
            RecurringKind::Fixed => "fixed",
            RecurringKind::Variable => "variable",
        };
        let sequence = match self.sequence {
            RecurringSequence::First => "first",
            RecurringSequence::Subsequent => "subsequent",
            RecurringSequence::Last => "last",
        };
        document.open_with(xml::RECURRING, &[(xml::TYPE, kind), (xml::SEQUENCE, sequence)]);
        document.close(xml::RECURRING);
    }
}

impl Elavon {
    /// As [`PointOfSale::charge_reference`](vpos_core::PointOfSale::charge_reference), saying how.
    ///
    /// # Errors
    /// [`Error::Payment`] when the operation names no payer or card, or `start_charge` was not called.
    pub fn charge_reference_as(
        &self,
        operation: &Operation,
        how: &StoredCard,
        now: Timestamp,
    ) -> Result<Exchange<Report>, Error> {
        charge(&self.contract, operation, how, now)
    }
}

pub(crate) fn charge(
    contract: &Arc<Contract>,
    operation: &Operation,
    how: &StoredCard,
    now: Timestamp,
) -> Result<Exchange<Report>, Error> {
    let (payer, card) = card(operation)?;
    let action = payment_action(operation)?;
    let mut document = about(contract, operation, kind::RECEIPT_IN, now)?;
    #[cfg(feature = "pci")]
    if let Some(cvn) = &how.cvn {
        document.open(xml::PAYMENTDATA);
        document.open(xml::CVN);
        document.element(xml::NUMBER, super::card::checked_cvn(cvn)?);
        document.close(xml::CVN);
        document.close(xml::PAYMENTDATA);
    }
    document.amount(operation.amount());
    document.element(xml::PAYERREF, payer);
    document.element(xml::PAYMENTMETHOD, card);
    autosettle(&mut document, contract, operation.kind());
    if let Some(recurring) = how.recurring {
        recurring.write(&mut document);
    }
    let (minor, currency) = (minor_units(operation.amount())?, operation.amount().currency());
    let fields = Fields { amount: &minor, currency: currency.code(), payerref: Some(payer), ..document.fields(contract) };
    let hash = signature::receipt_in(contract.hash, &contract.secret, &fields);
    Ok(expected(contract, operation, action, Learn::Authorisation).ask(document.finish(contract, &hash)?))
}

/// What a remote authorisation of that operation is; `start_charge` was called before.
pub(crate) fn payment_action(operation: &Operation) -> Result<Action, Error> {
    if operation.state() != OperationState::Charging || operation.capturing().is_some() {
        return Err(Error::payment("state", "no charge was started: start_charge records it first"));
    }
    Ok(match operation.kind() {
        PaymentKind::Sale => Action::Charge,
        PaymentKind::Preauthorization => Action::Hold,
    })
}

/// A sale without a page in between is charged at once, whatever the page does: nothing is left to confirm.
pub(crate) fn autosettle(document: &mut Document, contract: &Contract, kind: PaymentKind) {
    let flag = match (kind, contract.settle) {
        (PaymentKind::Sale, _) => "1",
        (PaymentKind::Preauthorization, Settle::Multi) => "MULTI",
        (PaymentKind::Preauthorization, _) => "0",
    };
    document.element_with(xml::AUTOSETTLE, (xml::FLAG, flag), "");
}

/// Makes the vault forget the card.
pub(crate) fn delete(contract: &Arc<Contract>, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
    operation.require_acceptor(&contract.acceptor)?;
    let (payer, card) = card(operation)?;
    let (document, hash) = cancel_document(contract, payer, card, now);
    let mut expected = expected(contract, operation, Action::CardDeletion, Learn::Known(References::new()));
    expected.names_order = false;
    Ok(expected.ask(document.finish(contract, &hash)?))
}

pub(crate) fn cancel_document(contract: &Contract, payer: &str, card: &str, now: Timestamp) -> (Document, vpos_core::Mac) {
    let mut document = Document::new(contract, kind::CARD_CANCEL, now);
    document.open(xml::CARD);
    document.element(xml::REF, card);
    document.element(xml::PAYERREF, payer);
    document.close(xml::CARD);
    let fields = Fields { payerref: Some(payer), cardref: card, ..document.fields(contract) };
    let hash = signature::card_cancel_card(contract.hash, &contract.secret, &fields);
    (document, hash)
}

fn card(operation: &Operation) -> Result<(&str, &str), Error> {
    let there = |name: Reference| {
        let value = operation.references().get(name);
        value.ok_or_else(|| Error::payment(format!("references.{name}"), "the operation has none"))
    };
    Ok((there(Reference::PayerId)?, there(Reference::CardReference)?))
}
