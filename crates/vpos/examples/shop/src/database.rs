//! The shop's own two tables, in the database in which vpos-store keeps its own: SQLite or PostgreSQL.
//!
//! The trait and the macro are here because this shop runs on both. A shop that has one database writes the functions of
//! `database!` once, as plain functions over `SqliteStore` or `PostgresStore`.

use std::future::Future;

use vpos::flow::Store;
use vpos::{Amount, Currency, Timestamp};
use vpos_store::sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use vpos_store::sqlx::{self, Row as _, SqlSafeStr as _};
use vpos_store::{PostgresStore, SqliteStore};

use crate::order::{Line, Order, OrderState, is_code};

/// The steps of the shop's schema. sqlx notes them in `_sqlx_migrations`; vpos-store has a table of its own for its steps.
const STEPS: [(&str, &str); 1] = [("orders", include_str!("../migrations/0001_orders.sql"))];

const PLACE_ORDER: &str =
    "INSERT INTO shop_order (code, state, total, currency, language, made_at) VALUES ($1, $2, $3, $4, $5, $6)";
const PLACE_LINE: &str = "INSERT INTO shop_line (order_code, place, product, quantity, price) VALUES ($1, $2, $3, $4, $5)";
const ORDER: &str = "SELECT state, total, currency, language, made_at FROM shop_order WHERE code = $1";
const LINES: &str = "SELECT product, quantity, price FROM shop_line WHERE order_code = $1 ORDER BY place";
/// A page of the payment flow's outbox, newest first. `begun` is told by the list of operations, and buyers write it at will.
const OUTBOX: &str = "SELECT id, operation, sale, kind, amount, currency, at, detail FROM vpos_event \
                      WHERE kind <> 'begun' AND id < $1 ORDER BY id DESC LIMIT $2";
const MARK: &str = "UPDATE shop_order SET state = $1 WHERE code = $2 AND total = $3 AND currency = $4";

/// What the shop asks of a database besides what the payment flow does.
pub trait Database: Store + Clone + 'static {
    /// Brings the shop's own tables up to date.
    ///
    /// # Errors
    /// When a step fails.
    fn migrate_shop(&self) -> impl Future<Output = Result<(), MigrateError>> + Send;

    /// Stores a new order and its lines, whole or not at all.
    ///
    /// # Errors
    /// The database's.
    fn place(&self, order: &Order) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// An order with its lines.
    ///
    /// # Errors
    /// The database's; a row that cannot be read.
    fn order(&self, code: &str) -> impl Future<Output = Result<Option<Order>, sqlx::Error>> + Send;

    /// The newest rows of the outbox below that one, without what was merely begun. The flow's own `events` are oldest first, for
    /// a program that works them off.
    ///
    /// # Errors
    /// The database's; a row that cannot be read.
    fn outbox(&self, below: i64, limit: u32) -> impl Future<Output = Result<Vec<Happened>, sqlx::Error>> + Send;

    /// Marks an order of that total, in the transaction of the payment flow. Whether there is such an order.
    ///
    /// # Errors
    /// The database's.
    fn mark(
        tx: &mut Self::Tx,
        code: &str,
        total: Amount,
        state: OrderState,
    ) -> impl Future<Output = Result<bool, sqlx::Error>> + Send;

    /// Whether another transaction was in the way, and the same again may do.
    fn in_the_way(error: &sqlx::Error) -> bool;

    /// Ends the connections; what runs is finished first.
    fn end(&self) -> impl Future<Output = ()> + Send;
}

/// A row of the outbox, as the back office shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Happened {
    /// Its id.
    pub id: i64,
    /// The id of the operation.
    pub operation: i64,
    /// The code of the order.
    pub sale: String,
    /// What happened, in the flow's word.
    pub kind: String,
    /// How much it is about.
    pub amount: Amount,
    /// When.
    pub at: Timestamp,
    /// More words, where there are some.
    pub detail: String,
}

/// sqlx's functions are not generic over databases in a way that anybody would like to read: the same code, once for each.
macro_rules! database {
    ($store:ty, writers: $writers:ident, begin: $begin:literal) => {
        impl Database for $store {
            async fn migrate_shop(&self) -> Result<(), MigrateError> {
                migrator().run(self.$writers()).await
            }

            async fn place(&self, order: &Order) -> Result<(), sqlx::Error> {
                let mut tx = self.$writers().begin_with($begin).await?;
                let row = sqlx::query(PLACE_ORDER)
                    .bind(&order.code)
                    .bind(order.state.as_str())
                    .bind(minor(order.total)?)
                    .bind(order.total.currency().code().to_owned())
                    .bind(&order.language)
                    .bind(order.made_at);
                row.execute(&mut *tx).await?;
                for (place, line) in (1_i64..).zip(&order.lines) {
                    let row = sqlx::query(PLACE_LINE).bind(&order.code).bind(place).bind(&line.product);
                    row.bind(i64::from(line.quantity)).bind(minor(line.price)?).execute(&mut *tx).await?;
                }
                tx.commit().await
            }

            async fn order(&self, code: &str) -> Result<Option<Order>, sqlx::Error> {
                if !is_code(code) {
                    return Ok(None);
                }
                let Some(row) = sqlx::query(ORDER).bind(code).fetch_optional(self.pool()).await? else { return Ok(None) };
                let currency = currency(row.try_get("currency")?)?;
                let lines = sqlx::query(LINES).bind(code).fetch_all(self.pool()).await?;
                let line = |row: &_| {
                    let row: &<<$store as Store>::Tx as InDatabase>::Row = row;
                    Ok(Line {
                        product: row.try_get("product")?,
                        quantity: u32::try_from(row.try_get::<i64, _>("quantity")?).map_err(|_| odd("quantity"))?,
                        price: amount(row.try_get("price")?, currency)?,
                    })
                };
                Ok(Some(Order {
                    code: code.to_owned(),
                    state: OrderState::named(row.try_get("state")?).ok_or_else(|| odd("state"))?,
                    total: amount(row.try_get("total")?, currency)?,
                    language: row.try_get("language")?,
                    made_at: row.try_get("made_at")?,
                    lines: lines.iter().map(line).collect::<Result<_, sqlx::Error>>()?,
                }))
            }

            async fn outbox(&self, below: i64, limit: u32) -> Result<Vec<Happened>, sqlx::Error> {
                let rows = sqlx::query(OUTBOX).bind(below).bind(i64::from(limit)).fetch_all(self.pool()).await?;
                let one = |row: &_| {
                    let row: &<<$store as Store>::Tx as InDatabase>::Row = row;
                    Ok(Happened {
                        id: row.try_get("id")?,
                        operation: row.try_get("operation")?,
                        sale: row.try_get("sale")?,
                        kind: row.try_get("kind")?,
                        amount: amount(row.try_get("amount")?, currency(row.try_get("currency")?)?)?,
                        at: Timestamp::from_microsecond(row.try_get("at")?).map_err(|_| odd("at"))?,
                        detail: row.try_get("detail")?,
                    })
                };
                rows.iter().map(one).collect()
            }

            async fn mark(tx: &mut Self::Tx, code: &str, total: Amount, state: OrderState) -> Result<bool, sqlx::Error> {
                let mark = sqlx::query(MARK).bind(state.as_str()).bind(code).bind(minor(total)?);
                let done = mark.bind(total.currency().code().to_owned()).execute(&mut **tx).await?;
                Ok(done.rows_affected() == 1)
            }

            fn in_the_way(error: &sqlx::Error) -> bool {
                Self::is_busy(error)
            }

            async fn end(&self) {
                self.close().await;
            }
        }
    };
}

/// The row type that goes with a transaction.
trait InDatabase {
    type Row;
}

impl<D: sqlx::Database> InDatabase for sqlx::Transaction<'static, D> {
    type Row = D::Row;
}

// SQLite lets one transaction write at a time: the shop's stand in the store's own line
database!(SqliteStore, writers: writers, begin: "BEGIN IMMEDIATE");
database!(PostgresStore, writers: pool, begin: "BEGIN ISOLATION LEVEL READ COMMITTED");

fn migrator() -> Migrator {
    let steps = STEPS.iter().zip(1..);
    let steps = steps
        .map(|((name, sql), number)| Migration::new(number, (*name).into(), MigrationType::Simple, (*sql).into_sql_str(), false));
    Migrator::with_migrations(steps.collect())
}

/// Databases have no unsigned numbers.
fn minor(amount: Amount) -> Result<i64, sqlx::Error> {
    i64::try_from(amount.minor_units()).map_err(|_| odd("amount"))
}

fn amount(minor: i64, currency: Currency) -> Result<Amount, sqlx::Error> {
    Ok(Amount::from_minor(u64::try_from(minor).map_err(|_| odd("amount"))?, currency))
}

fn currency(code: &str) -> Result<Currency, sqlx::Error> {
    code.parse().map_err(|_| odd("currency"))
}

fn odd(column: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{column} cannot be what was written").into())
}
