//! The laws of this bank's crate through its public API, in one binary. What the platform's messages look like is in
//! `fixtures/elavon`, which `cargo xtask replay` runs.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests; clippy knows the tests themselves alone")]

mod attacks;
mod calls;
mod forms;
mod leaks;
mod notifications;
#[cfg(feature = "pci")]
mod own_cards;
mod queries;
mod scene;
mod vault;
