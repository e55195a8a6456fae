//! Who asks: in which language, with which basket. All of it is in cookies, and none of it is believed for money.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};

use crate::basket::Basket;
use crate::order::is_code;
use crate::texts::{Language, Texts};

/// What is known of a visitor.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) language: Language,
    pub(crate) texts: &'static Texts,
    pub(crate) basket: Basket,
    /// The code of the order that this browser made last.
    pub(crate) last_order: Option<String>,
}

impl Visitor {
    pub(crate) fn of(headers: &HeaderMap, query: Option<&str>) -> Self {
        let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let language =
            chosen(query).or_else(|| Language::named(cookie(headers, "lang")?)).unwrap_or_else(|| Language::accepted(header));
        Self {
            language,
            texts: language.texts(),
            basket: cookie(headers, "basket").map(Basket::parse).unwrap_or_default(),
            last_order: cookie(headers, "order").filter(|code| is_code(code)).map(str::to_owned),
        }
    }
}

/// The language that the address asks for: `?lang=en`.
pub(crate) fn chosen(query: Option<&str>) -> Option<Language> {
    let mut pairs = form_urlencoded::parse(query?.as_bytes());
    pairs.find(|(name, _)| name == "lang").and_then(|(_, code)| Language::named(&code))
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, parts.uri.query()))
    }
}

/// A cookie that the browser sent. The shop's own values have no character that would need quoting.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// A cookie to be set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookie<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
    pub(crate) path: &'a str,
    /// For so many seconds; 0: it is taken away.
    pub(crate) seconds: u32,
    /// `Lax`: a buyer who comes back from the bank's site is still known. `Strict`: nobody comes from elsewhere.
    pub(crate) same_site: &'a str,
}

impl<'a> Cookie<'a> {
    /// For the whole shop, for a month.
    pub(crate) const fn new(name: &'a str, value: &'a str) -> Self {
        Self { name, value, path: "/", seconds: 30 * 86_400, same_site: "Lax" }
    }

    pub(crate) const fn taken_away(name: &'a str) -> Self {
        Self { seconds: 0, ..Self::new(name, "") }
    }

    /// Adds it to a response.
    pub(crate) fn onto(self, mut response: Response, secure: bool) -> Response {
        let Self { name, value, path, seconds, same_site } = self;
        let secure = if secure { "; Secure" } else { "" };
        let line = format!("{name}={value}; Path={path}; Max-Age={seconds}; SameSite={same_site}; HttpOnly{secure}");
        if let Ok(line) = HeaderValue::from_str(&line) {
            response.headers_mut().append(SET_COOKIE, line);
        }
        response
    }
}

/// After a POST the browser goes on by GET, so that a reload does not post again.
pub(crate) fn see_other(path: &str) -> Response {
    Redirect::to(path).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_decides_before_the_cookie_and_the_cookie_before_the_browser() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
        assert_eq!(Visitor::of(&headers, None).language, Language::English);
        headers.insert(COOKIE, HeaderValue::from_static("a=b; lang=es; basket=mug.2; order=../../admin"));
        let visitor = Visitor::of(&headers, None);
        assert_eq!((visitor.language, visitor.basket.count(), visitor.last_order), (Language::Spanish, 2, None));
        assert_eq!(Visitor::of(&headers, Some("x=1&lang=en")).language, Language::English);
        assert_eq!(Visitor::of(&headers, Some("lang=tlh")).language, Language::Spanish);
    }
}
