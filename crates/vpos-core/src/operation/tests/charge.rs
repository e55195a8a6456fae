//! A payment: what moves it to paid, what does not, and what comes late.

use super::OperationState as S;
use super::*;

/// A sale in each state that is not paid.
fn unpaid(state: S) -> Operation {
    Operation::from_record(OperationRecord { state, ..sale().record().clone() }).unwrap()
}

fn after(mut operation: Operation, change: impl FnOnce(&mut Operation) -> Moved) -> S {
    change(&mut operation).unwrap();
    operation.state()
}

#[test]
fn a_message_about_a_pending_payment_moves_it_where_its_outcome_says() {
    for (action, start, held) in [(Action::Charge, sale(), S::Completed), (Action::Hold, preauthorization(), S::Authorized)] {
        for (outcome, expected) in [
            (Outcome::Approved, held),
            (Outcome::Declined, S::Failed),
            (Outcome::Error, S::Failed),
            (Outcome::Cancelled, S::Cancelled),
            (Outcome::Unknown, S::Unknown),
            (Outcome::Pending, S::Pending),
        ] {
            let message = said(&start, action, outcome);
            assert_eq!(after(start.clone(), |operation| operation.apply(&message)), expected, "{action} {outcome}");
        }
    }
}

#[test]
fn only_an_approval_teaches_references() {
    for outcome in [Outcome::Declined, Outcome::Error, Outcome::Cancelled, Outcome::Unknown, Outcome::Pending] {
        let mut operation = sale();
        operation.apply(&said(&operation, Action::Charge, outcome)).unwrap();
        assert!(operation.references().is_empty(), "{outcome}");
    }
    assert_eq!(paid().references().get(Reference::AuthorizationCode), Some("501602"));
}

#[test]
fn what_begin_learnt_is_not_overwritten() {
    let mut operation = sale();
    let learnt = |id: &str| [(Reference::OrderId, id.to_owned())].into_iter().collect::<References>();
    operation.learn(&learnt("5O1"));
    operation.learn(&learnt("5O2"));
    assert_eq!(operation.references().get(Reference::OrderId), Some("5O1"));
}

#[test]
fn an_approval_must_be_charged_first() {
    let mut operation = sale();
    let approval = said(&operation, Action::Approval, Outcome::Approved);
    let error = refused(&mut operation, |operation| operation.apply(&approval));
    assert_payment(&error, "confirmation");
    operation.start_charge().unwrap();
    assert_payment(&refused(&mut operation, |operation| operation.apply(&approval)), "confirmation");
    let report = Report::Confirmed(said(&operation, Action::Charge, Outcome::Approved));
    assert!(operation.settle(&report).unwrap().paid_now());
    // and is no news afterwards
    assert!(!operation.apply(&approval).unwrap().moved());
}

#[test]
fn one_charge_runs_at_a_time_and_none_after_it_succeeded() {
    for state in [S::Pending, S::Failed, S::Cancelled, S::Superseded] {
        let mut operation = unpaid(state);
        operation.start_charge().unwrap();
        assert_eq!(operation.state(), S::Charging);
        assert!(matches!(operation.start_charge(), Err(Error::State(_))), "{state}");
    }
    assert!(matches!(paid().start_charge(), Err(Error::State(_))));
    assert!(matches!(held().start_charge(), Err(Error::State(_))));
}

#[test]
fn a_late_approval_wins_over_every_ending_without_payment() {
    for (state, late) in
        [(S::Failed, true), (S::Cancelled, true), (S::Superseded, true), (S::Unknown, false), (S::Pending, false)]
    {
        let mut operation = unpaid(state);
        let applied = operation.apply(&said(&operation, Action::Charge, Outcome::Approved)).unwrap();
        assert_eq!((applied.from, applied.to), (state, S::Completed));
        assert_eq!((applied.paid_now(), applied.late()), (true, late), "{state}");
    }
}

#[test]
fn bad_news_moves_nothing_that_was_paid() {
    for outcome in [Outcome::Declined, Outcome::Error, Outcome::Cancelled, Outcome::Unknown, Outcome::Pending] {
        let mut operation = paid();
        let no = said(&operation, Action::Charge, outcome);
        let before = operation.clone();
        assert!(!operation.apply(&no).unwrap().moved(), "{outcome}");
        assert!(!operation.settle(&Report::Confirmed(no)).unwrap().moved(), "{outcome}");
        assert_eq!(operation, before);
    }
    for report in [rejected, not_sent, open, lost] {
        let mut operation = paid();
        assert!(!operation.settle(&report(Action::Charge)).unwrap().moved());
    }
}

#[test]
fn the_same_payment_told_again_is_no_news() {
    let mut operation = paid();
    let before = operation.clone();
    let again = operation.apply(&said(&operation, Action::Charge, Outcome::Approved)).unwrap();
    assert!(!again.moved() && !again.paid_now() && !again.late());
    assert_eq!(operation, before);
}

#[test]
fn a_message_with_bad_news_does_not_stop_a_charge_that_runs() {
    // the first card was declined, the second one is being charged, and the bank repeats its first message
    for outcome in [Outcome::Declined, Outcome::Error, Outcome::Cancelled, Outcome::Unknown] {
        let mut operation = sale();
        let message = said(&operation, Action::Charge, outcome);
        operation.start_charge().unwrap();
        assert!(!operation.apply(&message).unwrap().moved(), "{outcome}");
        assert!(operation.start_charge().is_err(), "a second charge beside the first");
    }
}

#[test]
fn the_report_of_a_charge_moves_it_where_it_says() {
    for (report, expected) in [
        (Report::Confirmed(said(&sale(), Action::Charge, Outcome::Approved)), S::Completed),
        (Report::Confirmed(said(&sale(), Action::Charge, Outcome::Declined)), S::Failed),
        (Report::Confirmed(said(&sale(), Action::Charge, Outcome::Unknown)), S::Unknown),
        (Report::Confirmed(said(&sale(), Action::Charge, Outcome::Pending)), S::Charging),
        (rejected(Action::Charge), S::Failed),
        (not_sent(Action::Charge), S::Pending),
        (open(Action::Charge), S::Charging),
        (lost(Action::Charge), S::Unknown),
    ] {
        let mut operation = sale();
        operation.start_charge().unwrap();
        assert_eq!(after(operation, |operation| operation.settle(&report)), expected, "{report:?}");
    }
}

#[test]
fn a_charge_that_was_not_sent_changes_nothing_where_none_runs() {
    for state in [S::Pending, S::Failed, S::Cancelled, S::Superseded, S::Unknown] {
        assert_eq!(after(unpaid(state), |operation| operation.settle(&not_sent(Action::Charge))), state);
    }
}

#[test]
fn a_lost_charge_is_settled_by_the_bank_s_word_alone() {
    let lost_charge = || {
        let mut operation = sale();
        operation.start_charge().unwrap();
        operation.settle(&lost(Action::Charge)).unwrap();
        operation
    };
    // another request that was refused or did not leave says nothing of the first
    for report in [rejected, not_sent, open, lost] {
        assert_eq!(after(lost_charge(), |operation| operation.settle(&report(Action::Charge))), S::Unknown);
    }
    for (outcome, expected) in [(Outcome::Approved, S::Completed), (Outcome::Declined, S::Failed)] {
        let word = said(&sale(), Action::Charge, outcome);
        assert_eq!(after(lost_charge(), |operation| operation.apply(&word)), expected);
        assert_eq!(after(lost_charge(), |operation| operation.settle_query(&Report::Confirmed(word.clone()))), expected);
    }
}

#[test]
fn a_buyer_cancels_only_what_waits_for_him() {
    let mut operation = sale();
    operation.cancel().unwrap();
    operation.cancel().unwrap();
    assert_eq!(operation.state(), S::Cancelled);
    for state in [S::Charging, S::Authorized, S::Failed, S::Superseded, S::Unknown] {
        assert!(matches!(unpaid(state).cancel(), Err(Error::State(_))), "{state}");
    }
    assert!(matches!(paid().cancel(), Err(Error::State(_))));
}

#[test]
fn only_a_pending_operation_is_superseded() {
    let mut operation = sale();
    operation.supersede().unwrap();
    assert_eq!(operation.state(), S::Superseded);
    for state in [S::Charging, S::Authorized, S::Failed, S::Cancelled, S::Superseded, S::Unknown] {
        assert!(unpaid(state).supersede().is_err(), "{state}");
    }
    assert!(paid().supersede().is_err());
}

#[test]
fn nothing_is_charged_until_it_is_paid() {
    for state in [S::Pending, S::Charging, S::Authorized, S::Failed, S::Cancelled, S::Superseded, S::Unknown] {
        assert_eq!((unpaid(state).charged(), unpaid(state).refundable()), (None, None), "{state}");
    }
    assert_eq!((paid().charged(), paid().refundable()), (Some(euro(WHOLE)), Some(euro(WHOLE))));
}

#[test]
fn a_deleted_card_moves_no_operation() {
    for mut operation in [sale(), paid(), held()] {
        let deleted = said(&operation, Action::CardDeletion, Outcome::Approved);
        assert!(!operation.apply(&deleted).unwrap().moved());
    }
}

#[test]
fn a_hold_may_have_to_be_asked_for_after_the_buyer_agreed() {
    let mut operation = preauthorization();
    let approval = said(&operation, Action::Approval, Outcome::Approved);
    assert_payment(&refused(&mut operation, |operation| operation.apply(&approval)), "confirmation");
    operation.start_charge().unwrap();
    let report = Report::Confirmed(said(&operation, Action::Hold, Outcome::Approved));
    assert!(operation.settle(&report).unwrap().authorized_now());
}

#[test]
fn where_the_buyer_has_to_agree_first_nothing_was_charged() {
    for state in [S::Charging, S::Unknown, S::Pending] {
        let operation = unpaid(state);
        let report = Report::Confirmed(said(&operation, Action::Approval, Outcome::Pending));
        assert_eq!(after(operation.clone(), |operation| operation.settle(&report)), S::Pending, "{state}");
        assert_eq!(after(operation.clone(), |operation| operation.settle_query(&report)), S::Pending, "{state}");
        // by itself it may be older than the call that runs
        let message = said(&operation, Action::Approval, Outcome::Pending);
        assert_eq!(after(operation, |operation| operation.apply(&message)), state, "{state}");
    }
}

#[test]
fn bad_news_of_the_very_charge_that_waits_counts_while_charging() {
    let mut waiting = sale();
    waiting.start_charge().unwrap();
    let other = said(&waiting, Action::Charge, Outcome::Declined);
    waiting.settle(&Report::Confirmed(said(&waiting, Action::Charge, Outcome::Pending))).unwrap();
    assert_eq!((waiting.state(), waiting.references().get(Reference::AuthorizationCode)), (S::Charging, Some("501602")));

    let mut declined = waiting.clone();
    declined.apply(&other).unwrap();
    assert_eq!(declined.state(), S::Failed);
    // the next charge has a name of its own
    assert!(declined.references().get(Reference::AuthorizationCode).is_none());

    let mut unknown = sale();
    unknown.start_charge().unwrap();
    unknown.apply(&other).unwrap();
    assert_eq!(unknown.state(), S::Charging);
    waiting.apply(&said(&waiting, Action::Charge, Outcome::Approved)).unwrap();
    assert_eq!(waiting.state(), S::Completed);
}

#[test]
fn a_renewed_hold_has_a_new_name() {
    let renewed = |operation: &Operation| {
        let mut claim = claim(operation, Action::Hold, Outcome::Approved);
        claim.identity = None;
        claim.references.insert(Reference::RenewalId, "8AA8");
        Report::Confirmed(confirmed(operation, claim))
    };
    let mut operation = held();
    operation.learn(&[(Reference::AuthorizationId, "0VF5".to_owned())].into_iter().collect());
    let report = renewed(&operation);
    operation.renew_hold(&report).unwrap();
    let known = |name| operation.references().get(name);
    assert_eq!((known(Reference::AuthorizationId), known(Reference::RenewalId)), (Some("0VF5"), Some("8AA8")));
    let mut operation = operation.clone();
    assert!(operation.renew_hold(&Report::unknown(Action::Hold, "time-out")).is_err());
    let mut pending = preauthorization();
    assert!(pending.renew_hold(&renewed(&pending.clone())).is_err());
}

type Change = fn(&mut Operation) -> Moved;

/// A sale whose charge waits under the name 501602.
fn waiting() -> Operation {
    let mut operation = sale();
    operation.start_charge().unwrap();
    operation.settle(&Report::Confirmed(said(&operation, Action::Charge, Outcome::Pending))).unwrap();
    assert_eq!(operation.references().get(Reference::AuthorizationCode), Some("501602"));
    operation
}

#[test]
fn a_charge_that_waited_may_still_be_paid_after_the_buyer_gave_up() {
    let mut operation = waiting();
    let uncharged = Report::Confirmed(said(&operation, Action::Approval, Outcome::Approved));
    operation.settle_query(&uncharged).unwrap();
    operation.cancel().unwrap();
    assert_eq!(operation.state(), S::Cancelled);
    let paid = Report::Confirmed(said(&operation, Action::Charge, Outcome::Approved));
    assert!(operation.settle_query(&paid).unwrap().paid_now());

    // and where it is asked about while the buyer is still on his way
    let mut operation = sale();
    operation.settle_query(&Report::Confirmed(said(&operation, Action::Charge, Outcome::Pending))).unwrap();
    operation.supersede().unwrap();
    operation.start_charge().unwrap();
    let other = said_of(&operation, Action::Charge, Outcome::Approved, WHOLE, "501603");
    assert!(operation.settle(&Report::Confirmed(other)).unwrap().paid_now());
}

#[test]
fn the_charge_after_one_that_waited_has_a_name_of_its_own() {
    let uncharged = |operation: &mut Operation| {
        let report = Report::Confirmed(said(operation, Action::Approval, Outcome::Pending));
        operation.settle_query(&report)
    };
    let lost_then_declined = |operation: &mut Operation| {
        operation.settle(&lost(Action::Charge)).unwrap();
        let claim =
            Claim { identity: None, references: References::new(), ..claim(operation, Action::Charge, Outcome::Declined) };
        operation.apply(&confirmed(operation, claim))
    };
    let given_up = |operation: &mut Operation| {
        let report = Report::Confirmed(said(operation, Action::Charge, Outcome::Cancelled));
        operation.settle_query(&report)
    };
    let ends: [(Change, S); 3] = [(uncharged, S::Pending), (lost_then_declined, S::Failed), (given_up, S::Cancelled)];
    for (end, state) in ends {
        let mut operation = waiting();
        end(&mut operation).unwrap();
        assert_eq!((operation.state(), operation.references().get(Reference::AuthorizationCode)), (state, None));
        operation.start_charge().unwrap();
        let second = said_of(&operation, Action::Charge, Outcome::Approved, WHOLE, "501603");
        assert!(operation.settle(&Report::Confirmed(second)).unwrap().paid_now(), "{state}");
    }
}
