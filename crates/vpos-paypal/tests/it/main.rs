//! The laws of this bank's crate through its public API, in one binary. What PayPal's messages look like is in
//! `fixtures/paypal`, which `cargo xtask replay` runs.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests; clippy knows the tests themselves alone")]

mod attacks;
mod conflicts;
mod ipn;
mod ipn_strangers;
mod leaks;
mod nvp;
mod nvp_attacks;
mod nvp_manage;
mod nvp_scene;
mod order;
mod queries;
mod scene;
mod standing;
mod tokens;
mod waiting;
mod webhooks;
mod words;
