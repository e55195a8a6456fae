//! What the merchant's own code may do to a flow: nothing. A panic in a handler is a failure of that handler.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// The future's end, or that it panicked. What it was writing to is dropped by the caller, so nothing half-done is seen.
pub(super) async fn unpanicked<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Ready(end)) => Poll::Ready(Ok(end)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(Err("it panicked".to_owned())),
    })
    .await
}
