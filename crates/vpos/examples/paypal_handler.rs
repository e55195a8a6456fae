//! PayPal, whole, without a web framework: the checkout, one URL for the buyer's return and the webhooks, and the nightly job.
//!
//! ```text
//! cargo run -p vpos --features paypal --example paypal_handler
//! ```
//!
//! [`checkout`], [`handle`] and [`nightly`] are the functions to copy. PayPal moves money in two steps: the buyer agrees, then you
//! charge. So a bare `apply` does not do here, and everything is driven over a transport: a closure that plays PayPal, in a
//! program `vpos::core::blocking::UreqTransport` (feature `ureq`). With the feature `flow`, `PaymentFlow` does all of this, and
//! more, over a real store: docs/flow.md.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};

use vpos::core::blocking::Transport;
use vpos::core::http::{Request, Response};
use vpos::core::operation::Applied;
use vpos::core::{Action, TimeLimit};
use vpos::{
    Amount, AnyPos, Confirmation, Currency, Error, Lookup, Lost, Notification, Operation, OperationNumber, OperationState,
    Payment, PaymentKind, PointOfSale, Registry, Rejection, Reply, Timestamp, drive_blocking,
};

/// An error of any kind: `main` only prints it.
type Failure = Box<dyn std::error::Error>;

/// A stored operation and how often it was written: the column by which two machines notice each other.
#[derive(Clone)]
struct Row {
    version: u64,
    operation: Operation,
}

/// Stands for your database.
#[derive(Default)]
struct Store {
    operations: HashMap<OperationNumber, Row>,
    /// Your own table of orders: those that were paid.
    paid_orders: BTreeSet<String>,
    /// What a person has to look at.
    to_look_at: Vec<String>,
}

impl Store {
    /// `SELECT … WHERE number = ?`, or by a reference: the buyer comes back with PayPal's order id, not with your number.
    fn find(&self, lookup: &Lookup) -> Option<Row> {
        match lookup {
            Lookup::Number(number) => self.operations.get(number).cloned(),
            Lookup::Reference(name, value) => {
                self.operations.values().find(|row| row.operation.references().get(*name) == Some(value)).cloned()
            }
        }
    }

    /// `UPDATE … SET version = version + 1 WHERE number = ? AND version = ?`. An error when another machine wrote meanwhile.
    fn update(&mut self, seen: u64, operation: &Operation) -> Result<(), Error> {
        let row = self.operations.get_mut(operation.number()).filter(|row| row.version == seen);
        let row = row.ok_or_else(|| Error::payment("version", "another machine was first"))?;
        *row = Row { version: seen + 1, operation: operation.clone() };
        Ok(())
    }

    /// The operation and your own order, in one transaction. `paid_now` is true once, whoever brought the news.
    fn commit(&mut self, seen: u64, operation: &Operation, applied: Applied) -> Result<(), Error> {
        self.update(seen, operation)?;
        if applied.paid_now() && !self.paid_orders.insert(operation.sale().to_owned()) {
            self.to_look_at.push(format!("{} was paid twice, the second time by {}", operation.sale(), operation.number()));
        }
        if applied.late() {
            self.to_look_at.push(format!("{}: paid after it was {}", operation.number(), applied.from));
        }
        println!("   {} {} -> {}, paid now: {}", operation.number(), applied.from, applied.to, applied.paid_now());
        Ok(())
    }

    /// `SELECT … WHERE state IN ('pending', 'charging', 'unknown') OR voiding`, in a program also `AND changed < now - 30 min`:
    /// what is younger belongs to whoever asked.
    fn open(&self) -> Vec<Row> {
        use OperationState as S;
        let open =
            |operation: &Operation| matches!(operation.state(), S::Pending | S::Charging | S::Unknown) || operation.voiding();
        self.operations.values().filter(|row| open(&row.operation)).cloned().collect()
    }
}

/// The shop: its contract at PayPal, and its database.
struct Shop {
    pos: AnyPos,
    store: Store,
}

/// Begins a payment: the HTML page that takes the buyer to PayPal.
fn checkout(shop: &mut Shop, payment: &Payment, number: OperationNumber, paypal: &impl Transport) -> Result<String, Error> {
    // Store first: when PayPal's answer is lost, the operation is there.
    let operation = Operation::new(shop.pos.acceptor().clone(), number.clone(), payment);
    if shop.store.operations.insert(number, Row { version: 0, operation: operation.clone() }).is_some() {
        return Err(Error::payment("number", "used before: every attempt to pay takes a new one"));
    }
    begin(shop, Row { version: 0, operation }, payment, paypal)
}

/// Makes the order at PayPal. After a lost answer call it again *with the same operation*: the request id is made of its number,
/// and PayPal answers with the order that it made the first time.
fn begin(shop: &mut Shop, row: Row, payment: &Payment, paypal: &impl Transport) -> Result<String, Error> {
    let Row { version, mut operation } = row;
    let begun = drive_blocking(shop.pos.begin(&operation, payment, Timestamp::now())?, paypal)?;
    // PayPal's order id, by which the buyer's return is found: stored before the page is sent.
    operation.learn(&begun.references);
    shop.store.update(version, &operation)?;
    Ok(begun.form.to_html())
}

/// Handles GET and POST of the one URL that is the payment's `notification_url` and the webhook's address at PayPal.
fn handle(shop: &mut Shop, request: &Request<Vec<u8>>, paypal: &impl Transport) -> Reply {
    let notification = match shop.pos.receive(request) {
        Ok(notification) => notification,
        Err(error) => return shop.pos.reject(None, None, &Rejection::from(&error)),
    };
    // in a program, keep `notification.evidence()` here
    let Some(row) = shop.store.find(notification.lookup()) else {
        return shop.pos.reject(Some(&notification), None, &Rejection::UnknownOperation);
    };
    match follow(shop, &notification, row, paypal) {
        Ok(operation) => shop.pos.accept(&notification, &operation),
        // A charge runs already (`Error::State`), another machine was first, or PayPal could not be asked. Nothing is lost: a
        // webhook gets 503 and comes again; a buyer goes on to `url_ok`, where your page reads the stored state, or to `url_nok`
        // while nothing can have been paid.
        Err(error) => {
            println!("   {error}");
            let stored = shop.store.find(notification.lookup()).map(|row| row.operation);
            shop.pos.reject(Some(&notification), stored.as_ref(), &Rejection::from(&error))
        }
    }
}

/// Asks PayPal what became of the payment, and does what follows from it.
fn follow(shop: &mut Shop, notification: &Notification, row: Row, paypal: &impl Transport) -> Result<Operation, Error> {
    let exchange = shop.pos.verify(notification, &row.operation, Timestamp::now())?;
    let confirmation = drive_blocking(exchange, paypal)?;
    println!("   PayPal says: {} {}", confirmation.action(), confirmation.outcome());
    if is_agreed(&confirmation) && !row.operation.state().is_paid() {
        return charge(shop, row, &confirmation, paypal);
    }
    // Everything else is told, not asked for: charged already (no news the second time), cancelled, refunded in the panel …
    let Row { version, mut operation } = row;
    let applied = operation.apply(&confirmation)?;
    shop.store.commit(version, &operation, applied)?;
    Ok(operation)
}

/// The buyer agreed, and no money has moved.
fn is_agreed(confirmation: &Confirmation) -> bool {
    confirmation.action() == Action::Approval && confirmation.outcome().is_approved()
}

/// Takes the money (a sale), or holds it (a pre-authorisation).
fn charge(shop: &mut Shop, row: Row, confirmation: &Confirmation, paypal: &impl Transport) -> Result<Operation, Error> {
    let Row { version, mut operation } = row;
    if Applied::is_late(operation.state()) {
        shop.store.to_look_at.push(format!("{}: charged after it was {}", operation.number(), operation.state()));
    }
    operation.start_charge()?; // an error when a charge runs already
    let exchange = shop.pos.charge(confirmation, &operation, Timestamp::now())?; // nothing is sent yet
    shop.store.update(version, &operation)?; // of two machines, one goes on from here
    let report = drive_blocking(exchange, paypal)?;
    let applied = operation.settle(&report)?; // completed, authorized, failed; charging while PayPal waits; unknown when lost
    shop.store.commit(version + 1, &operation, applied)?;
    Ok(operation)
}

/// Asks PayPal's books about what is open. Every half an hour is better than every night: a buyer has three hours to agree.
fn nightly(shop: &mut Shop, paypal: &impl Transport) -> Result<(), Failure> {
    for Row { version, mut operation } in shop.store.open() {
        let exchange = match shop.pos.query(&operation, Timestamp::now()) {
            Ok(exchange) => exchange,
            // the answer to `begin` was lost and the buyer never saw PayPal's page: nobody can have paid
            Err(error) if operation.references().is_empty() => {
                println!("   {}: {error}", operation.number());
                operation.cancel()?;
                shop.store.update(version, &operation)?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let report = drive_blocking(exchange, paypal)?;
        let forgotten = matches!(report.code(), Some("INVALID_RESOURCE_ID" | "RESOURCE_NOT_FOUND"));
        if forgotten && operation.state() == OperationState::Pending {
            // nobody agreed within the three hours, and PayPal forgot the order
            println!("   {}: PayPal forgot it", operation.number());
            operation.cancel()?;
            shop.store.update(version, &operation)?;
            continue;
        }
        // settles a payment, a capture, a refund or a void, whatever the open question is; a lost answer changes nothing
        let applied = operation.settle_query(&report)?;
        shop.store.commit(version, &operation, applied)?;
        // agreed and never charged: the buyer did not come back, or the charge never arrived at PayPal
        if let Some(agreed) = report.confirmation().filter(|told| is_agreed(told)) {
            charge(shop, Row { version: version + 1, operation }, agreed, paypal)?;
        }
    }
    Ok(())
}

/// Lets go of a hold.
fn void(shop: &mut Shop, number: &OperationNumber, paypal: &impl Transport) -> Result<(), Failure> {
    let Row { version, mut operation } = shop.store.find(&Lookup::Number(number.clone())).ok_or("nothing stored")?;
    operation.start_void()?;
    let exchange = shop.pos.void(&operation, Timestamp::now())?;
    shop.store.update(version, &operation)?; // the open question is stored: a lost answer is asked about at night
    let report = drive_blocking(exchange, paypal)?;
    println!("   the report: {}", report.outcome());
    let applied = operation.settle(&report)?;
    Ok(shop.store.commit(version + 1, &operation, applied)?)
}

fn main() -> Result<(), Failure> {
    let contract = r#"
        [pos.caja]
        bank = "paypal"
        environment = "test"
        client_id = "AeA1QIZXiflr1"
        client_secret_env = "CAJA_SECRET"
        webhook_id = "1JE4291016473214C"
        merchant_id = "7C2LDBEMSAFLS"
    "#;
    let registry = Registry::parse(contract, |_: &str| Some("EGnHDxD_qRPd".into()))?;
    let pos = registry.get("caja").ok_or("there is no contract caja")?.clone();
    let mut shop = Shop { pos, store: Store::default() };
    let play = Play::default();
    buyers(&mut shop, &play)?;
    lost_answers(&mut shop, &play)?;
    println!("- At night: the charge that never left, the one whose answer was lost, the orders nobody paid, the void");
    nightly(&mut shop, &|request, limit| play.send(&request, limit))?;

    println!("\nOrders paid: {:?}\nFor a person: {:?}", shop.store.paid_orders, shop.store.to_look_at);
    let open = shop.store.open().len();
    let paid: Vec<&str> = shop.store.paid_orders.iter().map(String::as_str).collect();
    if paid == ["PED-1", "PED-2", "PED-3"] && open == 0 && shop.store.to_look_at.is_empty() {
        Ok(())
    } else {
        Err("three orders should have been paid, and nothing left open".into())
    }
}

/// What buyers and webhooks bring.
fn buyers(shop: &mut Shop, play: &Play) -> Result<(), Failure> {
    let paypal = |request, limit| play.send(&request, limit);
    println!("- A buyer agrees and comes back; then PayPal's webhook, and the buyer reloads the page");
    buyer(shop, play, "PED-1", PaymentKind::Sale)?;
    for request in [came_back(1, true)?, webhook(1)?, came_back(1, true)?] {
        show(&handle(shop, &request, &paypal));
    }

    println!("- A charge runs already, on another machine, which dies before the request leaves");
    let number = buyer(shop, play, "PED-2", PaymentKind::Sale)?;
    let Row { version, mut operation } = shop.store.find(&Lookup::Number(number)).ok_or("nothing stored")?;
    operation.start_charge()?;
    shop.store.update(version, &operation)?;
    for request in [webhook(2)?, came_back(2, true)?] {
        show(&handle(shop, &request, &paypal));
    }

    println!("- The answer to a charge is lost");
    buyer(shop, play, "PED-3", PaymentKind::Sale)?;
    play.lose.set(Some("/capture"));
    show(&handle(shop, &came_back(3, true)?, &paypal));

    println!("- A buyer gives up");
    buyer(shop, play, "PED-4", PaymentKind::Sale)?;
    play.order(4, |order| order.status = "PAYER_ACTION_REQUIRED");
    show(&handle(shop, &came_back(4, false)?, &paypal));
    Ok(())
}

/// What gets lost on its way.
fn lost_answers(shop: &mut Shop, play: &Play) -> Result<(), Failure> {
    let paypal = |request, limit| play.send(&request, limit);
    println!("- The answer to `begin` is lost; the same operation again, and the same order of PayPal's comes back");
    play.lose.set(Some("/orders"));
    let again = payment("PED-5", PaymentKind::Sale)?;
    let number: OperationNumber = "PED-5-A".parse()?;
    let lost = checkout(shop, &again, number.clone(), &paypal).err().ok_or("it was not lost")?;
    println!("   {lost}");
    let row = shop.store.find(&Lookup::Number(number)).ok_or("nothing stored")?;
    println!("   a page of {} bytes; PayPal has {} orders", begin(shop, row, &again, &paypal)?.len(), play.count());
    play.order(5, |order| order.status = "FORGOTTEN");

    println!("- The answer to another `begin` is lost, and the buyer goes away");
    play.lose.set(Some("/orders"));
    let lost = checkout(shop, &payment("PED-6", PaymentKind::Sale)?, "PED-6-A".parse()?, &paypal);
    println!("   {}", lost.err().ok_or("it was not lost")?);

    println!("- A hold, and a void whose answer is lost");
    let number = buyer(shop, play, "PED-7", PaymentKind::Preauthorization)?;
    show(&handle(shop, &came_back(7, true)?, &paypal));
    play.lose.set(Some("/void"));
    void(shop, &number, &paypal)
}

fn payment(sale: &str, kind: PaymentKind) -> Result<Payment, Error> {
    Payment::builder(sale, Amount::parse("123.45", Currency::EUR)?)
        .kind(kind)
        .description("Zapatos rojos, 2 pares")
        .notification_url("https://tienda.example/paypal")
        .url_ok("https://tienda.example/ok")
        .url_nok("https://tienda.example/nok")
        .build()
}

/// A checkout, and a buyer who agrees on PayPal's page. In a program `pos.number(Entropy::new(bytes))` makes the number.
fn buyer(shop: &mut Shop, play: &Play, sale: &str, kind: PaymentKind) -> Result<OperationNumber, Failure> {
    let number: OperationNumber = format!("{sale}-A").parse()?;
    checkout(shop, &payment(sale, kind)?, number.clone(), &|request, limit| play.send(&request, limit))?;
    play.order(play.count(), |order| order.status = "APPROVED");
    Ok(number)
}

/// The buyer's browser, on its way back.
fn came_back(order: usize, agreed: bool) -> Result<Request<Vec<u8>>, Failure> {
    let payer = if agreed { "&PayerID=QYR5Z8XDVJNXQ" } else { "" };
    Ok(Request::get(format!("/paypal?token=ORDER{order}{payer}")).body(Vec::new())?)
}

/// PayPal's own message: five headers, and a body that only says what to ask about.
fn webhook(order: usize) -> Result<Request<Vec<u8>>, Failure> {
    let body = format!(
        r#"{{"id": "WH-{order}", "event_type": "CHECKOUT.ORDER.APPROVED", "resource_type": "checkout-order",
            "resource": {{"id": "ORDER{order}", "status": "APPROVED"}}}}"#
    );
    let request = Request::post("/paypal")
        .header("content-type", "application/json")
        .header("paypal-transmission-id", "69cd13f0-d67a-11e5-baa3-778b53f4ae55")
        .header("paypal-transmission-time", "2024-02-18T20:01:35Z")
        .header("paypal-transmission-sig", "lmI95Jx3Y9nhR5SJWlHVIWpg4AgFk7n9bCHSRxbrd8A=")
        .header("paypal-cert-url", "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42")
        .header("paypal-auth-algo", "SHA256withRSA");
    Ok(request.body(body.into_bytes())?)
}

fn show(reply: &Reply) {
    println!("   reply: {} {}", reply.status(), reply.location().map_or("", |address| address.as_str()));
}

/// An order, as the play keeps it.
struct Order {
    number: String,
    status: &'static str,
    /// What stands under `payments`.
    payments: &'static str,
}

/// Plays PayPal: the token, orders, the check of a webhook, captures, holds. The answer to `lose` is lost once.
#[derive(Default)]
struct Play {
    orders: RefCell<Vec<Order>>,
    lose: Cell<Option<&'static str>>,
}

impl Play {
    fn count(&self) -> usize {
        self.orders.borrow().len()
    }

    /// Does something to an order, counted from one.
    fn order<T>(&self, at: usize, act: impl FnOnce(&mut Order) -> T) -> Option<T> {
        self.orders.borrow_mut().get_mut(at.checked_sub(1)?).map(act)
    }

    fn send(&self, request: &Request<Vec<u8>>, _limit: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
        let path = request.uri().path().to_owned();
        let (status, body) = self.answer(request.method().as_str(), &path, &String::from_utf8_lossy(request.body()));
        if request.method() == "POST" && self.lose.get().is_some_and(|lost| path.ends_with(lost)) {
            self.lose.set(None);
            return Err(Lost::after_send("time-out"));
        }
        let response = Response::builder().status(status).body(body.into_bytes());
        response.map_err(|error| Lost::before_send(error.to_string()))
    }

    fn answer(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        const AMOUNT: &str = r#""amount": {"currency_code": "EUR", "value": "123.45"}"#;
        const CAPTURE: &str = r#""captures": [{"id": "3C679366HH908993F", "status": "COMPLETED", AMOUNT}]"#;
        const HOLD: &str = r#""authorizations": [{"id": "0AW2184448108334S", "status": "CREATED", AMOUNT}]"#;
        const LET_GO: &str = r#""authorizations": [{"id": "0AW2184448108334S", "status": "VOIDED", AMOUNT}]"#;
        let at = path.split('/').find_map(|part| part.strip_prefix("ORDER")?.parse().ok()).unwrap_or(0);
        match (method, path) {
            (_, "/v1/oauth2/token") => return (200, r#"{"access_token": "A21AA", "expires_in": 32400}"#.into()),
            (_, "/v1/notifications/verify-webhook-signature") => return (200, r#"{"verification_status": "SUCCESS"}"#.into()),
            ("POST", "/v2/checkout/orders") => return self.create(body),
            (_, path) if path.ends_with("/void") => {
                self.order(self.count(), |order| order.payments = LET_GO);
                return (204, String::new());
            }
            (_, path) if path.ends_with("/capture") => self.order(at, |order| order.charged(CAPTURE)),
            (_, path) if path.ends_with("/authorize") => self.order(at, |order| order.charged(HOLD)),
            _ => None,
        };
        let told = self.order(at, |Order { number, status, payments }| {
            let payments = payments.replace("AMOUNT", AMOUNT);
            let text = format!(
                r#"{{"id": "ORDER{at}", "status": "{status}", "purchase_units": [{{{AMOUNT}, "custom_id": "{number}",
                    "payee": {{"merchant_id": "7C2LDBEMSAFLS"}}, "invoice_id": "{number}", "payments": {{{payments}}}}}]}}"#
            );
            (*status != "FORGOTTEN").then_some(text)
        });
        let unknown = r#"{"name": "RESOURCE_NOT_FOUND", "details": [{"issue": "INVALID_RESOURCE_ID"}]}"#;
        told.flatten().map_or((404, unknown.into()), |order| (200, order))
    }

    /// The same request id, here the same number, is the same order.
    fn create(&self, body: &str) -> (u16, String) {
        let number = body.split(r#""custom_id":""#).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let known = self.orders.borrow().iter().position(|order| order.number == number);
        let at = known.map_or_else(
            || {
                let order = Order { number: number.to_owned(), status: "PAYER_ACTION_REQUIRED", payments: "" };
                self.orders.borrow_mut().push(order);
                self.count()
            },
            |known| known + 1,
        );
        let link = format!("https://www.sandbox.paypal.com/checkoutnow?token=ORDER{at}");
        let links = format!(r#"[{{"rel": "payer-action", "href": "{link}"}}]"#);
        (201, format!(r#"{{"id": "ORDER{at}", "status": "PAYER_ACTION_REQUIRED", "links": {links}}}"#))
    }
}

impl Order {
    fn charged(&mut self, payments: &'static str) {
        self.status = "COMPLETED";
        self.payments = payments;
    }
}
