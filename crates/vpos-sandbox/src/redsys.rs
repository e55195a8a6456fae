//! Redsys, simulated: the form, the notification by HTTP or SOAP, REST calls and the SOAP query, over one set of books.
//!
//! From the redirection manual 4.2, the REST manual 4.0.1 and "Consultas SOAP de transacciones" 2.5.
//! What is not simulated is refused with the bank's code for "not allowed".

mod books;
mod fault;
mod form;
mod notice;
mod parameters;
mod query;
mod rest;
mod signature;
mod visit;
mod xml;

use std::collections::BTreeMap;

use http::{Request, Response, StatusCode};
use vpos_core::{Amount, Secret, Timestamp};

pub use signature::RedsysSignature;

use crate::{Choice, Complaint, FormPost, Ledger, Page, Shown, SimulatedBank, Visit};

/// A merchant's contract, as the bank knows it: the keys of a fixture's table `[pos]`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RedsysMerchant {
    /// FUC: nine digits.
    pub merchant_code: String,
    /// 1 to 999.
    pub terminal: u16,
    /// Base64 text of 24 bytes.
    pub secret_key: Secret,
    /// How form and notification are signed.
    pub signature: RedsysSignature,
    /// How REST is signed.
    pub rest_signature: RedsysSignature,
    /// Whether the terminal notifies by SOAP, and the merchant's answer decides.
    pub soap: bool,
    /// Whether the browser carries the signed fields back to the shop.
    pub fields_in_return: bool,
}

impl RedsysMerchant {
    /// A contract with the bank's defaults: SHA-512, notification by HTTP, no fields in the return.
    pub fn new(merchant_code: impl Into<String>, terminal: u16, secret_key: Secret) -> Self {
        Self {
            merchant_code: merchant_code.into(),
            terminal,
            secret_key,
            signature: RedsysSignature::Sha512V2,
            rest_signature: RedsysSignature::Sha512V1,
            soap: false,
            fields_in_return: false,
        }
    }
}

/// Redsys with one merchant.
#[derive(Clone, Debug)]
pub struct RedsysBank {
    merchant: RedsysMerchant,
    books: books::Books,
    /// Open pages and their orders.
    pages: BTreeMap<String, String>,
    waiting: Vec<notice::Waiting>,
    declines: Option<String>,
}

impl RedsysBank {
    /// A bank with empty books.
    pub fn new(merchant: RedsysMerchant) -> Self {
        let (pages, waiting) = (BTreeMap::new(), Vec::new());
        Self { merchant, books: books::Books::default(), pages, waiting, declines: None }
    }

    /// The next charge of a card on file is declined with this `Ds_Response`.
    pub fn decline_next(&mut self, code: impl Into<String>) {
        self.declines = Some(code.into());
    }

    /// A person refunds in the bank's panel: the money goes back, and the merchant is notified as of a payment.
    ///
    /// # Errors
    /// What the panel says when it cannot be done.
    pub fn refund_in_panel(&mut self, order: &str, amount: Amount, now: Timestamp) -> Result<Visit, Complaint> {
        let row = rest::refund_in_panel(self, order, amount, now)?;
        let notification = notice::notification(self, order, &row, now).into_iter().collect();
        Ok(Visit { notification, browser: None })
    }
}

impl SimulatedBank for RedsysBank {
    fn open(&mut self, form: &FormPost, now: Timestamp) -> Result<Page, Vec<Complaint>> {
        form::open(self, form, now)
    }

    fn shown(&self, page: &Page) -> Option<Shown> {
        let number = self.pages.get(&page.id)?;
        self.books.order(number).map(|order| Shown::new(number, order.amount, &order.description))
    }

    fn choose(&mut self, page: &Page, choice: Choice, now: Timestamp) -> Visit {
        visit::choose(self, page, choice, now)
    }

    fn answer(&mut self, request: &Request<Vec<u8>>, now: Timestamp) -> Response<Vec<u8>> {
        match request.uri().path() {
            "/sis/rest/trataPeticionREST" => rest::answer(self, request, now),
            "/apl02/services/SerClsWSConsulta" => query::answer(self, request),
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    fn reply(
        &mut self,
        notification: &Request<Vec<u8>>,
        reply: Option<&Response<Vec<u8>>>,
        now: Timestamp,
    ) -> Option<Request<Vec<u8>>> {
        notice::hear(self, notification, reply, now)
    }

    fn ledger(&self) -> &Ledger {
        &self.books.ledger
    }
}

/// A status and nothing else.
fn status(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}
