//! A charge that waits has a name, which must not be taken for that of one that was approved.

use serde_json::json;
use vpos_core::operation::{Operation, OperationState as S};
use vpos_core::{PointOfSale as _, Reference};
use vpos_paypal::Paypal;

use crate::{nvp_scene as n, scene as r};

const SECOND: &str = "9ZZ679366HH908993";

fn pending_capture(paypal: &Paypal) -> Operation {
    let mut operation = r::sale(paypal);
    let agreed = r::approved(paypal, &operation, "CAPTURE");
    operation.start_charge().unwrap();
    let waits = r::order("CAPTURE", "COMPLETED", &json!({ "captures": [r::moved(r::CAPTURE, "PENDING", "123.45")] }));
    let report = r::drive(paypal.charge(&agreed, &operation, r::now()), &[r::says(201, &waits)]).0.unwrap();
    operation.settle(&report).unwrap();
    assert_eq!((operation.state(), operation.references().get(Reference::CaptureId)), (S::Charging, Some(r::CAPTURE)));
    operation
}

fn queried(paypal: &Paypal, operation: &mut Operation, answer: &serde_json::Value) {
    let report = r::drive(paypal.query(operation, r::now()), &[r::says(200, answer)]).0.unwrap();
    operation.settle_query(&report).unwrap();
}

#[test]
fn a_charge_that_waited_is_paid_after_the_operation_was_cancelled() {
    let paypal = r::paypal();
    let mut operation = pending_capture(&paypal);
    // answered from before the capture
    queried(&paypal, &mut operation, &r::order("CAPTURE", "APPROVED", &json!({})));
    assert_eq!(operation.state(), S::Pending);
    operation.cancel().unwrap();
    let paid = json!({ "captures": [r::moved(r::CAPTURE, "COMPLETED", "123.45")] });
    queried(&paypal, &mut operation, &r::order("CAPTURE", "COMPLETED", &paid));
    assert_eq!(operation.state(), S::Completed);
}

#[test]
fn the_charge_after_one_that_waited_and_was_declined_is_no_second_payment() {
    let paypal = r::paypal();
    let mut operation = pending_capture(&paypal);
    // it was declined, and the buyer agreed again
    let again = r::order("CAPTURE", "APPROVED", &json!({ "captures": [r::moved(r::CAPTURE, "DECLINED", "123.45")] }));
    queried(&paypal, &mut operation, &again);
    assert_eq!(operation.state(), S::Pending);
    let note = paypal.receive(&r::returned(&format!("token={}&PayerID=Q", r::ORDER))).unwrap();
    let agreed = r::drive(paypal.verify(&note, &operation, r::now()), &[r::says(200, &again)]).0.unwrap();
    operation.start_charge().unwrap();
    let captures = [r::moved(r::CAPTURE, "DECLINED", "123.45"), r::moved(SECOND, "COMPLETED", "123.45")];
    let paid = r::order("CAPTURE", "COMPLETED", &json!({ "captures": captures }));
    let report = r::drive(paypal.charge(&agreed, &operation, r::now()), &[r::says(201, &paid)]).0.unwrap();
    operation.settle(&report).unwrap();
    assert_eq!((operation.state(), operation.references().get(Reference::CaptureId)), (S::Completed, Some(SECOND)));
    queried(&paypal, &mut operation, &paid);
    assert_eq!(operation.state(), S::Completed);
}

/// A waiting charge, unknown by a query, failed by the buyer's return (which names no payment), then another is paid.
#[test]
fn by_nvp_too_a_failed_charge_leaves_no_name() {
    let paypal = n::paypal();
    let mut operation = n::pending(&paypal);
    let agreed =
        || n::confirm(&paypal, &n::pending(&paypal), &n::agreed(), &[Ok(n::details("PaymentActionNotInitiated", n::PAYER))]);
    operation.start_charge().unwrap();
    let waits = [Ok(n::charged("Pending", "echeck"))];
    let report = n::drive(paypal.charge(&agreed().unwrap(), &operation, n::now()), &waits).0.unwrap();
    operation.settle(&report).unwrap();
    assert_eq!(operation.references().get(Reference::CaptureId), Some(n::PAID));
    let strange = [Ok(n::transaction(n::PAID, "None", "None"))];
    let report = n::drive(paypal.query(&operation, n::now()), &strange).0.unwrap();
    operation.settle_query(&report).unwrap();
    assert_eq!(operation.state(), S::Unknown);
    let failed = n::confirm(&paypal, &operation, &n::agreed(), &[Ok(n::details("PaymentActionFailed", n::PAYER))]).unwrap();
    operation.apply(&failed).unwrap();
    assert_eq!(operation.state(), S::Failed);
    operation.start_charge().unwrap();
    let second = [Ok(n::charged("Completed", "None").replace(n::PAID, "2TT12345CD678901E"))];
    let report = n::drive(paypal.charge(&agreed().unwrap(), &operation, n::now()), &second).0.unwrap();
    operation.settle(&report).unwrap();
    assert_eq!(operation.state(), S::Completed);
}
