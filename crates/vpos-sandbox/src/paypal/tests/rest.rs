//! REST orders and webhooks.

use serde_json::{Value, json};

use super::*;
use crate::MovementKind;

const CONTEXT: &str = "/payment_source/paypal/experience_context";

fn bank() -> PaypalBank {
    let mut merchant = PaypalMerchant::rest("AeA1", Secret::new("EGn5"));
    merchant.webhook = Some(PaypalWebhook { id: "WH1".into(), url: "https://tienda.example/webhook".into() });
    PaypalBank::new(merchant)
}

/// A merchant with a token.
struct Merchant {
    bank: PaypalBank,
    token: String,
    calls: u32,
    now: Timestamp,
}

impl Merchant {
    fn new() -> Self {
        let mut bank = bank();
        let request = Request::post("https://api.example/v1/oauth2/token").header("authorization", "Basic QWVBMTpFR241");
        let response = bank.answer(&request.body(b"grant_type=client_credentials".to_vec()).unwrap(), now());
        let document: Value = serde_json::from_slice(response.body()).unwrap();
        let token = document["access_token"].as_str().unwrap().to_owned();
        Self { bank, token, calls: 0, now: now() }
    }

    /// A call with a request id of its own.
    fn call(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.calls += 1;
        self.call_as(&self.calls.to_string(), method, path, body)
    }

    fn call_as(&mut self, id: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("https://api.example{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .header("paypal-request-id", id)
            .header("prefer", "return=representation");
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let response = self.bank.answer(&request.body(body).unwrap(), self.now);
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
    }

    fn created(&mut self, intent: &str) -> String {
        let (status, document) = self.call("POST", "/v2/checkout/orders", &order(intent));
        assert_eq!((status, &document["status"]), (200, &json!("PAYER_ACTION_REQUIRED")));
        document["id"].as_str().unwrap().to_owned()
    }

    fn visit(&mut self, id: &str, choice: Choice) -> Visit {
        let form = visitor("https://www.sandbox.paypal.com/checkoutnow", &[("token", id)]);
        let page = self.bank.open(&form, self.now).unwrap();
        self.bank.choose(&page, choice, self.now)
    }

    /// An order that was approved and executed: the order's id, and that of its capture or authorisation.
    fn paid(&mut self, intent: &str) -> (String, String) {
        let id = self.created(intent);
        self.visit(&id, Choice::Pay);
        let (step, list) = if intent == "CAPTURE" { ("capture", "captures") } else { ("authorize", "authorizations") };
        let (status, document) = self.call("POST", &format!("/v2/checkout/orders/{id}/{step}"), &json!({}));
        assert_eq!((status, &document["status"]), (201, &json!("COMPLETED")));
        let made = document["purchase_units"][0]["payments"][list][0]["id"].as_str().unwrap().to_owned();
        (id, made)
    }

    fn books(&self) -> (u64, u64, u64) {
        let ledger = self.bank.ledger();
        (ledger.charged(NUMBER), ledger.held(NUMBER), ledger.refunded(NUMBER))
    }
}

fn order(intent: &str) -> Value {
    json!({
        "intent": intent,
        "purchase_units": [{
            "reference_id": "default", "invoice_id": NUMBER, "custom_id": NUMBER,
            "amount": {"currency_code": "EUR", "value": "123.45"},
        }],
        "payment_source": {"paypal": {"experience_context": {
            "return_url": "https://tienda.example/vuelta?a=1", "cancel_url": "https://tienda.example/vuelta", "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING", "locale": "es-ES",
        }}},
    })
}

fn euros(value: &str) -> Value {
    json!({"amount": {"currency_code": "EUR", "value": value}})
}

fn issue(document: &Value) -> &str {
    document["details"][0]["issue"].as_str().unwrap_or_default()
}

#[test]
fn a_sale_is_captured_once() {
    let mut merchant = Merchant::new();
    let id = merchant.created("CAPTURE");
    let capture = format!("/v2/checkout/orders/{id}/capture");
    assert_eq!(issue(&merchant.call("POST", &capture, &json!({})).1), "ORDER_NOT_APPROVED");
    let visit = merchant.visit(&id, Choice::Pay);
    assert_eq!(next(&visit), format!("https://tienda.example/vuelta?a=1&token={id}&PayerID=QYR5Z8XDVJNXQ"));
    assert_eq!(merchant.call("GET", &format!("/v2/checkout/orders/{id}"), &Value::Null).1["status"], "APPROVED");
    assert_eq!(merchant.books(), (0, 0, 0));

    let first = merchant.call_as("capture-1", "POST", &capture, &json!({}));
    assert_eq!(first.1["purchase_units"][0]["payments"]["captures"][0]["status"], "COMPLETED");
    // the same request id: the same answer, and nothing moves; another one: refused
    assert_eq!(merchant.call_as("capture-1", "POST", &capture, &json!({})), first);
    let (status, again) = merchant.call_as("capture-2", "POST", &capture, &json!({}));
    assert_eq!((status, issue(&again)), (422, "ORDER_ALREADY_CAPTURED"));
    assert_eq!(merchant.books(), (12_345, 0, 0));
    assert_eq!(merchant.bank.ledger().count(NUMBER, MovementKind::Charge), 1);
}

#[test]
fn a_refused_call_is_not_kept_under_its_request_id() {
    let mut merchant = Merchant::new();
    let id = merchant.created("CAPTURE");
    let capture = format!("/v2/checkout/orders/{id}/capture");
    assert_eq!(merchant.call_as("capture-1", "POST", &capture, &json!({})).0, 422);
    merchant.visit(&id, Choice::Pay);
    assert_eq!(merchant.call_as("capture-1", "POST", &capture, &json!({})).0, 201);
}

#[test]
fn request_ids_are_forgotten() {
    let mut merchant = Merchant::new();
    let first = merchant.call_as("order-1", "POST", "/v2/checkout/orders", &order("CAPTURE"));
    let later = |hours: i64| Timestamp::from_second(now().as_second() + hours * 3_600).unwrap();
    merchant.now = later(6);
    assert_eq!(merchant.call_as("order-1", "POST", "/v2/checkout/orders", &order("CAPTURE")), first);
    merchant.now = later(7);
    assert_ne!(merchant.call_as("order-1", "POST", "/v2/checkout/orders", &order("CAPTURE")).1["id"], first.1["id"]);
}

#[test]
fn the_buyer_leaves_or_pays_twice() {
    let mut merchant = Merchant::new();
    let id = merchant.created("CAPTURE");
    assert_eq!(next(&merchant.visit(&id, Choice::Cancel)), format!("https://tienda.example/vuelta?token={id}"));
    assert!(merchant.visit(&id, Choice::Close).browser.is_none());
    let visit = merchant.visit(&id, Choice::PayTwice);
    assert_eq!(visit.notification.len(), 2);
    assert_ne!(visit.notification[0].body(), visit.notification[1].body());
    assert_eq!(merchant.books(), (0, 0, 0));
}

#[test]
fn declined_funding_can_be_chosen_anew() {
    let mut merchant = Merchant::new();
    let id = merchant.created("CAPTURE");
    let capture = format!("/v2/checkout/orders/{id}/capture");
    merchant.visit(&id, Choice::Decline("INSTRUMENT_DECLINED".into()));
    let (status, document) = merchant.call("POST", &capture, &json!({}));
    assert_eq!((status, issue(&document)), (422, "INSTRUMENT_DECLINED"));
    merchant.visit(&id, Choice::Pay);
    assert_eq!(merchant.call("POST", &capture, &json!({})).0, 201);
    assert_eq!(merchant.books(), (12_345, 0, 0));
}

#[test]
fn a_declined_capture_is_an_answer_without_money() {
    let mut merchant = Merchant::new();
    let id = merchant.created("CAPTURE");
    merchant.visit(&id, Choice::Decline("DECLINED".into()));
    let (status, document) = merchant.call("POST", &format!("/v2/checkout/orders/{id}/capture"), &json!({}));
    assert_eq!((status, &document["purchase_units"][0]["payments"]["captures"][0]["status"]), (201, &json!("DECLINED")));
    assert_eq!(merchant.books(), (0, 0, 0));
}

#[test]
fn an_invoice_is_paid_once() {
    let mut merchant = Merchant::new();
    let (first, second) = (merchant.created("CAPTURE"), merchant.created("CAPTURE"));
    for id in [&first, &second] {
        merchant.visit(id, Choice::Pay);
    }
    assert_eq!(merchant.call("POST", &format!("/v2/checkout/orders/{first}/capture"), &json!({})).0, 201);
    let (_, document) = merchant.call("POST", &format!("/v2/checkout/orders/{second}/capture"), &json!({}));
    assert_eq!((issue(&document), merchant.books()), ("DUPLICATE_INVOICE_ID", (12_345, 0, 0)));
}

#[test]
fn a_hold_is_captured_in_parts_and_closed() {
    let mut merchant = Merchant::new();
    let (_, hold) = merchant.paid("AUTHORIZE");
    assert_eq!(merchant.books(), (0, 12_345, 0));
    let path = format!("/v2/payments/authorizations/{hold}");
    let capture = format!("{path}/capture");
    assert_eq!(merchant.call("POST", &capture, &euros("100.00")).0, 201);
    assert_eq!(merchant.call("GET", &path, &Value::Null).1["status"], "PARTIALLY_CAPTURED");
    assert_eq!(issue(&merchant.call("POST", &capture, &euros("41.97")).1), "MAX_CAPTURE_AMOUNT_EXCEEDED");
    let other = json!({"amount": {"currency_code": "USD", "value": "1.00"}});
    assert_eq!(issue(&merchant.call("POST", &capture, &other).1), "AUTH_CAPTURE_CURRENCY_MISMATCH");
    let last = json!({"amount": {"currency_code": "EUR", "value": "3.45"}, "final_capture": true});
    assert_eq!(merchant.call("POST", &capture, &last).0, 201);
    assert_eq!(merchant.books(), (10_345, 0, 0));
    assert_eq!(issue(&merchant.call("POST", &capture, &euros("1.00")).1), "AUTHORIZATION_ALREADY_CAPTURED");
    assert_eq!(issue(&merchant.call("POST", &format!("{path}/void"), &Value::Null).1), "PREVIOUSLY_CAPTURED");
}

#[test]
fn a_hold_is_voided_once() {
    let mut merchant = Merchant::new();
    let (_, hold) = merchant.paid("AUTHORIZE");
    let path = format!("/v2/payments/authorizations/{hold}");
    let (status, document) = merchant.call("POST", &format!("{path}/void"), &Value::Null);
    assert_eq!((status, &document["status"], merchant.books()), (200, &json!("VOIDED"), (0, 0, 0)));
    assert_eq!(issue(&merchant.call("POST", &format!("{path}/void"), &Value::Null).1), "PREVIOUSLY_VOIDED");
    assert_eq!(issue(&merchant.call("POST", &format!("{path}/capture"), &json!({})).1), "AUTHORIZATION_VOIDED");
}

#[test]
fn a_hold_is_made_anew_once_and_ends_after_29_days() {
    let mut merchant = Merchant::new();
    let (_, hold) = merchant.paid("AUTHORIZE");
    let path = |id: &str, step: &str| format!("/v2/payments/authorizations/{id}/{step}");
    assert_eq!(issue(&merchant.call("POST", &path(&hold, "reauthorize"), &json!({})).1), "REAUTHORIZATION_TOO_SOON");
    merchant.now = days(4);
    merchant.token = renewed(&mut merchant);
    let (status, document) = merchant.call("POST", &path(&hold, "reauthorize"), &euros("130.00"));
    let anew = document["id"].as_str().unwrap().to_owned();
    assert_eq!((status, merchant.books()), (201, (0, 13_000, 0)));
    assert_eq!(issue(&merchant.call("POST", &path(&hold, "capture"), &json!({})).1), "AUTHORIZATION_VOIDED");
    merchant.now = days(30);
    merchant.token = renewed(&mut merchant);
    assert_eq!(issue(&merchant.call("POST", &path(&anew, "capture"), &json!({})).1), "AUTHORIZATION_EXPIRED");
}

fn renewed(merchant: &mut Merchant) -> String {
    // the old token has ended
    assert_eq!(merchant.call("GET", "/v2/checkout/orders/1", &Value::Null).0, 401);
    let request = Request::post("https://api.example/v1/oauth2/token").header("authorization", "Basic QWVBMTpFR241");
    let response = merchant.bank.answer(&request.body(b"grant_type=client_credentials".to_vec()).unwrap(), merchant.now);
    let document: Value = serde_json::from_slice(response.body()).unwrap();
    document["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn refunds_stop_at_what_was_captured() {
    let mut merchant = Merchant::new();
    let (_, capture) = merchant.paid("CAPTURE");
    let path = format!("/v2/payments/captures/{capture}");
    let refund = format!("{path}/refund");
    let (status, document) = merchant.call_as("refund-1", "POST", &refund, &euros("23.45"));
    assert_eq!((status, &document["status"]), (201, &json!("COMPLETED")));
    assert_eq!(merchant.call_as("refund-1", "POST", &refund, &euros("23.45")).1, document);
    assert_eq!(merchant.call("GET", &path, &Value::Null).1["status"], "PARTIALLY_REFUNDED");
    let id = document["id"].as_str().unwrap();
    assert_eq!(merchant.call("GET", &format!("/v2/payments/refunds/{id}"), &Value::Null).1["amount"]["value"], "23.45");
    assert_eq!(issue(&merchant.call("POST", &refund, &euros("100.01")).1), "REFUND_AMOUNT_EXCEEDED");
    let other = json!({"amount": {"currency_code": "USD", "value": "1.00"}});
    assert_eq!(issue(&merchant.call("POST", &refund, &other).1), "REFUND_CAPTURE_CURRENCY_MISMATCH");
    // without an amount: all that is left
    assert_eq!(merchant.call("POST", &refund, &json!({})).1["amount"]["value"], "100.00");
    assert_eq!(issue(&merchant.call("POST", &refund, &json!({})).1), "CAPTURE_FULLY_REFUNDED");
    assert_eq!((merchant.books(), merchant.bank.ledger().count(NUMBER, MovementKind::Refund)), ((12_345, 0, 12_345), 2));
}

#[test]
fn what_an_order_may_not_be() {
    let mut merchant = Merchant::new();
    for (pointer, value, status, expected) in [
        ("/intent", json!("ORDER"), 400, "INVALID_PARAMETER_VALUE"),
        ("/purchase_units", json!([]), 400, "INVALID_ARRAY_MAX_ITEMS"),
        ("/purchase_units/0/amount/value", json!("123.456"), 422, "DECIMAL_PRECISION"),
        ("/purchase_units/0/amount/value", json!("0.00"), 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ("/purchase_units/0/amount/value", json!(123.45), 400, "INVALID_PARAMETER_SYNTAX"),
        ("/purchase_units/0/amount/currency_code", json!("HUF"), 422, "DECIMALS_NOT_SUPPORTED"),
        ("/purchase_units/0/amount/currency_code", json!("KWD"), 422, "INVALID_CURRENCY_CODE"),
        ("/purchase_units/0/invoice_id", json!("1".repeat(128)), 400, "INVALID_STRING_LENGTH"),
        (&format!("{CONTEXT}/return_url"), json!("/vuelta"), 400, "INVALID_PARAMETER_SYNTAX"),
        (&format!("{CONTEXT}/user_action"), json!("PAY"), 400, "INVALID_PARAMETER_VALUE"),
        (&format!("{CONTEXT}/locale"), json!("español"), 400, "INVALID_PARAMETER_SYNTAX"),
    ] {
        let mut document = order("CAPTURE");
        *document.pointer_mut(pointer).unwrap() = value;
        let (told, answer) = merchant.call("POST", "/v2/checkout/orders", &document);
        assert_eq!((told, issue(&answer)), (status, expected), "{pointer}");
    }
    let missing = json!({"intent": "CAPTURE"});
    assert_eq!(issue(&merchant.call("POST", "/v2/checkout/orders", &missing).1), "MISSING_REQUIRED_PARAMETER");
}

#[test]
fn who_may_not_call_and_what_is_not_there() {
    let mut merchant = Merchant::new();
    assert_eq!(merchant.call("GET", "/v2/checkout/orders/NONE", &Value::Null).0, 404);
    assert_eq!(issue(&merchant.call("POST", "/v2/payments/captures/NONE/refund", &json!({})).1), "INVALID_RESOURCE_ID");
    assert_eq!(merchant.call("GET", "/v3/anything", &Value::Null).0, 404);
    let (id, _) = merchant.paid("AUTHORIZE");
    assert_eq!(
        issue(&merchant.call("POST", &format!("/v2/checkout/orders/{id}/authorize"), &json!({})).1),
        "ORDER_ALREADY_AUTHORIZED"
    );
    let other = merchant.created("AUTHORIZE");
    merchant.visit(&other, Choice::Pay);
    assert_eq!(
        issue(&merchant.call("POST", &format!("/v2/checkout/orders/{other}/capture"), &json!({})).1),
        "ACTION_DOES_NOT_MATCH_INTENT"
    );

    let token = std::mem::take(&mut merchant.token);
    assert_eq!(merchant.call("GET", "/v2/checkout/orders/1", &Value::Null).1["error"], "invalid_token");
    let mut ask = |headers: &[(&str, &str)], path: &str| {
        let request = headers.iter().fold(Request::post(path), |request, (name, value)| request.header(*name, *value));
        merchant.bank.answer(&request.body(order("CAPTURE").to_string().into_bytes()).unwrap(), now()).status().as_u16()
    };
    let bearer = format!("Bearer {token}");
    assert_eq!(ask(&[], "/v2/checkout/orders"), 401);
    assert_eq!(ask(&[("authorization", &bearer)], "/v2/checkout/orders"), 415);
    // an order with a payment source needs a request id
    assert_eq!(ask(&[("authorization", &bearer), ("content-type", "application/json")], "/v2/checkout/orders"), 400);
    assert_eq!(ask(&[("authorization", "Basic QWVBMTpFR241")], "/v1/oauth2/token"), 400);
    assert_eq!(ask(&[("authorization", "Basic QWVBMTpFR242")], "/v1/oauth2/token"), 401);
}

#[test]
fn what_a_visitor_must_bring() {
    let mut merchant = Merchant::new();
    let id = merchant.created("CAPTURE");
    for (form, field) in [
        (visitor("https://www.sandbox.paypal.com/checkoutnow?token=1", &[("token", &id)]), "action"),
        (visitor("https://www.sandbox.paypal.com/other", &[("token", &id)]), "action"),
        (visitor("https://www.sandbox.paypal.com/checkoutnow", &[("token", "NONE")]), "token"),
        (visitor("https://www.sandbox.paypal.com/checkoutnow", &[]), "token"),
    ] {
        assert_eq!(merchant.bank.open(&form, now()).unwrap_err()[0].field, field);
    }
    let form = visitor("https://www.sandbox.paypal.com/checkoutnow", &[("token", &id)]);
    assert_eq!(merchant.bank.open(&FormPost { method: Method::Post, ..form.clone() }, now()).unwrap_err()[0].field, "method");
    assert_eq!(merchant.bank.open(&form, days(1)).unwrap_err()[0].manual, "10411");
}

#[test]
fn only_what_was_sent_is_verified() {
    let mut merchant = Merchant::new();
    let id = merchant.created("CAPTURE");
    let message = merchant.visit(&id, Choice::Pay).notification.remove(0);
    let event: Value = serde_json::from_slice(message.body()).unwrap();
    assert_eq!((&event["event_type"], &event["resource"]["id"]), (&json!("CHECKOUT.ORDER.APPROVED"), &json!(id)));

    let header = |name: &str| message.headers()[name].to_str().unwrap().to_owned();
    let body = String::from_utf8(message.body().clone()).unwrap();
    let mut verified = |name: &str, value: &str, body: &str| {
        let mut members = json!({
            "transmission_id": header("paypal-transmission-id"), "transmission_time": header("paypal-transmission-time"),
            "transmission_sig": header("paypal-transmission-sig"), "cert_url": header("paypal-cert-url"),
            "auth_algo": header("paypal-auth-algo"), "webhook_id": "WH1",
        });
        members[name] = json!(value);
        let text = members.to_string();
        let text = format!("{},\"webhook_event\":{body}}}", text.strip_suffix('}').unwrap());
        let request = Request::post("https://api.example/v1/notifications/verify-webhook-signature")
            .header("authorization", format!("Bearer {}", merchant.token));
        let response = merchant.bank.answer(&request.body(text.into_bytes()).unwrap(), now());
        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        answer["verification_status"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(verified("webhook_id", "WH1", &body), "SUCCESS");
    assert_eq!(verified("webhook_id", "WH2", &body), "FAILURE");
    assert_eq!(verified("transmission_sig", "AAAA", &body), "FAILURE");
    assert_eq!(verified("transmission_id", "1", &body), "FAILURE");
    assert_eq!(verified("auth_algo", "SHA1", &body), "FAILURE");
    assert_eq!(verified("cert_url", "https://evil.example/", &body), "FAILURE");
    assert_eq!(verified("webhook_id", "WH1", &body.replace("APPROVED", "REVERSED")), "FAILURE");
    // the same JSON, written anew
    assert_eq!(verified("webhook_id", "WH1", &body.replacen(':', ": ", 1)), "FAILURE");
    assert_eq!(verified("webhook_id", "WH1", "1}"), "");
}

#[test]
fn calls_are_told_by_webhook_too() {
    let mut merchant = Merchant::new();
    let (id, capture) = merchant.paid("CAPTURE");
    merchant.call("POST", &format!("/v2/payments/captures/{capture}/refund"), &json!({}));
    let events: Vec<Value> =
        merchant.bank.take_messages().iter().map(|message| serde_json::from_slice(message.body()).unwrap()).collect();
    assert_eq!(
        events.iter().map(|event| event["event_type"].as_str().unwrap()).collect::<Vec<_>>(),
        ["PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED"]
    );
    assert_eq!(events[0]["resource"]["supplementary_data"]["related_ids"]["order_id"], json!(id));
    assert_eq!(events[1]["resource"]["custom_id"], json!(NUMBER));
    assert!(merchant.bank.take_messages().is_empty());
}
