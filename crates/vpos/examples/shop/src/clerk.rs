//! The shop's side of the payment flow: an order is marked in the very transaction that stores its payment.

use vpos::Amount;
use vpos::flow::{About, Authorized, Merchant, Paid, Problem, Refunded, Released};
use vpos_store::sqlx;

use crate::database::Database;
use crate::order::OrderState;

/// Marks orders. It has no state of its own: all it needs comes with the call.
#[derive(Clone, Copy, Debug)]
pub struct Clerk;

/// Why an order was not marked. The payment is then annulled where the bank listens, else kept and told again.
#[derive(Debug)]
#[non_exhaustive]
pub enum NotMarked {
    /// There is no order of that code and total.
    NoSuchOrder,
    /// The database's.
    Database(sqlx::Error),
}

impl std::fmt::Display for NotMarked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSuchOrder => f.write_str("there is no order of that code and total"),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl From<sqlx::Error> for NotMarked {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl<D: Database> Merchant<D> for Clerk {
    type Error = NotMarked;

    async fn on_paid(&self, paid: &Paid, tx: &mut D::Tx) -> Result<(), NotMarked> {
        mark::<D>(&paid.about, OrderState::Paid, tx).await
    }

    async fn on_authorized(&self, authorized: &Authorized, tx: &mut D::Tx) -> Result<(), NotMarked> {
        mark::<D>(&authorized.about, OrderState::Held, tx).await
    }

    async fn on_refunded(&self, refunded: &Refunded, tx: &mut D::Tx) -> Result<(), NotMarked> {
        let state = if refunded.is_whole() { OrderState::Refunded } else { OrderState::PartRefunded };
        mark::<D>(&refunded.about, state, tx).await
    }

    /// The order can be paid again.
    async fn on_released(&self, released: &Released, tx: &mut D::Tx) -> Result<(), NotMarked> {
        mark::<D>(&released.about, OrderState::Open, tx).await
    }

    fn is_busy(&self, error: &NotMarked) -> bool {
        matches!(error, NotMarked::Database(error) if D::in_the_way(error))
    }

    /// A real shop writes to a person. The outbox has it too, with all else that happened.
    async fn on_problem(&self, problem: &Problem) {
        tracing::error!(%problem, "a person must look");
    }
}

async fn mark<D: Database>(about: &About, state: OrderState, tx: &mut D::Tx) -> Result<(), NotMarked> {
    let total: Amount = about.operation.amount();
    if D::mark(tx, about.sale(), total, state).await? { Ok(()) } else { Err(NotMarked::NoSuchOrder) }
}
