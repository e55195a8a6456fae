//! Bytes from the bank become a notification, a notification becomes a confirmation, and both get their reply.
//!
//! The bank posts to one address of the merchant's, set in its panel, and only what was authorised. It reads the answer: with
//! anything but `$*$OKY$*$`, or with none in time, it annuls the payment [django-virtual-pos 1.7.1, `PrestaShop` module].

use std::time::Duration;

use http::{Method, Request};
use vpos_core::operation::Operation;
use vpos_core::{Confirmation, Error, Exchange, Lookup, Message, NOTIFICATION_LIMIT, Notification, Reply, Report, Timestamp};

use crate::config::{BANK, Contract};
use crate::wire::notice::Notice;

/// The bank is said to wait 30 s, django-virtual-pos gives itself 12; what is not done by then must not be done.
const DEADLINE: Duration = Duration::from_secs(10);

/// The bank keeps the payment.
const KEEP: &str = "$*$OKY$*$";

/// The bank annuls the payment.
const ANNUL: &str = "$*$NOK$*$";

/// Reads a request. Nothing of it is believed.
pub(crate) fn receive(request: &Request<Vec<u8>>) -> Result<Notification, Error> {
    if *request.method() != Method::POST {
        return Err(Error::malformed("request", "not POST"));
    }
    if request.body().len() > NOTIFICATION_LIMIT {
        return Err(Error::malformed("request", "above 64 KiB"));
    }
    let notice = Notice::parse(request.body())?;
    Ok(Notification::new(BANK, Lookup::Number(notice.number().clone()), notice))
}

/// Signature first, then every part of the message against the operation.
pub(crate) fn verify(
    contract: &Contract,
    notification: &Notification,
    operation: &Operation,
    now: Timestamp,
) -> Result<Confirmation, Error> {
    let notice: &Notice =
        notification.message().ok_or_else(|| Error::malformed("notification", "received by another bank's crate"))?;
    let proof = notice.check(contract)?;
    let claim = notice.claim(contract, now.checked_add(DEADLINE).ok())?;
    Ok(Confirmation::new(claim, proof, operation)?)
}

/// The bank has charged by the time it notifies: there is nothing to send, but a deadline to keep.
pub(crate) fn charge(
    contract: &Contract,
    confirmation: &Confirmation,
    operation: &Operation,
    now: Timestamp,
) -> Result<Exchange<Report>, Error> {
    confirmation.require_chargeable(operation, &contract.acceptor, now)?;
    Ok(Exchange::Done(Report::Confirmed(confirmation.clone())))
}

/// What makes the bank keep the payment, for a repeated message too.
///
/// Only for an operation that is stored as paid: an OKY for another would keep money of which nobody knows.
pub(crate) fn accept(operation: &Operation) -> Reply {
    if operation.state().is_paid() { Reply::text("text/html", KEEP) } else { reject() }
}

/// What makes the bank annul it.
pub(crate) fn reject() -> Reply {
    Reply::text("text/html", ANNUL)
}

impl Message for Notice {
    fn evidence(&self) -> String {
        self.evidence()
    }
}
