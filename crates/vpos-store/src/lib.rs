//! x
#![forbid(unsafe_code)]

mod backend;
mod migrations;
#[cfg(feature = "postgres")]
mod postgres;
mod read;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod value;
mod write;

pub use backend::Backend;
#[cfg(feature = "postgres")]
pub use postgres::{PgTx, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteStore, SqliteTx};
pub use sqlx;
pub use store::SqlStore;
