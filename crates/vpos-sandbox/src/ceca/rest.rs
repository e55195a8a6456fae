//! The JSON REST API: charge and hold of a card, capture, refund, void.
//!
//! Source: the gateway `cecabank_json` of `active_merchant`. Card data are looked at and not kept; encrypted ones are not
//! simulated. Codes beyond 15, 27 and 807 are not public: such faults are answered with `paramsEntradaError`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use vpos_core::{Amount, Secret, Timestamp};

use super::fields::{amount, is_digits, is_number};
use super::signature::hex;
use super::{CecaBank, status};
use crate::MovementKind;

/// A no of the bank.
enum No {
    /// `codResult`.
    Code(&'static str),
    /// `paramsEntradaError`: a field and what is wrong with it.
    Field(&'static str, String),
}

/// What was done.
struct Done {
    code: &'static str,
    reference: String,
    authorization: String,
}

struct Call {
    number: String,
    amount: Amount,
    reference: String,
    now: Timestamp,
}

pub(super) fn answer(bank: &mut CecaBank, request: &Request<Vec<u8>>, process: &str, now: Timestamp) -> Response<Vec<u8>> {
    // without a REST contract there is nobody there
    let Some(key) = bank.merchant.rest_key.clone() else { return status(StatusCode::NOT_FOUND) };
    if request.method() != Method::POST {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    let (date, process_id) = (now.strftime("%y%m%d%H%M%S%3f").to_string(), format!("{:012}", bank.books.next()));
    let body = match call(bank, request.body(), &key, process, now) {
        Ok((call, done)) => {
            let parameters = STANDARD.encode(answered(bank, &call, &done).to_string());
            let signature = sign(&key, &parameters);
            json!({"cifrado": "SHA2", "parametros": parameters, "firma": signature, "fecha": date, "idProceso": process_id})
        }
        Err(No::Code(code)) => json!({"fecha": date, "idProceso": process_id, "codResult": code}),
        Err(No::Field(field, what)) => {
            json!({"fecha": date, "idProceso": process_id, "paramsEntradaError": {field: what}})
        }
    };
    let mut response = Response::new(body.to_string().into_bytes());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn call(bank: &mut CecaBank, body: &[u8], key: &Secret, process: &str, now: Timestamp) -> Result<(Call, Done), No> {
    let wrong = |field: &'static str, what: &str| No::Field(field, what.to_owned());
    let envelope: Value = serde_json::from_slice(body).map_err(|_| wrong("parametros", "the body is not JSON"))?;
    let member = |name: &str| envelope.get(name).and_then(Value::as_str);
    let parameters = member("parametros").ok_or_else(|| wrong("parametros", "missing"))?;
    if member("cifrado") != Some("SHA2") {
        return Err(wrong("cifrado", "not SHA2"));
    }
    if !member("firma").is_some_and(|firma| firma.eq_ignore_ascii_case(&sign(key, parameters))) {
        return Err(wrong("firma", "not the signature of parametros"));
    }
    let object = STANDARD.decode(parameters).ok().and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let object = object.ok_or_else(|| wrong("parametros", "not Base64 of JSON"))?;
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    for (name, value) in [
        ("merchantID", bank.merchant.padded_merchant_id()),
        ("acquirerBIN", bank.merchant.padded_acquirer_bin()),
        ("terminalID", bank.merchant.padded_terminal_id()),
        ("exponente", "2".to_owned()),
    ] {
        if text(name) != value {
            return Err(wrong(name, "not this contract's"));
        }
    }
    if !is_number(text("numOperacion")) {
        return Err(wrong("numOperacion", "not 1 to 40 letters, digits and '-'"));
    }
    let amount = amount(text("importe"), text("tipoMoneda"))
        .map_err(|(field, what)| wrong(if field == "Importe" { "importe" } else { "tipoMoneda" }, what))?;
    let call = Call { number: text("numOperacion").to_owned(), amount, reference: text("referencia").to_owned(), now };
    let done = match (process, text("accion")) {
        ("compra", "REST_AUTORIZACION") => card(bank, &call, MovementKind::Charge, &object),
        ("compra", "REST_PREAUTORIZACION") => card(bank, &call, MovementKind::Hold, &object),
        ("compra", "REST_COBRO_PREAUTORIZACION") => capture(bank, &call),
        ("anulacion", "REST_DEVOLUCION") => refund(bank, &call),
        ("anulacion", "REST_ANULACION") => void(bank, &call),
        _ => Err(wrong("accion", "not an action of this address")),
    }?;
    Ok((call, done))
}

/// The formula over `parametros` as it was sent; for answers taken to be the same, which one source alone shows.
fn sign(key: &Secret, parameters: &str) -> String {
    hex(&Sha256::digest([key.expose(), parameters].concat()))
}

fn card(bank: &mut CecaBank, call: &Call, kind: MovementKind, object: &Value) -> Result<Done, No> {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    if bank.books.orders.contains_key(&call.number) || bank.books.ledger.of(&call.number).next().is_some() {
        return Err(No::Field("numOperacion", "repeated".to_owned()));
    }
    if !is_digits(text("pan"), 12, 19) {
        return Err(No::Field("pan", "missing, or not 12 to 19 digits".to_owned()));
    }
    if !is_digits(text("caducidad"), 6, 6) || text("caducidad") < call.now.strftime("%Y%m").to_string().as_str() {
        return Err(No::Field("caducidad", "not yyyymm, or past".to_owned()));
    }
    if !is_digits(text("cvv2"), 3, 3) && !is_digits(text("csc"), 4, 4) {
        return Err(No::Code("27"));
    }
    let (reference, authorization) = bank.books.record(&call.number, kind, call.amount, None, call.now);
    Ok(Done { code: "000", reference, authorization })
}

fn capture(bank: &mut CecaBank, call: &Call) -> Result<Done, No> {
    let hold = bank.books.hold(&call.number, &call.reference).cloned().ok_or(No::Code("15"))?;
    // nothing left: captured, released or voided before
    let rest = hold.amount.checked_sub(call.amount).filter(|_| bank.books.left(&hold) == hold.amount.minor_units());
    let rest = rest.ok_or(No::Code("807"))?;
    let captured = bank.books.record(&call.number, MovementKind::Capture, call.amount, Some(&hold.id), call.now);
    if !rest.is_zero() {
        bank.books.record(&call.number, MovementKind::Release, rest, Some(&hold.id), call.now);
    }
    let (reference, authorization) = captured;
    Ok(Done { code: "900", reference, authorization })
}

fn refund(bank: &mut CecaBank, call: &Call) -> Result<Done, No> {
    let charge = bank.books.charge(&call.number, &call.reference).cloned();
    let charge = charge.filter(|charge| charge.amount.currency() == call.amount.currency()).ok_or(No::Code("15"))?;
    if call.amount.minor_units() > bank.books.left(&charge) {
        return Err(No::Field("importe", "more than is left of the payment".to_owned()));
    }
    let id = Some(charge.id.as_str());
    let (reference, authorization) = bank.books.record(&call.number, MovementKind::Refund, call.amount, id, call.now);
    Ok(Done { code: "900", reference, authorization })
}

/// A hold or a charge as a whole, of which nothing was captured, refunded or voided.
fn void(bank: &mut CecaBank, call: &Call) -> Result<Done, No> {
    let hold = bank.books.hold(&call.number, &call.reference);
    let line = hold.or_else(|| bank.books.charge(&call.number, &call.reference)).cloned().ok_or(No::Code("15"))?;
    if line.amount != call.amount || bank.books.left(&line) != line.amount.minor_units() {
        return Err(No::Field("importe", "not the whole, or something of it was moved".to_owned()));
    }
    let id = Some(line.id.as_str());
    let (reference, authorization) = bank.books.record(&call.number, MovementKind::Void, call.amount, id, call.now);
    Ok(Done { code: "400", reference, authorization })
}

/// The members of a good answer; those of a refund say what it was about.
fn answered(bank: &CecaBank, call: &Call, done: &Done) -> Value {
    let mut object = Map::new();
    let mut insert = |name: &str, text: String| object.insert(name.to_owned(), text.into());
    insert("numAut", done.authorization.clone());
    insert("referencia", done.reference.clone());
    insert("codAut", done.code.to_owned());
    let is_refund = bank.books.ledger.of(&call.number).any(|line| line.id == done.reference && line.kind == MovementKind::Refund);
    if is_refund {
        insert("merchantID", bank.merchant.padded_merchant_id());
        insert("acquirerBIN", bank.merchant.padded_acquirer_bin());
        insert("terminalID", bank.merchant.padded_terminal_id());
        insert("numOperacion", call.number.clone());
        insert("importe", call.amount.minor_units().to_string());
        insert("tipoOperacion", "D".to_owned());
        insert("pais", "724".to_owned());
    }
    Value::Object(object)
}
