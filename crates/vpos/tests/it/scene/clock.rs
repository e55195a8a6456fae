//! The time and the dice of a scene: virtual ones that a test sets, or real ones.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use vpos::flow::{Clock, SystemClock};
use vpos::{Entropy, Error, Timestamp};

/// Clones share it.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<Kind>>);

enum Kind {
    Real,
    Virtual { now: Timestamp, dice: Dice },
}

/// What falls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dice {
    /// Another number each time, the same ones in every scene.
    Counting(u64),
    /// So many times the same number, then others.
    Stuck(u64),
}

impl TestClock {
    pub(crate) fn real() -> Self {
        Self(Arc::new(Mutex::new(Kind::Real)))
    }

    pub(crate) fn at_noon() -> Self {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        Self(Arc::new(Mutex::new(Kind::Virtual { now, dice: Dice::Counting(0) })))
    }

    pub(crate) fn set(&self, to: Timestamp) {
        if let Kind::Virtual { now, .. } = &mut *self.0.lock().unwrap() {
            *now = to;
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }

    pub(crate) fn throw(&self, new: Dice) {
        if let Kind::Virtual { dice, .. } = &mut *self.0.lock().unwrap() {
            *dice = new;
        }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        match &*self.0.lock().unwrap() {
            Kind::Real => Timestamp::now(),
            Kind::Virtual { now, .. } => *now,
        }
    }

    fn entropy(&self) -> Result<Entropy, Error> {
        let thrown = match &mut *self.0.lock().unwrap() {
            Kind::Real => return SystemClock::default().entropy(),
            Kind::Virtual { dice, .. } => match dice {
                Dice::Counting(count) => {
                    *count += 1;
                    *count
                }
                Dice::Stuck(0) => {
                    *dice = Dice::Counting(1_000_001);
                    1_000_000
                }
                Dice::Stuck(left) => {
                    *left -= 1;
                    1
                }
            },
        };
        // spread, since a bank's rule may look at some of the bytes alone
        Ok(Entropy::new(u128::from(thrown).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes()))
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        let real = matches!(*self.0.lock().unwrap(), Kind::Real);
        self.advance(duration);
        async move { if real { tokio::time::sleep(duration).await } else { tokio::task::yield_now().await } }
    }
}
