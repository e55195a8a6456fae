//! Refunds by form post: at the console (`anularOperacionExt`) and at `anularParcial.action`. Both answer XML in ISO-8859-1.
//!
//! The console as the bank's module 1.1.1 calls it, the other as `active_merchant` does. Only the code 15 is
//! public; every other fault has the code `SANDBOX`, so that nobody takes it for the bank's.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use vpos_core::{Amount, Timestamp};

use super::fields::{Fields, SIGNATURES};
use super::{CecaBank, status};
use crate::{Complaint, MovementKind};

/// Which of the two addresses was called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Console,
    Tpvweb,
}

/// What a refund's `Firma` covers.
const SIGNED: [&str; 9] =
    ["MerchantID", "AcquirerBIN", "TerminalID", "Num_operacion", "Importe", "TipoMoneda", "Exponente", "Referencia", "Cifrado"];

/// A no: the code and the text for people, with HTML entities as the bank has them.
struct No {
    code: &'static str,
    text: String,
}

pub(super) fn answer(bank: &mut CecaBank, request: &Request<Vec<u8>>, way: Way, now: Timestamp) -> Response<Vec<u8>> {
    if request.method() != Method::POST {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    let pairs: Vec<(String, String)> = form_urlencoded::parse(request.body()).into_owned().collect();
    let mut complaints = Vec::new();
    let fields = Fields::new(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), &mut complaints);
    let done = refund(bank, &fields, way, complaints, now);
    let (value, inside) = match &done {
        Ok(done) => ("OK", done.clone()),
        Err(No { code, text }) => {
            ("ERROR", format!("<ERROR>\n<codigo>{code}</codigo>\n<descripcion><![CDATA[{text}]]></descripcion>\n</ERROR>"))
        }
    };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n\
         <TRANSACCION valor=\"{value}\" numeroOperacion=\"{}\" fecha=\"{}\">\n{inside}\n</TRANSACCION>\n",
        // what came may be anything
        quick_xml::escape::escape(fields.text("Num_operacion")),
        now.strftime("%d/%m/%Y %H:%M:%S"),
    );
    // only ASCII stands in it but for what came: that is answered with '?'
    let bytes = body.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    let mut response = Response::new(bytes);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml;charset=ISO-8859-1"));
    response
}

fn refund(
    bank: &mut CecaBank,
    fields: &Fields<'_>,
    way: Way,
    mut complaints: Vec<Complaint>,
    now: Timestamp,
) -> Result<String, No> {
    let merchant = &bank.merchant;
    fields.require("Cifrado", merchant.cipher.name(), &mut complaints);
    let number = fields.text("Num_operacion");
    if !merchant.cipher.is_right(&merchant.key, number, &fields.joined(&SIGNED), fields.text("Firma")) {
        complaints.push(Complaint::new("Firma", "not the signature of these fields", SIGNATURES));
    }
    fields.check_contract(merchant, &mut complaints);
    if way == Way::Tpvweb {
        fields.require("Pagina", "anulacion_xml", &mut complaints);
        fields.require("Idioma", "1", &mut complaints);
    }
    fields.number(&mut complaints);
    let amount = fields.amount(&mut complaints);
    let (Some(amount), None) = (amount, complaints.first()) else {
        let text = complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        return Err(No { code: "SANDBOX", text: ascii(&text) });
    };
    give_back(bank, fields, way, amount, now)
}

fn give_back(bank: &mut CecaBank, fields: &Fields<'_>, way: Way, amount: Amount, now: Timestamp) -> Result<String, No> {
    let sandbox = |text: &str| No { code: "SANDBOX", text: text.to_owned() };
    let number = fields.text("Num_operacion");
    let charge = bank.books.charge(number, fields.text("Referencia")).cloned();
    let charge = charge.filter(|charge| charge.amount.currency() == amount.currency());
    let charge = charge.ok_or_else(|| No { code: "15", text: "ERROR. Operaci&oacute;n inexistente <1403>".to_owned() })?;
    let left = bank.books.left(&charge);
    if amount.minor_units() > left {
        return Err(sandbox("more than is left of the payment"));
    }
    match (way, fields.get("TIPO_ANU")) {
        (Way::Console, Some("P")) | (Way::Tpvweb, None) => {}
        (Way::Console, None) if amount.minor_units() == left => {}
        (Way::Console, None) => return Err(sandbox("TIPO_ANU: a part must be said to be one")),
        (_, Some(_)) => return Err(sandbox("TIPO_ANU: only P, and only at the console")),
    }
    let (reference, authorization) = bank.books.record(number, MovementKind::Refund, amount, Some(&charge.id), now);
    let name = if amount.currency().code() == "EUR" { "Euros".to_owned() } else { amount.currency().to_string() };
    Ok(format!(
        "<OPERACION tipo=\"900\">\n<importe>  {}  {name}</importe>\n<descripcion><![CDATA[ANULACION]]></descripcion>\n\
         <numeroAutorizacion>{authorization}</numeroAutorizacion>\n<referencia>{reference}</referencia>\n<pan>##PAN##</pan>\n\
         </OPERACION>",
        amount.to_decimal()
    ))
}

/// What may stand in a CDATA of this document.
fn ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii() && !c.is_control() && c != ']' { c } else { '?' }).collect()
}
