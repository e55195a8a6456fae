//! Kind signature: a scheme, what is signed, and the value.

use toml::{Table, Value};
use vpos::ceca::signature::{self as ceca_signature, Cipher, Scheme, SignedFields};
use vpos::redsys::signature::{Key, SignatureVersion, operation_key, sign};
use vpos::{OperationNumber, Secret};

use super::Facts;
use super::fixture::{Fixture, SignatureTable};

pub(super) fn run(fixture: &Fixture) -> Result<(Facts, Facts), String> {
    let table = fixture.signature.as_ref().ok_or("missing table [signature]")?;
    let got = match fixture.bank.as_str() {
        "redsys" => redsys(table)?,
        "ceca" => ceca(table)?,
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
