//! The line to the simulated banks: each call finds its bank, and answers are lost where a test says so.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use vpos::flow::Clock as _;
use vpos::http::{Request, Response};
use vpos::{Lost, TimeLimit, Transport};

use super::clock::TestClock;
use super::till::{Contract, Simulated, Till};

/// What happens to a call.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// Its answer comes.
    Answered,
    /// It never leaves.
    NotSent,
    /// The bank does it; the answer is lost.
    Lost,
    /// This comes instead of the bank's answer; the bank has done it all the same.
    Instead(Vec<u8>),
    /// The bank's answer comes with this text in it replaced.
    Edited(&'static str, &'static str),
    /// Never comes back: whoever asked stands still.
    Hangs,
}

/// Clones share it.
#[derive(Clone)]
pub(crate) struct Line {
    inner: Arc<Mutex<Inner>>,
    clock: TestClock,
}

struct Inner {
    banks: Vec<(Contract, Simulated)>,
    fates: VecDeque<Fate>,
    always: Fate,
    silent: Vec<Till>,
    calls: Vec<Request<Vec<u8>>>,
    answers: Vec<Vec<u8>>,
    takes: Duration,
}

impl Line {
    pub(crate) fn new(contracts: &[Contract], clock: TestClock) -> Self {
        let banks = contracts.iter().map(|contract| (contract.clone(), contract.bank())).collect();
        let (fates, always) = (VecDeque::new(), Fate::Answered);
        let silent = Vec::new();
        let inner = Inner { banks, fates, always, silent, calls: Vec::new(), answers: Vec::new(), takes: Duration::ZERO };
        Self { inner: Arc::new(Mutex::new(inner)), clock }
    }

    /// The fates of the next calls, one each; after them all is well again.
    pub(crate) fn next(&self, fates: impl IntoIterator<Item = Fate>) {
        self.inner.lock().unwrap().fates = fates.into_iter().collect();
    }

    /// The fate of every call until it is said otherwise.
    pub(crate) fn always(&self, fate: Fate) {
        self.inner.lock().unwrap().always = fate;
    }

    /// No answer of these banks comes until it is said otherwise.
    pub(crate) fn silence(&self, tills: impl IntoIterator<Item = Till>) {
        self.inner.lock().unwrap().silent = tills.into_iter().collect();
    }

    /// How long, in real time, a bank takes to answer.
    pub(crate) fn takes(&self, takes: Duration) {
        self.inner.lock().unwrap().takes = takes;
    }

    /// Every call that left, in order.
    pub(crate) fn calls(&self) -> Vec<Request<Vec<u8>>> {
        self.inner.lock().unwrap().calls.clone()
    }

    /// Every answer of a bank, in order.
    pub(crate) fn answers(&self) -> Vec<Vec<u8>> {
        self.inner.lock().unwrap().answers.clone()
    }

    /// At the bank of that contract.
    pub(crate) fn bank<R>(&self, name: &str, at: impl FnOnce(&mut Simulated) -> R) -> R {
        let mut inner = self.inner.lock().unwrap();
        let (_, bank) = inner.banks.iter_mut().find(|(contract, _)| contract.name == name).unwrap();
        at(bank)
    }

    fn answer(&self, request: &Request<Vec<u8>>) -> (Fate, Option<Response<Vec<u8>>>, Duration) {
        let mut inner = self.inner.lock().unwrap();
        let mut fate = inner.fates.pop_front().unwrap_or_else(|| inner.always.clone());
        if inner.silent.iter().any(|till| till.is_asked(request)) {
            fate = Fate::Lost;
        }
        if matches!(fate, Fate::NotSent) {
            return (fate, None, Duration::ZERO);
        }
        inner.calls.push(request.clone());
        if matches!(fate, Fate::Hangs) {
            return (fate, None, Duration::ZERO);
        }
        let now = self.clock.now();
        let found = inner.banks.iter_mut().find(|(contract, _)| contract.till.is_asked(request));
        let (_, bank) = found.unwrap_or_else(|| panic!("nobody at {}", request.uri()));
        let response = bank.answer(request, now);
        inner.answers.push(response.body().clone());
        (fate, Some(response), inner.takes)
    }
}

impl Transport for Line {
    fn send(&self, request: Request<Vec<u8>>, _: TimeLimit) -> impl Future<Output = Result<Response<Vec<u8>>, Lost>> + Send {
        let line = self.clone();
        async move {
            let (fate, response, takes) = line.answer(&request);
            if !takes.is_zero() {
                tokio::time::sleep(takes).await;
            }
            match (fate, response) {
                (Fate::Answered, Some(response)) => Ok(response),
                (Fate::Instead(body), Some(response)) => Ok(response.map(|_| body)),
                (Fate::Edited(from, to), Some(response)) => {
                    Ok(response.map(|body| String::from_utf8_lossy(&body).replace(from, to).into_bytes()))
                }
                (Fate::Hangs, _) => std::future::pending().await,
                (Fate::NotSent, _) => Err(Lost::before_send("no route to the bank")),
                _ => Err(Lost::after_send("time-out")),
            }
        }
    }
}
