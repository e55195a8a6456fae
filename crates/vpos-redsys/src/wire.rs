//! The messages of Redsys, encoded and decoded. Nowhere else spells a field of the bank.
//!
//! [`parameters`] is the JSON object that forms, notifications and REST carry in Base64; [`envelope`] the three fields around
//! it; [`soap`] and [`query`] the XML of the SOAP notification and of the SOAP query; [`claim`] what all of them say of an
//! operation.

pub(crate) mod claim;
pub(crate) mod envelope;
pub(crate) mod names;
pub(crate) mod parameters;
pub(crate) mod query;
pub(crate) mod soap;
