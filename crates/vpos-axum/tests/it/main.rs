//! The routes, from request to response, over a store in memory and the banks' test contracts.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bank;
mod begin;
mod browser;
mod scene;
mod script;
