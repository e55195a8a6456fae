//! `PayGold`: the bank sends the buyer a link by SMS or e-mail, and the buyer pays when they please. The payment then arrives as a
//! notification of the same operation.
//!
//! Source: the bank's table "Parámetros de entrada" (portal) for the parameters and their lengths; REST manual 4.0.1 for type
//! 15 and code 9998.

use std::fmt;

use http::Uri;
use serde_json::Map;
use vpos_core::operation::Operation;
use vpos_core::{Action, Answer, Error, Exchange, Outcome, PaymentKind, Report};

use super::BANK;
use super::rest::{Call, Expected};
use crate::Redsys;
use crate::form::insert_text;
use crate::wire::claim::{self, Fields as _};
use crate::wire::envelope::Envelope;
use crate::wire::names::{answer, request, transaction};

/// What the bank is told about a link. Mobile or e-mail must be given.
///
/// ```
/// use vpos_redsys::{PayGold, PayGoldExpiry};
///
/// let link = PayGold {
///     email: Some("ana@example.com".into()),
///     expiry: Some(PayGoldExpiry::Minutes(60 * 24)),
///     ..PayGold::default()
/// };
/// ```
#[derive(Clone, Default)]
#[expect(clippy::exhaustive_structs, reason = "filled in by the caller, field by field")]
pub struct PayGold {
    /// The buyer's mobile, at most 19 characters.
    pub mobile: Option<String>,
    /// The buyer's e-mail, at most 100.
    pub email: Option<String>,
    /// Until when the link is good; without it the bank's own rule.
    pub expiry: Option<PayGoldExpiry>,
    /// The text of the SMS, at most 160; it must hold `@URL@`, where the link goes.
    pub sms_text: Option<String>,
    /// Further data for the e-mail, as the bank's XML, at most 1,000.
    pub xml_data: Option<String>,
    /// What is sold, at most 125.
    pub description: Option<String>,
}

/// Personal data: shows only which of them are there.
impl fmt::Debug for PayGold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |part: &Option<String>| part.as_ref().map(|_| "[personal]");
        f.debug_struct("PayGold")
            .field("mobile", &shown(&self.mobile))
            .field("email", &shown(&self.email))
            .field("expiry", &self.expiry)
            .field("sms_text", &shown(&self.sms_text))
            .field("xml_data", &shown(&self.xml_data))
            .field("description", &self.description)
            .finish()
    }
}

/// Until when a link is good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the manual has these two")]
pub enum PayGoldExpiry {
    /// So many minutes from now.
    Minutes(u32),
    /// Until then, in the bank's local time.
    At(vpos_core::jiff::civil::DateTime),
}

/// What became of asking for a link. Exhaustive on purpose.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "both must be handled")]
pub enum PayGoldLink {
    /// The link, and it has been sent to the buyer.
    Sent(String),
    /// There is none: rejected, not sent, or nobody knows.
    Failed(Report),
}

impl Redsys {
    /// Asks for a link to pay that operation. Store the operation before. The bank notifies at the address that the terminal
    /// has in the panel: this call has no field for one.
    ///
    /// # Errors
    /// [`Error::Payment`] naming the field that breaks its rule.
    pub fn paygold(&self, operation: &Operation, link: &PayGold) -> Result<Exchange<PayGoldLink>, Error> {
        if operation.kind() != PaymentKind::Sale {
            return Err(Error::payment("kind", "a link charges, it does not hold"));
        }
        let none = |part: &Option<String>| part.as_ref().is_none_or(String::is_empty);
        if none(&link.mobile) && none(&link.email) {
            return Err(Error::payment("paygold", "neither mobile nor e-mail")); // SIS0323, SIS0327
        }
        if link.sms_text.as_ref().is_some_and(|text| !text.contains("@URL@")) {
            return Err(Error::payment("sms_text", "has no @URL@"));
        }
        let mut more = Map::new();
        let expiry = link.expiry.map(expiry_text);
        for (name, field, text, most) in [
            (request::CUSTOMER_MOBILE, "mobile", &link.mobile, 19),
            (request::CUSTOMER_MAIL, "email", &link.email, 100),
            (request::P2F_EXPIRY_DATE, "expiry", &expiry, 23),
            (request::CUSTOMER_SMS_TEXT, "sms_text", &link.sms_text, 160),
            (request::P2F_XML_DATA, "xml_data", &link.xml_data, 1_000),
            (request::PRODUCT_DESCRIPTION, "description", &link.description, 125),
        ] {
            insert_text(&mut more, name, field, text.as_deref(), most)?;
        }
        let call = Call { action: Action::Charge, transaction: transaction::PAYGOLD, amount: operation.amount(), more };
        let (request, expected) = call.request(&self.contract, operation)?;
        Ok(Exchange::ask(request, BANK, move |answer| Ok(Exchange::Done(read(&expected, answer)))))
    }
}

/// Minutes, or a date as in the table's example: 2014-08-06-16.31.35.318.
fn expiry_text(expiry: PayGoldExpiry) -> String {
    match expiry {
        PayGoldExpiry::Minutes(minutes) => minutes.to_string(),
        PayGoldExpiry::At(at) => {
            let (date, time) = (at.date(), at.time());
            let (hour, minute, second, milli) = (time.hour(), time.minute(), time.second(), time.millisecond());
            format!("{date}-{hour:02}.{minute:02}.{second:02}.{milli:03}")
        }
    }
}

fn read(expected: &Expected, answer: Answer) -> PayGoldLink {
    let result = expected.envelope(answer).map(|envelope| link(expected, &envelope));
    match result {
        Ok(Ok(link)) => PayGoldLink::Sent(link),
        Ok(Err(error)) => PayGoldLink::Failed(expected.unknown(error.to_string())),
        Err(report) => PayGoldLink::Failed(*report),
    }
}

/// A signed 9998 with the link. It confirms no payment, so it makes no confirmation: only the link is taken from it.
fn link(expected: &Expected, envelope: &Envelope) -> Result<String, Error> {
    envelope.check_answer(expected.contract())?;
    let parameters = envelope.members();
    parameters.refuse_doubles()?;
    let claim = claim::read(parameters, envelope.order(), expected.contract(), None)?;
    if claim.outcome != Outcome::Pending || !expected.is_about(&claim) {
        return Err(Error::malformed(answer::RESPONSE, "not the answer to a link"));
    }
    let text = parameters.required(answer::PAYGOLD_URL)?;
    let https = text.parse::<Uri>().is_ok_and(|uri| uri.scheme_str() == Some("https") && uri.host().is_some());
    if https { Ok(text.to_owned()) } else { Err(Error::malformed(answer::PAYGOLD_URL, "not a https address")) }
}
