//! The query: what each answer of the order and of its legs means.

use vpos_core::operation::{Operation, OperationState, RefundState};
use vpos_core::{Action, Lost, Outcome, PaymentKind, PointOfSale as _, Reference, Report};
use vpos_elavon::Settle;

use crate::scene::{AUTHCODE, ORDER, PASREF, answered, basic, drive, elavon, euros, known, now, operation};

/// An order's answer. Its hash is nobody's: the recipe is not known.
fn order(batch: &str) -> String {
    answered(ORDER, "00", PASREF, AUTHCODE, batch).replace("<sha1hash>", "<sha1hash>0")
}

fn none(leg: &str) -> String {
    basic(&format!("{leg}{ORDER}"), "508")
}

fn asked(settle: Settle, operation: &Operation, answers: &[Result<String, Lost>]) -> (Report, Operation) {
    let mut operation = operation.clone();
    let (report, sent) = drive(elavon(settle).query(&operation, now()).unwrap(), answers);
    assert!(sent.iter().all(|sent| sent.contains("type=\"query\"") && !sent.contains(PASREF)));
    if report.action() != Action::Approval || report.outcome() != Outcome::Approved {
        operation.settle_query(&report).unwrap();
    }
    (report, operation)
}

#[test]
fn a_pending_sale() {
    use OperationState as S;
    let pending = operation(&elavon(Settle::OnConfirmation), PaymentKind::Sale);
    for (settle, answer, outcome, action, state) in [
        (Settle::OnConfirmation, Ok(order("319623")), Outcome::Approved, Action::Charge, S::Completed),
        (Settle::OnConfirmation, Ok(order("-1")), Outcome::Approved, Action::Approval, S::Pending),
        (Settle::Auto, Ok(order("319623")), Outcome::Approved, Action::Charge, S::Completed),
        (Settle::Auto, Ok(order("0")), Outcome::Pending, Action::Charge, S::Pending),
        (Settle::Auto, Ok(order("")), Outcome::Unknown, Action::Charge, S::Pending),
        (Settle::Auto, Ok(answered(ORDER, "101", PASREF, "", "")), Outcome::Declined, Action::Charge, S::Failed),
        (Settle::Auto, Ok(basic(ORDER, "508")), Outcome::Pending, Action::Charge, S::Pending),
        (Settle::Auto, Ok(basic(ORDER, "505")), Outcome::Error, Action::Charge, S::Pending),
        (Settle::Auto, Ok(basic("OTHER", "508")), Outcome::Unknown, Action::Charge, S::Pending),
        (Settle::Auto, Ok(order("1").replace(ORDER, &format!("_void_{ORDER}"))), Outcome::Unknown, Action::Charge, S::Pending),
        (Settle::Auto, Ok(order("1").replace("tienda", "otra")), Outcome::Unknown, Action::Charge, S::Pending),
        (Settle::Auto, Err(Lost::before_send("x")), Outcome::Error, Action::Charge, S::Pending),
        (Settle::Auto, Err(Lost::after_send("x")), Outcome::Unknown, Action::Charge, S::Pending),
    ] {
        let (report, after) = asked(settle, &pending, std::slice::from_ref(&answer));
        assert_eq!((report.outcome(), report.action(), after.state()), (outcome, action, state), "{settle:?} {answer:?}");
        if after.state() == S::Completed {
            assert_eq!(after.references().get(Reference::BankReference), Some(PASREF));
            assert_eq!(after.references().get(Reference::AuthorizationCode), Some(AUTHCODE));
        }
    }
}

#[test]
fn an_authorisation_found_by_a_query_can_be_settled() {
    let elavon = elavon(Settle::OnConfirmation);
    let mut pending = operation(&elavon, PaymentKind::Sale);
    let (report, _) = asked(Settle::OnConfirmation, &pending, &[Ok(order("-1"))]);
    pending.start_charge().unwrap();
    let exchange = elavon.charge(report.confirmation().unwrap(), &pending, now()).unwrap();
    let (report, _) = drive(exchange, &[Ok(answered(ORDER, "00", "999", "000000", "1"))]);
    pending.settle(&report).unwrap();
    assert_eq!(pending.state(), OperationState::Completed);
    assert_eq!(pending.references().get(Reference::BankReference), Some(PASREF));
}

#[test]
fn a_lost_capture() {
    let elavon = elavon(Settle::OnConfirmation);
    let mut held = known(&elavon, PaymentKind::Preauthorization, OperationState::Authorized);
    held.start_capture(euros(1_000), elavon.capture_limit(&held)).unwrap();
    held.settle(&Report::unknown(Action::Capture, "time-out")).unwrap();
    let (_, after) = asked(Settle::OnConfirmation, &held, &[Ok(order("319623"))]);
    assert_eq!(after.charged(), Some(euros(1_000)));
    let (_, after) = asked(Settle::OnConfirmation, &held, &[Ok(order("-1"))]);
    assert_eq!((after.state(), after.capturing()), (OperationState::Authorized, None));
}

#[test]
fn a_lost_void_is_seen_in_its_leg() {
    let elavon = elavon(Settle::OnConfirmation);
    let held = known(&elavon, PaymentKind::Preauthorization, OperationState::Authorized);
    let void = answered(&format!("_void_{ORDER}"), "00", "999", "000000", "-1");
    let (report, after) = asked(Settle::OnConfirmation, &held, &[Ok(order("-1")), Ok(void)]);
    assert_eq!((report.action(), after.state()), (Action::Void, OperationState::Cancelled));
    assert_eq!(after.references().get(Reference::VoidId), Some("999"));
    let (_, after) = asked(Settle::OnConfirmation, &held, &[Ok(order("-1")), Ok(none("_void_"))]);
    assert_eq!(after.state(), OperationState::Authorized);
    let (report, after) = asked(Settle::OnConfirmation, &held, &[Ok(order("-1")), Err(Lost::after_send("x"))]);
    assert_eq!((report.outcome(), after.state()), (Outcome::Unknown, OperationState::Authorized));
}

#[test]
fn a_lost_refund_is_seen_in_its_leg() {
    let elavon = elavon(Settle::OnConfirmation);
    let mut paid = known(&elavon, PaymentKind::Sale, OperationState::Completed);
    let first = paid.start_refund(euros(1_000), None).unwrap();
    paid.settle_refund(first.id, &Report::unknown(Action::Refund, "time-out")).unwrap();
    let leg = answered(&format!("_rebate_{ORDER}"), "00", "5551", "004432", "319623");

    let (_, after) = asked(Settle::OnConfirmation, &paid, &[Ok(order("319623")), Ok(leg.clone())]);
    assert_eq!((after.refunds()[0].state, after.refunds()[0].reference.as_deref()), (RefundState::Approved, Some("5551")));
    let (report, after) = asked(Settle::OnConfirmation, &paid, &[Ok(order("319623")), Ok(none("_rebate_"))]);
    assert_eq!((after.refunds()[0].state, report.code()), (RefundState::Declined, Some("508")));

    // the leg speaks of the first rebate alone: of a second it tells nothing
    let mut twice = after_first(&paid, &leg);
    let second = twice.start_refund(euros(2_000), None).unwrap();
    twice.settle_refund(second.id, &Report::unknown(Action::Refund, "time-out")).unwrap();
    let (report, after) = asked(Settle::OnConfirmation, &twice, &[Ok(order("319623")), Ok(leg)]);
    assert_eq!((report.outcome(), after.refunds()[1].state), (Outcome::Pending, RefundState::Unknown));
}

fn after_first(paid: &Operation, leg: &str) -> Operation {
    asked(Settle::OnConfirmation, paid, &[Ok(order("319623")), Ok(leg.to_owned())]).1
}
