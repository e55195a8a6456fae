//! The messages of CECA, encoded and decoded. Nowhere else spells a field of the bank.
//!
//! [`names`] has the spellings; [`fields`] what all messages write alike; [`notice`] the notification; [`xml`] the answer to a
//! refund asked by form post; [`json`] and [`rest`] the objects of the REST API; [`acs`] the 3DS2 data of a form.

pub(crate) mod acs;
#[cfg(feature = "pci")]
pub(crate) mod card;
mod entities;
pub(crate) mod fields;
pub(crate) mod json;
pub(crate) mod names;
pub(crate) mod notice;
pub(crate) mod rest;
pub(crate) mod xml;
