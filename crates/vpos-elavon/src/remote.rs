//! Server-to-server operations in XML, each an exchange.
//!
//! [`payment`] settles, captures, voids and refunds; [`query`] asks what became of an order; [`stored_card`] charges a card
//! of the vault, [`vault`] keeps payers and cards; [`review`] holds, releases and credits; [`card`] (feature `pci`) takes card
//! data that passes through the merchant's own server. [`answer`] reads what comes back of all but the query.

pub(crate) mod answer;
#[cfg(feature = "pci")]
pub(crate) mod card;
pub(crate) mod payment;
pub(crate) mod query;
pub(crate) mod review;
pub(crate) mod stored_card;
pub(crate) mod vault;

use std::time::Duration;

use vpos_core::TimeLimit;

/// The issuer may take half a minute; no public page says how long the platform itself waits.
const BANK: TimeLimit = TimeLimit::new("elavon", Duration::from_secs(45));
