//! Express Checkout: a token is set, the buyer approves it, its details are asked for, and it is paid.
//!
//! Source: banks/PAYPAL.md, section 5 [N: the reference of these methods and their error codes].

use vpos_core::Timestamp;

use super::{Call, Fields, Refused, fields, refused};
use crate::paypal::books::{Checkout, Intent, Stage};
use crate::paypal::buyer::{PAYER, is_late};
use crate::paypal::{PaypalBank, moment, money};

impl PaypalBank {
    pub(super) fn set_express_checkout(&mut self, call: &Call, now: Timestamp) -> Result<Fields, Refused> {
        let amount = call.amount("PAYMENTREQUEST_0_AMT", "PAYMENTREQUEST_0_CURRENCYCODE")?;
        let amount = amount.ok_or_else(|| refused("10400", "The order total is missing."))?;
        let return_url = address(call, "RETURNURL", ["10404", "10471"])?;
        let cancel_url = address(call, "CANCELURL", ["10405", "10472"])?;
        items(call)?;
        let text = |name: &str, most: usize| match call.field(name) {
            Some(text) if text.chars().count() > most => Err(refused("10004", "A field exceeds its maximum length.")),
            text => Ok(text.map(str::to_owned)),
        };
        let invoice = text("PAYMENTREQUEST_0_INVNUM", 127)
            .map_err(|_| refused("10432", "Invoice ID value exceeds maximum allowable length."))?;
        let token = format!("EC-{}", self.books.id('5'));
        let checkout = Checkout {
            id: token.clone(),
            intent: intent(call)?,
            stage: Stage::Open,
            amount,
            reference: "default".into(),
            invoice,
            custom: text("PAYMENTREQUEST_0_CUSTOM", 256)?,
            description: text("PAYMENTREQUEST_0_DESC", 127)?,
            return_url: Some(return_url),
            cancel_url: Some(cancel_url),
            notify_url: text("PAYMENTREQUEST_0_NOTIFYURL", 2_048)?,
            with_source: false,
            created: now,
            declines: None,
        };
        self.books.checkouts.insert(token.clone(), checkout);
        Ok(fields([("TOKEN", &token)]))
    }

    pub(super) fn express_checkout_details(&self, call: &Call, now: Timestamp) -> Result<Fields, Refused> {
        let checkout = self.tokened(call, now)?;
        let done = checkout.stage == Stage::Done;
        let amount = money::write(checkout.amount);
        let mut told = fields([
            ("TOKEN", &checkout.id),
            ("CHECKOUTSTATUS", if done { "PaymentActionCompleted" } else { "PaymentActionNotInitiated" }),
            ("AMT", &amount),
            ("CURRENCYCODE", checkout.amount.currency().code()),
            ("PAYMENTREQUEST_0_AMT", &amount),
            ("PAYMENTREQUEST_0_CURRENCYCODE", checkout.amount.currency().code()),
        ]);
        for (name, value) in [
            ("PAYMENTREQUEST_0_INVNUM", checkout.invoice.as_ref()),
            ("PAYMENTREQUEST_0_CUSTOM", checkout.custom.as_ref()),
            ("PAYMENTREQUEST_0_DESC", checkout.description.as_ref()),
            ("PAYMENTREQUEST_0_TRANSACTIONID", self.transaction_of(&checkout.id)),
        ] {
            told.extend(value.map(|value| (name.to_owned(), value.clone())));
        }
        if checkout.stage != Stage::Open {
            told.extend(fields([
                ("PAYERID", PAYER),
                ("PAYERSTATUS", "verified"),
                ("EMAIL", "ana@example.com"),
                ("COUNTRYCODE", "ES"),
            ]));
        }
        Ok(told)
    }

    /// Pays what was approved: the amount is the one that this call names.
    pub(super) fn do_express_checkout(&mut self, call: &Call, now: Timestamp) -> Result<Fields, Refused> {
        let checkout = self.tokened(call, now)?.clone();
        if call.required("PAYERID", "10419", "Express Checkout PayerID is missing.")? != PAYER {
            return Err(refused("10406", "The PayerID value is invalid."));
        }
        let amount = call.amount("PAYMENTREQUEST_0_AMT", "PAYMENTREQUEST_0_CURRENCYCODE")?;
        let amount = amount.ok_or_else(|| refused("10400", "The order total is missing."))?;
        if amount.currency() != checkout.amount.currency() {
            return Err(refused("10444", "The transaction currency specified must be the same as previously specified."));
        }
        let intent = intent(call)?;
        if let Some(known) = self.books.checkouts.get_mut(&checkout.id).filter(|known| known.stage != Stage::Done) {
            for (kept, name) in
                [(&mut known.invoice, "PAYMENTREQUEST_0_INVNUM"), (&mut known.notify_url, "PAYMENTREQUEST_0_NOTIFYURL")]
            {
                *kept = call.field(name).map(str::to_owned).or_else(|| kept.take());
            }
        }
        let made = self.books.execute(&checkout.id, intent, Some(amount), now)?;
        self.send_ipn(&made, now);
        let (status, reason) = match intent {
            Intent::Authorize => ("Pending", "authorization"),
            Intent::Capture if self.books.captures.get(&made).is_some_and(|capture| capture.declined) => ("Denied", "None"),
            Intent::Capture => ("Completed", "None"),
        };
        Ok(fields([
            ("TOKEN", &checkout.id),
            ("PAYMENTINFO_0_ACK", "Success"),
            ("PAYMENTINFO_0_ERRORCODE", "0"),
            ("PAYMENTINFO_0_TRANSACTIONID", &made),
            ("PAYMENTINFO_0_TRANSACTIONTYPE", "expresscheckout"),
            ("PAYMENTINFO_0_PAYMENTTYPE", "instant"),
            ("PAYMENTINFO_0_ORDERTIME", &moment(now)),
            ("PAYMENTINFO_0_AMT", &money::write(amount)),
            ("PAYMENTINFO_0_CURRENCYCODE", amount.currency().code()),
            ("PAYMENTINFO_0_PAYMENTSTATUS", status),
            ("PAYMENTINFO_0_PENDINGREASON", reason),
            ("PAYMENTINFO_0_REASONCODE", "None"),
            ("PAYMENTINFO_0_SELLERPAYPALACCOUNTID", &self.merchant.email),
            ("PAYMENTINFO_0_SECUREMERCHANTACCOUNTID", &self.merchant.merchant_id),
        ]))
    }

    fn tokened(&self, call: &Call, now: Timestamp) -> Result<&Checkout, Refused> {
        let token = call.required("TOKEN", "10408", "Token is missing.")?;
        let checkout = self.books.checkouts.get(token).ok_or_else(|| refused("10410", "Invalid token."))?;
        if is_late(checkout, now) {
            return Err(refused("10411", "This Express Checkout session has expired. Token value is no longer valid."));
        }
        Ok(checkout)
    }

    /// What a token was paid by.
    fn transaction_of(&self, token: &str) -> Option<&String> {
        let capture = self.books.captures.values().find(|capture| capture.checkout == token && capture.hold.is_none());
        let held = self.books.holds.values().find(|hold| hold.checkout == token);
        capture.map(|capture| &capture.id).or(held.map(|hold| &hold.id))
    }
}

fn intent(call: &Call) -> Result<Intent, Refused> {
    match call.field("PAYMENTREQUEST_0_PAYMENTACTION") {
        // the reference's default
        None | Some("Sale") => Ok(Intent::Capture),
        Some("Authorization") => Ok(Intent::Authorize),
        // Order is another life cycle, which no source here shows
        Some(_) => Err(refused("10004", "The PaymentAction is invalid.")),
    }
}

/// An address, or the numbers of its lack and of a broken one.
fn address(call: &Call, name: &str, [missing, broken]: [&str; 2]) -> Result<String, Refused> {
    let text = call.required(name, missing, "ReturnURL or CancelURL is missing.")?;
    let absolute = text.parse::<http::Uri>().is_ok_and(|uri| uri.scheme().is_some() && uri.host().is_some());
    if absolute { Ok(text.to_owned()) } else { Err(refused(broken, "ReturnURL or CancelURL is invalid.")) }
}

/// The items must add up to the item total, and this, where nothing is added to it, to the order total.
fn items(call: &Call) -> Result<(), Refused> {
    let wrong = || refused("10413", "The totals of the cart item amounts do not match order amounts.");
    let Some(total) = call.amount("PAYMENTREQUEST_0_ITEMAMT", "PAYMENTREQUEST_0_CURRENCYCODE")? else { return Ok(()) };
    let mut sum = 0_u64;
    for at in 0..10 {
        let name = format!("L_PAYMENTREQUEST_0_AMT{at}");
        let Some(price) = call.amount(&name, "PAYMENTREQUEST_0_CURRENCYCODE")? else { break };
        let count = call.field(&format!("L_PAYMENTREQUEST_0_QTY{at}")).unwrap_or("1");
        let count: u64 = count.parse().map_err(|_| wrong())?;
        sum = sum.saturating_add(price.minor_units().saturating_mul(count));
    }
    let whole = call.amount("PAYMENTREQUEST_0_AMT", "PAYMENTREQUEST_0_CURRENCYCODE")?;
    let added = ["TAXAMT", "SHIPPINGAMT", "HANDLINGAMT", "INSURANCEAMT", "SHIPDISCAMT"];
    let plain = added.iter().all(|name| call.field(&format!("PAYMENTREQUEST_0_{name}")).is_none());
    let fits = sum == total.minor_units() && (!plain || whole == Some(total));
    if fits { Ok(()) } else { Err(wrong()) }
}
