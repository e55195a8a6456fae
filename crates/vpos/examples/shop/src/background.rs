//! What the shop does by itself: it asks the banks about what is open, and gives up what nobody will pay any more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};
use vpos::FlowError;
use vpos::flow::Reconciled;

use crate::database::Database;
use crate::state::Shop;

/// What has been open for that long is asked about, each minute.
const OPEN: Duration = Duration::from_mins(2);
const MINUTE: Duration = Duration::from_mins(1);

/// What nobody paid in a day is given up, looked at each hour.
const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);

/// Runs until the shop closes. At once too: after a restart something may be open.
pub(crate) async fn run<D: Database>(shop: Arc<Shop<D>>, mut closing: watch::Receiver<bool>) {
    let mut minutes = interval(MINUTE);
    let mut hours = interval_at(Instant::now() + HOUR, HOUR);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    hours.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = minutes.tick() => told("reconcile", shop.flow.reconcile(OPEN).await),
            _ = hours.tick() => told("expire", shop.flow.expire(DAY).await),
            _ = closing.changed() => return,
        }
    }
}

fn told(what: &str, done: Result<Reconciled, FlowError>) {
    match done {
        Ok(done) if done.looked_at == 0 => {}
        // what could not be done, or read, the flow has logged by itself
        Ok(done) => tracing::info!(what, looked_at = done.looked_at, settled = done.settled, open = done.open, "done"),
        Err(error) => tracing::error!(what, %error, "not done"),
    }
}
