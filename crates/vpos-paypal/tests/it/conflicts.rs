//! Two requests at once, and requests that were lost: no conflict is a no, and nothing is given back twice.

use serde_json::{Value, json};
use vpos_core::operation::{Operation, OperationState as S, Refund, RefundState};
use vpos_core::{Action, Lost, Outcome, PaymentKind, PointOfSale as _, Report};

use crate::scene::{
    CAPTURE, NUMBER, Says, approved, drive, euros, money, moved, now, operation, order, paypal, problem, says, token,
};

/// Where a charge leads that is answered so.
fn charged(kind: PaymentKind, answers: &[Says]) -> S {
    let paypal = paypal();
    let mut charging = operation(&paypal, kind, S::Pending);
    let agreed = approved(&paypal, &charging, if kind == PaymentKind::Sale { "CAPTURE" } else { "AUTHORIZE" });
    charging.start_charge().unwrap();
    let report = drive(paypal.charge(&agreed, &charging, now()), answers).0.unwrap();
    charging.settle(&report).unwrap();
    charging.state()
}

#[test]
fn a_conflict_is_no_decline() {
    for (status, issue, state) in [
        (409, "RESOURCE_CONFLICT", S::Unknown),
        (409, "DUPLICATE_REQUEST_ID", S::Unknown),
        (409, "INSTRUMENT_DECLINED", S::Unknown),
        (409, "BRAND_NEW_ISSUE", S::Unknown),
        (422, "PAYPAL_REQUEST_ID_PREVIOUSLY_USED", S::Unknown),
        (400, "BRAND_NEW_ISSUE", S::Unknown),
        (403, "BRAND_NEW_ISSUE", S::Unknown),
        // banks/PAYPAL.md, section 3: any other 422 is an error
        (422, "BRAND_NEW_ISSUE", S::Failed),
        (400, "INVALID_PARAMETER_VALUE", S::Failed),
        (403, "PERMISSION_DENIED", S::Failed),
    ] {
        for kind in [PaymentKind::Sale, PaymentKind::Preauthorization] {
            assert_eq!(charged(kind, &[says(status, &problem(issue))]), state, "{status} {issue} {kind:?}");
        }
    }
}

#[test]
fn of_an_order_that_is_over_the_order_is_asked() {
    let over = || says(422, &problem("ORDER_COMPLETED_OR_VOIDED"));
    let paid = json!({ "captures": [moved(CAPTURE, "COMPLETED", "123.45")] });
    for (status, payments, state) in [("COMPLETED", &paid, S::Completed), ("VOIDED", &json!({}), S::Cancelled)] {
        assert_eq!(charged(PaymentKind::Sale, &[over(), says(200, &order("CAPTURE", status, payments))]), state);
    }
    assert_eq!(charged(PaymentKind::Sale, &[over(), Says::Lost(Lost::after_send("time-out"))]), S::Unknown);
}

/// A paid sale and a refund of fifty of it.
fn refunding() -> (Operation, Refund) {
    let mut paid = operation(&paypal(), PaymentKind::Sale, S::Completed);
    let refund = paid.start_refund(euros(5_000), None).unwrap();
    (paid, refund)
}

fn lost() -> (Operation, Refund) {
    let (mut paid, refund) = refunding();
    paid.settle_refund(refund.id, &Report::unknown(Action::Refund, "time-out")).unwrap();
    (paid, refund)
}

fn refunded(id: &str, name: &str) -> Value {
    json!({ "id": id, "status": "COMPLETED", "amount": money("50.00"), "custom_id": NUMBER, "invoice_id": name })
}

/// A refund whose answer was lost, and which PayPal makes a moment after the query: it is made once.
#[test]
fn a_refund_without_a_row_is_asked_again_under_its_own_id() {
    let no_row = || says(200, &order("CAPTURE", "COMPLETED", &json!({ "captures": [moved(CAPTURE, "COMPLETED", "123.45")] })));
    let once = refunded("R1ID", &format!("{NUMBER}-R1"));
    for (answer, outcome, state) in [
        (says(201, &once), Outcome::Approved, RefundState::Approved),
        (says(200, &once), Outcome::Approved, RefundState::Approved),
        (Says::Lost(Lost::after_send("time-out")), Outcome::Unknown, RefundState::Unknown),
        (Says::Lost(Lost::before_send("no route")), Outcome::Error, RefundState::Unknown),
        (says(503, &json!({})), Outcome::Unknown, RefundState::Unknown),
        (says(409, &problem("RESOURCE_CONFLICT")), Outcome::Unknown, RefundState::Unknown),
        (says(409, &problem("PREVIOUS_REQUEST_IN_PROGRESS")), Outcome::Unknown, RefundState::Unknown),
        (says(403, &problem("PERMISSION_DENIED")), Outcome::Unknown, RefundState::Unknown),
        (says(422, &problem("BRAND_NEW_ISSUE")), Outcome::Unknown, RefundState::Unknown),
        // it was not made before, and is not made now
        (says(422, &problem("REFUND_TIME_LIMIT_EXCEEDED")), Outcome::Declined, RefundState::Declined),
    ] {
        let paypal = paypal();
        let (mut paid, first) = lost();
        let (report, sent) = drive(paypal.query(&paid, now()), &[token(), no_row(), answer]);
        assert_eq!(sent[2].line, format!("POST /v2/payments/captures/{CAPTURE}/refund"));
        assert_eq!(sent[2].header("paypal-request-id"), format!("{NUMBER}-R1"));
        assert_eq!(sent[2].json()["amount"], money("50.00"));
        let report = report.unwrap();
        assert_eq!(report.outcome(), outcome, "{report:?}");
        paid.settle_query(&report).unwrap();
        assert_eq!(paid.refund(first.id).unwrap().state, state, "{report:?}");
        // until it is known not to have been made it counts
        let left = if state == RefundState::Declined { 12_345 } else { 7_345 };
        assert_eq!(paid.refundable(), Some(euros(left)));
    }
}

/// Two workers drive one pending refund; PayPal does the first and refuses the second, in words that say nothing.
#[test]
fn a_conflict_does_not_free_a_refund_that_is_being_made() {
    let paypal = paypal();
    let (mut paid, first) = refunding();
    let slow = paypal.refund(&paid, &first, now());
    let conflict =
        json!({ "name": "RESOURCE_CONFLICT", "message": "The server has detected a conflict while processing this request." });
    let (second, _) = drive(paypal.refund(&paid, &first, now()), &[token(), says(409, &conflict)]);
    paid.settle_refund(first.id, &second.unwrap()).unwrap();
    // it is open still, and what it gives back is not free
    assert_eq!(paid.refund(first.id).unwrap().state, RefundState::Unknown);
    assert_eq!(paid.refundable(), Some(euros(7_345)));
    let (made, _) = drive(slow, &[token(), says(201, &refunded("R1ID", &format!("{NUMBER}-R1")))]);
    paid.settle_refund(first.id, &made.unwrap()).unwrap();
    assert_eq!((paid.refunded(), paid.refunds().len()), (euros(5_000), 1));
}

#[test]
fn a_stored_id_of_a_refund_that_is_none_stands_in_no_address() {
    let (paid, _) = lost();
    let mut record = paid.record().clone();
    record.refunds[0].reference = Some("../orders/1".into());
    let paid = Operation::from_record(record).unwrap();
    assert!(paypal().query(&paid, now()).is_err());
}
