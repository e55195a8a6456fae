//! The messages of the benches, in the shape of the recorded ones.

use vpos_core::http::{Request, Response};
use vpos_core::operation::Operation;
use vpos_core::{Amount, Confirmation, Currency, Environment, Exchange, Payment, PointOfSale as _, Reference, Secret, Timestamp};
use vpos_paypal::{Config, Paypal};

const ORDER: &str = "5O190127TN364715T";

/// A contract, an operation that it stored, a webhook about it, and the order that PayPal then tells of.
pub(crate) struct Scene {
    pub(crate) paypal: Paypal,
    pub(crate) operation: Operation,
    pub(crate) webhook: Request<Vec<u8>>,
    pub(crate) order: String,
}

impl Scene {
    /// From the webhook's bytes to a confirmation, with both of PayPal's answers.
    pub(crate) fn confirm(&self) -> Confirmation {
        let notification = self.paypal.receive(&self.webhook).unwrap();
        let mut exchange = self.paypal.verify(&notification, &self.operation, now()).unwrap();
        loop {
            match exchange {
                Exchange::Done(confirmation) => return confirmation,
                Exchange::Ask(ask) => {
                    let (request, _, resume) = ask.split();
                    let body = match request.uri().path() {
                        "/v1/oauth2/token" => r#"{"access_token":"A21AA","expires_in":32400}"#,
                        "/v1/notifications/verify-webhook-signature" => r#"{"verification_status":"SUCCESS"}"#,
                        _ => &self.order,
                    };
                    exchange = resume.with(Ok(Response::new(body.as_bytes().to_vec()))).unwrap();
                }
            }
        }
    }
}

/// A webhook and an order in which a text for people is that long.
pub(crate) fn scene(length: usize) -> Scene {
    let unit = format!(
        r#""purchase_units":[{{"reference_id":"default","amount":{{"currency_code":"EUR","value":"123.45"}},
        "payee":{{"merchant_id":"7C2LDBEMSAFLS"}},"custom_id":"PED17-K7Q2M9XA","invoice_id":"PED17-K7Q2M9XA",
        "description":"{}"}}]"#,
        "x".repeat(length)
    );
    let order = format!(r#"{{"id":"{ORDER}","intent":"CAPTURE","status":"APPROVED",{unit}}}"#);
    let event = format!(r#"{{"id":"WH-1","event_type":"CHECKOUT.ORDER.APPROVED","resource":{order}}}"#);
    let paypal = contract();
    let operation = operation(&paypal);
    Scene { paypal, operation, webhook: post(event), order }
}

pub(crate) fn contract() -> Paypal {
    let mut config = Config::rest(Environment::Test, "AeA1", Secret::new("EGn5"));
    config.webhook_id = Some("WH1".into());
    config.merchant_id = Some("7C2LDBEMSAFLS".into());
    Paypal::new(config).unwrap()
}

pub(crate) fn operation(paypal: &Paypal) -> Operation {
    let payment = Payment::builder("PED-17", Amount::from_minor(12_345, Currency::EUR)).build().unwrap();
    let mut operation = Operation::new(paypal.acceptor().clone(), "PED17-K7Q2M9XA".parse().unwrap(), &payment);
    operation.learn(&[(Reference::OrderId, ORDER.to_owned())].into_iter().collect());
    operation
}

pub(crate) fn post(body: impl Into<Vec<u8>>) -> Request<Vec<u8>> {
    let headers = [
        ("content-type", "application/json"),
        ("paypal-transmission-id", "69cd13f0-d67a-11e5-baa3-778b53f4ae55"),
        ("paypal-transmission-time", "2026-11-23T12:05:01Z"),
        ("paypal-transmission-sig", "lmI95Jx3Y9nhR5SJWlHVIWpg4AgFk7n9bCHSRxbrd8A9zrhdu2rM"),
        ("paypal-cert-url", "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"),
        ("paypal-auth-algo", "SHA256withRSA"),
    ];
    let builder = headers.into_iter().fold(Request::post("/aviso"), |builder, (name, value)| builder.header(name, value));
    builder.body(body.into()).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:05:02Z".parse().unwrap()
}
