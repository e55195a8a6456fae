//! What a message costs: `cargo bench -p vpos-paypal`. Time and allocations, the bare reading of JSON beside our own in the same
//! run, since PayPal's messages carry nothing that could be checked by cryptography here.
//!
//! [`path`] goes the whole way from a webhook's bytes to a confirmation, at sizes from that of a real message to the limit;
//! [`hostile`] reads what an attacker may send.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on ends")]

mod hostile;
mod messages;
mod path;

#[global_allocator]
static ALLOCATIONS: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}
