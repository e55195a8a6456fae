//! Orders, authorisations, captures and refunds as documents.
//!
//! Source: the samples of [O: api/orders/v2, api/payments/v2]. Without `Prefer: return=representation` only id, status and
//! links come.

use http::StatusCode;
use serde_json::{Map, Value, json};
use vpos_core::Amount;

use super::{Answer, Refused};
use crate::paypal::books::{Capture, Checkout, Hold, HoldState, Refund, Stage};
use crate::paypal::buyer::PAYER;
use crate::paypal::problem::Problem;
use crate::paypal::{PaypalBank, moment, money};

impl PaypalBank {
    pub(super) fn shown_order(&self, id: &str, full: bool) -> Result<Answer, Refused> {
        let order = self.books.checkouts.get(id).ok_or(Problem::NotFound)?;
        Ok((StatusCode::OK, Some(shown(self.order(order), full, &["purchase_units"]))))
    }

    pub(super) fn shown_hold(&self, id: &str, full: bool) -> Result<Answer, Refused> {
        let hold = self.books.holds.get(id).ok_or(Problem::NotFound)?;
        Ok((StatusCode::OK, Some(shown(self.hold(hold), full, &[]))))
    }

    pub(super) fn shown_capture(&self, id: &str, full: bool) -> Result<Answer, Refused> {
        let capture = self.books.captures.get(id).ok_or(Problem::NotFound)?;
        Ok((StatusCode::OK, Some(shown(self.capture(capture), full, &[]))))
    }

    pub(super) fn shown_refund(&self, id: &str, full: bool) -> Result<Answer, Refused> {
        let refund = self.books.refunds.get(id).ok_or(Problem::NotFound)?;
        Ok((StatusCode::OK, Some(shown(self.refund(refund), full, &[]))))
    }

    pub(super) fn order(&self, order: &Checkout) -> Value {
        let status = match (order.stage, order.with_source) {
            (Stage::Open, true) => "PAYER_ACTION_REQUIRED",
            (Stage::Open, false) => "CREATED",
            (Stage::Approved, _) => "APPROVED",
            (Stage::Done, _) => "COMPLETED",
        };
        let mut document = json!({
            "id": order.id,
            "intent": if order.intent == crate::paypal::books::Intent::Capture { "CAPTURE" } else { "AUTHORIZE" },
            "status": status,
            "purchase_units": [self.unit(order)],
            "create_time": moment(order.created),
            "links": self.order_links(order),
        });
        if order.stage != Stage::Open {
            let payer = json!({
                "name": {"given_name": "Ana", "surname": "Compradora"},
                "email_address": "ana@example.com",
                "payer_id": PAYER,
                "address": {"country_code": "ES"},
            });
            put(&mut document, "payer", Some(payer));
            let source =
                json!({"paypal": {"email_address": "ana@example.com", "account_id": PAYER, "account_status": "VERIFIED"}});
            put(&mut document, "payment_source", Some(source));
        }
        document
    }

    fn unit(&self, order: &Checkout) -> Value {
        let mut unit = json!({
            "reference_id": order.reference,
            "amount": amount(order.amount),
            "payee": self.payee(),
        });
        for (name, value) in [("description", &order.description), ("custom_id", &order.custom), ("invoice_id", &order.invoice)] {
            put(&mut unit, name, value.as_ref().map(|value| json!(value)));
        }
        let holds = self.books.holds.values().filter(|hold| hold.checkout == order.id);
        let captures: Vec<&Capture> = self.books.captures.values().filter(|capture| capture.checkout == order.id).collect();
        let refunds = self.books.refunds.values().filter(|refund| captures.iter().any(|capture| capture.id == refund.capture));
        let mut payments = Map::new();
        for (name, list) in [
            ("authorizations", holds.map(|hold| nested(self.hold(hold))).collect::<Vec<_>>()),
            ("captures", captures.iter().map(|capture| nested(self.capture(capture))).collect()),
            ("refunds", refunds.map(|refund| nested(self.refund(refund))).collect()),
        ] {
            if !list.is_empty() {
                payments.insert(name.to_owned(), Value::Array(list));
            }
        }
        put(&mut unit, "payments", (!payments.is_empty()).then_some(Value::Object(payments)));
        unit
    }

    fn order_links(&self, order: &Checkout) -> Value {
        let this = format!("{}/v2/checkout/orders/{}", self.merchant.api_url, order.id);
        let page = format!("{}/checkoutnow?token={}", self.merchant.page_url, order.id);
        let step = if order.intent == crate::paypal::books::Intent::Capture { "capture" } else { "authorize" };
        let mut links = vec![json!({"href": this, "rel": "self", "method": "GET"})];
        if order.stage != Stage::Done {
            links.push(json!({"href": page, "rel": if order.with_source { "payer-action" } else { "approve" }, "method": "GET"}));
            links.push(json!({"href": format!("{this}/{step}"), "rel": step, "method": "POST"}));
        }
        Value::Array(links)
    }

    pub(super) fn hold(&self, hold: &Hold) -> Value {
        let status = match hold.state {
            HoldState::Created => "CREATED",
            HoldState::PartiallyCaptured => "PARTIALLY_CAPTURED",
            HoldState::Captured => "CAPTURED",
            HoldState::Voided => "VOIDED",
        };
        let this = format!("{}/v2/payments/authorizations/{}", self.merchant.api_url, hold.id);
        let mut document = json!({
            "id": hold.id,
            "status": status,
            "amount": amount(hold.amount),
            "seller_protection": {"status": "NOT_ELIGIBLE"},
            "payee": self.payee(),
            "supplementary_data": {"related_ids": {"order_id": hold.checkout}},
            "create_time": moment(hold.created),
            "update_time": moment(hold.created),
            "links": [
                {"href": this, "rel": "self", "method": "GET"},
                {"href": format!("{this}/capture"), "rel": "capture", "method": "POST"},
                {"href": format!("{this}/void"), "rel": "void", "method": "POST"},
            ],
        });
        let order = self.books.checkouts.get(&hold.checkout);
        put(&mut document, "invoice_id", order.and_then(|order| order.invoice.as_ref()).map(|text| json!(text)));
        put(&mut document, "custom_id", order.and_then(|order| order.custom.as_ref()).map(|text| json!(text)));
        document
    }

    pub(super) fn capture(&self, capture: &Capture) -> Value {
        let status = match capture {
            Capture { declined: true, .. } => "DECLINED",
            Capture { refunded: 0, .. } => "COMPLETED",
            whole if whole.refunded == whole.amount.minor_units() => "REFUNDED",
            _ => "PARTIALLY_REFUNDED",
        };
        let api = &self.merchant.api_url;
        let this = format!("{api}/v2/payments/captures/{}", capture.id);
        let up = capture.hold.as_ref().map_or_else(
            || format!("{api}/v2/checkout/orders/{}", capture.checkout),
            |hold| format!("{api}/v2/payments/authorizations/{hold}"),
        );
        let mut related = json!({"order_id": capture.checkout});
        put(&mut related, "authorization_id", capture.hold.as_ref().map(|hold| json!(hold)));
        let mut document = json!({
            "id": capture.id,
            "status": status,
            "amount": amount(capture.amount),
            "final_capture": capture.last,
            "seller_protection": {"status": "NOT_ELIGIBLE"},
            "payee": self.payee(),
            "supplementary_data": {"related_ids": related},
            "create_time": moment(capture.created),
            "update_time": moment(capture.created),
            "links": [
                {"href": this, "rel": "self", "method": "GET"},
                {"href": format!("{this}/refund"), "rel": "refund", "method": "POST"},
                {"href": up, "rel": "up", "method": "GET"},
            ],
        });
        let custom = self.books.checkouts.get(&capture.checkout).and_then(|order| order.custom.as_ref());
        put(&mut document, "invoice_id", capture.invoice.as_ref().map(|text| json!(text)));
        put(&mut document, "custom_id", custom.map(|text| json!(text)));
        document
    }

    pub(super) fn refund(&self, refund: &Refund) -> Value {
        let api = &self.merchant.api_url;
        let mut document = json!({
            "id": refund.id,
            "status": "COMPLETED",
            "amount": amount(refund.amount),
            "payer": self.payee(),
            "create_time": moment(refund.created),
            "update_time": moment(refund.created),
            "links": [
                {"href": format!("{api}/v2/payments/refunds/{}", refund.id), "rel": "self", "method": "GET"},
                {"href": format!("{api}/v2/payments/captures/{}", refund.capture), "rel": "up", "method": "GET"},
            ],
        });
        let capture = self.books.captures.get(&refund.capture);
        let custom = capture.and_then(|capture| self.books.checkouts.get(&capture.checkout)?.custom.as_ref());
        put(&mut document, "invoice_id", refund.invoice.as_ref().map(|text| json!(text)));
        put(&mut document, "custom_id", custom.map(|text| json!(text)));
        put(&mut document, "note_to_payer", refund.note.as_ref().map(|text| json!(text)));
        document
    }

    fn payee(&self) -> Value {
        json!({"email_address": self.merchant.email, "merchant_id": self.merchant.merchant_id})
    }
}

fn amount(amount: Amount) -> Value {
    json!({"currency_code": amount.currency().code(), "value": money::write(amount)})
}

fn put(document: &mut Value, name: &str, value: Option<Value>) {
    if let (Some(members), Some(value)) = (document.as_object_mut(), value) {
        members.insert(name.to_owned(), value);
    }
}

/// Inside an order, payments do not say again whose they are.
fn nested(mut payment: Value) -> Value {
    if let Some(members) = payment.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "payee" | "payer" | "supplementary_data"));
    }
    payment
}

/// The whole document, or the least of it.
fn shown(mut document: Value, full: bool, more: &[&str]) -> Value {
    if let Some(members) = document.as_object_mut().filter(|_| !full) {
        members.retain(|name, _| matches!(name.as_str(), "id" | "status" | "links") || more.contains(&name.as_str()));
    }
    document
}
