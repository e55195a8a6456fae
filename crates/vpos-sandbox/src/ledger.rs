//! A bank's books: every movement of money, in order, never changed. A test counts here whether the money moved once.

use vpos_core::{Amount, Timestamp};

/// What a movement does with the buyer's money. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "another way to move money must break every match")]
pub enum MovementKind {
    /// Taken at once.
    Charge,
    /// Held on the card.
    Hold,
    /// Taken out of a hold.
    Capture,
    /// Given back.
    Refund,
    /// Another movement made undone, whole or in part.
    Void,
    /// The rest of a hold, let go because a capture took less.
    Release,
}

/// One line of the books.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Movement {
    /// When.
    pub at: Timestamp,
    /// The merchant's number of the operation.
    pub order: String,
    /// What it did.
    pub kind: MovementKind,
    /// How much money.
    pub amount: Amount,
    /// The bank's own id of the movement, unique in the books.
    pub id: String,
    /// The id of the movement that this one makes undone, draws from or gives back.
    pub about: Option<String>,
}

/// The books of one bank.
///
/// Sums are minor units: an order has one currency.
///
/// ```
/// use vpos_core::{Amount, Currency, Timestamp};
/// use vpos_sandbox::{Ledger, MovementKind};
///
/// let (mut ledger, euro) = (Ledger::default(), |cents| Amount::from_minor(cents, Currency::EUR));
/// ledger.record(Timestamp::UNIX_EPOCH, "PED-17", MovementKind::Charge, euro(12_345), "1", None);
/// ledger.record(Timestamp::UNIX_EPOCH, "PED-17", MovementKind::Refund, euro(345), "2", Some("1"));
/// assert_eq!((ledger.charged("PED-17"), ledger.refunded("PED-17"), ledger.held("PED-17")), (12_345, 345, 0));
/// assert_eq!(ledger.count("PED-17", MovementKind::Charge), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    movements: Vec<Movement>,
}

impl Ledger {
    /// Writes a line.
    pub fn record(
        &mut self,
        at: Timestamp,
        order: &str,
        kind: MovementKind,
        amount: Amount,
        id: impl Into<String>,
        about: Option<&str>,
    ) {
        let (order, about) = (order.to_owned(), about.map(str::to_owned));
        self.movements.push(Movement { at, order, kind, amount, id: id.into(), about });
    }

    /// Every line, oldest first.
    pub fn movements(&self) -> &[Movement] {
        &self.movements
    }

    /// The lines of one order, oldest first.
    pub fn of(&self, order: &str) -> impl Iterator<Item = &Movement> {
        self.movements.iter().filter(move |movement| movement.order == order)
    }

    /// How many lines of that kind an order has.
    pub fn count(&self, order: &str, kind: MovementKind) -> usize {
        self.of(order).filter(|movement| movement.kind == kind).count()
    }

    /// Minor units taken from the buyer, by charges and captures that were not made undone. Refunds are not subtracted.
    pub fn charged(&self, order: &str) -> u64 {
        self.left(order, MovementKind::Charge).saturating_add(self.left(order, MovementKind::Capture))
    }

    /// Minor units given back, by refunds that were not made undone.
    pub fn refunded(&self, order: &str) -> u64 {
        self.left(order, MovementKind::Refund)
    }

    /// Minor units still held on the card: not captured, not made undone, not released.
    pub fn held(&self, order: &str) -> u64 {
        let released = self.sum(order, MovementKind::Release);
        self.left(order, MovementKind::Hold).saturating_sub(self.left(order, MovementKind::Capture)).saturating_sub(released)
    }

    /// The sum of a kind less what voids took back of it.
    fn left(&self, order: &str, kind: MovementKind) -> u64 {
        let undone = self.of(order).filter(|line| line.kind == MovementKind::Void && self.undoes(line, kind));
        self.sum(order, kind).saturating_sub(undone.map(|line| line.amount.minor_units()).sum())
    }

    fn undoes(&self, void: &Movement, kind: MovementKind) -> bool {
        self.movements.iter().any(|line| line.kind == kind && Some(&line.id) == void.about.as_ref())
    }

    fn sum(&self, order: &str, kind: MovementKind) -> u64 {
        self.of(order).filter(|line| line.kind == kind).map(|line| line.amount.minor_units()).sum()
    }
}

#[cfg(test)]
mod tests {
    use vpos_core::Currency;

    use super::*;

    fn ledger(lines: &[(MovementKind, u64, &str, Option<&str>)]) -> Ledger {
        let mut ledger = Ledger::default();
        for (kind, cents, id, about) in lines {
            ledger.record(Timestamp::UNIX_EPOCH, "A", *kind, Amount::from_minor(*cents, Currency::EUR), *id, *about);
        }
        ledger
    }

    #[test]
    fn a_void_takes_back_what_it_names_and_nothing_else() {
        use MovementKind::{Charge, Refund, Void};
        let books = ledger(&[(Charge, 100, "1", None), (Refund, 40, "2", Some("1")), (Void, 40, "3", Some("2"))]);
        assert_eq!((books.charged("A"), books.refunded("A")), (100, 0));
        let books = ledger(&[(Charge, 100, "1", None), (Charge, 100, "2", None), (Void, 100, "3", Some("2"))]);
        assert_eq!((books.charged("A"), books.count("A", Charge), books.charged("B")), (100, 2, 0));
    }

    #[test]
    fn a_hold_ends_by_capture_release_or_void() {
        use MovementKind::{Capture, Hold, Release, Void};
        let part = [(Hold, 100, "1", None), (Capture, 60, "2", Some("1"))];
        assert_eq!((ledger(&part).held("A"), ledger(&part).charged("A")), (40, 60));
        let released = [part[0], part[1], (Release, 40, "3", Some("1"))];
        assert_eq!((ledger(&released).held("A"), ledger(&released).charged("A")), (0, 60));
        let voided = [part[0], (Void, 100, "2", Some("1"))];
        assert_eq!((ledger(&voided).held("A"), ledger(&voided).charged("A")), (0, 0));
    }
}
