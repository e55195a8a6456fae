//! The simulated banks against the real bank crates, and against recorded signatures.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows the tests themselves alone")]

mod elavon;
