//! What a stranger may send, and what a wrong answer may say.

use proptest::prelude::*;
use serde_json::{Value, json};
use vpos_core::http::Request;
use vpos_core::operation::OperationState as S;
use vpos_core::{Error, PaymentKind, PointOfSale as _, Refusal, Rejection};

use crate::scene::{
    CAPTURE, NUMBER, ORDER, approved, confirm, drive, moved, now, operation, order, paypal, returned, sale, says,
};

/// One part of an answer replaced.
fn swapped(mut answer: Value, path: &str, value: Value) -> Value {
    *answer.pointer_mut(path).expect(path) = value;
    answer
}

#[test]
fn an_order_that_is_not_ours_in_any_part_is_refused() {
    let paid = || order("CAPTURE", "COMPLETED", &json!({ "captures": [moved(CAPTURE, "COMPLETED", "123.45")] }));
    let captured = "/purchase_units/0/payments/captures/0";
    for (path, value, refusal) in [
        ("/id", json!("6O1"), Refusal::Number),
        ("/intent", json!("AUTHORIZE"), Refusal::Type),
        ("/purchase_units/0/custom_id", json!("PED18"), Refusal::Number),
        ("/purchase_units/0/invoice_id", json!("PED18"), Refusal::Number),
        ("/purchase_units/0/payee/merchant_id", json!("AAAAAAAAAAAAA"), Refusal::Merchant),
        ("/purchase_units/0/payee", json!({}), Refusal::Merchant),
        ("/purchase_units/0/amount/value", json!("1.00"), Refusal::Amount),
        ("/purchase_units/0/amount/currency_code", json!("USD"), Refusal::Currency),
        (&format!("{captured}/custom_id"), json!("PED18"), Refusal::Number),
        (&format!("{captured}/amount/value"), json!("1.00"), Refusal::Amount),
        (&format!("{captured}/amount/currency_code"), json!("USD"), Refusal::Currency),
    ] {
        let paypal = paypal();
        let pending = sale(&paypal);
        let request = returned(&format!("token={ORDER}&PayerID=Q"));
        let error = confirm(&paypal, &pending, &request, &[says(200, &swapped(paid(), path, value))]).unwrap_err();
        assert_eq!(error.refusal(), Some(refusal), "{path}");
    }
    let mut nobodys = paid();
    for name in ["custom_id", "invoice_id"] {
        nobodys["purchase_units"][0].as_object_mut().unwrap().remove(name);
    }
    let two = swapped(paid(), "/purchase_units", json!([paid()["purchase_units"][0], paid()["purchase_units"][0]]));
    for (answer, refusal) in [(nobodys, Some(Refusal::Number)), (two, None)] {
        let paypal = paypal();
        let request = returned(&format!("token={ORDER}&PayerID=Q"));
        let error = confirm(&paypal, &sale(&paypal), &request, &[says(200, &answer)]).unwrap_err();
        assert_eq!(error.refusal(), refusal);
    }
}

#[test]
fn a_second_charge_of_a_paid_operation_is_refused() {
    let paypal = paypal();
    let paid = operation(&paypal, PaymentKind::Sale, S::Completed);
    let other = order("CAPTURE", "COMPLETED", &json!({ "captures": [moved("9ZZ", "COMPLETED", "123.45")] }));
    let error = confirm(&paypal, &paid, &returned(&format!("token={ORDER}&PayerID=Q")), &[says(200, &other)]).unwrap_err();
    assert_eq!(error.refusal(), Some(Refusal::Number));
}

#[test]
fn a_return_a_webhook_and_a_repetition_end_in_one_charge() {
    let paypal = paypal();
    let mut first = sale(&paypal);
    let agreement = approved(&paypal, &first, "CAPTURE");
    // another machine has read the same, and loses the race for the stored operation
    let mut second = first.clone();
    first.start_charge().unwrap();
    let captured = order("CAPTURE", "COMPLETED", &json!({ "captures": [moved(CAPTURE, "COMPLETED", "123.45")] }));
    let report = drive(paypal.charge(&agreement, &first, now()), &[says(201, &captured)]).0.unwrap();
    assert!(first.settle(&report).unwrap().paid_now());
    // what it lost was the right to charge; had it asked all the same, PayPal would have told of the first charge
    second.start_charge().unwrap();
    let already = crate::scene::problem("ORDER_ALREADY_CAPTURED");
    let report = drive(paypal.charge(&agreement, &second, now()), &[says(422, &already), says(200, &captured)]).0.unwrap();
    second.settle(&report).unwrap();
    assert_eq!(second, first);
    // and the agreement, which is repeated, charges nothing more
    assert!(first.start_charge().is_err() && !first.apply(&agreement).is_ok_and(|applied| applied.moved()));
}

#[test]
fn what_cannot_be_read_is_malformed() {
    let paypal = paypal();
    for query in
        ["", "PayerID=Q", "token=", "token=a&token=b", "token=a&PayerID=b&PayerID=c", "token=a%20b", "token=../x", "token=%00"]
    {
        assert!(matches!(paypal.receive(&returned(query)), Err(Error::Malformed { .. })), "{query}");
    }
    // the shop's own parameters may stand beside PayPal's, and be there twice
    assert!(paypal.receive(&returned("pedido=17&pedido=18&token=5O1")).is_ok());
    let put = Request::put("/").body(Vec::new()).unwrap();
    let large = Request::get("/?token=a").body(vec![b' '; 65_537]).unwrap();
    for request in [put, large] {
        assert!(matches!(paypal.receive(&request), Err(Error::Malformed { .. })));
    }
    let reply = paypal.reject(None, None, &Rejection::Malformed);
    assert_eq!((reply.status().as_u16(), reply.body()), (400, ""));
}

#[test]
fn the_browser_is_sent_to_stored_addresses_alone() {
    let paypal = paypal();
    let request = returned(&format!("token={ORDER}&PayerID=Q&url_ok=https://evil.example/"));
    let notification = paypal.receive(&request).unwrap();
    for (state, expected) in [
        (S::Completed, "https://tienda.example/ok?a=1"),
        (S::Authorized, "https://tienda.example/ok?a=1"),
        (S::Charging, "https://tienda.example/ok?a=1"),
        (S::Unknown, "https://tienda.example/ok?a=1"),
        (S::Pending, "https://tienda.example/nok"),
        (S::Failed, "https://tienda.example/nok"),
        (S::Cancelled, "https://tienda.example/nok"),
    ] {
        let kind = if state == S::Authorized { PaymentKind::Preauthorization } else { PaymentKind::Sale };
        let stored = operation(&paypal, kind, state);
        let refused = Rejection::Refused(Refusal::Amount);
        for reply in [paypal.accept(&notification, &stored), paypal.reject(Some(&notification), Some(&stored), &refused)] {
            assert_eq!(reply.status().as_u16(), 303);
            assert_eq!(reply.location().unwrap().as_str(), expected, "{state}");
        }
    }
    assert_eq!(paypal.reject(Some(&notification), None, &Rejection::UnknownOperation).status().as_u16(), 404);
}

proptest! {
    #[test]
    fn any_request_is_read_or_refused(query in "[a-zA-Z0-9=&%+_-]{0,80}", body: Vec<u8>, json: bool) {
        let paypal = paypal();
        let _ = paypal.receive(&returned(&query));
        let of = if json { "application/json" } else { "application/x-www-form-urlencoded" };
        let request = Request::post("/").header("content-type", of).body(body).unwrap();
        let _ = paypal.receive(&request);
    }

    /// No answer to a charge, whatever it says, pays another amount than was stored.
    #[test]
    fn no_answer_pays_another_amount(minor in 0_u64..20_000, status in "COMPLETED|PENDING|APPROVED", capture in "COMPLETED|PENDING|REFUNDED", code in 200_u16..205) {
        let paypal = paypal();
        let mut charging = sale(&paypal);
        let agreement = approved(&paypal, &charging, "CAPTURE");
        charging.start_charge().unwrap();
        let value = format!("{}.{:02}", minor / 100, minor % 100);
        let answer = order("CAPTURE", &status, &json!({ "captures": [moved(CAPTURE, &capture, &value)] }));
        let report = drive(paypal.charge(&agreement, &charging, now()), &[says(code, &answer)]).0.unwrap();
        let _ = charging.settle(&report);
        prop_assert!(!charging.state().is_paid() || (minor == 12_345 && capture == "COMPLETED"), "{value}");
        prop_assert_eq!(charging.number().as_str(), NUMBER);
    }
}
