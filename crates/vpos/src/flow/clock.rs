//! The time, the dice and the waiting of a flow: one trait, so that tests have their own.

use std::future::Future;
use std::time::Duration;

use vpos_core::{Entropy, Error, Timestamp};

/// Tells the time, rolls dice and waits.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Sixteen bytes of a cryptographic random number generator.
    ///
    /// # Errors
    /// [`Error::Config`] when the system has none to give.
    fn entropy(&self) -> Result<Entropy, Error>;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;

    /// Waits for a future, and no longer than that: none when it took longer, and it is dropped. By tokio's timer; outside a
    /// runtime of tokio it waits without end, so a clock for another runtime writes its own.
    fn within<F>(&self, limit: Duration, future: F) -> impl Future<Output = Option<F::Output>> + Send
    where
        F: Future<Output: Send> + Send,
    {
        async move {
            match tokio::runtime::Handle::try_current() {
                Ok(_) => tokio::time::timeout(limit, future).await.ok(),
                Err(_) => Some(future.await),
            }
        }
    }
}

/// The system's clock and random number generator; waits by tokio.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn entropy(&self) -> Result<Entropy, Error> {
        let mut bytes = [0; 16];
        match getrandom::fill(&mut bytes) {
            Ok(()) => Ok(Entropy::new(bytes)),
            Err(error) => Err(Error::config("entropy", format!("the system gives no random bytes: {error}"))),
        }
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(duration)
    }
}
