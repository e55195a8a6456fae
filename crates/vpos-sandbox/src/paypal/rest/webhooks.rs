//! Webhooks: events as PayPal shapes them, and its word on whether a message was its own.
//!
//! Source: banks/PAYPAL.md, section 4 [O: api/webhooks/v1]; the shape of the events from samples that shops published.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Request, StatusCode};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vpos_core::Timestamp;

use super::{Answer, Refused, invalid};
use crate::paypal::{PaypalBank, moment};

const ALGORITHM: &str = "SHA256withRSA";

/// What a webhook tells.
#[derive(Clone, Debug)]
pub(in crate::paypal) enum Event {
    /// The buyer approved that order.
    Approved(String),
    /// That authorisation was made.
    Authorized(String),
    /// That capture was made, well or not.
    Captured(String),
    /// That refund was made.
    Refunded(String),
    /// That authorisation was voided.
    Voided(String),
}

/// A message as it was sent.
#[derive(Clone, Debug)]
pub(in crate::paypal) struct Transmission {
    id: String,
    time: String,
    signature: String,
    certificate: String,
    body: Vec<u8>,
}

impl Transmission {
    /// The headers' parts. Nobody but PayPal can check its signature without its certificate, and here nobody shall: it is a
    /// digest that stands for one.
    fn new(number: u64, webhook: &str, body: Vec<u8>, now: Timestamp) -> Self {
        let (id, time) = (format!("69cd13f0-d67a-11e5-baa3-{number:012x}"), moment(now));
        let digest = Sha256::new().chain_update(&id).chain_update(&time).chain_update(webhook).chain_update(&body).finalize();
        Self {
            id,
            time,
            signature: STANDARD.encode(digest),
            certificate: "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270".into(),
            body,
        }
    }
}

impl PaypalBank {
    /// Puts an event into the outbox, where there is a webhook.
    pub(super) fn send(&mut self, event: &Event, now: Timestamp) {
        let request = self.event(event, now);
        self.outbox.extend(request);
    }

    /// The message of an event; none where the merchant has no webhook.
    pub(in crate::paypal) fn event(&mut self, event: &Event, now: Timestamp) -> Option<Request<Vec<u8>>> {
        let webhook = self.merchant.webhook.clone()?;
        let (kind, resource_type, summary, resource) = self.told(event)?;
        let number = self.books.next();
        let id = format!("WH-{number:017}-{number:017}");
        let this = format!("{}/v1/notifications/webhooks-events/{id}", self.merchant.api_url);
        let document = json!({
            "id": id,
            "event_version": "1.0",
            "create_time": moment(now),
            "resource_type": resource_type,
            "resource_version": "2.0",
            "event_type": kind,
            "summary": summary,
            "resource": resource,
            "links": [
                {"href": this, "rel": "self", "method": "GET"},
                {"href": format!("{this}/resend"), "rel": "resend", "method": "POST"},
            ],
        });
        let sent = Transmission::new(number, &webhook.id, document.to_string().into_bytes(), now);
        let request = Request::post(&webhook.url)
            .header("content-type", "application/json")
            .header("paypal-transmission-id", &sent.id)
            .header("paypal-transmission-time", &sent.time)
            .header("paypal-transmission-sig", &sent.signature)
            .header("paypal-cert-url", &sent.certificate)
            .header("paypal-auth-algo", ALGORITHM)
            .body(sent.body.clone())
            .ok()?;
        self.transmissions.push(sent);
        Some(request)
    }

    /// An event's type, the type of what it is about, a text for people, and that thing as it is now.
    fn told(&self, event: &Event) -> Option<(&'static str, &'static str, &'static str, Value)> {
        let books = &self.books;
        Some(match event {
            Event::Approved(id) => {
                let order = self.order(books.checkouts.get(id)?);
                ("CHECKOUT.ORDER.APPROVED", "checkout-order", "An order has been approved by buyer", order)
            }
            Event::Authorized(id) => {
                ("PAYMENT.AUTHORIZATION.CREATED", "authorization", "A payment was authorized", self.hold(books.holds.get(id)?))
            }
            Event::Voided(id) => (
                "PAYMENT.AUTHORIZATION.VOIDED",
                "authorization",
                "A payment authorization was voided",
                self.hold(books.holds.get(id)?),
            ),
            Event::Captured(id) => {
                let capture = books.captures.get(id)?;
                if capture.declined {
                    ("PAYMENT.CAPTURE.DECLINED", "capture", "A payment capture was declined", self.capture(capture))
                } else {
                    ("PAYMENT.CAPTURE.COMPLETED", "capture", "Payment completed", self.capture(capture))
                }
            }
            Event::Refunded(id) => {
                ("PAYMENT.CAPTURE.REFUNDED", "refund", "A capture payment was refunded", self.refund(books.refunds.get(id)?))
            }
        })
    }

    /// SUCCESS for what was sent from here to that webhook, byte for byte; FAILURE for all else.
    pub(super) fn verify_webhook(&self, request: &Request<Vec<u8>>) -> Result<Answer, Refused> {
        let members: BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(request.body()).map_err(|_| invalid("/", "MALFORMED_REQUEST_JSON"))?;
        let event = members.get("webhook_event").ok_or_else(|| invalid("/webhook_event", "MISSING_REQUIRED_PARAMETER"))?;
        let text = |name: &str| {
            let text = members.get(name).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
            text.ok_or_else(|| invalid(&format!("/{name}"), "MISSING_REQUIRED_PARAMETER"))
        };
        let (id, time, signature) = (text("transmission_id")?, text("transmission_time")?, text("transmission_sig")?);
        let (certificate, algorithm, webhook) = (text("cert_url")?, text("auth_algo")?, text("webhook_id")?);
        let ours = self.merchant.webhook.as_ref().is_some_and(|known| known.id == webhook) && algorithm == ALGORITHM;
        let sent = self.transmissions.iter().any(|sent| {
            let headers = (&sent.id, &sent.time, &sent.signature, &sent.certificate);
            headers == (&id, &time, &signature, &certificate) && sent.body == event.get().as_bytes()
        });
        let status = if ours && sent { "SUCCESS" } else { "FAILURE" };
        Ok((StatusCode::OK, Some(json!({"verification_status": status}))))
    }
}
