//! A contract, operations, PayPal's answers, and a PayPal that gives them one by one.

use serde_json::{Value, json};
use vpos_core::http::{Request, Response};
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Amount, Confirmation, Currency, Environment, Error, Exchange, Lost, Payment, PaymentKind, PointOfSale as _, Reference,
    Secret, Timestamp,
};
use vpos_paypal::{Config, Paypal};

pub(crate) const SECRET: &str = "EGnHDxD_qRPdaLdZz8iCr8N7_MzF";
pub(crate) const TOKEN: &str = "A21AAFEpH4PsADK7qSS7pSRsgzfENtu";
pub(crate) const PAYEE: &str = "7C2LDBEMSAFLS";
pub(crate) const NUMBER: &str = "PED17-K7Q2M9XA";
pub(crate) const ORDER: &str = "5O190127TN364715T";
pub(crate) const CAPTURE: &str = "3C679366HH908993F";
pub(crate) const HOLD: &str = "0VF52814937998046";

pub(crate) fn config() -> Config {
    let mut config = Config::rest(Environment::Test, "AeA1", Secret::new(SECRET));
    config.webhook_id = Some("WH1".into());
    config.merchant_id = Some(PAYEE.into());
    config
}

pub(crate) fn paypal() -> Paypal {
    Paypal::new(config()).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:05:02Z".parse().unwrap()
}

pub(crate) fn euros(minor: u64) -> Amount {
    Amount::from_minor(minor, Currency::EUR)
}

pub(crate) fn payment(kind: PaymentKind) -> Payment {
    let builder = Payment::builder("PED-17", euros(12_345)).kind(kind).notification_url("https://tienda.example/vuelta");
    builder.url_ok("https://tienda.example/ok?a=1").url_nok("https://tienda.example/nok").build().unwrap()
}

/// An operation whose order was made, in that state.
pub(crate) fn operation(paypal: &Paypal, kind: PaymentKind, state: OperationState) -> Operation {
    let mut record = Operation::new(paypal.acceptor().clone(), NUMBER.parse().unwrap(), &payment(kind)).record().clone();
    record.state = state;
    record.references.insert(Reference::OrderId, ORDER);
    if state.is_paid() {
        record.references.insert(Reference::CaptureId, CAPTURE);
    }
    if state == OperationState::Authorized || (state.is_paid() && kind == PaymentKind::Preauthorization) {
        record.references.insert(Reference::AuthorizationId, HOLD);
    }
    Operation::from_record(record).unwrap()
}

pub(crate) fn sale(paypal: &Paypal) -> Operation {
    operation(paypal, PaymentKind::Sale, OperationState::Pending)
}

pub(crate) fn money(value: &str) -> Value {
    json!({ "currency_code": "EUR", "value": value })
}

/// The order, with those payments in it.
pub(crate) fn order(intent: &str, status: &str, payments: &Value) -> Value {
    json!({
        "id": ORDER,
        "intent": intent,
        "status": status,
        "purchase_units": [{
            "reference_id": "default",
            "amount": money("123.45"),
            "payee": { "merchant_id": PAYEE },
            "custom_id": NUMBER,
            "invoice_id": NUMBER,
            "payments": payments,
        }],
        "payer": { "payer_id": "QYR5Z8XDVJNXQ" },
    })
}

/// A capture, an authorization or a refund.
pub(crate) fn moved(id: &str, status: &str, value: &str) -> Value {
    json!({ "id": id, "status": status, "amount": money(value), "custom_id": NUMBER, "invoice_id": NUMBER })
}

pub(crate) fn problem(issue: &str) -> Value {
    json!({ "name": "UNPROCESSABLE_ENTITY", "details": [{ "issue": issue, "description": "no" }], "debug_id": "1" })
}

pub(crate) fn returned(query: &str) -> Request<Vec<u8>> {
    Request::get(format!("/vuelta?{query}")).body(Vec::new()).unwrap()
}

/// What PayPal answers.
#[derive(Clone)]
pub(crate) enum Says {
    Body(u16, String),
    Lost(Lost),
}

pub(crate) fn says(status: u16, body: &Value) -> Says {
    Says::Body(status, body.to_string())
}

pub(crate) fn token() -> Says {
    says(200, &json!({ "access_token": TOKEN, "expires_in": 32_400 }))
}

/// A request that was sent, in one line and its body.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) line: String,
    pub(crate) request: Request<Vec<u8>>,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.request.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(self.request.body()).unwrap()
    }
}

/// Drives an exchange over listed answers; what came of it, and what was sent.
pub(crate) fn drive<T: 'static>(exchange: Result<Exchange<T>, Error>, answers: &[Says]) -> (Result<T, Error>, Vec<Sent>) {
    let (mut sent, mut answers) = (Vec::new(), answers.iter());
    let mut exchange = exchange;
    let result = loop {
        match exchange {
            Err(error) => break Err(error),
            Ok(Exchange::Done(value)) => break Ok(value),
            Ok(Exchange::Ask(ask)) => {
                let (request, _, resume) = ask.split();
                let line = format!("{} {}", request.method(), request.uri().path());
                let answer = answers.next().expect("more was asked than listed").clone();
                sent.push(Sent { line, request });
                exchange = resume.with(match answer {
                    Says::Body(status, body) => Ok(Response::builder().status(status).body(body.into_bytes()).unwrap()),
                    Says::Lost(lost) => Err(lost),
                });
            }
        }
    };
    assert!(answers.next().is_none(), "less was asked than listed");
    (result, sent)
}

/// What a request leads to when PayPal answers so: the token first.
pub(crate) fn confirm(
    paypal: &Paypal,
    operation: &Operation,
    request: &Request<Vec<u8>>,
    answers: &[Says],
) -> Result<Confirmation, Error> {
    let notification = paypal.receive(request)?;
    let answers: Vec<Says> = std::iter::once(token()).chain(answers.iter().cloned()).collect();
    drive(paypal.verify(&notification, operation, now()), &answers).0
}

/// A buyer who agreed, and PayPal's word for it.
pub(crate) fn approved(paypal: &Paypal, operation: &Operation, intent: &str) -> Confirmation {
    let request = returned(&format!("token={ORDER}&PayerID=QYR5Z8XDVJNXQ"));
    confirm(paypal, operation, &request, &[says(200, &order(intent, "APPROVED", &json!({})))]).unwrap()
}
