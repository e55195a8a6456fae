//! A query: the order's word about a payment, a capture or a refund whose answer was lost.

use serde_json::{Value, json};
use vpos_core::operation::{Operation, OperationState as S, RefundState};
use vpos_core::{Action, PaymentKind, PointOfSale as _, Reference, Report};

use crate::scene::{CAPTURE, HOLD, NUMBER, drive, euros, moved, now, operation, order, paypal, says, token};

/// The operation after a query that was answered so.
fn queried(mut operation: Operation, answer: &Value) -> Operation {
    let report = drive(paypal().query(&operation, now()), &[token(), says(200, answer)]).0.unwrap();
    operation.settle_query(&report).unwrap();
    operation
}

#[test]
fn a_lost_charge_is_charged_or_was_never_asked() {
    let paypal = paypal();
    for (status, captures, state) in [
        ("COMPLETED", json!([moved(CAPTURE, "COMPLETED", "123.45")]), S::Completed),
        ("COMPLETED", json!([moved(CAPTURE, "PENDING", "123.45")]), S::Unknown),
        ("COMPLETED", json!([moved(CAPTURE, "DECLINED", "123.45")]), S::Failed),
        ("APPROVED", json!([]), S::Pending),
        ("PAYER_ACTION_REQUIRED", json!([]), S::Pending),
        ("VOIDED", json!([]), S::Cancelled),
    ] {
        let unknown = operation(&paypal, PaymentKind::Sale, S::Unknown);
        let after = queried(unknown, &order("CAPTURE", status, &json!({ "captures": captures })));
        assert_eq!(after.state(), state, "{status} {captures}");
    }
}

#[test]
fn a_lost_capture_is_found_by_its_amount() {
    let paypal = paypal();
    let capturing = || {
        let mut held = operation(&paypal, PaymentKind::Preauthorization, S::Authorized);
        held.start_capture(euros(2_000), held.amount()).unwrap();
        held.settle(&Report::unknown(Action::Capture, "time-out")).unwrap();
        held
    };
    for (hold, captures, state) in [
        ("CAPTURED", json!([moved(CAPTURE, "COMPLETED", "20.00")]), S::Completed),
        ("PARTIALLY_CAPTURED", json!([moved("1AA", "COMPLETED", "10.00")]), S::Unknown),
        ("CREATED", json!([]), S::Authorized),
        ("CREATED", json!([moved(CAPTURE, "DECLINED", "20.00")]), S::Authorized),
        ("VOIDED", json!([]), S::Cancelled),
        ("CAPTURED", json!([]), S::Unknown),
    ] {
        let payments = json!({ "authorizations": [moved(HOLD, hold, "123.45")], "captures": captures });
        let after = queried(capturing(), &order("AUTHORIZE", "COMPLETED", &payments));
        assert_eq!(after.state(), state, "{hold} {captures}");
    }
}

#[test]
fn a_lost_refund_is_settled_by_its_own_row_alone() {
    let paypal = paypal();
    let asked = |reference: Option<&str>| {
        let mut paid = operation(&paypal, PaymentKind::Sale, S::Completed);
        let first = paid.start_refund(euros(2_000), None).unwrap();
        let done = moved("1AA", "COMPLETED", "20.00");
        let report = drive(paypal.refund(&paid, &first, now()), &[says(201, &done)]).0.unwrap();
        paid.settle_refund(first.id, &report).unwrap();
        let second = paid.start_refund(euros(2_000), None).unwrap();
        paid.settle_refund(second.id, &Report::unknown(Action::Refund, "time-out")).unwrap();
        let mut record = paid.record().clone();
        record.refunds[1].reference = reference.map(str::to_owned);
        (Operation::from_record(record).unwrap(), second.id)
    };
    // one token for all
    drive(paypal.query(&operation(&paypal, PaymentKind::Sale, S::Pending), now()), &[token(), says(404, &json!({}))]).0.unwrap();

    let named = |id: &str, name: &str| {
        let mut row = moved(id, "COMPLETED", "20.00");
        row["invoice_id"] = name.into();
        row
    };
    let (r1, r2) = (format!("{NUMBER}-R1"), format!("{NUMBER}-R2"));
    for (rows, expected) in [
        (json!([named("1AA", &r1), named("2BB", &r2)]), RefundState::Approved),
        (json!([moved("1AA", "COMPLETED", "20.00"), moved("2BB", "COMPLETED", "20.00")]), RefundState::Approved),
        // two that it may be
        (json!([moved("2BB", "COMPLETED", "20.00"), moved("3CC", "COMPLETED", "20.00")]), RefundState::Unknown),
    ] {
        let (paid, id) = asked(None);
        let payments = json!({ "captures": [moved(CAPTURE, "PARTIALLY_REFUNDED", "123.45")], "refunds": rows });
        let after = queried(paid, &order("CAPTURE", "COMPLETED", &payments));
        assert_eq!(after.refund(id).unwrap().state, expected, "{rows}");
    }
    // the first one's row, by its name or by its id, is not the second's: that one is asked for again
    for rows in [json!([named("1AA", &r1)]), json!([moved("1AA", "COMPLETED", "20.00")]), json!([])] {
        let (mut paid, id) = asked(None);
        let payments = json!({ "captures": [moved(CAPTURE, "PARTIALLY_REFUNDED", "123.45")], "refunds": rows });
        let books = says(200, &order("CAPTURE", "COMPLETED", &payments));
        let answers = [token(), books, says(201, &named("2BB", &r2))];
        let (report, sent) = drive(crate::scene::paypal().query(&paid, now()), &answers);
        assert_eq!(sent[2].header("paypal-request-id"), r2, "{rows}");
        paid.settle_query(&report.unwrap()).unwrap();
        assert_eq!(paid.refund(id).unwrap().state, RefundState::Approved, "{rows}");
    }
    let (paid, id) = asked(Some("2BB"));
    let after = queried(paid, &named("2BB", &r2));
    assert_eq!(after.refund(id).unwrap().state, RefundState::Approved);
}

#[test]
fn an_operation_of_old_is_asked_by_what_it_knows() {
    let paypal = paypal();
    let old = |name: Reference, id: &str, kind| {
        let mut record = operation(&paypal, kind, S::Unknown).record().clone();
        record.references = [(name, id.to_owned())].into_iter().collect();
        Operation::from_record(record).unwrap()
    };
    let charged = queried(old(Reference::CaptureId, CAPTURE, PaymentKind::Sale), &moved(CAPTURE, "COMPLETED", "123.45"));
    assert_eq!(charged.state(), S::Completed);
    let hold = old(Reference::AuthorizationId, HOLD, PaymentKind::Preauthorization);
    assert_eq!(queried(hold.clone(), &moved(HOLD, "CREATED", "123.45")).state(), S::Authorized);
    assert_eq!(queried(hold, &moved("8AA8", "CREATED", "123.45")).state(), S::Unknown);
}
