//! A hold, and the capture of it.

use super::OperationState as S;
use super::*;
use crate::Refusal;

fn captured(minor: u64) -> Confirmation {
    said_of(&capturing(minor), Action::Capture, Outcome::Approved, minor, "502")
}

#[test]
fn a_capture_is_started_within_the_limit_on_what_is_held() {
    for (amount, most) in [
        (euro(0), euro(WHOLE)),
        (euro(WHOLE + 1), euro(WHOLE)),
        (dollar(1), euro(WHOLE)),
        (dollar(1), dollar(WHOLE)),
        (euro(1), dollar(WHOLE)),
    ] {
        assert_payment(&held().start_capture(amount, most).unwrap_err(), "amount");
    }
    assert_payment(&sale().start_capture(euro(1), euro(WHOLE)).unwrap_err(), "kind");
    assert_payment(&preauthorization().start_capture(euro(1), euro(WHOLE)).unwrap_err(), "state");
    let mut operation = held();
    operation.start_capture(euro(11_500), euro(11_500)).unwrap();
    assert_eq!((operation.state(), operation.capturing()), (S::Charging, Some(euro(11_500))));
    assert_eq!(operation.open_question(), OpenQuestion::Capture);
    assert_payment(&operation.start_capture(euro(1), euro(WHOLE)).unwrap_err(), "state");
    assert!(matches!(operation.start_charge(), Err(Error::State(_))));
}

#[test]
fn what_was_captured_is_what_was_charged() {
    for minor in [1, 4_000, WHOLE] {
        let mut operation = capturing(minor);
        assert!(operation.settle(&Report::Confirmed(captured(minor))).unwrap().paid_now());
        assert_eq!((operation.charged(), operation.refundable()), (Some(euro(minor)), Some(euro(minor))));
        assert_eq!(operation.capturing(), None);
    }
}

#[test]
fn an_answer_without_an_amount_speaks_of_what_was_asked() {
    let silent = |operation: &Operation| {
        let claim = claim(operation, Action::Capture, Outcome::Approved);
        confirmed(operation, Claim { amount: ClaimedAmount::AsRequested, ..claim })
    };
    let mut operation = capturing(4_000);
    operation.settle(&Report::Confirmed(silent(&operation))).unwrap();
    assert_eq!(operation.charged(), Some(euro(4_000)));
    // and of nothing where nothing was asked
    let mut operation = held();
    let message = silent(&operation);
    assert_payment(&refused(&mut operation, |operation| operation.apply(&message)), "amount");
}

#[test]
fn a_capture_above_the_hold_is_told_twice_without_being_refused() {
    let mut operation = held();
    operation.start_capture(euro(11_500), euro(11_500)).unwrap();
    let message = said_of(&operation, Action::Capture, Outcome::Approved, 11_500, "502");
    operation.apply(&message).unwrap();
    let again = said_of(&operation, Action::Capture, Outcome::Approved, 11_500, "502");
    assert!(!operation.apply(&again).unwrap().moved());
    assert_eq!(operation.charged(), Some(euro(11_500)));
}

#[test]
fn a_capture_made_in_the_bank_s_panel_counts() {
    let mut operation = held();
    let message = said_of(&operation, Action::Capture, Outcome::Approved, 2_500, "502");
    assert!(operation.apply(&message).unwrap().paid_now());
    assert_eq!(operation.charged(), Some(euro(2_500)));
}

#[test]
fn a_capture_of_what_was_never_held_is_refused() {
    for state in [S::Pending, S::Charging, S::Unknown, S::Failed, S::Cancelled, S::Superseded] {
        let record = OperationRecord { state, ..preauthorization().record().clone() };
        let mut operation = Operation::from_record(record).unwrap();
        let cent = said_of(&operation, Action::Capture, Outcome::Approved, 1, "502");
        let error = refused(&mut operation, |operation| operation.apply(&cent));
        assert_eq!(error.refusal(), Some(Refusal::Type), "{state}");
        // what the bank's books answer to a question counts: the hold's own answer was lost
        assert!(operation.clone().settle_query(&Report::Confirmed(cent)).unwrap().paid_now(), "{state}");
        // and so does a message that names the hold
        let mut claim = claim_of(&operation, Action::Capture, Outcome::Approved, 2_500, "502");
        claim.references.insert(Reference::AuthorizationId, "0VF5");
        assert!(operation.apply(&confirmed(&operation, claim)).unwrap().paid_now(), "{state}");
    }
}

#[test]
fn the_report_of_a_capture_moves_it_where_it_says() {
    let answer = |outcome| Report::Confirmed(said_of(&capturing(4_000), Action::Capture, outcome, 4_000, "502"));
    for (report, expected, capturing_now) in [
        (answer(Outcome::Declined), S::Authorized, false),
        (answer(Outcome::Error), S::Authorized, false),
        (answer(Outcome::Unknown), S::Unknown, true),
        (answer(Outcome::Pending), S::Charging, true),
        (rejected(Action::Capture), S::Authorized, false),
        (not_sent(Action::Capture), S::Authorized, false),
        (open(Action::Capture), S::Charging, true),
        (lost(Action::Capture), S::Unknown, true),
    ] {
        let mut operation = capturing(4_000);
        operation.settle(&report).unwrap();
        assert_eq!((operation.state(), operation.capturing().is_some()), (expected, capturing_now), "{report:?}");
    }
}

#[test]
fn a_lost_capture_is_asked_about_before_anything_else_is_tried() {
    let lost_capture = || {
        let mut operation = capturing(4_000);
        operation.settle(&lost(Action::Capture)).unwrap();
        operation
    };
    for report in [rejected, not_sent, open, lost] {
        let mut operation = lost_capture();
        assert!(!operation.settle(&report(Action::Capture)).unwrap().moved());
        assert_eq!(operation.open_question(), OpenQuestion::Capture);
        assert!(operation.start_charge().is_err() && operation.start_capture(euro(1), euro(WHOLE)).is_err());
    }
    let no = said_of(&lost_capture(), Action::Capture, Outcome::Declined, 4_000, "502");
    let mut operation = lost_capture();
    operation.settle_query(&Report::Confirmed(no)).unwrap();
    assert_eq!((operation.state(), operation.capturing()), (S::Authorized, None));
    let mut operation = lost_capture();
    operation.settle_query(&Report::Confirmed(captured(4_000))).unwrap();
    assert_eq!(operation.charged(), Some(euro(4_000)));
}

#[test]
fn a_message_with_bad_news_does_not_stop_a_capture_that_runs() {
    for outcome in [Outcome::Declined, Outcome::Error, Outcome::Cancelled, Outcome::Unknown] {
        let mut operation = capturing(4_000);
        let before = operation.clone();
        let message = said_of(&operation, Action::Capture, outcome, 4_000, "502");
        assert!(!operation.apply(&message).unwrap().moved(), "{outcome}");
        assert_eq!(operation, before);
    }
}

#[test]
fn what_comes_late_of_the_hold_does_not_stop_a_capture_that_runs() {
    for outcome in [Outcome::Approved, Outcome::Declined, Outcome::Cancelled, Outcome::Unknown] {
        let mut operation = capturing(4_000);
        let message = said(&operation, Action::Hold, outcome);
        assert!(!operation.apply(&message).unwrap().moved(), "{outcome}");
        assert!(!operation.settle(&Report::Confirmed(message)).unwrap().moved(), "{outcome}");
    }
    for report in [rejected, not_sent, open, lost] {
        let mut operation = capturing(4_000);
        assert!(!operation.settle(&report(Action::Hold)).unwrap().moved());
        assert_eq!(operation.capturing(), Some(euro(4_000)));
    }
}

#[test]
fn a_no_to_a_capture_that_nobody_asked_for_holds_nothing() {
    for report in [rejected, not_sent, lost] {
        let mut operation = preauthorization();
        operation.start_charge().unwrap();
        assert!(!operation.settle(&report(Action::Capture)).unwrap().moved());
    }
    let mut operation = preauthorization();
    operation.settle(&lost(Action::Hold)).unwrap();
    let no = said(&operation, Action::Capture, Outcome::Declined);
    assert!(!operation.settle(&Report::Confirmed(no)).unwrap().moved());
    assert_eq!(operation.state(), S::Unknown);
}
