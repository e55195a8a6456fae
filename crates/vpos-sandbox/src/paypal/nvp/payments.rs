//! What follows a payment: captures, voids, refunds, and what a transaction has become.
//!
//! Source: banks/PAYPAL.md, section 5 [N: the reference of these methods and their error codes].

use vpos_core::{Amount, Timestamp};

use super::{Call, Fields, Refused, fields, refused};
use crate::paypal::books::{Capture, Hold, HoldState, Refund};
use crate::paypal::buyer::PAYER;
use crate::paypal::problem::Problem;
use crate::paypal::{PaypalBank, moment, money};

impl PaypalBank {
    pub(super) fn do_capture(&mut self, call: &Call, now: Timestamp) -> Result<Fields, Refused> {
        let id = call.required("AUTHORIZATIONID", "10609", "Transaction ID is missing.")?;
        let amount = call.amount("AMT", "CURRENCYCODE")?.ok_or_else(|| refused("10400", "The amount is missing."))?;
        let last = match call.field("COMPLETETYPE") {
            Some("Complete") => true,
            Some("NotComplete") => false,
            _ => return Err(refused("10004", "The CompleteType is missing or invalid.")),
        };
        let made = self.books.capture(id, Some(amount), last, call.field("INVNUM").map(str::to_owned), now)?;
        self.send_ipn(&made, now);
        Ok(fields([
            ("AUTHORIZATIONID", id),
            ("TRANSACTIONID", &made),
            ("PARENTTRANSACTIONID", id),
            ("TRANSACTIONTYPE", "expresscheckout"),
            ("PAYMENTTYPE", "instant"),
            ("ORDERTIME", &moment(now)),
            ("AMT", &money::write(amount)),
            ("CURRENCYCODE", amount.currency().code()),
            ("PAYMENTSTATUS", "Completed"),
            ("PENDINGREASON", "None"),
            ("REASONCODE", "None"),
        ]))
    }

    pub(super) fn do_void(&mut self, call: &Call, now: Timestamp) -> Result<Fields, Refused> {
        let id = call.required("AUTHORIZATIONID", "10609", "Transaction ID is missing.")?;
        self.books.void(id, now)?;
        self.send_ipn(id, now);
        Ok(fields([("AUTHORIZATIONID", id)]))
    }

    pub(super) fn refund_transaction(&mut self, call: &Call, now: Timestamp) -> Result<Fields, Refused> {
        let id = call.required("TRANSACTIONID", "10004", "The transaction id is not valid.")?;
        let amount = call.amount("AMT", "CURRENCYCODE")?;
        let capture = self.books.captures.get(id).ok_or_else(|| refused("10004", "The transaction id is not valid."))?;
        match (call.field("REFUNDTYPE"), amount) {
            // all of a transaction of which nothing was given back yet
            (Some("Full"), None) if capture.refunded == 0 => {}
            (Some("Full"), None) => return Err(Problem::RefundsTooMuch.into()),
            (Some("Full"), Some(_)) => return Err(refused("10004", "The amount of a full refund must not be given.")),
            (Some("Partial"), Some(_)) => {}
            (Some("Partial"), None) => return Err(refused("10004", "The partial refund amount is missing.")),
            _ => return Err(refused("10004", "The refund type is invalid.")),
        }
        let (invoice, note) = (call.field("INVOICEID").map(str::to_owned), call.field("NOTE").map(str::to_owned));
        let made = self.books.refund(id, amount, invoice, note, now)?;
        self.send_ipn(&made, now);
        let told = self.books.refunds.get(&made).zip(self.books.captures.get(id));
        let (refund, capture) = told.ok_or(Problem::NotFound)?;
        let total = Amount::from_minor(capture.refunded, capture.amount.currency());
        Ok(fields([
            ("REFUNDTRANSACTIONID", &made),
            ("GROSSREFUNDAMT", &money::write(refund.amount)),
            ("NETREFUNDAMT", &money::write(refund.amount)),
            ("TOTALREFUNDEDAMOUNT", &money::write(total)),
            ("CURRENCYCODE", refund.amount.currency().code()),
            ("REFUNDSTATUS", "Instant"),
            ("PENDINGREASON", "None"),
        ]))
    }

    pub(super) fn transaction_details(&self, call: &Call) -> Result<Fields, Refused> {
        let id = call.required("TRANSACTIONID", "10004", "The transaction id is not valid.")?;
        let told = self.transaction(id).ok_or_else(|| refused("10004", "The transaction id is not valid."))?;
        let mut answer = fields([
            ("RECEIVEREMAIL", &self.merchant.email),
            ("RECEIVERID", &self.merchant.merchant_id),
            ("PAYERID", PAYER),
            ("PAYERSTATUS", "verified"),
            ("COUNTRYCODE", "ES"),
            ("TRANSACTIONID", id),
            ("TRANSACTIONTYPE", "expresscheckout"),
            ("PAYMENTTYPE", "instant"),
            ("ORDERTIME", &moment(told.at)),
            ("AMT", &told.amount),
            ("CURRENCYCODE", told.currency),
            ("PAYMENTSTATUS", told.status),
            ("PENDINGREASON", told.reason),
            ("REASONCODE", "None"),
        ]);
        for (name, value) in [("PARENTTRANSACTIONID", told.parent), ("INVNUM", told.invoice), ("CUSTOM", told.custom)] {
            answer.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        }
        Ok(answer)
    }

    /// A hold, a capture or a refund, as details and IPN tell it.
    pub(super) fn transaction(&self, id: &str) -> Option<Transaction<'_>> {
        if let Some(hold) = self.books.holds.get(id) {
            return self.with_checkout(&hold.checkout, hold.into());
        }
        if let Some(capture) = self.books.captures.get(id) {
            let invoice = capture.invoice.as_deref();
            let told = self.with_checkout(&capture.checkout, capture.into())?;
            return Some(Transaction { invoice: invoice.or(told.invoice), ..told });
        }
        let refund = self.books.refunds.get(id)?;
        self.with_checkout(&self.books.captures.get(&refund.capture)?.checkout, refund.into())
    }

    fn with_checkout<'b>(&'b self, checkout: &str, told: Transaction<'b>) -> Option<Transaction<'b>> {
        let checkout = self.books.checkouts.get(checkout)?;
        let (invoice, custom) = (checkout.invoice.as_deref(), checkout.custom.as_deref());
        Some(Transaction { invoice, custom, notify: checkout.notify_url.as_deref(), ..told })
    }
}

/// One line of a PayPal account.
pub(super) struct Transaction<'b> {
    pub(super) amount: String,
    pub(super) currency: &'b str,
    pub(super) status: &'static str,
    pub(super) reason: &'static str,
    pub(super) parent: Option<&'b str>,
    pub(super) at: Timestamp,
    pub(super) invoice: Option<&'b str>,
    pub(super) custom: Option<&'b str>,
    pub(super) notify: Option<&'b str>,
}

impl<'b> Transaction<'b> {
    fn new(amount: &'b Amount, status: &'static str, parent: Option<&'b str>, at: Timestamp) -> Self {
        let currency = currency(amount);
        let (invoice, custom, notify) = (None, None, None);
        Self { amount: money::write(*amount), currency, status, reason: "None", parent, at, invoice, custom, notify }
    }
}

/// A currency's code for as long as its table lives.
fn currency(amount: &Amount) -> &'static str {
    let known = vpos_core::Currency::all().iter().find(|known| **known == amount.currency());
    known.map(vpos_core::Currency::code).unwrap_or_default()
}

impl<'b> From<&'b Hold> for Transaction<'b> {
    fn from(hold: &'b Hold) -> Self {
        let (status, reason) = match hold.state {
            HoldState::Created | HoldState::PartiallyCaptured => ("Pending", "authorization"),
            HoldState::Captured => ("Completed", "None"),
            HoldState::Voided => ("Voided", "None"),
        };
        Self { reason, ..Self::new(&hold.amount, status, None, hold.created) }
    }
}

impl<'b> From<&'b Capture> for Transaction<'b> {
    fn from(capture: &'b Capture) -> Self {
        let status = match capture {
            Capture { declined: true, .. } => "Denied",
            Capture { refunded: 0, .. } => "Completed",
            whole if whole.refunded == whole.amount.minor_units() => "Refunded",
            _ => "Partially-Refunded",
        };
        Self::new(&capture.amount, status, capture.hold.as_deref(), capture.created)
    }
}

/// A refund goes the other way: its amount is below nothing.
impl<'b> From<&'b Refund> for Transaction<'b> {
    fn from(refund: &'b Refund) -> Self {
        let told = Self::new(&refund.amount, "Completed", Some(&refund.capture), refund.created);
        Self { amount: format!("-{}", told.amount), ..told }
    }
}
