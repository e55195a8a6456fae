//! A webhook: what is checked before PayPal is asked, what it is asked, and what becomes of its answer.

use serde_json::{Value, json};
use vpos_core::http::Request;
use vpos_core::operation::OperationState as S;
use vpos_core::{Error, Lookup, Lost, Outcome, PaymentKind, PointOfSale as _, Reference, Refusal, Rejection};
use vpos_paypal::Paypal;

use crate::scene::{
    CAPTURE, HOLD, NUMBER, ORDER, PAYEE, Says, config, confirm, drive, moved, now, operation, order, paypal, sale, says, token,
};

const SIGNATURE: &str = "lmI95Jx3Y9nhR5SJWlHVIWpg4AgFk7n9bCHSRxbrd8A9zrhdu2rMyFrmz+Zjh3s3";
const CERTIFICATE: &str = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270";

fn posted_with(body: &str, name: &str, value: &str) -> Request<Vec<u8>> {
    let mut request = Request::post("/aviso").body(body.as_bytes().to_vec()).unwrap();
    for (known, standing) in [
        ("content-type", "application/json; charset=utf-8"),
        ("paypal-transmission-id", "69cd13f0-d67a-11e5-baa3-778b53f4ae55"),
        ("paypal-transmission-time", "2026-11-23T12:05:01Z"),
        ("paypal-transmission-sig", SIGNATURE),
        ("paypal-cert-url", CERTIFICATE),
        ("paypal-auth-algo", "SHA256withRSA"),
    ] {
        let value = if known == name { value } else { standing };
        request.headers_mut().insert(known, value.parse().unwrap());
    }
    request
}

fn posted(body: &str) -> Request<Vec<u8>> {
    posted_with(body, "", "")
}

fn event(event_type: &str, resource: &Value) -> String {
    json!({ "id": "WH-1", "event_type": event_type, "create_time": "2026-11-23T12:05:00Z", "resource": resource }).to_string()
}

fn agreed() -> String {
    event("CHECKOUT.ORDER.APPROVED", &order("CAPTURE", "APPROVED", &json!({})))
}

fn genuine() -> Says {
    says(200, &json!({ "verification_status": "SUCCESS" }))
}

#[test]
fn it_is_shown_to_paypal_byte_for_byte_and_then_the_order_is_asked() {
    let paypal = paypal();
    let pending = sale(&paypal);
    // white space, escapes and the order of members are PayPal's
    let body = agreed().replace("\":", "\" :\t").replace("APPROVED", "\\u0041PPROVED");
    let notification = paypal.receive(&posted(&body)).unwrap();
    let answer = says(200, &order("CAPTURE", "APPROVED", &json!({})));
    let (confirmation, sent) = drive(paypal.verify(&notification, &pending, now()), &[token(), genuine(), answer]);
    assert!(confirmation.unwrap().is_approved_payment());
    let lines: Vec<&str> = sent.iter().map(|sent| sent.line.as_str()).collect();
    let asked = format!("GET /v2/checkout/orders/{ORDER}");
    assert_eq!(lines, ["POST /v1/oauth2/token", "POST /v1/notifications/verify-webhook-signature", &asked]);
    let question = String::from_utf8(sent[1].request.body().clone()).unwrap();
    assert!(question.ends_with(&format!(",\"webhook_event\":{body}}}")), "{question}");
    let question = sent[1].json();
    assert_eq!((&question["webhook_id"], &question["cert_url"]), (&json!("WH1"), &json!(CERTIFICATE)));
}

#[test]
fn what_paypal_says_of_it_decides() {
    for (answer, refused) in [
        (says(200, &json!({ "verification_status": "FAILURE" })), true),
        (says(200, &json!({ "verification_status": "success" })), false),
        (says(200, &json!({})), false),
        (says(400, &json!({ "name": "VALIDATION_ERROR" })), false),
        (says(503, &json!({})), false),
        (Says::Body(200, "SUCCESS".into()), false),
        (Says::Lost(Lost::after_send("time-out")), false),
    ] {
        let paypal = paypal();
        let pending = sale(&paypal);
        let request = posted(&agreed());
        let error = confirm(&paypal, &pending, &request, &[answer]).unwrap_err();
        assert_eq!(error.refusal() == Some(Refusal::Signature), refused, "{error}");
        let notification = paypal.receive(&request).unwrap();
        let reply = paypal.reject(Some(&notification), Some(&pending), &Rejection::from(&error));
        // PayPal comes again for what it has not decided
        assert_eq!(reply.status().is_server_error(), !refused, "{error}");
    }
}

#[test]
fn nothing_is_asked_about_what_is_not_paypals() {
    let paypal = paypal();
    let pending = sale(&paypal);
    for (name, value) in [
        ("paypal-cert-url", "https://evil.example/cert"),
        ("paypal-cert-url", "http://api.paypal.com/cert"),
        ("paypal-cert-url", "https://paypal.com.evil.example/cert"),
        ("paypal-auth-algo", "SHA1withRSA"),
        ("paypal-transmission-sig", ""),
        ("paypal-transmission-sig", "%%%"),
    ] {
        let notification = paypal.receive(&posted_with(&agreed(), name, value)).unwrap();
        let refused = paypal.verify(&notification, &pending, now()).unwrap_err();
        assert_eq!(refused.refusal(), Some(Refusal::Signature), "{name}: {value}");
    }
    let ahead = paypal.receive(&posted_with(&agreed(), "paypal-transmission-time", "2026-11-23T13:05:03Z")).unwrap();
    assert_eq!(paypal.verify(&ahead, &pending, now()).unwrap_err().refusal(), Some(Refusal::Stale));

    let mut config = config();
    config.webhook_id = None;
    let deaf = Paypal::new(config).unwrap();
    let notification = deaf.receive(&posted(&agreed())).unwrap();
    let error = deaf.verify(&notification, &pending, now()).unwrap_err();
    assert!(matches!(error, Error::Config { ref field, .. } if field == "webhook_id"), "{error}");
}

#[test]
fn an_old_one_is_asked_about_all_the_same() {
    let paypal = paypal();
    let pending = sale(&paypal);
    let old = posted_with(&agreed(), "paypal-transmission-time", "2026-11-20T12:05:01Z");
    let answer = says(200, &order("CAPTURE", "COMPLETED", &json!({ "captures": [moved(CAPTURE, "COMPLETED", "123.45")] })));
    let confirmation = confirm(&paypal, &pending, &old, &[genuine(), answer]).unwrap();
    assert!(confirmation.is_approved_payment());
}

#[test]
fn each_kind_finds_its_operation_and_what_to_ask() {
    let paypal = paypal();
    let number = || Lookup::Number(NUMBER.parse().unwrap());
    let related = json!({ "related_ids": { "order_id": ORDER } });
    let nameless = |id: &str| json!({ "id": id, "status": "X", "supplementary_data": related });
    for (kind, resource, lookup) in [
        ("CHECKOUT.ORDER.APPROVED", order("CAPTURE", "APPROVED", &json!({})), number()),
        ("CHECKOUT.ORDER.APPROVED", json!({ "id": ORDER }), Lookup::Reference(Reference::OrderId, ORDER.into())),
        ("CHECKOUT.PAYMENT-APPROVAL.REVERSED", json!({ "order_id": ORDER }), Lookup::Reference(Reference::OrderId, ORDER.into())),
        ("PAYMENT.CAPTURE.COMPLETED", moved(CAPTURE, "COMPLETED", "123.45"), number()),
        ("PAYMENT.CAPTURE.DENIED", nameless(CAPTURE), Lookup::Reference(Reference::OrderId, ORDER.into())),
        ("PAYMENT.CAPTURE.PENDING", json!({ "id": CAPTURE }), Lookup::Reference(Reference::CaptureId, CAPTURE.into())),
        ("PAYMENT.AUTHORIZATION.CREATED", json!({ "id": HOLD }), Lookup::Reference(Reference::AuthorizationId, HOLD.into())),
        ("PAYMENT.CAPTURE.REFUNDED", json!({ "id": "1JU0", "invoice_id": format!("{NUMBER}-R1") }), number()),
        ("PAYMENT.REFUND.FAILED", json!({ "id": "1JU0" }), Lookup::Reference(Reference::RefundId, "1JU0".into())),
    ] {
        let notification = paypal.receive(&posted(&event(kind, &resource))).unwrap();
        assert_eq!(*notification.lookup(), lookup, "{kind} {resource}");
    }
    // whatever else comes is answered with 200, and belongs to nobody
    for kind in ["CHECKOUT.ORDER.COMPLETED", "BILLING.PLAN.CREATED", "PAYMENT.SALE.COMPLETED", "X"] {
        let notification = paypal.receive(&posted(&event(kind, &order("CAPTURE", "APPROVED", &json!({}))))).unwrap();
        assert!(matches!(notification.lookup(), Lookup::Reference(_, value) if value.contains(' ')), "{kind}");
        let reply = paypal.reject(Some(&notification), None, &Rejection::UnknownOperation);
        assert_eq!((reply.status().as_u16(), reply.body()), (200, ""));
    }
}

#[test]
fn a_refund_made_in_the_panel_is_kept() {
    let paypal = paypal();
    let mut paid = operation(&paypal, PaymentKind::Sale, S::Completed);
    let row = |capture: &str| {
        let up = format!("https://api-m.sandbox.paypal.com/v2/payments/captures/{capture}");
        json!({ "id": "1JU0", "status": "COMPLETED", "amount": { "currency_code": "EUR", "value": "20.00" },
                "custom_id": NUMBER, "links": [{ "rel": "up", "href": up }] })
    };
    let request = posted(&event("PAYMENT.CAPTURE.REFUNDED", &row(CAPTURE)));
    let confirmation = confirm(&paypal, &paid, &request, &[genuine(), says(200, &row(CAPTURE))]).unwrap();
    paid.apply(&confirmation).unwrap();
    paid.apply(&confirmation).unwrap();
    assert_eq!((paid.state(), paid.refunded().minor_units()), (S::PartiallyRefunded, 2_000));

    // of another charge, or another refund than was asked about
    for (answer, refusal) in [
        (row("9ZZ"), Refusal::Number),
        (
            {
                let mut row = row(CAPTURE);
                row["id"] = "2BB".into();
                row
            },
            Refusal::Number,
        ),
    ] {
        let error = confirm(&crate::scene::paypal(), &paid, &request, &[genuine(), says(200, &answer)]).unwrap_err();
        assert_eq!(error.refusal(), Some(refusal));
    }
}

#[test]
fn a_charge_that_waited_is_denied() {
    let paypal = paypal();
    let mut waiting = operation(&paypal, PaymentKind::Sale, S::Charging);
    let captured = |status: &str| order("CAPTURE", "COMPLETED", &json!({ "captures": [moved(CAPTURE, status, "123.45")] }));
    let mut record = waiting.record().clone();
    record.references.insert(Reference::CaptureId, CAPTURE);
    waiting = vpos_core::operation::Operation::from_record(record).unwrap();
    let request = posted(&event("PAYMENT.CAPTURE.DENIED", &moved(CAPTURE, "DECLINED", "123.45")));
    let confirmation = confirm(&paypal, &waiting, &request, &[genuine(), says(200, &captured("DECLINED"))]).unwrap();
    assert_eq!(confirmation.outcome(), Outcome::Declined);
    waiting.apply(&confirmation).unwrap();
    assert_eq!(waiting.state(), S::Failed);
}

#[test]
fn without_an_order_of_its_own_an_operation_is_found_by_what_the_message_names() {
    let paypal = paypal();
    let mut record = sale(&paypal).record().clone();
    record.references = vpos_core::References::new();
    let begun = vpos_core::operation::Operation::from_record(record).unwrap();
    let answer = says(200, &order("CAPTURE", "APPROVED", &json!({})));
    let confirmation = confirm(&paypal, &begun, &posted(&agreed()), &[genuine(), answer]).unwrap();
    assert_eq!(confirmation.references().get(Reference::OrderId), Some(ORDER));
    let mut charging = begun;
    charging.start_charge().unwrap();
    let captured = order("CAPTURE", "COMPLETED", &json!({ "captures": [moved(CAPTURE, "COMPLETED", "123.45")] }));
    let (report, _) = drive(paypal.charge(&confirmation, &charging, now()), &[says(201, &captured)]);
    charging.settle(&report.unwrap()).unwrap();
    assert_eq!(charging.references().get(Reference::OrderId), Some(ORDER));
    assert_eq!(config().merchant_id.as_deref(), Some(PAYEE));
}
