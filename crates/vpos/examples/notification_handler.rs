//! A notification handler, whole, without a web framework: from the bank's `http::Request` to the `Reply` that it gets.
//!
//! ```text
//! cargo run -p vpos --features redsys --example notification_handler
//! ```
//!
//! For Redsys, CECA and Elavon's auto-settle. At PayPal, and at Elavon where it charges after the response, the bank has to be
//! asked and a charge follows: `.local()` and a bare `apply` do not do, see the example `paypal_handler`.
//!
//! [`checkout`] and [`handle`] are the two functions to copy. The store here is a `HashMap`; what it must promise is what your
//! database has to promise. `main` hands cases of the project's fixtures to the handler, one for
//! each way that it can end.

use std::collections::{BTreeSet, HashMap};

use vpos::core::http::Request;
use vpos::core::operation::Applied;
use vpos::{
    Amount, AnyPos, Error, Lookup, Notification, Operation, OperationNumber, Payment, PointOfSale, Refusal, Registry, Rejection,
    Reply, Timestamp,
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
    /// Messages as they came, card numbers masked: what an auditor asks for.
    evidence: Vec<String>,
    /// What a person has to look at.
    to_look_at: Vec<String>,
}

impl Store {
    /// `INSERT`, with a unique key on the number. False when it is there already.
    fn insert(&mut self, operation: &Operation) -> bool {
        let row = Row { version: 0, operation: operation.clone() };
        !self.operations.contains_key(operation.number()) && self.operations.insert(operation.number().clone(), row).is_none()
    }

    /// `SELECT … WHERE number = ?`. A bank that names its own id instead of your number is found by that reference.
    fn find(&self, lookup: &Lookup) -> Option<Row> {
        match lookup {
            Lookup::Number(number) => self.operations.get(number).cloned(),
            Lookup::Reference(name, value) => {
                self.operations.values().find(|row| row.operation.references().get(*name) == Some(value)).cloned()
            }
        }
    }

    /// Compare-and-set: `UPDATE … SET version = version + 1 WHERE number = ? AND version = ?`. False when no row was changed:
    /// another machine wrote since the row was read, and nothing may be kept.
    fn update(&mut self, seen: u64, operation: &Operation) -> bool {
        let Some(row) = self.operations.get_mut(operation.number()).filter(|row| row.version == seen) else { return false };
        *row = Row { version: seen + 1, operation: operation.clone() };
        true
    }

    /// The operation and your own order, in one transaction: both are kept, or neither is.
    fn commit(&mut self, seen: u64, operation: &Operation, applied: Applied) -> bool {
        if !self.update(seen, operation) {
            return false;
        }
        // `paid_now` is true for one message alone, however often the bank repeats it: this is where an order becomes paid
        if applied.paid_now() && !self.paid_orders.insert(operation.sale().to_owned()) {
            // the buyer had begun twice, and paid twice: both payments are good, one has to be refunded
            self.to_look_at.push(format!("{} was paid twice, the second time by {}", operation.sale(), operation.number()));
        }
        if applied.late() {
            self.to_look_at.push(format!("{}: paid after it was {}", operation.number(), applied.from));
        }
        true
    }
}

/// The shop: its contract at the bank, and its database.
struct Shop {
    pos: AnyPos,
    store: Store,
}

/// Begins a payment: the HTML page that takes the buyer to the bank.
fn checkout(shop: &mut Shop, payment: &Payment, number: OperationNumber) -> Result<String, Error> {
    // 1. Store first. Were the form sent first, a notification could come for an operation that nobody knows, and a crash in
    //    between would lose a payment for good.
    let mut operation = Operation::new(shop.pos.acceptor().clone(), number, payment);
    if !shop.store.insert(&operation) {
        return Err(Error::payment("number", "used before: every attempt to pay takes a new one"));
    }
    // 2. The form. Some banks are asked for an id meanwhile; Redsys is not, so the result is there at once (`local`).
    let begun = shop.pos.begin(&operation, payment, Timestamp::now())?.local()?;
    // 3. What was learnt is stored before the page is sent, too. The buyer is still here, so nobody else writes yet.
    operation.learn(&begun.references);
    shop.store.update(0, &operation);
    Ok(begun.form.to_html())
}

/// Handles whatever arrives at the notification URL. There is always a reply: send it as it is (`Reply::into_http`).
fn handle(shop: &mut Shop, request: &Request<Vec<u8>>) -> Reply {
    // 1. Read. Nothing is believed yet, and nothing is looked up for a message that cannot be read.
    let notification = match shop.pos.receive(request) {
        Ok(notification) => notification,
        Err(error) => {
            println!("   malformed: {error}");
            return shop.pos.reject(None, None, &Rejection::from(&error));
        }
    };
    // 2. Keep what came, believed or not. It is masked; your log need not hold it as well.
    shop.store.evidence.push(notification.evidence());
    loop {
        // 3. Find the operation. The message chooses which one, and that is all it decides.
        let Some(Row { version, mut operation }) = shop.store.find(notification.lookup()) else {
            println!("   unknown operation: {:?}", notification.lookup());
            return shop.pos.reject(Some(&notification), None, &Rejection::UnknownOperation);
        };
        // 4. Verify, and move the operation in memory.
        let applied = match believe(&shop.pos, &notification, &mut operation) {
            Ok(applied) => applied,
            Err(error) => {
                // the stored operation stays as it is
                println!("   {error}");
                // The signature is checked first: what is refused for anything else is the bank's own word, and money may
                // have moved that does not fit what is stored. Nobody but a person can put that right.
                if error.refusal().is_some_and(|refusal| refusal != Refusal::Signature) {
                    shop.store.to_look_at.push(format!("{}: {error}", operation.number()));
                }
                return shop.pos.reject(Some(&notification), Some(&operation), &Rejection::from(&error));
            }
        };
        // 5. Commit, and only then reply: a bank that listens must not hear yes before the payment is kept.
        if shop.store.commit(version, &operation, applied) {
            println!("   {} {} -> {}, paid now: {}", operation.number(), applied.from, applied.to, applied.paid_now());
            return shop.pos.accept(&notification, &operation);
        }
        // another machine was first: read its result and look at the message again
    }
}

/// The bank's word, verified, and what it does to the operation. Writes nothing.
fn believe(pos: &AnyPos, notification: &Notification, operation: &mut Operation) -> Result<Applied, Error> {
    // Signature, merchant, terminal, number, type, amount, currency: `verify` compares each with what was stored.
    let confirmation = pos.verify(notification, operation, Timestamp::now())?.local()?;
    if let Some(code) = confirmation.code() {
        let meaning = vpos::redsys::codes::find(code).map_or("not in the public lists", |known| known.english());
        println!("   {} {}, code {code}: {meaning}", confirmation.action(), confirmation.outcome());
    }
    // A terminal that notifies by SOAP waits for the answer and annuls the payment without one: what took too long must not
    // be kept. Messages by form post have no deadline.
    confirmation.require_in_time(Timestamp::now())?;
    // One call for every outcome. Approved: completed. Declined: failed. The same again: no move. A decline that comes after
    // the approval: no move. An approval that comes after a decline, because the buyer tried a second card: completed, late.
    // (Redsys has moved the money by now. `apply` refuses the approval of a bank that has not: that one has to be charged.)
    operation.apply(&confirmation)
}

fn main() -> Result<(), Failure> {
    let contract = r#"
        [pos.caja]
        bank = "redsys"
        environment = "test"
        merchant_code = "999008881"
        terminal = 1
        secret_key_env = "CAJA_KEY"
    "#;
    // in a program: Registry::open("vpos.toml"), which reads the environment itself; this key is the public test key
    let registry = Registry::parse(contract, |_: &str| Some("sq7HjrUOBfKmC576ILgskD5srU870gJ7".into()))?;
    let pos = registry.get("caja").ok_or("there is no contract caja")?.clone();
    let mut shop = Shop { pos, store: Store::default() };

    let paid = recorded(include_str!("../../../fixtures/redsys/given/notification-paid-sha512_v2.toml"))?;
    let page = begin(&mut shop, &paid)?;
    println!("A buyer leaves for the bank with a page of {} bytes. Then arrive:", page.len());
    show(&mut shop, "a payment", &paid);
    show(&mut shop, "the same message again", &paid);

    let declined = recorded(include_str!("../../../fixtures/redsys/notification-declined-funds.toml"))?;
    begin(&mut shop, &declined)?;
    show(&mut shop, "a decline", &declined);

    let altered = recorded(include_str!("../../../fixtures/redsys/notification-signature-amount-changed.toml"))?;
    begin(&mut shop, &altered)?;
    show(&mut shop, "a message altered on its way", &altered);

    let less = recorded(include_str!("../../../fixtures/redsys/notification-amount-less.toml"))?;
    begin(&mut shop, &less)?;
    show(&mut shop, "a genuine message, a cent less than the order costs", &less);

    let late = recorded(include_str!("../../../fixtures/redsys/notification-late-cancelled.toml"))?;
    begin(&mut shop, &late)?;
    give_up(&mut shop, &late)?;
    show(&mut shop, "a payment for an order that the buyer had given up", &late);

    let unknown = recorded(include_str!("../../../fixtures/redsys/notification-number-nothing-stored.toml"))?;
    show(&mut shop, "a message about an operation that is not ours", &unknown);

    let garbage = Case { request: Request::post("/aviso").body(b"hello=world".to_vec())?, operation: None };
    show(&mut shop, "a post that is no notification", &garbage);

    let store = &shop.store;
    println!("\nOrders paid: {:?}\nFor a person: {:?}", store.paid_orders, store.to_look_at);
    println!("Messages kept as evidence: {}", store.evidence.len());
    if store.paid_orders.len() == 2 && store.to_look_at.len() == 2 && store.evidence.len() == 7 {
        Ok(())
    } else {
        Err("two orders should have been paid, one of them late".into())
    }
}

/// A case of the fixtures: what was posted, and which operation the shop had stored.
struct Case {
    request: Request<Vec<u8>>,
    operation: Option<(Payment, OperationNumber)>,
}

fn recorded(fixture: &str) -> Result<Case, Failure> {
    let fixture: toml::Table = fixture.parse()?;
    let text = |table: &str, key: &str| Some(fixture.get(table)?.get(key)?.as_str()?.to_owned());
    let request = Request::post("/aviso").body(text("request", "body").ok_or("a case without a body")?.into_bytes())?;
    let Some(number) = text("operation", "number") else { return Ok(Case { request, operation: None }) };
    let currency = text("operation", "currency").ok_or("a case without a currency")?.parse()?;
    let amount = Amount::parse(&text("operation", "amount").ok_or("a case without an amount")?, currency)?;
    let payment = Payment::builder(format!("order of {number}"), amount)
        .notification_url("https://tienda.example/aviso")
        .url_ok("https://tienda.example/ok")
        .url_nok("https://tienda.example/nok")
        .build()?;
    Ok(Case { request, operation: Some((payment, number.parse()?)) })
}

/// The checkout of that case. The recorded message names the number; in a program `pos.number(Entropy::new(bytes))` makes one.
fn begin(shop: &mut Shop, case: &Case) -> Result<String, Failure> {
    let (payment, number) = case.operation.as_ref().ok_or("a case without an operation")?;
    Ok(checkout(shop, payment, number.clone())?)
}

/// The buyer came back to the shop's `url_nok` without having paid.
fn give_up(shop: &mut Shop, case: &Case) -> Result<(), Failure> {
    let (_, number) = case.operation.as_ref().ok_or("a case without an operation")?;
    let Row { version, mut operation } = shop.store.find(&Lookup::Number(number.clone())).ok_or("nothing stored")?;
    operation.cancel()?;
    if shop.store.update(version, &operation) { Ok(()) } else { Err("another machine was first".into()) }
}

fn show(shop: &mut Shop, what: &str, case: &Case) {
    println!("- {what}");
    let reply = handle(shop, &case.request);
    println!("   reply: {} with {} bytes", reply.status(), reply.body().len());
}
