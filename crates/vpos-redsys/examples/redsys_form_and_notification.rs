//! Redsys alone, without the facade and without a network: the form that sends a buyer to the bank, and what to make of the
//! bank's notification.
//!
//! ```text
//! cargo run -p vpos-redsys --example redsys_form_and_notification
//! ```
//!
//! Your own program depends on `vpos-redsys` and nothing else: core, `http` and `jiff` come with it, as `vpos_redsys::vpos_core`.

use vpos_redsys::signature::SignatureVersion;
use vpos_redsys::vpos_core::http::Request;
use vpos_redsys::vpos_core::operation::Operation;
use vpos_redsys::vpos_core::{Amount, Currency, Environment, Payment, PointOfSale, Secret, Timestamp};
use vpos_redsys::{Config, Redsys, codes};

/// What a bank's system once posted, byte for byte, to a shop of the public test contract below. It was recorded by the npm
/// package redsys-easy and is the case fixtures/redsys/given/notification-recorded-0069-6DVp.toml.
const RECORDED: &str = "Ds_SignatureVersion=HMAC_SHA256_V1\
    &Ds_MerchantParameters=eyJEc19EYXRlIjoiMDklMkYxMSUyRjIwMTUiLCJEc19Ib3VyIjoiMTglM0EwMyIsIkRzX1NlY3VyZVBheW1lbnQiOiIwIiwi\
    RHNfQ2FyZF9Db3VudHJ5IjoiNzI0IiwiRHNfQW1vdW50IjoiMTQ1IiwiRHNfQ3VycmVuY3kiOiI5NzgiLCJEc19PcmRlciI6IjAwNjkiLCJEc19NZXJjaGFu\
    dENvZGUiOiI5OTkwMDg4ODEiLCJEc19UZXJtaW5hbCI6Ijg3MSIsIkRzX1Jlc3BvbnNlIjoiMDAwMCIsIkRzX01lcmNoYW50RGF0YSI6IiIsIkRzX1RyYW5z\
    YWN0aW9uVHlwZSI6IjAiLCJEc19Db25zdW1lckxhbmd1YWdlIjoiMSIsIkRzX0F1dGhvcmlzYXRpb25Db2RlIjoiMDgyMTUwIn0%3D\
    &Ds_Signature=6DVpRPAPoChZh2cgaWnLqlfFsKeXdRfAO_tz-UrxJcU%3D";

/// An error of any kind: this program only prints it.
type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let redsys = contract()?;

    // In a program of your own: Timestamp::now(). The bank crates read no clock, so that a test can choose the time.
    let now: Timestamp = "2015-11-09T17:03:00Z".parse()?;

    let (payment, mut operation) = sale(&redsys, "0069", "1.45")?;
    // Store the operation here, before the buyer gets the form: a notification can come at any time from now on.

    println!("1. The form that the buyer's browser posts to the bank");
    // `begin` asks nothing of Redsys, so its result is there at once: `local`.
    let form = redsys.begin(&operation, &payment, now)?.local()?.form;
    println!("   {} {}", form.method().as_str(), form.action());
    for (name, value) in form.fields() {
        println!("   {name} = {value:.60}");
    }
    println!("   as a page that sends itself: {} bytes of HTML\n", form.to_html().len());

    println!("2. A recorded notification");
    // `receive` reads it and believes nothing: all it tells is which operation to look for.
    let notification = redsys.receive(&posted(RECORDED)?)?;
    println!("   it is about {:?}", notification.lookup());
    // `verify` checks the signature, then every part of the message against what you stored.
    let confirmation = redsys.verify(&notification, &operation, now)?.local()?;
    println!("   {} {}", confirmation.action(), confirmation.outcome());
    println!("   authorisation {}", confirmation.authorization().unwrap_or("none"));
    if let Some(code) = confirmation.code() {
        println!("   code {code}: {}", codes::find(code).map_or("not in the public lists", |known| known.english()));
    }
    // `apply` moves the operation. Store it again, and mark your order as paid in the same transaction.
    let applied = operation.apply(&confirmation)?;
    println!("   the operation moved from {} to {}", applied.from, applied.to);
    println!("   mark the order {} as paid: {}\n", operation.sale(), applied.paid_now());

    println!("3. The same message once more: banks repeat themselves");
    let again = redsys.verify(&notification, &operation, now)?.local()?;
    println!("   mark the order as paid: {}\n", operation.apply(&again)?.paid_now());

    println!("4. Messages that are not believed");
    // One letter of the signature is another.
    let forged = redsys.receive(&posted(&RECORDED.replace("Ds_Signature=6", "Ds_Signature=7"))?)?;
    refused("a forged signature", redsys.verify(&forged, &operation, now).map(drop))?;
    // The genuine message, sent again for an order that nobody has paid.
    let (_, other) = sale(&redsys, "0070", "1.45")?;
    refused("replayed for another order", redsys.verify(&notification, &other, now).map(drop))?;
    // The buyer paid 1.45; the shop had asked for 145.00.
    let (_, dearer) = sale(&redsys, "0069", "145.00")?;
    refused("paid less than was asked", redsys.verify(&notification, &dearer, now).map(drop))?;
    Ok(())
}

/// A public test contract: the one under which the message above was recorded. Its terminal signs with the oldest version.
fn contract() -> Result<Redsys, Failure> {
    let key = Secret::new("Mk9m98IfEblmPfrpsawt7BmxObt98Jev");
    let mut config = Config::new(Environment::Test, "999008881", 871, key);
    config.signature = SignatureVersion::HmacSha256V1;
    Ok(Redsys::new(config)?)
}

/// What is sold, and the operation that a shop stores before the buyer leaves for the bank.
fn sale(redsys: &Redsys, number: &str, euros: &str) -> Result<(Payment, Operation), Failure> {
    let payment = Payment::builder("PED-17", Amount::parse(euros, Currency::EUR)?)
        .description("Zapatos rojos, 2 pares")
        .notification_url("https://tienda.example/aviso")
        .url_ok("https://tienda.example/ok")
        .url_nok("https://tienda.example/nok")
        .build()?;
    // The number is given here because the recorded message names it. In a program of your own, `redsys.number(Entropy)`
    // makes one from 16 random bytes; every attempt to pay takes a new one, since the bank refuses a number that it has seen.
    let operation = Operation::new(redsys.acceptor().clone(), number.parse()?, &payment);
    Ok((payment, operation))
}

/// A request as a web framework that speaks `http` hands it over.
fn posted(body: &str) -> Result<Request<Vec<u8>>, Failure> {
    Ok(Request::post("/aviso").body(body.as_bytes().to_vec())?)
}

/// Says why a message was refused. A message that was believed is what must not happen here.
fn refused(what: &str, verified: Result<(), vpos_redsys::vpos_core::Error>) -> Result<(), Failure> {
    match verified {
        Err(error) => println!("   {what}: {error}"),
        Ok(()) => return Err(format!("{what}: it was believed").into()),
    }
    Ok(())
}
