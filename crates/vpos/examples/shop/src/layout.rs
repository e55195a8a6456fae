//! The frame of every page, its headers, the style and the script. Nothing comes from elsewhere, nothing stands inline.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::texts::{Language, Texts};
use crate::visitor::Visitor;

const STYLE: &str = include_str!("../static/shop.css");
const SCRIPT: &str = include_str!("../static/shop.js");

/// What a page may do: its own style, script and questions. Forms stay here, but where a page says more.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// A page to be built: what stands in its frame, and around it.
pub(crate) struct Page<'a> {
    pub(crate) visitor: &'a Visitor,
    pub(crate) title: &'a str,
    pub(crate) status: StatusCode,
    /// Where else than to the shop its forms may go: sources of a Content-Security-Policy.
    pub(crate) form_action: &'a str,
    /// After so many seconds a browser without script loads it again.
    pub(crate) refresh: Option<u32>,
    /// The payment's script is on it.
    pub(crate) pays: bool,
}

impl<'a> Page<'a> {
    pub(crate) const fn new(visitor: &'a Visitor, title: &'a str) -> Self {
        Self { visitor, title, status: StatusCode::OK, form_action: "", refresh: None, pays: false }
    }

    pub(crate) fn with(&self, inside: &Markup) -> Response {
        let Visitor { language, texts, .. } = self.visitor;
        let page = html! {
            (DOCTYPE)
            html lang=(language.code()) {
                head {
                    (head(&format!("{} · {}", self.title, texts.shop)))
                    @if let Some(seconds) = self.refresh {
                        noscript { meta http-equiv="refresh" content=(seconds); }
                    }
                    script src="/shop.js" defer {}
                    @if self.pays { script src="/vpos/vpos.js" defer {} }
                }
                body {
                    a #skip href="#content" { (texts.to_content) }
                    (top(self.visitor))
                    main #content tabindex="-1" { (inside) }
                    footer { p { (texts.sample) } p { a #admin-link href="/admin" { (texts.admin) } } }
                }
            }
        };
        let policy = [POLICY, self.form_action].join(" ");
        guarded(self.status, &policy, page)
    }
}

fn head(title: &str) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        title { (title) }
        link rel="stylesheet" href="/shop.css";
        link rel="icon" href="/shop.svg" type="image/svg+xml";
    }
}

fn top(visitor: &Visitor) -> Markup {
    let Texts { shop, navigation, catalogue, last_order, basket, other_language, .. } = visitor.texts;
    let other = if visitor.language == Language::Spanish { Language::English } else { Language::Spanish };
    html! {
        header {
            a #home href="/" { (shop) }
            nav aria-label=(navigation) {
                a #nav-catalogue href="/" { (catalogue) }
                @if let Some(order) = &visitor.last_order { a #nav-order href={ "/order/" (order) } { (last_order) } }
                a #nav-basket href="/basket" { (basket) " (" span #basket-count { (visitor.basket.count()) } ")" }
                a #nav-language href={ "?lang=" (other.code()) } lang=(other.code()) hreflang=(other.code()) { (other_language) }
            }
        }
    }
}

/// A page for whoever: its language is not known, so it stands in both.
pub(crate) fn bare(status: StatusCode, inside: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="es" {
            head { (head(Language::Spanish.texts().shop)) }
            body { main #content { (inside) } }
        }
    };
    guarded(status, POLICY, page)
}

fn guarded(status: StatusCode, policy: &str, page: Markup) -> Response {
    let mut response = (status, Html(page.into_string())).into_response();
    let headers = response.headers_mut();
    let policy = HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static(POLICY));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // the address of an order is the key to it: other sites, some of which ask for it, learn the shop's name alone
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    response
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let head = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (head, text).into_response()
}

pub(crate) async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

pub(crate) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

pub(crate) async fn icon() -> Response {
    asset("image/svg+xml", include_str!("../static/shop.svg"))
}
