//! The simulated banks against the real bank crates: what one writes the other must read, and the books must agree.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod ceca;
mod elavon;
#[cfg(feature = "server")]
mod http;
mod paypal;
mod redsys;
mod redsys_complaints;
mod scene;
