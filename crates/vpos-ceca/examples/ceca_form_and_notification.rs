//! CECA alone, without the facade and without a network: the form that sends a buyer to the bank, and what to make of the
//! bank's notification, which must be answered in time.
//!
//! ```text
//! cargo run -p vpos-ceca --example ceca_form_and_notification
//! ```
//!
//! Your own program depends on `vpos-ceca` and nothing else: core, `http` and `jiff` come with it, as `vpos_ceca::vpos_core`.

use vpos_ceca::vpos_core::http::Request;
use vpos_ceca::vpos_core::operation::Operation;
use vpos_ceca::vpos_core::{Amount, Currency, Environment, Error, Payment, PointOfSale, Rejection, Secret, Timestamp};
use vpos_ceca::{Ceca, Config};

/// What the bank posts to the address in its panel when a payment was authorised. It is the case
/// notification-paid-sha2.toml of the fixtures, made with an independent program for the contract below.
const POSTED: &str = "MerchantID=111950028&AcquirerBIN=0000554052&TerminalID=00000003&Num_operacion=PED17-K7Q2M9XA\
    &Importe=12345&TipoMoneda=978&Exponente=2&Referencia=120043981612&Num_aut=101000&Idioma=1&Pais=724&Descripcion=Zapatos\
    &Firma=bbe70147560e0ac59ad82ed937b5de51b0621d1b1813f9adfb78d796788a6536";

/// An error of any kind: this program only prints it.
type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    // Made up: the bank gives each merchant a test contract of its own.
    let ceca = Ceca::new(Config::new(Environment::Test, "111950028", "0000554052", "00000003", Secret::new("87401456")))?;

    // In a program of your own: Timestamp::now(). The bank crates read no clock, so that a test can choose the time.
    let now: Timestamp = "2026-11-23T12:05:00Z".parse()?;

    let (payment, mut operation) = sale(&ceca, "PED17-K7Q2M9XA", "123.45")?;
    // Store the operation here, before the buyer gets the form: a notification can come at any time from now on.

    println!("1. The form that the buyer's browser posts to the bank");
    // `begin` asks nothing of the bank, so its result is there at once: `local`.
    let form = ceca.begin(&operation, &payment, now)?.local()?.form;
    println!("   {} {}", form.method().as_str(), form.action());
    for (name, value) in form.fields() {
        println!("   {name} = {value:.60}");
    }
    println!("   as a page that sends itself: {} bytes of HTML\n", form.to_html().len());

    println!("2. The notification");
    // `receive` reads it and believes nothing: all it tells is which operation to look for.
    let notification = ceca.receive(&posted(POSTED)?)?;
    println!("   it is about {:?}", notification.lookup());
    // `verify` checks the signature, then every part of the message against what you stored.
    let confirmation = ceca.verify(&notification, &operation, now)?.local()?;
    println!("   {} {}", confirmation.action(), confirmation.outcome());
    println!("   authorisation {} (not signed: for the record)", confirmation.authorization().unwrap_or("none"));
    // The bank annuls what it is not told to keep in time. `charge` sends nothing here; it refuses when it is too late.
    operation.start_charge()?;
    let report = ceca.charge(&confirmation, &operation, now)?.local()?;
    let applied = operation.settle(&report)?;
    // Store it again, and mark your order as paid in the same transaction. Then, and only then:
    println!("   mark the order {} as paid: {}", operation.sale(), applied.paid_now());
    println!("   answer: {}\n", ceca.accept(&notification, &operation).body());

    println!("3. The same message once more: banks repeat themselves");
    let again = ceca.verify(&notification, &operation, now)?.local()?;
    println!("   mark the order as paid: {}", operation.apply(&again)?.paid_now());
    println!("   answer: {}\n", ceca.accept(&notification, &operation).body());

    println!("4. What is not kept");
    // Eleven seconds later the bank may have annulled it: the order must not be marked any more.
    let late = now.checked_add(std::time::Duration::from_secs(11))?;
    let (_, fresh) = sale(&ceca, "PED17-K7Q2M9XA", "123.45")?;
    let confirmation = ceca.verify(&notification, &fresh, now)?.local()?;
    refused(&ceca, "charged too late", ceca.charge(&confirmation, &fresh, late).map(drop))?;
    // One digit of the amount is another.
    let forged = ceca.receive(&posted(&POSTED.replace("Importe=12345", "Importe=12346"))?)?;
    refused(&ceca, "a forged amount", ceca.verify(&forged, &fresh, now).map(drop))?;
    // The buyer sees the form's signature. Posted back in the shape of a notification it is still a good one.
    let own = format!("SHA2{}{}", form.field("URL_OK").unwrap_or_default(), form.field("URL_NOK").unwrap_or_default());
    let own = POSTED.replace("120043981612", &own.replace(':', "%3A").replace('/', "%2F"));
    let own = own.split("&Firma=").next().unwrap_or_default().to_owned() + "&Firma=" + form.field("Firma").unwrap_or_default();
    let own = ceca.receive(&posted(&own)?)?;
    refused(&ceca, "the form posted back", ceca.verify(&own, &fresh, now).map(drop))?;
    Ok(())
}

/// What is sold, and the operation that a shop stores before the buyer leaves for the bank.
fn sale(ceca: &Ceca, number: &str, euros: &str) -> Result<(Payment, Operation), Failure> {
    let payment = Payment::builder("PED-17", Amount::parse(euros, Currency::EUR)?)
        .description("Zapatos rojos, 2 pares")
        .url_ok("https://tienda.example/ok")
        .url_nok("https://tienda.example/nok")
        .language("es")
        .build()?;
    // The number is given here because the message names it. In a program of your own, `ceca.number(Entropy)` makes one from
    // 16 random bytes; every attempt to pay takes a new one, since the bank refuses a number that it has seen.
    let operation = Operation::new(ceca.acceptor().clone(), number.parse()?, &payment);
    Ok((payment, operation))
}

/// A request as a web framework that speaks `http` hands it over.
fn posted(body: &str) -> Result<Request<Vec<u8>>, Failure> {
    Ok(Request::post("/aviso").body(body.as_bytes().to_vec())?)
}

/// Says why a message was refused. A message that was believed is what must not happen here.
fn refused(ceca: &Ceca, what: &str, believed: Result<(), Error>) -> Result<(), Failure> {
    match believed {
        Err(error) => {
            println!("   {what}: {error}; answer: {}", ceca.reject(None, None, &Rejection::from(&error)).body());
            Ok(())
        }
        Ok(()) => Err(format!("{what}: it was believed").into()),
    }
}
