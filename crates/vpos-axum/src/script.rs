//! The browser's script, served with a hash of its content as `ETag`.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use crate::policy::hex;

/// `vpos.js`: fetches the form as JSON, shows how it goes, and sends the browser to the bank. It needs no other script.
///
/// It takes every `<form data-vpos>` of the page: put a button into it, and where its messages shall stand an element with
/// `data-vpos-status`. Without the script the same form works, by a page of the server's. It speaks Spanish or English, by the
/// page's `<html lang>`. A page with a Content-Security-Policy of its own must allow it `script-src 'self'`,
/// `connect-src 'self'` and `form-action 'self'` and the banks' origins.
///
/// A build tool may bundle it from here:
///
/// ```
/// assert!(vpos_axum::SCRIPT.contains("data-vpos"));
/// ```
pub const SCRIPT: &str = include_str!("vpos.js");

static TAG: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest(SCRIPT.as_bytes());
    format!("\"{}\"", hex(digest.get(..16).unwrap_or_default()))
});

/// Serves the script, or 304 where the browser has it.
pub(crate) async fn script(headers: HeaderMap) -> Response {
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).flat_map(|tags| tags.split(','));
    // RFC 9110 13.1.2: compared weakly
    let same = known.map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == TAG.as_str());
    let head = [
        (ETAG, TAG.as_str()),
        (CACHE_CONTROL, "public, max-age=300, must-revalidate"),
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if same { (StatusCode::NOT_MODIFIED, head).into_response() } else { (head, SCRIPT).into_response() }
}
