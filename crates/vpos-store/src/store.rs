//! The store of the flow over a pool of sqlx: which connection, which statement, what order.

use std::fmt;

use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool, SqlSafeStr, Transaction};
use vpos::core::{Bank, Lookup, Timestamp};
use vpos::flow::{DueAfter, Event, Evidence, Inserted, OperationId, Record, Store, StoreError, Stored};

use crate::backend::Backend;
use crate::read::{self, Columns};
use crate::value::{NUL, Value};
use crate::{sql, write};

/// Keeps the operations of a [`PaymentFlow`](vpos::flow) in a database of sqlx. Clones share its connections.
///
/// Made as [`SqliteStore`](crate::SqliteStore) or [`PostgresStore`](crate::PostgresStore).
pub struct SqlStore<B: Database> {
    pub(crate) pool: Pool<B>,
    /// For transactions that write: the same pool, but where a database lets only one write at a time.
    pub(crate) writers: Pool<B>,
}

impl<B: Database> Clone for SqlStore<B> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), writers: self.writers.clone() }
    }
}

/// Says which database it is, and nothing of how it is reached.
impl<B: Database> fmt::Debug for SqlStore<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore").field("database", &B::NAME).finish_non_exhaustive()
    }
}

/// A pool's or a database's error. Its text comes from the server or the file system; the address is in none of them.
pub(crate) fn failed<B: Backend>(error: sqlx::Error) -> StoreError {
    let text = error.to_string();
    match error {
        sqlx::Error::PoolTimedOut => StoreError::Busy(text),
        error if SqlStore::<B>::is_busy(&error) => StoreError::Busy(text),
        _ => StoreError::Failed(text),
    }
}

impl<B: Backend> SqlStore<B> {
    /// The connections of the store, for the application's own tables in the same database.
    pub const fn pool(&self) -> &Pool<B> {
        &self.pool
    }

    /// Whether an error of the database says that another transaction was in the way, and the whole of this one may succeed when it
    /// is tried again: for [`Merchant::is_busy`](vpos::flow::Merchant::is_busy).
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// assert!(!vpos_store::SqliteStore::is_busy(&vpos_store::sqlx::Error::RowNotFound));
    /// ```
    pub fn is_busy(error: &sqlx::Error) -> bool {
        let sqlx::Error::Database(error) = error else { return false };
        error.code().is_some_and(|code| B::is_busy(&code))
    }

    /// Closes the connections; what runs is finished first.
    pub async fn close(&self) {
        self.writers.close().await;
        self.pool.close().await;
    }

    async fn connection(&self) -> Result<PoolConnection<B>, StoreError> {
        self.pool.acquire().await.map_err(failed::<B>)
    }

    async fn operations(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Stored>, StoreError> {
        let mut connection = self.connection().await?;
        operations::<B>(&mut connection, sql, values).await
    }
}

async fn operations<B: Backend>(
    connection: &mut B::Connection,
    sql: impl SqlSafeStr + Send,
    values: &[Value<'_>],
) -> Result<Vec<Stored>, StoreError> {
    let rows = B::fetch(connection, sql, values).await.map_err(failed::<B>)?;
    read::operations::<B>(&rows)
}

/// The limit of a page as the database takes it.
const fn most(limit: u32) -> Value<'static> {
    Value::Int(Some(limit as i64))
}

/// Which page of what is due.
fn due_page(until: Timestamp, after: Option<DueAfter>, limit: u32) -> [Value<'static>; 4] {
    let (since, id) = match after {
        Some(after) => (Value::time(after.due_since), after.id.get()),
        None => (Value::int(i64::MIN), i64::MIN),
    };
    [Value::time(until), since, Value::int(id), most(limit)]
}

impl<B: Backend> Store for SqlStore<B> {
    type Tx = Transaction<'static, B>;

    async fn transaction(&self) -> Result<Self::Tx, StoreError> {
        self.writers.begin_with(B::BEGIN).await.map_err(failed::<B>)
    }

    async fn commit(&self, tx: Self::Tx) -> Result<(), StoreError> {
        tx.commit().await.map_err(failed::<B>)
    }

    async fn lock_sale(&self, tx: &mut Self::Tx, sale: &str) -> Result<Vec<Stored>, StoreError> {
        let values = [crate::value::exact("sale", sale)?];
        if let Some(lock) = B::LOCK_SALE {
            B::execute(tx, lock, &values).await.map_err(failed::<B>)?;
        }
        operations::<B>(tx, sql::OF_SALE, &values).await
    }

    async fn pay_sale(&self, tx: &mut Self::Tx, sale: &str, by: OperationId) -> Result<bool, StoreError> {
        let values = [crate::value::exact("sale", sale)?, Value::int(by.get())];
        let rows = B::fetch(tx, sql::PAY_SALE, &values).await.map_err(failed::<B>)?;
        let paid_by = rows.first().map(|row| Columns::<B>(row).int("paid_by")).transpose()?;
        Ok(paid_by == Some(by.get()))
    }

    async fn paid_by(&self, sale: &str) -> Result<Option<OperationId>, StoreError> {
        if sale.contains(NUL) {
            return Ok(None);
        }
        let mut connection = self.connection().await?;
        let rows = B::fetch(&mut connection, sql::PAID_BY, &[Value::text(sale)]).await.map_err(failed::<B>)?;
        let by = rows.first().map(|row| Columns::<B>(row).int_or_none("paid_by")).transpose()?;
        Ok(by.flatten().map(OperationId::new))
    }

    async fn release_sale(&self, tx: &mut Self::Tx, sale: &str, by: OperationId) -> Result<(), StoreError> {
        let values = [crate::value::exact("sale", sale)?, Value::int(by.get())];
        B::execute(tx, sql::RELEASE_SALE, &values).await.map_err(failed::<B>)?;
        Ok(())
    }

    async fn insert(&self, tx: &mut Self::Tx, record: &Record) -> Result<Inserted, StoreError> {
        write::insert::<B>(tx, record).await
    }

    async fn update(&self, tx: &mut Self::Tx, was: &Stored, record: &Record) -> Result<bool, StoreError> {
        write::update::<B>(tx, was, record).await
    }

    async fn add_evidence(&self, tx: &mut Self::Tx, evidence: &Evidence) -> Result<(), StoreError> {
        write::evidence::<B>(tx, evidence).await
    }

    async fn add_event(&self, tx: &mut Self::Tx, event: &Event) -> Result<(), StoreError> {
        write::event::<B>(tx, event).await
    }

    async fn find(&self, bank: Bank, lookup: &Lookup) -> Result<Option<Stored>, StoreError> {
        let bank = Value::text(bank.as_str());
        let mut found = match lookup {
            Lookup::Number(number) => self.operations(sql::BY_NUMBER, &[bank, Value::text(number.as_str())]).await?,
            // from a message that nobody has verified: what cannot have been stored is not there
            Lookup::Reference(_, value) if value.contains(NUL) => Vec::new(),
            Lookup::Reference(name, value) => {
                self.operations(sql::BY_REFERENCE, &[bank, Value::text(name.as_str()), Value::text(value)]).await?
            }
        };
        Ok(found.pop().filter(|_| found.is_empty()))
    }

    async fn get(&self, id: OperationId) -> Result<Option<Stored>, StoreError> {
        Ok(self.operations(sql::BY_ID, &[Value::int(id.get())]).await?.pop())
    }

    async fn of_sale(&self, sale: &str) -> Result<Vec<Stored>, StoreError> {
        if sale.contains(NUL) {
            return Ok(Vec::new());
        }
        self.operations(sql::OF_SALE, &[Value::text(sale)]).await
    }

    async fn due(&self, until: Timestamp, after: Option<DueAfter>, limit: u32) -> Result<Vec<Stored>, StoreError> {
        let mut found = self.operations(sql::DUE, &due_page(until, after, limit)).await?;
        found.sort_by_key(|stored| (stored.record.due_since, stored.id));
        Ok(found)
    }

    async fn due_places(&self, until: Timestamp, after: Option<DueAfter>, limit: u32) -> Result<Vec<DueAfter>, StoreError> {
        let mut connection = self.connection().await?;
        let rows = B::fetch(&mut connection, sql::DUE_PLACES, &due_page(until, after, limit)).await.map_err(failed::<B>)?;
        let place = |row: &B::Row| {
            let row = Columns::<B>(row);
            // before all times is a time that cannot be read either; it is passed by with its row
            let due_since = Timestamp::from_microsecond(row.int("due_since")?).unwrap_or(Timestamp::MIN);
            Ok(DueAfter { due_since, id: OperationId::new(row.int("id")?) })
        };
        rows.iter().map(place).collect()
    }

    async fn newest(&self, below: Option<OperationId>, limit: u32) -> Result<Vec<Stored>, StoreError> {
        let below = below.map_or(i64::MAX, OperationId::get);
        let mut found = self.operations(sql::NEWEST, &[Value::int(below), most(limit)]).await?;
        found.reverse();
        Ok(found)
    }

    async fn newest_ids(&self, below: Option<OperationId>, limit: u32) -> Result<Vec<OperationId>, StoreError> {
        let mut connection = self.connection().await?;
        let values = [Value::int(below.map_or(i64::MAX, OperationId::get)), most(limit)];
        let rows = B::fetch(&mut connection, sql::NEWEST_IDS, &values).await.map_err(failed::<B>)?;
        rows.iter().map(|row| Ok(OperationId::new(Columns::<B>(row).int("id")?))).collect()
    }

    async fn evidence(&self, operation: OperationId, limit: u32) -> Result<Vec<Evidence>, StoreError> {
        let mut connection = self.connection().await?;
        let values = [Value::int(operation.get()), most(limit)];
        let rows = B::fetch(&mut connection, sql::EVIDENCE, &values).await.map_err(failed::<B>)?;
        rows.iter().map(read::evidence::<B>).collect()
    }

    async fn events(&self, limit: u32) -> Result<Vec<(i64, Event)>, StoreError> {
        let mut connection = self.connection().await?;
        let rows = B::fetch(&mut connection, sql::EVENTS, &[most(limit)]).await.map_err(failed::<B>)?;
        rows.iter().map(read::event::<B>).collect()
    }

    async fn take_event(&self, id: i64) -> Result<(), StoreError> {
        let mut connection = self.writers.acquire().await.map_err(failed::<B>)?;
        B::execute(&mut connection, sql::TAKE_EVENT, &[Value::int(id)]).await.map_err(failed::<B>)?;
        Ok(())
    }
}
