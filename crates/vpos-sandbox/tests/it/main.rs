//! The simulated banks against the real bank crates, and against recorded signatures.
