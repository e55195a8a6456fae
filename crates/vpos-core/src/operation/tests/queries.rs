//! What waits for the bank's word, and what the answer to a query does.

use super::OperationState as S;
use super::*;

#[test]
fn an_open_refund_is_asked_about_first_then_a_capture_then_the_payment() {
    assert_eq!(sale().open_question(), OpenQuestion::Payment);
    assert_eq!(capturing(1).open_question(), OpenQuestion::Capture);
    let mut operation = paid();
    let first = operation.start_refund(euro(1), None).unwrap();
    let second = operation.start_refund(euro(2), None).unwrap();
    assert_eq!(operation.open_question(), OpenQuestion::Refund(first.id));
    operation.settle_refund(first.id, &rejected(Action::Refund)).unwrap();
    operation.settle_refund(second.id, &lost(Action::Refund)).unwrap();
    assert_eq!(operation.open_question(), OpenQuestion::Refund(second.id));
    operation.settle_query(&Report::Confirmed(said_of(&operation, Action::Refund, Outcome::Declined, 2, "R2"))).unwrap();
    assert_eq!(operation.open_question(), OpenQuestion::Payment);
}

#[test]
fn a_query_that_was_lost_or_rejected_or_has_no_answer_yet_changes_nothing() {
    let mut refunding = paid();
    refunding.start_refund(euro(1), None).unwrap();
    for (mut operation, action) in [(sale(), Action::Charge), (capturing(1), Action::Capture), (refunding, Action::Refund)] {
        let before = operation.clone();
        for report in [rejected, not_sent, open, lost] {
            assert!(!operation.settle_query(&report(action)).unwrap().moved());
        }
        assert_eq!(operation, before);
    }
}

#[test]
fn a_query_settles_a_payment_either_way() {
    for state in [S::Pending, S::Charging, S::Unknown] {
        for (outcome, expected) in
            [(Outcome::Approved, S::Completed), (Outcome::Declined, S::Failed), (Outcome::Cancelled, S::Cancelled)]
        {
            let mut operation = Operation::from_record(OperationRecord { state, ..sale().record().clone() }).unwrap();
            let report = Report::Confirmed(said(&operation, Action::Charge, outcome));
            assert_eq!(operation.settle_query(&report).unwrap().to, expected, "{state} {outcome}");
        }
    }
}

#[test]
fn a_query_settles_the_refund_that_it_was_about() {
    for (outcome, state) in [(Outcome::Approved, RefundState::Approved), (Outcome::Declined, RefundState::Declined)] {
        let mut operation = paid();
        let refund = operation.start_refund(euro(4_000), None).unwrap();
        operation.settle_refund(refund.id, &lost(Action::Refund)).unwrap();
        let report = Report::Confirmed(said_of(&operation, Action::Refund, outcome, 4_000, "R1"));
        operation.settle_query(&report).unwrap();
        assert_eq!(operation.refund(refund.id).unwrap().state, state);
    }
}

#[test]
fn a_query_that_tells_of_a_refund_known_before_settles_no_other() {
    let mut operation = paid();
    operation.apply(&said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "R1")).unwrap();
    let second = operation.start_refund(euro(4_000), None).unwrap();
    operation.settle_refund(second.id, &lost(Action::Refund)).unwrap();
    let before = operation.clone();
    operation.settle_query(&Report::Confirmed(said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "R1"))).unwrap();
    assert_eq!(operation, before);
    operation.settle_query(&Report::Confirmed(said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "R2"))).unwrap();
    assert_eq!(operation.refunded(), euro(8_000));
}

#[test]
fn a_query_about_a_refund_that_tells_of_the_payment_is_no_news() {
    let mut operation = paid();
    operation.start_refund(euro(4_000), None).unwrap();
    let before = operation.clone();
    operation.settle_query(&Report::Confirmed(said(&operation, Action::Charge, Outcome::Approved))).unwrap();
    assert_eq!(operation, before);
}

#[test]
fn a_lost_charge_is_asked_again_only_after_a_query_has_told_that_nothing_moved() {
    for state in [S::Unknown, S::Charging] {
        let mut operation = sale();
        operation.start_charge().unwrap();
        if state == S::Unknown {
            operation.settle(&lost(Action::Charge)).unwrap();
        }
        assert_eq!(operation.state(), state);
        assert!(operation.start_charge().is_err(), "{state}");
        let approved = Report::Confirmed(said(&operation, Action::Approval, Outcome::Approved));
        operation.settle_query(&approved).unwrap();
        assert_eq!(operation.state(), S::Pending);
        operation.start_charge().unwrap();
    }
    let mut operation = paid();
    let approved = Report::Confirmed(said(&operation, Action::Approval, Outcome::Approved));
    operation.settle_query(&approved).unwrap();
    assert_eq!(operation.state(), S::Completed);
}
