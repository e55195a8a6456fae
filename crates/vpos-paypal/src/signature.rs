//! What stands for a signature at PayPal, who signs nothing with a secret that it shares with the shop.
//!
//! A webhook carries a certificate's address and a signature, which PayPal's own API checks; an IPN message is posted back to
//! PayPal, which says whether it sent it. What either says is then asked of the API, over TLS.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Uri};
use serde_json::Value;
use vpos_core::{Error, Refusal, Timestamp};

/// The one algorithm that PayPal's webhooks are signed by [api/webhooks/v1].
pub const ALGORITHM: &str = "SHA256withRSA";

/// The five headers of a webhook.
///
/// ```
/// use vpos_core::http::HeaderMap;
/// use vpos_core::Refusal;
/// use vpos_paypal::signature::Transmission;
///
/// let headers = |certificate: &'static str| {
///     let mut headers = HeaderMap::new();
///     headers.insert("paypal-transmission-id", "69cd13f0-d67a-11e5-baa3-778b53f4ae55".parse().unwrap());
///     headers.insert("paypal-transmission-time", "2026-11-23T12:05:01Z".parse().unwrap());
///     headers.insert("paypal-transmission-sig", "lmI95Jx3Y9nhR5SJ".parse().unwrap());
///     headers.insert("paypal-cert-url", certificate.parse().unwrap());
///     headers.insert("paypal-auth-algo", "SHA256withRSA".parse().unwrap());
///     headers
/// };
/// let good = Transmission::read(&headers("https://api.paypal.com/v1/notifications/certs/CERT-1"))?;
/// assert!(good.check().is_ok());
/// let forged = Transmission::read(&headers("https://paypal.com.evil.example/CERT-1"))?;
/// assert_eq!(forged.check(), Err(Refusal::Signature));
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Transmission {
    id: String,
    time: Timestamp,
    time_text: String,
    signature: String,
    certificate: String,
    algorithm: String,
}

impl Transmission {
    /// Reads the headers, each of which must be there once.
    ///
    /// # Errors
    /// [`Error::Malformed`] naming the header.
    pub fn read(headers: &HeaderMap) -> Result<Self, Error> {
        // the longest that the API takes back
        let time_text = header(headers, "paypal-transmission-time", 100)?;
        let time = time_text.parse().map_err(|_| Error::malformed("paypal-transmission-time", "not a time"))?;
        Ok(Self {
            id: header(headers, "paypal-transmission-id", 50)?,
            time,
            time_text,
            signature: header(headers, "paypal-transmission-sig", 500)?,
            certificate: header(headers, "paypal-cert-url", 500)?,
            algorithm: header(headers, "paypal-auth-algo", 100)?,
        })
    }

    /// What can be told without asking PayPal: the certificate is PayPal's, the signature is one, and by the known algorithm.
    ///
    /// # Errors
    /// [`Refusal::Signature`].
    pub fn check(&self) -> Result<(), Refusal> {
        let signed = STANDARD.decode(&self.signature).is_ok_and(|bytes| !bytes.is_empty());
        if signed && self.algorithm == ALGORITHM && !self.id.is_empty() && is_of_paypal(&self.certificate) {
            Ok(())
        } else {
            Err(Refusal::Signature)
        }
    }

    /// When PayPal sent it.
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// What PayPal's API is asked: these headers and the event, which goes back byte for byte. The event must be one JSON
    /// object; whoever reads a notification has seen to that.
    pub fn question(&self, webhook_id: &str, event: &[u8]) -> Vec<u8> {
        let mut body = Vec::with_capacity(event.len() + 1_024);
        let parts = [
            ("{\"auth_algo\":", self.algorithm.as_str()),
            (",\"cert_url\":", &self.certificate),
            (",\"transmission_id\":", &self.id),
            (",\"transmission_sig\":", &self.signature),
            (",\"transmission_time\":", &self.time_text),
            (",\"webhook_id\":", webhook_id),
        ];
        for (name, value) in parts {
            body.extend_from_slice(name.as_bytes());
            body.extend_from_slice(Value::from(value).to_string().as_bytes());
        }
        body.extend_from_slice(b",\"webhook_event\":");
        body.extend_from_slice(event);
        body.push(b'}');
        body
    }
}

fn header(headers: &HeaderMap, name: &'static str, most: usize) -> Result<String, Error> {
    let mut all = headers.get_all(name).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return Err(Error::malformed(name, "missing, or there twice"));
    };
    let text = value.to_str().map_err(|_| Error::malformed(name, "not ASCII"))?;
    if text.len() > most { Err(Error::malformed(name, "too long")) } else { Ok(text.to_owned()) }
}

/// Whether an address is https to `paypal.com` or a host below it, at its own port and without a user.
pub(crate) fn is_of_paypal(address: &str) -> bool {
    // what an address has none of, and other readers of addresses take for something else
    let plain = address.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let Ok(uri) = address.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    // no user, no port: the authority is the host
    let alone = uri.authority().is_some_and(|at| at.as_str().eq_ignore_ascii_case(&host));
    plain && alone && uri.scheme_str() == Some("https") && (host == "paypal.com" || host.ends_with(".paypal.com"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_paypals_own_hosts() {
        for address in [
            "https://api.paypal.com/v1/notifications/certs/CERT-1",
            "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
            "https://paypal.com/",
            "https://www.PayPal.com/checkoutnow?token=1",
        ] {
            assert!(is_of_paypal(address), "{address}");
        }
        for address in [
            "http://api.paypal.com/CERT-1",
            "https://paypal.com.evil.example/",
            "https://evilpaypal.com/",
            "https://evil.example/paypal.com",
            "https://evil.example/?https://api.paypal.com",
            "https://evil.example#.paypal.com",
            "https://paypal.com@evil.example/",
            "https://user@paypal.com/",
            "https://api.paypal.com:8443/",
            "https://api.paypal.com./",
            "https://evil.example\\.paypal.com/",
            "https://.evil.example/.paypal.com",
            "//api.paypal.com/",
            "api.paypal.com",
            "javascript:alert(1)//api.paypal.com",
            "",
        ] {
            assert!(!is_of_paypal(address), "{address}");
        }
    }

    proptest! {
        #[test]
        fn the_event_goes_back_byte_for_byte(id in "[ -~]{1,40}", event in "\\{\"a\": ?[0-9.]{1,9}[ \\n]?\\}") {
            let mut headers = HeaderMap::new();
            for (name, value) in [
                ("paypal-transmission-id", id.as_str()),
                ("paypal-transmission-time", "2026-11-23T12:05:01Z"),
                ("paypal-transmission-sig", "lmI95Jx3Y9nhR5SJ"),
                ("paypal-cert-url", "https://api.paypal.com/CERT-1"),
                ("paypal-auth-algo", ALGORITHM),
            ] {
                headers.insert(name, value.parse().unwrap());
            }
            let body = Transmission::read(&headers).unwrap().question("WH1", event.as_bytes());
            let text = String::from_utf8(body).unwrap();
            let tail = format!(",\"webhook_event\":{event}}}");
            prop_assert!(text.ends_with(&tail));
            let head: Value = serde_json::from_str(&format!("{}}}", text.strip_suffix(&tail).unwrap())).unwrap();
            prop_assert_eq!(head["transmission_id"].as_str(), Some(id.as_str()));
            prop_assert_eq!(head["webhook_id"].as_str(), Some("WH1"));
        }
    }
}
