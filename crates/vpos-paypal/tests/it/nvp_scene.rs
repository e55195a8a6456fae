//! A contract that speaks NVP, operations, and answers as PayPal writes them.

use vpos_core::http::{Request, Response};
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Amount, Confirmation, Currency, Environment, Error, Exchange, Lost, Payment, PaymentKind, PointOfSale as _, Reference,
    Secret, Timestamp,
};
use vpos_paypal::{Config, Paypal};

pub(crate) const NUMBER: &str = "PED17-K7Q2M9XA";
pub(crate) const TOKEN: &str = "EC-5YJ90598G69065317";
pub(crate) const PAYER: &str = "QYR5Z8XDVJNXQ";
pub(crate) const PAID: &str = "9AB12345CD678901E";
pub(crate) const HOLD: &str = "6RH31842NV1836044";
pub(crate) const SECRETS: [&str; 2] = ["QFZCWN5HZM8VBG7Q", "AFcWxV21C7fd0v3b"];

pub(crate) fn config(environment: Environment) -> Config {
    Config::nvp(environment, "tienda_api1.example", Secret::new(SECRETS[0]), Secret::new(SECRETS[1]))
}

pub(crate) fn paypal() -> Paypal {
    Paypal::new(config(Environment::Test)).unwrap()
}

/// The same, and it knows its own account.
pub(crate) fn known_account() -> Paypal {
    let mut config = config(Environment::Test);
    config.receiver_id = Some("7C2LDBEMSAFLS".into());
    Paypal::new(config).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:05:00Z".parse().unwrap()
}

pub(crate) fn euros(minor: u64) -> Amount {
    Amount::from_minor(minor, Currency::EUR)
}

pub(crate) fn payment(kind: PaymentKind) -> Payment {
    let builder = Payment::builder("PED-17", euros(12_345)).kind(kind).notification_url("https://tienda.example/vuelta");
    builder.url_ok("https://tienda.example/ok?a=1").url_nok("https://tienda.example/nok").language("es").build().unwrap()
}

/// An operation in that state, with these references.
pub(crate) fn stored(paypal: &Paypal, kind: PaymentKind, state: OperationState, references: &[(Reference, &str)]) -> Operation {
    let operation = Operation::new(paypal.acceptor().clone(), NUMBER.parse().unwrap(), &payment(kind));
    let mut record = operation.record().clone();
    record.state = state;
    for (name, value) in references {
        record.references.insert(*name, value);
    }
    Operation::from_record(record).unwrap()
}

/// A sale whose buyer is at PayPal.
pub(crate) fn pending(paypal: &Paypal) -> Operation {
    stored(paypal, PaymentKind::Sale, OperationState::Pending, &[(Reference::OrderId, TOKEN)])
}

/// A sale that was paid.
pub(crate) fn completed(paypal: &Paypal) -> Operation {
    let references = [(Reference::OrderId, TOKEN), (Reference::PayerId, PAYER), (Reference::CaptureId, PAID)];
    stored(paypal, PaymentKind::Sale, OperationState::Completed, &references)
}

/// A pre-authorisation that is held.
pub(crate) fn held(paypal: &Paypal) -> Operation {
    let references = [(Reference::OrderId, TOKEN), (Reference::PayerId, PAYER), (Reference::AuthorizationId, HOLD)];
    stored(paypal, PaymentKind::Preauthorization, OperationState::Authorized, &references)
}

pub(crate) fn returned(query: &str) -> Request<Vec<u8>> {
    Request::get(format!("/vuelta?{query}")).body(Vec::new()).unwrap()
}

pub(crate) fn posted(body: impl Into<Vec<u8>>) -> Request<Vec<u8>> {
    Request::post("/ipn").header("content-type", "application/x-www-form-urlencoded").body(body.into()).unwrap()
}

const HEAD: &str = "ACK=Success&CORRELATIONID=3d8fa24c46c65&VERSION=95&BUILD=18316154&TIMESTAMP=2026-11-23T12%3A05%3A00Z";

pub(crate) fn details(status: &str, payer: &str) -> String {
    format!(
        "{HEAD}&TOKEN={TOKEN}&CHECKOUTSTATUS={status}&PAYERID={payer}&PAYMENTREQUEST_0_AMT=123.45\
         &PAYMENTREQUEST_0_CURRENCYCODE=EUR&PAYMENTREQUEST_0_INVNUM={NUMBER}&PAYMENTREQUEST_0_CUSTOM={NUMBER}"
    )
}

pub(crate) fn paid_details() -> String {
    format!("{}&PAYMENTREQUEST_0_TRANSACTIONID={PAID}", details("PaymentActionCompleted", PAYER))
}

pub(crate) fn charged(status: &str, reason: &str) -> String {
    format!(
        "{HEAD}&TOKEN={TOKEN}&PAYMENTINFO_0_ACK=Success&PAYMENTINFO_0_TRANSACTIONID={PAID}&PAYMENTINFO_0_AMT=123.45\
         &PAYMENTINFO_0_CURRENCYCODE=EUR&PAYMENTINFO_0_PAYMENTSTATUS={status}&PAYMENTINFO_0_PENDINGREASON={reason}"
    )
}

pub(crate) fn transaction(id: &str, status: &str, reason: &str) -> String {
    format!(
        "{HEAD}&TRANSACTIONID={id}&AMT=123.45&CURRENCYCODE=EUR&PAYMENTSTATUS={status}&PENDINGREASON={reason}\
         &INVNUM={NUMBER}&CUSTOM={NUMBER}&RECEIVERID=7C2LDBEMSAFLS"
    )
}

pub(crate) fn captured(amount: &str, status: &str) -> String {
    format!("{HEAD}&AUTHORIZATIONID={HOLD}&TRANSACTIONID={PAID}&AMT={amount}&CURRENCYCODE=EUR&PAYMENTSTATUS={status}")
}

pub(crate) fn refunded(amount: &str, status: &str) -> String {
    format!(
        "{HEAD}&REFUNDTRANSACTIONID=5LW01234AB567890C&GROSSREFUNDAMT={amount}&TOTALREFUNDEDAMOUNT={amount}\
         &CURRENCYCODE=EUR&REFUNDSTATUS={status}&PENDINGREASON=None"
    )
}

pub(crate) fn voided() -> String {
    format!("{HEAD}&AUTHORIZATIONID={HOLD}")
}

pub(crate) fn failure(code: &str) -> String {
    format!(
        "ACK=Failure&CORRELATIONID=1&VERSION=95&BUILD=1&L_ERRORCODE0={code}&L_SHORTMESSAGE0=No&L_LONGMESSAGE0=It+was+not+done\
         &L_SEVERITYCODE0=Error"
    )
}

/// A request as it left.
pub(crate) struct Sent {
    pub(crate) uri: String,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.body).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }
}

/// Drives an exchange over listed answers.
pub(crate) fn drive<T: 'static>(
    exchange: Result<Exchange<T>, Error>,
    answers: &[Result<String, Lost>],
) -> (Result<T, Error>, Vec<Sent>) {
    let (mut sent, mut answers) = (Vec::new(), answers.iter());
    let mut exchange = exchange;
    loop {
        match exchange {
            Err(error) => return (Err(error), sent),
            Ok(Exchange::Done(value)) => {
                assert!(answers.next().is_none(), "less was asked than listed");
                return (Ok(value), sent);
            }
            Ok(Exchange::Ask(ask)) => {
                let (request, _, resume) = ask.split();
                assert_eq!(request.method(), "POST");
                sent.push(Sent { uri: request.uri().to_string(), body: request.into_body() });
                let answer = answers.next().expect("more was asked than listed").clone();
                exchange = resume.with(answer.map(|body| Response::new(body.into_bytes())));
            }
        }
    }
}

/// A buyer who agreed comes back, over these answers.
pub(crate) fn confirm(
    paypal: &Paypal,
    operation: &Operation,
    request: &Request<Vec<u8>>,
    answers: &[Result<String, Lost>],
) -> Result<Confirmation, Error> {
    let notification = paypal.receive(request)?;
    drive(paypal.verify(&notification, operation, now()), answers).0
}

pub(crate) fn agreed() -> Request<Vec<u8>> {
    returned(&format!("token={TOKEN}&PayerID={PAYER}"))
}
