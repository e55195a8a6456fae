//! Where the schedules are played: in memory, in an SQLite file, on a PostgreSQL. One thread a store.

use std::path::PathBuf;
use std::thread;

use vpos::flow::MemoryStore;
use vpos_store::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use vpos_store::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use vpos_store::sqlx::{self, AssertSqlSafe};
use vpos_store::{PostgresStore, SqliteStore};

use crate::run::{Run, Tally, Wanted};
use crate::shop::{INDEX, ShopStore, TABLE};
use crate::{AT_LEAST, Arguments};

/// Plays what is wanted on every store that is there.
pub(crate) fn run(arguments: &Arguments) -> Vec<(&'static str, Tally)> {
    let wants = |name: &str| arguments.store.as_deref().is_none_or(|wanted| wanted == name);
    let postgres = std::env::var("VPOS_TEST_POSTGRES").ok();
    if wants(PostgresStore::NAME) && postgres.is_none() {
        println!("SKIPPED (no VPOS_TEST_POSTGRES): simulate on postgresql");
    }
    let mut wanted = arguments.wanted.clone();
    if postgres.is_none() && arguments.is_whole() {
        // one store alone has to make up for the other
        wanted.random = wanted.random.max(AT_LEAST / 2);
    }
    let mut threads = Vec::new();
    // what differs in the second database is how it commits and locks: there each death goes on in one way, unless more is asked for
    // the same flow in a third store tells little more: when it is asked for
    if arguments.store.as_deref() == Some(MemoryStore::NAME) {
        let wanted = wanted.clone();
        threads.push((MemoryStore::NAME, spawn(move || block_on(Run::new(wanted, MemoryStore::new).all()))));
    }
    if wants(SqliteStore::NAME) {
        let wanted = Wanted { every_way: true, ..wanted.clone() };
        threads.push((SqliteStore::NAME, spawn(move || block_on(sqlite(wanted)))));
    }
    if let Some(url) = postgres.filter(|_| wants(PostgresStore::NAME)) {
        let wanted = wanted.clone();
        threads.push((PostgresStore::NAME, spawn(move || block_on(postgresql(wanted, &url)))));
    }
    threads.into_iter().map(|(name, thread)| (name, thread.join().unwrap())).collect()
}

/// Futures in futures are large in a debug build.
fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().stack_size(64 * 1024 * 1024).spawn(work).unwrap()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// One file for all schedules. What is tested is the flow, not the disk: nothing waits for it.
async fn sqlite(wanted: Wanted) -> Tally {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("simulate-{}.sqlite", std::process::id()));
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await.unwrap();
    let store = SqliteStore::from_pool(pool);
    store.migrate().await.unwrap();
    for words in [TABLE, INDEX] {
        sqlx::query(words).execute(store.pool()).await.unwrap();
    }
    let tally = Box::pin(Run::new(wanted, || store.clone()).all()).await;
    store.close().await;
    for end in ["", "-wal", "-shm"] {
        // what is left is in the build's own folder
        let _: Result<(), _> = std::fs::remove_file(format!("{}{end}", file.display()));
    }
    tally
}

/// A schema of its own for all schedules.
async fn postgresql(wanted: Wanted, url: &str) -> Tally {
    let name = format!("simulate_{}", std::process::id());
    let options = url.parse::<PgConnectOptions>().unwrap();
    // a commit need not wait for a disk
    let options = options.options([("search_path", name.as_str()), ("synchronous_commit", "off")]);
    let pool = PgPoolOptions::new().max_connections(4).connect_with(options).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).execute(&pool).await.unwrap();
    let store = PostgresStore::from_pool(pool);
    store.migrate().await.unwrap();
    for words in [TABLE, INDEX] {
        sqlx::query(words).execute(store.pool()).await.unwrap();
    }
    let tally = Box::pin(Run::new(wanted, || store.clone()).all()).await;
    sqlx::query(AssertSqlSafe(format!("DROP SCHEMA {name} CASCADE"))).execute(store.pool()).await.unwrap();
    store.close().await;
    tally
}
