//! A conversation with a bank, without IO: what to send, and what to make of the answer or of its loss.
//!
//! A bank crate returns an [`Exchange`]. A driver sends what it asks and hands the answer back until it is done: [`drive`]
//! over a [`Transport`], [`drive_blocking`] over a [`blocking::Transport`], or your own loop over [`Ask::split`].

use std::fmt;
use std::time::Duration;

use http::{Request, Response, Uri};

use crate::transport::{Transport, blocking};
use crate::{Authentic, Error};

/// The largest answer that is read: 1 MiB.
pub const ANSWER_LIMIT: usize = 1024 * 1024;

/// Done, or something to ask of the bank. Exhaustive on purpose.
///
/// ```
/// use vpos_core::Exchange;
///
/// let exchange = Exchange::Done(7).map(|n| n + 1);
/// assert_eq!(exchange.local()?, 8);
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent until an exchange is driven"]
#[expect(clippy::exhaustive_enums, reason = "a driver must handle both")]
#[expect(clippy::large_enum_variant, reason = "it lives on the stack for a moment")]
pub enum Exchange<T> {
    /// The result.
    Done(T),
    /// A request to be sent first.
    Ask(Ask<T>),
}

impl<T: 'static> Exchange<T> {
    /// A request to send, and what to make of its answer.
    pub fn ask(request: Request<Vec<u8>>, limit: TimeLimit, then: impl FnOnce(Answer) -> Next<T> + Send + 'static) -> Self {
        Self::Ask(Ask { request, limit, then: Box::new(then) })
    }

    /// The result, when there was nothing to ask.
    ///
    /// # Errors
    /// [`Error::Payment`] when the bank has to be asked: use a driver.
    pub fn local(self) -> Result<T, Error> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Ask(_) => Err(Error::payment("exchange", "the bank has to be asked: drive it over a transport")),
        }
    }

    /// Changes the result.
    pub fn map<U: 'static>(self, change: impl FnOnce(T) -> U + Send + 'static) -> Exchange<U> {
        match self {
            Self::Done(value) => Exchange::Done(change(value)),
            Self::Ask(Ask { request, limit, then }) => Exchange::ask(request, limit, move |answer| Ok(then(answer)?.map(change))),
        }
    }
}

/// What follows an answer.
type Next<T> = Result<Exchange<T>, Error>;

/// A request, how long it may take, and what to make of its answer.
pub struct Ask<T> {
    request: Request<Vec<u8>>,
    limit: TimeLimit,
    then: Box<dyn FnOnce(Answer) -> Next<T> + Send>,
}

impl<T> Ask<T> {
    /// What is to be sent.
    pub const fn request(&self) -> &Request<Vec<u8>> {
        &self.request
    }

    /// How long it may take.
    pub const fn time_limit(&self) -> TimeLimit {
        self.limit
    }

    /// For a driver of your own: the request to send, its limit, and where the answer goes.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use vpos_core::{Error, Exchange, Lost, TimeLimit};
    ///
    /// fn drive<T: 'static>(
    ///     mut exchange: Exchange<T>,
    ///     send: impl Fn(Request<Vec<u8>>, TimeLimit) -> Result<Response<Vec<u8>>, Lost>,
    /// ) -> Result<T, Error> {
    ///     loop {
    ///         match exchange {
    ///             Exchange::Done(value) => return Ok(value),
    ///             Exchange::Ask(ask) => {
    ///                 let (request, limit, resume) = ask.split();
    ///                 // the answer, or how it was lost: both go to the bank crate
    ///                 exchange = resume.with(send(request, limit))?;
    ///             }
    ///         }
    ///     }
    /// }
    /// ```
    pub fn split(self) -> (Request<Vec<u8>>, TimeLimit, Resume<T>) {
        let from = Origin::of(self.request.uri());
        (self.request, self.limit, Resume { from, then: self.then })
    }
}

/// Shows the method and the host, nothing else: addresses and bodies hold tokens.
impl<T> fmt::Debug for Ask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.request.uri().host().unwrap_or_default();
        write!(f, "Ask({} {host})", self.request.method())
    }
}

/// Waits for the answer to a request.
#[must_use = "a lost answer must be told too"]
pub struct Resume<T> {
    from: Origin,
    then: Box<dyn FnOnce(Answer) -> Next<T> + Send>,
}

impl<T> Resume<T> {
    /// Goes on with the answer or its loss. An answer above [`ANSWER_LIMIT`] is a lost one.
    ///
    /// # Errors
    /// Those of the bank crate's call.
    pub fn with(self, result: Result<Response<Vec<u8>>, Lost>) -> Next<T> {
        let result = result.and_then(|response| {
            let fits = response.body().len() <= ANSWER_LIMIT;
            fits.then_some(response).ok_or_else(|| Lost::after_send("the answer is above 1 MiB"))
        });
        (self.then)(Answer { result, from: self.from })
    }
}

impl<T> fmt::Debug for Resume<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resume")
    }
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Origin {
    /// A https server, or one on this machine.
    Trusted,
    /// Anything else.
    Open,
}

impl Origin {
    fn of(uri: &Uri) -> Self {
        let loopback = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match uri.scheme_str() {
            Some("https") => Self::Trusted,
            Some("http") if loopback => Self::Trusted,
            _ => Self::Open,
        }
    }
}

/// The bank's response, or the loss of it.
#[derive(Debug)]
pub struct Answer {
    result: Result<Response<Vec<u8>>, Lost>,
    from: Origin,
}

impl Answer {
    /// The response.
    ///
    /// # Errors
    /// How it was lost. The bank crate turns this into an outcome.
    pub fn into_response(self) -> Result<Response<Vec<u8>>, Lost> {
        self.result
    }

    /// Proof by TLS: this is an answer to a https request (or to one that never left this machine) which the bank crate
    /// itself built. For banks that sign no answers. None when the answer was lost or the connection was open to anybody.
    pub fn authentic(&self) -> Option<Authentic> {
        (self.result.is_ok() && self.from == Origin::Trusted).then(Authentic::by_transport)
    }
}

/// A request that has no answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "the two cases decide whether money may have moved")]
pub enum Lost {
    /// It never left: nothing happened.
    #[error("not sent: {reason}")]
    BeforeSend {
        /// Why.
        reason: String,
    },
    /// It may have arrived: nobody knows what happened.
    #[error("sent, and the answer was lost: {reason}")]
    AfterSend {
        /// Why.
        reason: String,
    },
}

impl Lost {
    /// It never left.
    pub fn before_send(reason: impl Into<String>) -> Self {
        Self::BeforeSend { reason: reason.into() }
    }

    /// It may have arrived.
    pub fn after_send(reason: impl Into<String>) -> Self {
        Self::AfterSend { reason: reason.into() }
    }
}

/// How long a request may take, and what for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TimeLimit {
    /// What is waited for, as an error names it.
    pub name: &'static str,
    /// How long.
    pub duration: Duration,
}

impl TimeLimit {
    /// Names a limit.
    pub const fn new(name: &'static str, duration: Duration) -> Self {
        Self { name, duration }
    }
}

/// Drives an exchange to its end over an async transport.
///
/// # Errors
/// Those of the bank crate's call.
pub async fn drive<T: 'static>(mut exchange: Exchange<T>, transport: &(impl Transport + ?Sized)) -> Result<T, Error> {
    loop {
        match exchange {
            Exchange::Done(value) => return Ok(value),
            Exchange::Ask(ask) => {
                let (request, limit, resume) = ask.split();
                exchange = resume.with(transport.send(request, limit).await)?;
            }
        }
    }
}

/// Drives an exchange to its end over a blocking transport.
///
/// ```
/// use http::{Request, Response};
/// use vpos_core::{drive_blocking, Exchange, Lost, TimeLimit};
///
/// let request = Request::get("https://bank.example/").body(Vec::new()).unwrap();
/// let limit = TimeLimit::new("bank", std::time::Duration::from_secs(45));
/// let exchange = Exchange::ask(request, limit, |answer| match answer.into_response() {
///     Ok(response) => Ok(Exchange::Done(response.status().as_u16())),
///     Err(lost) => Err(lost.into()),
/// });
/// // a closure is a transport
/// let bank = |_request, _limit| Ok::<_, Lost>(Response::new(b"good".to_vec()));
/// assert_eq!(drive_blocking(exchange, &bank)?, 200);
/// # Ok::<(), vpos_core::Error>(())
/// ```
///
/// # Errors
/// Those of the bank crate's call.
pub fn drive_blocking<T: 'static>(
    mut exchange: Exchange<T>,
    transport: &(impl blocking::Transport + ?Sized),
) -> Result<T, Error> {
    loop {
        match exchange {
            Exchange::Done(value) => return Ok(value),
            Exchange::Ask(ask) => {
                let (request, limit, resume) = ask.split();
                exchange = resume.with(transport.send(request, limit))?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(uri: &str) -> Ask<Option<Authentic>> {
        let request = Request::get(uri).body(b"token".to_vec()).unwrap();
        let limit = TimeLimit::new("test", Duration::from_secs(1));
        match Exchange::ask(request, limit, |answer| Ok(Exchange::Done(answer.authentic()))) {
            Exchange::Ask(ask) => ask,
            Exchange::Done(_) => panic!("asked nothing"),
        }
    }

    fn proof(uri: &str, result: Result<Response<Vec<u8>>, Lost>) -> bool {
        ask(uri).split().2.with(result).unwrap().local().unwrap().is_some()
    }

    #[test]
    fn only_an_answer_over_tls_or_from_this_machine_is_authentic() {
        let good = || Ok(Response::new(Vec::new()));
        assert!(proof("https://bank.example/", good()));
        assert!(proof("http://127.0.0.1:8080/", good()));
        assert!(!proof("http://bank.example/", good()));
        assert!(!proof("http://localhost.evil.example/", good()));
        assert!(!proof("https://bank.example/", Err(Lost::after_send("time-out"))));
    }

    #[test]
    fn an_endless_answer_is_a_lost_one() {
        assert!(!proof("https://bank.example/", Ok(Response::new(vec![0; ANSWER_LIMIT + 1]))));
        assert!(proof("https://bank.example/", Ok(Response::new(vec![0; ANSWER_LIMIT]))));
    }

    #[test]
    fn nothing_of_a_request_is_shown_but_its_host() {
        assert_eq!(format!("{:?}", ask("https://bank.example/?token=x")), "Ask(GET bank.example)");
    }
}
