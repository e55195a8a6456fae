//! Whether a browser says that another site's page made a request.

use axum::extract::Request;
use axum::http::header::{HOST, HeaderName, ORIGIN};

/// Browsers of today say so themselves (`Sec-Fetch-Site`). Of the others a POST has an `Origin`: it must be `own`, or the host that
/// was asked. What sends neither is no browser, and nobody's cookies go with it.
pub(crate) fn is_foreign(request: &Request, own: Option<&str>) -> bool {
    let header = |name: HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or("null"));
    if let Some(site) = header(HeaderName::from_static("sec-fetch-site")) {
        return site == "cross-site";
    }
    let Some(origin) = header(ORIGIN) else { return false };
    let host = header(HOST).or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
    let same = |known: &str, seen: &str| known.eq_ignore_ascii_case(seen);
    let asked = origin.split_once("://").zip(host).is_some_and(|((_, origin), host)| same(host, origin));
    !asked && !own.is_some_and(|own| same(own, origin))
}
