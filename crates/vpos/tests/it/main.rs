//! The payment flow against simulated banks: attacks, races and leaks, over the memory store.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::large_futures, reason = "a future of the flow is some 20 KB, for which a test has room")]

mod bodies;
mod forgeries;
mod handlers;
mod leaks;
mod moments;
mod pages;
mod refunds;
mod reviewed;
mod sales;
#[allow(dead_code, reason = "the tests on databases, in vpos-store, use it too")]
mod scene;
mod send;
mod shared_url;
mod states;
