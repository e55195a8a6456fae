//! The form: an operation and its payment become signed parameters.
//!
//! Source: redirection manual 4.2, "Parámetros de entrada"; lengths from the same table. A value that breaks its rule is an
//! error that names it, never cut.

mod extra;

use serde_json::{Map, Value};
use vpos_core::operation::Operation;
use vpos_core::{Amount, Error, FormMethod, Language, Payment, PaymentForm, PaymentKind};

use crate::config::{Contract, check_number};
use crate::wire::envelope::seal;
use crate::wire::names::{request, transaction};

/// The form that sends the buyer to the bank.
pub(crate) fn payment_form(contract: &Contract, operation: &Operation, payment: &Payment) -> Result<PaymentForm, Error> {
    operation.require_acceptor(&contract.acceptor)?;
    if payment.amount() != operation.amount() {
        return Err(Error::payment("amount", format!("the operation was stored with {}", operation.amount())));
    }
    if payment.kind() != operation.kind() {
        return Err(Error::payment("kind", "the operation was stored with another"));
    }
    let transaction = match payment.kind() {
        PaymentKind::Sale => transaction::CHARGE,
        PaymentKind::Preauthorization => transaction::PREAUTHORISE,
    };
    let mut parameters = common(contract, operation, operation.amount(), transaction)?;
    for (name, field, address) in [
        (request::MERCHANT_URL, "notification_url", payment.notification_url()),
        (request::URL_OK, "url_ok", payment.url_ok()),
        (request::URL_KO, "url_nok", payment.url_nok()),
    ] {
        insert_text(&mut parameters, name, field, address.map(vpos_core::WebAddress::as_str), 250)?;
    }
    insert_text(&mut parameters, request::MERCHANT_NAME, "merchant_name", contract.merchant_name.as_deref(), 25)?;
    insert_text(&mut parameters, request::PRODUCT_DESCRIPTION, "description", payment.description(), 125)?;
    insert_text(&mut parameters, request::TITULAR, "buyer.name", payment.buyer().name(), 60)?;
    if let Some(language) = payment.language() {
        parameters.insert(request::CONSUMER_LANGUAGE.into(), consumer_language(language)?.into());
    }
    extra::insert(&mut parameters, payment)?;
    let fields = seal(contract, contract.signature, operation.number(), parameters);
    let fields = fields.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Ok(PaymentForm::new(contract.form_address()?, FormMethod::Post, fields))
}

/// The six parameters that everything sent to the bank has.
pub(crate) fn common(
    contract: &Contract,
    operation: &Operation,
    amount: Amount,
    transaction: &str,
) -> Result<Map<String, Value>, Error> {
    check_number(operation.number())?;
    let minor = amount.minor_units().to_string();
    if minor.len() > 12 {
        return Err(Error::payment("amount", "more than 12 digits of minor units"));
    }
    let mut parameters = Map::new();
    for (name, value) in [
        (request::AMOUNT, minor),
        // without leading zeros: "32", not "032" [active_merchant]
        (request::CURRENCY, amount.currency().number().to_string()),
        (request::ORDER, operation.number().to_string()),
        (request::MERCHANT_CODE, contract.acceptor.merchant().to_owned()),
        (request::TERMINAL, contract.terminal.to_string()),
        (request::TRANSACTION_TYPE, transaction.to_owned()),
    ] {
        parameters.insert(name.into(), value.into());
    }
    Ok(parameters)
}

/// A text of at most so many characters.
pub(crate) fn insert_text(
    parameters: &mut Map<String, Value>,
    name: &'static str,
    field: &'static str,
    text: Option<&str>,
    most: usize,
) -> Result<(), Error> {
    let Some(text) = text else { return Ok(()) };
    if text.chars().count() > most {
        return Err(Error::payment(field, format!("longer than the {most} characters of {name}")));
    }
    parameters.insert(name.into(), text.into());
    Ok(())
}

/// `Ds_Merchant_ConsumerLanguage` (manual 4.2; the public lists of redsys-easy and sermepa agree).
fn consumer_language(language: Language) -> Result<&'static str, Error> {
    const CODES: [(&str, &str); 31] = [
        ("es", "1"),
        ("en", "2"),
        ("ca", "3"),
        ("fr", "4"),
        ("de", "5"),
        ("nl", "6"),
        ("it", "7"),
        ("sv", "8"),
        ("pt", "9"),
        ("va", "10"),
        ("pl", "11"),
        ("gl", "12"),
        ("eu", "13"),
        ("bg", "100"),
        ("zh", "156"),
        ("hr", "191"),
        ("cs", "203"),
        ("da", "208"),
        ("et", "233"),
        ("fi", "246"),
        ("el", "300"),
        ("hu", "348"),
        ("ja", "392"),
        ("lv", "428"),
        ("lt", "440"),
        ("mt", "470"),
        ("ro", "642"),
        ("ru", "643"),
        ("sk", "703"),
        ("sl", "705"),
        ("tr", "792"),
    ];
    let found = CODES.iter().find(|(code, _)| *code == language.as_str());
    found.map(|(_, number)| *number).ok_or_else(|| Error::payment("language", format!("the bank's page has no {language:?}")))
}
