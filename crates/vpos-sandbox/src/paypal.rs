//! PayPal, simulated: REST orders with webhooks, and NVP Express Checkout with IPN.
//!
//! Written from banks/PAYPAL.md; its sources are named there. Both protocols stand on the same books.

mod books;
mod buyer;
mod money;
mod nvp;
mod problem;
mod rest;

use std::collections::BTreeMap;

use http::{Request, Response};
use vpos_core::{Secret, Timestamp};

use crate::{Choice, Complaint, FormPost, Ledger, Page, Shown, SimulatedBank, Visit};

/// A merchant as PayPal knows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PaypalMerchant {
    /// How the merchant calls.
    pub access: PaypalAccess,
    /// The payer id of the merchant's own account: `payee.merchant_id`, `receiver_id`.
    pub merchant_id: String,
    /// The account's e-mail address.
    pub email: String,
    /// Where webhooks go, and their id. None: none are sent.
    pub webhook: Option<PaypalWebhook>,
    /// Where IPN messages go when a call names no `NOTIFYURL`. None: none are sent then.
    pub ipn_url: Option<String>,
    /// What the links of REST answers begin with.
    pub api_url: String,
    /// What the links to the buyer's page begin with.
    pub page_url: String,
}

/// What a merchant's calls carry.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PaypalAccess {
    /// NVP: three fields of every call.
    Nvp {
        /// `USER`.
        username: String,
        /// `PWD`.
        password: Secret,
        /// `SIGNATURE`.
        signature: Secret,
    },
    /// REST: what a token is asked for with.
    Rest {
        /// The app's name.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
    },
}

/// A webhook that the merchant has registered.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a webhook is these two")]
pub struct PaypalWebhook {
    /// Its id, which the merchant names when it asks whether a message is genuine.
    pub id: String,
    /// Where its events go.
    pub url: String,
}

impl PaypalMerchant {
    /// A merchant who speaks REST, without a webhook.
    pub fn rest(client_id: impl Into<String>, client_secret: Secret) -> Self {
        Self::new(PaypalAccess::Rest { client_id: client_id.into(), client_secret })
    }

    /// A merchant who speaks NVP, without IPN.
    pub fn nvp(username: impl Into<String>, password: Secret, signature: Secret) -> Self {
        Self::new(PaypalAccess::Nvp { username: username.into(), password, signature })
    }

    fn new(access: PaypalAccess) -> Self {
        Self {
            access,
            merchant_id: "7C2LDBEMSAFLS".into(),
            email: "tienda@example.com".into(),
            webhook: None,
            ipn_url: None,
            api_url: "https://api-m.sandbox.paypal.com".into(),
            page_url: "https://www.sandbox.paypal.com".into(),
        }
    }
}

/// The id of the webhook of a merchant who had none.
pub(crate) const DEFAULT_WEBHOOK: &str = "8PT597110X687430LKGECATA";

/// PayPal, with one merchant.
///
/// Captures and refunds are told by webhook or IPN too: [`SimulatedBank::take_messages`] has what the calls so far gave rise to.
///
/// ```
/// use http::Request;
/// use vpos_core::{Secret, Timestamp};
/// use vpos_sandbox::{PaypalBank, PaypalMerchant, SimulatedBank};
///
/// let mut bank = PaypalBank::new(PaypalMerchant::rest("AeA1", Secret::new("EGn5")));
/// let ask = |authorization: &str| {
///     let request = Request::post("https://api-m.sandbox.paypal.com/v1/oauth2/token").header("authorization", authorization);
///     request.body(b"grant_type=client_credentials".to_vec()).unwrap()
/// };
/// assert_eq!(bank.answer(&ask("Basic QWVBMTpFR241"), Timestamp::UNIX_EPOCH).status(), 200);
/// assert_eq!(bank.answer(&ask("Basic QWVBMTp4"), Timestamp::UNIX_EPOCH).status(), 401);
/// ```
#[derive(Clone, Debug)]
pub struct PaypalBank {
    merchant: PaypalMerchant,
    books: books::Books,
    /// Pages open in browsers, and the checkouts they are of.
    pages: BTreeMap<String, String>,
    /// Access tokens, and when they end.
    tokens: BTreeMap<String, Timestamp>,
    /// Good answers by address and `PayPal-Request-Id`.
    repeats: BTreeMap<(String, String), rest::Given>,
    /// Good answers by method and `MSGSUBID`.
    submissions: BTreeMap<(String, String), Vec<(String, String)>>,
    /// Webhook messages that were made, as they were sent.
    transmissions: Vec<rest::Transmission>,
    /// Bodies of IPN messages that were made.
    ipns: Vec<Vec<u8>>,
    /// Messages that nobody has taken yet.
    outbox: Vec<Request<Vec<u8>>>,
}

impl PaypalBank {
    /// PayPal before its first message.
    pub fn new(merchant: PaypalMerchant) -> Self {
        Self {
            merchant,
            books: books::Books::default(),
            pages: BTreeMap::new(),
            tokens: BTreeMap::new(),
            repeats: BTreeMap::new(),
            submissions: BTreeMap::new(),
            transmissions: Vec::new(),
            ipns: Vec::new(),
            outbox: Vec::new(),
        }
    }

    /// The merchant gives the address for webhooks, or for IPN messages that no call names another for; without one nobody is
    /// told from now on.
    pub fn register_notification_url(&mut self, address: Option<String>) {
        match self.merchant.access {
            PaypalAccess::Nvp { .. } => self.merchant.ipn_url = address,
            PaypalAccess::Rest { .. } => {
                let id = self.merchant.webhook.take().map_or_else(|| DEFAULT_WEBHOOK.to_owned(), |webhook| webhook.id);
                self.merchant.webhook = address.map(|url| PaypalWebhook { id, url });
            }
        }
    }
}

impl SimulatedBank for PaypalBank {
    fn open(&mut self, form: &FormPost, now: Timestamp) -> Result<Page, Vec<Complaint>> {
        self.opened(form, now)
    }

    fn shown(&self, page: &Page) -> Option<Shown> {
        let checkout = self.books.checkouts.get(self.pages.get(&page.id)?)?;
        Some(Shown::new(checkout.number(), checkout.amount, checkout.description.as_deref().unwrap_or_default()))
    }

    fn choose(&mut self, page: &Page, choice: Choice, now: Timestamp) -> Visit {
        self.chosen(page, &choice, now)
    }

    fn answer(&mut self, request: &Request<Vec<u8>>, now: Timestamp) -> Response<Vec<u8>> {
        match request.uri().path() {
            "/nvp" => self.nvp(request, now),
            "/cgi-bin/webscr" => self.post_back(request),
            _ => self.rest(request, now),
        }
    }

    /// Whatever a webhook or IPN is answered, nothing of the payment changes: PayPal would only send it again.
    fn reply(&mut self, _: &Request<Vec<u8>>, _: Option<&Response<Vec<u8>>>, _: Timestamp) -> Option<Request<Vec<u8>>> {
        None
    }

    fn take_messages(&mut self) -> Vec<Request<Vec<u8>>> {
        std::mem::take(&mut self.outbox)
    }

    fn ledger(&self) -> &Ledger {
        &self.books.ledger
    }
}

/// A time as PayPal's documents have it.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests;
