//! SQLite: one file on this machine, or none, for tests.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};
use vpos::flow::StoreError;

use crate::backend::speak;
use crate::migrations;
use crate::store::{SqlStore, failed};

/// How many connections read at once. One more writes.
const READERS: u32 = 8;

/// How long a transaction waits for another one, of this process or another, before it is busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// A store in SQLite.
pub type SqliteStore = SqlStore<Sqlite>;

/// The transaction that the merchant's handlers get.
pub type SqliteTx = Transaction<'static, Sqlite>;

speak!(
    Sqlite,
    // a transaction that reads first and writes then would be refused when another one wrote meanwhile
    begin: "BEGIN IMMEDIATE",
    lock_sale: None,
    // https://www.sqlite.org/rescode.html: the low byte is the primary code, 5 SQLITE_BUSY, 6 SQLITE_LOCKED
    is_busy: |code: &str| code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6))
);

impl SqlStore<Sqlite> {
    /// Opens the file, makes it where there is none, and brings its schema up to date.
    ///
    /// The file is in WAL mode (two more files stand beside it), and a commit is on the disk when it returns
    /// (`synchronous = FULL`). A file that is made can be read by its owner alone: it holds tokens of cards. Several processes
    /// of one machine can open it; it must not be on a network's file system.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the file cannot be opened, is no database, or was made by a newer version of this crate.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        create(path).map_err(|error| StoreError::Failed(format!("the file cannot be made: {error}")))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        // one connection writes, so that the writers of this process stand in a line, and none starves
        let writers = pool(1).connect_with(options.clone()).await.map_err(failed::<Sqlite>)?;
        let store = Self { pool: pool(READERS).connect_lazy_with(options), writers };
        store.migrate().await?;
        Ok(store)
    }

    /// A database in memory, gone with the last clone of the store: for tests. It has one connection, so what reads outside a
    /// transaction waits for its end.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn in_memory() -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let one = pool(1).idle_timeout(None).max_lifetime(None).connect_with(options).await.map_err(failed::<Sqlite>)?;
        let store = Self::from_pool(one);
        store.migrate().await?;
        Ok(store)
    }

    /// A store over connections that the application made. It should have switched WAL and foreign keys on and
    /// `synchronous` to FULL, and it calls [`migrate`](Self::migrate) once.
    pub fn from_pool(pool: SqlitePool) -> Self {
        Self { writers: pool.clone(), pool }
    }

    /// The one connection that writes, for the application's own transactions: on it they stand in the same line.
    pub const fn writers(&self) -> &SqlitePool {
        &self.writers
    }

    /// Brings the schema up to date, whole or not at all. Processes that do it at once wait for each other.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when a step fails, or the schema was made by a newer version of this crate.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        // sqlx takes no lock of its own here: two processes would both begin with the first step
        let mut tx = self.writers.begin_with("BEGIN IMMEDIATE").await.map_err(failed::<Sqlite>)?;
        migrations::migrator(&migrations::SQLITE).run(&mut *tx).await.map_err(|error| migrations::failed(&error))?;
        tx.commit().await.map_err(failed::<Sqlite>)
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    // a file does not hang up, so a connection need not be asked whether it is still there each time it is used
    SqlitePoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE).test_before_acquire(false)
}

/// Makes the file for its owner alone; the files beside it get the same rights from SQLite.
#[cfg(unix)]
fn create(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn create(path: &Path) -> std::io::Result<()> {
    std::fs::OpenOptions::new().append(true).create(true).open(path).map(drop)
}
