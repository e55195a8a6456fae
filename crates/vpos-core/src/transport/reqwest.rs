//! The async client: reqwest with rustls.

use http::{Request, Response};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder};

use super::Transport;
use crate::{ANSWER_LIMIT, Error, Lost, TimeLimit};

/// An async transport on reqwest, for programs on tokio: TLS by rustls, no redirects, no proxy from the environment, the
/// time limit of each request for the whole of it.
///
/// ```no_run
/// use vpos_core::ReqwestTransport;
///
/// let transport = ReqwestTransport::new()?;
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: Client,
}

impl ReqwestTransport {
    /// Trusts what the operating system trusts.
    ///
    /// # Errors
    /// [`Error::Config`] when TLS cannot be set up on this machine.
    pub fn new() -> Result<Self, Error> {
        Self::build(Client::builder())
    }

    /// Trusts that certificate authority and no other (PEM): for a bank simulated on your own machine.
    ///
    /// # Errors
    /// [`Error::Config`] when the text is no certificate.
    pub fn with_only_root(pem: &[u8]) -> Result<Self, Error> {
        let root = Certificate::from_pem(pem).map_err(|_| Error::config("root", "not a PEM certificate"))?;
        Self::build(Client::builder().tls_certs_only([root]))
    }

    fn build(builder: ClientBuilder) -> Result<Self, Error> {
        let agent = concat!("vpos/", env!("CARGO_PKG_VERSION"));
        let client = builder.redirect(Policy::none()).no_proxy().retry(reqwest::retry::never()).user_agent(agent).build();
        let client = client.map_err(|_| Error::config("tls", "cannot be set up on this machine"))?;
        Ok(Self { client })
    }
}

impl Transport for ReqwestTransport {
    async fn send(&self, request: Request<Vec<u8>>, limit: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
        let mut request = reqwest::Request::try_from(request).map_err(|error| lost(error, limit))?;
        *request.timeout_mut() = Some(limit.duration);
        let mut response = self.client.execute(request).await.map_err(|error| lost(error, limit))?;
        let mut body = Vec::new();
        // whatever goes wrong from here on, the request had arrived
        while let Some(part) = response.chunk().await.map_err(|error| after(error, limit))? {
            if body.len() + part.len() > ANSWER_LIMIT {
                return Err(Lost::after_send(format!("{}: the answer is above 1 MiB", limit.name)));
            }
            body.extend_from_slice(&part);
        }
        let mut answer = Response::new(body);
        *answer.status_mut() = response.status();
        std::mem::swap(answer.headers_mut(), response.headers_mut());
        Ok(answer)
    }
}

/// Only what surely happened before the request was on its way is "before"; all else may have arrived.
fn lost(error: reqwest::Error, limit: TimeLimit) -> Lost {
    if error.is_connect() || error.is_builder() {
        return Lost::before_send(format!("{}: {}", limit.name, error.without_url()));
    }
    after(error, limit)
}

fn after(error: reqwest::Error, limit: TimeLimit) -> Lost {
    Lost::after_send(format!("{}: {}", limit.name, error.without_url()))
}
