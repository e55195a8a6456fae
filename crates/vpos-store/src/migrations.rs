//! The schema, step by step. A step that was published is never changed: what comes later is a step of its own.

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use vpos::flow::StoreError;

/// Where sqlx writes which steps were made: not the table of the shop's own migrations in the same database.
const TABLE: &str = "vpos_migration";

#[cfg(feature = "sqlite")]
pub(crate) const SQLITE: [(&str, &str); 3] = [
    ("tables", include_str!("../migrations/sqlite/0001_tables.sql")),
    ("indexes", include_str!("../migrations/sqlite/0002_indexes.sql")),
    ("evidence is append-only", include_str!("../migrations/sqlite/0003_evidence.sql")),
];

#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: [(&str, &str); 3] = [
    ("tables", include_str!("../migrations/postgres/0001_tables.sql")),
    ("indexes", include_str!("../migrations/postgres/0002_indexes.sql")),
    ("evidence is append-only", include_str!("../migrations/postgres/0003_evidence.sql")),
];

/// The steps as sqlx makes them, numbered from 1.
pub(crate) fn migrator(steps: &[(&'static str, &'static str)]) -> Migrator {
    let numbered = steps.iter().zip(1..);
    let migrations = numbered
        .map(|((name, sql), number)| Migration::new(number, (*name).into(), MigrationType::Simple, (*sql).into_sql_str(), false));
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(TABLE);
    migrator
}

pub(crate) fn failed(error: &MigrateError) -> StoreError {
    StoreError::Failed(format!("the schema cannot be brought up to date: {error}"))
}
