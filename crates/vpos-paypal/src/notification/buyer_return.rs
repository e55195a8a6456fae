//! The buyer's browser on its way back: `?token=…`, with `&PayerID=…` when the buyer agreed. Anybody can write one.
//!
//! Source: banks/PAYPAL.md, sections 2 and 6. The shop's own query parameters may stand beside PayPal's.

use http::Request;
use vpos_core::{Error, Lookup, Message, Notification, Reference, mask_pans};

use crate::config::BANK;

/// Longer than any id of PayPal's.
const LONGEST: usize = 64;

/// What the address said.
#[derive(Debug)]
pub(crate) struct BuyerReturn {
    token: String,
    payer: Option<String>,
}

impl BuyerReturn {
    /// The id of the order, or the token of the checkout.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The buyer's id, which is there when the buyer agreed.
    pub(crate) fn payer(&self) -> Option<&str> {
        self.payer.as_deref()
    }
}

/// Reads a buyer's return.
pub(crate) fn receive(request: &Request<Vec<u8>>) -> Result<Notification, Error> {
    let query = request.uri().query().unwrap_or_default();
    let token = parameter(query, "token")?.ok_or_else(|| Error::malformed("token", "missing"))?;
    let payer = parameter(query, "PayerID")?;
    let lookup = Lookup::Reference(Reference::OrderId, token.clone());
    Ok(Notification::new(BANK, lookup, BuyerReturn { token, payer }))
}

/// A parameter, which must not be there twice.
fn parameter(query: &str, name: &'static str) -> Result<Option<String>, Error> {
    let mut all = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
    let value = all.next().map(|(_, value)| value.into_owned());
    if all.next().is_some() {
        return Err(Error::malformed(name, "is there twice"));
    }
    let good = |text: &str| (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match value {
        Some(text) if !good(&text) => Err(Error::malformed(name, "not an id of PayPal's")),
        value => Ok(value),
    }
}

impl Message for BuyerReturn {
    fn evidence(&self) -> String {
        let payer = self.payer().map(|payer| format!("PayerID={payer}\n")).unwrap_or_default();
        mask_pans(&format!("token={}\n{payer}", self.token())).into_owned()
    }
}
