//! Santander Elavon, simulated: the hosted page that answers through the buyer's browser, and remote XML.
//!
//! Written from banks/ELAVON.md; its sources are named there. Always a test system: every text of it says so.

mod form;
mod hash;
mod order;
mod page;
mod query;
mod remote;
mod vault;
mod xml;

use std::collections::{BTreeMap, BTreeSet};

use http::{Request, Response};
use vpos_core::{Secret, Timestamp};

use crate::{Choice, Complaint, FormPost, Ledger, Page, Shown, SimulatedBank, Visit};

pub use hash::ElavonHash;

/// A merchant as the platform knows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ElavonMerchant {
    /// The platform's name for the merchant.
    pub merchant_id: String,
    /// The merchant's one sub-account: a message that names none means it.
    pub account: String,
    /// The shared secret of all hashes.
    pub secret: Secret,
    /// The password for giving money back; without it every rebate is refused.
    pub rebate_password: Option<Secret>,
    /// The function of all hashes.
    pub hash: ElavonHash,
    /// Whether the account may rebate a charge in several parts. If not, a second rebate is refused with 512.
    pub rebates_in_parts: bool,
}

impl ElavonMerchant {
    /// A merchant with SHA-1, who may rebate in parts but has no rebate password yet.
    pub fn new(merchant_id: impl Into<String>, account: impl Into<String>, secret: Secret) -> Self {
        Self {
            merchant_id: merchant_id.into(),
            account: account.into(),
            secret,
            rebate_password: None,
            hash: ElavonHash::default(),
            rebates_in_parts: true,
        }
    }
}

/// The platform, with one merchant.
///
/// ```
/// use vpos_core::{Secret, Timestamp};
/// use vpos_sandbox::{ElavonBank, ElavonMerchant, FormPost, Method, SimulatedBank};
///
/// let mut bank = ElavonBank::new(ElavonMerchant::new("tienda", "internet", Secret::new("mysecret")));
/// let now: Timestamp = "2026-11-23T12:05:00Z".parse().unwrap();
/// let fields = [
///     ("TIMESTAMP", "20261123120500"),
///     ("MERCHANT_ID", "tienda"),
///     ("ACCOUNT", "internet"),
///     ("ORDER_ID", "PED17K7Q2M9XA"),
///     ("AMOUNT", "12345"),
///     ("CURRENCY", "EUR"),
///     ("AUTO_SETTLE_FLAG", "0"),
///     ("MERCHANT_RESPONSE_URL", "https://tienda.example/aviso"),
///     ("SHA1HASH", "b710ac06215d09870f5244c176acefe41fb2cc6b"),
/// ];
/// let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
/// let action = "https://hpp.prueba.santanderelavontpvvirtual.es/pay".to_owned();
/// let mut form = FormPost { action, method: Method::Post, fields };
/// assert!(bank.open(&form, now).is_ok());
///
/// form.fields[4].1 = "1".into();
/// let complaints = bank.open(&form, now).unwrap_err();
/// assert_eq!(complaints[0].field, "SHA1HASH");
/// ```
#[derive(Clone, Debug)]
pub struct ElavonBank {
    merchant: ElavonMerchant,
    /// Pages open in browsers.
    pages: BTreeMap<String, form::Accepted>,
    orders: BTreeMap<String, order::Order>,
    /// Payer and card references of the cards that are kept.
    vault: BTreeSet<(String, String)>,
    ledger: Ledger,
    counter: u64,
}

impl ElavonBank {
    /// The platform before its first message.
    pub fn new(merchant: ElavonMerchant) -> Self {
        Self {
            merchant,
            pages: BTreeMap::new(),
            orders: BTreeMap::new(),
            vault: BTreeSet::new(),
            ledger: Ledger::default(),
            counter: 0,
        }
    }

    fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A `pasref`: each message that moves something gets one of its own.
    fn pasref(&mut self) -> String {
        format!("13276{:09}", self.next())
    }
}

impl SimulatedBank for ElavonBank {
    fn open(&mut self, form: &FormPost, now: Timestamp) -> Result<Page, Vec<Complaint>> {
        let accepted = form::check(&self.merchant, form, now)?;
        if self.orders.contains_key(&accepted.order) {
            return Err(vec![Complaint::new("ORDER_ID", "was used before: a number is unique for ever", "501")]);
        }
        let id = format!("hpp-{}", self.next());
        self.pages.insert(id.clone(), accepted);
        Ok(Page::new(id))
    }

    fn shown(&self, page: &Page) -> Option<Shown> {
        self.pages.get(&page.id).map(|form| Shown::new(&form.order, form.amount, &form.description))
    }

    fn choose(&mut self, page: &Page, choice: Choice, now: Timestamp) -> Visit {
        self.chosen(page, choice, now)
    }

    fn answer(&mut self, request: &Request<Vec<u8>>, now: Timestamp) -> Response<Vec<u8>> {
        self.remote(request, now)
    }

    /// Nobody listens: the response went through the buyer's browser, and what the shop shows the buyer is its own affair.
    fn reply(&mut self, _: &Request<Vec<u8>>, _: Option<&Response<Vec<u8>>>, _: Timestamp) -> Option<Request<Vec<u8>>> {
        None
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

/// Older than this, or so far ahead, a timestamp is stale. The source (django-virtual-pos) says that there is a limit, not
/// which: a day is ours.
const FRESH_SECONDS: i64 = 86_400;

/// Whether a timestamp is 14 digits, UTC, and of now.
fn is_fresh(timestamp: &str, now: Timestamp) -> bool {
    let digits = timestamp.len() == 14 && timestamp.bytes().all(|b| b.is_ascii_digit());
    let told = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", timestamp).ok();
    let told = told.and_then(|told| jiff::tz::Offset::UTC.to_timestamp(told).ok());
    digits && told.is_some_and(|told| (told.as_second() - now.as_second()).abs() <= FRESH_SECONDS)
}

/// The platform's own time: its local one, which is not the merchant's (seen live: hyperswitch-prism).
fn server_time(now: Timestamp) -> String {
    jiff::tz::Offset::constant(1).to_datetime(now).strftime("%Y%m%d%H%M%S").to_string()
}

#[cfg(test)]
mod tests;
