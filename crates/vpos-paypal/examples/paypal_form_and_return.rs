//! PayPal alone, without the facade and without a network: the order, the form that sends a buyer there, the buyer's return,
//! and the charge that follows it.
//!
//! ```text
//! cargo run -p vpos-paypal --example paypal_form_and_return
//! ```
//!
//! Your own program depends on `vpos-paypal` and nothing else: core, `http` and `jiff` come with it, as
//! `vpos_paypal::vpos_core`.

use vpos_paypal::vpos_core::http::{Request, Response};
use vpos_paypal::vpos_core::operation::Operation;
use vpos_paypal::vpos_core::{
    Amount, Currency, Environment, Error, Lost, Payment, PointOfSale, Secret, TimeLimit, Timestamp, drive_blocking,
};
use vpos_paypal::{Config, Paypal};

/// An error of any kind: this program only prints it.
type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut config = Config::rest(Environment::Test, "AeA1QIZXiflr1", Secret::new("EGnHDxD_qRPd"));
    config.merchant_id = Some("7C2LDBEMSAFLS".into());
    let paypal = Paypal::new(config)?;

    // In a program of your own: Timestamp::now(). The bank crates read no clock, so that a test can choose the time.
    let now: Timestamp = "2026-11-23T12:05:00Z".parse()?;

    let payment = Payment::builder("PED-17", Amount::parse("123.45", Currency::EUR)?)
        .description("Zapatos rojos, 2 pares")
        .notification_url("https://tienda.example/vuelta")
        .url_ok("https://tienda.example/ok")
        .url_nok("https://tienda.example/nok")
        .build()?;
    // The number is given here because the answers name it. In a program of your own, `paypal.number(Entropy)` makes one from
    // 16 random bytes; every attempt to pay takes a new one.
    let mut operation = Operation::new(paypal.acceptor().clone(), "PED17-K7Q2M9XA".parse()?, &payment);
    // Store the operation here, before anything leaves: a lost answer then leaves something to ask about.

    println!("1. The order, and the form that sends the buyer to PayPal");
    let begun = drive_blocking(paypal.begin(&operation, &payment, now)?, &sandbox)?;
    // PayPal's id of the order is what the buyer comes back with: store it before the buyer leaves.
    operation.learn(&begun.references);
    println!("   {} {}", begun.form.method().as_str(), begun.form.action());
    for (name, value) in begun.form.fields() {
        println!("   {name} = {value}");
    }

    println!("2. The buyer is back");
    // `receive` reads the address and believes nothing: anybody can write one.
    let request = Request::get("/vuelta?token=5O190127TN364715T&PayerID=QYR5Z8XDVJNXQ").body(Vec::new())?;
    let notification = paypal.receive(&request)?;
    println!("   it is about {:?}", notification.lookup());
    // `verify` asks PayPal for the order, and compares every part of it with what you stored.
    let confirmation = drive_blocking(paypal.verify(&notification, &operation, now)?, &sandbox)?;
    println!("   {} {}", confirmation.action(), confirmation.outcome());

    println!("3. The charge: only now does money move, and it is the stored amount");
    // Record it first, and store the operation: a second machine sees that a charge runs.
    operation.start_charge()?;
    let report = drive_blocking(paypal.charge(&confirmation, &operation, now)?, &sandbox)?;
    let applied = operation.settle(&report)?;
    // Store it again, and mark your order as paid in the same transaction.
    println!("   the operation moved from {} to {}", applied.from, applied.to);
    println!("   mark the order {} as paid: {}", operation.sale(), applied.paid_now());
    let reply = paypal.accept(&notification, &operation);
    println!("   the browser: {} {}", reply.status(), reply.location().map_or("", |address| address.as_str()));

    println!("4. What is not believed");
    for (what, number, euros) in [("of another amount", "PED17-K7Q2M9XA", "1.00"), ("of another number", "PED18", "123.45")] {
        let payment = Payment::builder("PED-18", Amount::parse(euros, Currency::EUR)?).build()?;
        let mut other = Operation::new(paypal.acceptor().clone(), number.parse()?, &payment);
        other.learn(&begun.references);
        refused(what, drive_blocking(paypal.verify(&notification, &other, now)?, &sandbox).map(drop))?;
    }
    Ok(())
}

/// A sandbox that answers as the cases in fixtures/paypal/given do: by what is asked.
#[expect(clippy::needless_pass_by_value, reason = "a transport takes the request over")]
fn sandbox(request: Request<Vec<u8>>, limit: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
    println!("   → {} {} (at most {:?})", request.method(), request.uri().path(), limit.duration);
    let order = |status: &str, payments: &str| {
        format!(
            r#"{{"id": "5O190127TN364715T", "intent": "CAPTURE", "status": "{status}", "purchase_units": [{{
                "amount": {{"currency_code": "EUR", "value": "123.45"}}, "payee": {{"merchant_id": "7C2LDBEMSAFLS"}},
                "custom_id": "PED17-K7Q2M9XA", "invoice_id": "PED17-K7Q2M9XA"{payments}}}]}}"#
        )
    };
    let body = match (request.method().as_str(), request.uri().path()) {
        ("POST", "/v1/oauth2/token") => r#"{"access_token": "A21AA", "token_type": "Bearer", "expires_in": 32400}"#.to_owned(),
        ("POST", "/v2/checkout/orders") => r#"{"id": "5O190127TN364715T", "status": "PAYER_ACTION_REQUIRED", "links": [{
            "rel": "payer-action", "href": "https://www.sandbox.paypal.com/checkoutnow?token=5O190127TN364715T"}]}"#
            .to_owned(),
        ("GET", "/v2/checkout/orders/5O190127TN364715T") => order("APPROVED", ""),
        ("POST", "/v2/checkout/orders/5O190127TN364715T/capture") => order(
            "COMPLETED",
            r#", "payments": {"captures": [{"id": "3C679366HH908993F", "status": "COMPLETED",
                "amount": {"currency_code": "EUR", "value": "123.45"}}]}"#,
        ),
        (method, path) => return Err(Lost::before_send(format!("not recorded: {method} {path}"))),
    };
    Ok(Response::new(body.into_bytes()))
}

/// Says why a message was refused. A message that was believed is what must not happen here.
fn refused(what: &str, verified: Result<(), Error>) -> Result<(), Failure> {
    match verified {
        Err(error) => println!("   {what}: {error}"),
        Ok(()) => return Err(format!("{what}: it was believed").into()),
    }
    Ok(())
}
