//! A card on file: the bank keeps the buyer's card and gives the shop a reference, with which it can be charged again.
//!
//! The first payment asks for the reference on the form ([`remember_card`]); the bank's notification brings it. Later charges
//! name it and the network's id of the first payment (card-on-file fields, "COF"), without the buyer.
//! Source: redirection manual 4.2 and REST manual 4.0.1, `Ds_Merchant_Identifier` and COF.

use serde_json::Map;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Action, Error, Exchange, PaymentBuilder, Reference, Report};

use super::rest::{Call, payment};
use crate::Redsys;
use crate::config::Contract;
use crate::wire::names::{request, transaction};

/// Why a card is kept and charged again (`Ds_Merchant_Cof_Type`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CofType {
    /// I: the price is paid in parts.
    Instalments,
    /// R: the same service again and again, at fixed times.
    Recurring,
    /// H: the authorisation is made again.
    Reauthorization,
    /// E: a charge that was declined is sent again.
    Resubmission,
    /// D: a charge after the service (a hotel's minibar).
    Delayed,
    /// M: more is authorised.
    Incremental,
    /// N: the guest did not come.
    NoShow,
    /// C: anything else, at no fixed time.
    Other,
}

impl CofType {
    /// The letter on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Instalments => "I",
            Self::Recurring => "R",
            Self::Reauthorization => "H",
            Self::Resubmission => "E",
            Self::Delayed => "D",
            Self::Incremental => "M",
            Self::NoShow => "N",
            Self::Other => "C",
        }
    }
}

/// Asks on the form that the bank keep the card: the notification will bring `card_reference` and
/// `network_transaction_id`.
///
/// ```
/// use vpos_core::{Amount, Currency, Payment};
/// use vpos_redsys::{remember_card, CofType};
///
/// let builder = Payment::builder("PED-17", Amount::parse("9.99", Currency::EUR)?);
/// let payment = remember_card(builder, CofType::Recurring).build()?;
/// assert!(payment.extra().any(|field| field == ("DS_MERCHANT_IDENTIFIER", "REQUIRED")));
/// # Ok::<(), vpos_core::Error>(())
/// ```
pub fn remember_card(payment: PaymentBuilder, why: CofType) -> PaymentBuilder {
    payment.extra(request::IDENTIFIER, "REQUIRED").extra(request::COF_INI, "S").extra(request::COF_TYPE, why.as_str())
}

impl Redsys {
    /// As [`PointOfSale::charge_reference`](vpos_core::PointOfSale::charge_reference), saying why the card is charged again.
    /// The operation is a new one that has [learnt](Operation::learn) the card reference and the network transaction id of the
    /// first payment, and nothing else of it.
    ///
    /// # Errors
    /// [`Error::Payment`] when the operation has no card reference or `start_charge` was not called.
    pub fn charge_reference_as(&self, operation: &Operation, why: CofType) -> Result<Exchange<Report>, Error> {
        charge(&self.contract, operation, why)
    }
}

pub(crate) fn charge(contract: &Contract, operation: &Operation, why: CofType) -> Result<Exchange<Report>, Error> {
    let reference = card_reference(operation)?;
    if operation.state() != OperationState::Charging || operation.capturing().is_some() {
        return Err(Error::payment("state", "no charge was started: start_charge records it first"));
    }
    let (action, transaction) = payment(operation.kind());
    let mut more = Map::new();
    for (name, value) in [
        (request::IDENTIFIER, reference),
        (request::DIRECT_PAYMENT, "true"),
        (request::COF_INI, "N"),
        (request::COF_TYPE, why.as_str()),
        // the buyer is not there: merchant-initiated, exempt from strong authentication
        (request::EXCEP_SCA, "MIT"),
    ] {
        more.insert(name.into(), value.into());
    }
    if let Some(first) = operation.references().get(Reference::NetworkTransactionId) {
        more.insert(request::COF_TXNID.into(), first.into());
    }
    Call { action, transaction, amount: operation.amount(), more }.ask(contract, operation)
}

/// Makes the bank forget the card. Public sources have the transaction type 44 alone; that the reference is its one further
/// parameter, and 0000 its good code, is by analogy and was never tried against the bank.
pub(crate) fn delete(contract: &Contract, operation: &Operation) -> Result<Exchange<Report>, Error> {
    let mut more = Map::new();
    more.insert(request::IDENTIFIER.into(), card_reference(operation)?.into());
    let (action, transaction) = (Action::CardDeletion, transaction::DELETE_REFERENCE);
    Call { action, transaction, amount: operation.amount(), more }.ask(contract, operation)
}

fn card_reference(operation: &Operation) -> Result<&str, Error> {
    let reference = operation.references().get(Reference::CardReference);
    reference.ok_or_else(|| Error::payment("references.card_reference", "the operation has none"))
}
