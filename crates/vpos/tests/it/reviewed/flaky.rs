//! A store that loses answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use vpos::core::Lookup;
use vpos::flow::{DueAfter, Event, Evidence, Inserted, MemoryStore, MemoryTx, OperationId, Record, Store, StoreError, Stored};
use vpos::{Bank, Timestamp};

/// A store on a bad line, whose times are whole microseconds as a database's are.
#[derive(Clone, Default)]
pub(super) struct Flaky(MemoryStore, Arc<AtomicU32>, Arc<AtomicU32>, Arc<AtomicU32>);

impl Flaky {
    /// The next commit is done, and its answer lost.
    pub(super) fn lose_the_next_commit(&self) {
        self.1.store(1, SeqCst);
    }

    /// So many commits are done from now on, then none: the process died.
    pub(super) fn die_after_commits(&self, n: u32) {
        self.3.store(n + 1, SeqCst);
    }

    /// The n-th `get` from now is told that the store is busy.
    pub(super) fn be_busy_at_read(&self, n: u32) {
        self.2.store(n, SeqCst);
    }
}

fn micro(mut s: Stored) -> Stored {
    let cut = |t: Timestamp| Timestamp::from_microsecond(t.as_microsecond()).unwrap();
    s.record.begun_at = cut(s.record.begun_at);
    s.record.changed_at = cut(s.record.changed_at);
    s.record.due_since = s.record.due_since.map(cut);
    s
}

impl Store for Flaky {
    type Tx = MemoryTx;
    async fn transaction(&self) -> Result<MemoryTx, StoreError> {
        self.0.transaction().await
    }
    async fn commit(&self, tx: MemoryTx) -> Result<(), StoreError> {
        match self.3.load(SeqCst) {
            0 => {}
            1 => return Err(StoreError::Failed("the process died".into())),
            left => self.3.store(left - 1, SeqCst),
        }
        self.0.commit(tx).await?;
        if self.1.load(SeqCst) > 0 && self.1.fetch_sub(1, SeqCst) == 1 {
            return Err(StoreError::Failed("connection reset".into()));
        }
        Ok(())
    }
    async fn lock_sale(&self, tx: &mut MemoryTx, s: &str) -> Result<Vec<Stored>, StoreError> {
        self.0.lock_sale(tx, s).await
    }
    async fn pay_sale(&self, tx: &mut MemoryTx, s: &str, by: OperationId) -> Result<bool, StoreError> {
        self.0.pay_sale(tx, s, by).await
    }
    async fn paid_by(&self, s: &str) -> Result<Option<OperationId>, StoreError> {
        self.0.paid_by(s).await
    }
    async fn release_sale(&self, tx: &mut MemoryTx, s: &str, by: OperationId) -> Result<(), StoreError> {
        self.0.release_sale(tx, s, by).await
    }
    async fn insert(&self, tx: &mut MemoryTx, r: &Record) -> Result<Inserted, StoreError> {
        self.0.insert(tx, r).await
    }
    async fn update(&self, tx: &mut MemoryTx, w: &Stored, r: &Record) -> Result<bool, StoreError> {
        self.0.update(tx, w, r).await
    }
    async fn add_evidence(&self, tx: &mut MemoryTx, e: &Evidence) -> Result<(), StoreError> {
        self.0.add_evidence(tx, e).await
    }
    async fn add_event(&self, tx: &mut MemoryTx, e: &Event) -> Result<(), StoreError> {
        self.0.add_event(tx, e).await
    }
    async fn find(&self, b: Bank, l: &Lookup) -> Result<Option<Stored>, StoreError> {
        Ok(self.0.find(b, l).await?.map(micro))
    }
    async fn get(&self, id: OperationId) -> Result<Option<Stored>, StoreError> {
        if self.2.load(SeqCst) > 0 && self.2.fetch_sub(1, SeqCst) == 1 {
            return Err(StoreError::Busy("pool timed out".into()));
        }
        Ok(self.0.get(id).await?.map(micro))
    }
    async fn of_sale(&self, s: &str) -> Result<Vec<Stored>, StoreError> {
        Ok(self.0.of_sale(s).await?.into_iter().map(micro).collect())
    }
    async fn due(&self, u: Timestamp, a: Option<DueAfter>, l: u32) -> Result<Vec<Stored>, StoreError> {
        self.0.due(u, a, l).await
    }
    async fn newest(&self, b: Option<OperationId>, l: u32) -> Result<Vec<Stored>, StoreError> {
        self.0.newest(b, l).await
    }
    async fn evidence(&self, o: OperationId, l: u32) -> Result<Vec<Evidence>, StoreError> {
        self.0.evidence(o, l).await
    }
    async fn events(&self, l: u32) -> Result<Vec<(i64, Event)>, StoreError> {
        self.0.events(l).await
    }
    async fn take_event(&self, id: i64) -> Result<(), StoreError> {
        self.0.take_event(id).await
    }
}
