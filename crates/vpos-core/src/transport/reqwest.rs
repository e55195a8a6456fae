//! The async client: reqwest with rustls.

use std::error::Error as _;
use std::sync::Arc;

use http::{Request, Response};
use reqwest::Client;
use reqwest::redirect::Policy;
use rustls::crypto::ring;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::BuilderVerifierExt;
use tower::util::MapResponseLayer;

use super::Transport;
use super::line::{Line, root};
use crate::{ANSWER_LIMIT, Error, Lost, TimeLimit};

/// An async transport on reqwest, for programs on tokio: TLS by rustls, no redirects, no proxy from the environment, a
/// connection of its own for each request, and the time limit of each request for the whole of it.
///
/// ```no_run
/// use vpos_core::ReqwestTransport;
///
/// let transport = ReqwestTransport::new()?;
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    tls: ClientConfig,
}

impl ReqwestTransport {
    /// Trusts what the operating system trusts.
    ///
    /// # Errors
    /// [`Error::Config`] when TLS cannot be set up on this machine.
    pub fn new() -> Result<Self, Error> {
        let tls = builder()?.with_platform_verifier().map_err(|_| no_tls())?;
        Ok(Self { tls: tls.with_no_client_auth() })
    }

    /// Trusts that certificate authority and no other (PEM): for a bank simulated on your own machine.
    ///
    /// # Errors
    /// [`Error::Config`] when the text is no certificate.
    pub fn with_only_root(pem: &[u8]) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        roots.add(root(pem)?).map_err(|_| no_tls())?;
        Ok(Self { tls: builder()?.with_root_certificates(roots).with_no_client_auth() })
    }

    /// A client for one request: nothing of it is used again.
    fn client(&self, line: &Line, limit: TimeLimit) -> Result<Client, reqwest::Error> {
        let line = line.clone();
        Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .timeout(limit.duration)
            .redirect(Policy::none())
            .no_proxy()
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .user_agent(concat!("vpos/", env!("CARGO_PKG_VERSION")))
            .connector_layer(MapResponseLayer::new(move |connected| {
                line.stands();
                connected
            }))
            .build()
    }
}

/// With a provider of its own: the program's default, or the want of one, does not matter.
fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    builder.with_safe_default_protocol_versions().map_err(|_| no_tls())
}

fn no_tls() -> Error {
    Error::config("tls", "cannot be set up on this machine")
}

impl Transport for ReqwestTransport {
    async fn send(&self, request: Request<Vec<u8>>, limit: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
        let line = Line::default();
        let lost = |error| line.lost(limit, &told(error));
        let client = self.client(&line, limit).map_err(lost)?;
        let mut response = client.execute(request.try_into().map_err(lost)?).await.map_err(lost)?;
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(lost)? {
            if body.len() + part.len() > ANSWER_LIMIT {
                return Err(line.lost(limit, "the answer is above 1 MiB"));
            }
            body.extend_from_slice(&part);
        }
        let mut answer = Response::new(body);
        *answer.status_mut() = response.status();
        std::mem::swap(answer.headers_mut(), response.headers_mut());
        Ok(answer)
    }
}

/// The error and what caused it, without the address, which may hold a token.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
