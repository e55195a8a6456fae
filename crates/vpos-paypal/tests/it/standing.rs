//! What of several payments in one order counts, and what the books must say of a payment to be believed.

use serde_json::{Value, json};
use vpos_core::http::Request;
use vpos_core::operation::{Operation, OperationState as S};
use vpos_core::{Action, Error, PaymentKind, PointOfSale as _, Reference, Refusal, Report};

use crate::scene::{
    CAPTURE, HOLD, ORDER, PAYEE, confirm, drive, euros, moved, now, operation, order, paypal, returned, sale, says, token,
};

const OTHER: &str = "9ZZ679366HH908993";
const RENEWED: &str = "8AA52814937998046";

fn asked(mut operation: Operation, answer: &Value) -> Operation {
    let report = drive(paypal().query(&operation, now()), &[token(), says(200, answer)]).0.unwrap();
    operation.settle_query(&report).unwrap();
    operation
}

fn preauthorisation(state: S) -> Operation {
    operation(&paypal(), PaymentKind::Preauthorization, state)
}

fn of_hold(hold: &str, captures: &Value) -> Value {
    order("AUTHORIZE", "COMPLETED", &json!({ "authorizations": [moved(HOLD, hold, "123.45")], "captures": captures }))
}

/// Captured in the panel for another amount than was asked, and the rest let go.
#[test]
fn beside_another_capture_a_running_one_is_unknown() {
    for captures in [
        json!([moved(CAPTURE, "COMPLETED", "50.00")]),
        json!([moved(CAPTURE, "COMPLETED", "50.00"), moved(OTHER, "REFUNDED", "123.45")]),
        json!([moved(CAPTURE, "PENDING", "50.00")]),
    ] {
        let mut running = preauthorisation(S::Authorized);
        running.start_capture(running.amount(), running.amount()).unwrap();
        running.settle(&Report::unknown(Action::Capture, "lost")).unwrap();
        let after = asked(running, &of_hold("VOIDED", &captures));
        assert_eq!((after.state(), after.capturing()), (S::Unknown, Some(euros(12_345))), "{captures}");
    }
}

/// Two captures in the panel, the first of which was given back.
#[test]
fn a_capture_given_back_does_not_hide_one_that_stands() {
    let captures = json!([moved(CAPTURE, "REFUNDED", "50.00"), moved(OTHER, "COMPLETED", "73.45")]);
    let after = asked(preauthorisation(S::Authorized), &of_hold("CAPTURED", &captures));
    assert_eq!((after.state(), after.charged()), (S::Completed, Some(euros(7_345))));
    assert_eq!(after.references().get(Reference::CaptureId), Some(OTHER));
    // nor one that waits, nor the rest of the hold
    let captures = json!([moved(CAPTURE, "REFUNDED", "50.00"), moved(OTHER, "PENDING", "73.45")]);
    assert_eq!(asked(preauthorisation(S::Authorized), &of_hold("CAPTURED", &captures)).state(), S::Authorized);
    let captures = json!([moved(CAPTURE, "REFUNDED", "50.00")]);
    assert_eq!(asked(preauthorisation(S::Authorized), &of_hold("PARTIALLY_CAPTURED", &captures)).state(), S::Authorized);
    assert_eq!(asked(preauthorisation(S::Authorized), &of_hold("CAPTURED", &captures)).state(), S::Cancelled);
}

#[test]
fn a_charge_given_back_does_not_hide_one_that_stands() {
    let of = |first: &str, second: &str| {
        let captures = json!([moved(CAPTURE, first, "123.45"), moved(OTHER, second, "123.45")]);
        asked(
            operation(&paypal(), PaymentKind::Sale, S::Unknown),
            &order("CAPTURE", "COMPLETED", &json!({ "captures": captures })),
        )
    };
    for (first, second, state) in [
        ("REFUNDED", "COMPLETED", S::Completed),
        ("COMPLETED", "REFUNDED", S::Completed),
        ("REFUNDED", "PARTIALLY_REFUNDED", S::Completed),
        ("REFUNDED", "PENDING", S::Unknown),
        ("REFUNDED", "NEW_WORD", S::Unknown),
        ("REFUNDED", "DECLINED", S::Cancelled),
    ] {
        assert_eq!(of(first, second).state(), state, "{first} {second}");
    }
    // of a paid operation it is the charge that is known that counts
    let captures = json!([moved(OTHER, "COMPLETED", "123.45"), moved(CAPTURE, "REFUNDED", "123.45")]);
    let paid = operation(&paypal(), PaymentKind::Sale, S::Completed);
    assert_eq!(asked(paid, &order("CAPTURE", "COMPLETED", &json!({ "captures": captures }))).state(), S::Refunded);
}

/// The answer to a renewal was lost: the first hold is over, the second stands.
#[test]
fn the_first_hold_is_over_and_the_renewed_one_stands() {
    for over in ["VOIDED", "EXPIRED", "CREATED"] {
        let holds = json!({ "authorizations": [moved(HOLD, over, "123.45"), moved(RENEWED, "CREATED", "123.45")] });
        let held = preauthorisation(S::Authorized);
        let mut after = asked(held, &order("AUTHORIZE", "COMPLETED", &holds));
        assert_eq!(after.state(), S::Authorized, "{over}");
        assert_eq!(after.references().get(Reference::AuthorizationId), Some(HOLD));
        if over == "CREATED" {
            continue;
        }
        assert_eq!(after.references().get(Reference::RenewalId), Some(RENEWED), "{over}");
        // and a capture is asked of it
        after.start_capture(after.amount(), after.amount()).unwrap();
        let (report, sent) =
            drive(paypal().capture(&after, now()), &[token(), says(201, &moved(CAPTURE, "COMPLETED", "123.45"))]);
        assert_eq!(sent[1].line, format!("POST /v2/payments/authorizations/{RENEWED}/capture"));
        after.settle(&report.unwrap()).unwrap();
        assert_eq!(after.state(), S::Completed);
    }
}

fn webhook(event: &str, resource: &Value) -> Request<Vec<u8>> {
    let body = json!({ "id": "WH-1", "event_type": event, "resource_type": "x", "resource": resource }).to_string();
    Request::post("/w")
        .header("content-type", "application/json")
        .header("paypal-transmission-id", "69cd13f0")
        .header("paypal-transmission-time", "2026-11-23T12:05:01Z")
        .header("paypal-transmission-sig", "lmI95Jx3Y9nhR5SJ")
        .header("paypal-cert-url", "https://api.paypal.com/CERT-1")
        .header("paypal-auth-algo", "SHA256withRSA")
        .body(body.into_bytes())
        .unwrap()
}

/// A message about it that is PayPal's, and the answer when it is asked for by itself.
fn told(operation: &Operation, event: &str, resource: &Value) -> Result<vpos_core::Confirmation, Error> {
    let genuine = says(200, &json!({ "verification_status": "SUCCESS" }));
    confirm(&paypal(), operation, &webhook(event, resource), &[genuine, says(200, resource)])
}

fn knowing(kind: PaymentKind, state: S, references: &[(Reference, &str)]) -> Operation {
    let mut record = operation(&paypal(), kind, state).record().clone();
    record.references = references.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Operation::from_record(record).unwrap()
}

/// A paid pre-authorisation that has no order id: the rest of its hold is let go.
#[test]
fn the_rest_of_a_hold_is_no_refund() {
    for captured in [5_000, 12_345] {
        let names = [(Reference::AuthorizationId, HOLD), (Reference::CaptureId, CAPTURE)];
        let mut record = knowing(PaymentKind::Preauthorization, S::Completed, &names).record().clone();
        record.captured = Some(euros(captured));
        let mut paid = Operation::from_record(record).unwrap();
        let confirmation = told(&paid, "PAYMENT.AUTHORIZATION.VOIDED", &moved(HOLD, "VOIDED", "123.45")).unwrap();
        paid.apply(&confirmation).unwrap();
        assert_eq!(paid.state(), S::Completed, "{captured}");
    }
}

#[test]
fn a_hold_that_is_let_go_says_of_how_much() {
    let mut held = knowing(PaymentKind::Preauthorization, S::Authorized, &[(Reference::AuthorizationId, HOLD)]);
    let confirmation = told(&held, "PAYMENT.AUTHORIZATION.VOIDED", &moved(HOLD, "VOIDED", "123.45")).unwrap();
    assert_eq!((confirmation.action(), confirmation.amount()), (Action::Void, Some(euros(12_345))));
    held.apply(&confirmation).unwrap();
    assert_eq!(held.state(), S::Cancelled);
}

#[test]
fn a_charge_or_a_hold_of_no_amount_is_none() {
    let bare = json!({ "id": CAPTURE, "status": "COMPLETED" });
    let mut answer = order("CAPTURE", "COMPLETED", &json!({ "captures": [bare] }));
    assert_eq!(asked(operation(&paypal(), PaymentKind::Sale, S::Unknown), &answer).state(), S::Unknown);
    let hold = json!({ "authorizations": [{ "id": HOLD, "status": "CREATED" }] });
    let after = asked(preauthorisation(S::Unknown), &order("AUTHORIZE", "COMPLETED", &hold));
    assert_eq!(after.state(), S::Unknown);
    // the answer to the charge names neither number, nor payee, nor any amount
    answer["purchase_units"] = json!([{ "payments": { "captures": [bare] } }]);
    let paypal = paypal();
    let mut charging = sale(&paypal);
    let approved = says(200, &order("CAPTURE", "APPROVED", &json!({})));
    let agreed = confirm(&paypal, &charging, &returned(&format!("token={ORDER}&PayerID=Q")), &[approved]).unwrap();
    charging.start_charge().unwrap();
    let report = drive(paypal.charge(&agreed, &charging, now()), &[says(201, &answer)]).0.unwrap();
    charging.settle(&report).unwrap();
    assert_eq!(charging.state(), S::Unknown);
}

/// Asked by its id, with no payee though the contract names one.
#[test]
fn what_is_asked_by_itself_says_who_was_paid() {
    let mut unknown = knowing(PaymentKind::Sale, S::Unknown, &[]);
    let mut capture = moved(CAPTURE, "COMPLETED", "123.45");
    let error = told(&unknown, "PAYMENT.CAPTURE.COMPLETED", &capture).unwrap_err();
    assert_eq!(error.refusal(), Some(Refusal::Merchant));
    capture["payee"] = json!({ "merchant_id": "ATTACKERSACCT" });
    assert_eq!(told(&unknown, "PAYMENT.CAPTURE.COMPLETED", &capture).unwrap_err().refusal(), Some(Refusal::Merchant));
    capture["payee"] = json!({ "merchant_id": PAYEE });
    unknown.apply(&told(&unknown, "PAYMENT.CAPTURE.COMPLETED", &capture).unwrap()).unwrap();
    assert_eq!(unknown.state(), S::Completed);

    let hold = moved(HOLD, "CREATED", "123.45");
    let waiting = knowing(PaymentKind::Preauthorization, S::Unknown, &[]);
    assert_eq!(told(&waiting, "PAYMENT.AUTHORIZATION.CREATED", &hold).unwrap_err().refusal(), Some(Refusal::Merchant));

    // a refund calls the merchant its payer; of a charge that is known it need not
    let mut refund = moved("1JU0", "COMPLETED", "20.00");
    let paid = knowing(PaymentKind::Sale, S::Completed, &[]);
    assert_eq!(told(&paid, "PAYMENT.CAPTURE.REFUNDED", &refund).unwrap_err().refusal(), Some(Refusal::Merchant));
    refund["payer"] = json!({ "merchant_id": "ATTACKERSACCT" });
    assert_eq!(told(&paid, "PAYMENT.CAPTURE.REFUNDED", &refund).unwrap_err().refusal(), Some(Refusal::Merchant));
    refund["payer"] = json!({ "merchant_id": PAYEE });
    assert!(told(&paid, "PAYMENT.CAPTURE.REFUNDED", &refund).is_ok());
}
