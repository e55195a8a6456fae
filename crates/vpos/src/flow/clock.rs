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
