//! The two databases behind one small seam: run a statement, read its rows. All else is the same code for both.

use std::future::Future;

use sqlx::{Database, SqlSafeStr};

use crate::value::Value;

/// A database that can be the store: [`sqlx::Sqlite`] or [`sqlx::Postgres`]. No other crate can add one.
pub trait Backend: sealed::Speak {}

pub(crate) mod sealed {
    use super::{Database, Future, SqlSafeStr, Value};

    /// What the store's code needs of a database.
    pub trait Speak: Database {
        /// Begins a transaction that writes.
        const BEGIN: &'static str;

        /// Locks the row of a sale until the transaction ends; none where a transaction that writes is alone anyway.
        const LOCK_SALE: Option<&'static str>;

        /// Runs a prepared statement; how many rows it changed.
        fn execute(
            connection: &mut Self::Connection,
            sql: impl SqlSafeStr + Send,
            values: &[Value<'_>],
        ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;

        /// Runs a prepared statement and reads its rows.
        fn fetch(
            connection: &mut Self::Connection,
            sql: impl SqlSafeStr + Send,
            values: &[Value<'_>],
        ) -> impl Future<Output = Result<Vec<Self::Row>, sqlx::Error>> + Send;

        /// A whole number of a row.
        fn int(row: &Self::Row, column: &str) -> Result<Option<i64>, sqlx::Error>;

        /// A text of a row.
        fn text<'r>(row: &'r Self::Row, column: &str) -> Result<Option<&'r str>, sqlx::Error>;

        /// A flag of a row.
        fn flag(row: &Self::Row, column: &str) -> Result<Option<bool>, sqlx::Error>;

        /// Whether the database's error code says that another transaction was in the way.
        fn is_busy(code: &str) -> bool;
    }
}

/// Writes [`sealed::Speak`] for a database of sqlx: its functions are the same words, but no generic code may say them.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
macro_rules! speak {
    ($database:ty, begin: $begin:expr, lock_sale: $lock_sale:expr, is_busy: $is_busy:expr) => {
        impl $crate::backend::Backend for $database {}

        impl $crate::backend::sealed::Speak for $database {
            const BEGIN: &'static str = $begin;
            const LOCK_SALE: Option<&'static str> = $lock_sale;

            async fn execute(
                connection: &mut <$database as sqlx::Database>::Connection,
                sql: impl sqlx::SqlSafeStr + Send,
                values: &[$crate::value::Value<'_>],
            ) -> Result<u64, sqlx::Error> {
                let mut query = sqlx::query::<$database>(sql);
                for value in values {
                    query = match *value {
                        $crate::value::Value::Int(number) => query.bind(number),
                        $crate::value::Value::Text(text) => query.bind(text),
                        $crate::value::Value::Flag(flag) => query.bind(flag),
                    };
                }
                Ok(query.execute(connection).await?.rows_affected())
            }

            async fn fetch(
                connection: &mut <$database as sqlx::Database>::Connection,
                sql: impl sqlx::SqlSafeStr + Send,
                values: &[$crate::value::Value<'_>],
            ) -> Result<Vec<Self::Row>, sqlx::Error> {
                let mut query = sqlx::query::<$database>(sql);
                for value in values {
                    query = match *value {
                        $crate::value::Value::Int(number) => query.bind(number),
                        $crate::value::Value::Text(text) => query.bind(text),
                        $crate::value::Value::Flag(flag) => query.bind(flag),
                    };
                }
                query.fetch_all(connection).await
            }

            fn int(row: &Self::Row, column: &str) -> Result<Option<i64>, sqlx::Error> {
                sqlx::Row::try_get(row, column)
            }

            fn text<'r>(row: &'r Self::Row, column: &str) -> Result<Option<&'r str>, sqlx::Error> {
                sqlx::Row::try_get(row, column)
            }

            fn flag(row: &Self::Row, column: &str) -> Result<Option<bool>, sqlx::Error> {
                sqlx::Row::try_get(row, column)
            }

            fn is_busy(code: &str) -> bool {
                $is_busy(code)
            }
        }
    };
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use speak;
