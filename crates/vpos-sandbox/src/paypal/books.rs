//! PayPal's books: checkouts, holds, captures and refunds, whatever protocol they are reached by.
//!
//! What may follow what: banks/PAYPAL.md, section 3 [O: api/orders/v2, api/payments/v2]. A refused step moves nothing.

use std::collections::BTreeMap;

use vpos_core::{Amount, Timestamp};

use super::problem::Problem;
use crate::{Ledger, MovementKind};

/// An authorisation can be captured for so long [O: Authorize and capture payments].
const HOLD_SECONDS: i64 = 29 * 86_400;

/// It is honoured for so long, and can be made anew only after that [O: authorizations-reauthorize].
const HONOR_SECONDS: i64 = 3 * 86_400;

/// What shall happen when the buyer has approved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Intent {
    Authorize,
    Capture,
}

/// How far a checkout is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    /// The buyer has to approve.
    Open,
    Approved,
    /// Captured or authorised.
    Done,
}

/// What a merchant asked to be paid: a REST order, or a token of NVP.
#[derive(Clone, Debug)]
pub(super) struct Checkout {
    pub(super) id: String,
    pub(super) intent: Intent,
    pub(super) stage: Stage,
    pub(super) amount: Amount,
    pub(super) reference: String,
    pub(super) invoice: Option<String>,
    pub(super) custom: Option<String>,
    pub(super) description: Option<String>,
    pub(super) return_url: Option<String>,
    pub(super) cancel_url: Option<String>,
    pub(super) notify_url: Option<String>,
    /// A REST order that was made with a payment source: its link is called `payer-action`.
    pub(super) with_source: bool,
    pub(super) created: Timestamp,
    /// What the funding that the buyer chose will be answered with.
    pub(super) declines: Option<String>,
}

impl Checkout {
    /// The merchant's number: what the ledger knows the payment by.
    pub(super) fn number(&self) -> &str {
        self.invoice.as_deref().or(self.custom.as_deref()).unwrap_or(&self.id)
    }
}

/// How far a hold is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum HoldState {
    Created,
    PartiallyCaptured,
    Captured,
    Voided,
}

/// An authorisation.
#[derive(Clone, Debug)]
pub(super) struct Hold {
    pub(super) id: String,
    pub(super) checkout: String,
    pub(super) amount: Amount,
    pub(super) captured: u64,
    pub(super) state: HoldState,
    pub(super) created: Timestamp,
    /// When the first of a chain of authorisations was made: the 29 days count from there.
    pub(super) first: Timestamp,
    reauthorized: bool,
}

/// Money taken, or the refusal of it.
#[derive(Clone, Debug)]
pub(super) struct Capture {
    pub(super) id: String,
    pub(super) checkout: String,
    pub(super) hold: Option<String>,
    pub(super) amount: Amount,
    pub(super) last: bool,
    pub(super) declined: bool,
    pub(super) refunded: u64,
    pub(super) invoice: Option<String>,
    pub(super) created: Timestamp,
}

/// Money given back.
#[derive(Clone, Debug)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) capture: String,
    pub(super) amount: Amount,
    pub(super) invoice: Option<String>,
    pub(super) note: Option<String>,
    pub(super) created: Timestamp,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    pub(super) checkouts: BTreeMap<String, Checkout>,
    pub(super) holds: BTreeMap<String, Hold>,
    pub(super) captures: BTreeMap<String, Capture>,
    pub(super) refunds: BTreeMap<String, Refund>,
    pub(super) ledger: Ledger,
    counter: u64,
}

impl Books {
    pub(super) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Seventeen characters, as PayPal's ids have.
    pub(super) fn id(&mut self, kind: char) -> String {
        format!("{kind}{:015}T", self.next())
    }

    /// The buyer approves, with funding that will be good or not.
    pub(super) fn approve(&mut self, id: &str, declines: Option<String>) -> Option<&Checkout> {
        let checkout = self.checkouts.get_mut(id).filter(|checkout| checkout.stage != Stage::Done)?;
        checkout.stage = Stage::Approved;
        checkout.declines = declines;
        Some(checkout)
    }

    /// Takes or holds what was approved; the id of the capture or of the hold.
    pub(super) fn execute(
        &mut self,
        id: &str,
        intent: Intent,
        amount: Option<Amount>,
        now: Timestamp,
    ) -> Result<String, Problem> {
        let checkout = self.checkouts.get(id).ok_or(Problem::NotFound)?.clone();
        let amount = amount.unwrap_or(checkout.amount);
        match checkout.stage {
            Stage::Open => return Err(Problem::NotApproved),
            Stage::Done => return Err(Problem::Executed(checkout.intent)),
            Stage::Approved if checkout.intent != intent => return Err(Problem::OtherIntent),
            Stage::Approved => {}
        }
        if let Some(invoice) = &checkout.invoice {
            self.unpaid(invoice, id)?;
        }
        // a capture that was declined is one all the same; other codes are errors of the call
        let declined = checkout.declines.as_deref() == Some("DECLINED");
        if let Some(code) = checkout.declines.filter(|_| !declined) {
            return Err(Problem::Declined(code));
        }
        if let Some(checkout) = self.checkouts.get_mut(id) {
            checkout.stage = Stage::Done;
        }
        let number = checkout.invoice.as_deref().or(checkout.custom.as_deref()).unwrap_or(id).to_owned();
        Ok(match intent {
            Intent::Authorize => self.hold(&number, id, amount, now, now),
            Intent::Capture => {
                let capture = Capture { declined, ..self.capture_of(id, None, amount, checkout.invoice, now) };
                if !declined {
                    self.ledger.record(now, &number, MovementKind::Charge, amount, &capture.id, None);
                }
                self.keep(capture)
            }
        })
    }

    /// PayPal takes a payment for each invoice id once [O: `DUPLICATE_INVOICE_ID`].
    fn unpaid(&self, invoice: &str, id: &str) -> Result<(), Problem> {
        let paid = |checkout: &Checkout| {
            checkout.id != id && checkout.stage == Stage::Done && checkout.invoice.as_deref() == Some(invoice)
        };
        if self.checkouts.values().any(paid) { Err(Problem::DuplicateInvoice) } else { Ok(()) }
    }

    /// Takes money out of a hold; 115 % of it at most, and the rest is let go by the last one.
    pub(super) fn capture(
        &mut self,
        id: &str,
        amount: Option<Amount>,
        last: bool,
        invoice: Option<String>,
        now: Timestamp,
    ) -> Result<String, Problem> {
        let hold = self.holds.get(id).ok_or(Problem::NotFound)?.clone();
        Self::usable(&hold, now)?;
        let amount = amount.unwrap_or(hold.amount);
        if amount.currency() != hold.amount.currency() {
            return Err(Problem::OtherCurrency);
        }
        let total = hold.captured.saturating_add(amount.minor_units());
        if u128::from(total) > u128::from(hold.amount.minor_units()) * 115 / 100 {
            return Err(Problem::CapturesTooMuch);
        }
        let last = last || total >= hold.amount.minor_units();
        let (number, own) = self.named(&hold.checkout);
        let capture = Capture { last, ..self.capture_of(&hold.checkout, Some(id), amount, invoice.or(own), now) };
        self.ledger.record(now, &number, MovementKind::Capture, amount, &capture.id, Some(id));
        if let Some(hold) = self.holds.get_mut(id) {
            hold.captured = total;
            hold.state = if last { HoldState::Captured } else { HoldState::PartiallyCaptured };
        }
        let rest = hold.amount.minor_units().saturating_sub(total);
        if last && rest > 0 {
            let (release, rest) = (self.id('9'), Amount::from_minor(rest, hold.amount.currency()));
            self.ledger.record(now, &number, MovementKind::Release, rest, release, Some(id));
        }
        Ok(self.keep(capture))
    }

    /// Lets go of a hold.
    pub(super) fn void(&mut self, id: &str, now: Timestamp) -> Result<(), Problem> {
        let hold = self.holds.get(id).ok_or(Problem::NotFound)?.clone();
        match hold.state {
            HoldState::Voided => return Err(Problem::VoidedBefore),
            HoldState::Captured => return Err(Problem::CapturedBefore),
            HoldState::Created | HoldState::PartiallyCaptured => {}
        }
        let (number, _) = self.named(&hold.checkout);
        let rest = hold.amount.minor_units().saturating_sub(hold.captured);
        let (void, rest) = (self.id('9'), Amount::from_minor(rest, hold.amount.currency()));
        self.ledger.record(now, &number, MovementKind::Void, rest, void, Some(id));
        if let Some(hold) = self.holds.get_mut(id) {
            hold.state = HoldState::Voided;
        }
        Ok(())
    }

    /// Makes a hold anew: a new one with a new id takes the place of the old [O: authorizations-reauthorize].
    pub(super) fn reauthorize(&mut self, id: &str, amount: Option<Amount>, now: Timestamp) -> Result<String, Problem> {
        let hold = self.holds.get(id).ok_or(Problem::NotFound)?.clone();
        Self::usable(&hold, now)?;
        if now.as_second() - hold.created.as_second() < HONOR_SECONDS {
            return Err(Problem::ReauthorizedTooSoon);
        }
        let amount = amount.unwrap_or(hold.amount);
        let most = u128::from(hold.amount.minor_units()) * 115 / 100;
        if hold.reauthorized || hold.captured > 0 || u128::from(amount.minor_units()) > most {
            return Err(Problem::NotReauthorized);
        }
        if amount.currency() != hold.amount.currency() {
            return Err(Problem::OtherCurrency);
        }
        self.void(id, now)?;
        if let Some(old) = self.holds.get_mut(id) {
            old.reauthorized = true;
        }
        let (number, _) = self.named(&hold.checkout);
        Ok(self.hold(&number, &hold.checkout, amount, hold.first, now))
    }

    /// Gives money back, all that is left when no amount is named.
    pub(super) fn refund(
        &mut self,
        id: &str,
        amount: Option<Amount>,
        invoice: Option<String>,
        note: Option<String>,
        now: Timestamp,
    ) -> Result<String, Problem> {
        let capture = self.captures.get(id).filter(|capture| !capture.declined).ok_or(Problem::NotFound)?.clone();
        let left = capture.amount.minor_units().saturating_sub(capture.refunded);
        let amount = amount.unwrap_or(Amount::from_minor(left, capture.amount.currency()));
        if left == 0 {
            return Err(Problem::RefundedBefore);
        }
        if amount.currency() != capture.amount.currency() {
            return Err(Problem::RefundsOtherCurrency);
        }
        if amount.minor_units() > left {
            return Err(Problem::RefundsTooMuch);
        }
        let (number, _) = self.named(&capture.checkout);
        let refund = Refund { id: self.id('1'), capture: id.to_owned(), amount, invoice, note, created: now };
        self.ledger.record(now, &number, MovementKind::Refund, amount, &refund.id, Some(id));
        if let Some(capture) = self.captures.get_mut(id) {
            capture.refunded = capture.refunded.saturating_add(amount.minor_units());
        }
        let id = refund.id.clone();
        self.refunds.insert(id.clone(), refund);
        Ok(id)
    }

    /// Whether something can still be taken out of a hold.
    fn usable(hold: &Hold, now: Timestamp) -> Result<(), Problem> {
        match hold.state {
            HoldState::Voided => Err(Problem::Voided),
            HoldState::Captured => Err(Problem::Captured),
            _ if now.as_second() - hold.first.as_second() > HOLD_SECONDS => Err(Problem::Expired),
            HoldState::Created | HoldState::PartiallyCaptured => Ok(()),
        }
    }

    fn hold(&mut self, number: &str, checkout: &str, amount: Amount, first: Timestamp, now: Timestamp) -> String {
        let id = self.id('0');
        self.ledger.record(now, number, MovementKind::Hold, amount, &id, None);
        let (checkout, state) = (checkout.to_owned(), HoldState::Created);
        let hold = Hold { id: id.clone(), checkout, amount, captured: 0, state, created: now, first, reauthorized: false };
        self.holds.insert(id.clone(), hold);
        id
    }

    fn capture_of(
        &mut self,
        checkout: &str,
        hold: Option<&str>,
        amount: Amount,
        invoice: Option<String>,
        now: Timestamp,
    ) -> Capture {
        Capture {
            id: self.id('3'),
            checkout: checkout.to_owned(),
            hold: hold.map(str::to_owned),
            amount,
            last: true,
            declined: false,
            refunded: 0,
            invoice,
            created: now,
        }
    }

    fn keep(&mut self, capture: Capture) -> String {
        let id = capture.id.clone();
        self.captures.insert(id.clone(), capture);
        id
    }

    /// The merchant's number and invoice of a checkout.
    fn named(&self, checkout: &str) -> (String, Option<String>) {
        let found = self.checkouts.get(checkout);
        found.map(|found| (found.number().to_owned(), found.invoice.clone())).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vpos_core::Currency;

    use super::*;

    /// A checkout of 100.00 that was approved, and its books.
    fn approved(intent: Intent) -> Books {
        let mut books = Books::default();
        let checkout = Checkout {
            id: "5".into(),
            intent,
            stage: Stage::Approved,
            amount: euros(10_000),
            reference: "default".into(),
            invoice: Some("PED-17".into()),
            custom: None,
            description: None,
            return_url: None,
            cancel_url: None,
            notify_url: None,
            with_source: true,
            created: Timestamp::UNIX_EPOCH,
            declines: None,
        };
        books.checkouts.insert("5".into(), checkout);
        books
    }

    fn euros(minor: u64) -> Amount {
        Amount::from_minor(minor, Currency::EUR)
    }

    proptest! {
        /// Whatever is asked in whatever order: no more is taken than was approved and 15 %, no more given back than taken,
        /// and a refused step writes nothing.
        #[test]
        fn money_is_neither_made_nor_lost(
            authorizes: bool, steps in prop::collection::vec((0..5_u8, 1..9_000_u64, any::<bool>(), 0..8_i64), 1..20),
        ) {
            let intent = if authorizes { Intent::Authorize } else { Intent::Capture };
            let (mut books, mut now) = (approved(intent), 0);
            for (step, minor, last, days) in steps {
                now += days * 86_400;
                let at = Timestamp::from_second(now).unwrap();
                let before = books.ledger.movements().len();
                let hold = books.holds.keys().next_back().cloned().unwrap_or_default();
                let capture = books.captures.keys().next().cloned().unwrap_or_default();
                let done = match step {
                    0 => books.execute("5", intent, None, at).is_ok(),
                    1 => books.capture(&hold, Some(euros(minor)), last, None, at).is_ok(),
                    2 => books.void(&hold, at).is_ok(),
                    3 => books.reauthorize(&hold, None, at).is_ok(),
                    _ => books.refund(&capture, (!last).then(|| euros(minor)), None, None, at).is_ok(),
                };
                let ledger = &books.ledger;
                prop_assert_eq!(done, ledger.movements().len() > before);
                prop_assert!(ledger.charged("PED-17") <= 11_500);
                prop_assert!(ledger.refunded("PED-17") <= ledger.charged("PED-17"));
                prop_assert!(ledger.held("PED-17") <= 10_000);
                prop_assert!(ledger.count("PED-17", MovementKind::Charge) <= 1);
            }
        }
    }
}
