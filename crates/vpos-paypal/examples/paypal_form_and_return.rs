//! PayPal alone, without the facade and without a network: the order, the form that sends a buyer there, the buyer's return,
//! the charge that follows it, and the same return again. A whole handler with a store is `paypal_handler` of the crate `vpos`.
//!
//! ```text
//! cargo run -p vpos-paypal --example paypal_form_and_return
//! ```
//!
//! Your own program depends on `vpos-paypal` and nothing else: core, `http` and `jiff` come with it, as
//! `vpos_paypal::vpos_core`.

use std::cell::Cell;

use vpos_paypal::vpos_core::http::{Request, Response};
use vpos_paypal::vpos_core::operation::Operation;
use vpos_paypal::vpos_core::{
    Action, Amount, Confirmation, Currency, Environment, Error, Lost, Notification, Payment, PointOfSale, Secret, TimeLimit,
    Timestamp, drive_blocking,
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

    let sold = payment("123.45")?;
    // The number is given here because the answers name it. In a program of your own, `paypal.number(Entropy)` makes one from
    // 16 random bytes; every attempt to pay takes a new one.
    let mut operation = Operation::new(paypal.acceptor().clone(), "PED17-K7Q2M9XA".parse()?, &sold);
    // Store the operation here, before anything leaves: a lost answer then leaves something to ask about.

    // PayPal, as it is played here: whether the order was charged is all that it has to remember.
    let is_charged = Cell::new(false);
    let sandbox = |request, limit| sandbox(&request, limit, &is_charged);

    println!("1. The order, and the form that sends the buyer to PayPal");
    let begun = drive_blocking(paypal.begin(&operation, &sold, now)?, &sandbox)?;
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

    println!("4. The buyer reloads the page, or a webhook comes");
    let confirmation = drive_blocking(paypal.verify(&notification, &operation, now)?, &sandbox)?;
    again(&paypal, &notification, &confirmation, &mut operation)?;

    println!("5. What is not believed");
    for (what, number, euros) in [("of another amount", "PED17-K7Q2M9XA", "1.00"), ("of another number", "PED18", "123.45")] {
        let mut other = Operation::new(paypal.acceptor().clone(), number.parse()?, &payment(euros)?);
        other.learn(&begun.references);
        refused(what, drive_blocking(paypal.verify(&notification, &other, now)?, &sandbox).map(drop))?;
    }
    Ok(())
}

/// What is sold. The buyer comes back to `notification_url`, which is where `receive` is called.
fn payment(euros: &str) -> Result<Payment, Error> {
    Payment::builder("PED-17", Amount::parse(euros, Currency::EUR)?)
        .description("Zapatos rojos, 2 pares")
        .notification_url("https://tienda.example/vuelta")
        .url_ok("https://tienda.example/ok")
        .url_nok("https://tienda.example/nok")
        .build()
}

/// What comes about an operation that was charged: it is applied, and is no news.
fn again(
    paypal: &Paypal,
    notification: &Notification,
    confirmation: &Confirmation,
    operation: &mut Operation,
) -> Result<(), Failure> {
    println!("   {} {}", confirmation.action(), confirmation.outcome());
    // An approved approval is charged, as in 3. Anything else is applied: here the charge that is known already.
    let is_agreed = confirmation.action() == Action::Approval && confirmation.outcome().is_approved();
    if is_agreed {
        return Err("an order that was charged is approved still".into());
    }
    let applied = operation.apply(confirmation)?;
    println!("   {} to {}: mark the order as paid: {}", applied.from, applied.to, applied.paid_now());
    let reply = paypal.accept(notification, operation);
    println!("   the browser, as before: {} {}", reply.status(), reply.location().map_or("", |address| address.as_str()));
    Ok(())
}

/// A sandbox that answers as the cases in fixtures/paypal/given do: by what is asked.
fn sandbox(request: &Request<Vec<u8>>, limit: TimeLimit, is_charged: &Cell<bool>) -> Result<Response<Vec<u8>>, Lost> {
    println!("   → {} {} (at most {:?})", request.method(), request.uri().path(), limit.duration);
    let order = |status: &str, payments: &str| {
        format!(
            r#"{{"id": "5O190127TN364715T", "intent": "CAPTURE", "status": "{status}", "purchase_units": [{{
                "amount": {{"currency_code": "EUR", "value": "123.45"}}, "payee": {{"merchant_id": "7C2LDBEMSAFLS"}},
                "custom_id": "PED17-K7Q2M9XA", "invoice_id": "PED17-K7Q2M9XA"{payments}}}]}}"#
        )
    };
    let captured = r#", "payments": {"captures": [{"id": "3C679366HH908993F", "status": "COMPLETED",
        "amount": {"currency_code": "EUR", "value": "123.45"}}]}"#;
    let body = match (request.method().as_str(), request.uri().path()) {
        ("POST", "/v1/oauth2/token") => r#"{"access_token": "A21AA", "token_type": "Bearer", "expires_in": 32400}"#.to_owned(),
        ("POST", "/v2/checkout/orders") => r#"{"id": "5O190127TN364715T", "status": "PAYER_ACTION_REQUIRED", "links": [{
            "rel": "payer-action", "href": "https://www.sandbox.paypal.com/checkoutnow?token=5O190127TN364715T"}]}"#
            .to_owned(),
        ("GET", "/v2/checkout/orders/5O190127TN364715T") if is_charged.get() => order("COMPLETED", captured),
        ("GET", "/v2/checkout/orders/5O190127TN364715T") => order("APPROVED", ""),
        ("POST", "/v2/checkout/orders/5O190127TN364715T/capture") => {
            is_charged.set(true);
            order("COMPLETED", captured)
        }
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
