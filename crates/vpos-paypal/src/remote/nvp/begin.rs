//! `SetExpressCheckout`: the token under which the buyer agrees, and the form that takes the buyer to PayPal's page.

use std::sync::Arc;

use vpos_core::operation::Operation;
use vpos_core::{
    Answer, Begun, Error, Exchange, Language, Lost, Payment, PaymentForm, PaymentKind, Reference, References, Timestamp,
};

use super::answer::{Said, Subject, read};
use crate::config::Nvp;
use crate::form;
use crate::remote::BANK;
use crate::wire::amount;
use crate::wire::nvp::Call;
use crate::wire::nvp::names::{checkout, common, method};

/// NVP API reference, `SetExpressCheckout`: `DESC` and `NAME` hold so many characters.
const MOST_TEXT: usize = 127;

/// Asks for a token.
pub(crate) fn begin(nvp: &Arc<Nvp>, operation: &Operation, payment: &Payment, _now: Timestamp) -> Result<Exchange<Begun>, Error> {
    let subject = Subject::new(nvp, operation)?;
    if payment.amount() != operation.amount() || payment.kind() != operation.kind() {
        return Err(Error::payment("operation", "was not made for this payment"));
    }
    let request = call(&subject, payment)?.request(nvp)?;
    Ok(Exchange::ask(request, BANK, move |answer| begun(&subject, answer).map(Exchange::Done)))
}

fn call(subject: &Subject, payment: &Payment) -> Result<Call, Error> {
    let operation = &subject.operation;
    let back = payment.notification_url().or(payment.url_ok());
    let back = back.ok_or_else(|| Error::payment("notification_url", "missing: PayPal sends the buyer back there"))?;
    let cancelled = payment.notification_url().or(payment.url_nok()).unwrap_or(back);
    let (amount, number) = (amount::text(operation.amount())?, operation.number().as_str());
    let text = text(payment);
    let mut call = Call::new(method::BEGIN)
        .with_amount(checkout::AMT, checkout::CURRENCYCODE, operation.amount())?
        .with(checkout::ITEMAMT, amount.clone())
        .with(checkout::PAYMENTACTION, action(operation.kind()))
        .with(checkout::INVNUM, number)
        .with(checkout::CUSTOM, number)
        .with(checkout::DESC, text.clone())
        .with(checkout::ITEM_NAME, text)
        .with(checkout::ITEM_AMT, amount)
        .with(checkout::ITEM_QTY, "1")
        .with(checkout::RETURNURL, back.as_str())
        .with(checkout::CANCELURL, cancelled.as_str());
    if let Some(locale) = payment.language().and_then(locale) {
        call = call.with(checkout::LOCALECODE, locale);
    }
    call = extra(call, payment)?;
    // a shop that wants PayPal to ask for an address says so by an extra field
    Ok(if call.has(checkout::NOSHIPPING) { call } else { call.with(checkout::NOSHIPPING, "1") })
}

/// What is sold, as the buyer reads it on PayPal's page.
fn text(payment: &Payment) -> String {
    let text = payment.description().unwrap_or(payment.sale());
    text.chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect()
}

/// The word for what the buyer agrees to: the charge must say the same [NVP troubleshooting, 10423].
pub(super) const fn action(kind: PaymentKind) -> &'static str {
    match kind {
        PaymentKind::Sale => "Sale",
        PaymentKind::Preauthorization => "Authorization",
    }
}

/// The page's language goes by a country [NVP API reference, `SetExpressCheckout`: `LOCALECODE`]; none that is not known.
fn locale(language: Language) -> Option<&'static str> {
    Some(match language.as_str() {
        "es" | "ca" | "eu" | "gl" | "va" => "ES",
        "en" => "GB",
        "fr" => "FR",
        "de" => "DE",
        "it" => "IT",
        "pt" => "PT",
        "nl" => "NL",
        "pl" => "PL",
        _ => return None,
    })
}

/// What no extra field may be: the credentials, another payee, and whatever would change what is paid or how much.
fn is_forbidden(name: &str) -> bool {
    let credentials = [common::VERSION, common::USER, common::PWD, common::SIGNATURE, "SUBJECT", checkout::TOKEN];
    let name = name.to_ascii_uppercase();
    let another = |prefix: &str, rest: &str| name.strip_prefix(prefix).is_some_and(|name| !name.starts_with(rest));
    credentials.contains(&name.as_str())
        || another("PAYMENTREQUEST_", "0_")
        || another("L_PAYMENTREQUEST_", "0_")
        || (name.starts_with("PAYMENTREQUEST_0_") && (name.ends_with("AMT") || name.contains("SELLER")))
        || matches!(name.as_str(), "AMT" | "CURRENCYCODE" | "PAYMENTACTION" | "MAXAMT" | "INVNUM" | "CUSTOM")
        || name.starts_with("L_BILLING")
        || name.starts_with("CALLBACK")
}

fn extra(mut call: Call, payment: &Payment) -> Result<Call, Error> {
    for (name, value) in payment.extra() {
        if name.is_empty() || name.len() > 64 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(Error::payment("extra", "a name that is not up to 64 letters, digits and '_'"));
        }
        if call.has(name) || is_forbidden(name) {
            return Err(Error::payment("extra", format!("{name} is not for the payment to set")));
        }
        call = call.with(name.to_owned(), value);
    }
    Ok(call)
}

fn begun(subject: &Subject, answer: Answer) -> Result<Begun, Error> {
    let answer = match read(answer)? {
        Said::Good(answer, _) => answer,
        Said::No(no) => return Err(no.error()),
    };
    let token = answer.get(checkout::TOKEN).filter(|token| is_id(token));
    let token = token.ok_or_else(|| Lost::after_send("an answer without a token"))?;
    let mut references = References::new();
    references.insert(Reference::OrderId, token);
    Ok(Begun { form: page(&subject.nvp, token)?, references })
}

/// What PayPal's ids look like.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// PayPal's page; `commit` shows the buyer that the shop asks nothing more.
fn page(nvp: &Nvp, token: &str) -> Result<PaymentForm, Error> {
    let fields = [("cmd", "_express-checkout"), ("token", token), ("useraction", "commit")];
    form::to(nvp.page.clone(), fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
}
