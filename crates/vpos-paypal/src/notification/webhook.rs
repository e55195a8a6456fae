//! A webhook: PayPal's API says whether it is PayPal's own, then what became of what it speaks of.

use std::sync::Arc;

use http::Request;
use vpos_core::operation::Operation;
use vpos_core::{Confirmation, Error, Exchange, Message, Notification, Timestamp};

use crate::config::{BANK, Rest};
use crate::wire::webhook::Webhook;

/// Reads a message.
pub(crate) fn receive(_request: &Request<Vec<u8>>) -> Result<Notification, Error> {
    Err(Error::Unsupported { bank: BANK, operation: "webhooks" })
}

/// Has PayPal check the message, then asks for what it speaks of.
pub(crate) fn verify(_: &Arc<Rest>, _: &Webhook, _: &Operation, _now: Timestamp) -> Result<Exchange<Confirmation>, Error> {
    Err(Error::Unsupported { bank: BANK, operation: "webhooks" })
}

impl Message for Webhook {
    fn evidence(&self) -> String {
        String::new()
    }
}
