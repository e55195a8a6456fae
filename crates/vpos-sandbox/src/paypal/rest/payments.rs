//! What follows an authorisation or a capture: captures, voids, new authorisations, refunds.
//!
//! Source: banks/PAYPAL.md, section 3 [O: api/payments/v2].

use http::{Request, StatusCode};
use serde_json::Value;
use vpos_core::Timestamp;

use super::webhooks::Event;
use super::{Answer, Refused, amount, document, text};
use crate::paypal::PaypalBank;

impl PaypalBank {
    pub(super) fn capture_hold(
        &mut self,
        request: &Request<Vec<u8>>,
        id: &str,
        full: bool,
        now: Timestamp,
    ) -> Result<Answer, Refused> {
        let document = document(request)?;
        let last = document.get("final_capture").and_then(Value::as_bool).unwrap_or_default();
        let invoice = text(&document, "/invoice_id", 127)?;
        let made = self.books.capture(id, amount(&document, "/amount")?, last, invoice, now)?;
        self.send(&Event::Captured(made.clone()), now);
        let (_, capture) = self.shown_capture(&made, full)?;
        Ok((StatusCode::CREATED, capture))
    }

    /// 204; 200 and the authorisation when it is asked for.
    pub(super) fn void_hold(&mut self, id: &str, full: bool, now: Timestamp) -> Result<Answer, Refused> {
        self.books.void(id, now)?;
        self.send(&Event::Voided(id.to_owned()), now);
        if full { self.shown_hold(id, true) } else { Ok((StatusCode::NO_CONTENT, None)) }
    }

    pub(super) fn reauthorize(
        &mut self,
        request: &Request<Vec<u8>>,
        id: &str,
        full: bool,
        now: Timestamp,
    ) -> Result<Answer, Refused> {
        let document = document(request)?;
        let made = self.books.reauthorize(id, amount(&document, "/amount")?, now)?;
        self.send(&Event::Authorized(made.clone()), now);
        let (_, hold) = self.shown_hold(&made, full)?;
        Ok((StatusCode::CREATED, hold))
    }

    pub(super) fn refund_capture(
        &mut self,
        request: &Request<Vec<u8>>,
        id: &str,
        full: bool,
        now: Timestamp,
    ) -> Result<Answer, Refused> {
        let document = document(request)?;
        let (invoice, note) = (text(&document, "/invoice_id", 127)?, text(&document, "/note_to_payer", 255)?);
        let made = self.books.refund(id, amount(&document, "/amount")?, invoice, note, now)?;
        self.send(&Event::Refunded(made.clone()), now);
        let (_, refund) = self.shown_refund(&made, full)?;
        Ok((StatusCode::CREATED, refund))
    }
}
