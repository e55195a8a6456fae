//! The void of a refund: it gives the refund's room back, once.

use super::OperationState as S;
use super::*;
use crate::Refusal;

#[test]
fn a_voided_refund_gives_its_room_back() {
    for (amounts, expected) in [(&[4_000][..], S::Completed), (&[4_000, 6_000], S::PartiallyRefunded), (&[WHOLE], S::Completed)] {
        let mut operation = refunded(amounts);
        let undone = said_of(&operation, Action::RefundVoid, Outcome::Approved, amounts[0], "R1");
        operation.settle_refund(RefundId::new(1), &Report::Confirmed(undone)).unwrap();
        assert_eq!(operation.state(), expected, "{amounts:?}");
        assert_eq!(operation.refundable(), Some(euro(WHOLE - amounts.iter().skip(1).sum::<u64>())));
    }
}

#[test]
fn the_void_of_a_refund_told_again_undoes_no_second_refund() {
    for name in ["R1", "V1", ""] {
        let mut operation = refunded(&[4_000, 4_000]);
        for _ in 0..3 {
            operation.apply(&said_of(&operation, Action::RefundVoid, Outcome::Approved, 4_000, name)).unwrap();
        }
        assert_eq!((operation.state(), operation.refunded()), (S::PartiallyRefunded, euro(4_000)), "{name:?}");
    }
}

#[test]
fn the_void_of_the_only_refund_told_again_is_no_news() {
    let mut operation = refunded(&[4_000]);
    let undone = said_of(&operation, Action::RefundVoid, Outcome::Approved, 4_000, "V1");
    operation.apply(&undone).unwrap();
    assert_eq!(operation.state(), S::Completed);
    assert!(!operation.apply(&undone).unwrap().moved());
}

#[test]
fn the_void_of_a_refund_that_was_answered_and_then_told_undoes_no_second_refund() {
    let mut operation = refunded(&[4_000, 4_000]);
    let undone = said_of(&operation, Action::RefundVoid, Outcome::Approved, 4_000, "V1");
    operation.settle_refund(RefundId::new(1), &Report::Confirmed(undone.clone())).unwrap();
    operation.apply(&undone).unwrap();
    assert_eq!(standing(&operation), [(4_000, RefundState::Voided), (4_000, RefundState::Approved)]);
}

#[test]
fn the_void_of_another_amount_is_of_another_refund() {
    let mut operation = refunded(&[4_000, 5_000]);
    let report = Report::Confirmed(said_of(&operation, Action::RefundVoid, Outcome::Approved, 5_000, "V1"));
    let error = refused(&mut operation, |operation| operation.settle_refund(RefundId::new(1), &report));
    assert_eq!(error.refusal(), Some(Refusal::Amount));
}

#[test]
fn a_void_of_a_refund_is_of_that_refund_and_was_approved() {
    let mut operation = refunded(&[4_000, 4_000]);
    let undone =
        |operation: &Operation| Report::Confirmed(said_of(operation, Action::RefundVoid, Outcome::Approved, 4_000, "V1"));
    // told by a message first, then by the answer: one void
    operation.apply(&said_of(&operation, Action::RefundVoid, Outcome::Approved, 4_000, "R2")).unwrap();
    let report = undone(&operation);
    operation.settle_refund(RefundId::new(2), &report).unwrap();
    assert_eq!(standing(&operation), [(4_000, RefundState::Approved), (4_000, RefundState::Voided)]);
    let third = operation.start_refund(euro(1_000), None).unwrap();
    let silent = Claim { amount: ClaimedAmount::AsRequested, ..claim(&operation, Action::RefundVoid, Outcome::Approved) };
    let silent = Report::Confirmed(confirmed(&operation, silent));
    assert_payment(&refused(&mut operation, |operation| operation.settle_refund(third.id, &silent)), "refund");
    let Report::Confirmed(message) = &silent else { panic!("{silent:?}") };
    assert_payment(&refused(&mut operation, |operation| operation.apply(message)), "refund");
    for report in [rejected, not_sent, open, lost] {
        let before = operation.clone();
        operation.settle_refund(RefundId::new(1), &report(Action::RefundVoid)).unwrap();
        assert_eq!(operation, before);
    }
    operation.apply(&said_of(&operation, Action::RefundVoid, Outcome::Declined, 4_000, "R1")).unwrap();
    assert_eq!(operation.refund(RefundId::new(1)).unwrap().state, RefundState::Approved);
}

#[test]
fn the_refund_that_is_repeated_after_its_void_is_no_news() {
    for name in ["R1", ""] {
        let mut operation = refunded(&[4_000]);
        operation.apply(&said_of(&operation, Action::RefundVoid, Outcome::Approved, 4_000, "R1")).unwrap();
        let before = operation.clone();
        operation.apply(&said_of(&operation, Action::Refund, Outcome::Approved, 4_000, name)).unwrap();
        assert_eq!(operation, before, "{name:?}");
    }
}
