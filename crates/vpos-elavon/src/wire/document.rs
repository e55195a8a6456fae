//! A request in XML, element by element.
//!
//! Source: rxp-remote-java, sample-xml; the elements stand in the order of its samples.

use std::fmt::Write as _;

use http::Request;
use vpos_core::{Amount, Error, Mac, OperationNumber, Timestamp, xml::escape};

use super::names::{leg, xml, xml_hash};
use crate::config::Contract;
use crate::signature::{Fields, hex};

/// A document while it is written. It begins with what all have: merchant, account, order.
pub(crate) struct Document {
    text: String,
    timestamp: String,
    /// The order's number as the platform is told it; none for cards of the vault.
    order: Option<String>,
}

impl Document {
    /// About an order, or a leg of one (`_void_ORDER`).
    pub(crate) fn about(contract: &Contract, kind: &str, order: &str, now: Timestamp) -> Self {
        let mut document = Self::new(contract, kind, now);
        document.element(xml::ORDERID, order);
        document.order = Some(order.to_owned());
        document
    }

    /// About no order: the samples of card-update-card and card-cancel-card have no `orderid`.
    pub(crate) fn new(contract: &Contract, kind: &str, now: Timestamp) -> Self {
        let timestamp = timestamp(now);
        let head = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<request timestamp=\"{timestamp}\" type=\"{kind}\">");
        let mut document = Self { text: head, timestamp, order: None };
        document.element(xml::MERCHANTID, contract.merchant());
        document.element(xml::ACCOUNT, contract.account());
        document
    }

    /// What is hashed of the common elements.
    pub(crate) fn fields<'a>(&'a self, contract: &'a Contract) -> Fields<'a> {
        Fields {
            timestamp: &self.timestamp,
            merchantid: contract.merchant(),
            orderid: self.order.as_deref().unwrap_or_default(),
            ..Fields::default()
        }
    }

    pub(crate) fn element(&mut self, name: &str, text: &str) {
        let _ = write!(self.text, "<{name}>{}</{name}>", escape(text));
    }

    /// An element with one attribute, and text or nothing in it.
    pub(crate) fn element_with(&mut self, name: &str, (attribute, value): (&str, &str), text: &str) {
        let value = escape(value).replace('"', "&quot;");
        let _ = write!(self.text, "<{name} {attribute}=\"{value}\">{}</{name}>", escape(text));
    }

    pub(crate) fn amount(&mut self, amount: Amount) {
        self.element_with(xml::AMOUNT, (xml::CURRENCY, amount.currency().code()), &amount.minor_units().to_string());
    }

    pub(crate) fn open(&mut self, name: &str) {
        let _ = write!(self.text, "<{name}>");
    }

    pub(crate) fn open_with(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.text, "<{name}");
        for (attribute, value) in attributes {
            let _ = write!(self.text, " {attribute}=\"{}\"", escape(value).replace('"', "&quot;"));
        }
        self.text.push('>');
    }

    pub(crate) fn close(&mut self, name: &str) {
        let _ = write!(self.text, "</{name}>");
    }

    /// The hash and the end: the request to be sent.
    pub(crate) fn finish(mut self, contract: &Contract, hash: &Mac) -> Result<Request<Vec<u8>>, Error> {
        self.element(xml_hash(contract.hash), &hex(hash));
        self.close(xml::REQUEST);
        Request::post(contract.remote.clone())
            .header(http::header::CONTENT_TYPE, "text/xml; charset=utf-8")
            .body(self.text.into_bytes())
            .map_err(|_| Error::config("remote_url", "not an address"))
    }
}

/// `yyyymmddhhmmss`, UTC.
pub(crate) fn timestamp(now: Timestamp) -> String {
    now.strftime("%Y%m%d%H%M%S").to_string()
}

/// An amount's minor units: 1 to 11 digits (`HppRequest`: amount).
pub(crate) fn minor_units(amount: Amount) -> Result<String, Error> {
    let minor = amount.minor_units().to_string();
    if minor.len() > 11 { Err(Error::payment("amount", "more than 11 digits of minor units")) } else { Ok(minor) }
}

/// Whether an answer speaks of that order: by its number, or in an error with one of the platform's prefixes
/// [banks/ELAVON.md, section 5].
pub(crate) fn is_of_order(told: &str, order: &OperationNumber) -> bool {
    let bare = leg::ALL.iter().find_map(|prefix| told.strip_prefix(prefix)).unwrap_or(told);
    bare == order.as_str()
}
