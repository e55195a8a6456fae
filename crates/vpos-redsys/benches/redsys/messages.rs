//! The messages of the benches: recorded ones from `fixtures/redsys`, and longer ones signed here.

use std::fmt::Write as _;

use vpos_core::http::Request;
use vpos_core::operation::Operation;
use vpos_core::{
    Amount, Confirmation, Currency, Environment, OperationNumber, Payment, PaymentKind, PointOfSale as _, Secret, Timestamp,
};
use vpos_redsys::signature::{Key, SignatureVersion, sign};
use vpos_redsys::{Config, NotificationKind, Redsys};

/// The bank's public test key, and the one of its older examples.
pub(crate) const KEY: &str = "sq7HjrUOBfKmC576ILgskD5srU870gJ7";
const OLDER_KEY: &str = "Mk9m98IfEblmPfrpsawt7BmxObt98Jev";

pub(crate) const VERSIONS: [SignatureVersion; 3] =
    [SignatureVersion::HmacSha256V1, SignatureVersion::HmacSha512V1, SignatureVersion::HmacSha512V2];

/// A contract, an operation that it stored, and the bank's message about it.
pub(crate) struct Scene {
    pub(crate) redsys: Redsys,
    pub(crate) operation: Operation,
    pub(crate) request: Request<Vec<u8>>,
}

impl Scene {
    /// From bytes to a confirmation.
    pub(crate) fn confirm(&self) -> Confirmation {
        let notification = self.redsys.receive(&self.request).unwrap();
        self.redsys.verify(&notification, &self.operation, now()).unwrap().local().unwrap()
    }
}

/// A notification as the bank sends it, recorded: 679 bytes.
pub(crate) fn recorded() -> Scene {
    let fixture = include_str!("../../../../fixtures/redsys/given/notification-recorded-0726qI3H7sZx-52nP.toml");
    let redsys = contract(SignatureVersion::HmacSha256V1, KEY, NotificationKind::Http);
    scene(redsys, fixture, "0726qI3H7sZx", 4_999, PaymentKind::Sale)
}

/// A SOAP 1.1 notification, recorded.
pub(crate) fn recorded_soap() -> Scene {
    let fixture = include_str!("../../../../fixtures/redsys/given/notification-soap11.toml");
    let redsys = contract(SignatureVersion::HmacSha256V1, OLDER_KEY, NotificationKind::Soap);
    scene(redsys, fixture, "165446", 345, PaymentKind::Preauthorization)
}

/// The shape of a real notification with further members, signed by that version.
pub(crate) fn signed(version: SignatureVersion, more: &[(String, String)]) -> Scene {
    let key = Key::parse(&Secret::new(KEY)).unwrap();
    let order: OperationNumber = "0726qI3H7sZx".parse().unwrap();
    let mut json = String::from(
        "{\"Ds_Date\":\"22%2F10%2F2021\",\"Ds_Hour\":\"16%3A57\",\"Ds_SecurePayment\":\"1\",\"Ds_Amount\":\"4999\",\
         \"Ds_Currency\":\"978\",\"Ds_Order\":\"0726qI3H7sZx\",\"Ds_MerchantCode\":\"999008881\",\"Ds_Terminal\":\"001\",\
         \"Ds_Response\":\"0000\",\"Ds_TransactionType\":\"0\",\"Ds_AuthorisationCode\":\"501602\",\"Ds_Card_Brand\":\"1\"",
    );
    for (name, value) in more {
        let _ = write!(json, ",\"{name}\":\"{value}\"");
    }
    json.push('}');
    let parameters = base64(&json);
    let signature = sign(version, &key, &order, parameters.as_bytes());
    let encode = |text: &str| text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let body = format!(
        "Ds_SignatureVersion={version}&Ds_MerchantParameters={}&Ds_Signature={}",
        encode(&parameters),
        encode(&signature)
    );
    let redsys = contract(version, KEY, NotificationKind::Http);
    let operation = operation(&redsys, "0726qI3H7sZx", 4_999, PaymentKind::Sale);
    Scene { redsys, operation, request: post(body) }
}

pub(crate) fn base64(text: &str) -> String {
    use ::base64::Engine as _;
    ::base64::engine::general_purpose::STANDARD.encode(text)
}

pub(crate) fn contract(version: SignatureVersion, key: &str, notification: NotificationKind) -> Redsys {
    let mut config = Config::new(Environment::Test, "999008881", 1, Secret::new(key));
    config.signature = version;
    config.notification = notification;
    Redsys::new(config).unwrap()
}

pub(crate) fn operation(redsys: &Redsys, number: &str, minor: u64, kind: PaymentKind) -> Operation {
    use vpos_core::PointOfSale as _;
    let payment = Payment::builder("PED-17", Amount::from_minor(minor, Currency::EUR)).kind(kind).build().unwrap();
    Operation::new(redsys.acceptor().clone(), number.parse().unwrap(), &payment)
}

pub(crate) fn post(body: impl Into<Vec<u8>>) -> Request<Vec<u8>> {
    Request::post("/aviso").body(body.into()).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn scene(redsys: Redsys, fixture: &str, number: &str, minor: u64, kind: PaymentKind) -> Scene {
    let table: toml::Table = fixture.parse().unwrap();
    let body = table["request"]["body"].as_str().unwrap();
    let operation = operation(&redsys, number, minor, kind);
    let request = post(body);
    Scene { redsys, operation, request }
}
