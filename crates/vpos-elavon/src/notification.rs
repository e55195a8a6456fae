//! Bytes from the hosted page become a notification, a notification becomes a confirmation, and both get their reply.
//!
//! The buyer's browser carries the message, so everything in it that the hash does not cover is the buyer's word: account and
//! amount are compared where they stand, and believed of nothing.

mod page;

use std::fmt::Write as _;

use http::{Method, Request};
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Confirmation, Error, Lookup, Message, NOTIFICATION_LIMIT, Notification, Reply, mask_pans};

use crate::config::{BANK, Contract};
use crate::wire::claim;
use crate::wire::response::Response;

/// Reads a request. Nothing of it is believed.
pub(crate) fn receive(request: &Request<Vec<u8>>) -> Result<Notification, Error> {
    if request.body().len() > NOTIFICATION_LIMIT {
        return Err(Error::malformed("request", "above 64 KiB"));
    }
    if *request.method() != Method::POST {
        return Err(Error::malformed("request", "not a POST"));
    }
    let response = Response::from_form(request.body())?;
    Ok(Notification::new(BANK, Lookup::Number(response.order().clone()), response))
}

/// Hash first, then every part of the message against the operation.
pub(crate) fn verify(contract: &Contract, notification: &Notification, operation: &Operation) -> Result<Confirmation, Error> {
    let response = message(notification)?;
    let proof = response.check(contract)?;
    let claim = claim::of_response(response, contract, operation)?;
    Ok(Confirmation::new(claim, proof, operation)?)
}

/// A page that sends the buyer on to the shop.
pub(crate) fn accept(operation: &Operation) -> Reply {
    let paid = operation.state().is_paid() || operation.state() == OperationState::Authorized;
    page::onward(if paid { operation.url_ok() } else { operation.url_nok() })
}

/// The same for the buyer of a message that was not kept: to the shop's other address, where the operation is known.
pub(crate) fn reject(operation: Option<&Operation>) -> Reply {
    // whoever has paid must not be sent to pay again, whatever was wrong with this message
    let paid = |operation: &Operation| operation.state().is_paid() || operation.state() == OperationState::Authorized;
    page::onward(operation.and_then(|operation| if paid(operation) { operation.url_ok() } else { operation.url_nok() }))
}

fn message(notification: &Notification) -> Result<&Response, Error> {
    notification.message().ok_or_else(|| Error::malformed("notification", "received by another bank's crate"))
}

impl Message for Response {
    fn evidence(&self) -> String {
        // a line a field: none may look like two
        let plain = |text: &str| text.replace(char::is_control, " ");
        let mut text = String::new();
        for (name, value) in self.iter() {
            let _ = writeln!(text, "{}={}", plain(name), plain(value));
        }
        mask_pans(&text).into_owned()
    }
}
