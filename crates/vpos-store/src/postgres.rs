//! PostgreSQL: for a shop that runs on several machines.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres, Row, Transaction};
use vpos::flow::StoreError;

use crate::backend::speak;
use crate::migrations;
use crate::store::{SqlStore, failed};

/// How many connections a process has.
const CONNECTIONS: u32 = 10;

/// How long one waits for a free connection before the store is busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a transaction waits for the lock of another one before it is busy, and how long one may stand still before the
/// server ends it: a machine that lost its power must not keep a sale locked.
const LIMITS: &str = "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'";

/// False in a transaction that was begun by an earlier statement: its time is that statement's. As one message, not prepared: a
/// prepared statement begins before it is executed.
/// <https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-CURRENT>
const IS_OUTSIDE: &str = "SELECT transaction_timestamp() = statement_timestamp()";

/// A store in PostgreSQL.
pub type PostgresStore = SqlStore<Postgres>;

/// The transaction that the merchant's handlers get.
pub type PgTx = Transaction<'static, Postgres>;

speak!(
    Postgres,
    // said, since a server can have another default
    begin: "BEGIN ISOLATION LEVEL READ COMMITTED",
    // an upsert that changes nothing: the row is there, and locked
    lock_sale: Some(
        "INSERT INTO vpos_sale (sale, paid_by) VALUES ($1, NULL) ON CONFLICT (sale) DO UPDATE SET sale = excluded.sale"
    ),
    // https://www.postgresql.org/docs/current/errcodes-appendix.html: serialization_failure, deadlock_detected,
    // lock_not_available
    is_busy: |code: &str| matches!(code, "40001" | "40P01" | "55P03")
);

impl SqlStore<Postgres> {
    /// Connects to `postgres://user:password@host/database?sslmode=verify-full` and brings the schema up to date. TLS needs the
    /// feature `postgres-tls`.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the address is none, the server cannot be reached or refuses, or the schema was made by a
    /// newer version of this crate. The address is not in its text.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        // the error's text may quote a part of the address, so it is not passed on
        let options: PgConnectOptions =
            url.parse().map_err(|_| StoreError::Failed("the address of the PostgreSQL server cannot be read".into()))?;
        // a pool would try again and again, and say in the end only that it took too long
        PgConnection::connect_with(&options).await.map_err(failed::<Postgres>)?.close().await.map_err(failed::<Postgres>)?;
        let store = Self::from_pool(Self::pool_options().connect_lazy_with(options));
        store.migrate().await?;
        Ok(store)
    }

    /// The options of [`connect`](Self::connect)'s pool, for one of the application's own: ten connections, limits for what waits for
    /// a lock or stands still in a transaction, and no connection goes back with a transaction in it. sqlx forgets a `BEGIN` whose
    /// caller went away before the server answered (a web server drops the handler of a browser that is gone); what somebody
    /// else then writes by that connection without a transaction of his own would be rolled back.
    pub fn pool_options() -> PgPoolOptions {
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
        let pool = pool.after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(LIMITS).execute(connection).await?;
                Ok(())
            })
        });
        // one that is inside is closed, which rolls it back
        pool.after_release(|connection, _| {
            Box::pin(async move { sqlx::raw_sql(IS_OUTSIDE).fetch_one(connection).await?.try_get::<bool, _>(0) })
        })
    }

    /// A store over connections that the application made, best by [`pool_options`](Self::pool_options). It calls
    /// [`migrate`](Self::migrate) once.
    pub fn from_pool(pool: PgPool) -> Self {
        Self { writers: pool.clone(), pool }
    }

    /// Brings the schema up to date, in the first schema of the `search_path`. Machines that do it at once wait for each other.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when a step fails, or the schema was made by a newer version of this crate.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let migrator = migrations::migrator(&migrations::POSTGRES);
        migrator.run(&self.pool).await.map_err(|error| migrations::failed(&error))
    }
}
