//! A message that reached the merchant's server.

use std::fmt::Write as _;
use std::net::IpAddr;

use sha2::{Digest as _, Sha256};
use vpos_core::http::Request;
use vpos_core::mask_pans;

/// How much of a message that was not verified is kept as evidence: whoever finds the URL can send as much as he likes.
const UNVERIFIED_KEPT: usize = 4096;

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
        let body = String::from_utf8_lossy(self.request.body());
        let text = format!("{} {}\n\n{body}", self.request.method(), self.request.uri());
        // no store takes a NUL in a text
        beginning(&mask_pans(&text.replace('\0', "\u{fffd}")))
    }
}

/// What is kept of a message that was not verified: its beginning, and by what the whole can be recognised. Of the masked text:
/// a card number could be found again from a hash.
pub(super) fn beginning(masked: &str) -> String {
    if masked.len() <= UNVERIFIED_KEPT {
        return masked.to_owned();
    }
    let end = (0..=UNVERIFIED_KEPT).rev().find(|end| masked.is_char_boundary(*end)).unwrap_or_default();
    let (kept, length) = (masked.get(..end).unwrap_or_default(), masked.len());
    let mut digest = String::new();
    for byte in Sha256::digest(masked) {
        let _ = write!(digest, "{byte:02x}"); // a text takes everything
    }
    format!("{kept}\n\n[cut: {length} bytes with card numbers masked, their SHA-256 {digest}]")
}

impl From<Request<Vec<u8>>> for Incoming {
    fn from(request: Request<Vec<u8>>) -> Self {
        Self::new(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_unreadable_message_the_beginning_is_kept_whatever_is_long_in_it() {
        let short = Incoming::new(Request::post("/aviso").body(b"4548810000000003".to_vec()).unwrap()).unreadable();
        assert_eq!(short, "POST /aviso\n\n454881******0003");
        let long = ["/aviso".to_owned(), format!("/aviso?{}", "x".repeat(60_000))];
        for (uri, body) in long.iter().zip(["ñ".repeat(1_000_000), String::new()]) {
            let kept = Incoming::new(Request::post(uri).body(body.clone().into_bytes()).unwrap()).unreadable();
            assert!(kept.len() < UNVERIFIED_KEPT + 200, "{}", kept.len());
            let whole = format!("POST {uri}\n\n{body}");
            assert!(kept.contains(&format!("[cut: {} bytes", whole.len())));
        }
    }

    #[test]
    fn what_was_cut_is_recognised_by_its_hash() {
        let one = beginning(&"a".repeat(5_000));
        assert_ne!(one, beginning(&format!("{}b", "a".repeat(4_999))));
        assert_eq!(one, beginning(&"a".repeat(5_000)));
    }
}
