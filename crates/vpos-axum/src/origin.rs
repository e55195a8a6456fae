//! Whether a browser says that another site's page made a request.

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, ORIGIN};

/// Whose page made a request, by the browser's own word: in the words of Fetch Metadata.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Site {
    /// Our own, a person who typed the address, or no browser at all: nobody's cookies go with that.
    SameOrigin,
    /// A neighbour's under the same domain, or the browser says what nobody knows.
    SameSite,
    /// Another's.
    CrossSite,
}

impl Site {
    /// Browsers of today say it themselves (`Sec-Fetch-Site`). Of the others a POST has an `Origin`: it must be `own`
    /// ([`Addresses::origin`](crate::Addresses::origin)), or the `host` that was asked.
    ///
    /// ```
    /// use axum::http::{HeaderMap, HeaderValue};
    /// use vpos_axum::Site;
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert("origin", HeaderValue::from_static("https://evil.example"));
    /// assert_eq!(Site::of(&headers, Some("tienda.example"), None), Site::CrossSite);
    /// headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
    /// assert_eq!(Site::of(&headers, Some("tienda.example"), None), Site::SameOrigin);
    /// ```
    pub fn of(headers: &HeaderMap, host: Option<&str>, own: Option<&str>) -> Self {
        if let Some(site) = text(headers, HeaderName::from_static("sec-fetch-site")) {
            return match site {
                "same-origin" | "none" => Self::SameOrigin,
                "cross-site" => Self::CrossSite,
                _ => Self::SameSite,
            };
        }
        let Some(origin) = text(headers, ORIGIN) else { return Self::SameOrigin };
        let same = |known: &str, seen: &str| known.eq_ignore_ascii_case(seen);
        let asked = origin.split_once("://").zip(host).is_some_and(|((_, origin), host)| same(host, origin));
        if asked || own.is_some_and(|own| same(own, origin)) { Self::SameOrigin } else { Self::CrossSite }
    }
}

/// A header as a text; what is none is nobody's.
pub(crate) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("null"))
}
