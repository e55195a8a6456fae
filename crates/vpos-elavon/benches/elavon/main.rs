//! What a message costs: `cargo bench -p vpos-elavon`. Time and allocations, the bare cryptography beside our own in the same run.
//!
//! [`crypto`] hashes and checks; [`path`] goes the whole way from bytes to a confirmation or a report, at sizes from that of a
//! real message to the limit; [`hostile`] reads what an attacker may send.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on ends")]

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
