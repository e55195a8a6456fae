//! Redsys, the virtual POS ("TPV virtual") of most Spanish banks.
//!
//! The buyer's browser takes a signed form to the bank; the bank posts a signed notification to the shop (or calls it by
//! SOAP), and answers signed REST calls for refunds, captures, voids and charges of a card on file. What a FUC is, and where
//! the key is found, stands at [`Config`].
//!
//! The example is the whole way of a payment, and it runs. Read next: [`Config`], then `docs/redsys.md` of the repository
//! (set-up, signature versions, each call, the rehearsal, trouble). This crate stores nothing and sends nothing: the facade
//! `vpos` with its payment flow does both, and then you call none of what follows yourself (`docs/flow.md`).
//!
//! ```
//! use vpos_core::http::Request;
//! use vpos_core::operation::{Operation, OperationState};
//! use vpos_core::{Amount, Currency, Environment, Payment, PointOfSale, Secret, Timestamp};
//! use vpos_redsys::signature::SignatureVersion;
//! use vpos_redsys::{Config, Redsys};
//!
//! // the contract: here a public test one
//! let mut config = Config::new(Environment::Test, "999008881", 871, Secret::new("Mk9m98IfEblmPfrpsawt7BmxObt98Jev"));
//! config.signature = SignatureVersion::HmacSha256V1;
//! let redsys = Redsys::new(config)?;
//!
//! // what is sold: store the operation, then send the buyer off with the form
//! let payment = Payment::builder("PED-17", Amount::parse("1.45", Currency::EUR)?)
//!     .notification_url("https://tienda.example/aviso")
//!     .url_ok("https://tienda.example/ok")
//!     .url_nok("https://tienda.example/nok")
//!     .build()?;
//! let mut operation = Operation::new(redsys.acceptor().clone(), "0069".parse()?, &payment);
//! let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
//! let begun = redsys.begin(&operation, &payment, now)?.local()?;
//! assert!(begun.form.to_html().contains("https://sis-t.redsys.es:25443/sis/realizarPago"));
//!
//! // what the bank posted (a recorded message): read it, find the operation, verify, move the operation
//! let body = "Ds_SignatureVersion=HMAC_SHA256_V1&Ds_MerchantParameters=eyJEc19EYXRlIjoiMDklMkYxMSUyRjIwMTUiLCJEc19Ib3VyIjoiMTglM0EwMyIsIkRzX1NlY3VyZVBheW1lbnQiOiIwIiwiRHNfQ2FyZF9Db3VudHJ5IjoiNzI0IiwiRHNfQW1vdW50IjoiMTQ1IiwiRHNfQ3VycmVuY3kiOiI5NzgiLCJEc19PcmRlciI6IjAwNjkiLCJEc19NZXJjaGFudENvZGUiOiI5OTkwMDg4ODEiLCJEc19UZXJtaW5hbCI6Ijg3MSIsIkRzX1Jlc3BvbnNlIjoiMDAwMCIsIkRzX01lcmNoYW50RGF0YSI6IiIsIkRzX1RyYW5zYWN0aW9uVHlwZSI6IjAiLCJEc19Db25zdW1lckxhbmd1YWdlIjoiMSIsIkRzX0F1dGhvcmlzYXRpb25Db2RlIjoiMDgyMTUwIn0%3D&Ds_Signature=6DVpRPAPoChZh2cgaWnLqlfFsKeXdRfAO_tz-UrxJcU%3D";
//! let request = Request::post("/aviso").body(body.as_bytes().to_vec()).unwrap();
//! let notification = redsys.receive(&request)?;
//! let confirmation = redsys.verify(&notification, &operation, now)?.local()?;
//! operation.apply(&confirmation)?;
//! assert_eq!(operation.state(), OperationState::Completed);
//! assert_eq!(confirmation.authorization(), Some("082150"));
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
    Acceptor, Begun, Capabilities, Confirmation, Entropy, Error, Exchange, Notification, OperationNumber, Payment, PointOfSale,
    References, Rejection, Reply, Report, Timestamp,
};

pub use config::{BANK, Config, NotificationKind};
pub use remote::card_on_file::{CofType, remember_card};
pub use remote::paygold::{PayGold, PayGoldExpiry, PayGoldLink};
pub use remote::query::{Listed, Listing, Span};
pub use vpos_core;

/// A terminal at Redsys under one contract. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Redsys {
    contract: Arc<config::Contract>,
}

impl Redsys {
    /// Checks a contract.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key of the configuration.
    pub fn new(config: Config) -> Result<Self, Error> {
        config::check(config)
    }
}

impl PointOfSale for Redsys {
    fn acceptor(&self) -> &Acceptor {
        &self.contract.acceptor
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            preauthorization: true,
            partial_capture: true,
            void: true,
            refund: true,
            partial_refund: true,
            void_refund: true,
            query: true,
            charge_reference: true,
            listens_to_reply: self.contract.notification == NotificationKind::Soap,
        }
    }

    fn number(&self, seed: Entropy) -> OperationNumber {
        config::number(seed)
    }

    fn begin(&self, operation: &Operation, payment: &Payment, _now: Timestamp) -> Result<Exchange<Begun>, Error> {
        let form = form::payment_form(&self.contract, operation, payment)?;
        Ok(Exchange::Done(Begun { form, references: References::new() }))
    }

    fn receive(&self, request: &Request<Vec<u8>>) -> Result<Notification, Error> {
        notification::receive(request)
    }

    fn verify(
        &self,
        notification: &Notification,
        operation: &Operation,
        now: Timestamp,
    ) -> Result<Exchange<Confirmation>, Error> {
        notification::verify(&self.contract, notification, operation, now).map(Exchange::Done)
    }

    fn charge(&self, confirmation: &Confirmation, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        notification::charge(&self.contract, confirmation, operation, now)
    }

    fn listens_to(&self, notification: &Notification) -> bool {
        notification::listens_to(notification)
    }

    fn accept(&self, notification: &Notification, operation: &Operation) -> Reply {
        notification::accept(&self.contract, notification, operation)
    }

    fn reject(&self, notification: Option<&Notification>, operation: Option<&Operation>, _why: &Rejection) -> Reply {
        notification::reject(&self.contract, notification, operation)
    }

    fn refund(&self, operation: &Operation, refund: &Refund, _now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::rest::refund(&self.contract, operation, refund)
    }

    fn capture(&self, operation: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::rest::capture(&self.contract, operation)
    }

    fn void(&self, operation: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::rest::void(&self.contract, operation)
    }

    fn void_refund(&self, operation: &Operation, refund: &Refund, _now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::rest::void_refund(&self.contract, operation, refund)
    }

    fn query(&self, operation: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::query::open_question(&self.contract, operation)
    }

    fn charge_reference(&self, operation: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::card_on_file::charge(&self.contract, operation, CofType::Other)
    }

    fn delete_reference(&self, operation: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::card_on_file::delete(&self.contract, operation)
    }
}
