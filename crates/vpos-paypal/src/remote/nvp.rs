//! NVP, Express Checkout.
//!
//! [`mod@begin`] makes the token, [`mod@details`] tells what it stands for, [`mod@charge`] pays; [`transaction`] tells of one payment,
//! [`manage`] captures, voids, renews and refunds, [`mod@query`] asks what became of what was lost. [`answer`] is what they share.

mod answer;
mod begin;
mod charge;
mod details;
mod manage;
mod query;
mod transaction;

pub(crate) use begin::begin;
pub(crate) use charge::charge;
pub(crate) use details::details;
pub(crate) use manage::{capture, reauthorise, refund, void};
pub(crate) use query::query;
