//! What the REST API says: orders, captures, authorizations, refunds and errors. Source: PayPal's `OpenAPI` descriptions
//! (`paypal-rest-api-specifications`) of `checkout_orders_v2`, `payments_payment_v2` and `notifications_webhooks_v1`.
//!
//! [`request`] is what goes there, [`order`] and [`payment`] what comes back, [`problem`] why not; [`names`] their words.

pub(crate) mod names;
pub(crate) mod order;
pub(crate) mod payment;
pub(crate) mod problem;
pub(crate) mod request;

use serde_json::{Map, Value};
use vpos_core::{Amount, Error, OperationNumber, Refusal};

use crate::config::Rest;
use crate::wire::amount;

/// An object of JSON.
pub(crate) type Object = Map<String, Value>;

/// A member's text; none when it is missing, null or empty.
pub(crate) fn text<'o>(object: &'o Object, name: &'static str) -> Result<Option<&'o str>, Error> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::malformed(name, "not text")),
    }
}

/// A member that is an object.
pub(crate) fn object<'o>(parent: &'o Object, name: &'static str) -> Result<Option<&'o Object>, Error> {
    match parent.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(Error::malformed(name, "not an object")),
    }
}

/// A member that is a list of objects.
pub(crate) fn objects<'o>(parent: &'o Object, name: &'static str) -> Result<Vec<&'o Object>, Error> {
    let wrong = || Error::malformed(name, "not a list of objects");
    match parent.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(all)) => all.iter().map(|one| one.as_object().ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

/// An id of PayPal's, as it may stand in an address.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A member that is such an id.
pub(crate) fn id(object: &Object, name: &'static str) -> Result<Option<String>, Error> {
    match text(object, name)? {
        Some(text) if !is_id(text) => Err(Error::malformed(name, "not an id of PayPal's")),
        text => Ok(text.map(str::to_owned)),
    }
}

/// `amount`: `{"currency_code": "EUR", "value": "123.45"}`.
pub(crate) fn money(parent: &Object) -> Result<Option<Amount>, Error> {
    let Some(money) = object(parent, names::AMOUNT)? else { return Ok(None) };
    match (text(money, names::VALUE)?, text(money, names::CURRENCY_CODE)?) {
        (Some(value), Some(currency)) => amount::parse(names::AMOUNT, value, currency).map(Some),
        _ => Err(Error::malformed(names::AMOUNT, "without a value or a currency")),
    }
}

/// Who is paid, where the answer says so: a refund calls the merchant its payer.
pub(crate) fn payee(parent: &Object) -> Result<Option<String>, Error> {
    let payee = object(parent, names::PAYEE)?.or(object(parent, names::PAYER)?);
    Ok(payee.map(|payee| text(payee, names::MERCHANT_ID)).transpose()?.flatten().map(str::to_owned))
}

/// What an answer says of whose it is: our number, twice, and the payee.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owner {
    pub(crate) custom_id: Option<String>,
    pub(crate) invoice_id: Option<String>,
    pub(crate) payee: Option<String>,
}

impl Owner {
    pub(crate) fn of(object: &Object) -> Result<Self, Error> {
        Ok(Self {
            custom_id: text(object, names::CUSTOM_ID)?.map(str::to_owned),
            invoice_id: text(object, names::INVOICE_ID)?.map(str::to_owned),
            payee: payee(object)?,
        })
    }

    /// Whether it names our number at all.
    pub(crate) const fn names_a_number(&self) -> bool {
        self.custom_id.is_some() || self.invoice_id.is_some()
    }

    /// What it names must be ours.
    pub(crate) fn require(&self, rest: &Rest, number: &OperationNumber) -> Result<(), Refusal> {
        self.require_payee(rest)?;
        let foreign = |id: &Option<String>| id.as_deref().is_some_and(|id| id != number.as_str());
        if foreign(&self.custom_id) || foreign(&self.invoice_id) {
            return Err(Refusal::Number);
        }
        Ok(())
    }

    /// The same of a refund, whose invoice may be our own name for it, or for another refund of ours.
    pub(crate) fn require_refund(&self, rest: &Rest, number: &OperationNumber) -> Result<(), Refusal> {
        self.require_payee(rest)?;
        let named = |id: &str| id == number.as_str() || refund_id(number, id).is_some();
        if [&self.custom_id, &self.invoice_id].into_iter().flatten().all(|id| named(id)) { Ok(()) } else { Err(Refusal::Number) }
    }

    fn require_payee(&self, rest: &Rest) -> Result<(), Refusal> {
        let other = self.payee.is_some() && rest.merchant_id.is_some() && self.payee != rest.merchant_id;
        if other { Err(Refusal::Merchant) } else { Ok(()) }
    }
}

/// Our own name for a refund.
pub(crate) fn refund_name(number: &OperationNumber, id: u32) -> String {
    format!("{number}-R{id}")
}

/// Which refund of ours has that name.
pub(crate) fn refund_id(number: &OperationNumber, name: &str) -> Option<u32> {
    let id: u32 = name.strip_prefix(number.as_str())?.strip_prefix("-R")?.parse().ok()?;
    (refund_name(number, id) == name).then_some(id)
}
