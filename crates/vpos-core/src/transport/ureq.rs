//! The blocking client: ureq with rustls and the Mozilla roots.

use std::io::{self, ErrorKind};

use http::{Request, Response};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{self, Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use super::blocking::Transport;
use super::line::{Line, root};
use crate::{ANSWER_LIMIT, Lost, TimeLimit};

/// A blocking transport on ureq: TLS by rustls, no redirects, no proxy from the environment, a connection of its own for each
/// request, and the time limit of each request for the whole of it.
///
/// ```no_run
/// use vpos_core::blocking::UreqTransport;
///
/// let transport = UreqTransport::new();
/// ```
#[derive(Clone, Debug)]
pub struct UreqTransport {
    tls: TlsConfig,
}

impl UreqTransport {
    /// Trusts the certificate authorities that Mozilla's browsers trust.
    pub fn new() -> Self {
        Self { tls: TlsConfig::default() }
    }

    /// Trusts that certificate authority and no other (PEM): for a bank simulated on your own machine.
    ///
    /// # Errors
    /// [`crate::Error::Config`] when the text is no certificate.
    pub fn with_only_root(pem: &[u8]) -> Result<Self, crate::Error> {
        let root = Certificate::from_der(&root(pem)?).to_owned();
        Ok(Self { tls: TlsConfig::builder().root_certs(RootCerts::from(vec![root])).build() })
    }

    /// An agent for one request: nothing of it is used again.
    fn agent(&self, line: &Line, limit: TimeLimit) -> Agent {
        let config = Agent::config_builder()
            .tls_config(self.tls.clone())
            .timeout_global(Some(limit.duration))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .user_agent(concat!("vpos/", env!("CARGO_PKG_VERSION")))
            .build();
        let connector = DefaultConnector::new().chain(Watch { line: line.clone() });
        Agent::with_parts(config, connector, DefaultResolver::default())
    }
}

impl Default for UreqTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for UreqTransport {
    fn send(&self, request: Request<Vec<u8>>, limit: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
        let line = Line::default();
        let lost = |error: &Error| line.lost(limit, &error.to_string());
        let mut response = self.agent(&line, limit).run(request).map_err(|error| lost(&error))?;
        // one more than may be: an answer of just that length is whole
        let most = ANSWER_LIMIT as u64 + 1;
        let body = response.body_mut().with_config().limit(most).read_to_vec().map_err(|error| lost(&error))?;
        if body.len() > ANSWER_LIMIT {
            return Err(line.lost(limit, "the answer is above 1 MiB"));
        }
        Ok(response.map(|_| body))
    }
}

/// The last of the connectors: it sees the connection as soon as it stands, TLS included.
#[derive(Debug)]
struct Watch {
    line: Line,
}

impl<T: transport::Transport> Connector<T> for Watch {
    type Out = Watched<T>;

    fn connect(&self, _: &ConnectionDetails<'_>, connected: Option<T>) -> Result<Option<Watched<T>>, Error> {
        if connected.is_some() {
            self.line.stands();
        }
        Ok(connected.map(Watched))
    }
}

/// A connection whose break is an error. ureq takes a reset, or the end of a TLS connection that nobody announced, for the
/// end of an answer that does not state its length; anybody on the way could cut such an answer short (RFC 9112, 9.8).
#[derive(Debug)]
struct Watched<T>(T);

impl<T: transport::Transport> transport::Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout).map_err(|error| match error {
            Error::Io(error) if is_break(error.kind()) => Error::Io(io::Error::other(error)),
            error => error,
        })
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

const fn is_break(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}
