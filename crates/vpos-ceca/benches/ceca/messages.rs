//! The messages of the benches, signed here as the bank does.

use vpos_ceca::signature::{Cipher, Key, Scheme, SignedFields, message, sign};
use vpos_ceca::{Ceca, Config};
use vpos_core::http::Request;
use vpos_core::operation::Operation;
use vpos_core::{Amount, Confirmation, Currency, Environment, Payment, PointOfSale as _, Secret, Timestamp};

pub(crate) const CIPHERS: [Cipher; 3] = [Cipher::Sha1, Cipher::Sha2, Cipher::Hmac];

pub(crate) const NUMBER: &str = "PED17-K7Q2M9XA";

pub(crate) const FIELDS: SignedFields<'static> = SignedFields {
    merchant_id: "111950028",
    acquirer_bin: "0000554052",
    terminal_id: "00000003",
    number: NUMBER,
    amount: "12345",
    currency: "978",
    exponent: "2",
    reference: "120043981612",
    url_ok: "",
    url_nok: "",
    sca_exemption: "",
    pay_until: "",
};

pub(crate) const fn secret(cipher: Cipher) -> &'static str {
    match cipher {
        Cipher::Hmac => "BwgJCgsMDQ4PEBESExQVFhcYGRobHB0e",
        Cipher::Sha1 | Cipher::Sha2 => "87401456",
    }
}

pub(crate) fn key(cipher: Cipher) -> Key {
    Key::parse(cipher, &Secret::new(secret(cipher))).unwrap()
}

/// A contract, an operation that it stored, and the bank's message about it.
pub(crate) struct Scene {
    pub(crate) ceca: Ceca,
    pub(crate) operation: Operation,
    pub(crate) request: Request<Vec<u8>>,
}

impl Scene {
    /// A notification with further fields.
    pub(crate) fn new(cipher: Cipher, more: &str) -> Self {
        let ceca = contract(cipher);
        let signature = sign(&key(cipher), &NUMBER.parse().unwrap(), message(Scheme::Notification, cipher, &FIELDS).as_bytes());
        let signature = signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let body = format!(
            "MerchantID=111950028&AcquirerBIN=0000554052&TerminalID=00000003&Num_operacion={NUMBER}&Importe=12345\
             &TipoMoneda=978&Exponente=2&Referencia=120043981612&Num_aut=101000&Idioma=1&Pais=724&Firma={signature}{more}"
        );
        Self { operation: operation(&ceca), ceca, request: post(body) }
    }

    /// From bytes to a confirmation.
    pub(crate) fn confirm(&self) -> Confirmation {
        let notification = self.ceca.receive(&self.request).unwrap();
        self.ceca.verify(&notification, &self.operation, now()).unwrap().local().unwrap()
    }
}

pub(crate) fn contract(cipher: Cipher) -> Ceca {
    let secret = Secret::new(secret(cipher));
    let mut config = Config::new(Environment::Test, "111950028", "0000554052", "00000003", secret);
    config.cipher = Some(cipher);
    Ceca::new(config).unwrap()
}

pub(crate) fn operation(ceca: &Ceca) -> Operation {
    let payment = Payment::builder("PED-17", Amount::from_minor(12_345, Currency::EUR)).build().unwrap();
    Operation::new(ceca.acceptor().clone(), NUMBER.parse().unwrap(), &payment)
}

pub(crate) fn post(body: impl Into<Vec<u8>>) -> Request<Vec<u8>> {
    Request::post("/aviso").body(body.into()).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}
