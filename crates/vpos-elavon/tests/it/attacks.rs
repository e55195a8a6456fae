//! What reviewers tried, step by step.

use vpos_core::operation::{OperationState, RefundState};
use vpos_core::{Action, Environment, Error, Lost, PaymentKind, PointOfSale as _, Refusal, Report};
use vpos_elavon::{Elavon, Settle};

use crate::scene::{
    AUTHCODE, ORDER, PASREF, answered, config, confirm, drive, elavon, encoded, euros, known, now, operation, responded, with,
};

#[test]
fn the_leg_of_a_declined_refund_does_not_free_the_next_one() {
    let elavon = elavon(Settle::OnConfirmation);
    let mut paid = known(&elavon, PaymentKind::Sale, OperationState::Completed);
    let first = paid.start_refund(euros(12_345), None).unwrap();
    let declined = Ok(answered(ORDER, "101", "5550", "", ""));
    let (report, _) = drive(elavon.refund(&paid, &first, now()).unwrap(), &[declined]);
    paid.settle_refund(first.id, &report).unwrap();
    let second = paid.start_refund(euros(12_345), None).unwrap();
    paid.settle_refund(second.id, &Report::unknown(Action::Refund, "time-out")).unwrap();

    let (order, leg) =
        (answered(ORDER, "00", PASREF, AUTHCODE, "319623"), answered(&format!("_rebate_{ORDER}"), "101", "5550", "", ""));
    let (report, _) = drive(elavon.query(&paid, now()).unwrap(), &[Ok(order), Ok(leg)]);
    paid.settle_query(&report).unwrap();
    assert_eq!(paid.refund(second.id).unwrap().state, RefundState::Unknown);
    assert!(paid.start_refund(euros(12_345), None).is_err());
}

#[test]
fn a_test_account_pays_nothing_on_the_live_platform() {
    let mut config = config();
    config.environment = Environment::Live;
    config.settle = Settle::Auto;
    let elavon = Elavon::new(config).unwrap();
    let operation = operation(&elavon, PaymentKind::Sale);
    // the buyer had put another account into the form, and writes ours back: no hash covers it
    let fields = with(responded("00", "[ test system ] Authorised 12345"), "ACCOUNT", "internet");
    let refused = confirm(&elavon, &operation, &encoded(&fields));
    assert!(matches!(refused, Err(Error::Refused(Refusal::Environment))), "{refused:?}");
}

#[test]
fn a_dot_cannot_move_a_part_of_the_message_into_the_reference() {
    let elavon = elavon(Settle::Auto);
    let operation = operation(&elavon, PaymentKind::Sale);
    let genuine = responded("00", "Authorised. Ok");
    assert!(confirm(&elavon, &operation, &encoded(&genuine)).is_ok());
    let moved = with(with(genuine, "MESSAGE", "Authorised"), "PASREF", &format!(" Ok.{PASREF}"));
    assert!(confirm(&elavon, &operation, &encoded(&moved)).is_err());
}

#[test]
fn a_reload_after_a_lost_settle_starts_no_second_one() {
    let elavon = elavon(Settle::OnConfirmation);
    let mut operation = operation(&elavon, PaymentKind::Sale);
    let request = encoded(&responded("00", "Authorised"));
    let confirmation = confirm(&elavon, &operation, &request).unwrap();
    operation.start_charge().unwrap();
    let lost = Err(Lost::after_send("time-out"));
    let (report, _) = drive(elavon.charge(&confirmation, &operation, now()).unwrap(), &[lost]);
    operation.settle(&report).unwrap();
    assert_eq!(operation.state(), OperationState::Unknown);
    assert!(confirm(&elavon, &operation, &request).is_ok());
    assert!(operation.start_charge().is_err());
}
