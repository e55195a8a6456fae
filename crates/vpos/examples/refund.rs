//! A refund, from the click in your back office to the state that is stored, and what to do when nobody knows how it ended.
//!
//! ```text
//! cargo run -p vpos --features redsys --example refund
//! ```
//!
//! [`refund`] and [`settle_open_question`] are the two functions to copy. No network is needed: the transports here are
//! closures that play the bank. In a program it is `vpos::core::blocking::UreqTransport` (feature `ureq`), or
//! `vpos::core::ReqwestTransport` with `vpos::drive` (feature `reqwest`).

use std::collections::HashMap;

use vpos::core::blocking::Transport;
use vpos::core::http::{Request, Response};
use vpos::core::operation::RefundState;
use vpos::core::{Lost, TimeLimit, escape_html};
use vpos::redsys::signature::{Key, SignatureVersion, sign};
use vpos::redsys::{Config, Redsys};
use vpos::{
    Amount, AnyPos, Currency, Environment, Operation, OperationNumber, OperationState, Payment, PointOfSale, Report, Secret,
    Timestamp, drive_blocking,
};

/// An error of any kind: `main` only prints it.
type Failure = Box<dyn std::error::Error>;

/// The bank's public test key.
const KEY: &str = "sq7HjrUOBfKmC576ILgskD5srU870gJ7";

/// Stands for your database. A real one also compares versions: see the example `notification_handler`.
type Store = HashMap<OperationNumber, Operation>;

/// Gives money back. What it returns is what to tell the person who clicked.
fn refund(
    pos: &AnyPos,
    store: &mut Store,
    number: &OperationNumber,
    amount: Amount,
    reason: &str,
    transport: &impl Transport,
) -> Result<String, Failure> {
    let mut operation = store.get(number).ok_or("there is no such operation")?.clone();
    // 1. Record it. This checks that something was charged and that so much of it is left.
    let refund = operation.start_refund(amount, Some(reason))?;
    // 2. Make the request. Nothing is sent yet: what this bank or contract cannot do ends here, and nothing was stored.
    let exchange = pos.refund(&operation, &refund, Timestamp::now())?;
    // 3. Store, and only then ask. The pending refund counts against what is left, so that a second click, or a crash right
    //    after the request left, cannot give the money back twice.
    store.insert(number.clone(), operation.clone());
    // 4. Ask the bank.
    let report = drive_blocking(exchange, transport)?;
    // 5. Store what it said.
    operation.settle_refund(refund.id, &report)?;
    store.insert(number.clone(), operation);
    Ok(match report {
        // the bank's signed answer: approved, or declined by the issuer
        Report::Confirmed(confirmation) => format!("{}, code {}", confirmation.outcome(), confirmation.code().unwrap_or("none")),
        // the bank's definite no, with the reason: nothing was given back
        Report::Rejected { code, message, .. } => format!("rejected, {code}: {message}"),
        // nothing left this machine: it may be asked again, as a new refund
        Report::NotSent { reason, .. } => format!("not sent: {reason}"),
        Report::Open { .. } => "the bank has not decided yet: ask it later".to_owned(),
        // the request left and no answer can be believed. This is not a no: do not click again, do not pay back by hand
        Report::Unknown { reason, .. } => format!("unknown ({reason}): ask the bank before anything else"),
    })
}

/// Asks the bank's own books what became of the oldest open refund, of a capture or of the payment, whatever is open. Run it
/// from a timer over all operations that have something open, until they have not.
fn settle_open_question(
    pos: &AnyPos,
    store: &mut Store,
    number: &OperationNumber,
    transport: &impl Transport,
) -> Result<String, Failure> {
    let mut operation = store.get(number).ok_or("there is no such operation")?.clone();
    let question = operation.open_question();
    let report = drive_blocking(pos.query(&operation, Timestamp::now())?, transport)?;
    // only a signed answer moves anything: when this question is lost too, all stays as it is
    operation.settle_query(&report)?;
    store.insert(number.clone(), operation);
    Ok(format!("{question:?}: {}", report.outcome()))
}

fn main() -> Result<(), Failure> {
    let config = Config::new(Environment::Test, "999008881", 1, Secret::new(KEY));
    let pos = AnyPos::Redsys(Redsys::new(config)?);
    let number: OperationNumber = "6371AsYeNBsG".parse()?;
    let mut store = Store::from([(number.clone(), paid(&pos, &number, "60.00")?)]);
    let euros = |text| Amount::parse(text, Currency::EUR);

    println!("1. A part, and the bank answers");
    let told = refund(&pos, &mut store, &number, euros("12.50")?, "talla equivocada", &recorded_answer)?;
    println!("   {told}");
    show(&store)?;

    println!("2. More than is left: nothing is asked of the bank");
    match refund(&pos, &mut store, &number, euros("47.51")?, "todo", &no_network) {
        Err(error) => println!("   {error}"),
        Ok(told) => return Err(format!("it was asked: {told}").into()),
    }

    println!("3. Another part, and the answer is lost");
    let told = refund(&pos, &mut store, &number, euros("20.00")?, "un par defectuoso", &lost_answer)?;
    println!("   {told}");
    show(&store)?;

    println!("4. The bank is asked, and knows of a refund of 20.00");
    let books = |_request, _limit| books(&number, "2000");
    println!("   {}", settle_open_question(&pos, &mut store, &number, &books)?);
    show(&store)?;

    let operation = store.get(&number).ok_or("nothing stored")?;
    let all_approved = operation.refunds().iter().all(|refund| refund.state == RefundState::Approved);
    if all_approved && operation.refundable() == Some(euros("27.50")?) { Ok(()) } else { Err("27.50 should be left".into()) }
}

fn show(store: &Store) -> Result<(), Failure> {
    for operation in store.values() {
        for refund in operation.refunds() {
            println!("   stored: refund {} of {}: {:?}", refund.id.get(), refund.amount, refund.state);
        }
        let left = operation.refundable().ok_or("nothing was charged")?;
        println!("   stored: the operation is {}, {left} can be refunded", operation.state());
    }
    Ok(())
}

/// An operation that was paid, as a store reads it back: a record of plain fields, checked by `from_record`.
fn paid(pos: &AnyPos, number: &OperationNumber, euros: &str) -> Result<Operation, Failure> {
    let payment = Payment::builder("PED-17", Amount::parse(euros, Currency::EUR)?).build()?;
    let mut record = Operation::new(pos.acceptor().clone(), number.clone(), &payment).record().clone();
    record.state = OperationState::Completed;
    Ok(Operation::from_record(record)?)
}

/// Plays the bank with the answer of fixtures/redsys/call-refund-part.toml.
fn recorded_answer(request: Request<Vec<u8>>, limit: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
    let (request, body) = request.into_parts();
    println!("   {} {} with {} bytes, at most {:?}", request.method, request.uri, body.len(), limit.duration);
    let fixture: toml::Table = include_str!("../../../fixtures/redsys/call-refund-part.toml").parse().map_err(not_sent)?;
    let exchange = fixture.get("exchange").and_then(|all| all.get(0));
    let body = exchange.and_then(|exchange| exchange.get("response")?.get("body")?.as_str());
    Ok(Response::new(body.ok_or_else(|| not_sent("a case without an answer"))?.as_bytes().to_vec()))
}

/// Plays a network that breaks while the bank works.
fn lost_answer(_: Request<Vec<u8>>, limit: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
    Err(Lost::after_send(format!("{}: time-out", limit.name)))
}

fn no_network(_: Request<Vec<u8>>, _: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
    Err(not_sent("no network in an example"))
}

fn not_sent<E: std::fmt::Display>(reason: E) -> Lost {
    Lost::before_send(format!("{reason}"))
}

/// Plays the bank's books: a refund of that order is finished. Signed with the test key, which this example has as well.
fn books(number: &OperationNumber, minor_units: &str) -> Result<Response<Vec<u8>>, Lost> {
    let version = format!(
        "<Version Ds_Version=\"0.0\"><Message><Response><Ds_MerchantCode>999008881</Ds_MerchantCode>\
         <Ds_Terminal>1</Ds_Terminal><Ds_Order>{number}</Ds_Order><Ds_TransactionType>3</Ds_TransactionType>\
         <Ds_Date>2026-01-02</Ds_Date><Ds_Hour>10:30:00</Ds_Hour><Ds_Amount>{minor_units}</Ds_Amount>\
         <Ds_Currency>978</Ds_Currency><Ds_State>F</Ds_State><Ds_Response>0900</Ds_Response>\
         <Ds_AuthorisationCode>116044</Ds_AuthorisationCode></Response></Message></Version>"
    );
    let key = Key::parse(&Secret::new(KEY)).map_err(not_sent)?;
    let signature = sign(SignatureVersion::HmacSha256V1, &key, number, version.as_bytes());
    let messages = escape_html(&format!("<Messages>{version}<Signature>{signature}</Signature></Messages>"));
    let envelope = format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><consultaOperacionesResponse>\
         <consultaOperacionesReturn>{messages}</consultaOperacionesReturn></consultaOperacionesResponse></e:Body></e:Envelope>"
    );
    Ok(Response::new(envelope.into_bytes()))
}
