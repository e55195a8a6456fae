//! A contract, operations, and messages as the platform writes them, signed here.

use vpos_core::http::{Request, Response};
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Amount, Confirmation, Currency, Environment, Error, Exchange, Lost, Payment, PaymentKind, PointOfSale as _, Reference,
    Secret, Timestamp,
};
use vpos_elavon::signature::{Fields, HashVersion, hex, response};
use vpos_elavon::{Config, Elavon, Settle};

pub(crate) const SECRET: &str = "mysecret";
pub(crate) const PASSWORD: &str = "r3bate-pw";
pub(crate) const ORDER: &str = "PED17K7Q2M9XA";
pub(crate) const PASREF: &str = "13276780809850";
pub(crate) const AUTHCODE: &str = "77345";

pub(crate) fn config() -> Config {
    let mut config = Config::new(Environment::Test, "tienda", "internet", Secret::new(SECRET));
    config.rebate_password = Some(Secret::new(PASSWORD));
    config
}

pub(crate) fn elavon(settle: Settle) -> Elavon {
    let mut config = config();
    config.settle = settle;
    Elavon::new(config).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:05:00Z".parse().unwrap()
}

pub(crate) fn euros(minor: u64) -> Amount {
    Amount::from_minor(minor, Currency::EUR)
}

pub(crate) fn payment(kind: PaymentKind) -> Payment {
    let builder = Payment::builder("PED-17", euros(12_345)).kind(kind).notification_url("https://tienda.example/aviso");
    builder.url_ok("https://tienda.example/ok?a=1&b=2").url_nok("https://tienda.example/nok").build().unwrap()
}

pub(crate) fn operation(elavon: &Elavon, kind: PaymentKind) -> Operation {
    Operation::new(elavon.acceptor().clone(), ORDER.parse().unwrap(), &payment(kind))
}

/// The same with the authorisation known, in that state.
pub(crate) fn known(elavon: &Elavon, kind: PaymentKind, state: OperationState) -> Operation {
    let mut record = operation(elavon, kind).record().clone();
    record.state = state;
    record.references.insert(Reference::BankReference, PASREF);
    record.references.insert(Reference::AuthorizationCode, AUTHCODE);
    Operation::from_record(record).unwrap()
}

/// A response's fields, hashed.
pub(crate) fn responded(result: &str, message: &str) -> Vec<(String, String)> {
    let hash = hash("20261123120455", "tienda", ORDER, result, message, PASREF, AUTHCODE);
    [
        ("MERCHANT_ID", "tienda"),
        ("ACCOUNT", "internet"),
        ("ORDER_ID", ORDER),
        ("AMOUNT", "12345"),
        ("TIMESTAMP", "20261123120455"),
        ("RESULT", result),
        ("MESSAGE", message),
        ("PASREF", PASREF),
        ("AUTHCODE", AUTHCODE),
        ("SHA1HASH", &hash),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

pub(crate) fn with(mut fields: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    match fields.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => value.clone_into(old),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
    fields
}

pub(crate) fn encoded(fields: &[(String, String)]) -> Request<Vec<u8>> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Request::post("/aviso").body(body.into_bytes()).unwrap()
}

pub(crate) fn confirm(elavon: &Elavon, operation: &Operation, request: &Request<Vec<u8>>) -> Result<Confirmation, Error> {
    let notification = elavon.receive(request)?;
    elavon.verify(&notification, operation, now())?.local()
}

/// A full answer about an order, signed.
pub(crate) fn answered(order: &str, result: &str, pasref: &str, authcode: &str, batch: &str) -> String {
    let message = "[ test system ] Tom & co";
    let hash = hash("20261123120501", "tienda", order, result, message, pasref, authcode);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<response timestamp=\"20261123120501\">\r\n<merchantid>tienda</merchantid>\r\n\
         <account>internet</account>\r\n<orderid>{order}</orderid>\r\n<result>{result}</result>\r\n<authcode>{authcode}</authcode>\r\n\
         <message>{message}</message>\r\n<pasref>{pasref}</pasref>\r\n<batchid>{batch}</batchid>\r\n<sha1hash>{hash}</sha1hash>\r\n\
         </response>\r\n"
    )
}

/// An error that nobody signs.
pub(crate) fn basic(order: &str, result: &str) -> String {
    format!(
        "<response timestamp=\"20261123120501\"><orderid>{order}</orderid><result>{result}</result><message>no</message></response>"
    )
}

fn hash(timestamp: &str, merchantid: &str, orderid: &str, result: &str, message: &str, pasref: &str, authcode: &str) -> String {
    let fields = Fields { timestamp, merchantid, orderid, result, message, pasref, authcode, ..Fields::default() };
    hex(&response(HashVersion::Sha1, &Secret::new(SECRET), &fields))
}

/// Drives an exchange over listed answers; what was sent.
pub(crate) fn drive<T: 'static>(exchange: Exchange<T>, answers: &[Result<String, Lost>]) -> (T, Vec<String>) {
    let (mut sent, mut answers) = (Vec::new(), answers.iter());
    let mut exchange = exchange;
    loop {
        match exchange {
            Exchange::Done(value) => {
                assert!(answers.next().is_none(), "less was asked than listed");
                return (value, sent);
            }
            Exchange::Ask(ask) => {
                let (request, _, resume) = ask.split();
                assert_eq!(request.uri(), "https://remote.prueba.santanderelavontpvvirtual.es/remote");
                sent.push(String::from_utf8(request.into_body()).unwrap());
                let answer = answers.next().expect("more was asked than listed").clone();
                exchange = resume.with(answer.map(|body| Response::new(body.into_bytes()))).unwrap();
            }
        }
    }
}
