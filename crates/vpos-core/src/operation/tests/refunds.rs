//! Refunds: no more than was charged, and each of them once.

use super::OperationState as S;
use super::*;
use crate::Refusal;

#[test]
fn a_refund_is_started_within_what_is_left() {
    for amount in [euro(0), euro(WHOLE + 1), dollar(1)] {
        assert_payment(&paid().start_refund(amount, None).unwrap_err(), "amount");
    }
    for mut operation in [sale(), held(), preauthorization(), capturing(1)] {
        assert_payment(&operation.start_refund(euro(1), None).unwrap_err(), "state");
    }
    let mut operation = paid();
    let refund = operation.start_refund(euro(WHOLE), Some("zapatos devueltos")).unwrap();
    assert_eq!((refund.id.get(), refund.state, refund.reason.as_deref()), (1, RefundState::Pending, Some("zapatos devueltos")));
    assert_eq!(operation.refund(refund.id).unwrap(), &refund);
    assert_payment(operation.refund(RefundId::new(2)).as_ref().unwrap_err(), "refund");
    assert_eq!(operation.state(), S::Completed, "nothing was given back yet");
}

#[test]
fn two_at_once_cannot_exceed_the_charge() {
    let mut operation = paid();
    operation.start_refund(euro(6_000), None).unwrap();
    assert_eq!(operation.refundable(), Some(euro(4_000)));
    assert_payment(&operation.start_refund(euro(6_000), None).unwrap_err(), "amount");
    assert_eq!(operation.start_refund(euro(4_000), None).unwrap().id.get(), 2);
    assert_eq!(operation.refundable(), Some(euro(0)));
    assert_payment(&operation.start_refund(euro(1), None).unwrap_err(), "amount");
}

#[test]
fn an_unknown_refund_counts_and_a_declined_one_does_not() {
    for (report, state, left) in [
        (lost(Action::Refund), RefundState::Unknown, 0),
        (open(Action::Refund), RefundState::Pending, 0),
        (answered(&paid(), Outcome::Unknown, WHOLE, "R1"), RefundState::Unknown, 0),
        (answered(&paid(), Outcome::Pending, WHOLE, "R1"), RefundState::Pending, 0),
        (rejected(Action::Refund), RefundState::Declined, WHOLE),
        (not_sent(Action::Refund), RefundState::Declined, WHOLE),
        (answered(&paid(), Outcome::Declined, WHOLE, "R1"), RefundState::Declined, WHOLE),
        (answered(&paid(), Outcome::Error, WHOLE, "R1"), RefundState::Declined, WHOLE),
    ] {
        let mut operation = paid();
        let refund = operation.start_refund(euro(WHOLE), None).unwrap();
        assert!(!operation.settle_refund(refund.id, &report).unwrap().moved());
        assert_eq!((operation.refund(refund.id).unwrap().state, operation.refundable()), (state, Some(euro(left))), "{report:?}");
        assert_eq!(operation.refunded(), euro(0));
    }
}

#[test]
fn approved_refunds_lead_to_partly_and_to_wholly_refunded() {
    let operation = refunded(&[4_000]);
    assert_eq!((operation.state(), operation.refunded()), (S::PartiallyRefunded, euro(4_000)));
    let operation = refunded(&[4_000, 6_000]);
    assert_eq!((operation.state(), operation.refunded(), operation.refundable()), (S::Refunded, euro(WHOLE), Some(euro(0))));
    assert_eq!(refunded(&[WHOLE]).state(), S::Refunded);
}

#[test]
fn a_refund_in_the_air_does_not_make_the_rest_the_whole() {
    let mut operation = paid();
    operation.start_refund(euro(6_000), None).unwrap();
    let second = operation.start_refund(euro(4_000), None).unwrap();
    let report = answered(&operation, Outcome::Approved, 4_000, "R2");
    operation.settle_refund(second.id, &report).unwrap();
    assert_eq!(operation.state(), S::PartiallyRefunded);
}

#[test]
fn a_captured_part_is_all_that_can_be_refunded() {
    let mut operation = capturing(4_000);
    operation.settle(&Report::Confirmed(said_of(&operation, Action::Capture, Outcome::Approved, 4_000, "502"))).unwrap();
    assert_payment(&operation.start_refund(euro(4_001), None).unwrap_err(), "amount");
    let refund = operation.start_refund(euro(4_000), None).unwrap();
    let report = answered(&operation, Outcome::Approved, 4_000, "R1");
    operation.settle_refund(refund.id, &report).unwrap();
    assert_eq!(operation.state(), S::Refunded);
}

#[test]
fn the_answer_to_a_refund_is_of_its_amount() {
    let mut operation = paid();
    let refund = operation.start_refund(euro(1_000), None).unwrap();
    for minor in [999, 1_001, 9_000] {
        let report = answered(&operation, Outcome::Approved, minor, "R1");
        let error = refused(&mut operation, |operation| operation.settle_refund(refund.id, &report));
        assert_eq!(error.refusal(), Some(Refusal::Amount), "{minor}");
    }
}

#[test]
fn an_answer_without_an_amount_is_of_the_refund_that_was_asked_and_a_message_without_one_of_none() {
    let mut operation = paid();
    let refund = operation.start_refund(euro(1_000), None).unwrap();
    let word = claim(&operation, Action::Refund, Outcome::Approved);
    let word = confirmed(&operation, Claim { amount: ClaimedAmount::AsRequested, ..word });
    assert_payment(&refused(&mut operation, |operation| operation.apply(&word)), "refund");
    operation.settle_refund(refund.id, &Report::Confirmed(word)).unwrap();
    assert_eq!(operation.refunded(), euro(1_000));
}

#[test]
fn a_report_about_something_else_settles_no_refund() {
    let mut operation = paid();
    let refund = operation.start_refund(euro(1_000), None).unwrap();
    for report in
        [rejected(Action::Charge), lost(Action::Void), Report::Confirmed(said(&operation, Action::Charge, Outcome::Declined))]
    {
        assert_payment(&refused(&mut operation, |operation| operation.settle_refund(refund.id, &report)), "refund");
    }
    for report in [rejected(Action::Refund), lost(Action::RefundVoid)] {
        assert_payment(&refused(&mut operation, |operation| operation.settle(&report)), "refund");
    }
    let report = rejected(Action::Refund);
    assert_payment(&refused(&mut operation, |operation| operation.settle_refund(RefundId::new(7), &report)), "refund");
}

#[test]
fn a_refund_whose_answer_was_lost_is_not_freed_by_another_that_did_not_leave() {
    for report in [rejected, not_sent, open, lost] {
        let mut operation = paid();
        let refund = operation.start_refund(euro(WHOLE), None).unwrap();
        operation.settle_refund(refund.id, &lost(Action::Refund)).unwrap();
        operation.settle_refund(refund.id, &report(Action::Refund)).unwrap();
        assert_eq!(standing(&operation), [(WHOLE, RefundState::Unknown)]);
        assert_payment(&operation.start_refund(euro(1), None).unwrap_err(), "amount");
    }
}

#[test]
fn a_refund_like_one_whose_end_is_unknown_waits() {
    let mut operation = paid();
    let first = operation.start_refund(euro(2_000), None).unwrap();
    // two at once are two
    operation.start_refund(euro(2_000), None).unwrap();
    operation.settle_refund(first.id, &lost(Action::Refund)).unwrap();
    assert_payment(&operation.start_refund(euro(2_000), None).unwrap_err(), "refunds");
    operation.start_refund(euro(1_000), None).unwrap();
    operation.abandon_refund(first.id).unwrap();
    operation.start_refund(euro(2_000), None).unwrap();
}

#[test]
fn a_refund_whose_answer_was_lost_waits_for_a_last_word() {
    let mut operation = paid();
    let refund = operation.start_refund(euro(WHOLE), None).unwrap();
    operation.settle_refund(refund.id, &lost(Action::Refund)).unwrap();
    let waiting = answered(&operation, Outcome::Pending, WHOLE, "R1");
    operation.settle_refund(refund.id, &waiting).unwrap();
    operation.settle_refund(refund.id, &not_sent(Action::Refund)).unwrap();
    assert_eq!(standing(&operation), [(WHOLE, RefundState::Unknown)]);
}

#[test]
fn a_declined_refund_whose_place_was_taken_stays_declined() {
    let mut operation = paid();
    let first = operation.start_refund(euro(WHOLE), None).unwrap();
    let late = said_of(&operation, Action::Refund, Outcome::Approved, WHOLE, "R1");
    let silent = Claim { amount: ClaimedAmount::AsRequested, ..claim(&operation, Action::Refund, Outcome::Approved) };
    let silent = confirmed(&operation, silent);
    operation.settle_refund(first.id, &rejected(Action::Refund)).unwrap();
    operation.start_refund(euro(WHOLE), None).unwrap();
    for report in [Report::Confirmed(late), Report::Confirmed(silent)] {
        let error = refused(&mut operation, |operation| operation.settle_refund(first.id, &report));
        assert_eq!(error.refusal(), Some(Refusal::Amount));
    }
    // nor does it take its place back in any other way
    operation.settle_refund(first.id, &lost(Action::Refund)).unwrap();
    assert_eq!(standing(&operation), [(WHOLE, RefundState::Declined), (WHOLE, RefundState::Pending)]);
}

#[test]
fn good_news_of_a_declined_refund_counts_while_there_is_room() {
    let mut operation = paid();
    let refund = operation.start_refund(euro(4_000), None).unwrap();
    operation.settle_refund(refund.id, &rejected(Action::Refund)).unwrap();
    let report = answered(&operation, Outcome::Approved, 4_000, "R1");
    operation.settle_refund(refund.id, &report).unwrap();
    assert_eq!((operation.state(), standing(&operation)), (S::PartiallyRefunded, vec![(4_000, RefundState::Approved)]));
}

#[test]
fn bad_news_moves_no_approved_refund() {
    for report in [
        rejected(Action::Refund),
        not_sent(Action::Refund),
        lost(Action::Refund),
        answered(&paid(), Outcome::Declined, 4_000, "R1"),
    ] {
        let mut operation = refunded(&[4_000]);
        let before = operation.clone();
        operation.settle_refund(RefundId::new(1), &report).unwrap();
        assert_eq!(operation, before);
    }
}

#[test]
fn a_refund_made_in_the_bank_s_panel_gets_a_record_of_its_own() {
    let mut operation = paid();
    let applied = operation.apply(&said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "P1")).unwrap();
    assert_eq!((applied.to, standing(&operation)), (S::PartiallyRefunded, vec![(4_000, RefundState::Approved)]));
    assert_eq!(operation.refunds()[0].reference.as_deref(), Some("P1"));
    // another one of the same amount is another one
    operation.apply(&said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "P2")).unwrap();
    assert_eq!(operation.refunded(), euro(8_000));
    // of a refund that failed there is nothing to record
    operation.apply(&said_of(&operation, Action::Refund, Outcome::Declined, 1_000, "P3")).unwrap();
    assert_eq!(operation.refunds().len(), 2);
}

#[test]
fn a_refund_of_what_was_never_charged_is_an_error() {
    for mut operation in [sale(), held()] {
        let message = said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "P1");
        assert_payment(&refused(&mut operation, |operation| operation.apply(&message)), "state");
    }
}

#[test]
fn the_same_refund_told_again_counts_once() {
    for name in ["R1", ""] {
        for amounts in [&[4_000][..], &[4_000, 6_000], &[WHOLE]] {
            let mut operation = refunded(amounts);
            let before = operation.clone();
            let again = said_of(&operation, Action::Refund, Outcome::Approved, amounts[0], name);
            assert!(!operation.apply(&again).unwrap().moved(), "{name:?} {amounts:?}");
            assert_eq!(operation, before);
        }
    }
}

#[test]
fn a_refund_that_was_answered_and_then_told_counts_once() {
    // the answer had no name for it, the message has
    let mut operation = paid();
    let refund = operation.start_refund(euro(4_000), None).unwrap();
    let report = answered(&operation, Outcome::Approved, 4_000, "");
    operation.settle_refund(refund.id, &report).unwrap();
    operation.apply(&said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "R1")).unwrap();
    assert_eq!(standing(&operation), [(4_000, RefundState::Approved)]);
    assert_eq!(operation.refunds()[0].reference.as_deref(), Some("R1"));
}

#[test]
fn a_refund_that_was_told_and_then_answered_counts_once() {
    for name in ["R1", ""] {
        let mut operation = paid();
        let refund = operation.start_refund(euro(4_000), None).unwrap();
        operation.apply(&said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "R1")).unwrap();
        let report = answered(&operation, Outcome::Approved, 4_000, name);
        assert!(!operation.settle_refund(refund.id, &report).unwrap().moved());
        assert_eq!(standing(&operation), [(4_000, RefundState::Approved)]);
    }
}

#[test]
fn a_refund_in_the_panel_while_ours_was_asked_makes_two() {
    let mut operation = paid();
    let refund = operation.start_refund(euro(4_000), None).unwrap();
    operation.apply(&said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "P1")).unwrap();
    let report = answered(&operation, Outcome::Approved, 4_000, "R1");
    operation.settle_refund(refund.id, &report).unwrap();
    assert_eq!(operation.refunded(), euro(8_000));
    // and an error when there is no room for two
    let mut operation = paid();
    let refund = operation.start_refund(euro(WHOLE), None).unwrap();
    operation.apply(&said_of(&operation, Action::Refund, Outcome::Approved, WHOLE, "P1")).unwrap();
    let claim = claim_of(&operation, Action::Refund, Outcome::Approved, WHOLE, "R1");
    assert_eq!(Confirmation::new(claim, proof(), &operation).unwrap_err(), Refusal::Amount);
    assert_eq!(operation.refund(refund.id).unwrap().state, RefundState::Approved);
}

#[test]
fn an_old_no_is_not_taken_for_the_answer_to_a_new_refund() {
    for name in ["R1", ""] {
        let mut operation = paid();
        let first = operation.start_refund(euro(WHOLE), None).unwrap();
        let no = said_of(&operation, Action::Refund, Outcome::Declined, WHOLE, name);
        operation.settle_refund(first.id, &Report::Confirmed(no.clone())).unwrap();
        operation.start_refund(euro(WHOLE), None).unwrap();
        operation.apply(&no).unwrap();
        assert_eq!(standing(&operation), [(WHOLE, RefundState::Declined), (WHOLE, RefundState::Pending)]);
    }
}

#[test]
fn a_message_settles_a_refund_whose_answer_was_lost() {
    for (outcome, state) in [(Outcome::Approved, RefundState::Approved), (Outcome::Declined, RefundState::Declined)] {
        let mut operation = paid();
        let refund = operation.start_refund(euro(4_000), None).unwrap();
        operation.settle_refund(refund.id, &lost(Action::Refund)).unwrap();
        operation.apply(&said_of(&operation, Action::Refund, outcome, 4_000, "R1")).unwrap();
        assert_eq!(standing(&operation), [(4_000, state)]);
    }
}

#[test]
fn the_bank_s_own_id_of_a_refund_is_learnt() {
    let mut operation = paid();
    let references: References = [(Reference::RefundId, "1JU0".to_owned())].into_iter().collect();
    let claim = claim_of(&operation, Action::Refund, Outcome::Approved, 4_000, "R1");
    let claim = Claim { identity: Some(Reference::RefundId), references, ..claim };
    operation.apply(&confirmed(&operation, claim)).unwrap();
    assert_eq!(operation.references().get(Reference::RefundId), Some("1JU0"));
    assert_eq!(operation.refunds()[0].reference.as_deref(), Some("1JU0"));
}

#[test]
fn a_person_may_end_an_open_refund_and_no_other() {
    let mut operation = paid();
    let refund = operation.start_refund(euro(WHOLE), None).unwrap();
    operation.settle_refund(refund.id, &lost(Action::Refund)).unwrap();
    assert_eq!(operation.refundable(), Some(euro(0)));
    operation.abandon_refund(refund.id).unwrap();
    assert_eq!((operation.refundable(), operation.state()), (Some(euro(WHOLE)), S::Completed));
    assert_payment(&operation.abandon_refund(refund.id).unwrap_err(), "refund");
    assert_payment(&operation.abandon_refund(RefundId::new(9)).unwrap_err(), "refund");
    let mut done = refunded(&[WHOLE]);
    assert_payment(&done.abandon_refund(RefundId::new(1)).unwrap_err(), "refund");
}
