//! Settle, capture, void and rebate: what is sent, and that only a whole, signed answer about it counts.

use proptest::prelude::*;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Action, Error, Exchange, Lost, Outcome, PaymentKind, PointOfSale as _, Reference, Refusal, Report};
use vpos_elavon::{Elavon, Settle};

use crate::scene::{
    AUTHCODE, ORDER, PASREF, answered, basic, config, confirm, drive, elavon, encoded, euros, known, now, operation, responded,
};

/// An approved sale whose charge was started, and the settle that follows.
fn settle(elavon: &Elavon) -> (Operation, Exchange<Report>) {
    let mut operation = operation(elavon, PaymentKind::Sale);
    let confirmation = confirm(elavon, &operation, &encoded(&responded("00", "ok"))).unwrap();
    if confirmation.action() == Action::Approval {
        assert!(elavon.charge(&confirmation, &operation, now()).is_err(), "no charge was started");
    }
    operation.start_charge().unwrap();
    let exchange = elavon.charge(&confirmation, &operation, now()).unwrap();
    (operation, exchange)
}

fn settled_by(answer: Result<String, Lost>) -> (Operation, Report) {
    let (mut operation, exchange) = settle(&elavon(Settle::OnConfirmation));
    let (report, _) = drive(exchange, &[answer]);
    operation.settle(&report).unwrap();
    (operation, report)
}

#[test]
fn a_settle_pays_and_keeps_the_authorisations_names() {
    let (operation, report) = settled_by(Ok(answered(ORDER, "00", "999", "000000", "319623")));
    assert_eq!((report.action(), report.outcome()), (Action::Charge, Outcome::Approved));
    assert_eq!(operation.state(), OperationState::Completed);
    assert_eq!(operation.references().get(Reference::BankReference), Some(PASREF));
    assert_eq!(operation.references().get(Reference::AuthorizationCode), Some(AUTHCODE));
}

#[test]
fn what_is_settled_is_what_was_stored() {
    let (_, exchange) = settle(&elavon(Settle::OnConfirmation));
    let (_, sent) = drive(exchange, &[Err(Lost::after_send("time-out"))]);
    for part in [
        "type=\"settle\"",
        "<amount currency=\"EUR\">12345</amount>",
        &format!("<pasref>{PASREF}</pasref>"),
        &format!("<authcode>{AUTHCODE}</authcode>"),
        "timestamp=\"20261123120500\"",
    ] {
        assert!(sent[0].contains(part), "{}", sent[0]);
    }
}

#[test]
fn an_automatic_contract_sends_nothing() {
    let elavon = elavon(Settle::Auto);
    let (mut operation, exchange) = settle(&elavon);
    operation.settle(&exchange.local().unwrap()).unwrap();
    assert_eq!(operation.state(), OperationState::Completed);
}

#[test]
fn every_other_answer_leaves_it_unpaid() {
    use OperationState as S;
    let good = || answered(ORDER, "00", "999", "000000", "319623");
    for (answer, state) in [
        (Err(Lost::before_send("no network")), S::Pending),
        (Err(Lost::after_send("time-out")), S::Unknown),
        (Ok(String::new()), S::Unknown),
        (Ok("<html><body>busy</body></html>".into()), S::Unknown),
        (Ok(basic(ORDER, "508")), S::Failed),
        (Ok(basic(&format!("_settle_{ORDER}"), "508")), S::Failed),
        (Ok(basic("OTHER", "508")), S::Unknown),
        (Ok(basic(ORDER, "00")), S::Unknown),
        (Ok(basic(ORDER, "101")), S::Unknown),
        (Ok(basic(ORDER, "205")), S::Unknown),
        (Ok(answered(ORDER, "101", "999", "", "")), S::Failed),
        (Ok(answered(ORDER, "205", "999", "", "")), S::Unknown),
        (Ok(answered(&format!("_settle_{ORDER}"), "508", "999", "", "")), S::Failed),
        (Ok(answered(&format!("_settle_{ORDER}"), "00", "999", "", "")), S::Unknown),
        (Ok(answered("OTHER", "00", "999", "000000", "1")), S::Unknown),
        (Ok(good().replace("<result>00", "<result>01")), S::Unknown),
        (Ok(good().replace("<sha1hash>", "<sha1hash>0")), S::Unknown),
        (Ok(good().replace("sha1hash", "sha256hash")), S::Unknown),
        (Ok(good().replace("<merchantid>tienda", "<merchantid>otra")), S::Unknown),
        (Ok(good().replace("<account>internet", "<account>moto")), S::Unknown),
        (Ok(good().replace("<result>00</result>", "<result>00</result><result>00</result>")), S::Unknown),
        (Ok(good().replacen("<response", "<!DOCTYPE r><response", 1)), S::Unknown),
    ] {
        let (operation, report) = settled_by(answer.clone());
        assert_eq!(operation.state(), state, "{answer:?}: {report:?}");
        assert_eq!(operation.charged(), None);
    }
}

proptest! {
    #[test]
    fn a_changed_answer_is_never_a_good_one(at: prop::sample::Index, byte in b' '..b'~') {
        let good = answered(ORDER, "00", "999", "000000", "319623");
        let hashed = good.find("<merchantid>").unwrap()..good.find("<batchid>").unwrap();
        let at = hashed.start + at.index(hashed.len());
        let mut changed = good.clone().into_bytes();
        changed[at] = byte;
        let changed = String::from_utf8(changed).unwrap();
        // spaces around the account are nobody's
        prop_assume!(changed != good && good.as_bytes()[at] != b'\r' && good.as_bytes()[at] != b'\n');
        let (operation, _) = settled_by(Ok(changed));
        prop_assert!(operation.charged().is_none());
    }

    #[test]
    fn any_answer_is_read_or_unknown(body in ".*") {
        let (operation, _) = settled_by(Ok(body));
        prop_assert_eq!(operation.state(), OperationState::Unknown);
    }
}

#[test]
fn a_hold_is_captured_up_to_115_in_100() {
    let elavon = elavon(Settle::Multi);
    let mut held = known(&elavon, PaymentKind::Preauthorization, OperationState::Authorized);
    assert!(elavon.capture(&held, now()).is_err(), "no capture was started");
    assert!(held.start_capture(euros(14_197), elavon.capture_limit(&held)).is_err());
    held.start_capture(euros(14_196), elavon.capture_limit(&held)).unwrap();
    let answer = answered(ORDER, "00", "999", "000000", "319623");
    let (report, sent) = drive(elavon.capture(&held, now()).unwrap(), &[Ok(answer.clone())]);
    held.settle(&report).unwrap();
    assert!(sent[0].contains(">14196</amount>"));
    assert_eq!(held.charged(), Some(euros(14_196)));
    let (report, sent) = drive(elavon.settle_part(&held, euros(100), now()).unwrap(), &[Ok(answer)]);
    held.settle(&report).unwrap();
    assert!(sent[0].contains(">100</amount>"));
    assert_eq!(held.charged(), Some(euros(14_196)), "what further parts charge is the caller's to add up");
}

#[test]
fn a_void_names_the_authorisation_and_is_told_apart_by_its_own_name() {
    let elavon = elavon(Settle::OnConfirmation);
    assert!(elavon.void(&operation(&elavon, PaymentKind::Sale), now()).is_err());
    let mut held = known(&elavon, PaymentKind::Preauthorization, OperationState::Authorized);
    let answer = answered(ORDER, "00", "999", "000000", "-1");
    let (report, sent) = drive(elavon.void(&held, now()).unwrap(), &[Ok(answer)]);
    held.settle(&report).unwrap();
    assert!(sent[0].contains(PASREF) && !sent[0].contains("<amount"), "{}", sent[0]);
    assert_eq!(held.state(), OperationState::Cancelled);
    assert_eq!(held.references().get(Reference::VoidId), Some("999"));
    assert_eq!(held.references().get(Reference::BankReference), Some(PASREF));
}

#[test]
fn refunds_need_the_password_and_the_authorisation() {
    let shop = elavon(Settle::OnConfirmation);
    let mut paid = known(&shop, PaymentKind::Sale, OperationState::Completed);
    let part = paid.start_refund(euros(345), Some("una talla menos")).unwrap();
    let answer = answered(ORDER, "00", "5551", "004432", "319623");
    let (report, sent) = drive(shop.refund(&paid, &part, now()).unwrap(), &[Ok(answer)]);
    paid.settle_refund(part.id, &report).unwrap();
    assert!(sent[0].contains("type=\"rebate\"") && sent[0].contains(">345</amount>") && sent[0].contains(PASREF));
    assert_eq!(paid.refunded(), euros(345));
    assert_eq!(paid.refunds()[0].reference.as_deref(), Some("5551"));
    assert_eq!(paid.references().get(Reference::BankReference), Some(PASREF));

    let again = shop.refund(&paid, &part, now()).unwrap_err();
    assert!(again.to_string().contains("not a pending refund"), "{again}");

    let mut without = config();
    without.rebate_password = None;
    let poor = Elavon::new(without).unwrap();
    let mut paid = known(&poor, PaymentKind::Sale, OperationState::Completed);
    let whole = paid.start_refund(euros(12_345), None).unwrap();
    assert!(matches!(poor.refund(&paid, &whole, now()), Err(Error::Unsupported { .. })));
    assert!(!poor.capabilities().refund && shop.capabilities().refund);
}

#[test]
fn another_contracts_operation_is_refused() {
    let ours = elavon(Settle::OnConfirmation);
    let mut foreign = config();
    foreign.merchant_id = "otra".into();
    let other = Elavon::new(foreign).unwrap();
    let held = known(&other, PaymentKind::Preauthorization, OperationState::Authorized);
    assert_eq!(ours.void(&held, now()).unwrap_err().refusal(), Some(Refusal::Merchant));
    assert_eq!(ours.query(&held, now()).unwrap_err().refusal(), Some(Refusal::Merchant));
}
