//! The merchant's form at `realizarPago`: every field checked, all complaints at once.
//!
//! Rules: redirection manual 4.2; codes: the public lists of redsys-easy.

use vpos_core::Timestamp;

use super::RedsysBank;
use super::books::Order;
use super::fault::Fault;
use super::parameters::{CARRIERS, Parameters, is_digits};
use crate::{Complaint, FormPost, Method, Page};

const MANUAL: &str = "redirection manual 4.2, parameters of the request";

/// Texts and how long they may be.
const LENGTHS: [(&str, &str, usize); 7] = [
    ("MERCHANTURL", "DS_MERCHANT_MERCHANTURL", 250),
    ("URLOK", "DS_MERCHANT_URLOK", 250),
    ("URLKO", "DS_MERCHANT_URLKO", 250),
    ("MERCHANTNAME", "DS_MERCHANT_MERCHANTNAME", 25),
    ("PRODUCTDESCRIPTION", "DS_MERCHANT_PRODUCTDESCRIPTION", 125),
    ("TITULAR", "DS_MERCHANT_TITULAR", 60),
    ("MERCHANTDATA", "DS_MERCHANT_MERCHANTDATA", 1_024),
];

pub(super) fn open(bank: &mut RedsysBank, form: &FormPost, _now: Timestamp) -> Result<Page, Vec<Complaint>> {
    let mut faults = Vec::new();
    if form.method != Method::Post {
        faults.push(Fault::new("SIS0114", "method", "the form must come by POST"));
    }
    if !form.action.ends_with("/sis/realizarPago") {
        faults.push(Fault::new(MANUAL, "action", "not the address of the form"));
    }
    let carriers = CARRIERS.map(|name| form.field(name));
    let opened = Parameters::open(carriers, bank.merchant.signature, &bank.merchant.secret_key);
    let parameters = match opened {
        Ok(parameters) => parameters,
        // nothing inside can be judged
        Err(fault) => {
            faults.push(fault);
            return Err(faults.into_iter().map(Complaint::from).collect());
        }
    };
    let entered = order(bank, &parameters, &mut faults);
    let Some((number, order)) = entered.filter(|_| faults.is_empty()) else {
        return Err(faults.into_iter().map(Complaint::from).collect());
    };
    bank.books.enter(&number, order);
    let page = Page::new(format!("redsys-page-{}", bank.books.next()));
    bank.pages.insert(page.id.clone(), number);
    Ok(page)
}

/// The order that the form asks for; what is wrong with it is added to the faults.
fn order(bank: &RedsysBank, parameters: &Parameters, faults: &mut Vec<Fault>) -> Option<(String, Order)> {
    let mut keep = |fault: Fault| faults.push(fault);
    parameters.check_contract(&bank.merchant.merchant_code, bank.merchant.terminal).unwrap_or_else(&mut keep);
    let number = parameters.order().and_then(|number| match bank.books.order(&number) {
        None => Ok(number),
        Some(_) => Err(Fault::new("SIS0051", "DS_MERCHANT_ORDER", "repeated: unique for ever in the terminal")),
    });
    let number = number.map_err(&mut keep).ok();
    let amount = parameters.amount().map_err(&mut keep).ok();
    let transaction = transaction(parameters).map_err(&mut keep).ok();
    texts(parameters, &mut keep);
    card_on_file(bank, parameters, &mut keep);
    let text = |name| parameters.text(name).map(str::to_owned);
    let identifier = text("IDENTIFIER");
    let order = Order {
        amount: amount?,
        transaction: transaction?,
        notify: text("MERCHANTURL"),
        ok: text("URLOK"),
        ko: text("URLKO"),
        description: text("PRODUCTDESCRIPTION").unwrap_or_default(),
        merchant_data: text("MERCHANTDATA").unwrap_or_default(),
        language: text("CONSUMERLANGUAGE").unwrap_or_else(|| "1".into()),
        remember: identifier.as_deref() == Some("REQUIRED"),
        identifier: identifier.filter(|identifier| identifier != "REQUIRED"),
        rows: Vec::new(),
    };
    Some((number?, order))
}

/// A form charges or holds.
fn transaction(parameters: &Parameters) -> Result<&'static str, Fault> {
    match parameters.transaction()? {
        "0" => Ok("0"),
        "1" => Ok("1"),
        _ => Err(Fault::new("SIS0030", "DS_MERCHANT_TRANSACTIONTYPE", "here 0 and 1 are simulated")),
    }
}

fn texts(parameters: &Parameters, keep: &mut impl FnMut(Fault)) {
    for (name, field, most) in LENGTHS {
        let text = parameters.text_or_empty(name);
        if text.chars().count() > most {
            keep(Fault::new(MANUAL, field, format!("longer than {most}")));
        }
        let is_address = text.starts_with("https://") || text.starts_with("http://");
        if name.contains("URL") && !text.is_empty() && !is_address {
            keep(Fault::new(MANUAL, field, "not an address"));
        }
    }
    if let Some(language) = parameters.text("CONSUMERLANGUAGE").filter(|language| !is_digits(language, 3)) {
        let code = if language.len() > 3 { "SIS0024" } else { "SIS0025" };
        keep(Fault::new(code, "DS_MERCHANT_CONSUMERLANGUAGE", "not a number of up to three digits"));
    }
    let methods = parameters.text("PAYMETHODS");
    if methods.is_some_and(|methods| methods.is_empty() || !methods.bytes().all(|b| b.is_ascii_alphabetic())) {
        keep(Fault::new("SIS0031", "DS_MERCHANT_PAYMETHODS", "not letters"));
    }
}

/// The card-on-file parameters, alike in form and REST.
pub(super) fn card_on_file(bank: &RedsysBank, parameters: &Parameters, keep: &mut impl FnMut(Fault)) {
    let identifier = parameters.text("IDENTIFIER").filter(|identifier| *identifier != "REQUIRED");
    if identifier.is_some_and(|identifier| bank.books.card(identifier).is_none()) {
        keep(Fault::new("SIS0321", "DS_MERCHANT_IDENTIFIER", "not a reference of this merchant"));
    }
    for (name, field, allowed) in [
        ("COF_INI", "DS_MERCHANT_COF_INI", ["S", "N"].as_slice()),
        ("COF_TYPE", "DS_MERCHANT_COF_TYPE", &["I", "R", "H", "E", "D", "M", "N", "C"]),
        ("DIRECTPAYMENT", "DS_MERCHANT_DIRECTPAYMENT", &["true", "false", "moto"]),
        ("EXCEP_SCA", "DS_MERCHANT_EXCEP_SCA", &["LWV", "TRA", "MIT", "COR", "ATD", "NDF", "Y"]),
    ] {
        if parameters.text(name).is_some_and(|text| !allowed.contains(&text)) {
            keep(Fault::new(MANUAL, field, format!("not one of {}", allowed.join(" "))));
        }
    }
    if parameters.text("COF_TXNID").is_some_and(|text| !(1..=15).contains(&text.len())) {
        keep(Fault::new(MANUAL, "DS_MERCHANT_COF_TXNID", "not up to 15 characters"));
    }
}
