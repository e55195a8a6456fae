//! What goes to the API.

use serde_json::{Value, json};
use vpos_core::operation::{Operation, Refund};
use vpos_core::{Amount, Error, Language, Payment, PaymentKind, WebAddress};

use super::{names, refund_name};
use crate::config::Rest;
use crate::wire::amount;

/// An order for a payment. The buyer comes back to the shop's page whether or not he agreed.
pub(crate) fn order(rest: &Rest, operation: &Operation, payment: &Payment, back: &WebAddress) -> Result<Vec<u8>, Error> {
    let number = operation.number().as_str();
    let mut unit = json!({
        "reference_id": "default",
        names::CUSTOM_ID: number,
        names::INVOICE_ID: number,
        names::AMOUNT: money(operation.amount())?,
    });
    let mut context = json!({
        "return_url": back.as_str(),
        "cancel_url": back.as_str(),
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
    });
    if let Some(description) = payment.description() {
        if description.chars().count() > 127 {
            return Err(Error::payment("description", "longer than the 127 characters that PayPal shows"));
        }
        put(&mut unit, "description", description);
    }
    if let Some(locale) = payment.language().and_then(locale) {
        put(&mut context, "locale", locale);
    }
    if let Some(brand) = &rest.brand_name {
        put(&mut context, "brand_name", brand);
    }
    for (name, value) in payment.extra() {
        let place = if name == "soft_descriptor" { &mut unit } else { &mut context };
        check_extra(name, value)?;
        put(place, name, value);
    }
    let order = json!({
        names::INTENT: intent(operation.kind()),
        names::PURCHASE_UNITS: [unit],
        "payment_source": { "paypal": { "experience_context": context } },
    });
    Ok(order.to_string().into_bytes())
}

fn put(object: &mut Value, name: &str, value: &str) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value.into());
    }
}

/// Fields that a shop may add. What they do not name is set here, or is not this crate's to send.
fn check_extra(name: &str, value: &str) -> Result<(), Error> {
    let fits = match name {
        "soft_descriptor" => {
            (1..=22).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-*. ".contains(&b))
        }
        "landing_page" => ["LOGIN", "GUEST_CHECKOUT", "NO_PREFERENCE"].contains(&value),
        "payment_method_preference" => ["UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED"].contains(&value),
        _ => return Err(Error::payment("extra", format!("{name:?} is set here, or not one that can be added"))),
    };
    if fits { Ok(()) } else { Err(Error::payment("extra", format!("{name}: not a value that it takes"))) }
}

/// What an order of that kind is made for.
pub(crate) const fn intent(kind: PaymentKind) -> &'static str {
    match kind {
        PaymentKind::Sale => "CAPTURE",
        PaymentKind::Preauthorization => "AUTHORIZE",
    }
}

/// PayPal's page has no Catalan, Basque or Galician: Spanish it is. None for a language that it may not have.
fn locale(language: Language) -> Option<&'static str> {
    Some(match language.as_str() {
        "es" | "ca" | "va" | "eu" | "gl" => "es-ES",
        "da" => "da-DK",
        "de" => "de-DE",
        "en" => "en-GB",
        "fr" => "fr-FR",
        "he" => "he-IL",
        "id" => "id-ID",
        "it" => "it-IT",
        "ja" => "ja-JP",
        "nl" => "nl-NL",
        "no" => "no-NO",
        "pl" => "pl-PL",
        "pt" => "pt-PT",
        "ru" => "ru-RU",
        "sv" => "sv-SE",
        "th" => "th-TH",
        "zh" => "zh-CN",
        _ => return None,
    })
}

/// The capture of a hold. It is the last one: the rest is let go.
pub(crate) fn capture(operation: &Operation, amount: Amount) -> Result<Vec<u8>, Error> {
    let capture = json!({
        names::AMOUNT: money(amount)?,
        "final_capture": true,
        names::INVOICE_ID: operation.number().as_str(),
    });
    Ok(capture.to_string().into_bytes())
}

/// A refund, under a name of its own: PayPal refuses an invoice that it has seen, and a query finds it by this.
pub(crate) fn refund(operation: &Operation, refund: &Refund) -> Result<Vec<u8>, Error> {
    let mut body = json!({
        names::AMOUNT: money(refund.amount)?,
        names::CUSTOM_ID: operation.number().as_str(),
        names::INVOICE_ID: refund_name(operation.number(), refund.id.get()),
    });
    if let Some(reason) = &refund.reason {
        if reason.is_empty() || reason.chars().count() > 255 {
            return Err(Error::payment("reason", "not the 1 to 255 characters of a note to the buyer"));
        }
        put(&mut body, "note_to_payer", reason);
    }
    Ok(body.to_string().into_bytes())
}

/// The renewal of a hold.
pub(crate) fn reauthorisation(amount: Amount) -> Result<Vec<u8>, Error> {
    Ok(json!({ names::AMOUNT: money(amount)? }).to_string().into_bytes())
}

fn money(amount: Amount) -> Result<Value, Error> {
    Ok(json!({ names::CURRENCY_CODE: amount.currency().code(), names::VALUE: amount::text(amount)? }))
}
