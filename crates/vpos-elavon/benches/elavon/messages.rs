//! The messages of the benches, in the shape of the recorded ones and signed here.

use vpos_core::http::Request;
use vpos_core::operation::Operation;
use vpos_core::{Amount, Confirmation, Currency, Environment, Payment, PointOfSale as _, Secret, Timestamp};
use vpos_elavon::signature::{Fields, HashVersion, hex, response};
use vpos_elavon::{Config, Elavon};

pub(crate) const SECRET: &str = "mysecret";
pub(crate) const VERSIONS: [HashVersion; 2] = [HashVersion::Sha1, HashVersion::Sha256];

const ORDER: &str = "PED17K7Q2M9XA";

/// A contract, an operation that it stored, and the page's response about it.
pub(crate) struct Scene {
    pub(crate) elavon: Elavon,
    pub(crate) operation: Operation,
    pub(crate) request: Request<Vec<u8>>,
}

impl Scene {
    /// From bytes to a confirmation.
    pub(crate) fn confirm(&self) -> Confirmation {
        let notification = self.elavon.receive(&self.request).unwrap();
        self.elavon.verify(&notification, &self.operation, now()).unwrap().local().unwrap()
    }
}

/// A good response whose text for people is that long.
pub(crate) fn responded(version: HashVersion, length: usize) -> Scene {
    let message = "x".repeat(length);
    let hash = hash(version, "20261123120455", &message);
    let name = if version == HashVersion::Sha1 { "SHA1HASH" } else { "SHA256HASH" };
    let body = format!(
        "MERCHANT_ID=tienda&ACCOUNT=internet&ORDER_ID={ORDER}&AMOUNT=12345&AUTHCODE=12345&TIMESTAMP=20261123120455&RESULT=00\
         &MESSAGE={message}&CVNRESULT=M&PASREF=13276780809850&BATCHID=319623&ECI=5&COMMENT1=Zapatos+rojos&{name}={hash}"
    );
    let elavon = contract(version);
    let operation = operation(&elavon);
    Scene { elavon, operation, request: post(body) }
}

/// A good answer to a settle.
pub(crate) fn settled(message: &str) -> String {
    let hash = hash(HashVersion::Sha1, "20261123120501", message);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<response timestamp=\"20261123120501\">\r\n<merchantid>tienda</merchantid>\r\n\
         <account>internet</account>\r\n<orderid>{ORDER}</orderid>\r\n<result>00</result>\r\n<authcode>12345</authcode>\r\n\
         <message>{message}</message>\r\n<pasref>13276780809850</pasref>\r\n<batchid>319623</batchid>\r\n\
         <sha1hash>{hash}</sha1hash>\r\n</response>\r\n"
    )
}

fn hash(version: HashVersion, timestamp: &str, message: &str) -> String {
    let fields = Fields {
        timestamp,
        merchantid: "tienda",
        orderid: ORDER,
        result: "00",
        message,
        pasref: "13276780809850",
        authcode: "12345",
        ..Fields::default()
    };
    hex(&response(version, &Secret::new(SECRET), &fields))
}

pub(crate) fn contract(version: HashVersion) -> Elavon {
    let mut config = Config::new(Environment::Test, "tienda", "internet", Secret::new(SECRET));
    config.hash = version;
    Elavon::new(config).unwrap()
}

pub(crate) fn operation(elavon: &Elavon) -> Operation {
    let payment = Payment::builder("PED-17", Amount::from_minor(12_345, Currency::EUR)).build().unwrap();
    Operation::new(elavon.acceptor().clone(), ORDER.parse().unwrap(), &payment)
}

pub(crate) fn post(body: impl Into<Vec<u8>>) -> Request<Vec<u8>> {
    Request::post("/aviso").body(body.into()).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:05:00Z".parse().unwrap()
}
