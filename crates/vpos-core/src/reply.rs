//! What the merchant's server answers: to the bank, or to the buyer's browser that carried the bank's message.

use std::borrow::Cow;

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Response, StatusCode};

use crate::{Error, Refusal, WebAddress};

/// A status, a content type or a location, and a body: to be sent as it is.
///
/// ```
/// use vpos_core::Reply;
///
/// let reply = Reply::empty().into_http();
/// assert_eq!((reply.status().as_u16(), reply.body().len()), (200, 0));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    status: StatusCode,
    content_type: Option<&'static str>,
    location: Option<WebAddress>,
    body: Cow<'static, str>,
}

impl Reply {
    /// 200 without a body.
    pub const fn empty() -> Self {
        Self { status: StatusCode::OK, content_type: None, location: None, body: Cow::Borrowed("") }
    }

    /// 200 with text of that content type.
    pub fn text(content_type: &'static str, body: impl Into<Cow<'static, str>>) -> Self {
        Self { content_type: Some(content_type), body: body.into(), ..Self::empty() }
    }

    /// 303: the browser goes on by GET to one of the operation's own addresses.
    pub fn see_other(address: &WebAddress) -> Self {
        Self { status: StatusCode::SEE_OTHER, location: Some(address.clone()), ..Self::empty() }
    }

    /// Another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Where the browser is sent.
    pub const fn location(&self) -> Option<&WebAddress> {
        self.location.as_ref()
    }

    /// The body.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// For a web framework that speaks `http`.
    pub fn into_http(self) -> Response<Vec<u8>> {
        let mut response = Response::new(self.body.into_owned().into_bytes());
        *response.status_mut() = self.status;
        if let Some(content_type) = self.content_type {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        let location = self.location.and_then(|address| HeaderValue::from_str(address.as_str()).ok());
        if let Some(location) = location {
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }
}

/// Why a message is answered with a no.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Rejection {
    /// It cannot be read.
    Malformed,
    /// There is no such operation.
    UnknownOperation,
    /// It is not believed.
    Refused(Refusal),
    /// It is believed, and the merchant's own side could not keep it: a bank that listens annuls the payment.
    NotCommitted,
}

impl From<&Error> for Rejection {
    /// What `receive` and `verify` can end in. An error that is not about the message itself is the merchant's side.
    fn from(error: &Error) -> Self {
        match error {
            Error::Malformed { .. } => Self::Malformed,
            Error::Refused(refusal) => Self::Refused(*refusal),
            _ => Self::NotCommitted,
        }
    }
}
