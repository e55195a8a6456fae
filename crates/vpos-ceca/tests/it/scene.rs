//! A contract, an operation and the bank's side of it.

use proptest::prelude::*;
use vpos_ceca::signature::{Cipher, Key, Scheme, SignedFields, message, sign};
use vpos_ceca::vpos_core::http::{Request, Response};
use vpos_ceca::vpos_core::operation::{Operation, OperationRecord, OperationState};
use vpos_ceca::vpos_core::{
    Amount, Ask, Confirmation, Currency, Environment, Error, Exchange, Lost, Payment, PaymentBuilder, PointOfSale as _,
    Reference, Report, Secret, Timestamp,
};
use vpos_ceca::{Ceca, Config, RefundPath};

pub(crate) const CIPHERS: [Cipher; 3] = [Cipher::Sha1, Cipher::Sha2, Cipher::Hmac];
pub(crate) const REST_KEY: &str = "rest-key";

pub(crate) fn secret(cipher: Cipher) -> Secret {
    Secret::new(if cipher == Cipher::Hmac { "BwgJCgsMDQ4PEBESExQVFhcYGRobHB0e" } else { "87401456" })
}

pub(crate) fn config(cipher: Cipher) -> Config {
    let mut config = Config::new(Environment::Test, "111950028", "0000554052", "00000003", secret(cipher));
    config.cipher = Some(cipher);
    config
}

pub(crate) fn ceca(cipher: Cipher) -> Ceca {
    Ceca::new(config(cipher)).unwrap()
}

pub(crate) fn with_rest() -> Ceca {
    let mut config = config(Cipher::Sha2);
    config.rest_key = Some(Secret::new(REST_KEY));
    config.refund_path = Some(RefundPath::Rest);
    Ceca::new(config).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn builder(minor: u64) -> PaymentBuilder {
    Payment::builder("PED-17", Amount::from_minor(minor, Currency::EUR))
        .url_ok("https://tienda.example/ok")
        .url_nok("https://tienda.example/nok")
}

pub(crate) fn operation(ceca: &Ceca, number: &str, minor: u64) -> Operation {
    Operation::new(ceca.acceptor().clone(), number.parse().unwrap(), &builder(minor).build().unwrap())
}

/// The same, changed as a store could have it.
pub(crate) fn stored(ceca: &Ceca, state: OperationState, change: impl FnOnce(&mut OperationRecord)) -> Operation {
    let mut record = operation(ceca, "PED17-A", 12_345).record().clone();
    record.state = state;
    record.references.insert(Reference::BankReference, "120043981612");
    change(&mut record);
    Operation::from_record(record).unwrap()
}

/// The fields of a good notification.
pub(crate) fn notified<'a>(number: &'a str, amount: &'a str) -> SignedFields<'a> {
    SignedFields {
        merchant_id: "111950028",
        acquirer_bin: "0000554052",
        terminal_id: "00000003",
        number,
        amount,
        currency: "978",
        exponent: "2",
        reference: "120043981612",
        ..SignedFields::default()
    }
}

/// Signed as the bank does.
pub(crate) fn signature(cipher: Cipher, fields: &SignedFields<'_>) -> String {
    let key = Key::parse(cipher, &secret(cipher)).unwrap();
    let text = message(Scheme::Notification, cipher, fields);
    sign(&key, &fields.number.parse().unwrap(), text.as_bytes())
}

pub(crate) fn pairs<'a>(fields: &SignedFields<'a>, signature: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("MerchantID", fields.merchant_id),
        ("AcquirerBIN", fields.acquirer_bin),
        ("TerminalID", fields.terminal_id),
        ("Num_operacion", fields.number),
        ("Importe", fields.amount),
        ("TipoMoneda", fields.currency),
        ("Exponente", fields.exponent),
        ("Referencia", fields.reference),
        ("Firma", signature),
    ]
}

pub(crate) fn post(pairs: &[(&str, &str)]) -> Request<Vec<u8>> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Request::post("/aviso").body(body.into_bytes()).unwrap()
}

/// From bytes to a confirmation.
pub(crate) fn confirm(ceca: &Ceca, request: &Request<Vec<u8>>, operation: &Operation) -> Result<Confirmation, Error> {
    let notification = ceca.receive(request)?;
    ceca.verify(&notification, operation, now())?.local()
}

/// The request of an exchange, and what is made of an answer to it.
pub(crate) fn asked(exchange: Exchange<Report>, answer: Result<Response<Vec<u8>>, Lost>) -> (Request<Vec<u8>>, Report) {
    let Exchange::Ask(ask) = exchange else { panic!("nothing was asked") };
    let (request, _, resume) = Ask::split(ask);
    (request, resume.with(answer).unwrap().local().unwrap())
}

#[expect(clippy::unnecessary_wraps, reason = "a transport's answer")]
pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Result<Response<Vec<u8>>, Lost> {
    Ok(Response::new(body.into()))
}

pub(crate) fn number() -> impl Strategy<Value = String> {
    "[A-Z0-9-]{0,39}[A-Z]"
}
