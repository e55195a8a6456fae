//! REST: who may call, what was asked before, which call it is, and how a no is said.
//!
//! Source: banks/PAYPAL.md, section 3 [O: api/orders/v2, api/payments/v2, idempotency].

mod orders;
mod payments;
mod render;
mod webhooks;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use vpos_core::{Amount, Timestamp};

use super::problem::Problem;
use super::{PaypalAccess, PaypalBank, moment, money};

pub(super) use webhooks::{Event, Transmission};

/// About nine hours.
const TOKEN_SECONDS: i64 = 32_400;

/// So long PayPal keeps the request ids of orders, and of payments (section 3).
const ORDER_IDS_SECONDS: i64 = 6 * 3_600;
const PAYMENT_IDS_SECONDS: i64 = 45 * 86_400;

/// An answer: a status, and a document or nothing.
type Answer = (StatusCode, Option<Value>);

/// A good answer, and when it was given.
#[derive(Clone, Debug)]
pub(super) struct Given(Timestamp, Response<Vec<u8>>);

/// A no: a status and an error document.
pub(super) struct Refused(StatusCode, Value);

/// What is wrong with a request, as an error's detail says it.
struct Detail {
    field: String,
    issue: &'static str,
}

impl PaypalBank {
    pub(super) fn rest(&mut self, request: &Request<Vec<u8>>, now: Timestamp) -> Response<Vec<u8>> {
        let path = request.uri().path().to_owned();
        if path == "/v1/oauth2/token" {
            return respond(self.token(request, now));
        }
        if let Err(refused) = self.authenticated(request, now) {
            return respond(Err(refused));
        }
        // a request id that was seen is answered as it was: nothing is done again [O: idempotency]
        let repeat = header(request, "paypal-request-id").map(|id| (path.clone(), id.to_owned()));
        let known = repeat.as_ref().and_then(|repeat| self.repeats.get(repeat));
        let kept = if path.starts_with("/v2/checkout/") { ORDER_IDS_SECONDS } else { PAYMENT_IDS_SECONDS };
        if let Some(Given(_, known)) = known.filter(|Given(at, _)| now.as_second() - at.as_second() <= kept) {
            return known.clone();
        }
        let response = respond(self.called(request, &path, now));
        if let Some(repeat) = repeat.filter(|_| response.status().is_success() && request.method() == Method::POST) {
            self.repeats.insert(repeat, Given(now, response.clone()));
        }
        response
    }

    fn called(&mut self, request: &Request<Vec<u8>>, path: &str, now: Timestamp) -> Result<Answer, Refused> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let full = header(request, "prefer") == Some("return=representation");
        match (request.method().as_str(), parts.as_slice()) {
            ("POST", ["v2", "checkout", "orders"]) => self.create(request, full, now),
            ("GET", ["v2", "checkout", "orders", id]) => self.shown_order(id, true),
            ("POST", ["v2", "checkout", "orders", id, step @ ("capture" | "authorize")]) => {
                self.execute(request, id, step, full, now)
            }
            ("GET", ["v2", "payments", "authorizations", id]) => self.shown_hold(id, true),
            ("POST", ["v2", "payments", "authorizations", id, "capture"]) => self.capture_hold(request, id, full, now),
            ("POST", ["v2", "payments", "authorizations", id, "void"]) => self.void_hold(id, full, now),
            ("POST", ["v2", "payments", "authorizations", id, "reauthorize"]) => self.reauthorize(request, id, full, now),
            ("GET", ["v2", "payments", "captures", id]) => self.shown_capture(id, true),
            ("POST", ["v2", "payments", "captures", id, "refund"]) => self.refund_capture(request, id, full, now),
            ("GET", ["v2", "payments", "refunds", id]) => self.shown_refund(id, true),
            ("POST", ["v1", "notifications", "verify-webhook-signature"]) => self.verify_webhook(request),
            _ => Err(refused(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", &[])),
        }
    }

    /// An access token for the app's name and secret.
    fn token(&mut self, request: &Request<Vec<u8>>, now: Timestamp) -> Result<Answer, Refused> {
        let PaypalAccess::Rest { client_id, client_secret } = &self.merchant.access else {
            return Err(oauth("invalid_client"));
        };
        let expected = format!("Basic {}", STANDARD.encode(format!("{client_id}:{}", client_secret.expose())));
        if request.headers().get(AUTHORIZATION).is_none_or(|given| *given != expected) {
            return Err(oauth("invalid_client"));
        }
        let asked =
            form_urlencoded::parse(request.body()).any(|(name, value)| name == "grant_type" && value == "client_credentials");
        if request.method() != Method::POST || !asked {
            return Err(Refused(
                StatusCode::BAD_REQUEST,
                json!({"error": "unsupported_grant_type", "error_description": "unsupported grant_type"}),
            ));
        }
        let token = format!("A21AA{:016}", self.books.next());
        let end = Timestamp::from_second(now.as_second().saturating_add(TOKEN_SECONDS)).unwrap_or(now);
        self.tokens.insert(token.clone(), end);
        let document = json!({
            "scope": "https://uri.paypal.com/services/payments/payment/authcapture",
            "access_token": token,
            "token_type": "Bearer",
            "app_id": "APP-80W284485P519543T",
            "expires_in": TOKEN_SECONDS,
            "nonce": format!("{}{}", moment(now), token),
        });
        Ok((StatusCode::OK, Some(document)))
    }

    fn authenticated(&self, request: &Request<Vec<u8>>, now: Timestamp) -> Result<(), Refused> {
        let token = header(request, "authorization").and_then(|text| text.strip_prefix("Bearer "));
        let Some(token) = token else {
            return Err(refused(StatusCode::UNAUTHORIZED, "AUTHENTICATION_FAILURE", &[]));
        };
        match self.tokens.get(token) {
            Some(end) if now < *end => Ok(()),
            _ => Err(oauth("invalid_token")),
        }
    }
}

/// A header's text.
fn header<'r>(request: &'r Request<Vec<u8>>, name: &str) -> Option<&'r str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The JSON of a body; an empty one says nothing.
fn document(request: &Request<Vec<u8>>) -> Result<Value, Refused> {
    if header(request, "content-type").is_none_or(|kind| !kind.starts_with("application/json")) {
        return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", &[]));
    }
    if request.body().is_empty() {
        return Ok(json!({}));
    }
    let read = serde_json::from_slice(request.body()).ok().filter(Value::is_object);
    read.ok_or_else(|| invalid("/", "MALFORMED_REQUEST_JSON"))
}

/// The amount under that name; none when the document has none.
fn amount(document: &Value, pointer: &str) -> Result<Option<Amount>, Detail> {
    let Some(found) = document.pointer(pointer) else { return Ok(None) };
    let part = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default();
    let read = money::read(part("value"), part("currency_code"));
    read.map(Some).map_err(|issue| Detail { field: format!("{pointer}/value"), issue })
}

/// An optional text of at most so many characters.
fn text(document: &Value, pointer: &str, most: usize) -> Result<Option<String>, Detail> {
    let detail = |issue| Detail { field: pointer.to_owned(), issue };
    match document.pointer(pointer) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if (1..=most).contains(&text.chars().count()) => Ok(Some(text.clone())),
        Some(Value::String(_)) => Err(detail("INVALID_STRING_LENGTH")),
        Some(_) => Err(detail("INVALID_PARAMETER_SYNTAX")),
    }
}

impl From<Detail> for Refused {
    /// Amounts are judged by their meaning, texts by their shape.
    fn from(detail: Detail) -> Self {
        let shape = detail.issue.starts_with("INVALID_") && detail.issue != "INVALID_CURRENCY_CODE";
        if shape || detail.issue.starts_with("MISSING_") || detail.issue.ends_with("_REQUIRED") {
            return invalid(&detail.field, detail.issue);
        }
        let details = [json!({"field": detail.field, "issue": detail.issue})];
        refused(StatusCode::UNPROCESSABLE_ENTITY, "UNPROCESSABLE_ENTITY", &details)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let (issue, description) = problem.issue();
        let detail = [json!({"issue": issue, "description": description})];
        if problem == Problem::NotFound {
            return refused(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", &detail);
        }
        refused(StatusCode::UNPROCESSABLE_ENTITY, "UNPROCESSABLE_ENTITY", &detail)
    }
}

fn invalid(field: &str, issue: &str) -> Refused {
    refused(StatusCode::BAD_REQUEST, "INVALID_REQUEST", &[json!({"field": field, "issue": issue, "location": "body"})])
}

fn refused(status: StatusCode, name: &str, details: &[Value]) -> Refused {
    let message = match name {
        "AUTHENTICATION_FAILURE" => {
            "Authentication failed due to invalid authentication credentials or a missing Authorization header."
        }
        "INVALID_REQUEST" => "Request is not well-formed, syntactically incorrect, or violates schema.",
        "RESOURCE_NOT_FOUND" => "The specified resource does not exist.",
        "UNSUPPORTED_MEDIA_TYPE" => "The server does not support the request payload's media type.",
        _ => "The requested action could not be performed, semantically incorrect, or failed business validation.",
    };
    Refused(status, json!({"name": name, "message": message, "debug_id": "90957fca61718", "details": details, "links": []}))
}

/// The errors of OAuth have a shape of their own.
fn oauth(error: &str) -> Refused {
    let description = if error == "invalid_client" { "Client Authentication failed" } else { "Access Token not found in cache" };
    Refused(StatusCode::UNAUTHORIZED, json!({"error": error, "error_description": description}))
}

fn respond(answer: Result<Answer, Refused>) -> Response<Vec<u8>> {
    let (status, document) = answer.unwrap_or_else(|Refused(status, document)| (status, Some(document)));
    let mut response = Response::new(document.map(|document| document.to_string().into_bytes()).unwrap_or_default());
    *response.status_mut() = status;
    response.headers_mut().insert("paypal-debug-id", HeaderValue::from_static("90957fca61718"));
    if !response.body().is_empty() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}
