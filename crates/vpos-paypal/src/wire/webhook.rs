//! A webhook: JSON that PayPal posts by itself, about a resource of the REST API.
//!
//! Sources: banks/PAYPAL.md, section 4; developer.paypal.com, webhook event names; samples there.

use http::HeaderMap;
use vpos_core::{Error, Lookup, OperationNumber, Reference};

use super::json;
use super::rest::{Object, id, names, object, objects, text};
use crate::remote::rest::query::Thing;
use crate::signature::Transmission;

/// A message as it came.
#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) transmission: Transmission,
    pub(crate) body: Vec<u8>,
    pub(crate) event_type: String,
    pub(crate) subject: Subject,
}

/// What a message speaks of.
#[derive(Debug)]
pub(crate) enum Subject {
    /// A payment: its order, and the thing itself where it is not the order.
    Payment {
        order: Option<String>,
        thing: Option<Thing>,
    },
    Refund(String),
    /// Nothing of ours.
    Other,
}

impl Webhook {
    /// Reads a message, and how its operation is found.
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<(Self, Lookup), Error> {
        let transmission = Transmission::read(headers)?;
        let event = json::object("body", body)?;
        let event_type = text(&event, "event_type")?.ok_or_else(|| Error::malformed("event_type", "missing"))?.to_owned();
        let (subject, lookup) = match Kind::of(&event_type, text(&event, "resource_type")?) {
            Some(kind) => {
                let resource = object(&event, "resource")?.ok_or_else(|| Error::malformed("resource", "missing"))?;
                let subject = subject(kind, resource)?;
                let lookup = lookup(&subject, resource)?;
                (subject, lookup)
            }
            // a name that nothing learns here: no store finds an operation by it
            None => (Subject::Other, Lookup::Reference(Reference::BankReference, format!("no payment: {event_type:.64}"))),
        };
        Ok((Self { transmission, body: body.to_vec(), event_type, subject }, lookup))
    }
}

/// What the events that matter are about. All others are answered with 200, and nothing is done.
#[derive(Clone, Copy)]
enum Kind {
    Order,
    Capture,
    Authorization,
    Refund,
}

impl Kind {
    fn of(event_type: &str, resource_type: Option<&str>) -> Option<Self> {
        Some(match event_type {
            "CHECKOUT.ORDER.APPROVED" | "CHECKOUT.PAYMENT-APPROVAL.REVERSED" => Self::Order,
            "PAYMENT.CAPTURE.COMPLETED" | "PAYMENT.CAPTURE.PENDING" | "PAYMENT.CAPTURE.DECLINED" | "PAYMENT.CAPTURE.DENIED" => {
                Self::Capture
            }
            // the resource is the refund that it made
            "PAYMENT.CAPTURE.REFUNDED" | "PAYMENT.CAPTURE.REVERSED" if resource_type == Some("capture") => Self::Capture,
            "PAYMENT.CAPTURE.REFUNDED" | "PAYMENT.CAPTURE.REVERSED" => Self::Refund,
            "PAYMENT.AUTHORIZATION.CREATED" | "PAYMENT.AUTHORIZATION.VOIDED" => Self::Authorization,
            other if other.starts_with("PAYMENT.REFUND.") => Self::Refund,
            _ => return None,
        })
    }
}

fn subject(kind: Kind, resource: &Object) -> Result<Subject, Error> {
    let own = id(resource, names::ID)?;
    let needed = || own.clone().ok_or_else(|| Error::malformed("resource.id", "missing"));
    let thing = match kind {
        // an approval that was reversed has no id of its own
        Kind::Order => {
            let order = if own.is_some() { own } else { id(resource, names::ORDER_ID)? };
            return Ok(Subject::Payment { order, thing: None });
        }
        Kind::Refund => return Ok(Subject::Refund(needed()?)),
        Kind::Capture => Thing::Capture(needed()?),
        Kind::Authorization => Thing::Authorization(needed()?),
    };
    let data = object(resource, names::SUPPLEMENTARY_DATA)?;
    let related = data.map(|data| object(data, names::RELATED_IDS)).transpose()?.flatten();
    let order = related.map(|related| id(related, names::ORDER_ID)).transpose()?.flatten();
    Ok(Subject::Payment { order, thing: Some(thing) })
}

/// By our number, else by PayPal's own id. A name that cannot be a number of ours is another program's.
fn lookup(subject: &Subject, resource: &Object) -> Result<Lookup, Error> {
    let units = objects(resource, names::PURCHASE_UNITS)?;
    for owner in units.into_iter().chain([resource]) {
        for name in [names::CUSTOM_ID, names::INVOICE_ID] {
            let Some(told) = text(owner, name)? else { continue };
            let told = if matches!(subject, Subject::Refund(_)) { without_refund(told) } else { told };
            if let Ok(number) = told.parse::<OperationNumber>() {
                return Ok(Lookup::Number(number));
            }
        }
    }
    let (name, id) = match subject {
        Subject::Payment { order: Some(order), .. } => (Reference::OrderId, order),
        Subject::Payment { thing: Some(Thing::Capture(id)), .. } => (Reference::CaptureId, id),
        Subject::Payment { thing: Some(Thing::Authorization(id)), .. } => (Reference::AuthorizationId, id),
        Subject::Refund(id) => (Reference::RefundId, id),
        _ => return Err(Error::malformed("resource", "does not tell which payment")),
    };
    Ok(Lookup::Reference(name, id.clone()))
}

/// Our own name for a refund is the number and the refund's.
fn without_refund(name: &str) -> &str {
    match name.rsplit_once("-R") {
        Some((number, id)) if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) => number,
        _ => name,
    }
}

/// What PayPal says of a message that was shown to it.
pub(crate) fn is_genuine(body: &[u8]) -> Result<bool, Error> {
    let answer = json::object("answer", body)?;
    match text(&answer, names::VERIFICATION_STATUS)? {
        Some(names::status::SUCCESS) => Ok(true),
        Some(names::status::FAILURE) => Ok(false),
        _ => Err(Error::malformed(names::VERIFICATION_STATUS, "neither SUCCESS nor FAILURE")),
    }
}
