//! A bank on this machine that behaves as badly as a test wants.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the clients must be tried over real sockets, without a bank"
)]

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

/// A request as it arrived: its head in lower case, and its body.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

/// What a connection is made of, with TLS or without.
trait Stream: Read + Write {
    /// Announces the end, where the protocol has a way to.
    fn end(&mut self);
}

impl Stream for TcpStream {
    fn end(&mut self) {}
}

impl Stream for StreamOwned<ServerConnection, TcpStream> {
    fn end(&mut self) {
        self.conn.send_close_notify();
        let _ = self.flush();
    }
}

/// The client at the other end of one connection.
pub(super) struct Peer {
    stream: Box<dyn Stream>,
    seen: Vec<Seen>,
}

impl Peer {
    /// Reads a whole request; false when there came none.
    pub(super) fn hear(&mut self) -> bool {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match self.stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return false,
            }
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
        let mut body = vec![0; length];
        let whole = self.stream.read_exact(&mut body).is_ok();
        if whole {
            self.seen.push(Seen { head, body });
        }
        whole
    }

    /// Reads so many bytes.
    pub(super) fn hear_bytes(&mut self, count: usize) {
        let _ = self.stream.read_exact(&mut vec![0; count]);
    }

    /// Writes, as far as the client listens.
    pub(super) fn say(&mut self, text: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(text.as_ref()).and_then(|()| self.stream.flush()).is_ok()
    }

    /// Announces the end of the connection.
    pub(super) fn end(&mut self) {
        self.stream.end();
    }

    /// Says nothing until the client hangs up.
    pub(super) fn keep_silent(&mut self) {
        let mut byte = [0];
        while matches!(self.stream.read(&mut byte), Ok(1..)) {}
    }
}

/// A listening server; it serves one connection after another.
pub(super) struct Server {
    address: SocketAddr,
    thread: JoinHandle<Vec<Vec<Seen>>>,
}

impl Server {
    /// Without TLS.
    pub(super) fn http(serve: impl Fn(&mut Peer) + Send + 'static) -> Self {
        Self::start(|stream| Some(Box::new(stream)), serve)
    }

    /// With TLS under that configuration. A failed handshake ends the connection.
    pub(super) fn https(config: Arc<ServerConfig>, serve: impl Fn(&mut Peer) + Send + 'static) -> Self {
        let shake = move |mut stream: TcpStream| -> Option<Box<dyn Stream>> {
            let mut tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            tls.complete_io(&mut stream).ok()?;
            Some(Box::new(StreamOwned::new(tls, stream)))
        };
        Self::start(shake, serve)
    }

    fn start(
        accept: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + 'static,
        serve: impl Fn(&mut Peer) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let thread = thread::spawn(move || {
            let mut connections = Vec::new();
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                if is_stop(&stream).unwrap_or(false) {
                    break;
                }
                let mut seen = Vec::new();
                if let Some(stream) = accept(stream) {
                    let mut peer = Peer { stream, seen };
                    serve(&mut peer);
                    seen = peer.seen;
                }
                connections.push(seen);
            }
            connections
        });
        Self { address, thread }
    }

    /// An address on it.
    pub(super) fn http_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// An address on it.
    pub(super) fn https_url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    /// Stops it; the requests that each connection carried. Connections are served in their order, so that none is missed.
    pub(super) fn connections(self) -> Vec<Vec<Seen>> {
        TcpStream::connect(self.address).unwrap().write_all(STOP).unwrap();
        self.thread.join().unwrap()
    }
}

const STOP: &[u8] = b"STOP";

fn is_stop(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0; STOP.len()];
    Ok(stream.peek(&mut first)? == STOP.len() && first == STOP)
}

/// An address at which nobody listens: a port that was free a moment ago may be another test's by now, but nobody has served
/// tcpmux for decades.
pub(super) const DESERTED: &str = "http://127.0.0.1:1/";

/// A certificate authority, and a server's certificate by it.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    pub(super) fn pem(&self) -> Vec<u8> {
        self.issuer.as_ref().pem().into_bytes()
    }

    /// A server of that name, which asks nobody who he is.
    pub(super) fn server(&self, name: &str) -> Arc<ServerConfig> {
        self.config(name, rustls::DEFAULT_VERSIONS, false)
    }

    /// A server that speaks one version of TLS and wants a certificate of the client.
    pub(super) fn strict_server(&self, name: &str, version: &'static SupportedProtocolVersion) -> Arc<ServerConfig> {
        self.config(name, &[version], true)
    }

    fn config(&self, name: &str, versions: &[&'static SupportedProtocolVersion], strict: bool) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions).unwrap();
        let config = if strict {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.as_ref().der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            config.with_client_cert_verifier(verifier)
        } else {
            config.with_no_client_auth()
        };
        Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).unwrap())
    }
}
