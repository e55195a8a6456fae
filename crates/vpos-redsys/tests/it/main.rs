//! The laws of this bank's crate through its public API, in one binary. What the bank's messages look like is in
//! `fixtures/redsys`, which `cargo xtask replay` runs.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod cards;
mod forms;
mod leaks;
mod limits;
mod listings;
mod mutations;
mod notifications;
mod paygold;
mod query;
mod scene;
mod soap;
