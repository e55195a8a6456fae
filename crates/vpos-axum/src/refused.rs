//! A no to the buyer's browser: a status, and a text in Spanish and English, as page or as JSON. Nothing internal is shown.

use std::borrow::Cow;
use std::fmt;

use axum::http::header::{ACCEPT, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use vpos::core::escape_html;
use vpos::{Error, FlowError};

use crate::policy::{self, Nonce};

/// Why a payment is not begun: what [`Checkouts::payment`](crate::Checkouts::payment) may answer, and what a browser sees.
///
/// ```
/// use axum::http::StatusCode;
/// use axum::response::Redirect;
/// use vpos_axum::Refused;
///
/// let refused = Refused::new(StatusCode::NOT_FOUND, "No existe ese pedido.", "There is no such order.");
/// assert_eq!(refused.status(), StatusCode::NOT_FOUND);
/// let to_login = Refused::with(Redirect::to("/entrar"));
/// assert_eq!(to_login.status(), StatusCode::SEE_OTHER);
/// ```
pub struct Refused(Box<Kind>);

enum Kind {
    Told(Told),
    Own(Response),
}

struct Told {
    status: StatusCode,
    /// The word for programs.
    code: &'static str,
    spanish: Cow<'static, str>,
    english: Cow<'static, str>,
    /// What a 405 would take.
    allow: Option<&'static str>,
    /// Where the page leads on to.
    onward: Option<String>,
}

impl Refused {
    /// With words for the buyer. A script finds them in JSON, under the word `refused`.
    pub fn new(status: StatusCode, spanish: impl Into<Cow<'static, str>>, english: impl Into<Cow<'static, str>>) -> Self {
        Self::told(status, "refused", spanish, english)
    }

    /// With a response of your own, whatever the browser asked for: a redirect to a login page, say.
    pub fn with(response: impl IntoResponse) -> Self {
        Self(Box::new(Kind::Own(response.into_response())))
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        match &*self.0 {
            Kind::Told(told) => told.status,
            Kind::Own(response) => response.status(),
        }
    }

    pub(crate) fn not_found() -> Self {
        Self::told(StatusCode::NOT_FOUND, "not-found", "Aquí no hay nada.", "There is nothing here.")
    }

    pub(crate) fn too_large() -> Self {
        Self::told(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "El mensaje es demasiado grande.", "The message is too large.")
    }

    pub(crate) fn unreadable(status: StatusCode) -> Self {
        Self::told(status, "unreadable", "El mensaje no ha llegado entero.", "The message did not arrive whole.")
    }

    pub(crate) fn method(allow: &'static str) -> Self {
        let spanish = "Aquí no se llega así: vuelva a la tienda y empiece de nuevo.";
        let english = "This is not the way here: go back to the shop and begin again.";
        let mut refused = Self::told(StatusCode::METHOD_NOT_ALLOWED, "method", spanish, english);
        if let Kind::Told(told) = &mut *refused.0 {
            told.allow = Some(allow);
        }
        refused
    }

    pub(crate) fn cross_site() -> Self {
        let spanish = "El pago ha de empezar en la propia tienda.";
        Self::told(StatusCode::FORBIDDEN, "cross-site", spanish, "A payment has to begin at the shop itself.")
    }

    pub(crate) fn internal() -> Self {
        let spanish = "No se ha podido preparar el pago. No se ha cobrado nada.";
        let english = "The payment could not be prepared. Nothing was charged.";
        Self::told(StatusCode::INTERNAL_SERVER_ERROR, "failed", spanish, english)
    }

    /// For a buyer who may have paid: nobody knows, so nothing is said of money.
    pub(crate) fn not_looked() -> Self {
        let spanish = "No hemos podido mirarlo. No pague otra vez: mire su pedido en un momento.";
        let english = "We could not look. Do not pay again: look at your order in a moment.";
        Self::told(StatusCode::SERVICE_UNAVAILABLE, "not-looked", spanish, english)
    }

    /// What the buyer may know of a payment that was not begun; the rest is in the log.
    pub(crate) fn of_flow(error: &FlowError) -> Self {
        match error {
            FlowError::UnknownPos(_) | FlowError::NotFound(_) => Self::not_found(),
            FlowError::AlreadyPaid { .. } => {
                let spanish = "Este pedido ya está pagado.";
                Self::told(StatusCode::CONFLICT, "already-paid", spanish, "This order is already paid.")
            }
            FlowError::Unsettled { .. } => {
                let spanish = "Hay un pago de este pedido pendiente de confirmar. No pague otra vez: espere unos minutos.";
                let english = "A payment of this order is still being confirmed. Do not pay again: wait some minutes.";
                Self::told(StatusCode::CONFLICT, "unsettled", spanish, english)
            }
            FlowError::Payment(Error::Payment { .. } | Error::Unsupported { .. }) => {
                let spanish = "Con esa forma de pago no se puede hacer este pago. No se ha cobrado nada: elija otra.";
                let english = "That way to pay cannot take this payment. Nothing was charged: please choose another.";
                Self::told(StatusCode::UNPROCESSABLE_ENTITY, "payment", spanish, english)
            }
            FlowError::Payment(Error::Transport(_) | Error::Bank { .. }) => {
                let spanish = "El banco no ha podido preparar el pago. No se ha cobrado nada: inténtelo de nuevo.";
                let english = "The bank could not prepare the payment. Nothing was charged: please try again.";
                Self::told(StatusCode::BAD_GATEWAY, "bank", spanish, english)
            }
            error if error.is_retryable() => {
                let spanish = "Hay mucha demanda. No se ha cobrado nada: inténtelo de nuevo en un momento.";
                let english = "We are very busy. Nothing was charged: please try again in a moment.";
                Self::told(StatusCode::SERVICE_UNAVAILABLE, "busy", spanish, english)
            }
            // the sale may be paid already
            FlowError::Store(_) => Self::not_looked(),
            _ => Self::internal(),
        }
    }

    fn told(
        status: StatusCode,
        code: &'static str,
        spanish: impl Into<Cow<'static, str>>,
        english: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (spanish, english) = (spanish.into(), english.into());
        Self(Box::new(Kind::Told(Told { status, code, spanish, english, allow: None, onward: None })))
    }

    /// With a link to the order's page.
    pub(crate) fn leading_to(mut self, address: String) -> Self {
        if let Kind::Told(told) = &mut *self.0 {
            told.onward = Some(address);
        }
        self
    }

    /// As JSON for a script, else as a page.
    pub(crate) fn into_response_for(self, headers: &HeaderMap) -> Response {
        match *self.0 {
            Kind::Own(response) => response,
            Kind::Told(told) if wants_json(headers) => told.json(),
            Kind::Told(told) => told.page(),
        }
    }
}

impl Told {
    fn json(self) -> Response {
        let body = json!({ "error": self.code, "message": { "es": &*self.spanish, "en": &*self.english } }).to_string();
        self.response("application/json", body, policy::NOTHING)
    }

    fn page(self) -> Response {
        // without random bytes: the same page without a style
        let nonce = Nonce::new().ok();
        let style = nonce.as_ref().map(Nonce::style).unwrap_or_default();
        let onward = self.onward.as_deref().map(|address| {
            let address = escape_html(address);
            format!("<p><a href=\"{address}\">Volver al pedido · <span lang=\"en\">Back to the order</span></a></p>\n")
        });
        let (onward, spanish, english) = (onward.unwrap_or_default(), escape_html(&self.spanish), escape_html(&self.english));
        let body = format!(
            "<!DOCTYPE html>\n<html lang=\"es\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Pago · Payment</title>\n{style}\
             </head>\n<body>\n<main>\n<p>{spanish}</p>\n<p lang=\"en\">{english}</p>\n{onward}</main>\n</body>\n</html>\n"
        );
        self.response("text/html; charset=utf-8", body, &policy::of_page(nonce.as_ref()))
    }

    fn response(self, content_type: &'static str, body: String, csp: &str) -> Response {
        let mut response = (self.status, [(CONTENT_TYPE, content_type)], body).into_response();
        if let Some(allow) = self.allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
        }
        policy::guard(response, csp)
    }
}

/// Whether it is a script that asks.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let ranges = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    let kinds: Vec<&str> = ranges.map(|range| range.split(';').next().unwrap_or_default().trim()).collect();
    let has = |kind: &str| kinds.iter().any(|known| known.eq_ignore_ascii_case(kind));
    has("application/json") && !has("text/html")
}

/// A payment that the application could not put together is its own mistake: the log tells which.
impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "a payment could not be put together");
        Self::internal()
    }
}

/// As a page: who extracts a request has no browser's wish at hand.
impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.into_response_for(&HeaderMap::new())
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused").field("status", &self.status()).finish_non_exhaustive()
    }
}
