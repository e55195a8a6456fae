//! Bytes from the bank become a notification, a notification becomes a confirmation, and both get their reply.
//!
//! Three shapes (redirection manual 4.2): a form post to the notification URL, the same fields in the query with which the
//! buyer's browser returns, and SOAP.

use std::fmt::Write as _;
use std::time::Duration;

use http::{Method, Request, StatusCode};
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Claim, Confirmation, Error, Exchange, Lookup, Message, NOTIFICATION_LIMIT, Notification, Reply, Report, Timestamp, mask_pans,
};

use crate::config::{BANK, Contract, NotificationKind};
use crate::wire::claim;
use crate::wire::envelope::Envelope;
use crate::wire::soap::{self, SoapMessage, SoapVersion};

/// The bank waits 30 s for the answer to SOAP and annuls then (9913); what is not done by 20 s must not be done.
const SOAP_DEADLINE: Duration = Duration::from_secs(20);

/// What is kept between `receive` and `verify`.
enum Received {
    /// The bank's own post.
    Post(Envelope),
    /// The buyer's browser.
    Return(Envelope),
    /// The bank's SOAP call.
    Soap(SoapMessage),
}

/// Reads a request. Nothing of it is believed.
pub(crate) fn receive(request: &Request<Vec<u8>>) -> Result<Notification, Error> {
    let query = request.uri().query().unwrap_or_default();
    if request.body().len() > NOTIFICATION_LIMIT || query.len() > NOTIFICATION_LIMIT {
        return Err(Error::malformed("request", "above 64 KiB"));
    }
    let received = match *request.method() {
        Method::GET => Received::Return(Envelope::from_form(query.as_bytes(), true)?),
        Method::POST if is_xml(request.body()) => {
            let document = std::str::from_utf8(request.body()).map_err(|_| Error::malformed("SOAP", "not UTF-8"))?;
            Received::Soap(SoapMessage::parse(document)?)
        }
        Method::POST => Received::Post(Envelope::from_form(request.body(), false)?),
        _ => return Err(Error::malformed("request", "neither GET nor POST")),
    };
    let order = match &received {
        Received::Post(envelope) | Received::Return(envelope) => envelope.order(),
        Received::Soap(message) => message.order(),
    };
    Ok(Notification::new(BANK, Lookup::Number(order.clone()), received))
}

/// A form never begins with `<`; whatever the content type says, XML does.
fn is_xml(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    body.trim_ascii_start().first() == Some(&b'<')
}

/// Signature first, then every part of the message against the operation.
pub(crate) fn verify(
    contract: &Contract,
    notification: &Notification,
    operation: &Operation,
    now: Timestamp,
) -> Result<Confirmation, Error> {
    let received = message(notification)?;
    let (proof, claim): (_, Claim) = match received {
        Received::Post(envelope) | Received::Return(envelope) => {
            let proof = envelope.check(contract)?;
            envelope.members().refuse_doubles()?;
            (proof, claim::read(envelope.members(), envelope.order(), contract, None)?)
        }
        Received::Soap(message) => {
            let proof = message.check(contract)?;
            message.request().refuse_double_fields()?;
            let deadline = now.checked_add(SOAP_DEADLINE).ok();
            (proof, claim::read(&message.request(), message.order(), contract, deadline)?)
        }
    };
    Ok(Confirmation::new(claim, proof, operation)?)
}

/// Redsys has charged by the time it notifies: there is nothing to send. In SOAP there is a deadline to keep.
pub(crate) fn charge(
    contract: &Contract,
    confirmation: &Confirmation,
    operation: &Operation,
    now: Timestamp,
) -> Result<Exchange<Report>, Error> {
    confirmation.require_chargeable(operation, &contract.acceptor, now)?;
    Ok(Exchange::Done(Report::Confirmed(confirmation.clone())))
}

/// HTTP: 200 without a body, which nobody reads. SOAP: a signed OK. The buyer's browser goes on to the shop.
pub(crate) fn accept(contract: &Contract, notification: &Notification, operation: &Operation) -> Reply {
    match message(notification) {
        Ok(Received::Soap(message)) => soap_reply(contract, message, true),
        Ok(Received::Return(_)) => browser(Some(operation)),
        _ => Reply::empty(),
    }
}

/// Over SOAP the bank waits for the answer; a form post and a buyer's return are told already.
pub(crate) fn listens_to(notification: &Notification) -> bool {
    matches!(message(notification), Ok(Received::Soap(_)))
}

/// HTTP: the same empty 200, so that nobody learns what we think of a forged message. SOAP: a signed KO, which annuls.
pub(crate) fn reject(contract: &Contract, notification: Option<&Notification>, operation: Option<&Operation>) -> Reply {
    match notification.and_then(|notification| message(notification).ok()) {
        Some(Received::Soap(message)) => soap_reply(contract, message, false),
        Some(Received::Return(_)) => browser(operation),
        None if contract.notification == NotificationKind::Soap => {
            Reply::text(content_type(SoapVersion::V11), soap::reply(contract, None, SoapVersion::V11, false))
        }
        Some(Received::Post(_)) | None => Reply::empty(),
    }
}

fn message(notification: &Notification) -> Result<&Received, Error> {
    notification.message().ok_or_else(|| Error::malformed("notification", "received by another bank's crate"))
}

fn soap_reply(contract: &Contract, message: &SoapMessage, keep: bool) -> Reply {
    let body = soap::reply(contract, Some(message.order()), message.version(), keep);
    Reply::text(content_type(message.version()), body)
}

const fn content_type(version: SoapVersion) -> &'static str {
    match version {
        SoapVersion::V11 => "text/xml; charset=utf-8",
        SoapVersion::V12 => "application/soap+xml; charset=utf-8",
    }
}

/// Only ever to an address that was stored with the operation, and where a paid one leads even when this message was refused:
/// whoever has paid must not be sent to pay again.
fn browser(operation: Option<&Operation>) -> Reply {
    let secured = |operation: &Operation| operation.state().is_paid() || operation.state() == OperationState::Authorized;
    let address = operation.and_then(|operation| if secured(operation) { operation.url_ok() } else { operation.url_nok() });
    address.map_or_else(|| Reply::empty().with_status(StatusCode::NO_CONTENT), Reply::see_other)
}

impl Message for Received {
    fn evidence(&self) -> String {
        let envelope = match self {
            Self::Soap(message) => return mask_pans(message.text()).into_owned(),
            Self::Post(envelope) | Self::Return(envelope) => envelope,
        };
        // a line a member: none may look like two
        let plain = |text: &str| text.replace(char::is_control, " ");
        let mut text = String::new();
        for (name, value) in envelope.outer() {
            let _ = writeln!(text, "{name}={}", plain(value));
        }
        for (name, value) in envelope.members().iter() {
            let _ = writeln!(text, "{}={}", plain(name), plain(&value));
        }
        mask_pans(&text).into_owned()
    }
}
