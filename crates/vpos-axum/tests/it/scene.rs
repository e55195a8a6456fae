//! A shop with two contracts, and what its bank would send, each in a call.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Redirect;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use vpos::flow::{MemoryStore, MemoryTx, Merchant, Paid};
use vpos::http::Response;
use vpos::redsys::signature::{Key, SignatureVersion, sign};
use vpos::{Amount, Currency, Lost, OperationState, Payment, PaymentFlow, Registry, Secret, TimeLimit};
use vpos_axum::{Addresses, Checkouts, Refused, Routes, field, segment};

/// The bank's public test key.
const KEY: &str = "sq7HjrUOBfKmC576ILgskD5srU870gJ7";

const CONTRACTS: &str = r#"
    [pos.caja]
    bank = "redsys"
    environment = "test"
    merchant_code = "999008881"
    terminal = 1
    secret_key = "sq7HjrUOBfKmC576ILgskD5srU870gJ7"

    [pos.santander]
    bank = "elavon"
    environment = "test"
    merchant_id = "tienda"
    account = "internet"
    secret = "mysecret"
    settle = "auto"
"#;

/// Counts how often each sale was told to be paid.
#[derive(Clone, Default)]
pub(crate) struct Orders(Arc<Mutex<Vec<String>>>);

impl Merchant<MemoryStore> for Orders {
    type Error = Infallible;

    async fn on_paid(&self, paid: &Paid, _tx: &mut MemoryTx) -> Result<(), Infallible> {
        self.0.lock().unwrap().push(paid.sale().to_owned());
        Ok(())
    }
}

struct Shop(Addresses);

impl Checkouts for Shop {
    async fn payment(&self, sale: &str, request: &Request<Vec<u8>>) -> Result<(String, Payment), Refused> {
        match sale {
            "none" => return Err(Refused::new(StatusCode::NOT_FOUND, "No existe <ese> pedido.", "There is no such order.")),
            "login" => return Err(Refused::with(Redirect::to("/entrar"))),
            _ => {}
        }
        let pos = field(request, "pos").unwrap_or_else(|| "caja".into());
        let currency = if sale == "dear" { "2.501" } else { "49.99" };
        let payment = Payment::builder(sale, Amount::parse(currency, Currency::EUR)?)
            .notification_url(self.0.notification(&pos))
            .url_ok(self.0.returned(&pos, sale))
            .url_nok(self.0.cancelled(&pos, sale))
            .build()?;
        Ok((pos, payment))
    }

    fn order_page(&self, sale: &str) -> String {
        format!("/pedido/{}", segment(sale))
    }
}

/// What the bank answers when it is asked.
#[derive(Clone, Default)]
pub(crate) struct Line {
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    pub(crate) answer: Option<&'static str>,
}

impl vpos::Transport for Line {
    fn send(&self, request: Request<Vec<u8>>, _: TimeLimit) -> impl Future<Output = Result<Response<Vec<u8>>, Lost>> + Send {
        self.asked.lock().unwrap().push(request.uri().to_string());
        let answer = self.answer.map(|body| Response::new(body.as_bytes().to_vec()));
        let answered: Ready<_> = ready(answer.ok_or_else(|| Lost::before_send("no line here")));
        answered
    }
}

pub(crate) struct Scene {
    pub(crate) flow: PaymentFlow<MemoryStore, Line, Orders>,
    pub(crate) orders: Orders,
    pub(crate) line: Line,
    pub(crate) routes: Routes,
}

pub(crate) fn scene() -> Scene {
    scene_at(Line::default())
}

pub(crate) fn scene_at(line: Line) -> Scene {
    let registry = Registry::parse(CONTRACTS, |_: &str| None).unwrap();
    let orders = Orders::default();
    let flow = PaymentFlow::new(registry, MemoryStore::new(), line.clone(), orders.clone());
    let routes = Routes::new(flow.clone(), Shop(Addresses::new("https://tienda.example/vpos").unwrap()));
    Scene { flow, orders, line, routes }
}

/// A response, read.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// What every page and reply has: it runs nothing that is not named, is not sniffed and not kept.
    pub(crate) fn assert_guarded(&self) {
        let csp = self.header("content-security-policy");
        assert!(csp.starts_with("default-src 'none'"), "{self:?}");
        assert!(csp.contains("base-uri 'none'") && csp.contains("form-action "), "{csp}");
        assert!(!csp.contains("unsafe"), "{csp}");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("referrer-policy"), "origin");
    }
}

impl Scene {
    pub(crate) async fn send(&self, request: Request<Body>) -> Seen {
        send(self.routes.clone().into_router(), request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Seen {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Seen {
        let form = "application/x-www-form-urlencoded";
        self.send(Request::post(path).header("content-type", form).body(body.into()).unwrap()).await
    }

    /// Begins a payment as the script does, and gives the operation's number.
    pub(crate) async fn begun(&self, sale: &str, pos: &str) -> String {
        let request = Request::post(format!("/begin/{}", segment(sale)))
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("pos={pos}")));
        let seen = self.send(request.unwrap()).await;
        assert_eq!(seen.status, StatusCode::OK, "{seen:?}");
        self.flow.operations(sale).await.unwrap().last().unwrap().operation().number().to_string()
    }

    pub(crate) async fn states(&self, sale: &str) -> Vec<OperationState> {
        self.flow.operations(sale).await.unwrap().iter().map(|stored| stored.operation().state()).collect()
    }

    /// How often the sale was told to be paid.
    pub(crate) fn told(&self, sale: &str) -> usize {
        self.orders.0.lock().unwrap().iter().filter(|told| *told == sale).count()
    }
}

pub(crate) async fn send(router: Router, request: Request<Body>) -> Seen {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    Seen { status: parts.status, headers: parts.headers, body }
}

/// What Redsys sends about that operation: 0000 is an approval, 0190 a decline.
pub(crate) fn redsys(number: &str, response: &str) -> String {
    let members = json!({
        "Ds_Date": "25/11/2026", "Ds_Hour": "14:00", "Ds_SecurePayment": "1", "Ds_Amount": "4999", "Ds_Currency": "978",
        "Ds_Order": number, "Ds_MerchantCode": "999008881", "Ds_Terminal": "001", "Ds_Response": response,
        "Ds_TransactionType": "0", "Ds_MerchantData": "", "Ds_AuthorisationCode": "416245",
    });
    let parameters = URL_SAFE_NO_PAD.encode(members.to_string());
    let key = Key::parse(&Secret::new(KEY)).unwrap();
    let signature = sign(SignatureVersion::HmacSha512V2, &key, &number.parse().unwrap(), parameters.as_bytes());
    format!("Ds_SignatureVersion=HMAC_SHA512_V2&Ds_MerchantParameters={parameters}&Ds_Signature={signature}")
}

/// What Elavon's page posts through the browser.
pub(crate) fn elavon(number: &str, result: &str) -> String {
    use vpos::elavon::signature::{Fields, HashVersion, hpp_response};
    let fields = Fields {
        timestamp: "20261125140000",
        merchantid: "tienda",
        orderid: number,
        result,
        message: "ok",
        pasref: "17738814669646",
        authcode: "56693",
        ..Fields::default()
    };
    let mac = hpp_response(HashVersion::Sha1, &Secret::new("mysecret"), &fields);
    let hash = mac.as_bytes().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    format!(
        "MERCHANT_ID=tienda&ACCOUNT=internet&ORDER_ID={number}&AMOUNT=4999&AUTHCODE=56693&TIMESTAMP=20261125140000\
         &RESULT={result}&MESSAGE=ok&PASREF=17738814669646&SHA1HASH={hash}"
    )
}
