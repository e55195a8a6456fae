//! Santander Elavon alone, without the facade and without a network: the form that sends a buyer to the hosted page, what to
//! make of the page's response, and the settle that follows it.
//!
//! ```text
//! cargo run -p vpos-elavon --example elavon_form_and_notification
//! ```
//!
//! Your own program depends on `vpos-elavon` and nothing else: core, `http` and `jiff` come with it, as `vpos_elavon::vpos_core`.

use vpos_elavon::vpos_core::http::{Request, Response};
use vpos_elavon::vpos_core::operation::Operation;
use vpos_elavon::vpos_core::{
    Amount, Currency, Environment, Lost, Payment, PointOfSale, Secret, TimeLimit, Timestamp, drive_blocking,
};
use vpos_elavon::{Config, Elavon, SdkValues, codes, sdk_json};

/// What the hosted page posts, through the buyer's browser: the case fixtures/elavon/given/notification-paid.toml.
const POSTED: &str = "MERCHANT_ID=tienda&ACCOUNT=internet&ORDER_ID=PED17K7Q2M9XA&AMOUNT=12345&AUTHCODE=12345\
    &TIMESTAMP=20261123120455&RESULT=00&MESSAGE=%5B+test+system+%5D+Authorised+12345&CVNRESULT=M&PASREF=13276780809850\
    &BATCHID=319623&ECI=5&SHA1HASH=72a1c4efec535aa7779b6c9c663761f3013d3609";

/// What the platform answers to the settle.
const SETTLED: &str = "<response timestamp=\"20261123120501\"><merchantid>tienda</merchantid><account>internet</account>\
    <orderid>PED17K7Q2M9XA</orderid><result>00</result><authcode>12345</authcode>\
    <message>[ test system ] AUTH CODE 12345</message><pasref>13276780809850</pasref><batchid>319623</batchid>\
    <sha1hash>cf3cd22a6002c45918427eed18fb55fef9f6d1ec</sha1hash></response>";

/// An error of any kind: this program only prints it.
type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let elavon = Elavon::new(Config::new(Environment::Test, "tienda", "internet", Secret::new("mysecret")))?;

    // In a program of your own: Timestamp::now(). The bank crates read no clock, so that a test can choose the time.
    let now: Timestamp = "2026-11-23T12:05:00Z".parse()?;

    let (payment, mut operation) = sale(&elavon, "PED17K7Q2M9XA", "123.45")?;
    // Store the operation here, before the buyer gets the form: a response can come at any time from now on.

    println!("1. The form that the buyer's browser posts to the hosted page");
    // `begin` asks nothing of the platform, so its result is there at once: `local`.
    let form = elavon.begin(&operation, &payment, now)?.local()?.form;
    println!("   {} {}", form.method().as_str(), form.action());
    for (name, value) in form.fields() {
        println!("   {name} = {value}");
    }
    println!("   as a page that sends itself: {} bytes of HTML", form.to_html().len());
    println!("   for the official JavaScript library: {:.60}...\n", sdk_json(&form, SdkValues::Plain));

    println!("2. The response");
    // `receive` reads it and believes nothing: all it tells is which operation to look for.
    let notification = elavon.receive(&posted(POSTED)?)?;
    println!("   it is about {:?}", notification.lookup());
    // `verify` checks the hash, then every part of the message against what you stored.
    let confirmation = elavon.verify(&notification, &operation, now)?.local()?;
    println!("   {} {}", confirmation.action(), confirmation.outcome());
    if let Some(code) = confirmation.code() {
        println!("   result {code}: {}\n", codes::find(code).map_or("not in the public lists", |known| known.english()));
    }

    println!("3. The settle: only now does money move, and it is the stored amount");
    // Record it first, and store the operation: a second machine sees that a charge runs.
    operation.start_charge()?;
    let platform = |request: Request<Vec<u8>>, limit: TimeLimit| {
        println!("   {} {} (at most {:?})", request.method(), request.uri(), limit.duration);
        Ok::<_, Lost>(Response::new(SETTLED.as_bytes().to_vec()))
    };
    let report = drive_blocking(elavon.charge(&confirmation, &operation, now)?, &platform)?;
    let applied = operation.settle(&report)?;
    // Store it again, and mark your order as paid in the same transaction.
    println!("   the operation moved from {} to {}", applied.from, applied.to);
    println!("   mark the order {} as paid: {}", operation.sale(), applied.paid_now());
    let reply = elavon.accept(&notification, &operation);
    println!("   the buyer's browser gets a page of {} bytes that leads to the shop\n", reply.body().len());

    println!("4. Messages that are not believed");
    let forged = elavon.receive(&posted(&POSTED.replace("SHA1HASH=7", "SHA1HASH=8"))?)?;
    refused("a forged hash", elavon.verify(&forged, &operation, now).map(drop))?;
    // The genuine message, sent again for an order that nobody has paid.
    let (_, other) = sale(&elavon, "PED18", "123.45")?;
    refused("replayed for another order", elavon.verify(&notification, &other, now).map(drop))?;
    let (_, dearer) = sale(&elavon, "PED17K7Q2M9XA", "1234.50")?;
    refused("paid less than was asked", elavon.verify(&notification, &dearer, now).map(drop))?;
    Ok(())
}

/// What is sold, and the operation that a shop stores before the buyer leaves for the hosted page.
fn sale(elavon: &Elavon, number: &str, euros: &str) -> Result<(Payment, Operation), Failure> {
    let payment = Payment::builder("PED-17", Amount::parse(euros, Currency::EUR)?)
        .description("Zapatos rojos, 2 pares")
        .notification_url("https://tienda.example/aviso")
        .url_ok("https://tienda.example/ok")
        .url_nok("https://tienda.example/nok")
        .build()?;
    // The number is given here because the message names it. In a program of your own, `elavon.number(Entropy)` makes one
    // from 16 random bytes; every attempt to pay takes a new one, since the platform refuses a number that it has seen.
    let operation = Operation::new(elavon.acceptor().clone(), number.parse()?, &payment);
    Ok((payment, operation))
}

/// A request as a web framework that speaks `http` hands it over.
fn posted(body: &str) -> Result<Request<Vec<u8>>, Failure> {
    Ok(Request::post("/aviso").body(body.as_bytes().to_vec())?)
}

/// Says why a message was refused. A message that was believed is what must not happen here.
fn refused(what: &str, verified: Result<(), vpos_elavon::vpos_core::Error>) -> Result<(), Failure> {
    match verified {
        Err(error) => println!("   {what}: {error}"),
        Ok(()) => return Err(format!("{what}: it was believed").into()),
    }
    Ok(())
}
