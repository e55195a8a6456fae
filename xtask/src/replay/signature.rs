//! Kind signature: a scheme, what is signed, and the value.

use toml::{Table, Value};
use vpos::ceca::signature::{self as ceca_signature, Cipher, Scheme, SignedFields};
use vpos::elavon::signature::{self as elavon_signature, Fields, HashVersion, hex};
use vpos::redsys::signature::{Key, SignatureVersion, operation_key, sign};
use vpos::{OperationNumber, Secret};

use super::Facts;
use super::fixture::{Fixture, SignatureTable};

pub(super) fn run(fixture: &Fixture) -> Result<(Facts, Facts), String> {
    let table = fixture.signature.as_ref().ok_or("missing table [signature]")?;
    let got = match fixture.bank.as_str() {
        "redsys" => redsys(table)?,
        "ceca" => ceca(table)?,
        "elavon" => elavon(table)?,
        bank => return Err(format!("unknown bank {bank:?}")),
    };
    let expected = table.value.as_deref().ok_or("missing key value")?;
    let facts = |value: &str| [("value".to_owned(), value.to_owned())].into();
    // a value in the other Base64 alphabet, or without padding, is the same value
    let same = plain(expected) == plain(&got);
    Ok((facts(expected), facts(if same { expected } else { &got })))
}

fn redsys(table: &SignatureTable) -> Result<String, String> {
    let (version, wants_key) = match table.scheme.strip_prefix("key:") {
        Some(version) => (version, true),
        None => (table.scheme.as_str(), false),
    };
    let version: SignatureVersion = version.parse().map_err(|_| format!("unknown scheme {:?}", table.scheme))?;
    let keys: &[&str] = if wants_key { &["order"] } else { &["order", "message"] };
    let [order, message] = texts(&table.signed, keys)?;
    let secret = Secret::new(table.secret.as_deref().ok_or("missing key secret")?);
    let key = Key::parse(&secret).map_err(|error| error.to_string())?;
    let order = order.parse().map_err(|error: vpos::Error| error.to_string())?;
    if wants_key {
        return Ok(operation_key(version, &key, &order).expose().to_owned());
    }
    Ok(sign(version, &key, &order, message.as_bytes()))
}

fn ceca(table: &SignatureTable) -> Result<String, String> {
    let (scheme, cipher) = match table.scheme.split_once(':') {
        None => (None, table.scheme.as_str()),
        Some(("form", cipher)) => (Some(Scheme::Form), cipher),
        Some(("notification", cipher)) => (Some(Scheme::Notification), cipher),
        Some(("refund", cipher)) => (Some(Scheme::Refund), cipher),
        Some(_) => return Err(format!("unknown scheme {:?}", table.scheme)),
    };
    let cipher: Cipher = cipher.parse().map_err(|_| format!("unknown scheme {:?}", table.scheme))?;
    let secret = Secret::new(table.secret.as_deref().ok_or("missing key secret")?);
    let key = ceca_signature::Key::parse(cipher, &secret).map_err(|error| error.to_string())?;
    let (number, message) = match scheme {
        None => texts(&table.signed, &["number", "message"])?.into(),
        Some(scheme) => {
            let Some(Value::Table(fields)) = table.signed.get("fields") else { return Err("missing key fields".into()) };
            if table.signed.len() > 1 {
                return Err("unknown key beside fields".into());
            }
            let fields = ceca_fields(fields)?;
            (fields.number.to_owned(), ceca_signature::message(scheme, cipher, &fields))
        }
    };
    let number: OperationNumber = number.parse().map_err(|error: vpos::Error| error.to_string())?;
    Ok(ceca_signature::sign(&key, &number, message.as_bytes()))
}

fn ceca_fields(table: &Table) -> Result<SignedFields<'_>, String> {
    let mut fields = SignedFields::default();
    for (name, value) in table {
        let place = match name.as_str() {
            "MerchantID" => &mut fields.merchant_id,
            "AcquirerBIN" => &mut fields.acquirer_bin,
            "TerminalID" => &mut fields.terminal_id,
            "Num_operacion" => &mut fields.number,
            "Importe" => &mut fields.amount,
            "TipoMoneda" => &mut fields.currency,
            "Exponente" => &mut fields.exponent,
            "Referencia" => &mut fields.reference,
            "URL_OK" => &mut fields.url_ok,
            "URL_NOK" => &mut fields.url_nok,
            "Exencion_SCA" => &mut fields.sca_exemption,
            "fechaTope" => &mut fields.pay_until,
            _ => return Err(format!("unknown field {name}")),
        };
        *place = value.as_str().ok_or_else(|| format!("field {name} is not text"))?;
    }
    Ok(fields)
}

/// The recipe over parts, or a message's own parts by its fields.
fn elavon(table: &SignatureTable) -> Result<String, String> {
    use elavon_signature as by;
    let secret = Secret::new(table.secret.as_deref().ok_or("missing key secret")?);
    let (version, scheme) = match table.scheme.strip_prefix("sha256:") {
        Some(scheme) => (HashVersion::Sha256, scheme),
        None if table.scheme == "sha256" => (HashVersion::Sha256, "sha1"),
        None => (HashVersion::Sha1, table.scheme.as_str()),
    };
    let only = |key: &str| match table.signed.get(key) {
        Some(value) if table.signed.len() == 1 => Ok(value),
        _ => Err(format!("that scheme takes the key {key} and no other")),
    };
    if scheme == "sha1" {
        let parts = only("parts")?.as_array().ok_or("parts is not a list")?;
        let parts: Option<Vec<&str>> = parts.iter().map(Value::as_str).collect();
        return Ok(hex(&by::parts(version, &secret, &parts.ok_or("a part is not text")?)));
    }
    let make = match scheme {
        "hpp-request" => by::hpp_request,
        "hpp-response" => by::hpp_response,
        "auth" => by::auth,
        "settle" => by::settle,
        "void" | "hold" | "release" | "query" => by::void,
        "rebate" | "credit" => by::rebate,
        "receipt-in" => by::receipt_in,
        "receipt-in-otb" => by::receipt_in_otb,
        "payer-new" | "payer-edit" => by::payer_new,
        "card-new" => by::card_new,
        "card-update-card" => by::card_update_card,
        "card-cancel-card" => by::card_cancel_card,
        "otb" => by::otb,
        "response" => by::response,
        other => return Err(format!("unknown scheme {other:?}")),
    };
    Ok(hex(&make(version, &secret, &elavon_fields(only("fields")?)?)))
}

fn elavon_fields(value: &Value) -> Result<Fields<'_>, String> {
    let mut fields = Fields::default();
    for (name, value) in value.as_table().ok_or("fields is not a table")? {
        let value = value.as_str().ok_or_else(|| format!("field {name} is not text"))?;
        match name.as_str() {
            "timestamp" => fields.timestamp = value,
            "merchantid" => fields.merchantid = value,
            "orderid" => fields.orderid = value,
            "amount" => fields.amount = value,
            "currency" => fields.currency = value,
            "payerref" => fields.payerref = Some(value),
            "pmtref" => fields.pmtref = Some(value),
            "mode" => fields.mode = Some(value),
            "result" => fields.result = value,
            "message" => fields.message = value,
            "pasref" => fields.pasref = value,
            "authcode" => fields.authcode = value,
            "number" => fields.number = value,
            "chname" => fields.chname = value,
            "cardref" => fields.cardref = value,
            "expdate" => fields.expdate = value,
            _ => return Err(format!("unknown field {name}")),
        }
    }
    Ok(fields)
}

/// The texts under those keys, and no others.
fn texts(table: &Table, keys: &[&str]) -> Result<[String; 2], String> {
    if let Some(unknown) = table.keys().find(|key| !keys.contains(&key.as_str())) {
        return Err(format!("unknown key {unknown} for that scheme"));
    }
    let mut all = [String::new(), String::new()];
    for (place, key) in all.iter_mut().zip(keys) {
        let Some(Value::String(text)) = table.get(*key) else { return Err(format!("missing key {key}")) };
        place.clone_from(text);
    }
    Ok(all)
}

fn plain(base64: &str) -> String {
    base64.trim_end_matches('=').replace('-', "+").replace('_', "/")
}
