//! Santander Elavon, a virtual POS on the Realex platform (now Global Payments; Addon Payments speaks the same).
//!
//! The buyer's browser takes a hashed form to the hosted page and brings a hashed response back to the shop. By default the
//! page only authorises: when the response was verified, `charge` asks the platform by remote XML to settle the amount *that was
//! stored*. What a contract has, and when money is settled, stands at [`Config`] and [`Settle`].
//!
//! The example is the whole way of a payment, and it runs. Read next: [`Config`], then `docs/elavon.md` of the repository
//! (set-up, when money moves, each call, the rehearsal, trouble). This crate stores nothing and sends nothing: the facade
//! `vpos` with its payment flow does both, and then you call none of what follows yourself (`docs/flow.md`).
//!
//! ```
//! use vpos_core::http::{Request, Response};
//! use vpos_core::operation::{Operation, OperationState};
//! use vpos_core::{drive_blocking, Amount, Currency, Environment, Lost, Payment, PointOfSale, Secret, Timestamp};
//! use vpos_elavon::{Config, Elavon};
//!
//! // the contract
//! let elavon = Elavon::new(Config::new(Environment::Test, "tienda", "internet", Secret::new("mysecret")))?;
//!
//! // what is sold: store the operation, then send the buyer off with the form
//! let payment = Payment::builder("PED-17", Amount::parse("123.45", Currency::EUR)?)
//!     .notification_url("https://tienda.example/aviso")
//!     .url_ok("https://tienda.example/ok")
//!     .url_nok("https://tienda.example/nok")
//!     .build()?;
//! let mut operation = Operation::new(elavon.acceptor().clone(), "PED17K7Q2M9XA".parse()?, &payment);
//! let now: Timestamp = "2026-11-23T12:05:00Z".parse().unwrap();
//! let begun = elavon.begin(&operation, &payment, now)?.local()?;
//! assert_eq!(begun.form.field("SHA1HASH"), Some("b710ac06215d09870f5244c176acefe41fb2cc6b"));
//!
//! // what the page sent back: read it, find the operation, verify
//! let body = "MERCHANT_ID=tienda&ACCOUNT=internet&ORDER_ID=PED17K7Q2M9XA&AMOUNT=12345&AUTHCODE=12345&TIMESTAMP=20261123120455\
//!     &RESULT=00&MESSAGE=%5B+test+system+%5D+Authorised+12345&PASREF=13276780809850\
//!     &SHA1HASH=72a1c4efec535aa7779b6c9c663761f3013d3609";
//! let request = Request::post("/aviso").body(body.as_bytes().to_vec()).unwrap();
//! let notification = elavon.receive(&request)?;
//! let confirmation = elavon.verify(&notification, &operation, now)?.local()?;
//!
//! // authorised, not paid yet: settle it, over any transport (here a closure that answers as recorded)
//! operation.start_charge()?;
//! let platform = |_request, _limit| {
//!     Ok::<_, Lost>(Response::new(
//!         b"<response timestamp=\"20261123120501\"><merchantid>tienda</merchantid><account>internet</account>\
//!         <orderid>PED17K7Q2M9XA</orderid><result>00</result><authcode>12345</authcode>\
//!         <message>[ test system ] AUTH CODE 12345</message><pasref>13276780809850</pasref>\
//!         <sha1hash>cf3cd22a6002c45918427eed18fb55fef9f6d1ec</sha1hash></response>"
//!             .to_vec(),
//!     ))
//! };
//! let report = drive_blocking(elavon.charge(&confirmation, &operation, now)?, &platform)?;
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
