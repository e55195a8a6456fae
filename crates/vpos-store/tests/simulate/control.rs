//! Where the process stands, and where it is to die: every await point of the flow is two numbered steps, one before the call
//! and one after it. At the step that was chosen the call never comes back, and the driver drops the whole flow.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::schedule::{Loss, LossKind};

/// Shared by everything that the flow awaits.
#[derive(Clone, Default)]
pub(crate) struct Control {
    state: Arc<Mutex<State>>,
    stopped: Arc<Notify>,
}

#[derive(Default)]
struct State {
    /// Steps and calls are counted.
    armed: bool,
    dead: bool,
    step: u32,
    call: u32,
    crash_at: Option<u32>,
    losses: Vec<Loss>,
    died_at: Vec<String>,
    /// At which step each call to the bank began.
    call_steps: Vec<u32>,
    /// Tasks that run at once are mixed by these dice.
    mix: Option<u64>,
}

/// What was counted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counted {
    pub(crate) steps: u32,
    /// At which step each call to the bank began.
    pub(crate) calls: Vec<u32>,
}

impl Control {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on steps count from 1, bank calls too.
    pub(crate) fn arm(&self, crash_at: Option<u32>, losses: &[Loss], mix: Option<u64>) {
        let mut state = self.state();
        (state.armed, state.step, state.call) = (true, 0, 0);
        state.call_steps.clear();
        (state.crash_at, state.losses, state.mix) = (crash_at, losses.to_vec(), mix);
    }

    /// Nothing is counted and nothing disturbed any more.
    pub(crate) fn disarm(&self) -> Counted {
        let mut state = self.state();
        state.armed = false;
        state.crash_at = None;
        Counted { steps: state.step, calls: std::mem::take(&mut state.call_steps) }
    }

    /// The names of the steps at which the process died.
    pub(crate) fn died_at(&self) -> Vec<String> {
        self.state().died_at.clone()
    }

    async fn step(&self, side: &'static str, name: &'static str) {
        let (dead, yields) = {
            let mut state = self.state();
            if !state.armed {
                return;
            }
            state.step += 1;
            if state.crash_at == Some(state.step) {
                state.dead = true;
                state.crash_at = None;
                let word = format!("{} {side} {name}", state.step);
                state.died_at.push(word);
                self.stopped.notify_one();
            }
            (state.dead, state.mix.as_mut().map_or(0, |dice| crate::schedule::roll(dice) % 4))
        };
        // whatever else the process was doing at once does not come back either
        if dead {
            std::future::pending::<()>().await;
        }
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
    }

    /// A call of the flow, with a step on either side.
    pub(crate) async fn around<T>(&self, name: &'static str, call: impl Future<Output = T>) -> T {
        self.step("before", name).await;
        let value = call.await;
        self.step("after", name).await;
        value
    }

    /// The bank is called: whether something is lost of it.
    pub(crate) fn next_call(&self) -> Option<LossKind> {
        let mut state = self.state();
        if !state.armed {
            return None;
        }
        state.call += 1;
        let (call, step) = (state.call, state.step);
        state.call_steps.push(step);
        state.losses.iter().find(|loss| loss.call == call).map(|loss| loss.kind)
    }

    /// Runs a process until it ends or dies. Whatever it held is dropped with it.
    pub(crate) async fn run<T>(&self, process: impl Future<Output = T>) -> Option<T> {
        let ended = tokio::select! {
            biased;
            value = process => Some(value),
            () = self.stopped.notified() => None,
        };
        if ended.is_none() {
            // one death: what runs next is another process
            let mut state = self.state();
            state.dead = false;
        }
        ended
    }
}
