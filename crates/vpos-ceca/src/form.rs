//! The form: an operation and its payment become signed fields.
//!
//! Source: the bank's `PrestaShop` module 1.1.1 and manual 8.9. The bank's notification goes to the address in its panel, so
//! the payment's `notification_url` has no field here.

pub(crate) mod acs;
mod extra;

use vpos_core::operation::Operation;
use vpos_core::{Error, FormMethod, Language, Payment, PaymentForm, PaymentKind};

use crate::config::{Contract, check_number};
use crate::signature::{self, Scheme};
#[cfg(feature = "pci")]
use crate::wire::card::Card;
use crate::wire::fields::Fields;
use crate::wire::names::{form, value};

/// The form that sends the buyer to the bank.
pub(crate) fn payment_form(contract: &Contract, operation: &Operation, payment: &Payment) -> Result<PaymentForm, Error> {
    finish(contract, operation, fields(contract, operation, payment)?)
}

/// The same with the card that the buyer typed in the shop.
#[cfg(feature = "pci")]
pub(crate) fn card_form(
    contract: &Contract,
    operation: &Operation,
    payment: &Payment,
    card: &Card,
) -> Result<PaymentForm, Error> {
    let mut fields = fields(contract, operation, payment)?;
    card.push_to(&mut fields);
    finish(contract, operation, fields)
}

/// Everything but the signature.
fn fields(contract: &Contract, operation: &Operation, payment: &Payment) -> Result<Fields, Error> {
    operation.require_acceptor(&contract.acceptor)?;
    if payment.amount() != operation.amount() {
        return Err(Error::payment("amount", format!("the operation was stored with {}", operation.amount())));
    }
    if payment.kind() != operation.kind() {
        return Err(Error::payment("kind", "the operation was stored with another"));
    }
    if payment.kind() != PaymentKind::Sale {
        return Err(Error::payment("kind", "the bank's form cannot pre-authorise: REST can"));
    }
    check_number(operation.number())?;
    let mut fields = Fields::common(contract, operation, operation.amount())?;
    for (name, field, address) in [(form::URL_OK, "url_ok", payment.url_ok()), (form::URL_NOK, "url_nok", payment.url_nok())] {
        let address = address.ok_or_else(|| Error::payment(field, format!("missing: the bank's form needs {name}")))?;
        fields.push(name, address.as_str());
    }
    fields.push(form::SUPPORTED, value::SSL);
    fields.push(form::LANGUAGE, language(payment.language()));
    let buyer = payment.buyer();
    for (name, text) in [(form::DESCRIPTION, payment.description()), (form::NAME, buyer.name()), (form::EMAIL, buyer.email())] {
        if let Some(text) = text {
            fields.push(name, text);
        }
    }
    extra::push(&mut fields, contract, operation, payment)?;
    Ok(fields)
}

fn finish(contract: &Contract, operation: &Operation, mut fields: Fields) -> Result<PaymentForm, Error> {
    let message = signature::message(Scheme::Form, contract.key.cipher(), &fields.signed());
    fields.push(form::SIGNATURE, signature::sign(&contract.key, operation.number(), message.as_bytes()));
    Ok(PaymentForm::new(contract.form_address()?, FormMethod::Post, fields.into_pairs()))
}

/// `Idioma` [`PrestaShop` module; 5 in django-virtual-pos's manual alone]. The page of any other language is Spanish.
fn language(language: Option<Language>) -> &'static str {
    const CODES: [(&str, &str); 12] = [
        ("es", value::SPANISH),
        ("ca", "2"),
        ("eu", "3"),
        ("gl", "4"),
        ("va", "5"),
        ("en", "6"),
        ("fr", "7"),
        ("de", "8"),
        ("pt", "9"),
        ("it", "10"),
        ("ru", "14"),
        ("no", "15"),
    ];
    let found = CODES.iter().find(|(code, _)| language.is_some_and(|language| language.as_str() == *code));
    found.map_or(value::SPANISH, |(_, number)| number)
}
