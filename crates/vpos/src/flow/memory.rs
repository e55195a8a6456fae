//! A store in memory: for unit tests of an application. Gone with the program, so never for a shop.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use vpos_core::{Bank, Lookup, Timestamp};

use super::store::{DueAfter, Event, Evidence, Inserted, OperationId, Record, Store, StoreError, Stored};

/// Operations in memory. Clones share them. One transaction at a time.
///
/// ```
/// use vpos::flow::{MemoryStore, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store = MemoryStore::new();
/// assert!(store.of_sale("PED-17").await?.is_empty());
/// # Ok::<(), vpos::flow::StoreError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    committed: Arc<Mutex<Tables>>,
    turn: Arc<Turn<()>>,
}

#[derive(Clone, Debug, Default)]
struct Tables {
    operations: Vec<Stored>,
    paid_by: Vec<(String, OperationId)>,
    evidence: Vec<Evidence>,
    events: Vec<(i64, Event)>,
    last_event: i64,
}

/// A transaction of a [`MemoryStore`]: a copy that takes the place of the original when it is committed.
#[derive(Debug)]
pub struct MemoryTx {
    tables: Tables,
    _turn: OwnedMutexGuard<()>,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.committed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn of_sale(&self, sale: &str) -> Vec<Stored> {
        self.operations.iter().filter(|stored| stored.operation().sale() == sale).cloned().collect()
    }

    fn paid_by(&self, sale: &str) -> Option<OperationId> {
        self.paid_by.iter().find(|(known, _)| known == sale).map(|(_, by)| *by)
    }

    fn next_id(&self) -> i64 {
        self.operations.last().map_or(0, |stored| stored.id.get()) + 1
    }
}

impl Store for MemoryStore {
    type Tx = MemoryTx;

    async fn transaction(&self) -> Result<MemoryTx, StoreError> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        Ok(MemoryTx { tables: self.tables().clone(), _turn: turn })
    }

    async fn commit(&self, tx: MemoryTx) -> Result<(), StoreError> {
        *self.tables() = tx.tables;
        Ok(())
    }

    async fn lock_sale(&self, tx: &mut MemoryTx, sale: &str) -> Result<Vec<Stored>, StoreError> {
        Ok(tx.tables.of_sale(sale))
    }

    async fn pay_sale(&self, tx: &mut MemoryTx, sale: &str, by: OperationId) -> Result<bool, StoreError> {
        if let Some(known) = tx.tables.paid_by(sale) {
            return Ok(known == by);
        }
        tx.tables.paid_by.push((sale.to_owned(), by));
        Ok(true)
    }

    async fn paid_by(&self, sale: &str) -> Result<Option<OperationId>, StoreError> {
        Ok(self.tables().paid_by(sale))
    }

    async fn release_sale(&self, tx: &mut MemoryTx, sale: &str, by: OperationId) -> Result<(), StoreError> {
        tx.tables.paid_by.retain(|(known, holder)| known != sale || *holder != by);
        Ok(())
    }

    async fn insert(&self, tx: &mut MemoryTx, record: &Record) -> Result<Inserted, StoreError> {
        let key = |record: &Record| (record.operation.acceptor().bank(), record.operation.number().clone());
        if tx.tables.operations.iter().any(|stored| key(&stored.record) == key(record)) {
            return Ok(Inserted::NumberTaken);
        }
        let id = OperationId::new(tx.tables.next_id());
        tx.tables.operations.push(Stored { id, version: 1, record: record.clone() });
        Ok(Inserted::Stored(id))
    }

    async fn update(&self, tx: &mut MemoryTx, was: &Stored, record: &Record) -> Result<bool, StoreError> {
        let same = |stored: &&mut Stored| stored.id == was.id && stored.version == was.version;
        let Some(stored) = tx.tables.operations.iter_mut().find(same) else { return Ok(false) };
        *stored = Stored { id: was.id, version: was.version + 1, record: record.clone() };
        Ok(true)
    }

    async fn add_evidence(&self, tx: &mut MemoryTx, evidence: &Evidence) -> Result<(), StoreError> {
        tx.tables.evidence.push(evidence.clone());
        Ok(())
    }

    async fn add_event(&self, tx: &mut MemoryTx, event: &Event) -> Result<(), StoreError> {
        tx.tables.last_event += 1;
        tx.tables.events.push((tx.tables.last_event, event.clone()));
        Ok(())
    }

    async fn find(&self, bank: Bank, lookup: &Lookup) -> Result<Option<Stored>, StoreError> {
        let is_it = |stored: &&Stored| {
            let operation = stored.operation();
            let named = match lookup {
                Lookup::Number(number) => operation.number() == number,
                Lookup::Reference(name, value) => operation.references().get(*name) == Some(value),
            };
            operation.acceptor().bank() == bank && named
        };
        let tables = self.tables();
        let mut found = tables.operations.iter().filter(is_it);
        Ok(found.next().filter(|_| found.next().is_none()).cloned())
    }

    async fn get(&self, id: OperationId) -> Result<Option<Stored>, StoreError> {
        Ok(self.tables().operations.iter().find(|stored| stored.id == id).cloned())
    }

    async fn of_sale(&self, sale: &str) -> Result<Vec<Stored>, StoreError> {
        Ok(self.tables().of_sale(sale))
    }

    async fn due(&self, until: Timestamp, after: Option<DueAfter>, limit: u32) -> Result<Vec<Stored>, StoreError> {
        let after = after.map(|after| (after.due_since, after.id));
        let mut found: Vec<_> =
            self.tables().operations.iter().filter_map(|stored| Some((stored.record.due_since?, stored.id))).collect();
        found.retain(|place| place.0 <= until && after.is_none_or(|after| *place > after));
        found.sort_unstable();
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let tables = self.tables();
        let row = |(_, id)| tables.operations.iter().find(|stored| stored.id == id).cloned();
        Ok(found.into_iter().filter_map(row).collect())
    }

    async fn newest(&self, below: Option<OperationId>, limit: u32) -> Result<Vec<Stored>, StoreError> {
        let tables = self.tables();
        let rows = tables.operations.iter().rev().filter(|stored| below.is_none_or(|below| stored.id < below));
        Ok(rows.take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned().collect())
    }

    async fn evidence(&self, operation: OperationId, limit: u32) -> Result<Vec<Evidence>, StoreError> {
        let tables = self.tables();
        let rows = tables.evidence.iter().filter(|evidence| evidence.operation == Some(operation));
        Ok(rows.take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned().collect())
    }

    async fn events(&self, limit: u32) -> Result<Vec<(i64, Event)>, StoreError> {
        let tables = self.tables();
        Ok(tables.events.iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned().collect())
    }

    async fn take_event(&self, id: i64) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        self.tables().events.retain(|(known, _)| *known != id);
        Ok(())
    }
}
