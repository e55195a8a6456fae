//! Orders: made, shown, captured or authorised.
//!
//! Source: banks/PAYPAL.md, section 3 [O: api/orders/v2].

use http::{Request, StatusCode};
use serde_json::Value;
use vpos_core::Timestamp;

use super::webhooks::Event;
use super::{Answer, Detail, Refused, amount, document, header, text};
use crate::paypal::PaypalBank;
use crate::paypal::books::{Checkout, Intent, Stage};

/// What the buyer's way through PayPal looks like.
const CONTEXT: &str = "/payment_source/paypal/experience_context";

impl PaypalBank {
    pub(super) fn create(&mut self, request: &Request<Vec<u8>>, full: bool, now: Timestamp) -> Result<Answer, Refused> {
        let document = document(request)?;
        let with_source = document.get("payment_source").is_some();
        if with_source && header(request, "paypal-request-id").is_none() {
            return Err(Detail { field: "PayPal-Request-Id".into(), issue: "PAYPAL_REQUEST_ID_REQUIRED" }.into());
        }
        let mut checkout = checkout(&document, with_source, now)?;
        checkout.id = self.books.id('5');
        let id = checkout.id.clone();
        self.books.checkouts.insert(id.clone(), checkout);
        let status = if with_source { StatusCode::OK } else { StatusCode::CREATED };
        let (_, order) = self.shown_order(&id, full)?;
        Ok((status, order))
    }

    /// Captures or authorises what the buyer approved.
    pub(super) fn execute(
        &mut self,
        request: &Request<Vec<u8>>,
        id: &str,
        step: &str,
        full: bool,
        now: Timestamp,
    ) -> Result<Answer, Refused> {
        document(request)?;
        let intent = if step == "capture" { Intent::Capture } else { Intent::Authorize };
        let made = self.books.execute(id, intent, None, now)?;
        let event = match intent {
            Intent::Authorize => Event::Authorized(made),
            Intent::Capture => Event::Captured(made),
        };
        self.send(&event, now);
        let (_, order) = self.shown_order(id, full)?;
        Ok((StatusCode::CREATED, order))
    }
}

/// Reads an order that is to be made: one purchase unit, its amount, where the buyer comes back to.
fn checkout(document: &Value, with_source: bool, now: Timestamp) -> Result<Checkout, Refused> {
    let missing = |field: &str| Detail { field: field.to_owned(), issue: "MISSING_REQUIRED_PARAMETER" };
    let intent = match document.get("intent").and_then(Value::as_str) {
        Some("CAPTURE") => Intent::Capture,
        Some("AUTHORIZE") => Intent::Authorize,
        Some(_) => return Err(Detail { field: "/intent".into(), issue: "INVALID_PARAMETER_VALUE" }.into()),
        None => return Err(missing("/intent").into()),
    };
    match document.get("purchase_units").and_then(Value::as_array).map(Vec::len) {
        Some(1) => {}
        // up to ten in PayPal's own API; no source here shows how the answers of several look
        Some(_) => return Err(Detail { field: "/purchase_units".into(), issue: "INVALID_ARRAY_MAX_ITEMS" }.into()),
        None => return Err(missing("/purchase_units").into()),
    }
    let unit = |name: &str, most| text(document, &format!("/purchase_units/0/{name}"), most);
    let amount = amount(document, "/purchase_units/0/amount")?.ok_or_else(|| missing("/purchase_units/0/amount"))?;
    let context = if document.pointer(CONTEXT).is_some() { CONTEXT } else { "/application_context" };
    words(document, context)?;
    Ok(Checkout {
        id: String::new(),
        intent,
        stage: Stage::Open,
        amount,
        reference: unit("reference_id", 256)?.unwrap_or_else(|| "default".into()),
        invoice: unit("invoice_id", 127)?,
        custom: unit("custom_id", 127)?,
        description: unit("description", 127)?,
        return_url: address(document, &format!("{context}/return_url"))?,
        cancel_url: address(document, &format!("{context}/cancel_url"))?,
        notify_url: None,
        with_source,
        created: now,
        declines: None,
    })
}

/// The context's fields of a few words.
fn words(document: &Value, context: &str) -> Result<(), Detail> {
    for (name, words) in [
        ("user_action", &["PAY_NOW", "CONTINUE"][..]),
        ("shipping_preference", &["NO_SHIPPING", "GET_FROM_FILE", "SET_PROVIDED_ADDRESS"]),
    ] {
        let pointer = format!("{context}/{name}");
        if text(document, &pointer, 255)?.is_some_and(|value| !words.contains(&value.as_str())) {
            return Err(Detail { field: pointer, issue: "INVALID_PARAMETER_VALUE" });
        }
    }
    text(document, &format!("{context}/brand_name"), 127)?;
    let pointer = format!("{context}/locale");
    let locale = text(document, &pointer, 10)?.unwrap_or_else(|| "es".into());
    // BCP 47: language, script, country
    let (language, rest) = locale.split_at_checked(2).unwrap_or_default();
    let fits =
        language.bytes().all(|b| b.is_ascii_lowercase()) && !language.is_empty() && (rest.is_empty() || rest.starts_with('-'));
    if fits { Ok(()) } else { Err(Detail { field: pointer, issue: "INVALID_PARAMETER_SYNTAX" }) }
}

fn address(document: &Value, pointer: &str) -> Result<Option<String>, Detail> {
    let found = text(document, pointer, 4_000)?;
    let absolute = |text: &String| text.parse::<http::Uri>().is_ok_and(|uri| uri.scheme().is_some() && uri.host().is_some());
    if found.as_ref().is_some_and(|text| !absolute(text)) {
        return Err(Detail { field: pointer.to_owned(), issue: "INVALID_PARAMETER_SYNTAX" });
    }
    Ok(found)
}
