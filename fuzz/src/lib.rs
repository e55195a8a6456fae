//! What the targets share: a contract, operations, and messages signed as the bank would sign them, so that fuzzing
//! goes past the signature too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vpos::core::Reference;
use vpos::core::http::Response;
use vpos::core::operation::OperationRecord;
use vpos::redsys::signature::{Key, SignatureVersion, sign};
use vpos::redsys::{Config, NotificationKind, Redsys};
use vpos::{
    Amount, AnyPos, Currency, Environment, Exchange, Operation, OperationNumber, OperationState, Payment, PaymentKind,
    PointOfSale as _, Secret, Timestamp,
};

/// The bank's public test key.
const KEY: &str = "sq7HjrUOBfKmC576ILgskD5srU870gJ7";

/// The number of the operations whose messages are signed here.
pub const ORDER: &str = "0726qI3H7sZx";

/// The public test contract, which takes every version.
///
/// # Panics
/// Never: it is right.
pub fn redsys(notification: NotificationKind) -> Redsys {
    let mut config = Config::new(Environment::Test, "999008881", 1, Secret::new(KEY));
    config.notification = notification;
    config.accepted_signatures =
        Some(vec![SignatureVersion::HmacSha256V1, SignatureVersion::HmacSha512V1, SignatureVersion::HmacSha512V2]);
    Redsys::new(config).expect("the public test contract")
}

/// An operation of 49.99 EUR in that state.
///
/// # Panics
/// Never: its record is right.
pub fn operation(redsys: &Redsys, number: &OperationNumber, kind: PaymentKind, state: OperationState) -> Operation {
    let payment = Payment::builder("PED-17", Amount::from_minor(4_999, Currency::EUR)).kind(kind).build().expect("a payment");
    let record = Operation::new(redsys.acceptor().clone(), number.clone(), &payment).record().clone();
    Operation::from_record(OperationRecord { state, ..record }).expect("a record")
}

/// An operation of 49.99 EUR of whatever bank, with the references that a refund needs.
///
/// # Panics
/// Never: its record is right.
pub fn stored(pos: &AnyPos, number: &str, kind: PaymentKind, state: OperationState) -> Operation {
    let payment = Payment::builder("PED-17", Amount::from_minor(4_999, Currency::EUR)).kind(kind).build().expect("a payment");
    let number = number.parse().expect("a number");
    let mut record = Operation::new(pos.acceptor().clone(), number, &payment).record().clone();
    record.references.insert(Reference::BankReference, "120043981612");
    record.references.insert(Reference::AuthorizationCode, "101000");
    Operation::from_record(OperationRecord { state, ..record }).expect("a record")
}

/// The number of the signed messages.
///
/// # Panics
/// Never: it is one.
pub fn order() -> OperationNumber {
    ORDER.parse().expect("a number")
}

/// A moment.
///
/// # Panics
/// Never: it is one.
pub fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().expect("a moment")
}

/// The parameters in Base64, and their signature.
///
/// # Panics
/// Never: the key is right.
pub fn sealed(version: SignatureVersion, json: &[u8]) -> (String, String) {
    let parameters = STANDARD.encode(json);
    let signature = signed(version, &parameters);
    (parameters, signature)
}

/// The signature of a text with the key of [`ORDER`].
///
/// # Panics
/// Never: the key is right.
pub fn signed(version: SignatureVersion, text: &str) -> String {
    let key = Key::parse(&Secret::new(KEY)).expect("a key");
    sign(version, &key, &order(), text.as_bytes())
}

/// Hands an exchange that answer.
pub fn answered<T: 'static>(exchange: Exchange<T>, status: u16, body: Vec<u8>) -> Option<T> {
    let Exchange::Ask(ask) = exchange else { return None };
    let response = Response::builder().status(status).body(body).ok()?;
    ask.split().2.with(Ok(response)).ok()?.local().ok()
}
