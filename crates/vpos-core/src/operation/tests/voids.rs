//! What was undone stays undone.

use super::OperationState as S;
use super::*;

fn voided(mut operation: Operation) -> Operation {
    let void = said_of(&operation, Action::Void, Outcome::Approved, WHOLE, "V1");
    operation.apply(&void).unwrap();
    operation
}

#[test]
fn a_void_ends_a_hold_and_gives_back_a_charge() {
    assert_eq!(voided(held()).state(), S::Cancelled);
    let operation = voided(paid());
    assert_eq!((operation.state(), operation.refundable()), (S::Refunded, Some(euro(0))));
    let mut operation = paid();
    operation.settle(&Report::Confirmed(said_of(&operation, Action::Void, Outcome::Approved, WHOLE, "V1"))).unwrap();
    assert_eq!(operation.state(), S::Refunded);
}

#[test]
fn a_void_that_was_not_approved_changes_nothing() {
    for mut operation in [held(), paid()] {
        let before = operation.clone();
        for outcome in [Outcome::Declined, Outcome::Pending, Outcome::Cancelled, Outcome::Unknown, Outcome::Error] {
            operation.apply(&said_of(&before, Action::Void, outcome, WHOLE, "V1")).unwrap();
        }
        for report in [rejected, not_sent, open, lost] {
            operation.settle(&report(Action::Void)).unwrap();
        }
        assert_eq!(operation, before);
    }
}

#[test]
fn the_approval_that_is_repeated_after_a_void_is_no_news() {
    for (operation, action) in [(voided(held()), Action::Hold), (voided(paid()), Action::Charge)] {
        let mut again = operation.clone();
        let applied = again.apply(&said(&operation, action, Outcome::Approved)).unwrap();
        assert!(!applied.moved());
        assert_eq!(again, operation);
        assert!(again.start_charge().is_err());
    }
}

#[test]
fn an_approval_first_seen_after_the_void_pays_nothing() {
    // its notification was lost, or overtaken; the money was given back
    for state in [S::Pending, S::Charging, S::Unknown, S::Failed, S::Superseded, S::Cancelled] {
        let record = OperationRecord { state, ..sale().record().clone() };
        let mut operation = voided(Operation::from_record(record).unwrap());
        assert_eq!(operation.state(), S::Cancelled);
        let approval = said(&operation, Action::Charge, Outcome::Approved);
        for came in [Operation::apply, |operation: &mut Operation, word: &Confirmation| {
            operation.settle(&Report::Confirmed(word.clone()))
        }] {
            assert!(matches!(refused(&mut operation, |operation| came(operation, &approval)), Error::State(_)), "{state}");
        }
        assert!(matches!(operation.start_charge(), Err(Error::State(_))), "{state}");
    }
}

#[test]
fn a_capture_that_a_void_overtook_pays_nothing() {
    let mut operation = voided(capturing(4_000));
    assert_eq!(operation.state(), S::Cancelled);
    let report = Report::Confirmed(said_of(&operation, Action::Capture, Outcome::Approved, 4_000, "502"));
    assert!(matches!(refused(&mut operation, |operation| operation.settle(&report)), Error::State(_)));
}

#[test]
fn the_same_void_told_again_is_no_news() {
    for mut operation in [voided(held()), voided(paid())] {
        let before = operation.clone();
        let again = said_of(&operation, Action::Void, Outcome::Approved, WHOLE, "V1");
        assert!(!operation.apply(&again).unwrap().moved());
        assert_eq!(operation, before);
    }
}

#[test]
fn a_buyer_who_cancelled_may_still_have_paid() {
    let mut operation = sale();
    operation.cancel().unwrap();
    let applied = operation.apply(&said(&operation, Action::Charge, Outcome::Approved)).unwrap();
    assert!(applied.paid_now() && applied.late());
}

#[test]
fn nothing_is_left_of_a_voided_charge_whatever_becomes_of_its_refunds() {
    let mut operation = paid();
    let refund = operation.start_refund(euro(4_000), None).unwrap();
    let mut operation = voided(operation);
    let answer = said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "R1");
    operation.settle_refund(refund.id, &Report::Confirmed(answer)).unwrap();
    assert_eq!(operation.state(), S::Refunded);
    let undone = said_of(&operation, Action::RefundVoid, Outcome::Approved, 4_000, "R1");
    operation.settle_refund(refund.id, &Report::Confirmed(undone)).unwrap();
    assert_eq!((operation.state(), operation.refundable()), (S::Refunded, Some(euro(0))));
    assert_payment(&operation.start_refund(euro(1), None).unwrap_err(), "amount");
}

#[test]
fn a_charge_of_which_a_part_was_given_back_is_not_voided() {
    let mut operation = paid();
    operation.apply(&said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "R1")).unwrap();
    let void = said_of(&operation, Action::Void, Outcome::Approved, WHOLE, "V1");
    assert!(matches!(refused(&mut operation, |operation| operation.apply(&void)), Error::State(_)));
}

#[test]
fn the_void_of_what_is_held_beyond_a_capture_leaves_the_capture() {
    let mut operation = capturing(4_000);
    operation.settle(&Report::Confirmed(said_of(&operation, Action::Capture, Outcome::Approved, 4_000, "502"))).unwrap();
    let before = operation.clone();
    operation.apply(&said_of(&operation, Action::Void, Outcome::Approved, WHOLE, "V1")).unwrap();
    assert_eq!(operation, before);
    operation.apply(&said_of(&operation, Action::Void, Outcome::Approved, 4_000, "V2")).unwrap();
    assert_eq!(operation.state(), S::Refunded);
}

fn voiding(mut operation: Operation) -> Operation {
    operation.start_void().unwrap();
    operation
}

#[test]
fn a_void_that_was_asked_is_an_open_question_until_the_answer() {
    for before in [held(), paid()] {
        let asked = voiding(before.clone());
        assert_eq!(asked.open_question(), OpenQuestion::Void);
        for report in [rejected, not_sent] {
            let mut operation = asked.clone();
            operation.settle(&report(Action::Void)).unwrap();
            assert_eq!(operation, before); // nothing was done
        }
        for report in [open, lost] {
            let mut operation = asked.clone();
            operation.settle(&report(Action::Void)).unwrap();
            assert_eq!(operation, asked);
        }
        let mut operation = asked.clone();
        let declined = said_of(&operation, Action::Void, Outcome::Declined, WHOLE, "V1");
        operation.settle(&Report::Confirmed(declined)).unwrap();
        assert_eq!(operation, before);
        let operation = voided(asked);
        assert!(!operation.voiding() && matches!(operation.state(), S::Cancelled | S::Refunded));
    }
}

#[test]
fn while_a_void_runs_nothing_else_is_asked() {
    assert_payment(&voiding(held()).start_capture(euro(1), euro(WHOLE)).unwrap_err(), "voiding");
    assert_payment(&voiding(paid()).start_refund(euro(1), None).unwrap_err(), "voiding");
    assert_payment(&voiding(paid()).start_void().unwrap_err(), "voiding");
    let mut refunding = paid();
    refunding.start_refund(euro(1), None).unwrap();
    assert_payment(&refunding.start_void().unwrap_err(), "refunds");
    for mut operation in [sale(), capturing(1)] {
        assert_payment(&operation.start_void().unwrap_err(), "state");
    }
}

#[test]
fn a_query_settles_a_lost_void_either_way() {
    for (before, action) in [(held(), Action::Hold), (paid(), Action::Charge)] {
        let mut operation = voiding(before.clone());
        operation.settle_query(&Report::Confirmed(said(&before, action, Outcome::Approved))).unwrap();
        assert_eq!(operation, before); // the bank's books have no void
        let mut operation = voiding(before.clone());
        operation.settle_query(&lost(Action::Void)).unwrap();
        assert_eq!(operation.open_question(), OpenQuestion::Void);
        operation.settle_query(&Report::Confirmed(said_of(&before, Action::Void, Outcome::Approved, WHOLE, "V1"))).unwrap();
        assert!(matches!(operation.state(), S::Cancelled | S::Refunded) && !operation.voiding());
    }
    let mut operation = voiding(paid());
    operation.abandon_void().unwrap();
    assert_eq!(operation, paid());
    assert_payment(&operation.abandon_void().unwrap_err(), "voiding");
}

#[test]
fn an_approval_that_the_merchant_could_not_keep_is_annulled_where_nothing_was_taken() {
    let mut operation = sale();
    operation.annul().unwrap();
    assert_eq!(operation.state(), S::Failed);
    for mut operation in [held(), paid()] {
        assert!(matches!(operation.annul(), Err(Error::State(_))));
    }
}
