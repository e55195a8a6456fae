//! Hold and release, which stop a payment for review and let it go, and credit, which sends money to the card of an earlier
//! payment. None of them moves an operation.
//!
//! Source: rxp-remote-java, hold-, release- and credit-payment-request-sample, `ReasonCode`.

use vpos_core::operation::Operation;
use vpos_core::{Amount, Error, Exchange, Timestamp};

use super::answer::{Told, ask_told};
use super::payment::{Original, about, rebate_password};
use crate::Elavon;
use crate::signature::{self, Fields, refund_hash};
use crate::wire::document::minor_units;
use crate::wire::names::{kind, xml};

/// Why a payment is stopped or let go.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ReasonCode {
    /// It looked like fraud and was none.
    FalsePositive,
    /// It looks like fraud.
    Fraud,
    /// To be looked at.
    Hold,
    /// The goods are there again.
    InStock,
    /// None given.
    NotGiven,
    /// Another one.
    Other,
    /// The goods are not there.
    OutOfStock,
}

impl ReasonCode {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FalsePositive => "FALSEPOSITIVE",
            Self::Fraud => "FRAUD",
            Self::Hold => "HOLD",
            Self::InStock => "INSTOCK",
            Self::NotGiven => "NOTGIVEN",
            Self::Other => "OTHER",
            Self::OutOfStock => "OUTOFSTOCK",
        }
    }
}

impl Elavon {
    /// Stops a payment: it is not settled until it is released.
    ///
    /// # Errors
    /// [`Error::Payment`] when the operation has no `bank_reference`.
    pub fn hold(&self, operation: &Operation, why: ReasonCode, now: Timestamp) -> Result<Exchange<Told>, Error> {
        self.review(kind::HOLD, operation, why, now)
    }

    /// Lets a payment go that was held.
    ///
    /// # Errors
    /// As [`Elavon::hold`].
    pub fn release(&self, operation: &Operation, why: ReasonCode, now: Timestamp) -> Result<Exchange<Told>, Error> {
        self.review(kind::RELEASE, operation, why, now)
    }

    fn review(&self, kind: &str, operation: &Operation, why: ReasonCode, now: Timestamp) -> Result<Exchange<Told>, Error> {
        let contract = &self.contract;
        let pasref = operation.references().get(vpos_core::Reference::BankReference);
        let pasref = pasref.ok_or_else(|| Error::payment("references.bank_reference", "the operation has none"))?;
        let mut document = about(contract, operation, kind, now)?;
        document.element(xml::PASREF, pasref);
        document.element(xml::REASONCODE, why.as_str());
        let hash = signature::void(contract.hash, &contract.secret, &document.fields(contract));
        let order = operation.number().to_string();
        Ok(ask_told(contract, document.finish(contract, &hash)?, Some(order)))
    }

    /// Sends money to the card of an earlier payment beyond what was charged (winnings, a compensation). It needs a right of
    /// its own at the platform, and it does not count as a refund of the operation: to give back what was charged, use
    /// [`refund`](vpos_core::PointOfSale::refund).
    ///
    /// # Errors
    /// [`Error::Unsupported`] without a rebate password; [`Error::Payment`] for an amount of nothing or in another currency, or
    /// when the operation has no references of the platform.
    pub fn credit(&self, operation: &Operation, amount: Amount, now: Timestamp) -> Result<Exchange<Told>, Error> {
        let contract = &self.contract;
        let password = rebate_password(contract)?;
        if amount.is_zero() || amount.currency() != operation.amount().currency() {
            return Err(Error::payment("amount", "nothing, or not in the operation's currency"));
        }
        let original = Original::of(operation.references())?;
        let mut document = about(contract, operation, kind::CREDIT, now)?;
        original.write(&mut document);
        document.amount(amount);
        document.element(xml::REFUNDHASH, &refund_hash(password));
        let (minor, currency) = (minor_units(amount)?, amount.currency());
        let fields = Fields { amount: &minor, currency: currency.code(), ..document.fields(contract) };
        let hash = signature::rebate(contract.hash, &contract.secret, &fields);
        let order = operation.number().to_string();
        Ok(ask_told(contract, document.finish(contract, &hash)?, Some(order)))
    }
}
