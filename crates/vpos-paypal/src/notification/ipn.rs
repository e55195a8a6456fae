//! IPN: a message that PayPal posts by itself, posted back to PayPal, which says whether it is its own.

use std::sync::Arc;

use http::{Request, Uri};
use vpos_core::operation::Operation;
use vpos_core::{Confirmation, Error, Exchange, Message, Notification, Timestamp};

use crate::config::{BANK, Nvp};
use crate::wire::ipn::Ipn;

/// Reads a message.
pub(crate) fn receive(_request: &Request<Vec<u8>>) -> Result<Notification, Error> {
    Err(Error::Unsupported { bank: BANK, operation: "IPN" })
}

/// Posts the message back, then asks by NVP what became of the payment.
pub(crate) fn verify(_: &Arc<Nvp>, _: &Ipn, _: &Operation, _now: Timestamp) -> Result<Exchange<Confirmation>, Error> {
    Err(Error::Unsupported { bank: BANK, operation: "IPN" })
}

/// Posts the message back; what follows when PayPal says that it is its own. `INVALID` is [`vpos_core::Refusal::Signature`], no word
/// of PayPal's [`Error::Transport`].
pub(crate) fn post_back<T: 'static>(
    _ipn: &Uri,
    _message: &Ipn,
    _then: impl FnOnce() -> Result<Exchange<T>, Error> + Send + 'static,
) -> Result<Exchange<T>, Error> {
    Err(Error::Unsupported { bank: BANK, operation: "IPN" })
}

impl Message for Ipn {
    fn evidence(&self) -> String {
        String::new()
    }
}
