//! A bank's request becomes what the flow reads, and the flow's reply becomes axum's response.

use std::net::{IpAddr, SocketAddr};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Request};
use axum::http::header::HeaderName;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use vpos::Reply;
use vpos::core::NOTIFICATION_LIMIT;
use vpos::flow::Incoming;
use vpos::http::Request as Whole;

use crate::{Refused, policy};

/// How many proxies of your own stand in front of the program, each of which adds to `X-Forwarded-For` whom it spoke with.
///
/// None, the default: the address of a message is that of the connection, where axum knows it
/// ([`into_make_service_with_connect_info`](axum::Router::into_make_service_with_connect_info)). With `n` it is the `n`-th
/// entry from the right, which is the one that the outermost of your proxies wrote; what stands further left is whatever the sender
/// liked to write. The address is kept as evidence and believed for nothing.
///
/// For [`BankRequest`] in a handler of your own it is an [`Extension`](axum::Extension).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Proxies(usize);

impl Proxies {
    /// So many.
    pub const fn new(count: usize) -> Self {
        Self(count)
    }

    fn sender(self, parts: &Parts) -> Option<IpAddr> {
        if self.0 == 0 {
            let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
            return Some(peer.ip().to_canonical());
        }
        forwarded(&parts.headers, self.0)
    }
}

/// The n-th entry from the right. Proxies write an address, some with its port.
fn forwarded(headers: &HeaderMap, nth: usize) -> Option<IpAddr> {
    let lines: Vec<&str> = headers
        .get_all(HeaderName::from_static("x-forwarded-for"))
        .iter()
        .map(|line| line.to_str().unwrap_or_default())
        .collect();
    let entry = lines.iter().rev().flat_map(|line| line.rsplit(',')).nth(nth.checked_sub(1)?)?.trim();
    let address = entry.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

/// A request to a notification URL, whole: for a handler of your own. At most 64 KiB, GET or POST.
///
/// ```
/// use axum::{Router, extract::State, routing::any};
/// use vpos::flow::{Clock, Merchant, Store};
/// use vpos::{PaymentFlow, Transport};
/// use vpos_axum::{BankReply, BankRequest};
///
/// async fn notified<S, T, M, C>(State(flow): State<PaymentFlow<S, T, M, C>>, request: BankRequest) -> BankReply
/// where
///     S: Store,
///     T: Transport + Send + Sync,
///     M: Merchant<S>,
///     C: Clock,
/// {
///     flow.confirm("caja", request).await.into()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct BankRequest(Incoming);

impl From<BankRequest> for Incoming {
    fn from(request: BankRequest) -> Self {
        request.0
    }
}

impl<S: Send + Sync> FromRequest<S> for BankRequest {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let proxies = request.extensions().get().copied().unwrap_or_default();
        let (whole, from) = whole(request, proxies).await?;
        Ok(Self(incoming(whole, from)))
    }
}

/// The request with its body, and its sender. Only GET and POST, and no more than a message may have.
pub(crate) async fn whole(request: Request, proxies: Proxies) -> Result<(Whole<Vec<u8>>, Option<IpAddr>), Refused> {
    if !matches!(*request.method(), Method::GET | Method::POST) {
        return Err(Refused::method("GET, POST"));
    }
    let (parts, body) = request.into_parts();
    let body = read(Request::new(body)).await?;
    let from = proxies.sender(&parts);
    Ok((Whole::from_parts(parts, body), from))
}

/// The body; the application's own limit, whatever it is, does not count here.
pub(crate) async fn read(mut request: Request) -> Result<Vec<u8>, Refused> {
    DefaultBodyLimit::max(NOTIFICATION_LIMIT).apply(&mut request);
    match Bytes::from_request(request, &()).await {
        Ok(bytes) => Ok(bytes.into()),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Refused::too_large()),
        Err(_) => Err(Refused::unreadable()),
    }
}

pub(crate) fn incoming(whole: Whole<Vec<u8>>, from: Option<IpAddr>) -> Incoming {
    let incoming = Incoming::new(whole);
    match from {
        Some(from) => incoming.from_address(from),
        None => incoming,
    }
}

/// The flow's reply as a response of axum: as it is, with headers by which a browser that shows it runs nothing and keeps
/// nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BankReply(Reply);

impl From<Reply> for BankReply {
    fn from(reply: Reply) -> Self {
        Self(reply)
    }
}

impl IntoResponse for BankReply {
    fn into_response(self) -> Response {
        policy::guard(self.0.into_http().map(Body::from), policy::REPLY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(lines: &[&str], proxies: usize) -> Option<String> {
        let peer = ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711)));
        let request =
            lines.iter().fold(Request::get("/").extension(peer), |request, line| request.header("x-forwarded-for", *line));
        Proxies::new(proxies).sender(&request.body(()).unwrap().into_parts().0).map(|address| address.to_string())
    }

    #[test]
    fn a_header_is_believed_only_as_far_as_our_own_proxies_wrote_it() {
        let some = |address: &str| Some(address.to_owned());
        assert_eq!(sender(&["195.76.9.187"], 0), some("10.0.0.1"));
        assert_eq!(sender(&["6.6.6.6, 195.76.9.187"], 1), some("195.76.9.187"));
        assert_eq!(sender(&["6.6.6.6", "195.76.9.187, 10.0.0.2"], 2), some("195.76.9.187"));
        assert_eq!(sender(&["195.76.9.187:443"], 1), some("195.76.9.187"));
        assert_eq!(sender(&["[2001:db8::7]:443"], 1), some("2001:db8::7"));
        assert_eq!(sender(&["::ffff:195.76.9.187"], 1), some("195.76.9.187"));
        for (lines, proxies) in [(&[][..], 1), (&["195.76.9.187"], 2), (&["unknown"], 1), (&["195.76.9.187, "], 1)] {
            assert_eq!(sender(lines, proxies), None, "{lines:?}");
        }
    }
}
