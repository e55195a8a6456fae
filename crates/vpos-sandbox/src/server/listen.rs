//! Sockets: one connection a task, and connections that are cut instead of answered.
#![expect(clippy::disallowed_types, reason = "the server is what opens the socket")]

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tower::ServiceExt as _;

/// Set in a response that nobody shall get: the connection is closed without a byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut;

/// An open port on the loopback interface.
#[derive(Debug)]
pub(super) struct Listener {
    socket: TcpListener,
    port: u16,
}

impl Listener {
    pub(super) fn bind(port: u16) -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        socket.set_nonblocking(true)?;
        let port = socket.local_addr()?.port();
        Ok(Self { socket, port })
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Accepts until the runtime is shut down.
    pub(super) async fn serve(self, router: Router) {
        let Ok(socket) = tokio::net::TcpListener::from_std(self.socket) else { return };
        loop {
            // a connection that failed before it was accepted is its client's affair
            let Ok((stream, _)) = socket.accept().await else { continue };
            let router = router.clone();
            let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let router = router.clone();
                async move {
                    let request: Request = request.map(Body::new);
                    let response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
                    // hyper closes the connection when the service fails
                    if response.extensions().get::<Cut>().is_some() { Err(io::Error::other("cut")) } else { Ok(response) }
                }
            });
            tokio::spawn(async move {
                // how a connection ended is seen at its other end
                let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    }
}
