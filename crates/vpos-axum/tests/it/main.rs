//! The routes, from request to response, over a store in memory and the banks' test contracts.

mod bank;
mod begin;
mod browser;
mod scene;
mod script;
