//! IPN: a message that PayPal posts by itself, posted back to PayPal, which says whether it is its own.
//!
//! Once PayPal has said over TLS that it is, the message is PayPal's word about some payment, and is compared with the operation
//! as an answer is. PayPal says `VERIFIED` of a payment to anybody: the account is compared, or the payment is asked for.

mod claim;

use std::fmt::Write as _;
use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, StatusCode, Uri};
use vpos_core::operation::Operation;
use vpos_core::{
    Answer, Authentic, Confirmation, Error, Exchange, Lookup, Lost, Message, Notification, Reference, Refusal, Timestamp,
    mask_pans,
};

use crate::config::{BANK, Nvp};
use crate::remote;
use crate::wire::ipn::{Ipn, PARENT_TXN_ID, TXN_ID};
use claim::Next;

/// Reads a message. The operation is found by our number, else by the payment that PayPal names.
pub(crate) fn receive(request: &Request<Vec<u8>>) -> Result<Notification, Error> {
    let message = Ipn::parse(request.body())?;
    let of_payment = || {
        let id = message.get(PARENT_TXN_ID).or_else(|| message.get(TXN_ID)).unwrap_or_default();
        Lookup::Reference(Reference::CaptureId, id.to_owned())
    };
    let lookup = message.number().map_or_else(of_payment, Lookup::Number);
    Ok(Notification::new(BANK, lookup, message))
}

/// Posts the message back, then compares it, or asks for what it names.
pub(crate) fn verify(
    nvp: &Arc<Nvp>,
    message: &Ipn,
    operation: &Operation,
    _now: Timestamp,
) -> Result<Exchange<Confirmation>, Error> {
    let next = claim::of(nvp, message, operation);
    let (nvp, operation) = (Arc::clone(nvp), operation.clone());
    let request = posted_back(&nvp.ipn, message)?;
    Ok(Exchange::ask(request, remote::BANK, move |answer| {
        let proof = judge(answer)?;
        match next? {
            Next::Believe(claim) => Ok(Exchange::Done(Confirmation::new(claim, proof, &operation)?)),
            Next::AskPayment(id) => remote::nvp::payment(&nvp, &operation, &id),
            Next::AskHold(hold, claim) => remote::nvp::renewed(&nvp, &operation, hold, claim),
        }
    }))
}

/// Posts the message back; what follows when PayPal says that it is its own. `INVALID` is [`vpos_core::Refusal::Signature`], no word
/// of PayPal's [`Error::Transport`].
pub(crate) fn post_back<T: 'static>(
    ipn: &Uri,
    message: &Ipn,
    then: impl FnOnce() -> Result<Exchange<T>, Error> + Send + 'static,
) -> Result<Exchange<T>, Error> {
    let request = posted_back(ipn, message)?;
    Ok(Exchange::ask(request, remote::BANK, move |answer| {
        judge(answer)?;
        then()
    }))
}

fn posted_back(ipn: &Uri, message: &Ipn) -> Result<Request<Vec<u8>>, Error> {
    let request = Request::post(ipn.clone()).body(message.posted_back());
    let mut request = request.map_err(|_| Error::config("ipn_url", "not an address to post to"))?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    Ok(request)
}

/// PayPal's word about the message: one of two, and anything else is none [IPN guide, implementing an IPN listener].
fn judge(answer: Answer) -> Result<Authentic, Error> {
    let proof = answer.authentic();
    let response = answer.into_response()?;
    if response.status() != StatusCode::OK {
        return Err(Lost::after_send(format!("status {}", response.status().as_u16())).into());
    }
    match (response.body().trim_ascii(), proof) {
        (b"VERIFIED", Some(proof)) => Ok(proof),
        (b"INVALID", _) => Err(Refusal::Signature.into()),
        _ => Err(Lost::after_send("neither VERIFIED nor INVALID").into()),
    }
}

impl Message for Ipn {
    fn evidence(&self) -> String {
        // a line a field: none may look like two
        let plain = |text: &str| text.replace(char::is_control, " ");
        let mut text = String::new();
        for (name, value) in self.fields() {
            let _ = writeln!(text, "{}={}", plain(name), plain(value));
        }
        mask_pans(&text).into_owned()
    }
}
