//! Stores for the payment flow of [`vpos`], by sqlx: [`SqliteStore`] keeps the operations in one file, `PostgresStore` on a
//! server for many machines. They bring their tables with them, and share the application's database and its transaction.
//!
//! | feature | store |
//! |---|---|
//! | `sqlite` (default) | SQLite, built in; a file in WAL mode, each commit on the disk when it returns |
//! | `postgres` | PostgreSQL |
//! | `postgres-tls` | TLS to it, by rustls |
//!
//! Read next: `docs/flow.md` of the repository, a whole program over this store, and what happens wherever it stops; below, what is
//! in [the tables](#the-tables).
//!
//! ```
//! # #[cfg(feature = "sqlite")] {
//! use vpos::flow::{Merchant, Paid, PaymentFlow, Store};
//! use vpos::{Amount, Currency, OperationState, Payment, Registry};
//! use vpos_store::{SqliteStore, SqliteTx, sqlx};
//! # use vpos::{http::{Request, Response}, Lost, TimeLimit};
//!
//! struct Shop;
//!
//! impl Merchant<SqliteStore> for Shop {
//!     type Error = sqlx::Error;
//!
//!     // the transaction is sqlx's own: the order and the operation are marked together, or neither is
//!     async fn on_paid(&self, paid: &Paid, tx: &mut SqliteTx) -> Result<(), sqlx::Error> {
//!         let mark = sqlx::query("UPDATE shop_order SET paid = 1 WHERE code = $1").bind(paid.sale().to_owned());
//!         mark.execute(&mut **tx).await?;
//!         Ok(())
//!     }
//!
//!     // a deadlock is no reason to tell a bank that listens no: the same again in a new transaction
//!     fn is_busy(&self, error: &sqlx::Error) -> bool {
//!         SqliteStore::is_busy(error)
//!     }
//! }
//!
//! # let folder = std::env::temp_dir().join(format!("vpos-store-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let transport = |_: Request<Vec<u8>>, _: TimeLimit| async { Err::<Response<Vec<u8>>, _>(Lost::before_send("offline")) };
//! # let text = "[pos.caja]\nbank = 'redsys'\nenvironment = 'test'\nmerchant_code = '999008881'\nterminal = 1\nsecret_key_env = 'K'";
//! # let registry = Registry::parse(text, |_: &str| Some("sq7HjrUOBfKmC576ILgskD5srU870gJ7".to_owned()))?;
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
//! let store = SqliteStore::open(folder.join("shop.db")).await?;
//! sqlx::query("CREATE TABLE shop_order (code TEXT PRIMARY KEY, paid INTEGER NOT NULL)").execute(store.writers()).await?;
//!
//! let flow = PaymentFlow::new(registry, store, transport, Shop); // a registry and a transport, as `vpos` shows
//! let payment = Payment::builder("PED-17", Amount::parse("123.45", Currency::EUR)?)
//!     .notification_url("https://tienda.example/aviso")
//!     .url_ok("https://tienda.example/ok")
//!     .url_nok("https://tienda.example/nok")
//!     .build()?;
//! let page = flow.begin("caja", &payment).await?.to_html();
//!
//! let stored = flow.store().of_sale("PED-17").await?;
//! assert_eq!(stored[0].operation().state(), OperationState::Pending);
//! # assert!(page.contains("Ds_MerchantParameters"));
//! # flow.store().close().await;
//! # std::fs::remove_dir_all(folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The application's own tables
//!
//! The handlers of [`Merchant`](vpos::flow::Merchant) get the transaction, sqlx's own ([`SqliteTx`], `PgTx`): what they write
//! with it commits with the operation or not at all. [`pool`](SqlStore::pool) is for all else that the application does in the
//! same database; on SQLite, for what reads. sqlx is re-exported, since the two must be of one version.
//!
//! SQLite lets one transaction write at a time. The store's wait in a line for the one connection that writes; the application's
//! own writes go by [`writers`](SqlStore::writers) and stand in the same line, or they wait for the file's lock. A handler that asks for
//! another transaction, instead of using the one it got, waits for itself until it is told that the store is busy.
//!
//! The application may have migrations of its own in the same database: those of the store are noted in `vpos_migration`, not in
//! sqlx's `_sqlx_migrations`.
//!
//! # The tables
//!
//! | table | a row |
//! |---|---|
//! | `vpos_operation` | an attempt to pay a sale: all of [`Record`](vpos::flow::Record), a column a field; `(bank, number)` is unique |
//! | `vpos_reference` | something that the bank told of an operation, by name. **Sensitive**: `card_reference` is the token with which a stored card is charged |
//! | `vpos_refund` | a refund of an operation; `due` while `on_refunded` has still to be told |
//! | `vpos_sale` | a sale that was locked or paid; `paid_by` is the operation that pays it |
//! | `vpos_evidence` | what came and what was made of it; triggers refuse to change or delete a row |
//! | `vpos_event` | an event for the application, until it takes it |
//!
//! Amounts are whole minor units of `currency`, times whole microseconds since 1970-01-01 UTC: what is finer is cut off. A file
//! that [`SqliteStore::open`](SqlStore::open) makes can be read by its owner alone; who backs it up keeps it so. The triggers
//! stop mistakes, not whoever owns the database: on PostgreSQL let the application be another user than the tables' owner.
//! Evidence is personal data too: to delete old rows lawfully, drop the trigger in the transaction that deletes, and make it
//! again.
//!
//! # An auditor's questions
//!
//! All that happened to a sale, in order (SQLite; on PostgreSQL `to_timestamp(e.at / 1000000)`):
//!
//! ```sql
//! SELECT datetime(e.at / 1000000, 'unixepoch') AS at, o.bank, o.number, e.source, e.from_address, e.verdict, e.message
//! FROM vpos_evidence e JOIN vpos_operation o ON o.id = e.operation
//! WHERE o.sale = 'PED-17' ORDER BY e.id;
//! ```
//!
//! Its attempts to pay, which one pays it, and what was given back:
//!
//! ```sql
//! SELECT o.number, o.state, o.amount, o.captured, o.currency, o.duplicate, s.paid_by = o.id AS pays,
//!        (SELECT SUM(f.amount) FROM vpos_refund f WHERE f.operation = o.id AND f.state = 'approved') AS given_back
//! FROM vpos_operation o LEFT JOIN vpos_sale s ON s.sale = o.sale
//! WHERE o.sale = 'PED-17' ORDER BY o.id;
//! ```
//!
//! Messages about no operation that is known (forged ones are among them):
//!
//! ```sql
//! SELECT at, bank, from_address, verdict, message FROM vpos_evidence WHERE operation IS NULL ORDER BY id;
//! ```

mod backend;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
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

/// The page of the flow: its code is compiled as a doctest.
#[cfg(all(doctest, feature = "sqlite"))]
mod pages {
    #[doc = include_str!("../../../docs/flow.md")]
    mod flow {}
}
