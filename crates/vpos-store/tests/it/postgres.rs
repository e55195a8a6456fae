//! What only PostgreSQL can break. The server is the one of `VPOS_TEST_POSTGRES`, which `cargo xtask test` starts; where there
//! is none each test says so and does nothing.

use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgPool};
use vpos::flow::{Inserted, Store, StoreError};
use vpos_store::{PostgresStore, sqlx};

use crate::scene::*;

/// A schema of its own for a test.
pub(crate) struct Schema {
    name: String,
    pub(crate) store: PostgresStore,
}

impl Schema {
    /// With the tables in it; none, and a line that says so, where there is no server.
    pub(crate) async fn new(test: &str) -> Option<Self> {
        let schema = Self::empty(test).await?;
        schema.store.migrate().await.unwrap();
        Some(schema)
    }

    async fn empty(test: &str) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var("VPOS_TEST_POSTGRES") else {
            skipped(test);
            return None;
        };
        let name = format!("store_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let options = url.parse::<PgConnectOptions>().unwrap().options([("search_path", &name)]);
        // eight connections, and many tests at once: within the server's hundred
        let pool = PgPoolOptions::new().max_connections(8).acquire_timeout(Duration::from_mins(1)).connect_lazy_with(options);
        run(&pool, &format!("CREATE SCHEMA {name}")).await.unwrap();
        Some(Self { name, store: PostgresStore::from_pool(pool) })
    }

    pub(crate) async fn drop(self) {
        // a transaction whose beginning was given up stands on its connection until that is closed
        let options = (*self.store.pool().connect_options()).clone();
        self.store.close().await;
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
        run(&pool, &format!("DROP SCHEMA {} CASCADE", self.name)).await.unwrap();
        pool.close().await;
    }
}

/// Said not by `eprintln!`, which the test harness keeps to itself.
fn skipped(test: &str) {
    let line = format!("SKIPPED (no VPOS_TEST_POSTGRES): {test}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

async fn run(pool: &PgPool, sql: &str) -> Result<u64, String> {
    let result = sqlx::query(AssertSqlSafe(sql)).execute(pool).await;
    result.map(|done| done.rows_affected()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_older_database_is_brought_up_to_date_with_its_rows() {
    let Some(schema) = Schema::empty("postgres::an_older_database_is_brought_up_to_date_with_its_rows").await else { return };
    let steps = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let steps = sqlx::migrate::Migrator::new(steps).await.unwrap();
    let mut steps = sqlx::migrate::Migrator::with_migrations(steps.iter().cloned().collect());
    steps.dangerous_set_table_name("vpos_migration");
    let store = &schema.store;
    steps.run_to(1, store.pool()).await.unwrap();
    let kept = stored(store, &full("0001", "PED-17")).await;
    let mut tx = store.transaction().await.unwrap();
    store.add_evidence(&mut tx, &evidence(Some(kept.id), "paid")).await.unwrap();
    store.commit(tx).await.unwrap();
    assert_eq!(run(store.pool(), "UPDATE vpos_evidence SET verdict = verdict").await, Ok(1), "no trigger yet");

    store.migrate().await.unwrap();
    assert_eq!(store.get(kept.id).await.unwrap(), Some(kept.clone()));
    assert_eq!(store.evidence(kept.id, 9).await.unwrap().len(), 1);
    assert!(run(store.pool(), "UPDATE vpos_evidence SET verdict = ''").await.unwrap_err().contains("append-only"));
    store.migrate().await.unwrap(); // nothing to do
    schema.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_machines_bring_it_up_to_date_at_once() {
    let Some(schema) = Schema::empty("postgres::several_machines_bring_it_up_to_date_at_once").await else { return };
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let store = schema.store.clone();
        tasks.spawn(async move { store.migrate().await.unwrap() });
    }
    tasks.join_all().await;
    stored(&schema.store, &begun(REDSYS, "0001", "PED-17")).await;
    schema.drop().await;
}

#[tokio::test]
async fn evidence_is_append_only() {
    let Some(schema) = Schema::new("postgres::evidence_is_append_only").await else { return };
    let store = &schema.store;
    let mut tx = store.transaction().await.unwrap();
    store.add_evidence(&mut tx, &evidence(None, "forged")).await.unwrap();
    store.commit(tx).await.unwrap();
    for sql in ["UPDATE vpos_evidence SET verdict = 'paid'", "DELETE FROM vpos_evidence", "TRUNCATE vpos_evidence"] {
        let error = run(store.pool(), sql).await.unwrap_err();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    schema.drop().await;
}

#[tokio::test]
async fn a_nul_does_not_keep_evidence_out() {
    let Some(schema) = Schema::new("postgres::a_nul_does_not_keep_evidence_out").await else { return };
    nul_in_evidence(&schema.store).await;
    schema.drop().await;
}

#[tokio::test]
async fn a_row_that_was_not_written_so_is_corrupt() {
    let Some(schema) = Schema::new("postgres::a_row_that_was_not_written_so_is_corrupt").await else { return };
    let store = &schema.store;
    stored(store, &full("0001", "PED-17")).await;
    for (table, column, bad, field) in CORRUPTIONS {
        let mut tx = store.transaction().await.unwrap();
        let sql = AssertSqlSafe(format!("UPDATE {table} SET {column} = {bad}"));
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
        let read = store.lock_sale(&mut tx, "PED-17").await;
        assert!(matches!(&read, Err(StoreError::Corrupt { field: named, .. }) if named == field), "{column}: {read:?}");
    }
    assert_eq!(store.of_sale("PED-17").await.unwrap().len(), 1);
    schema.drop().await;
}

#[tokio::test]
async fn a_reference_of_any_length_is_kept() {
    let Some(schema) = Schema::new("postgres::a_reference_of_any_length_is_kept").await else { return };
    // more than an index of PostgreSQL takes, and nothing that could be compressed
    let mut state = 17_u64;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + u8::try_from((state >> 33) % 75).unwrap())
    };
    let long: String = (0..20_000).map(|_| letter()).collect();
    let name = vpos::core::Reference::BankReference;
    let record = with(&begun(REDSYS, "0001", "PED-17"), |row| row.references = references(&[(name, &long)]));
    let kept = stored(&schema.store, &record).await;
    assert_eq!(schema.store.find(REDSYS, &vpos::core::Lookup::Reference(name, long)).await.unwrap(), Some(kept));
    schema.drop().await;
}

#[tokio::test]
async fn a_lock_that_is_not_let_go_is_busy() {
    let Some(schema) = Schema::new("postgres::a_lock_that_is_not_let_go_is_busy").await else { return };
    let store = &schema.store;
    let mut holder = store.transaction().await.unwrap();
    store.lock_sale(&mut holder, "PED-17").await.unwrap();
    let mut waiter = store.transaction().await.unwrap();
    sqlx::query("SET LOCAL lock_timeout = '50ms'").execute(&mut *waiter).await.unwrap();
    let refused = store.lock_sale(&mut waiter, "PED-17").await;
    assert!(refused.as_ref().is_err_and(StoreError::is_busy), "{refused:?}");
    drop((holder, waiter));
    schema.drop().await;
}

/// Sales are locked before operations, so this does not happen; if it did, one of the two would be told to try again.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_busy() {
    let Some(schema) = Schema::new("postgres::a_deadlock_is_busy").await else { return };
    let store = &schema.store;
    let (mut left, mut right) = (store.transaction().await.unwrap(), store.transaction().await.unwrap());
    store.lock_sale(&mut left, "A").await.unwrap();
    store.lock_sale(&mut right, "B").await.unwrap();
    let (one, other) = tokio::join!(
        async {
            let result = store.lock_sale(&mut left, "B").await;
            drop(left);
            result
        },
        async {
            let result = store.lock_sale(&mut right, "A").await;
            drop(right);
            result
        }
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert!(one.and(other).is_err_and(|error| error.is_busy()));
    schema.drop().await;
}

#[tokio::test]
async fn the_shops_own_tables_share_the_transaction() {
    let Some(schema) = Schema::new("postgres::the_shops_own_tables_share_the_transaction").await else { return };
    let store = &schema.store;
    run(store.pool(), "CREATE TABLE shop_order (code TEXT PRIMARY KEY, paid BOOLEAN NOT NULL DEFAULT FALSE)").await.unwrap();
    run(store.pool(), "INSERT INTO shop_order (code) VALUES ('PED-17')").await.unwrap();
    for commit in [false, true] {
        let mut tx = store.transaction().await.unwrap();
        let record = begun(REDSYS, "0001", "PED-17");
        assert!(matches!(store.insert(&mut tx, &record).await.unwrap(), Inserted::Stored(_)));
        sqlx::query("UPDATE shop_order SET paid = TRUE WHERE code = $1").bind("PED-17").execute(&mut *tx).await.unwrap();
        if commit {
            store.commit(tx).await.unwrap();
        } else {
            drop(tx);
        }
        let paid = sqlx::query_scalar::<_, bool>("SELECT paid FROM shop_order").fetch_one(store.pool()).await.unwrap();
        assert_eq!((paid, store.of_sale("PED-17").await.unwrap().len()), (commit, usize::from(commit)));
    }
    schema.drop().await;
}

#[tokio::test]
async fn a_connected_store_waits_for_no_lock_for_ever() {
    let Ok(url) = std::env::var("VPOS_TEST_POSTGRES") else {
        return skipped("postgres::a_connected_store_waits_for_no_lock_for_ever");
    };
    let options = if url.contains('?') { '&' } else { '?' };
    let Some(schema) = Schema::empty("").await else { return };
    let store = PostgresStore::connect(&format!("{url}{options}options[search_path]={}", schema.name)).await.unwrap();
    let one = async |sql: &'static str| sqlx::query_scalar::<_, String>(sql).fetch_one(store.pool()).await.unwrap();
    assert_eq!(one("SHOW lock_timeout").await, "10s");
    assert_eq!(one("SHOW idle_in_transaction_session_timeout").await, "1min");
    let kept = stored(&store, &full("0001", "PED-17")).await;
    assert_eq!(schema.store.get(kept.id).await.unwrap(), Some(kept));
    store.close().await;
    schema.drop().await;
}

/// A browser that goes away takes the handler with it, wherever it was: no connection may come back with a transaction in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_begin_that_is_given_up_halfway_leaves_no_transaction() {
    let Ok(url) = std::env::var("VPOS_TEST_POSTGRES") else {
        return skipped("postgres::a_begin_that_is_given_up_halfway_leaves_no_transaction");
    };
    let options = if url.contains('?') { '&' } else { '?' };
    let Some(schema) = Schema::empty("").await else { return };
    let name = &schema.name;
    let url = format!("{url}{options}options[search_path]={name}&application_name={name}");
    let store = PostgresStore::connect(&url).await.unwrap();
    let open = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state LIKE 'idle in transaction%'";
    let mut given_up = 0;
    for polls in (1..40).chain(1..40).chain(1..40) {
        let begun = async { drop(store.transaction().await.unwrap()) };
        given_up += usize::from(!crate::races::give_up_after(polls, begun).await);
        while store.pool().num_idle() < usize::try_from(store.pool().size()).unwrap() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let open: i64 = sqlx::query_scalar(open).bind(name).fetch_one(schema.store.pool()).await.unwrap();
        assert_eq!(open, 0, "after {polls} steps");
    }
    assert!(given_up > 0);
    store.close().await;
    schema.drop().await;
}

#[tokio::test]
async fn the_password_is_in_no_error() {
    // no server is needed: nobody listens there, or what is written is no address
    for url in [
        "postgres://shop:hunter2@127.0.0.1:1/shop",
        "postgres://shop:hunter2@127.0.0.1:port/shop",
        "hunter2",
        "postgres://shop:hunter2@[::1",
    ] {
        let error = PostgresStore::connect(url).await.unwrap_err();
        assert!(matches!(error, StoreError::Failed(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}
