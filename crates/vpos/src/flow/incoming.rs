//! A message that reached the merchant's server.

use std::net::IpAddr;

use vpos_core::http::Request;
use vpos_core::mask_pans;

/// How much of a message that cannot be read is kept as evidence.
const UNREADABLE_KEPT: usize = 4096;

/// A request to the notification URL, and from which address it came, where the caller knows.
///
/// ```
/// use vpos::flow::Incoming;
/// use vpos::http::Request;
///
/// let request = Request::post("/aviso").body(b"Ds_Order=1".to_vec()).unwrap();
/// let incoming = Incoming::new(request).from_address("195.76.9.187".parse().unwrap());
/// ```
#[derive(Clone, Debug)]
pub struct Incoming {
    pub(super) request: Request<Vec<u8>>,
    pub(super) from: Option<IpAddr>,
}

impl Incoming {
    /// A request.
    pub const fn new(request: Request<Vec<u8>>) -> Self {
        Self { request, from: None }
    }

    /// With the address that it came from. Kept as evidence, believed for nothing: behind a proxy it is the proxy's.
    #[must_use]
    pub const fn from_address(mut self, from: IpAddr) -> Self {
        self.from = Some(from);
        self
    }

    /// The beginning of a message that cannot be read, as evidence.
    pub(super) fn unreadable(&self) -> String {
        let body = self.request.body();
        let kept = body.get(..UNREADABLE_KEPT).unwrap_or(body);
        let text = format!("{} {}\n\n{}", self.request.method(), self.request.uri(), String::from_utf8_lossy(kept));
        // no store takes a NUL in a text
        mask_pans(&text.replace('\0', "\u{fffd}")).into_owned()
    }
}

impl From<Request<Vec<u8>>> for Incoming {
    fn from(request: Request<Vec<u8>>) -> Self {
        Self::new(request)
    }
}
