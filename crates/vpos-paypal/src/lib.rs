//! PayPal, which takes payments by two protocols: REST (Orders v2), and NVP (Express Checkout) for merchants who have it already.

pub mod codes;
mod config;
mod form;
mod notification;
mod remote;
pub mod signature;
mod wire;

use http::Request;
use vpos_core::operation::{Operation, Refund};
use vpos_core::{
    Acceptor, Begun, Capabilities, Confirmation, Entropy, Error, Exchange, Notification, OperationNumber, Payment, PointOfSale,
    Rejection, Reply, Report, Timestamp,
};

use config::Contract;

pub use config::{BANK, Config, Protocol};
pub use vpos_core;

/// A merchant's account at PayPal under one contract. Cheap to clone; the clones share the access token.
#[derive(Clone, Debug)]
pub struct Paypal {
    contract: Contract,
}

impl Paypal {
    /// Checks a contract.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key of the configuration.
    pub fn new(config: Config) -> Result<Self, Error> {
        config::check(config)
    }

    /// Renews a hold whose honour period has passed (three days), for the same amount. The hold has a new name then: hand the
    /// report to [`Operation::renew_hold`], and store the operation.
    ///
    /// # Errors
    /// [`Error::Payment`] when nothing is held.
    pub fn reauthorise(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        match &self.contract {
            Contract::Rest(rest) => remote::rest::hold::reauthorise(rest, operation, now),
            Contract::Nvp(nvp) => remote::nvp::reauthorise(nvp, operation, operation.amount(), now),
        }
    }
}

impl PointOfSale for Paypal {
    fn acceptor(&self) -> &Acceptor {
        self.contract.acceptor()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            preauthorization: true,
            partial_capture: true,
            void: true,
            refund: true,
            partial_refund: true,
            void_refund: false,
            query: true,
            charge_reference: false,
            listens_to_reply: false,
        }
    }

    fn number(&self, seed: Entropy) -> OperationNumber {
        config::number(seed)
    }

    fn begin(&self, operation: &Operation, payment: &Payment, now: Timestamp) -> Result<Exchange<Begun>, Error> {
        match &self.contract {
            Contract::Rest(rest) => remote::rest::order::begin(rest, operation, payment, now),
            Contract::Nvp(nvp) => remote::nvp::begin(nvp, operation, payment, now),
        }
    }

    fn receive(&self, request: &Request<Vec<u8>>) -> Result<Notification, Error> {
        notification::receive(&self.contract, request)
    }

    fn verify(
        &self,
        notification: &Notification,
        operation: &Operation,
        now: Timestamp,
    ) -> Result<Exchange<Confirmation>, Error> {
        notification::verify(&self.contract, notification, operation, now)
    }

    fn charge(&self, confirmation: &Confirmation, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        match &self.contract {
            Contract::Rest(rest) => remote::rest::order::charge(rest, confirmation, operation, now),
            Contract::Nvp(nvp) => remote::nvp::charge(nvp, confirmation, operation, now),
        }
    }

    fn accept(&self, notification: &Notification, operation: &Operation) -> Reply {
        notification::accept(notification, operation)
    }

    fn reject(&self, notification: Option<&Notification>, operation: Option<&Operation>, why: &Rejection) -> Reply {
        notification::reject(notification, operation, why)
    }

    fn refund(&self, operation: &Operation, refund: &Refund, now: Timestamp) -> Result<Exchange<Report>, Error> {
        match &self.contract {
            Contract::Rest(rest) => remote::rest::refund::refund(rest, operation, refund, now),
            Contract::Nvp(nvp) => remote::nvp::refund(nvp, operation, refund, now),
        }
    }

    fn capture(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        match &self.contract {
            Contract::Rest(rest) => remote::rest::hold::capture(rest, operation, now),
            Contract::Nvp(nvp) => remote::nvp::capture(nvp, operation, now),
        }
    }

    fn void(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        match &self.contract {
            Contract::Rest(rest) => remote::rest::hold::void(rest, operation, now),
            Contract::Nvp(nvp) => remote::nvp::void(nvp, operation, now),
        }
    }

    fn query(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        match &self.contract {
            Contract::Rest(rest) => remote::rest::query::open_question(rest, operation, now),
            Contract::Nvp(nvp) => remote::nvp::query(nvp, operation, now),
        }
    }
}
