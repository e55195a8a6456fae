//! A flow and its application behind one object without type parameters. What was begun here is not dropped when the other side
//! hangs up: a charge whose answer is on its way must be stored.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::Request;
use tracing::Instrument as _;
use vpos::core::Transport;
use vpos::flow::{Checkout, Clock, Incoming, Merchant, Store};
use vpos::http::StatusCode;
use vpos::{Bank, FlowError, PaymentFlow, Reply};

use crate::{Checkouts, Refused};

pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who reads a message.
#[derive(Clone, Debug)]
pub(crate) enum Reader {
    /// One contract.
    Pos(String),
    /// Whichever contract of the bank the operation is of.
    Bank(Bank),
}

/// What the routes need of a flow.
pub(crate) trait Desk: Send + Sync {
    fn begin<'a>(&'a self, sale: &'a str, request: &'a Request<Vec<u8>>) -> Boxed<'a, Result<Checkout, Refused>>;

    fn confirm(&self, reader: Reader, message: Incoming) -> Boxed<'_, Reply>;

    fn cancel(&self, sale: &str) -> Boxed<'_, ()>;

    fn has_pos(&self, pos: &str) -> bool;

    /// The order's page, when the sale was ever begun: the code in an address is anybody's text.
    fn order_page<'a>(&'a self, sale: &'a str) -> Boxed<'a, Result<Option<String>, FlowError>>;
}

pub(crate) struct Counter<S, T, M, C, K> {
    pub(crate) flow: PaymentFlow<S, T, M, C>,
    pub(crate) checkouts: Arc<K>,
}

impl<S, T, M, C, K> Desk for Counter<S, T, M, C, K>
where
    S: Store + 'static,
    T: Transport + Send + Sync + 'static,
    M: Merchant<S> + 'static,
    C: Clock + 'static,
    K: Checkouts,
{
    fn begin<'a>(&'a self, sale: &'a str, request: &'a Request<Vec<u8>>) -> Boxed<'a, Result<Checkout, Refused>> {
        Box::pin(async move {
            let (pos, payment) = self.checkouts.payment(sale, request).await?;
            let flow = self.flow.clone();
            let begun = to_its_end(async move { flow.begin(&pos, &payment).await }).await.ok_or_else(Refused::internal)?;
            begun.map_err(|error| {
                tracing::warn!(%error, "a payment was not begun");
                Refused::of_flow(&error).leading_to(self.checkouts.order_page(sale))
            })
        })
    }

    fn confirm(&self, reader: Reader, message: Incoming) -> Boxed<'_, Reply> {
        let flow = self.flow.clone();
        Box::pin(async move {
            let reply = to_its_end(async move {
                match reader {
                    Reader::Pos(pos) => flow.confirm(&pos, message).await,
                    Reader::Bank(bank) => flow.confirm_bank(bank, message).await,
                }
            });
            reply.await.unwrap_or_else(|| Reply::empty().with_status(StatusCode::INTERNAL_SERVER_ERROR))
        })
    }

    fn cancel(&self, sale: &str) -> Boxed<'_, ()> {
        let (flow, sale) = (self.flow.clone(), sale.to_owned());
        Box::pin(async move {
            to_its_end(async move {
                if let Err(error) = flow.cancel(&sale).await {
                    tracing::warn!(%error, "a buyer came back, and the operation was not cancelled");
                }
            })
            .await;
        })
    }

    fn has_pos(&self, pos: &str) -> bool {
        self.flow.registry().get(pos).is_some()
    }

    fn order_page<'a>(&'a self, sale: &'a str) -> Boxed<'a, Result<Option<String>, FlowError>> {
        Box::pin(async move {
            let known = !self.flow.operations(sale).await?.is_empty();
            Ok(known.then(|| self.checkouts.order_page(sale)))
        })
    }
}

/// Runs by itself, so that it goes on when the connection is closed and its handler dropped. None when it panicked.
async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let ended = tokio::spawn(work.in_current_span()).await;
    ended.inspect_err(|error| tracing::error!(%error, "a task of the flow did not end")).ok()
}
