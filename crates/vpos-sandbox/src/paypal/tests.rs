//! PayPal by itself: what each protocol refuses, what stands in the books, and that nothing is done twice.

mod nvp;
mod rest;

use super::*;
use crate::Method;

const NUMBER: &str = "PED17-K7Q2M9XA";

fn now() -> Timestamp {
    "2026-11-23T12:05:00Z".parse().unwrap()
}

fn days(count: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() + count * 86_400).unwrap()
}

fn visitor(action: &str, fields: &[(&str, &str)]) -> FormPost {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    FormPost { action: action.to_owned(), method: Method::Get, fields }
}

/// Where the buyer's browser goes next.
fn next(visit: &Visit) -> String {
    visit.browser.as_ref().map(|request| request.uri().to_string()).unwrap_or_default()
}
