//! CECA, simulated: the form, the notification whose answer keeps or annuls the payment, refunds at the console and at
//! `tpvweb`, and the JSON REST API, over one set of books.
//!
//! From the bank's official module 1.1.1, its manual 8.9 as restated in public, django-virtual-pos and the gateways of
//! `active_merchant`. CECA has no query: what the merchant's answer did is known to the panel alone, which
//! is the ledger here.

mod books;
mod fields;
mod form;
mod refund;
mod rest;
mod signature;
mod visit;

use std::collections::BTreeMap;

use http::{Request, Response, StatusCode};
use vpos_core::{Secret, Timestamp};

pub use signature::CecaCipher;

use crate::{Choice, Complaint, FormPost, Ledger, Page, Shown, SimulatedBank, Visit};

/// A merchant's contract, as the bank knows it: the keys of a fixture's table `[pos]`, and what is set in the bank's panel.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CecaMerchant {
    /// Digits, padded to nine.
    pub merchant_id: String,
    /// Digits, padded to ten.
    pub acquirer_bin: String,
    /// Digits, padded to eight.
    pub terminal_id: String,
    /// `ClaveCifrado`.
    pub key: Secret,
    /// How everything but REST is signed.
    pub cipher: CecaCipher,
    /// The key of the REST API; none when the contract has no REST.
    pub rest_key: Option<Secret>,
    /// The panel's address for notifications; without one nobody is told.
    pub notification_url: Option<String>,
    /// The panel's `URL_OK`, when one is registered.
    pub registered_url_ok: Option<String>,
}

impl CecaMerchant {
    /// A contract without REST; the cipher is that of a key of this length: SHA2 for eight characters, else HMAC.
    pub fn new(
        merchant_id: impl Into<String>,
        acquirer_bin: impl Into<String>,
        terminal_id: impl Into<String>,
        key: Secret,
    ) -> Self {
        let cipher = if key.expose().len() == 8 { CecaCipher::Sha2 } else { CecaCipher::Hmac };
        Self {
            merchant_id: merchant_id.into(),
            acquirer_bin: acquirer_bin.into(),
            terminal_id: terminal_id.into(),
            key,
            cipher,
            rest_key: None,
            notification_url: None,
            registered_url_ok: None,
        }
    }

    fn padded_merchant_id(&self) -> String {
        format!("{:0>9}", self.merchant_id)
    }

    fn padded_acquirer_bin(&self) -> String {
        format!("{:0>10}", self.acquirer_bin)
    }

    fn padded_terminal_id(&self) -> String {
        format!("{:0>8}", self.terminal_id)
    }
}

/// CECA with one merchant.
#[derive(Clone, Debug)]
pub struct CecaBank {
    merchant: CecaMerchant,
    books: books::Books,
    /// Open pages and their operations.
    pages: BTreeMap<String, String>,
    waiting: Vec<visit::Waiting>,
}

impl CecaBank {
    /// A bank with empty books.
    pub fn new(merchant: CecaMerchant) -> Self {
        Self { merchant, books: books::Books::default(), pages: BTreeMap::new(), waiting: Vec::new() }
    }

    /// In the bank's panel the merchant gives the address for notifications; without one nobody is told from now on.
    pub fn register_notification_url(&mut self, address: Option<String>) {
        self.merchant.notification_url = address;
    }
}

impl SimulatedBank for CecaBank {
    fn open(&mut self, form: &FormPost, now: Timestamp) -> Result<Page, Vec<Complaint>> {
        form::open(self, form, now)
    }

    fn shown(&self, page: &Page) -> Option<Shown> {
        let number = self.pages.get(&page.id)?;
        self.books.orders.get(number).map(|order| Shown::new(number, order.amount, &order.description))
    }

    fn choose(&mut self, page: &Page, choice: Choice, now: Timestamp) -> Visit {
        visit::choose(self, page, &choice, now)
    }

    fn answer(&mut self, request: &Request<Vec<u8>>, now: Timestamp) -> Response<Vec<u8>> {
        match (request.uri().path(), request.uri().query()) {
            ("/webapp/ConsTpvVirtWeb/ConsTpvVirtS", Some("modo=anularOperacionExt")) => {
                refund::answer(self, request, refund::Way::Console, now)
            }
            ("/tpvweb/anulaciones/anularParcial.action", None) => refund::answer(self, request, refund::Way::Tpvweb, now),
            ("/tpvweb/rest/procesos/compra", None) => rest::answer(self, request, "compra", now),
            ("/tpvweb/rest/procesos/anulacion", None) => rest::answer(self, request, "anulacion", now),
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    fn reply(
        &mut self,
        notification: &Request<Vec<u8>>,
        reply: Option<&Response<Vec<u8>>>,
        now: Timestamp,
    ) -> Option<Request<Vec<u8>>> {
        visit::hear(self, notification, reply, now)
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
