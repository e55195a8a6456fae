//! The buyer's way to PayPal: a GET form.
//!
//! Browsers drop the query of a GET form's action, so what stands there becomes the form's fields.

use vpos_core::{Error, FormMethod, PaymentForm, WebAddress};

/// A form to a link: its query, decoded, as fields.
pub(crate) fn of_link(link: &str) -> Result<PaymentForm, Error> {
    let (action, query) = link.split_once('?').unwrap_or((link, ""));
    let fields = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    to(WebAddress::parse("link", action)?, fields)
}

/// A form to an address without a query.
pub(crate) fn to(action: WebAddress, fields: Vec<(String, String)>) -> Result<PaymentForm, Error> {
    if action.as_str().contains(['?', '#']) {
        return Err(Error::malformed("link", "has a query or a fragment"));
    }
    Ok(PaymentForm::new(action, FormMethod::Get, fields))
}
