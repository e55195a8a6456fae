//! What the bank remembers: forms that it has seen, and the money. Every payment is known by its `Referencia`, which is also
//! its id in the ledger.

use std::collections::BTreeMap;

use vpos_core::{Amount, Timestamp};

use crate::{Ledger, Movement, MovementKind};

/// A form that was taken.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) amount: Amount,
    /// As the merchant spelled it: an old currency may come without its zero.
    pub(super) currency: String,
    pub(super) url_ok: String,
    pub(super) url_nok: String,
    pub(super) language: String,
    pub(super) description: String,
    pub(super) seen: Timestamp,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    pub(super) orders: BTreeMap<String, Order>,
    pub(super) ledger: Ledger,
    count: u64,
}

impl Books {
    /// The next number of the counter from which every id is made.
    pub(super) fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Moves money; the new line's `Referencia`, and an authorisation number.
    pub(super) fn record(
        &mut self,
        number: &str,
        kind: MovementKind,
        amount: Amount,
        about: Option<&str>,
        now: Timestamp,
    ) -> (String, String) {
        let count = self.next();
        let reference = format!("{}", 120_000_000_000 + count);
        self.ledger.record(now, number, kind, amount, reference.as_str(), about);
        (reference, format!("{:06}", 101_000 + count % 800_000))
    }

    /// The charge that a reference of the merchant's names: itself, or the capture of the hold that it names.
    pub(super) fn charge(&self, number: &str, reference: &str) -> Option<&Movement> {
        let capture_of = |line: &&Movement| line.kind == MovementKind::Capture && line.about.as_deref() == Some(reference);
        let charge = |line: &&Movement| matches!(line.kind, MovementKind::Charge | MovementKind::Capture) && line.id == reference;
        self.ledger.of(number).find(charge).or_else(|| self.ledger.of(number).find(capture_of))
    }

    /// The hold that a reference names.
    pub(super) fn hold(&self, number: &str, reference: &str) -> Option<&Movement> {
        self.ledger.of(number).find(|line| line.kind == MovementKind::Hold && line.id == reference)
    }

    /// Minor units of a line that no later line has taken back or given back.
    pub(super) fn left(&self, line: &Movement) -> u64 {
        let later = self.ledger.of(&line.order).filter(|later| later.about.as_ref() == Some(&line.id));
        line.amount.minor_units().saturating_sub(later.map(|later| later.amount.minor_units()).sum())
    }
}
