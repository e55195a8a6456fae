//! The access token: one for many calls, renewed in time or on a 401, and never more than once in a call.

use serde_json::json;
use vpos_core::operation::OperationState;
use vpos_core::{Error, Lost, PaymentKind, PointOfSale as _, Report, Timestamp};

use crate::scene::{Says, approved, drive, moved, now, operation, order, paypal, sale, says, token};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_token_is_kept_until_a_minute_before_its_end() {
    let paypal = paypal();
    let pending = sale(&paypal);
    let answer = || says(200, &order("CAPTURE", "CREATED", &json!({})));
    let query = |when: &str, answers: &[Says]| {
        let (report, sent) = drive(paypal.query(&pending, at(when)), answers);
        report.unwrap();
        sent.len()
    };
    let short = || says(200, &json!({ "access_token": "A21AA", "expires_in": 600 }));
    assert_eq!(query("2026-11-23T12:00:00Z", &[short(), answer()]), 2);
    // a clone has the same one
    let (report, _) = drive(paypal.clone().query(&pending, at("2026-11-23T12:08:59Z")), &[answer()]);
    assert!(report.is_ok());
    assert_eq!(query("2026-11-23T12:09:00Z", &[short(), answer()]), 2);
    let useless = says(200, &json!({ "access_token": "A21AA", "expires_in": 30 }));
    assert_eq!(query("2026-11-23T13:00:00Z", &[useless, answer()]), 2);
    assert_eq!(query("2026-11-23T13:00:00Z", &[short(), answer()]), 2);
}

#[test]
fn a_401_renews_it_once() {
    let paypal = paypal();
    let mut paid = operation(&paypal, PaymentKind::Sale, OperationState::Completed);
    let refund = paid.start_refund(paid.amount(), None).unwrap();
    let denied = || says(401, &json!({ "error": "invalid_token", "error_description": "Token signature verification failed" }));
    let renewed = || says(200, &json!({ "access_token": "B32BB", "expires_in": 32_400 }));
    let done = says(201, &moved("1JU0", "COMPLETED", "123.45"));
    let (report, sent) = drive(paypal.refund(&paid, &refund, now()), &[token(), denied(), renewed(), done]);
    assert!(report.unwrap().confirmation().is_some());
    assert_eq!(sent[3].header("authorization"), "Bearer B32BB");
    assert_eq!(sent[1].header("paypal-request-id"), sent[3].header("paypal-request-id"));
    assert_eq!(sent[1].request.body(), sent[3].request.body());

    let (report, sent) = drive(paypal.refund(&paid, &refund, now()), &[denied(), renewed(), denied()]);
    let report = report.unwrap();
    assert!(matches!(&report, Report::Rejected { code, .. } if code == "invalid_token"), "{report:?}");
    assert_eq!(sent.len(), 3);
}

#[test]
fn without_a_token_nothing_was_asked() {
    let wrong = says(401, &json!({ "error": "invalid_client", "error_description": "Client Authentication failed" }));
    for (answer, asked) in [
        (wrong, Err("invalid_client")),
        (says(503, &json!({})), Ok(true)),
        (Says::Body(200, "<html>".into()), Ok(true)),
        (Says::Lost(Lost::after_send("time-out")), Ok(true)),
        (Says::Lost(Lost::before_send("no route")), Ok(false)),
    ] {
        let paypal = paypal();
        let mut charging = sale(&paypal);
        let confirmation = approved(&crate::scene::paypal(), &charging, "CAPTURE");
        charging.start_charge().unwrap();
        let report = drive(paypal.charge(&confirmation, &charging, now()), std::slice::from_ref(&answer)).0.unwrap();
        match (asked, &report) {
            (Err(expected), Report::Rejected { code, .. }) => assert_eq!(code, expected),
            (Ok(_), Report::NotSent { .. }) => {}
            other => panic!("{other:?}"),
        }
        let pending = sale(&paypal);
        let returned = crate::scene::returned(&format!("token={}&PayerID=Q", crate::scene::ORDER));
        let notification = paypal.receive(&returned).unwrap();
        let error = drive(paypal.verify(&notification, &pending, now()), &[answer]).0.unwrap_err();
        match (asked, &error) {
            (Err(expected), Error::Bank { code, .. }) => assert_eq!(code, expected),
            (Ok(unknown), error) => assert_eq!(error.is_unknown_outcome(), unknown, "{error}"),
            other => panic!("{other:?}"),
        }
    }
}
