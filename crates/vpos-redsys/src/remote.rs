//! Server-to-server operations, each an exchange: REST ([`rest`], [`card_on_file`], [`paygold`]) and the SOAP query
//! ([`query`]). EMV 3DS over REST, `InSite` and wallets will live here too.

pub(crate) mod card_on_file;
pub(crate) mod paygold;
pub(crate) mod query;
pub(crate) mod rest;

use std::time::Duration;

use vpos_core::TimeLimit;

/// The issuer may take 30 s, so a client waits 45 s at least [REST manual 4.0.1].
const BANK: TimeLimit = TimeLimit::new("redsys", Duration::from_secs(45));
