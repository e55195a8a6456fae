//! The shop from outside: its pages, a purchase at each simulated bank, and the back office.

#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests; clippy knows the tests themselves alone")]

mod back_office;
mod pages;
mod purchase;
mod town;
