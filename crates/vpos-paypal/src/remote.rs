//! Calls to PayPal, each an exchange: [`rest`] and [`nvp`], one protocol each.

pub(crate) mod nvp;
pub(crate) mod rest;

use std::time::Duration;

use vpos_core::TimeLimit;

/// No public page says how long PayPal itself waits.
pub(crate) const BANK: TimeLimit = TimeLimit::new("paypal", Duration::from_secs(45));
