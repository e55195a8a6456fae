//! The messages of both protocols, encoded and decoded. Nowhere else spells a field of PayPal.
//!
//! [`amount`] and [`json`] are shared; [`rest`] is what the REST API says, [`webhook`] what it sends by itself; [`nvp`] is what
//! the NVP API says, [`ipn`] what it sends by itself.

pub(crate) mod amount;
pub(crate) mod ipn;
pub(crate) mod json;
pub(crate) mod nvp;
pub(crate) mod rest;
pub(crate) mod webhook;
