//! The databases, and the shop's own table in them.

use std::future::Future;
#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use vpos::flow::{Authorized, Merchant, Options, Paid, Problem, Refunded, Store};
use vpos_store::sqlx;

use crate::scene::Scene;
use crate::scene::clock::TestClock;
use crate::scene::shop::Shop;
use crate::scene::till::Contract;

/// How often each order was marked as paid: by the handler, in the flow's transaction.
const TABLE: &str = "CREATE TABLE shop_order (sale TEXT PRIMARY KEY, paid BIGINT NOT NULL)";
const MARK: &str =
    "INSERT INTO shop_order (sale, paid) VALUES ($1, 1) ON CONFLICT (sale) DO UPDATE SET paid = shop_order.paid + 1";
const READ: &str = "SELECT sale, paid FROM shop_order ORDER BY sale";

/// A shop with an order table.
#[derive(Clone)]
pub(crate) struct OrderTable(pub(crate) Shop);

/// Why an order could not be marked.
#[derive(Debug)]
pub(crate) struct NotMarked(String);

impl std::fmt::Display for NotMarked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A store in a database, with the shop's table beside it.
pub(crate) trait Database: Store + Clone + 'static {
    /// Makes the shop's table.
    fn make_table(&self) -> impl Future<Output = ()> + Send;

    /// Every order that was marked, and how often.
    fn orders(&self) -> impl Future<Output = Vec<(String, i64)>> + Send;

    /// Runs a statement behind the flow's back.
    fn run(&self, sql: &str) -> impl Future<Output = ()> + Send;
}

macro_rules! database {
    ($store:ty, $tx:ty) => {
        impl Database for $store {
            async fn make_table(&self) {
                sqlx::query(TABLE).execute(self.pool()).await.unwrap();
            }

            async fn orders(&self) -> Vec<(String, i64)> {
                sqlx::query_as(READ).fetch_all(self.pool()).await.unwrap()
            }

            async fn run(&self, sql: &str) {
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(self.pool()).await.unwrap();
            }
        }

        impl Merchant<$store> for OrderTable {
            type Error = NotMarked;

            async fn on_paid(&self, paid: &Paid, tx: &mut $tx) -> Result<(), NotMarked> {
                let marked = sqlx::query(MARK).bind(paid.sale()).execute(&mut **tx).await;
                marked.map_err(|error| NotMarked(error.to_string()))?;
                self.0.hear(format!("paid {}", paid.sale())).map_err(|error| NotMarked(error.to_string()))
            }

            async fn on_authorized(&self, authorized: &Authorized, _: &mut $tx) -> Result<(), NotMarked> {
                self.0.hear(format!("authorized {}", authorized.sale())).map_err(|error| NotMarked(error.to_string()))
            }

            async fn on_refunded(&self, refunded: &Refunded, _: &mut $tx) -> Result<(), NotMarked> {
                self.0.hear(format!("refunded {}", refunded.sale())).map_err(|error| NotMarked(error.to_string()))
            }

            async fn on_problem(&self, problem: &Problem) {
                <Shop as Merchant<$store>>::on_problem(&self.0, problem).await;
            }
        }
    };
}

#[cfg(feature = "sqlite")]
database!(vpos_store::SqliteStore, vpos_store::SqliteTx);
#[cfg(feature = "postgres")]
database!(vpos_store::PostgresStore, vpos_store::PgTx);

/// A scene on a database, with real time.
pub(crate) fn scene<S: Store>(store: S, contracts: &[Contract], options: Options) -> Scene<S, OrderTable>
where
    OrderTable: Merchant<S>,
{
    let shop = Shop::default();
    Scene::with(store, OrderTable(shop.clone()), shop, TestClock::real(), contracts, options)
}

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A folder of its own for a test, gone at its end.
#[cfg(feature = "sqlite")]
pub(crate) struct Folder(pub(crate) PathBuf);

#[cfg(feature = "sqlite")]
impl Folder {
    pub(crate) fn new() -> Self {
        let name = format!("vpos-flow-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("vpos.db")
    }

    /// With the shop's table.
    pub(crate) async fn store(&self) -> vpos_store::SqliteStore {
        let store = vpos_store::SqliteStore::open(self.file()).await.unwrap();
        store.make_table().await;
        store
    }
}

#[cfg(feature = "sqlite")]
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A schema of its own for a test, in the server of `VPOS_TEST_POSTGRES`.
#[cfg(feature = "postgres")]
pub(crate) struct Schema {
    pub(crate) name: String,
    pub(crate) store: vpos_store::PostgresStore,
}

#[cfg(feature = "postgres")]
impl Schema {
    /// With the tables in it; none, and a line that says so, where there is no server.
    pub(crate) async fn new(test: &str) -> Option<Self> {
        use std::io::Write as _;

        let Ok(url) = std::env::var("VPOS_TEST_POSTGRES") else {
            // not by eprintln!, which the test harness keeps to itself
            std::io::stderr().write_all(format!("SKIPPED (no VPOS_TEST_POSTGRES): {test}\n").as_bytes()).unwrap();
            return None;
        };
        let name = format!("flow_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let store = connect(&url, &name);
        let make = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {name}"));
        sqlx::query(make).execute(store.pool()).await.unwrap();
        store.migrate().await.unwrap();
        store.make_table().await;
        Some(Self { name, store })
    }

    pub(crate) async fn drop(self) {
        let drop = sqlx::AssertSqlSafe(format!("DROP SCHEMA {} CASCADE", self.name));
        sqlx::query(drop).execute(self.store.pool()).await.unwrap();
        self.store.close().await;
    }
}

/// Eight connections.
#[cfg(feature = "postgres")]
pub(crate) fn connect(url: &str, schema: &str) -> vpos_store::PostgresStore {
    let options = url.parse::<sqlx::postgres::PgConnectOptions>().unwrap().options([("search_path", schema)]);
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(8).acquire_timeout(std::time::Duration::from_mins(1));
    vpos_store::PostgresStore::from_pool(pool.connect_lazy_with(options))
}
