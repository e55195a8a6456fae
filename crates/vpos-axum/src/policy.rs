//! What a browser may do with our pages: Content-Security-Policy and its kin, and the nonce by which a script is ours.

use std::fmt::Write as _;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Uri};
use axum::response::Response;

/// For what runs and shows nothing: JSON.
pub(crate) const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// For a bank's reply. No `frame-ancestors`: a hosted page in a frame of the shop's shows the reply inside that frame. Links and
/// a refresh by `<meta>` are not a policy's business.
pub(crate) const REPLY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'";

/// Sixteen random bytes, for one page.
pub(crate) struct Nonce(String);

impl Nonce {
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(hex(&bytes)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The little style of our own pages.
    pub(crate) fn style(&self) -> String {
        let rules = "html{color-scheme:light dark;font:1.125rem/1.6 system-ui,sans-serif}\
                     main{max-width:34rem;margin:15vh auto;padding:0 1rem}";
        format!("<style nonce=\"{}\">{rules}</style>\n", self.0)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// For a page of ours that sends no form.
pub(crate) fn of_page(nonce: Option<&Nonce>) -> String {
    let style = nonce.map_or_else(|| "'none'".to_owned(), |nonce| format!("'nonce-{}'", nonce.as_str()));
    format!("{NOTHING}; style-src {style}")
}

/// For the page that sends a form to the bank, and nowhere else.
pub(crate) fn of_form(nonce: &Nonce, action: &str) -> String {
    let (nonce, origin) = (nonce.as_str(), origin(action));
    format!("default-src 'none'; script-src 'nonce-{nonce}'; form-action {origin}; frame-ancestors 'none'; base-uri 'none'")
}

/// Scheme, host and port, as a source of a policy. A host that a policy cannot name (an IPv6 address, say) leaves the scheme.
fn origin(action: &str) -> String {
    let Ok(uri) = action.parse::<Uri>() else { return "'none'".to_owned() };
    let scheme = if uri.scheme_str() == Some("http") { "http" } else { "https" };
    let nameable = |at: &&str| at.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'));
    match uri.authority().map(axum::http::uri::Authority::as_str).filter(nameable) {
        Some(authority) => format!("{scheme}://{authority}"),
        None => format!("{scheme}:"),
    }
}

/// Sets the headers. A page of a payment is never kept, and tells other sites our origin alone, which some banks want to see.
pub(crate) fn guard(mut response: Response, csp: &str) -> Response {
    let headers = response.headers_mut();
    // our own constants, a nonce and an origin of plain letters
    let csp = HeaderValue::from_str(csp).unwrap_or(HeaderValue::from_static(NOTHING));
    headers.insert(CONTENT_SECURITY_POLICY, csp);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_room_for_a_directive() {
        assert_eq!(origin("https://sis-t.redsys.es:25443/sis/realizarPago"), "https://sis-t.redsys.es:25443");
        assert_eq!(origin("http://127.0.0.1:8080/x?a=1"), "http://127.0.0.1:8080");
        assert_eq!(origin("http://[::1]:8080/"), "http:");
        for hostile in ["https://a;script-src/x", "https://a,b/", "https://*/", "https://'self'/"] {
            assert!(["https:", "'none'"].contains(&origin(hostile).as_str()), "{hostile}: {}", origin(hostile));
        }
    }

    #[test]
    fn no_nonce_comes_twice() {
        let (one, two) = (Nonce::new().unwrap(), Nonce::new().unwrap());
        assert_eq!(one.as_str().len(), 32);
        assert_ne!(one.as_str(), two.as_str());
    }
}
