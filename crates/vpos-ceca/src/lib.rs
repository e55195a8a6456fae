//! CECA (Cecabank), the virtual POS ("TPV virtual") of many Spanish savings banks.
//!
//! The buyer's browser takes a signed form to the bank; the bank posts a signed notification of an authorised payment to the
//! one address in its panel, **reads the answer, and annuls the payment** unless that is `$*$OKY$*$` and in time. Refunds are
//! asked by form post and answered in XML; contracts with REST keys capture, void and refund over JSON. What the three codes
//! of a contract are, and which cipher goes with its key, stands at [`Config`].
//!
//! The example is the whole way of a payment, and it runs. Read next: [`Config`], then `docs/ceca.md` of the repository
//! (set-up, ciphers, the ten seconds, refunds, the rehearsal, trouble). This crate stores nothing and sends nothing: the facade
//! `vpos` with its payment flow does both, and then you call none of what follows yourself (`docs/flow.md`).
//!
//! ```
//! use vpos_ceca::{Ceca, Config};
//! use vpos_core::http::Request;
//! use vpos_core::operation::{Operation, OperationState};
//! use vpos_core::{Amount, Currency, Environment, Payment, PointOfSale, Secret, Timestamp};
//!
//! // the contract
//! let ceca = Ceca::new(Config::new(Environment::Test, "111950028", "0000554052", "00000003", Secret::new("87401456")))?;
//!
//! // what is sold: store the operation, then send the buyer off with the form
//! let payment = Payment::builder("PED-17", Amount::parse("123.45", Currency::EUR)?)
//!     .url_ok("https://tienda.example/ok")
//!     .url_nok("https://tienda.example/nok")
//!     .build()?;
//! let mut operation = Operation::new(ceca.acceptor().clone(), "PED17-K7Q2M9XA".parse()?, &payment);
//! let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
//! let begun = ceca.begin(&operation, &payment, now)?.local()?;
//! assert!(begun.form.to_html().contains("https://tpv.ceca.es/tpvweb/tpv/compra.action"));
//!
//! // what the bank posted: read it, find the operation, verify, charge (nothing is sent: it keeps the deadline), answer
//! let body = "MerchantID=111950028&AcquirerBIN=0000554052&TerminalID=00000003&Num_operacion=PED17-K7Q2M9XA&Importe=12345\
//!     &TipoMoneda=978&Exponente=2&Referencia=120043981612&Num_aut=101000&Idioma=1&Pais=724&Descripcion=Zapatos\
//!     &Firma=bbe70147560e0ac59ad82ed937b5de51b0621d1b1813f9adfb78d796788a6536";
//! let request = Request::post("/aviso").body(body.as_bytes().to_vec()).unwrap();
//! let notification = ceca.receive(&request)?;
//! let confirmation = ceca.verify(&notification, &operation, now)?.local()?;
//! operation.start_charge()?;
//! let report = ceca.charge(&confirmation, &operation, now)?.local()?;
//! operation.settle(&report)?;
//! assert_eq!(operation.state(), OperationState::Completed);
//! assert_eq!(ceca.accept(&notification, &operation).body(), "$*$OKY$*$");
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

pub use config::{BANK, Config, RefundPath};
pub use form::acs::{AccountInfo, AcsData, Address, MerchantRisk};
#[cfg(feature = "pci")]
pub use remote::card::{CardOptions, CofType, Recurrence, ScaExemption, Series, ThreeDs};
pub use vpos_core;
#[cfg(feature = "pci")]
pub use wire::card::Card;

/// A terminal at CECA under one contract. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ceca {
    contract: Arc<config::Contract>,
}

impl Ceca {
    /// Checks a contract.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key of the configuration.
    pub fn new(config: Config) -> Result<Self, Error> {
        config::check(config)
    }
}

impl PointOfSale for Ceca {
    fn acceptor(&self) -> &Acceptor {
        &self.contract.acceptor
    }

    fn capabilities(&self) -> Capabilities {
        let rest = self.contract.rest.is_some();
        Capabilities {
            // of a card that was typed in the shop: the bank's form has none
            preauthorization: rest && cfg!(feature = "pci"),
            partial_capture: rest,
            void: rest,
            refund: true,
            partial_refund: true,
            void_refund: false,
            query: false,
            charge_reference: false,
            listens_to_reply: true,
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

    fn accept(&self, _notification: &Notification, operation: &Operation) -> Reply {
        notification::accept(operation)
    }

    fn reject(&self, _notification: Option<&Notification>, _operation: Option<&Operation>, _why: &Rejection) -> Reply {
        notification::reject()
    }

    fn refund(&self, operation: &Operation, refund: &Refund, _now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::refund::refund(&self.contract, operation, refund)
    }

    fn capture(&self, operation: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::rest::capture(&self.contract, operation)
    }

    fn void(&self, operation: &Operation, _now: Timestamp) -> Result<Exchange<Report>, Error> {
        remote::rest::void(&self.contract, operation)
    }
}
