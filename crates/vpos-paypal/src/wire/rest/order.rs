//! An order: what the buyer agreed to, and what was taken of it.

use vpos_core::{Amount, Error};

use super::payment::Payment;
use super::{Object, Owner, id, money, names, object, objects, text};
use crate::wire::json;

/// An order as PayPal tells it.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) intent: Option<String>,
    /// The one purchase unit that our orders have.
    pub(crate) unit: Option<Unit>,
    pub(crate) payer_id: Option<String>,
    /// When it changed last, digits only.
    pub(crate) changed: Option<String>,
    /// Where the buyer agrees.
    pub(crate) link: Option<String>,
}

/// A purchase unit.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) owner: Owner,
    pub(crate) amount: Option<Amount>,
    pub(crate) authorizations: Vec<Payment>,
    pub(crate) captures: Vec<Payment>,
    pub(crate) refunds: Vec<Payment>,
}

impl Order {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let order = json::object("answer", body)?;
        let units = objects(&order, names::PURCHASE_UNITS)?;
        let unit = match units[..] {
            [] => None,
            [unit] => Some(Unit::of(unit)?),
            _ => return Err(Error::malformed(names::PURCHASE_UNITS, "more than one")),
        };
        let payer = object(&order, names::PAYER)?;
        let needed = |name: &'static str| text(&order, name)?.ok_or_else(|| Error::malformed(name, "missing"));
        Ok(Self {
            id: id(&order, names::ID)?.ok_or_else(|| Error::malformed(names::ID, "missing"))?,
            status: needed(names::STATUS)?.to_owned(),
            intent: text(&order, names::INTENT)?.map(str::to_owned),
            unit,
            payer_id: payer.map(|payer| id(payer, names::PAYER_ID)).transpose()?.flatten(),
            changed: text(&order, names::UPDATE_TIME)?.map(|time| time.chars().filter(char::is_ascii_digit).take(14).collect()),
            link: link(&order, "payer-action")?.or(link(&order, "approve")?),
        })
    }
}

/// The address of a link by what it leads to.
fn link(order: &Object, rel: &str) -> Result<Option<String>, Error> {
    for link in objects(order, names::LINKS)? {
        if text(link, names::REL)? == Some(rel) {
            return Ok(text(link, names::HREF)?.map(str::to_owned));
        }
    }
    Ok(None)
}

impl Unit {
    fn of(unit: &Object) -> Result<Self, Error> {
        let payments = object(unit, names::PAYMENTS)?;
        let all = |name| match payments {
            Some(payments) => objects(payments, name)?.into_iter().map(Payment::of).collect(),
            None => Ok(Vec::new()),
        };
        Ok(Self {
            owner: Owner::of(unit)?,
            amount: money(unit)?,
            authorizations: all("authorizations")?,
            captures: all("captures")?,
            refunds: all("refunds")?,
        })
    }
}
