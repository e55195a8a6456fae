//! What reaches the shop becomes a notification, a notification becomes a confirmation, and both get their reply.
//!
//! Three kinds come: the buyer's browser on its way back (both protocols), a webhook (REST) and an IPN message (NVP, and REST
//! where the account sends it still). None is believed: each is a reason to ask PayPal what became of the payment.

pub(crate) mod buyer_return;
pub(crate) mod ipn;
pub(crate) mod webhook;

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{Method, Request, StatusCode};
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Confirmation, Error, Exchange, NOTIFICATION_LIMIT, Notification, Rejection, Reply, Timestamp};

use crate::config::Contract;
use crate::remote;
use crate::remote::rest::order::{self, Asked};
use crate::wire::ipn::Ipn;
use crate::wire::webhook::Webhook;
use buyer_return::BuyerReturn;

/// Reads a request. Nothing of it is believed.
pub(crate) fn receive(contract: &Contract, request: &Request<Vec<u8>>) -> Result<Notification, Error> {
    if request.body().len() > NOTIFICATION_LIMIT {
        return Err(Error::malformed("request", "above 64 KiB"));
    }
    match *request.method() {
        Method::GET => buyer_return::receive(request),
        Method::POST if is_json(request) => match contract {
            Contract::Rest(_) => webhook::receive(request),
            Contract::Nvp(_) => Err(Error::malformed("request", "a webhook, and the contract speaks NVP")),
        },
        Method::POST if request.body().is_empty() => Err(Error::malformed("body", "empty")),
        Method::POST => ipn::receive(request),
        _ => Err(Error::malformed("request", "neither a GET nor a POST")),
    }
}

fn is_json(request: &Request<Vec<u8>>) -> bool {
    let of = request.headers().get(CONTENT_TYPE).and_then(|of| of.to_str().ok()).unwrap_or_default();
    let of = of.split(';').next().unwrap_or_default().trim();
    of.eq_ignore_ascii_case("application/json")
}

/// Asks PayPal whether the message is its own, where it is not the buyer's, and then what became of the payment.
pub(crate) fn verify(
    contract: &Contract,
    notification: &Notification,
    operation: &Operation,
    now: Timestamp,
) -> Result<Exchange<Confirmation>, Error> {
    operation.require_acceptor(contract.acceptor())?;
    if let Some(buyer) = notification.message::<BuyerReturn>() {
        return match contract {
            Contract::Rest(rest) => {
                let asked = Asked { named: None, gave_up: buyer.payer().is_none() };
                order::details(rest, operation, asked, now)
            }
            Contract::Nvp(nvp) => remote::nvp::details(nvp, buyer, operation, now),
        };
    }
    match (contract, notification.message::<Webhook>(), notification.message::<Ipn>()) {
        (Contract::Rest(rest), Some(webhook), _) => webhook::verify(rest, webhook, operation, now),
        (Contract::Nvp(nvp), _, Some(ipn)) => ipn::verify(nvp, ipn, operation, now),
        (Contract::Rest(rest), _, Some(ipn)) => {
            let (asked, operation) = (Arc::clone(rest), operation.clone());
            ipn::post_back(&rest.ipn, ipn, move || order::details(&asked, &operation, Asked { named: None, gave_up: false }, now))
        }
        _ => Err(Error::malformed("notification", "received by another contract or another bank's crate")),
    }
}

/// The buyer's browser goes on to the shop; PayPal hears that its message was kept.
pub(crate) fn accept(notification: &Notification, operation: &Operation) -> Reply {
    if notification.message::<BuyerReturn>().is_some() { onward(operation) } else { Reply::empty() }
}

/// What was not kept: the browser goes on all the same; PayPal comes again only for what may end otherwise then.
pub(crate) fn reject(notification: Option<&Notification>, operation: Option<&Operation>, why: &Rejection) -> Reply {
    let Some(notification) = notification else { return Reply::empty().with_status(StatusCode::BAD_REQUEST) };
    match (notification.message::<BuyerReturn>(), operation, why) {
        (Some(_), Some(operation), _) => onward(operation),
        (Some(_), None, _) => Reply::empty().with_status(StatusCode::NOT_FOUND),
        // not ours, or not believed: to hear of it again would change nothing
        (None, None, _) | (None, _, Rejection::UnknownOperation) => Reply::empty(),
        (None, _, Rejection::NotCommitted) => Reply::empty().with_status(StatusCode::SERVICE_UNAVAILABLE),
        (None, ..) => Reply::empty().with_status(StatusCode::BAD_REQUEST),
    }
}

/// 303 to one of the addresses that were stored. Whoever has paid, or may have, must not be sent to pay again.
fn onward(operation: &Operation) -> Reply {
    use OperationState as S;
    let not_paid = matches!(operation.state(), S::Pending | S::Failed | S::Cancelled | S::Superseded);
    let address = if not_paid { operation.url_nok() } else { operation.url_ok() };
    address.map_or_else(Reply::empty, Reply::see_other)
}
