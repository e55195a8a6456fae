//! The query: the authorisation for ever, and its void and rebate under the order's number with a prefix.
//!
//! Source: banks/ELAVON.md, section 5 (seen live: hyperswitch-prism). It carries no amount.

use super::ElavonBank;
use super::order::{Order, Told};
use super::remote::{No, Outcome};

impl ElavonBank {
    pub(super) fn query(&self, number: &str) -> Outcome {
        let leg = |prefix: &str, told: fn(&Order) -> Option<&Told>| {
            let order = self.orders.get(number.strip_prefix(prefix)?)?;
            Some((told(order)?.clone(), order.batch()))
        };
        let found = match self.orders.get(number) {
            Some(order) => Some((order.told.clone(), order.batch())),
            None => leg("_void_", |order| order.void.as_ref()).or_else(|| leg("_rebate_", |order| order.rebate.as_ref())),
        };
        found.ok_or_else(|| No::because("508", "Original transaction not found."))
    }
}
