//! An order: made, asked for, charged, held, captured, let go, renewed, given back.

use serde_json::{Value, json};
use vpos_core::operation::OperationState as S;
use vpos_core::{Action, Error, Lost, Outcome, PaymentKind, PointOfSale as _, Reference, Report};

use crate::scene::{
    CAPTURE, HOLD, NUMBER, ORDER, Says, approved, confirm, drive, euros, moved, now, operation, order, payment, paypal, problem,
    returned, sale, says, token,
};

#[test]
fn an_order_says_what_was_stored_and_where_the_buyer_goes_back() {
    let paypal = paypal();
    let operation = operation(&paypal, PaymentKind::Preauthorization, S::Pending);
    let made = |link: &str| {
        let answer = json!({ "id": ORDER, "status": "CREATED", "links": [{ "rel": "approve", "href": link }] });
        says(201, &answer)
    };
    let payment = payment(PaymentKind::Preauthorization);
    let link = "https://www.sandbox.paypal.com/checkoutnow?token=5O1&a=b%20c";
    let (begun, sent) = drive(paypal.begin(&operation, &payment, now()), &[token(), made(link)]);
    let begun = begun.unwrap();
    assert_eq!(begun.form.action(), "https://www.sandbox.paypal.com/checkoutnow");
    assert_eq!(begun.form.fields().collect::<Vec<_>>(), [("token", "5O1"), ("a", "b c")]);
    assert_eq!(begun.references.get(Reference::OrderId), Some(ORDER));

    let body = sent[1].json();
    assert_eq!(body["intent"], "AUTHORIZE");
    assert_eq!(body["purchase_units"][0]["amount"], json!({ "currency_code": "EUR", "value": "123.45" }));
    let context = &body["payment_source"]["paypal"]["experience_context"];
    assert_eq!(
        (&context["return_url"], &context["cancel_url"]),
        (&json!("https://tienda.example/vuelta"), &context["return_url"])
    );
    assert_eq!(sent[1].header("paypal-request-id"), format!("{NUMBER}-order"));

    for link in ["https://evil.example/?x=paypal.com", "http://www.paypal.com/", "javascript:alert(1)"] {
        let (begun, _) = drive(paypal.begin(&operation, &payment, now()), &[made(link)]);
        assert!(begun.unwrap_err().is_unknown_outcome(), "{link}");
    }
}

#[test]
fn what_an_order_says_moves_a_pending_sale() {
    for (status, captures, action, outcome, state) in [
        ("CREATED", json!([]), Action::Approval, Outcome::Pending, S::Pending),
        ("PAYER_ACTION_REQUIRED", json!([]), Action::Approval, Outcome::Pending, S::Pending),
        ("VOIDED", json!([]), Action::Approval, Outcome::Cancelled, S::Cancelled),
        ("COMPLETED", json!([moved(CAPTURE, "COMPLETED", "123.45")]), Action::Charge, Outcome::Approved, S::Completed),
        ("COMPLETED", json!([moved(CAPTURE, "PARTIALLY_REFUNDED", "123.45")]), Action::Charge, Outcome::Approved, S::Completed),
        ("COMPLETED", json!([moved(CAPTURE, "REFUNDED", "123.45")]), Action::Void, Outcome::Approved, S::Cancelled),
        ("COMPLETED", json!([moved(CAPTURE, "PENDING", "123.45")]), Action::Charge, Outcome::Pending, S::Pending),
        ("COMPLETED", json!([moved(CAPTURE, "DECLINED", "123.45")]), Action::Charge, Outcome::Declined, S::Failed),
        ("COMPLETED", json!([moved(CAPTURE, "FAILED", "123.45")]), Action::Charge, Outcome::Declined, S::Failed),
        ("COMPLETED", json!([moved(CAPTURE, "NEW_WORD", "123.45")]), Action::Charge, Outcome::Unknown, S::Unknown),
        ("COMPLETED", json!([]), Action::Charge, Outcome::Unknown, S::Unknown),
        ("NEW_WORD", json!([]), Action::Charge, Outcome::Unknown, S::Unknown),
        // a try that was declined, and then one that was not
        (
            "COMPLETED",
            json!([moved("1AA", "DECLINED", "123.45"), moved(CAPTURE, "COMPLETED", "123.45")]),
            Action::Charge,
            Outcome::Approved,
            S::Completed,
        ),
    ] {
        let paypal = paypal();
        let mut operation = sale(&paypal);
        let answer = order("CAPTURE", status, &json!({ "captures": captures }));
        let request = returned(&format!("token={ORDER}&PayerID=QYR5Z8XDVJNXQ"));
        let confirmation = confirm(&paypal, &operation, &request, &[says(200, &answer)]);
        let confirmation = confirmation.unwrap_or_else(|error| panic!("{status} {captures}: {error}"));
        assert_eq!((confirmation.action(), confirmation.outcome()), (action, outcome), "{status} {captures}");
        operation.apply(&confirmation).unwrap();
        assert_eq!(operation.state(), state, "{status} {captures}");
    }
}

#[test]
fn a_buyer_who_comes_back_without_having_agreed_has_given_up() {
    let paypal = paypal();
    let mut operation = sale(&paypal);
    let waiting = order("CAPTURE", "PAYER_ACTION_REQUIRED", &json!({}));
    let confirmation = confirm(&paypal, &operation, &returned(&format!("token={ORDER}")), &[says(200, &waiting)]).unwrap();
    operation.apply(&confirmation).unwrap();
    assert_eq!(operation.state(), S::Cancelled);
    // and he may change his mind
    let confirmation = approved(&crate::scene::paypal(), &operation, "CAPTURE");
    assert!(confirmation.is_approved_payment() && operation.start_charge().is_ok());
}

#[test]
fn a_charge_is_asked_once_for_each_agreement() {
    let paypal = paypal();
    let mut operation = sale(&paypal);
    let request_id = |changed: Option<&str>, operation: &vpos_core::operation::Operation| {
        let mut answer = order("CAPTURE", "APPROVED", &json!({}));
        if let Some(changed) = changed {
            answer["update_time"] = changed.into();
        }
        let paypal = crate::scene::paypal();
        let request = returned(&format!("token={ORDER}&PayerID=QYR5Z8XDVJNXQ"));
        let confirmation = confirm(&paypal, operation, &request, &[says(200, &answer)]).unwrap();
        let mut charging = operation.clone();
        charging.start_charge().unwrap();
        let lost = Says::Lost(Lost::after_send("time-out"));
        let (report, sent) = drive(paypal.charge(&confirmation, &charging, now()), &[lost]);
        assert_eq!(report.unwrap().outcome(), Outcome::Unknown);
        assert_eq!(sent[0].line, format!("POST /v2/checkout/orders/{ORDER}/capture"));
        assert_eq!(sent[0].header("prefer"), "return=representation");
        sent[0].header("paypal-request-id").to_owned()
    };
    assert_eq!(request_id(None, &operation), format!("{NUMBER}-capture"));
    let first = request_id(Some("2026-11-23T12:05:00Z"), &operation);
    assert_eq!(request_id(Some("2026-11-23T12:05:00Z"), &operation), first);
    // declined, and the buyer agreed again with another card
    operation.start_charge().unwrap();
    let confirmation = approved(&paypal, &operation, "CAPTURE");
    let (report, _) = drive(paypal.charge(&confirmation, &operation, now()), &[says(422, &problem("INSTRUMENT_DECLINED"))]);
    let report = report.unwrap();
    assert_eq!((report.outcome(), report.code()), (Outcome::Declined, Some("INSTRUMENT_DECLINED")));
    operation.settle(&report).unwrap();
    assert_eq!(operation.state(), S::Failed);
    assert_ne!(request_id(Some("2026-11-23T12:09:00Z"), &operation), first);
}

#[test]
fn what_a_charge_is_answered_decides_where_it_leads() {
    let captured =
        |status: &str, value: &str| order("CAPTURE", "COMPLETED", &json!({ "captures": [moved(CAPTURE, status, value)] }));
    let other_order = {
        let mut other = captured("COMPLETED", "123.45");
        other["id"] = "6O1".into();
        other
    };
    let waiting = order("CAPTURE", "PAYER_ACTION_REQUIRED", &json!({}));
    let approved_still = order("CAPTURE", "APPROVED", &json!({}));
    let cases: Vec<(Vec<Says>, Outcome, S)> = vec![
        (vec![says(201, &captured("COMPLETED", "123.45"))], Outcome::Approved, S::Completed),
        (vec![says(200, &captured("COMPLETED", "123.45"))], Outcome::Approved, S::Completed),
        (vec![says(201, &captured("PENDING", "123.45"))], Outcome::Pending, S::Charging),
        (vec![says(201, &captured("DECLINED", "123.45"))], Outcome::Declined, S::Failed),
        (vec![says(201, &captured("COMPLETED", "123.44"))], Outcome::Unknown, S::Unknown),
        (vec![says(201, &other_order)], Outcome::Unknown, S::Unknown),
        (vec![says(201, &approved_still)], Outcome::Unknown, S::Unknown),
        (vec![says(201, &waiting)], Outcome::Pending, S::Pending),
        (vec![says(201, &json!({}))], Outcome::Unknown, S::Unknown),
        (vec![says(302, &json!({}))], Outcome::Unknown, S::Unknown),
        (vec![says(429, &problem("RATE_LIMIT_REACHED"))], Outcome::Unknown, S::Unknown),
        (vec![says(503, &json!({}))], Outcome::Unknown, S::Unknown),
        (vec![Says::Body(422, "<html>".into())], Outcome::Unknown, S::Unknown),
        (vec![Says::Lost(Lost::after_send("time-out"))], Outcome::Unknown, S::Unknown),
        (vec![Says::Lost(Lost::before_send("no route"))], Outcome::Error, S::Pending),
        (vec![says(422, &problem("ORDER_NOT_APPROVED"))], Outcome::Pending, S::Pending),
        (vec![says(422, &problem("PAYEE_BLOCKED_TRANSACTION"))], Outcome::Error, S::Failed),
        (vec![says(409, &problem("PREVIOUS_REQUEST_IN_PROGRESS"))], Outcome::Unknown, S::Unknown),
        (
            vec![says(422, &problem("ORDER_ALREADY_CAPTURED")), says(200, &captured("COMPLETED", "123.45"))],
            Outcome::Approved,
            S::Completed,
        ),
        (vec![says(422, &problem("DUPLICATE_INVOICE_ID")), says(200, &approved_still)], Outcome::Unknown, S::Unknown),
        (
            vec![says(422, &problem("ORDER_ALREADY_CAPTURED")), Says::Lost(Lost::before_send("no route"))],
            Outcome::Unknown,
            S::Unknown,
        ),
    ];
    for (at, (answers, outcome, state)) in cases.into_iter().enumerate() {
        let paypal = paypal();
        let mut operation = sale(&paypal);
        let confirmation = approved(&paypal, &operation, "CAPTURE");
        operation.start_charge().unwrap();
        let report = drive(paypal.charge(&confirmation, &operation, now()), &answers).0.unwrap();
        assert_eq!(report.outcome(), outcome, "case {at}: {report:?}");
        operation.settle(&report).unwrap();
        assert_eq!(operation.state(), state, "case {at}");
    }
}

#[test]
fn a_hold_is_captured_let_go_or_renewed() {
    let paypal = paypal();
    let mut holding = operation(&paypal, PaymentKind::Preauthorization, S::Pending);
    let confirmation = approved(&paypal, &holding, "AUTHORIZE");
    holding.start_charge().unwrap();
    let held = order("AUTHORIZE", "COMPLETED", &json!({ "authorizations": [moved(HOLD, "CREATED", "123.45")] }));
    let (report, sent) = drive(paypal.charge(&confirmation, &holding, now()), &[says(201, &held)]);
    assert_eq!(sent[0].line, format!("POST /v2/checkout/orders/{ORDER}/authorize"));
    assert!(holding.settle(&report.unwrap()).unwrap().authorized_now());

    let mut voided = holding.clone();
    let (report, sent) = drive(paypal.void(&voided, now()), &[Says::Body(204, String::new())]);
    assert_eq!(sent[0].line, format!("POST /v2/payments/authorizations/{HOLD}/void"));
    voided.settle(&report.unwrap()).unwrap();
    assert_eq!(voided.state(), S::Cancelled);
    let again = [says(422, &problem("PREVIOUSLY_VOIDED")), says(200, &moved(HOLD, "VOIDED", "123.45"))];
    let (report, _) = drive(paypal.void(&holding, now()), &again);
    assert_eq!(report.unwrap().outcome(), Outcome::Approved);

    let mut renewed = holding.clone();
    let (report, sent) = drive(paypal.reauthorise(&renewed, now()), &[says(201, &moved("8AA8", "CREATED", "123.45"))]);
    assert_eq!(sent[0].line, format!("POST /v2/payments/authorizations/{HOLD}/reauthorize"));
    renewed.renew_hold(&report.unwrap()).unwrap();
    // PayPal voids by the first one, and captures by the last
    let (_, sent) = drive(paypal.void(&renewed, now()), &[Says::Body(204, String::new())]);
    assert_eq!(sent[0].line, format!("POST /v2/payments/authorizations/{HOLD}/void"));
    let (_, sent) = drive(paypal.reauthorise(&renewed, now()), &[Says::Lost(Lost::after_send("time-out"))]);
    assert_eq!(sent[0].line, format!("POST /v2/payments/authorizations/{HOLD}/reauthorize"));
    assert_eq!(sent[0].header("paypal-request-id"), format!("{NUMBER}-reauthorize-8AA8"));
    renewed.start_capture(euros(2_000), paypal.capture_limit(&renewed)).unwrap();
    let (report, sent) = drive(paypal.capture(&renewed, now()), &[says(201, &moved(CAPTURE, "COMPLETED", "20.00"))]);
    assert_eq!(sent[0].line, "POST /v2/payments/authorizations/8AA8/capture");
    assert_eq!((&sent[0].json()["amount"]["value"], &sent[0].json()["final_capture"]), (&json!("20.00"), &Value::Bool(true)));
    renewed.settle(&report.unwrap()).unwrap();
    assert_eq!((renewed.state(), renewed.charged()), (S::Completed, Some(euros(2_000))));
    assert_eq!(renewed.references().get(Reference::CaptureId), Some(CAPTURE));
}

#[test]
fn a_refund_has_a_name_of_its_own() {
    let paypal = paypal();
    let mut paid = operation(&paypal, PaymentKind::Sale, S::Completed);
    let first = paid.start_refund(euros(2_000), Some("talla")).unwrap();
    let second = paid.start_refund(euros(2_000), None).unwrap();
    let mut done = moved("1JU08902781691411", "COMPLETED", "20.00");
    done["invoice_id"] = format!("{NUMBER}-R1").into();
    let (report, sent) = drive(paypal.refund(&paid, &first, now()), &[token(), says(201, &done)]);
    assert_eq!(sent[1].line, format!("POST /v2/payments/captures/{CAPTURE}/refund"));
    assert_eq!(sent[1].header("paypal-request-id"), format!("{NUMBER}-R1"));
    let body = sent[1].json();
    assert_eq!((&body["invoice_id"], &body["note_to_payer"]), (&json!(format!("{NUMBER}-R1")), &json!("talla")));
    paid.settle_refund(first.id, &report.unwrap()).unwrap();
    assert_eq!((paid.state(), paid.refunded()), (S::PartiallyRefunded, euros(2_000)));

    let lost = Says::Lost(Lost::after_send("time-out"));
    let (report, sent) = drive(paypal.refund(&paid, &second, now()), &[lost]);
    assert_eq!(sent[0].header("paypal-request-id"), format!("{NUMBER}-R2"));
    paid.settle_refund(second.id, &report.unwrap()).unwrap();
    assert_eq!(paid.refundable(), Some(euros(8_345)));
}

#[test]
fn what_was_not_recorded_is_not_asked() {
    let paypal = paypal();
    let operation = operation(&paypal, PaymentKind::Preauthorization, S::Pending);
    assert!(matches!(paypal.capture(&operation, now()), Err(Error::Payment { .. })));
    assert!(matches!(paypal.void(&operation, now()), Err(Error::Payment { .. })));
    assert!(matches!(paypal.reauthorise(&operation, now()), Err(Error::Payment { .. })));
    let confirmation = approved(&paypal, &operation, "AUTHORIZE");
    assert!(matches!(paypal.charge(&confirmation, &operation, now()), Err(Error::Payment { .. })));
    assert!(!matches!(Report::unknown(Action::Hold, "x").outcome(), Outcome::Approved));
}
