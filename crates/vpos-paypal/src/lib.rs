//! PayPal, which takes payments by two protocols: REST (Orders v2, with webhooks), and NVP (Express Checkout, with IPN) for
//! merchants who have it already.
//!
//! PayPal signs nothing with a secret that it shares with the shop. So nothing that arrives is believed: the buyer's return, a
//! webhook and an IPN message are each a reason to ask PayPal, over TLS, what became of the payment. When the buyer agreed,
//! `charge` takes the money: until then nothing has moved. What a contract has stands at [`Config`].
//!
//! The example is the whole way of a payment, and it runs. Read next: [`Config`], then `docs/paypal.md` of the repository
//! (set-up, when money moves, a handler, webhooks, NVP and IPN, trouble). This crate stores nothing and sends nothing: the
//! facade `vpos` with its payment flow does both, and then you call none of what follows yourself (`docs/flow.md`).
//!
//! ```
//! use std::cell::RefCell;
//! use vpos_core::http::{Request, Response};
//! use vpos_core::operation::{Operation, OperationState};
//! use vpos_core::{drive_blocking, Amount, Currency, Environment, Lost, Payment, PointOfSale, Secret, Timestamp};
//! use vpos_paypal::{Config, Paypal};
//!
//! // the contract
//! let paypal = Paypal::new(Config::rest(Environment::Test, "AeA1", Secret::new("EGn5")))?;
//!
//! // PayPal, as a transport: here a closure that answers as recorded
//! let unit = r#""purchase_units": [{"custom_id": "PED17-K7Q2M9XA", "amount": {"currency_code": "EUR", "value": "123.45"}"#;
//! let capture = r#"{"id": "3C679366HH908993F", "status": "COMPLETED", "amount": {"currency_code": "EUR", "value": "123.45"}}"#;
//! let answers = RefCell::new(vec![
//!     r#"{"access_token": "A21AA", "expires_in": 32400}"#.to_owned(),
//!     r#"{"id": "5O190127TN364715T", "status": "PAYER_ACTION_REQUIRED", "links": [{"rel": "payer-action",
//!         "href": "https://www.sandbox.paypal.com/checkoutnow?token=5O190127TN364715T"}]}"#.to_owned(),
//!     format!(r#"{{"id": "5O190127TN364715T", "status": "APPROVED", {unit}}}]}}"#),
//!     format!(r#"{{"id": "5O190127TN364715T", "status": "COMPLETED", {unit}, "payments": {{"captures": [{capture}]}}}}]}}"#),
//! ].into_iter());
//! let api = |_request, _limit| {
//!     let body = answers.borrow_mut().next().ok_or_else(|| Lost::before_send("nothing more was recorded"))?;
//!     Ok::<_, Lost>(Response::new(body.into_bytes()))
//! };
//!
//! // what is sold: store the operation, then send the buyer off with the form
//! let payment = Payment::builder("PED-17", Amount::parse("123.45", Currency::EUR)?)
//!     .notification_url("https://tienda.example/vuelta")
//!     .url_ok("https://tienda.example/ok")
//!     .url_nok("https://tienda.example/nok")
//!     .build()?;
//! let mut operation = Operation::new(paypal.acceptor().clone(), "PED17-K7Q2M9XA".parse()?, &payment);
//! let now: Timestamp = "2026-11-23T12:05:00Z".parse().unwrap();
//! let begun = drive_blocking(paypal.begin(&operation, &payment, now)?, &api)?;
//! operation.learn(&begun.references); // PayPal's id of the order, by which the buyer's return is found
//! assert_eq!(begun.form.field("token"), Some("5O190127TN364715T"));
//!
//! // the buyer is back: read what came, find the operation, ask PayPal
//! let request = Request::get("/vuelta?token=5O190127TN364715T&PayerID=QYR5Z8XDVJNXQ").body(Vec::new()).unwrap();
//! let notification = paypal.receive(&request)?;
//! let confirmation = drive_blocking(paypal.verify(&notification, &operation, now)?, &api)?;
//!
//! // agreed, not paid yet: charge it
//! operation.start_charge()?;
//! let report = drive_blocking(paypal.charge(&confirmation, &operation, now)?, &api)?;
//! operation.settle(&report)?;
//! assert_eq!(operation.state(), OperationState::Completed);
//! # Ok::<(), vpos_core::Error>(())
//! ```

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
            Contract::Nvp(nvp) => remote::nvp::reauthorise(nvp, operation, now),
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
