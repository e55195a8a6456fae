//! The access token: asked for only when there is none fresh, kept in the contract, and renewed once when PayPal says 401.
//!
//! Source: developer.paypal.com, authentication. Two exchanges at once may both ask for one: either token is good.

use std::sync::{Arc, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use vpos_core::{Answer, Authentic, Error, Exchange, Lost, Secret, Timestamp};

use crate::config::Rest;
use crate::remote::BANK;
use crate::wire::rest::names;
use crate::wire::rest::problem::Grant;

/// How long before its end a token is not used any more, in seconds.
const MARGIN: i64 = 60;

/// A token and until when it is used.
#[derive(Debug)]
pub(crate) struct Token {
    text: Secret,
    until: Timestamp,
}

/// A call to the API, which can be made again with another token.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// From `/v1` or `/v2` on.
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    /// `PayPal-Request-Id`: under the same one PayPal does the same thing once.
    pub(crate) request_id: Option<String>,
}

impl Call {
    pub(crate) fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: Vec::new(), request_id: None }
    }

    pub(crate) fn post(path: String, body: Vec<u8>, request_id: Option<String>) -> Self {
        Self { method: Method::POST, path, body, request_id }
    }
}

/// What came of a call.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    pub(crate) proof: Option<Authentic>,
}

/// Why a call has no answer.
pub(crate) enum Failed {
    /// The call, or its answer, was lost.
    Call(Lost),
    /// No token could be had, so the call was never made.
    Token(Lost),
    /// PayPal gives this client no token.
    Denied {
        /// `error` of the token's answer.
        code: String,
        /// `error_description`.
        message: String,
    },
}

/// What is made of the answer.
type Then<T> = Box<dyn FnOnce(Result<Answered, Failed>) -> Result<Exchange<T>, Error> + Send>;

/// Makes a call, with a token.
pub(crate) fn ask<T: 'static>(
    rest: &Arc<Rest>,
    call: Call,
    now: Timestamp,
    then: impl FnOnce(Result<Answered, Failed>) -> Result<Exchange<T>, Error> + Send + 'static,
) -> Result<Exchange<T>, Error> {
    let session = Session { rest: Arc::clone(rest), call, now, renewed: false, then: Box::new(then) };
    match fresh(rest, now) {
        Some(token) => session.send(token),
        None => session.login(),
    }
}

/// A call on its way.
struct Session<T> {
    rest: Arc<Rest>,
    call: Call,
    now: Timestamp,
    /// Whether a token was renewed for it already.
    renewed: bool,
    then: Then<T>,
}

impl<T: 'static> Session<T> {
    fn login(self) -> Result<Exchange<T>, Error> {
        let request = login_request(&self.rest)?;
        Ok(Exchange::ask(request, BANK, move |answer| match granted(answer) {
            Ok(grant) => {
                let token = Secret::new(grant.access_token);
                keep(&self.rest, &token, grant.expires_in, self.now);
                self.send(token)
            }
            Err(failed) => (self.then)(Err(failed)),
        }))
    }

    fn send(self, token: Secret) -> Result<Exchange<T>, Error> {
        let request = request(&self.rest, &self.call, &token)?;
        Ok(Exchange::ask(request, BANK, move |answer| {
            let proof = answer.authentic();
            match answer.into_response() {
                Err(lost) => (self.then)(Err(Failed::Call(lost))),
                // nothing was done under a token that PayPal does not take
                Ok(response) if response.status() == StatusCode::UNAUTHORIZED && !self.renewed => {
                    forget(&self.rest, &token);
                    Self { renewed: true, ..self }.login()
                }
                Ok(response) => {
                    let (parts, body) = response.into_parts();
                    (self.then)(Ok(Answered { status: parts.status, body, proof }))
                }
            }
        }))
    }
}

fn login_request(rest: &Rest) -> Result<Request<Vec<u8>>, Error> {
    let pair = format!("{}:{}", rest.client_id, rest.client_secret.expose());
    Request::post(format!("{}{}", rest.api, names::TOKEN))
        .header(AUTHORIZATION, hidden("client_id", &format!("Basic {}", STANDARD.encode(pair)))?)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(names::GRANT.as_bytes().to_vec())
        .map_err(|_| Error::config("api_url", "not an address"))
}

fn request(rest: &Rest, call: &Call, token: &Secret) -> Result<Request<Vec<u8>>, Error> {
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(format!("{}{}", rest.api, call.path))
        .header(AUTHORIZATION, hidden("access_token", &format!("Bearer {}", token.expose()))?)
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "application/json");
    if let Some(id) = &call.request_id {
        request = request.header(names::REQUEST_ID, id).header(names::PREFER, names::REPRESENTATION);
    }
    request.body(call.body.clone()).map_err(|_| Error::config("api_url", "not an address"))
}

/// A header that no log shows.
fn hidden(field: &'static str, text: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Error::config(field, "cannot stand in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn granted(answer: Answer) -> Result<Grant, Failed> {
    let response = answer.into_response().map_err(Failed::Token)?;
    let nothing = |reason: String| Failed::Token(Lost::after_send(format!("access token: {reason}")));
    match response.status() {
        StatusCode::OK => Grant::parse(response.body()).map_err(|error| nothing(error.to_string())),
        status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => Err(denied(&response)),
        status => Err(nothing(format!("status {}", status.as_u16()))),
    }
}

fn denied(response: &Response<Vec<u8>>) -> Failed {
    match Grant::denial(response.body()) {
        Ok((code, message)) => Failed::Denied { code, message },
        Err(_) => Failed::Token(Lost::after_send(format!("access token: status {}", response.status().as_u16()))),
    }
}

/// The kept token, where it is still good.
fn fresh(rest: &Rest, now: Timestamp) -> Option<Secret> {
    let kept = rest.token.lock().unwrap_or_else(PoisonError::into_inner);
    kept.as_ref().filter(|token| now < token.until).map(|token| token.text.clone())
}

fn keep(rest: &Rest, text: &Secret, seconds: u32, now: Timestamp) {
    let until = now.as_second().saturating_add(i64::from(seconds)).saturating_sub(MARGIN);
    let Ok(until) = Timestamp::from_second(until) else { return };
    if until > now {
        *rest.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(Token { text: text.clone(), until });
    }
}

/// Another exchange may have renewed it meanwhile.
fn forget(rest: &Rest, text: &Secret) {
    let mut kept = rest.token.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.as_ref().is_some_and(|token| token.text.expose() == text.expose()) {
        *kept = None;
    }
}
