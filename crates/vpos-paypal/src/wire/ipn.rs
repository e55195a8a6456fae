//! An IPN message: a form that PayPal posts by itself.
//!
//! Its `charset` is the account's (windows-1252 unless changed), and only its texts depend on it: what is compared is ASCII.
//! Bytes that are no UTF-8 are kept as they came for the post-back, and replaced in what is shown.
//!
//! Source: developer.paypal.com, IPN guide, IPN and PDT variables; banks/PAYPAL.md, section 5.

use std::fmt;

use vpos_core::{Amount, Error, OperationNumber, Refusal};

use super::amount;
use super::nvp::form;

/// What stands before the message when it is posted back.
const VALIDATE: &[u8] = b"cmd=_notify-validate&";

pub(crate) const AUTH_ID: &str = "auth_id";
pub(crate) const CASE_ID: &str = "case_id";
pub(crate) const CUSTOM: &str = "custom";
pub(crate) const INVOICE: &str = "invoice";
pub(crate) const MC_CURRENCY: &str = "mc_currency";
pub(crate) const MC_GROSS: &str = "mc_gross";
pub(crate) const PARENT_TXN_ID: &str = "parent_txn_id";
pub(crate) const PAYMENT_STATUS: &str = "payment_status";
pub(crate) const PENDING_REASON: &str = "pending_reason";
pub(crate) const REASON_CODE: &str = "reason_code";
pub(crate) const RECEIVER_ID: &str = "receiver_id";
pub(crate) const TEST_IPN: &str = "test_ipn";
pub(crate) const TXN_ID: &str = "txn_id";
pub(crate) const TXN_TYPE: &str = "txn_type";

/// A message as it came.
pub(crate) struct Ipn {
    body: Vec<u8>,
    fields: Vec<(String, String)>,
}

impl Ipn {
    /// Reads a body. Every message of PayPal's names a transaction or a type.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let message = Self { fields: form("message", body)?, body: body.to_vec() };
        if message.get(TXN_ID).is_none() && message.get(TXN_TYPE).is_none() {
            return Err(Error::malformed(TXN_ID, "missing"));
        }
        Ok(message)
    }

    /// What is posted back: the message byte for byte.
    pub(crate) fn posted_back(&self) -> Vec<u8> {
        [VALIDATE, &self.body].concat()
    }

    /// A field that is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn need(&self, name: &'static str) -> Result<&str, Error> {
        self.get(name).ok_or_else(|| Error::malformed(name, "missing"))
    }

    /// An id of PayPal's.
    pub(crate) fn id(&self, name: &'static str) -> Result<&str, Error> {
        let text = self.need(name)?;
        let good = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if good { Ok(text) } else { Err(Error::malformed(name, "not an id of PayPal's")) }
    }

    /// Our number as the message names it, if it does.
    pub(crate) fn number(&self) -> Option<OperationNumber> {
        self.get(INVOICE).or_else(|| self.get(CUSTOM)).and_then(|number| number.parse().ok())
    }

    /// Checks that the message names our number, and no other; none is named where PayPal's own ids tell what it is about.
    pub(crate) fn is_about(&self, number: &OperationNumber) -> Result<(), Error> {
        let other = [INVOICE, CUSTOM].iter().filter_map(|name| self.get(name)).any(|named| named != number.as_str());
        if other { Err(Refusal::Number.into()) } else { Ok(()) }
    }

    /// Which way the money went, and how much of it: what goes back has a minus.
    pub(crate) fn gross(&self) -> Result<(bool, Amount), Error> {
        let text = self.need(MC_GROSS)?;
        let back = text.strip_prefix('-');
        let stated = amount::parse(MC_GROSS, back.unwrap_or(text), self.need(MC_CURRENCY)?)?;
        Ok((back.is_some(), stated))
    }

    /// The fields, in the message's order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Shows nothing of the buyer.
impl fmt::Debug for Ipn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ipn").field("fields", &self.fields.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_bytes_are_kept_as_they_came() {
        for body in [&b"txn_id=1&memo=a%F1o&x=a+b&&y"[..], b"memo=a\xF1o&txn_id=1", b"txn_id=1&charset=windows-1252&"] {
            let message = Ipn::parse(body).unwrap();
            assert_eq!(message.posted_back(), [b"cmd=_notify-validate&", body].concat());
        }
    }

    #[test]
    fn what_is_no_message() {
        for body in [&b""[..], b"{}", b"txn_id=", b"a=1", b"txn_id=1&txn_id=1", b"txn_id=1&TXN_ID=2", b"txn_id=1&a=1&a=1"] {
            assert!(Ipn::parse(body).is_err(), "{}", body.escape_ascii());
        }
        assert!(Ipn::parse(b"txn_type=new_case").is_ok());
    }

    #[test]
    fn money_goes_both_ways() {
        let gross = |text: &str| Ipn::parse(format!("txn_id=1&mc_currency=EUR&mc_gross={text}").as_bytes()).unwrap().gross();
        assert_eq!(gross("123.45").unwrap(), (false, Amount::parse("123.45", vpos_core::Currency::EUR).unwrap()));
        assert!(gross("-1.00").unwrap().0);
        for text in ["--1.00", "1,234.00", "1e2", "%2B1.00", "", "1.000001"] {
            assert!(gross(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(bytes: Vec<u8>, tail in "(&|=|%|[a-z_]{1,8}|[0-9.-]{1,6}){0,20}") {
            for body in [bytes, format!("txn_id=1&{tail}").into_bytes()] {
                if let Ok(message) = Ipn::parse(&body) {
                    let _ = (message.number(), message.gross(), message.id(TXN_ID), format!("{message:?}"));
                    prop_assert!(message.posted_back().ends_with(&body));
                }
            }
        }
    }
}
