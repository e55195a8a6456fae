//! The buyer's browser: what it brings to the bank, what the buyer chooses there, and where it goes next.

use std::fmt;

use http::header::CONTENT_TYPE;
use http::{Request, Uri};
use vpos_core::Amount;

/// How a form travels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "HTML knows these two")]
pub enum Method {
    /// The fields stand in the address.
    Get,
    /// The fields stand in the body.
    Post,
}

/// A form that the merchant's page sent with the buyer's browser.
#[derive(Clone, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a form is these three things")]
pub struct FormPost {
    /// The address it was sent to.
    pub action: String,
    /// How it travelled.
    pub method: Method,
    /// Its fields, as they came: a name may be there twice.
    pub fields: Vec<(String, String)>,
}

impl FormPost {
    /// The value of a field that is there once. Names are compared as they are written.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }
}

/// Shows the names of the fields alone: an own card form brings card data.
impl fmt::Debug for FormPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("FormPost").field("action", &self.action).field("method", &self.method).field("fields", &names).finish()
    }
}

/// A page of the bank, open in a buyer's browser.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The bank's id of it, from a counter.
    pub id: String,
}

impl Page {
    pub(crate) fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

/// What an open page shows of the payment.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Shown {
    /// The merchant's number of the operation.
    pub order: String,
    /// What is to be paid.
    pub amount: Amount,
    /// What the merchant says is bought; empty when it says nothing.
    pub description: String,
}

impl Shown {
    pub(crate) fn new(order: &str, amount: Amount, description: &str) -> Self {
        Self { order: order.to_owned(), amount, description: description.to_owned() }
    }
}

/// What a buyer does on the bank's page.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Choice {
    /// Pays with a good card.
    Pay,
    /// Pays with a card that is declined with this code of the bank.
    Decline(String),
    /// Presses the button that leads back to the shop.
    Cancel,
    /// Pays, goes back, and pays again. What comes of it is the bank's: one charge or two.
    PayTwice,
    /// Closes the browser: nobody hears of it.
    Close,
}

/// What comes of a choice.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Visit {
    /// What the bank sends to the merchant's server, in this order. What the merchant answers goes into
    /// [`reply`](crate::SimulatedBank::reply).
    pub notification: Vec<Request<Vec<u8>>>,
    /// Where the buyer's browser goes next, unless the merchant's answer annuls the payment.
    pub browser: Option<Request<Vec<u8>>>,
}

impl Visit {
    /// Nothing comes of it.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }
}

/// The browser follows a link; nothing when the address is none.
pub(crate) fn get(address: &str) -> Option<Request<Vec<u8>>> {
    let address: Uri = address.parse().ok()?;
    Request::get(address).body(Vec::new()).ok()
}

/// A form is posted: by the browser, or by the bank's server.
pub(crate) fn post_form(address: &str, fields: &[(&str, &str)]) -> Option<Request<Vec<u8>>> {
    let address: Uri = address.parse().ok()?;
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Request::post(address).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body.into_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> FormPost {
        let fields = [("PAN", "5540500001000004"), ("a", "1"), ("a", "2")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        FormPost { action: "https://bank.example/".into(), method: Method::Post, fields }
    }

    #[test]
    fn a_field_that_is_there_twice_has_no_value() {
        assert_eq!((form().field("PAN"), form().field("a"), form().field("b")), (Some("5540500001000004"), None, None));
    }

    #[test]
    fn no_card_data_is_shown() {
        let shown = format!("{:?}", form());
        assert!(shown.contains("PAN") && !shown.contains("5540"), "{shown}");
    }
}
