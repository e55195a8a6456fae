//! Server-to-server operations, each an exchange: a refund by form post ([`refund`]) and the JSON REST API ([`rest`], and
//! [`card`] for charges of a card).

#[cfg(feature = "pci")]
pub(crate) mod card;
pub(crate) mod refund;
pub(crate) mod rest;

use std::time::Duration;

use http::StatusCode;
use vpos_core::{Action, Answer, Authentic, NOTIFICATION_LIMIT, Report, TimeLimit, mask_pans};

/// No limit of the bank's is public; an issuer may take 30 s.
const BANK: TimeLimit = TimeLimit::new("ceca", Duration::from_secs(45));

/// The body of an answer, and the proof that it came over TLS; or how the call ends without one.
fn body(action: Action, answer: Answer, good: fn(StatusCode) -> bool) -> Result<(Vec<u8>, Option<Authentic>), Box<Report>> {
    let proof = answer.authentic();
    let response = answer.into_response().map_err(|lost| Report::lost(action, &lost))?;
    let status = response.status();
    if !good(status) {
        return Err(Report::unknown(action, format!("the bank answered with status {}", status.as_u16())).into());
    }
    // real ones have some two KiB; what is nested in them is read into memory
    if response.body().len() > NOTIFICATION_LIMIT {
        return Err(Report::unknown(action, "the answer is above 64 KiB").into());
    }
    Ok((response.into_body(), proof))
}

/// The bank's no, in our words for a code that is known, else in its own.
fn rejected(action: Action, code: String, told: &str) -> Report {
    let told: String = told.chars().filter(|c| !c.is_control()).take(200).collect();
    let known = crate::codes::find(&code).map(crate::codes::Code::english);
    let message = known.map_or_else(|| mask_pans(&told).into_owned(), str::to_owned);
    Report::Rejected { action, code, message }
}
