//! The payment flow against simulated banks: attacks, races and leaks, over the memory store.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::missing_panics_doc, reason = "helpers of tests")]

mod bodies;
mod forgeries;
mod handlers;
mod leaks;
mod moments;
mod pages;
mod refunds;
mod sales;
mod scene;
mod send;
mod shared_url;
mod states;
