//! What keeps the operations: a trait, so that any database with transactions can, and the plain records that it keeps.
//!
//! The flow decides what is written; a store writes it, whole or not at all. Real stores are in the crate `vpos-store`
//! (SQLite, PostgreSQL); [`MemoryStore`](super::MemoryStore) is for unit tests.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;

use vpos_core::operation::{Operation, RefundId};
use vpos_core::{Amount, Bank, Lookup, OperationNumber, Timestamp};

use super::words::words;
use crate::PosId;

/// A store's own name for an operation.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct OperationId(i64);

impl OperationId {
    /// As stored.
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// All that is kept of an operation.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a store must keep every field")]
pub struct Record {
    /// Under which contract it was begun.
    pub pos: PosId,
    /// The operation itself; a store writes [`Operation::record`] and reads it back by [`Operation::from_record`].
    pub operation: Operation,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it was last written.
    pub changed_at: Timestamp,
    /// Since when [`reconcile`](super::PaymentFlow::reconcile) has something to do about it; none when it has not.
    pub due_since: Option<Timestamp>,
    /// A second payment of a sale that another operation had paid: it does not count for the sale.
    pub duplicate: bool,
    /// Of what the merchant has still to be told.
    pub duties: Duties,
}

/// What of an operation the merchant's handlers have still to be told, because they failed when it happened.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a store must keep every field")]
pub struct Duties {
    /// `on_authorized`.
    pub authorized: bool,
    /// `on_paid`.
    pub paid: bool,
    /// `on_refunded`, for these refunds.
    pub refunds: Vec<RefundId>,
    /// `on_refunded`, for the void of the charge; `on_released` where nothing was charged and a hold was let go.
    pub voided: bool,
}

impl Duties {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        !self.authorized && !self.paid && !self.voided && self.refunds.is_empty()
    }
}

/// A record as it stands in the store.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "stores build it from a row")]
pub struct Stored {
    /// Which one.
    pub id: OperationId,
    /// How often it was written, from 1: what compare-and-set compares.
    pub version: i64,
    /// What is kept.
    pub record: Record,
}

impl Stored {
    /// The operation.
    pub const fn operation(&self) -> &Operation {
        &self.record.operation
    }

    /// The contract under which it was begun.
    pub const fn pos(&self) -> &PosId {
        &self.record.pos
    }
}

words! {
    /// Where a row of evidence comes from.
    pub enum Source {
        /// A message that reached the merchant's server.
        Notification = "notification",
        /// The bank's answer to a question or a call of ours, or the loss of it.
        Answer = "answer",
        /// The application, or a person through it.
        Application = "application",
    }
}

/// A row of evidence: what came, and what was made of it. Never changed, never deleted.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a store must keep every field")]
pub struct Evidence {
    /// Of which operation; none when none was found.
    pub operation: Option<OperationId>,
    /// Which bank, where that is known.
    pub bank: Option<Bank>,
    /// When.
    pub at: Timestamp,
    /// Where it comes from.
    pub source: Source,
    /// From which address, where the caller told.
    pub from: Option<IpAddr>,
    /// What was made of it.
    pub verdict: String,
    /// What came, card numbers masked.
    pub message: String,
}

words! {
    /// What happened, as told in the outbox.
    pub enum EventKind {
        /// A sale was begun.
        Begun = "begun",
        /// The amount is held.
        Authorized = "authorized",
        /// The sale was paid.
        Paid = "paid",
        /// The bank said no.
        Failed = "failed",
        /// The buyer gave up, or a hold was let go.
        Cancelled = "cancelled",
        /// Money went back.
        Refunded = "refunded",
        /// A person must look.
        Problem = "problem",
    }
}

/// A row of the outbox: written in the commit of what it tells, read after it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a store must keep every field")]
pub struct Event {
    /// Of which operation.
    pub operation: OperationId,
    /// The merchant's own code of the order.
    pub sale: String,
    /// The operation's number.
    pub number: OperationNumber,
    /// What happened.
    pub kind: EventKind,
    /// How much it is about.
    pub amount: Amount,
    /// When.
    pub at: Timestamp,
    /// More words, where there are some.
    pub detail: String,
}

/// Whether a number was free.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a taken number must be handled")]
pub enum Inserted {
    /// It is stored, as version 1.
    Stored(OperationId),
    /// The bank has an operation of that number: take another one.
    NumberTaken,
}

/// After which row a page of due operations begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct DueAfter {
    /// The last row's `due_since`.
    pub due_since: Timestamp,
    /// Its id.
    pub id: OperationId,
}

/// Keeps operations. Every write happens in a transaction; a transaction that is dropped is rolled back, whole.
///
/// A number is unique at a bank, for ever: `(bank, number)` is a unique key. A read outside a transaction sees what was
/// committed. Sales are locked before operations, so that two transactions cannot wait for each other.
pub trait Store: Send + Sync {
    /// A transaction that writes. The merchant's handlers get it.
    type Tx: Send;

    /// Begins one.
    ///
    /// # Errors
    /// [`StoreError`].
    fn transaction(&self) -> impl Future<Output = Result<Self::Tx, StoreError>> + Send;

    /// Commits one: all of it, durably, or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; the caller reads again to learn whether it was committed.
    fn commit(&self, tx: Self::Tx) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Locks a sale until the transaction ends and reads all its operations, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn lock_sale(&self, tx: &mut Self::Tx, sale: &str) -> impl Future<Output = Result<Vec<Stored>, StoreError>> + Send;

    /// Locks a sale, as [`lock_sale`](Self::lock_sale) does, and says that this operation pays it: true when none does, or this
    /// one did already; false when another one does.
    ///
    /// # Errors
    /// [`StoreError`].
    fn pay_sale(&self, tx: &mut Self::Tx, sale: &str, by: OperationId) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Which operation pays a sale, if one does.
    ///
    /// # Errors
    /// [`StoreError`].
    fn paid_by(&self, sale: &str) -> impl Future<Output = Result<Option<OperationId>, StoreError>> + Send;

    /// Takes back that this operation pays the sale; nothing when it does not.
    ///
    /// # Errors
    /// [`StoreError`].
    fn release_sale(&self, tx: &mut Self::Tx, sale: &str, by: OperationId)
    -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Stores a new operation.
    ///
    /// # Errors
    /// [`StoreError`].
    fn insert(&self, tx: &mut Self::Tx, record: &Record) -> impl Future<Output = Result<Inserted, StoreError>> + Send;

    /// Compare-and-set: writes the record over the one that was read, unless somebody wrote it since. True when it was
    /// written, as version `was.version + 1`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn update(&self, tx: &mut Self::Tx, was: &Stored, record: &Record) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Adds a row of evidence.
    ///
    /// # Errors
    /// [`StoreError`].
    fn add_evidence(&self, tx: &mut Self::Tx, evidence: &Evidence) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Adds a row to the outbox.
    ///
    /// # Errors
    /// [`StoreError`].
    fn add_event(&self, tx: &mut Self::Tx, event: &Event) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The operation of that bank that a message is about. None when several have the reference.
    ///
    /// # Errors
    /// [`StoreError`].
    fn find(&self, bank: Bank, lookup: &Lookup) -> impl Future<Output = Result<Option<Stored>, StoreError>> + Send;

    /// The operation of that id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn get(&self, id: OperationId) -> impl Future<Output = Result<Option<Stored>, StoreError>> + Send;

    /// The operations of a sale, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn of_sale(&self, sale: &str) -> impl Future<Output = Result<Vec<Stored>, StoreError>> + Send;

    /// A page of operations with `due_since` at or before that time, longest due first, then by id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn due(
        &self,
        until: Timestamp,
        after: Option<DueAfter>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Stored>, StoreError>> + Send;

    /// Where the rows of that page of [`due`](Self::due) stand, without reading more of them: asked for when one of them cannot be
    /// read, so that it does not stop the others. A store whose rows can be unreadable writes its own.
    ///
    /// # Errors
    /// [`StoreError`].
    fn due_places(
        &self,
        until: Timestamp,
        after: Option<DueAfter>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<DueAfter>, StoreError>> + Send {
        async move {
            let place = |row: Stored| Some(DueAfter { due_since: row.record.due_since?, id: row.id });
            Ok(self.due(until, after, limit).await?.into_iter().filter_map(place).collect())
        }
    }

    /// The newest operations below an id, newest first: for an admin page.
    ///
    /// # Errors
    /// [`StoreError`].
    fn newest(&self, below: Option<OperationId>, limit: u32) -> impl Future<Output = Result<Vec<Stored>, StoreError>> + Send;

    /// The ids of that page of [`newest`](Self::newest), without reading more of its rows; for the same case as
    /// [`due_places`](Self::due_places).
    ///
    /// # Errors
    /// [`StoreError`].
    fn newest_ids(
        &self,
        below: Option<OperationId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<OperationId>, StoreError>> + Send {
        async move { Ok(self.newest(below, limit).await?.into_iter().map(|row| row.id).collect()) }
    }

    /// The evidence of an operation, oldest first, at most so many rows.
    ///
    /// # Errors
    /// [`StoreError`].
    fn evidence(&self, operation: OperationId, limit: u32) -> impl Future<Output = Result<Vec<Evidence>, StoreError>> + Send;

    /// The oldest rows of the outbox that were not [taken](Self::take_event), with their ids.
    ///
    /// # Errors
    /// [`StoreError`].
    fn events(&self, limit: u32) -> impl Future<Output = Result<Vec<(i64, Event)>, StoreError>> + Send;

    /// Says that a row of the outbox was handled.
    ///
    /// # Errors
    /// [`StoreError`].
    fn take_event(&self, id: i64) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What a store could not do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another transaction was in the way: the same again may succeed.
    #[error("the store is busy: {0}")]
    Busy(String),
    /// The database cannot be reached, or failed.
    #[error("the store failed: {0}")]
    Failed(String),
    /// A row that cannot be what was written.
    #[error("stored `{field}` cannot be read: {reason}")]
    Corrupt {
        /// The column.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl StoreError {
    /// Whether the same again may succeed at once.
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Busy(_))
    }
}
