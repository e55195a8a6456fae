//! REST, Orders v2 and Payments v2: [`order`] makes an order and takes what the buyer agreed to, [`hold`] captures, voids and
//! renews what was held, [`refund`] gives back, [`query`] asks; [`books`] says what an answer means, [`answer`] whether there is
//! one, [`token`] carries the call.

pub(crate) mod answer;
pub(crate) mod books;
pub(crate) mod hold;
pub(crate) mod order;
pub(crate) mod query;
pub(crate) mod refund;
pub(crate) mod token;

use vpos_core::operation::Operation;
use vpos_core::{Error, Reference};

use crate::wire::rest::is_id;

/// An id of PayPal's that the operation must have, as it may stand in an address.
fn reference(operation: &Operation, name: Reference) -> Result<&str, Error> {
    let id = operation
        .references()
        .get(name)
        .ok_or_else(|| Error::payment(format!("references.{name}"), "the operation has none: was Operation::learn called?"))?;
    if is_id(id) { Ok(id) } else { Err(Error::payment(format!("references.{name}"), "not an id of PayPal's")) }
}
