//! A shop whose handler has trouble with the database, or with itself, the first times that it is called.

use std::future::Future;
use std::sync::Mutex;

use vpos::flow::{Merchant, Paid, Problem, Store};
use vpos_store::sqlx;

use crate::scene::shop::Shop;

const MARK: &str =
    "INSERT INTO shop_order (sale, paid) VALUES ($1, 1) ON CONFLICT (sale) DO UPDATE SET paid = shop_order.paid + 1";

/// What goes wrong, and how often.
#[derive(Clone, Copy)]
pub(crate) enum Trouble {
    /// Another transaction is in the way, after the order was marked.
    Busy(u32),
    /// It waits for what never comes, after the order was marked.
    Hangs(u32),
}

pub(crate) struct Troubled<S> {
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code))]
    store: S,
    shop: Shop,
    trouble: Mutex<Trouble>,
}

impl<S> Troubled<S> {
    pub(crate) fn new(store: S, shop: Shop, trouble: Trouble) -> Self {
        Self { store, shop, trouble: Mutex::new(trouble) }
    }

    /// What goes wrong this time.
    fn now(&self) -> Option<Trouble> {
        let mut trouble = self.trouble.lock().unwrap();
        let now = *trouble;
        let (Trouble::Busy(left) | Trouble::Hangs(left)) = &mut *trouble;
        let before = *left;
        *left = left.saturating_sub(1);
        (before > 0).then_some(now)
    }
}

macro_rules! troubled {
    ($store:ty, $conflict:ident) => {
        impl Merchant<$store> for Troubled<$store> {
            type Error = sqlx::Error;

            async fn on_paid(&self, paid: &Paid, tx: &mut <$store as Store>::Tx) -> Result<(), sqlx::Error> {
                sqlx::query(MARK).bind(paid.sale()).execute(&mut **tx).await?;
                match self.now() {
                    Some(Trouble::Busy(_)) => $conflict(&self.store, tx).await,
                    Some(Trouble::Hangs(_)) => std::future::pending().await,
                    None => Ok(()),
                }
            }

            fn is_busy(&self, error: &sqlx::Error) -> bool {
                <$store>::is_busy(error)
            }

            fn on_problem(&self, problem: &Problem) -> impl Future<Output = ()> + Send {
                <Shop as Merchant<$store>>::on_problem(&self.shop, problem)
            }
        }
    };
}

#[cfg(feature = "sqlite")]
troubled!(vpos_store::SqliteStore, locked);
#[cfg(feature = "postgres")]
troubled!(vpos_store::PostgresStore, deadlocked);

/// A write beside the transaction, which has the file's lock.
#[cfg(feature = "sqlite")]
async fn locked(store: &vpos_store::SqliteStore, _: &mut vpos_store::SqliteTx) -> Result<(), sqlx::Error> {
    let mut other = store.pool().acquire().await?;
    sqlx::query("PRAGMA busy_timeout = 0").execute(&mut *other).await?;
    let refused = sqlx::query("DELETE FROM shop_order").execute(&mut *other).await;
    other.close().await?;
    refused.map(drop)
}

/// What the server says to the one of two that it chooses.
#[cfg(feature = "postgres")]
async fn deadlocked(_: &vpos_store::PostgresStore, tx: &mut vpos_store::PgTx) -> Result<(), sqlx::Error> {
    let raise = "DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$";
    sqlx::raw_sql(raise).execute(&mut **tx).await.map(drop)
}
