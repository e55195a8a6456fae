//! What the targets share: a contract, operations, and messages signed as the bank would sign them, so that fuzzing
//! goes past the signature too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vpos::core::Reference;
use vpos::core::http::{Request, Response};
use vpos::core::operation::OperationRecord;
use vpos::redsys::signature::{Key, SignatureVersion, sign};
use vpos::redsys::{Config, NotificationKind, Redsys};
use vpos::{
    Amount, AnyPos, Currency, Environment, Exchange, Operation, OperationNumber, OperationState, Payment, PaymentKind,
    PointOfSale as _, Rejection, Secret, Timestamp,
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

/// Bytes as a notification of a bank, or as the answer to a refund, as the first of them says.
///
/// # Panics
/// When a law is broken: that is what the fuzzer looks for.
pub fn messages(bank: &str, contract: &str, data: &[u8]) {
    let Some((mode, bytes)) = data.split_first() else { return };
    let pos = AnyPos::from_table(bank, contract.parse().expect("a table")).expect("a contract");
    if mode & 1 == 0 { notified(&pos, *mode, bytes) } else { refunded(&pos, *mode, bytes) }
}

/// Bytes as what reaches a shop that takes PayPal, and as every answer that follows, as the first of them says.
///
/// # Panics
/// When a law is broken: that is what the fuzzer looks for.
pub fn paypal(data: &[u8]) {
    const REST: &str = "environment = \"test\"\nclient_id = \"AeA1\"\nclient_secret = \"EGn5\"\nwebhook_id = \"WH1\"";
    const NVP: &str =
        "environment = \"test\"\nprotocol = \"nvp\"\nusername = \"tienda\"\npassword = \"QFZC\"\nsignature = \"AFcW\"";
    let Some((mode, bytes)) = data.split_first() else { return };
    let contract = if mode & 1 == 0 { REST } else { NVP };
    let pos = AnyPos::from_table("paypal", contract.parse().expect("a table")).expect("a contract");
    let kind = if mode & 2 == 0 { PaymentKind::Sale } else { PaymentKind::Preauthorization };
    let states = [OperationState::Pending, OperationState::Unknown, OperationState::Completed, OperationState::Charging];
    let mut record = stored(&pos, "PED17K7Q2M9XA", kind, states[usize::from(mode >> 2 & 3)]).record().clone();
    record.references.insert(Reference::OrderId, "5O190127TN364715T");
    let mut operation = Operation::from_record(record).expect("a record");
    // the message itself, half of the time; the answers are the bytes in any case
    let message = if mode & 16 == 0 { b"token=5O190127TN364715T&PayerID=Q".as_slice() } else { bytes };
    if let Some(request) = paypal_request(mode >> 5 & 3, message)
        && let Ok(notification) = pos.receive(&request)
    {
        let _ = (notification.evidence(), pos.reject(Some(&notification), Some(&operation), &Rejection::NotCommitted));
        let verified = pos.verify(&notification, &operation, now()).map(|exchange| told(exchange, bytes));
        if let Ok(Some(confirmation)) = verified {
            assert_eq!(confirmation.number(), operation.number());
            assert!(confirmation.amount().is_none_or(|amount| amount.currency() == operation.amount().currency()));
            let _ = operation.apply(&confirmation);
        }
    }
    if let Some(report) = pos.query(&operation, now()).ok().and_then(|exchange| told(exchange, bytes)) {
        let _ = (format!("{report:?}"), operation.settle_query(&report));
    }
}

/// A buyer's return, a webhook or an IPN message.
fn paypal_request(kind: u8, message: &[u8]) -> Option<Request<Vec<u8>>> {
    let json = match (kind, std::str::from_utf8(message)) {
        (0, Ok(text)) => return Request::get(format!("/?{text}")).body(Vec::new()).ok(),
        (1, _) => true,
        _ => false,
    };
    let builder = Request::post("/")
        .header("content-type", if json { "application/json" } else { "application/x-www-form-urlencoded" })
        .header("paypal-transmission-id", "69cd13f0-d67a-11e5-baa3-778b53f4ae55")
        .header("paypal-transmission-time", "2026-01-01T00:00:00Z")
        .header("paypal-transmission-sig", "lmI95Jx3Y9nhR5SJ")
        .header("paypal-cert-url", "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1")
        .header("paypal-auth-algo", "SHA256withRSA");
    builder.body(message.to_vec()).ok()
}

/// Drives an exchange: a token and a good word for the message where they are asked, then the bytes.
fn told<T: 'static>(mut exchange: Exchange<T>, bytes: &[u8]) -> Option<T> {
    loop {
        match exchange {
            Exchange::Done(value) => return Some(value),
            Exchange::Ask(ask) => {
                let (request, _, resume) = ask.split();
                let body = match request.uri().path() {
                    "/v1/oauth2/token" => br#"{"access_token": "A21AA", "expires_in": 32400}"#.to_vec(),
                    "/v1/notifications/verify-webhook-signature" => br#"{"verification_status": "SUCCESS"}"#.to_vec(),
                    "/cgi-bin/webscr" => b"VERIFIED".to_vec(),
                    _ => bytes.to_vec(),
                };
                exchange = resume.with(Ok(Response::new(body))).ok()?;
            }
        }
    }
}

/// A request of the bank: never a panic, and what is confirmed is the operation's own.
fn notified(pos: &AnyPos, mode: u8, bytes: &[u8]) {
    let request = match (mode & 2, std::str::from_utf8(bytes)) {
        (0, _) => Request::post("/").body(bytes.to_vec()),
        (_, Ok(text)) => Request::get(format!("/?{text}")).body(Vec::new()),
        (_, Err(_)) => return,
    };
    let Ok(request) = request else { return };
    let Ok(notification) = pos.receive(&request) else { return };
    let _ = (notification.evidence(), format!("{notification:?}"));
    let operation = stored(pos, "PED17K7Q2M9XA", PaymentKind::Sale, OperationState::Pending);
    let _ = pos.reject(Some(&notification), Some(&operation), &Rejection::NotCommitted);
    let Ok(exchange) = pos.verify(&notification, &operation, now()) else { return };
    let confirmation = exchange.local().expect("checked without asking the bank");
    assert_eq!(confirmation.number(), operation.number());
    assert_eq!(confirmation.contract(), operation.acceptor());
    let _ = pos.accept(&notification, &operation);
}

/// An answer to a refund: never a panic, and the sale stays paid.
fn refunded(pos: &AnyPos, mode: u8, bytes: &[u8]) {
    let mut operation = stored(pos, "PED17K7Q2M9XA", PaymentKind::Sale, OperationState::Completed);
    let refund = operation.start_refund(operation.amount(), None).expect("something is left");
    let Ok(exchange) = pos.refund(&operation, &refund, now()) else { return };
    let status = [200, 200, 404, 500][usize::from(mode >> 1 & 3)];
    let report = answered(exchange, status, bytes.to_vec()).expect("an answer always ends in a report");
    let _ = (format!("{report:?}"), operation.settle_refund(refund.id, &report));
    assert!(operation.state().is_paid());
}
