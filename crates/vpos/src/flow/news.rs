//! What a move of an operation means: for the sale, for the merchant, and for reconcile.

use vpos_core::operation::{Operation, OperationState, RefundId, RefundState};
use vpos_core::{Amount, Reference, Timestamp};

use super::store::{Duties, EventKind, Record};

/// How often a second payment is tried to be given back.
const GIVE_BACK_TRIES: usize = 3;

/// What changed between two looks at an operation.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a piece of news of its own")]
pub(super) struct News {
    /// The sale was paid.
    pub(super) paid: bool,
    /// The amount is held.
    pub(super) authorized: bool,
    /// These refunds were approved.
    pub(super) refunds: Vec<(RefundId, Amount)>,
    /// The charge was voided: so much went back.
    pub(super) voided: Option<Amount>,
    /// A hold was let go.
    pub(super) let_go: bool,
    /// A refund was taken back.
    pub(super) refund_undone: bool,
    /// Nothing is left of the payment, or the hold was let go: the sale may be paid again.
    pub(super) released: bool,
    /// Something is left of a payment of which nothing was: it pays the sale again.
    pub(super) regained: bool,
    /// The bank said no.
    pub(super) failed: bool,
    /// The buyer gave up, or the hold was let go.
    pub(super) cancelled: bool,
}

impl News {
    pub(super) fn between(before: &Operation, after: &Operation) -> Self {
        use OperationState as S;
        let (from, to) = (before.state(), after.state());
        let secured = is_secured(before);
        let became = |state: S| to == state && from != state;
        let void = |operation: &Operation| operation.references().get(Reference::VoidId).is_some();
        let gave_back = |operation: &Operation, id| {
            let state = operation.refund(id).map(|refund| refund.state);
            matches!(state, Ok(RefundState::Approved | RefundState::Voided))
        };
        let approved = after.refunds().iter().filter(|refund| refund.state == RefundState::Approved);
        let undone = |id| matches!(before.refund(id), Ok(known) if known.state == RefundState::Approved);
        Self {
            paid: to.is_paid() && !from.is_paid(),
            // a capture that was declined leads back to the hold
            authorized: became(S::Authorized) && before.capturing().is_none(),
            refunds: approved.filter(|refund| !gave_back(before, refund.id)).map(|refund| (refund.id, refund.amount)).collect(),
            voided: if void(after) && !void(before) { before.charged() } else { None },
            let_go: secured && before.charged().is_none() && (became(S::Cancelled) || became(S::Failed)),
            refund_undone: after.refunds().iter().any(|refund| refund.state == RefundState::Voided && undone(refund.id)),
            released: secured && (became(S::Refunded) || became(S::Cancelled) || became(S::Failed)),
            regained: from == S::Refunded && to.is_paid() && to != S::Refunded,
            failed: became(S::Failed),
            cancelled: became(S::Cancelled),
        }
    }

    /// Whether the operation now pays, or is about to pay, its sale.
    pub(super) const fn secured(&self) -> bool {
        self.paid || self.authorized
    }

    /// What the merchant has to be told of it.
    pub(super) fn duties(&self) -> Duties {
        Duties {
            authorized: self.authorized,
            paid: self.paid,
            refunds: self.refunds.iter().map(|(id, _)| *id).collect(),
            voided: self.voided.is_some() || self.let_go,
        }
    }

    /// What the outbox tells of it.
    pub(super) fn events(&self, after: &Operation) -> Vec<(EventKind, Amount)> {
        let whole = after.amount();
        let mut events = Vec::new();
        for (happened, kind) in
            [(self.authorized, EventKind::Authorized), (self.failed, EventKind::Failed), (self.cancelled, EventKind::Cancelled)]
        {
            if happened {
                events.push((kind, whole));
            }
        }
        if self.paid {
            events.push((EventKind::Paid, after.charged().unwrap_or(whole)));
        }
        let back = self.refunds.iter().map(|(_, amount)| *amount).chain(self.voided);
        events.extend(back.map(|amount| (EventKind::Refunded, amount)));
        events
    }
}

/// Whether the operation pays its sale, or holds the money for it.
pub(super) fn is_secured(operation: &Operation) -> bool {
    let state = operation.state();
    state.is_paid() || state == OperationState::Authorized || operation.capturing().is_some()
}

/// Whether the bank's word is awaited: about the payment, a capture, a refund or a void.
pub(super) fn is_open(operation: &Operation) -> bool {
    use OperationState as S;
    let payment = matches!(operation.state(), S::Pending | S::Charging | S::Unknown);
    payment || operation.voiding() || operation.refunds().iter().any(vpos_core::operation::Refund::is_open)
}

/// Whether nothing more is expected of an operation, and an approval may come all the same.
pub(super) fn is_given_up(operation: &Operation) -> bool {
    use OperationState as S;
    matches!(operation.state(), S::Failed | S::Cancelled | S::Superseded)
}

/// Whether the second payment of a sale still has to be given back.
pub(super) fn is_to_be_given_back(record: &Record) -> bool {
    let operation = &record.operation;
    let left = operation.refundable().is_some_and(|left| !left.is_zero());
    let running = operation.voiding() || operation.refunds().iter().any(vpos_core::operation::Refund::is_open);
    // a request that did not leave is tried again; after so many noes a person must look
    let refused = operation.refunds().iter().filter(|refund| refund.state == RefundState::Declined).count() >= GIVE_BACK_TRIES;
    record.duplicate && !running && !refused && (left || operation.state() == OperationState::Authorized)
}

/// Since when reconcile has something to do about a record that is written now.
pub(super) fn due_since(record: &Record, refund_duplicates: bool, now: Timestamp) -> Option<Timestamp> {
    let due = is_open(&record.operation) || !record.duties.is_empty() || (refund_duplicates && is_to_be_given_back(record));
    due.then_some(now)
}
