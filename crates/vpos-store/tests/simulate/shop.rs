//! The shop's own table, written by the transaction that the handlers get: what was told, and how often.

use std::future::Future;

use vpos::Amount;
use vpos::flow::{About, Event, EventKind, MemoryStore, OperationId, Store};
use vpos_store::sqlx;

/// Which handler told it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Word {
    Authorized,
    Paid,
    Refunded,
}

impl Word {
    pub(crate) const ALL: [Self; 3] = [Self::Authorized, Self::Paid, Self::Refunded];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Authorized => "authorized",
            Self::Paid => "paid",
            Self::Refunded => "refunded",
        }
    }
}

/// A row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) sale: String,
    pub(crate) operation: i64,
    pub(crate) word: Word,
    pub(crate) minor: i64,
    about: About,
}

impl Told {
    pub(crate) fn new(about: &About, word: Word, amount: Amount) -> Self {
        let minor = i64::try_from(amount.minor_units()).unwrap();
        Self { sale: about.sale().to_owned(), operation: about.id.get(), word, minor, about: about.clone() }
    }
}

/// What was told of a sale: which operation, which word, how much.
pub(crate) type Row = (i64, Word, i64);

/// A store beside which a shop keeps a table of its own.
pub(crate) trait ShopStore: Store + Clone + 'static {
    const NAME: &'static str;

    /// Writes a row by the handlers' transaction.
    fn tell(&self, tx: &mut Self::Tx, told: &Told) -> impl Future<Output = Result<(), String>> + Send;

    /// The rows of a sale.
    fn told(&self, sale: &str) -> impl Future<Output = Vec<Row>>;

    /// Schedules share the database: what this one left open is nothing to the next.
    fn archive(&self) -> impl Future<Output = ()>;
}

/// The store in memory has no table for the shop: a row is an event of the shop's own.
impl ShopStore for MemoryStore {
    const NAME: &'static str = "memory";

    async fn tell(&self, tx: &mut Self::Tx, told: &Told) -> Result<(), String> {
        let event = Event {
            operation: OperationId::new(told.operation),
            sale: told.sale.clone(),
            number: told.about.number().clone(),
            kind: EventKind::Begun,
            amount: Amount::from_minor(told.minor.unsigned_abs(), told.about.operation.amount().currency()),
            at: told.about.at,
            detail: format!("shop {}", told.word.as_str()),
        };
        self.add_event(tx, &event).await.map_err(|error| error.to_string())
    }

    async fn told(&self, sale: &str) -> Vec<Row> {
        let events = self.events(u32::MAX).await.unwrap();
        let rows = events.iter().filter(|(_, event)| event.sale == sale).filter_map(|(_, event)| {
            let word = event.detail.strip_prefix("shop ")?;
            let word = Word::ALL.into_iter().find(|known| known.as_str() == word)?;
            Some((event.operation.get(), word, i64::try_from(event.amount.minor_units()).unwrap()))
        });
        rows.collect()
    }

    async fn archive(&self) {}
}

/// The rest is the same for both databases: a table of the shop's own, by sqlx.
macro_rules! shop_by_sqlx {
    ($store:ty, $name:literal) => {
        impl ShopStore for $store {
            const NAME: &'static str = $name;

            async fn tell(&self, tx: &mut Self::Tx, told: &Told) -> Result<(), String> {
                let query = sqlx::query("INSERT INTO shop_told (sale, operation, word, minor) VALUES ($1, $2, $3, $4)");
                let query = query.bind(&told.sale).bind(told.operation).bind(told.word.as_str()).bind(told.minor);
                query.execute(&mut **tx).await.map(drop).map_err(|error| error.to_string())
            }

            async fn told(&self, sale: &str) -> Vec<Row> {
                let query = sqlx::query_as("SELECT operation, word, minor FROM shop_told WHERE sale = $1");
                let rows: Vec<(i64, String, i64)> = query.bind(sale).fetch_all(self.pool()).await.unwrap();
                let word = |text: String| Word::ALL.into_iter().find(|word| word.as_str() == text).unwrap();
                rows.into_iter().map(|(operation, text, minor)| (operation, word(text), minor)).collect()
            }

            async fn archive(&self) {
                let mut tx = self.transaction().await.unwrap();
                let query = sqlx::query("UPDATE vpos_operation SET due_since = NULL WHERE due_since IS NOT NULL");
                query.execute(&mut *tx).await.unwrap();
                sqlx::query("DELETE FROM vpos_event").execute(&mut *tx).await.unwrap();
                // each schedule has a new bank, which counts its ids from the beginning
                sqlx::query("DELETE FROM vpos_reference").execute(&mut *tx).await.unwrap();
                self.commit(tx).await.unwrap();
            }
        }
    };
}

shop_by_sqlx!(vpos_store::SqliteStore, "sqlite");
shop_by_sqlx!(vpos_store::PostgresStore, "postgresql");

/// The shop's table, made in both databases by the same words.
pub(crate) const TABLE: &str =
    "CREATE TABLE shop_told (sale TEXT NOT NULL, operation BIGINT NOT NULL, word TEXT NOT NULL, minor BIGINT NOT NULL)";
pub(crate) const INDEX: &str = "CREATE INDEX shop_told_sale ON shop_told (sale)";
