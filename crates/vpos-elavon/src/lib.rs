//! crate
pub mod codes;
mod config;
mod form;
mod notification;
mod remote;
pub mod signature;
mod wire;

use std::sync::Arc;

use http::Request;
use vpos_core::operation::{Operation, Refund};
use vpos_core::{
    Acceptor, Amount, Begun, Capabilities, Confirmation, Entropy, Error, Exchange, Notification, OperationNumber, Payment,
    PointOfSale, Rejection, Reply, Report, Timestamp,
};

pub use config::{BANK, Config, Settle};
pub use form::{SdkValues, sdk_json};
pub use remote::answer::{Details, Told};
#[cfg(feature = "pci")]
pub use remote::card::{Card, CardPayment, CardScheme, Channel, Cvn, ThreeDSecure};
pub use remote::review::ReasonCode;
pub use remote::stored_card::{Recurring, RecurringKind, RecurringSequence, StoredCard};
pub use remote::vault::{Payer, PayerAddress};
pub use vpos_core;

/// A merchant's account at the platform under one contract. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Elavon {
    contract: Arc<config::Contract>,
}

impl Elavon {
    /// Checks a contract.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key of the configuration.
    pub fn new(config: Config) -> Result<Self, Error> {
        config::check(config)
    }
}

impl PointOfSale for Elavon {
    fn acceptor(&self) -> &Acceptor {
        &self.contract.acceptor
    }

    fn capabilities(&self) -> Capabilities {
        let refunds = self.contract.rebate_password.is_some();
        Capabilities {
            preauthorization: true,
            partial_capture: true,
            void: true,
            refund: refunds,
            partial_refund: refunds,
            void_refund: false,
            query: true,
            charge_reference: true,
            listens_to_reply: false,
        }
    }

    fn number(&self, seed: Entropy) -> OperationNumber {
        config::number(seed)
    }

    fn begin(&self, operation: &Operation, payment: &Payment, now: Timestamp) -> Result<Exchange<Begun>, Error> {
        form::payment_form(&self.contract, operation, payment, now).map(Exchange::Done)
    }

    fn receive(&self, request: &Request<Vec<u8>>) -> Result<Notification, Error> {
        notification::receive(request)
    }

    fn verify(
        &self,
        notification: &Notification,
        operation: &Operation,
        _now: Timestamp,
    ) -> Result<Exchange<Confirmation>, Error> {
        notification::verify(&self.contract, notification, operation).map(Exchange::Done)
    }

    fn charge(&self, confirmation: &Confirmation, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::payment::charge(&self.contract, confirmation, operation, now)
    }

    fn accept(&self, _notification: &Notification, operation: &Operation) -> Reply {
        notification::accept(operation)
    }

    fn reject(&self, _notification: Option<&Notification>, operation: Option<&Operation>, _why: &Rejection) -> Reply {
        notification::reject(operation)
    }

    fn refund(&self, operation: &Operation, refund: &Refund, now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::payment::refund(&self.contract, operation, refund, now)
    }

    fn capture_limit(&self, operation: &Operation) -> Amount {
        config::Contract::capture_limit(operation.amount())
    }

    fn capture(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::payment::capture(&self.contract, operation, now)
    }

    fn void(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::payment::void(&self.contract, operation, now)
    }

    fn query(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::query::open_question(&self.contract, operation, now)
    }

    fn charge_reference(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::stored_card::charge(&self.contract, operation, &StoredCard::default(), now)
    }

    fn delete_reference(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::stored_card::delete(&self.contract, operation, now)
    }
}
