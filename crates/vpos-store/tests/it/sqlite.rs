//! What only SQLite can break: its file, its migrations, its append-only table, a second process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Row, SqlitePool};
use vpos::flow::{Inserted, Store, StoreError};
use vpos_store::{SqliteStore, sqlx};

use crate::scene::*;

/// A folder of its own for a test, gone at its end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("vpos-store-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("vpos.db")
    }

    pub(crate) async fn store(&self) -> SqliteStore {
        SqliteStore::open(self.file()).await.unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn run(pool: &SqlitePool, sql: &str) -> Result<u64, String> {
    let result = sqlx::query(AssertSqlSafe(sql)).execute(pool).await;
    result.map(|done| done.rows_affected()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn memory_keeps_while_the_store_lives() {
    let store = SqliteStore::in_memory().await.unwrap();
    let kept = stored(&store, &full("0001", "PED-17")).await;
    assert_eq!(store.clone().get(kept.id).await.unwrap(), Some(kept));
    assert_eq!(SqliteStore::in_memory().await.unwrap().newest(None, 9).await.unwrap(), []);
}

#[tokio::test]
async fn a_file_keeps_what_was_committed() {
    let folder = Folder::new();
    let store = folder.store().await;
    let kept = stored(&store, &full("0001", "PED-17")).await;
    store.close().await;
    assert_eq!(folder.store().await.get(kept.id).await.unwrap(), Some(kept));
}

#[tokio::test]
async fn a_file_is_durable_and_its_owners_alone() {
    let folder = Folder::new();
    let store = folder.store().await;
    for pool in [store.pool(), store.writers()] {
        let one = async |sql: &'static str| sqlx::query_scalar::<_, i64>(sql).fetch_one(pool).await.unwrap();
        assert_eq!(sqlx::query_scalar::<_, String>("PRAGMA journal_mode").fetch_one(pool).await.unwrap(), "wal");
        assert_eq!(one("PRAGMA synchronous").await, 2);
        assert_eq!(one("PRAGMA foreign_keys").await, 1);
        assert_eq!(one("PRAGMA busy_timeout").await, 10_000);
    }
    #[cfg(unix)]
    for file in ["vpos.db", "vpos.db-wal", "vpos.db-shm"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.0.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let missing = SqliteStore::open(folder.0.join("no/such/folder.db")).await;
    assert!(matches!(missing, Err(StoreError::Failed(_))), "{missing:?}");
    std::fs::write(folder.0.join("other"), "this is a text and no database, however long it is made to be").unwrap();
    assert!(matches!(SqliteStore::open(folder.0.join("other")).await, Err(StoreError::Failed(_))));
}

/// What a version of this crate that knew the first step alone would have made.
async fn made_by_the_first_step(path: &Path) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let steps = sqlx::migrate::Migrator::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite")).await.unwrap();
    let mut steps = sqlx::migrate::Migrator::with_migrations(steps.iter().cloned().collect());
    steps.dangerous_set_table_name("vpos_migration");
    steps.run_to(1, &pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn an_older_database_is_brought_up_to_date_with_its_rows() {
    let folder = Folder::new();
    made_by_the_first_step(&folder.file()).await;
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(folder.file())).await.unwrap();
    let old = SqliteStore::from_pool(pool);
    let kept = stored(&old, &full("0001", "PED-17")).await;
    let mut tx = old.transaction().await.unwrap();
    old.add_evidence(&mut tx, &evidence(Some(kept.id), "paid")).await.unwrap();
    old.commit(tx).await.unwrap();
    assert_eq!(run(old.pool(), "UPDATE vpos_evidence SET verdict = verdict").await, Ok(1), "no trigger yet");
    old.close().await;

    let new = folder.store().await;
    assert_eq!(new.get(kept.id).await.unwrap(), Some(kept.clone()));
    assert_eq!(new.evidence(kept.id, 9).await.unwrap().len(), 1);
    assert!(run(new.pool(), "UPDATE vpos_evidence SET verdict = ''").await.unwrap_err().contains("append-only"));
    new.migrate().await.unwrap(); // nothing to do
    let plan = "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'vpos_%'";
    assert_eq!(sqlx::query_scalar::<_, String>(plan).fetch_all(new.pool()).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_newer_database_is_not_touched() {
    let folder = Folder::new();
    let store = folder.store().await;
    let sql =
        "INSERT INTO vpos_migration (version, description, success, checksum, execution_time) VALUES (99, 'x', 1, x'00', 0)";
    run(store.pool(), sql).await.unwrap();
    store.close().await;
    let opened = SqliteStore::open(folder.file()).await;
    assert!(matches!(&opened, Err(StoreError::Failed(text)) if text.contains("99")), "{opened:?}");
}

#[tokio::test]
async fn the_shops_own_tables_share_the_file_and_the_transaction() {
    let folder = Folder::new();
    let store = folder.store().await;
    run(store.pool(), "CREATE TABLE _sqlx_migrations (mine INTEGER)").await.unwrap();
    run(store.pool(), "CREATE TABLE shop_order (code TEXT PRIMARY KEY, paid INTEGER NOT NULL DEFAULT 0)").await.unwrap();
    run(store.pool(), "INSERT INTO shop_order (code) VALUES ('PED-17')").await.unwrap();
    store.migrate().await.unwrap();
    let paid = "SELECT paid FROM shop_order WHERE code = 'PED-17'";
    for commit in [false, true] {
        let mut tx = store.transaction().await.unwrap();
        let record = begun(REDSYS, "0001", "PED-17");
        assert!(matches!(store.insert(&mut tx, &record).await.unwrap(), Inserted::Stored(_)));
        sqlx::query("UPDATE shop_order SET paid = 1 WHERE code = $1").bind("PED-17").execute(&mut *tx).await.unwrap();
        if commit {
            store.commit(tx).await.unwrap();
        } else {
            drop(tx);
        }
        assert_eq!(sqlx::query_scalar::<_, i64>(paid).fetch_one(store.pool()).await.unwrap(), i64::from(commit));
        assert_eq!(store.of_sale("PED-17").await.unwrap().len(), usize::from(commit));
    }
}

#[tokio::test]
async fn evidence_is_append_only() {
    let folder = Folder::new();
    let store = folder.store().await;
    let mut tx = store.transaction().await.unwrap();
    store.add_evidence(&mut tx, &evidence(None, "forged")).await.unwrap();
    store.commit(tx).await.unwrap();
    for sql in [
        "UPDATE vpos_evidence SET verdict = 'paid'",
        "DELETE FROM vpos_evidence",
        "INSERT OR REPLACE INTO vpos_evidence (id, at, source, verdict, message) VALUES (1, 0, 'answer', 'paid', '')",
    ] {
        let error = run(store.pool(), sql).await.unwrap_err();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    let verdict = sqlx::query_scalar::<_, String>("SELECT verdict FROM vpos_evidence").fetch_all(store.pool()).await.unwrap();
    assert_eq!(verdict, ["forged"]);
}

#[tokio::test]
async fn a_nul_does_not_keep_evidence_out() {
    let folder = Folder::new();
    crate::scene::nul_in_evidence(&folder.store().await).await;
}

#[tokio::test]
async fn a_row_that_was_not_written_so_is_corrupt() {
    let folder = Folder::new();
    let store = folder.store().await;
    stored(&store, &full("0001", "PED-17")).await;
    for (table, column, bad, field) in CORRUPTIONS {
        let mut tx = store.transaction().await.unwrap();
        let sql = AssertSqlSafe(format!("UPDATE {table} SET {column} = {bad}"));
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
        let read = store.lock_sale(&mut tx, "PED-17").await;
        assert!(matches!(&read, Err(StoreError::Corrupt { field: named, .. }) if named == field), "{column}: {read:?}");
    }
    assert_eq!(store.of_sale("PED-17").await.unwrap().len(), 1);
}

#[tokio::test]
async fn more_than_the_column_holds_is_refused() {
    let folder = Folder::new();
    let store = folder.store().await;
    let mut tx = store.transaction().await.unwrap();
    let record = with(&begun(REDSYS, "0001", "PED-17"), |row| row.amount = euro(u64::MAX));
    assert!(matches!(store.insert(&mut tx, &record).await, Err(StoreError::Failed(_))));
    let record = with(&begun(REDSYS, "0001", "PED-17"), |row| row.amount = euro(i64::MAX as u64));
    assert!(matches!(store.insert(&mut tx, &record).await, Ok(Inserted::Stored(_))));
    store.commit(tx).await.unwrap();
    assert_eq!(store.of_sale("PED-17").await.unwrap()[0].record, record);
}

#[tokio::test]
async fn what_never_changes_is_not_changed() {
    let folder = Folder::new();
    let store = folder.store().await;
    let was = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    let mut tx = store.transaction().await.unwrap();
    let dearer = with(&was.record, |row| row.amount = euro(1));
    let mut told = was.record.clone();
    told.duties.refunds = vec![vpos::core::operation::RefundId::new(7)];
    for record in [dearer, told] {
        assert!(matches!(store.update(&mut tx, &was, &record).await, Err(StoreError::Failed(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_not_let_go_is_busy() {
    let folder = Folder::new();
    let store = folder.store().await;
    let options = SqliteConnectOptions::new().filename(folder.file()).busy_timeout(std::time::Duration::ZERO);
    let impatient = SqliteStore::from_pool(SqlitePool::connect_with(options).await.unwrap());
    let _held = store.transaction().await.unwrap();
    assert!(impatient.transaction().await.is_err_and(|error| error.is_busy()));
}

const CHILD: &str = "VPOS_STORE_CHILD";
const ROUNDS: u32 = 25;

/// This test runs itself twice more, as processes of their own that open one file at once.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_a_file() {
    if let Ok(path) = std::env::var(CHILD) {
        return one_of_the_processes(Path::new(&path)).await;
    }
    let folder = Folder::new();
    let children: Vec<Child> = (0..2).map(|_| start_child(&folder.file())).collect();
    let mut wins = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        wins += text.matches("WON").count();
    }
    let store = folder.store().await;
    let shared = store.of_sale("shared").await.unwrap();
    assert_eq!((shared.len(), shared[0].version), (1, 1 + 2 * i64::from(ROUNDS)));
    assert_eq!(store.evidence(shared[0].id, 999).await.unwrap().len(), 2 * ROUNDS as usize);
    assert_eq!(wins, ROUNDS as usize, "each sale is paid once");
    for round in 0..ROUNDS {
        assert!(store.paid_by(&format!("PED-{round}")).await.unwrap().is_some());
    }
}

fn start_child(path: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "sqlite::two_processes_share_a_file", "--nocapture"]).env(CHILD, path);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

async fn one_of_the_processes(path: &Path) {
    let store = SqliteStore::open(path).await.unwrap();
    let mut tx = store.transaction().await.unwrap();
    let _taken_by_one_of_us = store.insert(&mut tx, &begun(REDSYS, "shared", "shared")).await.unwrap();
    store.commit(tx).await.unwrap();
    let number = |round| format!("{}-{round}", std::process::id());
    for round in 0..ROUNDS {
        let sale = format!("PED-{round}");
        let mine = stored(&store, &begun(REDSYS, &number(round), &sale)).await;
        let mut tx = store.transaction().await.unwrap();
        let shared = store.lock_sale(&mut tx, "shared").await.unwrap().remove(0);
        assert!(store.update(&mut tx, &shared, &shared.record).await.unwrap());
        store.add_evidence(&mut tx, &evidence(Some(shared.id), "seen")).await.unwrap();
        let won = store.pay_sale(&mut tx, &sale, mine.id).await.unwrap();
        store.commit(tx).await.unwrap();
        if won {
            println!("WON {sale}");
        }
    }
}

/// The queries of the crate's front page, as they stand there.
#[tokio::test]
async fn an_auditors_questions_are_answered() {
    let folder = Folder::new();
    let store = folder.store().await;
    let kept = stored(&store, &full("0001", "PED-17")).await;
    let mut tx = store.transaction().await.unwrap();
    assert!(store.pay_sale(&mut tx, "PED-17", kept.id).await.unwrap());
    store.add_evidence(&mut tx, &evidence(Some(kept.id), "paid")).await.unwrap();
    store.add_evidence(&mut tx, &evidence(None, "forged")).await.unwrap();
    store.commit(tx).await.unwrap();

    let page = include_str!("../../src/lib.rs").replace("//! ", "").replace("//!", "");
    let queries: Vec<&str> = page.split("```sql").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let mut rows = Vec::new();
    for query in &queries {
        rows.push(sqlx::query(AssertSqlSafe(query.trim())).fetch_all(store.pool()).await.unwrap());
    }
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!(rows[0][0].get::<String, _>("verdict"), "paid");
    assert_eq!((rows[1][0].get::<i64, _>("given_back"), rows[1][0].get::<bool, _>("pays")), (1_000, true));
    assert_eq!(rows[2][0].get::<String, _>("verdict"), "forged");
}
