//! The merchant's form at `compra.action`: every field checked, all complaints at once.
//!
//! Rules: the bank's official module 1.1.1 and its manual 8.9. The bank's codes for a bad form are not public.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use vpos_core::Timestamp;

use super::books::Order;
use super::fields::{FORM, Fields, SIGNATURES, is_digits};
use super::{CecaBank, CecaMerchant};
use crate::{Complaint, FormPost, Method, Page};

/// The bank wants a number to be unique for 24 hours (manual 8.9).
const UNIQUE_S: i64 = 86_400;

/// What the form's `Firma` covers; `Cifrado` stands behind an optional `Referencia`.
const SIGNED: [&str; 13] = [
    "MerchantID",
    "AcquirerBIN",
    "TerminalID",
    "Num_operacion",
    "Importe",
    "TipoMoneda",
    "Exponente",
    "Referencia",
    "Cifrado",
    "URL_OK",
    "URL_NOK",
    "Exencion_SCA",
    "fechaTope",
];

pub(super) fn open(bank: &mut CecaBank, form: &FormPost, now: Timestamp) -> Result<Page, Vec<Complaint>> {
    let mut complaints = Vec::new();
    if form.method != Method::Post {
        complaints.push(Complaint::new("method", "the form must come by POST", FORM));
    }
    if !form.action.ends_with("/tpvweb/tpv/compra.action") {
        complaints.push(Complaint::new("action", "not the address of the form", FORM));
    }
    let fields = Fields::new(form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())), &mut complaints);
    check_signatures(&bank.merchant, &fields, &mut complaints);
    fields.check_contract(&bank.merchant, &mut complaints);
    check_choices(&bank.merchant, &fields, &mut complaints);
    let number = fields.number(&mut complaints);
    let order = order(&fields, now, &mut complaints);
    if let Some(seen) = number.as_ref().and_then(|number| bank.books.orders.get(number))
        && now.as_second().saturating_sub(seen.seen.as_second()) < UNIQUE_S
    {
        complaints.push(Complaint::new("Num_operacion", "repeated within 24 hours", "manual 8.9"));
    }
    match (number, order) {
        (Some(number), Some(order)) if complaints.is_empty() => {
            bank.books.orders.insert(number.clone(), order);
            let page = Page::new(format!("ceca-page-{}", bank.books.next()));
            bank.pages.insert(page.id.clone(), number);
            Ok(page)
        }
        _ => Err(complaints),
    }
}

fn check_signatures(merchant: &CecaMerchant, fields: &Fields<'_>, complaints: &mut Vec<Complaint>) {
    let number = fields.text("Num_operacion");
    fields.require("Cifrado", merchant.cipher.name(), complaints);
    if !merchant.cipher.is_right(&merchant.key, number, &fields.joined(&SIGNED), fields.text("Firma")) {
        complaints.push(Complaint::new("Firma", "not the signature of these fields", SIGNATURES));
    }
    let Some(acs) = fields.get("datos_acs_20") else { return };
    let object = STANDARD.decode(acs).ok().and_then(|json| serde_json::from_slice(&json).ok());
    if !matches!(object, Some(Value::Object(_))) {
        complaints.push(Complaint::new("datos_acs_20", "not Base64 of a JSON object", FORM));
    }
    if !merchant.cipher.is_right(&merchant.key, number, acs, fields.text("firma_acs_20")) {
        complaints.push(Complaint::new("firma_acs_20", "not the signature of datos_acs_20", SIGNATURES));
    }
}

fn check_choices(merchant: &CecaMerchant, fields: &Fields<'_>, complaints: &mut Vec<Complaint>) {
    fields.require("Pago_soportado", "SSL", complaints);
    for name in ["URL_OK", "URL_NOK"] {
        let address = fields.text(name);
        if !address.starts_with("https://") && !address.starts_with("http://") {
            complaints.push(Complaint::new(name, "not an address", FORM));
        }
    }
    // registered in the panel, the good address must be the same byte for byte: what users of other libraries stumbled over
    if merchant.registered_url_ok.as_deref().is_some_and(|registered| registered != fields.text("URL_OK")) {
        complaints.push(Complaint::new("URL_OK", "not the one registered in the panel", "manual 8.9, panel"));
    }
    let language = fields.text("Idioma").parse::<u8>().ok().filter(|_| is_digits(fields.text("Idioma"), 1, 2));
    if !language.is_some_and(|language| matches!(language, 1..=10 | 14 | 15)) {
        complaints.push(Complaint::new("Idioma", "not a language of the page", FORM));
    }
    for name in ["PAN", "Caducidad", "CVV2"].into_iter().filter(|name| fields.get(name).is_some()) {
        complaints.push(Complaint::new(name, "an own card form is not simulated", FORM));
    }
    if fields.get("Referencia").is_some() {
        complaints.push(Complaint::new("Referencia", "a payment by reference is not simulated", "manual 8.9"));
    }
}

fn order(fields: &Fields<'_>, now: Timestamp, complaints: &mut Vec<Complaint>) -> Option<Order> {
    Some(Order {
        amount: fields.amount(complaints)?,
        currency: fields.text("TipoMoneda").to_owned(),
        url_ok: fields.text("URL_OK").to_owned(),
        url_nok: fields.text("URL_NOK").to_owned(),
        language: fields.text("Idioma").to_owned(),
        description: fields.text("Descripcion").to_owned(),
        seen: now,
    })
}
