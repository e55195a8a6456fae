//! The one constructor of a confirmation: each part of a claim that does not match is refused by its own name.

use jiff::Timestamp;

use super::*;
use crate::Refusal;

type Change = fn(&mut Claim);

fn refusal(operation: &Operation, change: impl FnOnce(&mut Claim)) -> Option<Refusal> {
    refusal_of(operation, claim(operation, Action::Charge, Outcome::Approved), change)
}

fn refusal_of(operation: &Operation, mut claim: Claim, change: impl FnOnce(&mut Claim)) -> Option<Refusal> {
    change(&mut claim);
    Confirmation::new(claim, proof(), operation).err()
}

fn contract(bank: &'static str, environment: Environment, merchant: &str, terminal: Option<&str>) -> Acceptor {
    Acceptor::new(Bank::named(bank), environment, merchant, terminal)
}

#[test]
fn a_good_claim_becomes_a_confirmation_that_says_the_same() {
    let deadline = Timestamp::from_second(1_000).unwrap();
    let good = Claim { deadline: Some(deadline), ..claim(&sale(), Action::Charge, Outcome::Approved) };
    let confirmation = confirmed(&sale(), good);
    assert_eq!(confirmation.number(), sale().number());
    assert_eq!((confirmation.action(), confirmation.outcome()), (Action::Charge, Outcome::Approved));
    assert_eq!((confirmation.amount(), confirmation.code()), (Some(euro(WHOLE)), Some("0000")));
    assert_eq!(confirmation.authorization(), Some("501602"));
    assert_eq!((confirmation.contract(), confirmation.deadline()), (&shop(), Some(deadline)));
    assert!(confirmation.is_approved_payment());
}

#[test]
fn each_part_that_differs_is_refused_by_its_name() {
    use Environment::{Live, Test};
    let cases: [(Refusal, Change); 18] = [
        (Refusal::Merchant, |c| c.contract = contract("other", Test, "999008881", Some("1"))),
        (Refusal::Merchant, |c| c.contract = contract("example", Test, "999008882", Some("1"))),
        (Refusal::Terminal, |c| c.contract = contract("example", Test, "999008881", Some("2"))),
        (Refusal::Terminal, |c| c.contract = contract("example", Test, "999008881", None)),
        (Refusal::Environment, |c| c.contract = contract("example", Live, "999008881", Some("1"))),
        (Refusal::Merchant, |c| c.merchant = "999008882".into()),
        (Refusal::Merchant, |c| c.merchant = "".into()),
        (Refusal::Terminal, |c| c.terminal = Some("2".into())),
        (Refusal::Terminal, |c| c.terminal = Some("01".into())),
        (Refusal::Terminal, |c| c.terminal = None),
        (Refusal::Number, |c| c.number = "2611AbC00018".parse().unwrap()),
        (Refusal::Number, |c| c.number = "2611abc00017".parse().unwrap()),
        (Refusal::Amount, |c| c.amount = ClaimedAmount::Stated(euro(WHOLE - 1))),
        (Refusal::Amount, |c| c.amount = ClaimedAmount::Stated(euro(WHOLE + 1))),
        (Refusal::Amount, |c| c.amount = ClaimedAmount::Stated(euro(0))),
        (Refusal::Currency, |c| c.amount = ClaimedAmount::Stated(dollar(WHOLE))),
        (Refusal::Type, |c| c.action = Action::Hold),
        (Refusal::Type, |c| c.action = Action::Capture),
    ];
    assert_eq!(refusal(&sale(), |_| ()), None);
    for (at, (expected, change)) in cases.into_iter().enumerate() {
        assert_eq!(refusal(&sale(), change), Some(expected), "case {at}");
    }
}

#[test]
fn an_outcome_makes_no_part_of_a_payment_optional() {
    for outcome in [Outcome::Declined, Outcome::Pending, Outcome::Cancelled, Outcome::Unknown, Outcome::Error] {
        let other = |c: &mut Claim| (c.outcome, c.amount) = (outcome, ClaimedAmount::Stated(euro(1)));
        assert_eq!(refusal(&sale(), other), Some(Refusal::Amount), "{outcome}");
    }
}

#[test]
fn what_happened_goes_with_the_kind_of_operation() {
    use Action as A;
    let table = [
        (PaymentKind::Sale, [A::Approval, A::Charge].as_slice(), [A::Hold, A::Capture].as_slice()),
        (PaymentKind::Preauthorization, &[A::Approval, A::Hold, A::Capture], &[A::Charge]),
    ];
    for (kind, good, bad) in table {
        let operation = begun(kind);
        for action in good.iter().chain(&[A::Void, A::CardDeletion, A::Refund]) {
            assert_eq!(refusal(&operation, |c| c.action = *action), None, "{action}");
        }
        for action in bad {
            assert_eq!(refusal(&operation, |c| c.action = *action), Some(Refusal::Type), "{action}");
        }
    }
}

#[test]
fn a_capture_is_of_what_was_asked_or_of_a_part_of_the_hold() {
    let stated = |operation: &Operation, amount| {
        refusal_of(operation, claim(operation, Action::Capture, Outcome::Approved), |c| c.amount = ClaimedAmount::Stated(amount))
    };
    let asked = capturing(4_000);
    assert_eq!(stated(&asked, euro(4_000)), None);
    for other in [0, 3_999, 4_001, WHOLE] {
        assert_eq!(stated(&asked, euro(other)), Some(Refusal::Amount), "{other}");
    }
    assert_eq!(stated(&asked, dollar(4_000)), Some(Refusal::Currency));
    assert_eq!(stated(&held(), euro(1)), None);
    assert_eq!(stated(&held(), euro(WHOLE)), None);
    assert_eq!(stated(&held(), euro(0)), Some(Refusal::Amount));
    assert_eq!(stated(&held(), euro(WHOLE + 1)), Some(Refusal::Amount));
}

#[test]
fn a_void_is_of_what_was_asked_or_of_what_was_charged() {
    let mut part = capturing(4_000);
    part.apply(&said_of(&part, Action::Capture, Outcome::Approved, 4_000, "502")).unwrap();
    for (operation, minor, expected) in [
        (&part, 4_000, None),
        (&part, WHOLE, None),
        (&part, 4_001, Some(Refusal::Amount)),
        (&held(), WHOLE, None),
        (&held(), 4_000, Some(Refusal::Amount)),
    ] {
        let void = claim(operation, Action::Void, Outcome::Approved);
        assert_eq!(refusal_of(operation, void, |c| c.amount = ClaimedAmount::Stated(euro(minor))), expected, "{minor}");
    }
}

#[test]
fn an_approved_refund_is_within_what_is_left_and_a_declined_one_may_say_anything() {
    let mut operation = paid();
    operation.start_refund(euro(4_000), None).unwrap();
    let stated = |outcome, amount| {
        refusal_of(&operation, claim_of(&operation, Action::Refund, outcome, 1, "R"), |c| {
            c.amount = ClaimedAmount::Stated(amount);
        })
    };
    for good in [1, 4_000, 6_000] {
        assert_eq!(stated(Outcome::Approved, euro(good)), None, "{good}");
    }
    assert_eq!(stated(Outcome::Approved, euro(6_001)), Some(Refusal::Amount));
    assert_eq!(stated(Outcome::Declined, euro(WHOLE * 2)), None);
    assert_eq!(stated(Outcome::Declined, dollar(1)), Some(Refusal::Currency));
}

#[test]
fn only_a_refund_that_was_approved_can_have_been_voided() {
    let mut operation = paid();
    let refund = operation.start_refund(euro(4_000), None).unwrap();
    let void = |operation: &Operation| {
        refusal(operation, |c| *c = claim_of(operation, Action::RefundVoid, Outcome::Approved, 4_000, "V"))
    };
    assert_eq!(void(&operation), Some(Refusal::Amount));
    let approved = said_of(&operation, Action::Refund, Outcome::Approved, 4_000, "R");
    operation.settle_refund(refund.id, &Report::Confirmed(approved)).unwrap();
    assert_eq!(void(&operation), None);
}

#[test]
fn a_second_payment_is_refused_by_its_identity() {
    let second = claim_of(&paid(), Action::Charge, Outcome::Approved, WHOLE, "501603");
    let nameless = Claim { references: References::new(), ..second.clone() };
    let without = Claim { identity: None, ..second.clone() };
    let declined = Claim { outcome: Outcome::Declined, ..second.clone() };
    assert_eq!(refusal_of(&sale(), second.clone(), |_| ()), None);
    assert_eq!(refusal_of(&paid(), second, |_| ()), Some(Refusal::Number));
    assert_eq!(refusal_of(&paid(), nameless, |_| ()), Some(Refusal::Number));
    // a bank that has no identity cannot tell; a no is no payment
    assert_eq!(refusal_of(&paid(), without, |_| ()), None);
    assert_eq!(refusal_of(&paid(), declined, |_| ()), None);
    assert_eq!(refusal_of(&paid(), claim(&paid(), Action::Charge, Outcome::Approved), |_| ()), None);
}

#[test]
fn two_payments_confirmed_at_once_are_one_payment_and_one_refusal() {
    let mut operation = sale();
    let first = said_of(&operation, Action::Charge, Outcome::Approved, WHOLE, "501602");
    let second = said_of(&operation, Action::Charge, Outcome::Approved, WHOLE, "501603");
    assert!(operation.apply(&first).unwrap().paid_now());
    let error = refused(&mut operation, |operation| operation.apply(&second));
    assert_eq!(error.refusal(), Some(Refusal::Number));
    assert_eq!(operation.references().get(Reference::AuthorizationCode), Some("501602"));
}

#[test]
fn a_confirmation_moves_no_operation_but_its_own() {
    let confirmation = said(&sale(), Action::Charge, Outcome::Approved);
    let payment = Payment::builder("PED-18", euro(WHOLE)).build().unwrap();
    let smaller = Payment::builder("PED-17", euro(1)).build().unwrap();
    let other_shop = contract("example", Environment::Live, "999008881", Some("1"));
    for (mut other, expected) in [
        (Operation::new(shop(), "2611AbC00018".parse().unwrap(), &payment), Refusal::Number),
        (Operation::new(shop(), sale().number().clone(), &smaller), Refusal::Amount),
        (Operation::new(other_shop, sale().number().clone(), &payment), Refusal::Environment),
    ] {
        let report = Report::Confirmed(confirmation.clone());
        assert_eq!(refused(&mut other, |other| other.apply(&confirmation)).refusal(), Some(expected));
        assert_eq!(refused(&mut other, |other| other.settle(&report)).refusal(), Some(expected));
        assert_eq!(refused(&mut other, |other| other.settle_query(&report)).refusal(), Some(expected));
    }
}

#[test]
fn a_confirmation_is_good_up_to_its_deadline_and_not_after() {
    let deadline = Timestamp::from_second(1_000).unwrap();
    let until = |deadline| confirmed(&sale(), Claim { deadline, ..claim(&sale(), Action::Approval, Outcome::Approved) });
    let after = Timestamp::from_second(1_001).unwrap();
    assert!(until(Some(deadline)).require_in_time(deadline).is_ok());
    assert_eq!(until(Some(deadline)).require_in_time(after).unwrap_err().refusal(), Some(Refusal::Stale));
    assert!(until(None).require_in_time(Timestamp::MAX).is_ok());
}
