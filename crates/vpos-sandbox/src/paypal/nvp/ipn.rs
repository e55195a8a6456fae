//! IPN: what happened, posted to the shop, and the post-back by which the shop asks whether PayPal said so.
//!
//! Source: banks/PAYPAL.md, section 5 [N: IPN guide]. The bodies are windows-1252, as most accounts have them: a shop that
//! decodes and encodes them again is told INVALID.

use std::borrow::Cow;

use http::{Method, Request, Response, StatusCode};
use vpos_core::Timestamp;

use super::plain;
use crate::paypal::PaypalBank;
use crate::paypal::buyer::PAYER;

impl PaypalBank {
    /// Puts a message about a transaction into the outbox, where somebody hears it.
    pub(super) fn send_ipn(&mut self, id: &str, now: Timestamp) {
        let track = format!("{:013x}", self.books.next());
        let Some((address, body)) = self.ipn(id, &track, now) else { return };
        let request = Request::post(address)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("user-agent", "PayPal IPN ( https://www.paypal.com/ipn )")
            .body(body.clone());
        if let Ok(request) = request {
            self.ipns.push(body);
            self.outbox.push(request);
        }
    }

    fn ipn(&self, id: &str, track: &str, now: Timestamp) -> Option<(String, Vec<u8>)> {
        let told = self.transaction(id)?;
        let address = told.notify.or(self.merchant.ipn_url.as_deref())?.to_owned();
        // a refund says so, and what it gives back
        let refund = self.books.refunds.contains_key(id);
        let status = if refund { "Refunded" } else { told.status };
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.encoding_override(Some(&windows_1252));
        form.extend_pairs([
            ("mc_gross", told.amount.as_str()),
            ("protection_eligibility", "Ineligible"),
            ("payer_id", PAYER),
            // the reference has Pacific time here, whatever the account
            ("payment_date", &now.strftime("%H:%M:%S %b %d, %Y PST").to_string()),
            ("payment_status", status),
            ("charset", "windows-1252"),
            ("first_name", "Begoña"),
            ("notify_version", "3.9"),
            ("payer_status", "verified"),
            ("business", &self.merchant.email),
            ("txn_id", id),
            ("payment_type", "instant"),
            ("receiver_email", &self.merchant.email),
            ("receiver_id", &self.merchant.merchant_id),
            ("txn_type", if refund { "" } else { "express_checkout" }),
            ("mc_currency", told.currency),
            ("residence_country", "ES"),
            ("test_ipn", "1"),
            ("verify_sign", "AtkOfCXbDm2hu0ZELryHFjY-Vb7PAUvS6nMXgysbElEn9v-1XcmSoGtf"),
            ("ipn_track_id", track),
        ]);
        for (name, value) in [("invoice", told.invoice), ("custom", told.custom), ("parent_txn_id", told.parent)] {
            form.extend_pairs(value.map(|value| (name, value)));
        }
        if status == "Pending" {
            form.append_pair("pending_reason", told.reason);
        }
        Some((address, form.finish().into_bytes()))
    }

    /// VERIFIED for what was sent from here, byte for byte; INVALID for all else.
    pub(in crate::paypal) fn post_back(&self, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let told = request.body().strip_prefix(b"cmd=_notify-validate&");
        let sent = request.method() == Method::POST && told.is_some_and(|told| self.ipns.iter().any(|sent| sent == told));
        plain(StatusCode::OK, if sent { b"VERIFIED".to_vec() } else { b"INVALID".to_vec() })
    }
}

/// The characters that it shares with ISO-8859-1; others become a question mark.
fn windows_1252(text: &str) -> Cow<'_, [u8]> {
    let byte = |c: char| u8::try_from(u32::from(c)).ok().filter(|byte| !(0x80..0xa0).contains(byte)).unwrap_or(b'?');
    text.chars().map(byte).collect::<Vec<u8>>().into()
}
