//! All that happened, newest last, with the messages as they came: but for keys, passwords and card data.

mod mask;

use std::collections::VecDeque;

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, Request, Response};
use serde::Serialize;
use vpos_core::Timestamp;

use super::BankName;

/// So many are kept.
const MOST: usize = 1_000;

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) at: String,
    pub(super) bank: &'static str,
    /// `form`, `choice`, `call`, `notification`, `forged`, `mood`, `panel` or `reset`.
    pub(super) what: &'static str,
    pub(super) title: String,
    /// The message as it came or was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<String>,
    /// What it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response: Option<String>,
}

impl Entry {
    pub(super) fn new(bank: BankName, what: &'static str, title: &str, at: Timestamp) -> Self {
        let at = at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        Self { id: 0, at, bank: bank.as_str(), what, title: mask::text(title), request: None, response: None }
    }

    pub(super) fn request(mut self, request: &Request<Vec<u8>>) -> Self {
        let first = format!("{} {} HTTP/1.1", request.method(), mask::address(&request.uri().to_string()));
        self.request = Some(raw(&first, request.headers(), request.body()));
        self
    }

    pub(super) fn response(mut self, response: &Response<Vec<u8>>) -> Self {
        let first = format!("HTTP/1.1 {}", response.status());
        self.response = Some(raw(&first, response.headers(), response.body()));
        self
    }
}

/// A message as text.
fn raw(first: &str, headers: &HeaderMap, body: &[u8]) -> String {
    let mut text = format!("{first}\n");
    for (name, value) in headers {
        let secret = [AUTHORIZATION, COOKIE, SET_COOKIE].contains(name);
        let value = if secret { "[redacted]".into() } else { String::from_utf8_lossy(value.as_bytes()) };
        text += &[name.as_str(), ": ", &mask::text(&value), "\n"].concat();
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text + "\n" + &mask::body(kind, &String::from_utf8_lossy(body))
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct Record {
    entries: VecDeque<Entry>,
    count: u64,
}

impl Record {
    pub(super) fn add(&mut self, mut entry: Entry) {
        self.count += 1;
        entry.id = self.count;
        if self.entries.len() >= MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Those of a bank, or of all, after an id.
    pub(super) fn since(&self, bank: Option<BankName>, after: u64) -> impl DoubleEndedIterator<Item = &Entry> {
        let of = move |entry: &&Entry| bank.is_none_or(|bank| bank.as_str() == entry.bank) && entry.id > after;
        self.entries.iter().filter(of)
    }

    pub(super) fn forget(&mut self, bank: Option<BankName>) {
        self.entries.retain(|entry| bank.is_some_and(|bank| bank.as_str() != entry.bank));
    }
}
