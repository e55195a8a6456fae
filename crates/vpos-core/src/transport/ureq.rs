//! The blocking client: ureq with rustls and the Mozilla roots.

use std::io::ErrorKind;

use http::{Request, Response};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Error, Timeout};

use super::blocking::Transport;
use crate::{ANSWER_LIMIT, Lost, TimeLimit};

/// A blocking transport on ureq: TLS by rustls, no redirects, no proxy from the environment, the time limit of each request
/// for the whole of it.
///
/// ```no_run
/// use vpos_core::blocking::UreqTransport;
///
/// let transport = UreqTransport::new();
/// ```
#[derive(Clone, Debug)]
pub struct UreqTransport {
    agent: Agent,
}

impl UreqTransport {
    /// Trusts the certificate authorities that Mozilla's browsers trust.
    pub fn new() -> Self {
        Self::with_tls(TlsConfig::default())
    }

    /// Trusts that certificate authority and no other (PEM): for a bank simulated on your own machine.
    ///
    /// # Errors
    /// [`crate::Error::Config`] when the text is no certificate.
    pub fn with_only_root(pem: &[u8]) -> Result<Self, crate::Error> {
        let root = Certificate::from_pem(pem).map_err(|_| crate::Error::config("root", "not a PEM certificate"))?;
        Ok(Self::with_tls(TlsConfig::builder().root_certs(RootCerts::from(vec![root])).build()))
    }

    fn with_tls(tls: TlsConfig) -> Self {
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("vpos/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: Agent::new_with_config(config) }
    }
}

impl Default for UreqTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for UreqTransport {
    fn send(&self, request: Request<Vec<u8>>, limit: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
        let request = self.agent.configure_request(request).timeout_global(Some(limit.duration)).build();
        let mut response = self.agent.run(request).map_err(|error| lost(&error, limit))?;
        let most = ANSWER_LIMIT as u64;
        let body = response.body_mut().with_config().limit(most).read_to_vec();
        // whatever goes wrong from here on, the request had arrived
        let body = body.map_err(|error| Lost::after_send(format!("{}: {error}", limit.name)))?;
        Ok(response.map(|_| body))
    }
}

/// Only what surely happened before the request was on its way is "before"; all else may have arrived.
fn lost(error: &Error, limit: TimeLimit) -> Lost {
    let reason = format!("{}: {error}", limit.name);
    let before = match error {
        Error::HostNotFound
        | Error::ConnectionFailed
        | Error::BadUri(_)
        | Error::Http(_)
        | Error::Tls(_)
        | Error::Rustls(_)
        | Error::Pem(_)
        | Error::Timeout(Timeout::Resolve | Timeout::Connect) => true,
        Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        _ => false,
    };
    if before { Lost::BeforeSend { reason } } else { Lost::AfterSend { reason } }
}
