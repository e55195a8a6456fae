//! `trataPeticionREST`: refund, capture, void, charge of a card on file; a signed answer, or an unsigned `errorCode`.
//!
//! Calls: REST manual 4.0.1; codes: the public lists of redsys-easy. `iniciaPeticionREST` and card data are not simulated.

use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Map, Value, json};
use vpos_core::{Amount, Timestamp};

use super::books::{Order, Row};
use super::fault::Fault;
use super::form::card_on_file;
use super::parameters::{CARRIERS, Parameters, seal};
use super::visit::declined;
use super::{RedsysBank, notice, status};
use crate::MovementKind;

/// A pre-authorisation is captured within seven days (SIS0132).
const CAPTURE_DAYS: i64 = 7;
/// A refund is voided within 48 hours.
const REFUND_VOID_HOURS: i64 = 48;

pub(super) fn answer(bank: &mut RedsysBank, request: &Request<Vec<u8>>, now: Timestamp) -> Response<Vec<u8>> {
    if request.method() != Method::POST {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    let body = match call(bank, request.body(), now) {
        Ok((number, row)) => signed(bank, &number, &row),
        Err(fault) => json!({
            "errorCode": fault.code,
            "errorCodeDescription": format!("{}: {}", fault.field, fault.what),
        }),
    };
    let mut response = Response::new(body.to_string().into_bytes());
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}

fn call(bank: &mut RedsysBank, body: &[u8], now: Timestamp) -> Result<(String, Row), Fault> {
    let object = serde_json::from_slice(body).ok().and_then(|body: Value| body.as_object().cloned());
    let object = object.ok_or_else(|| Fault::new("SIS0431", CARRIERS[1], "the body is not a JSON object"))?;
    let carriers = CARRIERS.map(|name| object.get(name).and_then(Value::as_str));
    let parameters = Parameters::open(carriers, bank.merchant.rest_signature, &bank.merchant.secret_key)?;
    parameters.check_contract(&bank.merchant.merchant_code, bank.merchant.terminal)?;
    let number = parameters.order()?;
    let amount = parameters.amount()?;
    let call = Call { number: number.clone(), amount, now };
    let row = match parameters.transaction()? {
        "0" => charge(bank, &parameters, &call, "0"),
        "1" => charge(bank, &parameters, &call, "1"),
        "2" => capture(bank, &call),
        "3" => refund(bank, &call),
        "9" => void(bank, &call, "9", &[MovementKind::Hold, MovementKind::Charge]),
        "44" => delete_reference(bank, &parameters, &call),
        "45" => void(bank, &call, "45", &[MovementKind::Charge]),
        "46" => void_refund(bank, &call),
        other => Err(Fault::new("SIS0112", "DS_MERCHANT_TRANSACTIONTYPE", format!("{other} is not simulated"))),
    }?;
    Ok((number, row))
}

struct Call {
    number: String,
    amount: Amount,
    now: Timestamp,
}

impl Call {
    /// The order, when it exists and has the same currency.
    fn order<'b>(&self, bank: &'b RedsysBank, code: &'static str, what: &str) -> Result<&'b Order, Fault> {
        let order = bank.books.order(&self.number).filter(|order| order.amount.currency() == self.amount.currency());
        order.ok_or_else(|| Fault::new(code, "DS_MERCHANT_ORDER", format!("no operation to {what} in that currency")))
    }
}

/// The same refund by the panel's button.
pub(super) fn refund_in_panel(bank: &mut RedsysBank, number: &str, amount: Amount, now: Timestamp) -> Result<Row, Fault> {
    refund(bank, &Call { number: number.to_owned(), amount, now })
}

/// Whether the order's payment was authorised, and the merchant has not annulled it or is still to say.
fn is_authorised(order: &Order) -> bool {
    order.rows.iter().any(|row| matches!(row.transaction, "0" | "1") && row.response.as_deref() == Some("0000"))
}

fn refund(bank: &mut RedsysBank, call: &Call) -> Result<Row, Fault> {
    const FIELD: &str = "DS_MERCHANT_ORDER";
    let order = call.order(bank, "SIS0054", "refund")?;
    if !is_authorised(order) {
        return Err(Fault::new("SIS0056", FIELD, "the operation was not authorised"));
    }
    let (charged, refunded) = (bank.books.ledger.charged(&call.number), bank.books.ledger.refunded(&call.number));
    let charge = bank.books.standing(&call.number, &[MovementKind::Charge, MovementKind::Capture]);
    let Some(charge) = charge.map(|line| line.id.clone()) else {
        return Err(Fault::new("SIS0054", FIELD, "nothing is charged"));
    };
    let amount = call.amount.minor_units();
    if amount == 0 || amount > charged.saturating_sub(refunded) {
        return Err(Fault::new("SIS0057", "DS_MERCHANT_AMOUNT", "more than is left of the charge"));
    }
    write(bank, call, "3", Some("0900"), Some((MovementKind::Refund, Some(&charge))))
}

fn capture(bank: &mut RedsysBank, call: &Call) -> Result<Row, Fault> {
    const FIELD: &str = "DS_MERCHANT_ORDER";
    let order = call.order(bank, "SIS0059", "capture")?;
    if order.transaction != "1" {
        return Err(Fault::new("SIS0059", FIELD, "the operation is not a pre-authorisation"));
    }
    if !is_authorised(order) {
        return Err(Fault::new("SIS0061", FIELD, "the pre-authorisation was not authorised"));
    }
    if bank.books.ledger.count(&call.number, MovementKind::Capture) > 0 {
        return Err(Fault::new("SIS0060", FIELD, "captured already"));
    }
    let hold = bank.books.standing(&call.number, &[MovementKind::Hold]).cloned();
    let hold = hold.ok_or_else(|| Fault::new("SIS0059", FIELD, "the pre-authorisation was voided"))?;
    if seconds(hold.at, call.now) > CAPTURE_DAYS * 86_400 {
        return Err(Fault::new("SIS0132", FIELD, "more than seven days after the pre-authorisation"));
    }
    let rest = hold.amount.checked_sub(call.amount).filter(|_| !call.amount.is_zero());
    let rest = rest.ok_or_else(|| Fault::new("SIS0062", "DS_MERCHANT_AMOUNT", "more than was held"))?;
    let row = write(bank, call, "2", Some("0900"), Some((MovementKind::Capture, Some(&hold.id))))?;
    if !rest.is_zero() {
        bank.books.release(&call.number, rest, &hold.id, call.now);
    }
    Ok(row)
}

/// A hold that is not captured, or a charge of the same day without refunds, as a whole.
fn void(bank: &mut RedsysBank, call: &Call, transaction: &'static str, kinds: &[MovementKind]) -> Result<Row, Fault> {
    let impossible = |what: &str| Fault::new("SIS0072", "DS_MERCHANT_ORDER", what);
    let order = call.order(bank, "SIS0072", "void")?;
    if !is_authorised(order) {
        return Err(impossible("the operation was not authorised"));
    }
    let (number, books) = (&call.number, &bank.books);
    if books.ledger.refunded(number) > 0 || books.ledger.count(number, MovementKind::Capture) > 0 {
        return Err(impossible("refunded or captured before"));
    }
    let line = books.standing(number, kinds).cloned().ok_or_else(|| impossible("there is nothing left to void"))?;
    let day = |at: Timestamp| at.as_second().div_euclid(86_400);
    if line.kind == MovementKind::Charge && day(line.at) != day(call.now) {
        return Err(impossible("a charge of another day"));
    }
    if line.amount != call.amount {
        return Err(impossible("another amount"));
    }
    write(bank, call, transaction, Some("0400"), Some((MovementKind::Void, Some(&line.id))))
}

fn void_refund(bank: &mut RedsysBank, call: &Call) -> Result<Row, Fault> {
    let impossible = |what: &str| Fault::new("SIS0072", "DS_MERCHANT_ORDER", what);
    call.order(bank, "SIS0072", "void")?;
    let refund = bank.books.standing(&call.number, &[MovementKind::Refund]).cloned();
    let refund = refund.filter(|line| line.amount == call.amount);
    let refund = refund.ok_or_else(|| impossible("the last refund has another amount, or there is none"))?;
    if seconds(refund.at, call.now) > REFUND_VOID_HOURS * 3_600 {
        return Err(impossible("more than 48 hours after the refund"));
    }
    write(bank, call, "46", Some("0400"), Some((MovementKind::Void, Some(&refund.id))))
}

fn charge(bank: &mut RedsysBank, parameters: &Parameters, call: &Call, transaction: &'static str) -> Result<Row, Fault> {
    if bank.books.order(&call.number).is_some() {
        return Err(Fault::new("SIS0051", "DS_MERCHANT_ORDER", "repeated: unique for ever in the terminal"));
    }
    let mut faults = Vec::new();
    card_on_file(bank, parameters, &mut |fault| faults.push(fault));
    if let Some(fault) = faults.into_iter().next() {
        return Err(fault);
    }
    let identifier = parameters.text("IDENTIFIER").filter(|identifier| *identifier != "REQUIRED");
    let identifier = identifier
        .ok_or_else(|| Fault::new("SIS0105", "DS_MERCHANT_IDENTIFIER", "missing: card data are not simulated"))?
        .to_owned();
    if !matches!(parameters.text("DIRECTPAYMENT"), Some("true" | "moto")) {
        return Err(Fault::new("REST manual 4.0.1", "DS_MERCHANT_DIRECTPAYMENT", "no buyer is there: must be true"));
    }
    let order = Order {
        amount: call.amount,
        transaction,
        notify: None,
        ok: None,
        ko: None,
        description: String::new(),
        merchant_data: parameters.text_or_empty("MERCHANTDATA").to_owned(),
        language: "1".to_owned(),
        remember: false,
        identifier: Some(identifier),
        rows: Vec::new(),
    };
    bank.books.enter(&call.number, order);
    let row = match bank.declines.take() {
        Some(code) => bank.books.fail(&call.number, &declined(&code), false, call.now),
        None => bank.books.pay(&call.number, Some("0000"), false, call.now),
    };
    row.ok_or_else(unwritten)
}

fn delete_reference(bank: &mut RedsysBank, parameters: &Parameters, call: &Call) -> Result<Row, Fault> {
    let identifier = parameters.text_or_empty("IDENTIFIER").to_owned();
    if bank.books.card(&identifier).is_none() {
        return Err(Fault::new("SIS0321", "DS_MERCHANT_IDENTIFIER", "not a reference of this merchant"));
    }
    bank.books.forget_card(&identifier);
    // an order of its own when the number is new: it moves no money
    if bank.books.order(&call.number).is_none() {
        let order = Order {
            amount: call.amount,
            transaction: "0",
            notify: None,
            ok: None,
            ko: None,
            description: String::new(),
            merchant_data: String::new(),
            language: "1".to_owned(),
            remember: false,
            identifier: None,
            rows: Vec::new(),
        };
        bank.books.enter(&call.number, order);
    }
    write(bank, call, "44", Some("0000"), None)
}

fn write(
    bank: &mut RedsysBank,
    call: &Call,
    transaction: &'static str,
    response: Option<&str>,
    movement: Option<(MovementKind, Option<&str>)>,
) -> Result<Row, Fault> {
    let row = bank.books.write(&call.number, transaction, call.amount, response, movement, false, call.now);
    row.ok_or_else(unwritten)
}

fn unwritten() -> Fault {
    Fault::new("SIS0034", "DS_MERCHANT_ORDER", "the books could not be reached")
}

/// The three signed fields; SIS0041 when the contract's key signs nothing.
fn signed(bank: &RedsysBank, number: &str, row: &Row) -> Value {
    let mut members = notice::members(bank, number, row).unwrap_or_default();
    for (name, text) in &mut members {
        match *name {
            "Ds_ConsumerLanguage" => *name = "Ds_Language",
            "Ds_Terminal" => *text = bank.merchant.terminal.to_string(),
            _ => {}
        }
    }
    let fields = seal(bank.merchant.rest_signature, &bank.merchant.secret_key, number, &members);
    let object: Map<String, Value> = fields.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
    Value::Object(object)
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second())
}
