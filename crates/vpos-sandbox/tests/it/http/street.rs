//! A shop with a real point of sale and a web server, the sandbox across the street, and a buyer who walks between them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use vpos_core::blocking::{Transport as _, UreqTransport};
use vpos_core::http::{Request, Response, StatusCode};
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Error, Exchange, Lost, Payment, PaymentBuilder, PaymentForm, PointOfSale, Rejection, Report, TimeLimit, Timestamp,
    drive_blocking,
};
use vpos_sandbox::{BankName, MovementKind, Sandbox, SandboxConfig};

use super::shop;
use crate::scene::euros;

const LIMIT: TimeLimit = TimeLimit::new("test", Duration::from_secs(60));

/// What the shop's server has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Messages that were not believed.
    pub(crate) refused: Vec<String>,
    /// Messages that were, in order: their addresses and bodies.
    pub(crate) believed: Vec<String>,
}

pub(crate) struct Street<P> {
    pub(crate) sandbox: Sandbox,
    pub(crate) bank: BankName,
    pub(crate) pos: Arc<P>,
    pub(crate) shop: String,
    /// The shop's one operation.
    pub(crate) till: Arc<Mutex<Option<Operation>>>,
    pub(crate) seen: Arc<Mutex<Seen>>,
}

/// The shop's own clock.
pub(crate) fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "a shop has a clock")]
    Timestamp::now()
}

pub(crate) fn send(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Lost> {
    UreqTransport::new().send(request, LIMIT)
}

pub(crate) fn text(response: &Response<Vec<u8>>) -> String {
    String::from_utf8(response.body().clone()).unwrap()
}

impl<P: PointOfSale + Send + Sync + 'static> Street<P> {
    pub(crate) fn new(bank: BankName, pos: impl FnOnce(&Sandbox) -> P) -> Self {
        Self::with(SandboxConfig::default(), bank, pos)
    }

    pub(crate) fn with(config: SandboxConfig, bank: BankName, pos: impl FnOnce(&Sandbox) -> P) -> Self {
        let sandbox = Sandbox::start(config).unwrap();
        let pos = Arc::new(pos(&sandbox));
        let (till, seen): (Arc<Mutex<Option<Operation>>>, Arc<Mutex<Seen>>) = (Arc::default(), Arc::default());
        let hear = (Arc::clone(&pos), Arc::clone(&till), Arc::clone(&seen));
        let shop = shop::open(Arc::new(move |request| hear_bank(&*hear.0, &hear.1, &hear.2, request)));
        let street = Self { sandbox, bank, pos, shop, till, seen };
        if matches!(bank, BankName::Ceca | BankName::Paypal | BankName::PaypalNvp) {
            street.control("address", &json!({"bank": bank.as_str(), "notification_url": street.url("/notify")}));
        }
        street
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.shop)
    }

    pub(crate) fn payment(&self) -> PaymentBuilder {
        Payment::builder("PED-17", euros(12_345))
            .description("Zapatos <b>rojos</b>")
            .url_ok(self.url("/ok"))
            .url_nok(self.url("/nok"))
            .notification_url(self.url("/notify"))
    }

    /// A pending operation, and its form.
    pub(crate) fn begin(&self, payment: &Payment) -> PaymentForm {
        let number = self.pos.number(vpos_core::Entropy::new([7; 16]));
        let mut operation = Operation::new(self.pos.acceptor().clone(), number, payment);
        let begun = ask(self.pos.begin(&operation, payment, now())).unwrap();
        operation.learn(&begun.references);
        *self.till.lock().unwrap() = Some(operation);
        begun.form
    }

    /// A sale, with the buyer on the bank's page: the page's address.
    pub(crate) fn at_the_bank(&self) -> String {
        self.at_the_bank_for(&self.payment().build().unwrap())
    }

    pub(crate) fn at_the_bank_for(&self, payment: &Payment) -> String {
        let answer = go(&self.begin(payment));
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", text(&answer));
        let place = answer.headers()["location"].to_str().unwrap();
        format!("{}{place}", self.sandbox.addresses().base)
    }

    /// The buyer chooses, as a browser: where it goes is followed.
    pub(crate) fn choose(&self, page: &str, choice: &str) -> Response<Vec<u8>> {
        let fields = [("choice".to_owned(), choice.to_owned())];
        self.follow(send(browser_form(true, page, &fields)).unwrap())
    }

    /// Redirects, and the self-submitting form back to the shop.
    fn follow(&self, response: Response<Vec<u8>>) -> Response<Vec<u8>> {
        if response.status() == StatusCode::SEE_OTHER {
            let place = response.headers()["location"].to_str().unwrap().to_owned();
            return send(Request::get(place).body(Vec::new()).unwrap()).unwrap();
        }
        let page = text(&response);
        let Some(form) = page.split_once(&format!("action=\"{}", self.shop)).map(|(_, form)| form) else { return response };
        let action = format!("{}{}", self.shop, form.split('"').next().unwrap());
        let fields: Vec<(String, String)> = form
            .split("name=\"")
            .skip(1)
            .map(|field| {
                let (name, rest) = field.split_once("\" value=\"").unwrap();
                (name.to_owned(), unescape(rest.split('"').next().unwrap()))
            })
            .collect();
        send(browser_form(true, &action, &fields)).unwrap()
    }

    pub(crate) fn query(&self) -> Report {
        let operation = self.operation();
        ask(self.pos.query(&operation, now())).unwrap()
    }

    pub(crate) fn refund(&self, cents: u64) -> Report {
        let mut operation = self.operation();
        let refund = operation.start_refund(euros(cents), None).unwrap();
        let report = ask(self.pos.refund(&operation, &refund, now())).unwrap();
        operation.settle_refund(refund.id, &report).unwrap();
        *self.till.lock().unwrap() = Some(operation);
        report
    }

    pub(crate) fn operation(&self) -> Operation {
        self.till.lock().unwrap().clone().unwrap()
    }

    pub(crate) fn state(&self) -> OperationState {
        self.operation().state()
    }

    /// Minor units charged and refunded, and how often money was taken.
    pub(crate) fn books(&self) -> (u64, u64, usize) {
        let number = self.operation().number().to_string();
        self.sandbox.ledger(self.bank, |ledger| {
            let times = ledger.count(&number, MovementKind::Charge) + ledger.count(&number, MovementKind::Capture);
            (ledger.charged(&number), ledger.refunded(&number), times)
        })
    }

    /// A POST to the control API.
    pub(crate) fn control(&self, what: &str, told: &Value) -> Value {
        let address = format!("{}/{what}", self.sandbox.addresses().control);
        let request = Request::post(address).header("content-type", "application/json").body(told.to_string().into_bytes());
        let answer = send(request.unwrap()).unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{}", text(&answer));
        serde_json::from_slice(answer.body()).unwrap()
    }

    pub(crate) fn mood(&self, mood: &str, more: Value) {
        let Value::Object(mut told) = more else { panic!("{more}") };
        told.insert("bank".into(), self.bank.as_str().into());
        told.insert("mood".into(), mood.into());
        self.control("moods", &Value::Object(told));
    }

    /// A GET of the control API.
    pub(crate) fn look(&self, what: &str) -> Value {
        let request = Request::get(format!("{}/{what}", self.sandbox.addresses().control)).body(Vec::new()).unwrap();
        serde_json::from_slice(send(request).unwrap().body()).unwrap()
    }

    /// The kinds of all that happened at this bank.
    pub(crate) fn happened(&self) -> Vec<String> {
        let events = self.look(&format!("events?bank={}", self.bank));
        events["events"].as_array().unwrap().iter().map(|event| event["what"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.happened().iter().filter(|happened| *happened == what).count()
    }

    /// Waits for what another thread does.
    pub(crate) fn until(&self, what: &str, is: impl Fn(&Self) -> bool) {
        for _ in 0..600 {
            if is(self) {
                return;
            }
            pause(50);
        }
        panic!("never: {what}; {:?}; {}", self.seen.lock().unwrap(), self.look("events"));
    }
}

/// The buyer goes to the bank: the answer to the form.
pub(crate) fn go(form: &PaymentForm) -> Response<Vec<u8>> {
    let fields: Vec<(String, String)> = form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    send(browser_form(form.method() == vpos_core::FormMethod::Post, form.action(), &fields)).unwrap()
}

/// The buyer chooses, as a program: what was sent, and where a browser would go.
pub(crate) fn choose_json(page: &str, choice: &str) -> Value {
    let request = Request::post(page)
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("choice={choice}").into_bytes());
    serde_json::from_slice(send(request.unwrap()).unwrap().body()).unwrap()
}

pub(crate) fn ask<T: 'static>(exchange: Result<Exchange<T>, Error>) -> Result<T, Error> {
    drive_blocking(exchange?, &UreqTransport::new())
}

pub(crate) fn pause(milliseconds: u64) {
    #[expect(clippy::disallowed_methods, reason = "a test waits")]
    std::thread::sleep(Duration::from_millis(milliseconds));
}

pub(crate) fn browser_form(post: bool, action: &str, fields: &[(String, String)]) -> Request<Vec<u8>> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    if !post {
        return Request::get(format!("{action}?{body}")).body(Vec::new()).unwrap();
    }
    Request::post(action).header("content-type", "application/x-www-form-urlencoded").body(body.into_bytes()).unwrap()
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// What a shop does with a message of the bank or a buyer's return, whole: receive, verify, charge, reply.
fn hear_bank<P: PointOfSale>(
    pos: &P,
    till: &Mutex<Option<Operation>>,
    seen: &Mutex<Seen>,
    request: &Request<Vec<u8>>,
) -> Response<Vec<u8>> {
    // a plain return brings nothing signed
    let (Ok(notification), mut till) = (pos.receive(request), till.lock().unwrap()) else {
        return Response::new(b"shop".to_vec());
    };
    let Some(operation) = till.as_mut() else { return pos.reject(None, None, &Rejection::UnknownOperation).into_http() };
    let line = format!("{} {}", request.uri(), String::from_utf8_lossy(request.body()));
    match take(pos, &notification, operation) {
        Ok(()) => {
            seen.lock().unwrap().believed.push(line);
            pos.accept(&notification, operation).into_http()
        }
        Err(error) => {
            seen.lock().unwrap().refused.push(error.to_string());
            pos.reject(Some(&notification), Some(operation), &Rejection::from(&error)).into_http()
        }
    }
}

fn take<P: PointOfSale>(pos: &P, notification: &vpos_core::Notification, operation: &mut Operation) -> Result<(), Error> {
    let confirmation = drive_blocking(pos.verify(notification, operation, now())?, &UreqTransport::new())?;
    if operation.state() == OperationState::Pending && confirmation.is_approved_payment() {
        operation.start_charge()?;
        let report = drive_blocking(pos.charge(&confirmation, operation, now())?, &UreqTransport::new())?;
        return operation.settle(&report).map(|_| ());
    }
    operation.apply(&confirmation).map(|_| ())
}
