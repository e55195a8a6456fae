//! What a message costs: `cargo bench -p vpos-ceca`. Time and allocations, the bare cryptography beside our own in the same run.
//!
//! [`crypto`] signs and checks; [`path`] goes the whole way from bytes to a confirmation, at sizes from that of a real message
//! to the limit; [`hostile`] reads what an attacker may send.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a bench may end at once")]

mod crypto;
mod floor;
mod hostile;
mod messages;
mod path;

#[global_allocator]
static ALLOCATIONS: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}
