//! Who carries a request to the bank and its answer back: a trait for async programs, one for blocking ones, real clients
//! behind the features `reqwest` and `ureq`. A closure is a transport too.
//!
//! Whatever carries it must follow no redirects, keep the [`TimeLimit`], stop reading above
//! [`ANSWER_LIMIT`](crate::ANSWER_LIMIT), check the server's certificate, never send a request twice, and tell one that never
//! left from one whose answer was lost. An answer that was cut short is lost too.

#[cfg(any(feature = "ureq", feature = "reqwest"))]
mod line;

#[cfg(feature = "ureq")]
mod ureq;

#[cfg(feature = "reqwest")]
mod reqwest;

use std::future::Future;

use http::{Request, Response};

use crate::{Lost, TimeLimit};

#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;

/// Carries requests in an async program.
///
/// ```
/// use http::{Request, Response};
/// use vpos_core::{Lost, TimeLimit, Transport};
///
/// fn is_transport(_: impl Transport) {}
/// is_transport(|_request: Request<Vec<u8>>, _limit: TimeLimit| async { Err(Lost::before_send("no network in a doctest")) });
/// ```
pub trait Transport {
    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// [`Lost`]: whether the request never left, or may have arrived.
    fn send(&self, request: Request<Vec<u8>>, limit: TimeLimit) -> impl Future<Output = Result<Response<Vec<u8>>, Lost>> + Send;
}

impl<F, A> Transport for F
where
    F: Fn(Request<Vec<u8>>, TimeLimit) -> A,
    A: Future<Output = Result<Response<Vec<u8>>, Lost>> + Send,
{
    fn send(&self, request: Request<Vec<u8>>, limit: TimeLimit) -> impl Future<Output = Result<Response<Vec<u8>>, Lost>> + Send {
        self(request, limit)
    }
}

/// The same for programs without an async runtime.
pub mod blocking {
    use http::{Request, Response};

    use crate::{Lost, TimeLimit};

    #[cfg(feature = "ureq")]
    pub use super::ureq::UreqTransport;

    /// Carries requests and blocks meanwhile.
    pub trait Transport {
        /// Sends a request and waits for the whole answer.
        ///
        /// # Errors
        /// [`Lost`]: whether the request never left, or may have arrived.
        fn send(&self, request: Request<Vec<u8>>, limit: TimeLimit) -> Result<Response<Vec<u8>>, Lost>;
    }

    impl<F> Transport for F
    where
        F: Fn(Request<Vec<u8>>, TimeLimit) -> Result<Response<Vec<u8>>, Lost>,
    {
        fn send(&self, request: Request<Vec<u8>>, limit: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
            self(request, limit)
        }
    }
}

#[cfg(test)]
#[cfg(any(feature = "ureq", feature = "reqwest"))]
mod tests;
