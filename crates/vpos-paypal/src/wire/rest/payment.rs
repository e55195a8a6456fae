//! A capture, an authorization or a refund: they are written alike.

use vpos_core::{Amount, Error};

use super::{Object, Owner, id, money, names, object, objects, text};
use crate::wire::json;

/// One movement of money, or the hold of some.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) status: String,
    /// Why it waits, or was refused.
    pub(crate) reason: Option<String>,
    pub(crate) amount: Option<Amount>,
    pub(crate) owner: Owner,
    /// The order that it belongs to.
    pub(crate) order_id: Option<String>,
    /// The capture that a refund gave back of.
    pub(crate) of_capture: Option<String>,
}

impl Payment {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        Self::of(&json::object("answer", body)?)
    }

    pub(super) fn of(payment: &Object) -> Result<Self, Error> {
        let missing = |name: &'static str| Error::malformed(name, "missing");
        let details = object(payment, names::STATUS_DETAILS)?;
        let related = match object(payment, names::SUPPLEMENTARY_DATA)? {
            Some(data) => object(data, names::RELATED_IDS)?,
            None => None,
        };
        let related_id = |name| related.map(|related| id(related, name)).transpose().map(Option::flatten);
        Ok(Self {
            id: id(payment, names::ID)?.ok_or_else(|| missing(names::ID))?,
            status: text(payment, names::STATUS)?.ok_or_else(|| missing(names::STATUS))?.to_owned(),
            reason: details.map(|details| text(details, names::REASON)).transpose()?.flatten().map(str::to_owned),
            amount: money(payment)?,
            owner: Owner::of(payment)?,
            order_id: related_id(names::ORDER_ID)?,
            of_capture: match related_id(names::CAPTURE_ID)? {
                Some(id) => Some(id),
                None => up(payment)?,
            },
        })
    }

    /// PayPal's own word for how it stands.
    pub(crate) fn code(&self) -> &str {
        self.reason.as_deref().unwrap_or(&self.status)
    }
}

/// The capture above a refund, by its link: `…/v2/payments/captures/ID`.
fn up(payment: &Object) -> Result<Option<String>, Error> {
    for link in objects(payment, names::LINKS)? {
        let href = text(link, names::HREF)?.unwrap_or_default();
        if text(link, names::REL)? == Some("up") {
            let id = href.rsplit_once(names::CAPTURES).and_then(|(_, rest)| rest.strip_prefix('/'));
            return Ok(id.filter(|id| super::is_id(id)).map(str::to_owned));
        }
    }
    Ok(None)
}
