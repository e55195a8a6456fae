//! The same names for programs without an async runtime: transports, and the payment flow.
//!
//! The flow brings a small runtime of its own, on which the store's connections live; every call waits for its end. Do not
//! use it inside an async program: there the module `vpos::flow` is at home.

#[cfg(feature = "flow")]
mod flow;

#[cfg(feature = "flow")]
pub use flow::{Merchant, PaymentFlow, wait};
pub use vpos_core::blocking::Transport;
#[cfg(feature = "ureq")]
pub use vpos_core::blocking::UreqTransport;
