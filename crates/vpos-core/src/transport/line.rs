//! Whether a request can have left: the one question that both clients answer in the same way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::{Error, Lost, TimeLimit};

/// The line to the bank of one request. No byte of a request can leave before its line stands (TLS included), and each
/// request has a line of its own: what a client's error is called does not matter then, and no request is written to a
/// connection that the bank is just closing.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Arc<AtomicBool>);

impl Line {
    /// From now on the request may have arrived.
    pub(super) fn stands(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// How the request was lost.
    pub(super) fn lost(&self, limit: TimeLimit, reason: &str) -> Lost {
        let reason = format!("{}: {reason}", limit.name);
        if self.0.load(Ordering::SeqCst) { Lost::AfterSend { reason } } else { Lost::BeforeSend { reason } }
    }
}

/// The first certificate of that text.
///
/// # Errors
/// [`Error::Config`] when there is none, or none that could be an authority.
pub(super) fn root(pem: &[u8]) -> Result<CertificateDer<'static>, Error> {
    let wrong = || Error::config("root", "not a PEM certificate");
    let root = CertificateDer::from_pem_slice(pem).map_err(|_| wrong())?;
    // the clients would only say later that nothing is trusted
    RootCertStore::empty().add(root.clone()).map_err(|_| wrong())?;
    Ok(root)
}
