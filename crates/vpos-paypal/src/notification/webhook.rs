//! A webhook: PayPal's API says whether it is PayPal's own, then what became of what it speaks of.
//!
//! Whatever it says, the outcome is that of the answer to the second question: so an old one, which PayPal repeats for three
//! days, is as good as a new one. One from the future is of a clock that cannot be right.

use std::sync::Arc;

use http::Request;
use vpos_core::operation::Operation;
use vpos_core::{Confirmation, Error, Exchange, Message, Notification, Reference, Refusal, Timestamp, mask_pans};

use crate::config::{BANK, Rest};
use crate::remote::rest::answer::{needed, unread};
use crate::remote::rest::order::{self, Asked};
use crate::remote::rest::query::{self, Thing};
use crate::remote::rest::token::{Call, ask};
use crate::wire::rest::names;
use crate::wire::webhook::{Subject, Webhook, is_genuine};

/// Reads a message.
pub(crate) fn receive(request: &Request<Vec<u8>>) -> Result<Notification, Error> {
    let (webhook, lookup) = Webhook::read(request.headers(), request.body())?;
    Ok(Notification::new(BANK, lookup, webhook))
}

/// Has PayPal check the message, then asks for what it speaks of.
pub(crate) fn verify(
    rest: &Arc<Rest>,
    webhook: &Webhook,
    operation: &Operation,
    now: Timestamp,
) -> Result<Exchange<Confirmation>, Error> {
    webhook.transmission.check()?;
    let ahead = webhook.transmission.time().as_second().saturating_sub(now.as_second());
    if ahead > i64::from(rest.tolerance) {
        return Err(Refusal::Stale.into());
    }
    let Some(webhook_id) = &rest.webhook_id else {
        return Err(Error::config("webhook_id", "missing: without it no webhook can be verified"));
    };
    let question = webhook.transmission.question(webhook_id, &webhook.body);
    let then = Then::of(webhook, operation);
    let (asked, operation) = (Arc::clone(rest), operation.clone());
    ask(rest, Call::post(names::VERIFY.to_owned(), question, None), now, move |answered| {
        let (body, _proof) = needed(answered)?;
        if is_genuine(&body).map_err(unread)? { then.ask(&asked, &operation, now) } else { Err(Refusal::Signature.into()) }
    })
}

/// What is asked of a message that is PayPal's.
enum Then {
    Order(Asked),
    Thing(Thing),
    Nothing,
}

impl Then {
    fn of(webhook: &Webhook, operation: &Operation) -> Self {
        match &webhook.subject {
            Subject::Refund(id) => Self::Thing(Thing::Refund(id.clone())),
            // the order tells all that the thing tells, and more
            Subject::Payment { order: None, thing: Some(thing) } if operation.references().get(Reference::OrderId).is_none() => {
                Self::Thing(thing.clone())
            }
            Subject::Payment { order, .. } => Self::Order(Asked { named: order.clone(), gave_up: false }),
            Subject::Other => Self::Nothing,
        }
    }

    fn ask(self, rest: &Arc<Rest>, operation: &Operation, now: Timestamp) -> Result<Exchange<Confirmation>, Error> {
        match self {
            Self::Order(asked) => order::details(rest, operation, asked, now),
            Self::Thing(thing) => query::thing(rest, operation, thing, now),
            Self::Nothing => Err(Refusal::Type.into()),
        }
    }
}

impl Message for Webhook {
    fn evidence(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        mask_pans(&format!("{}\n{body}", self.event_type)).into_owned()
    }
}
