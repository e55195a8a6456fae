//! The four things that a flow awaits (the store, the line to the bank, the merchant, the clock), each with its steps.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use vpos::flow::{
    Authorized, Clock, DueAfter, Event, Evidence, Inserted, Merchant, OperationId, Paid, Problem, Record, Refunded, Store,
    StoreError, Stored,
};
use vpos::http::{Request, Response};
use vpos::{Bank, Entropy, Error, Lookup, Lost, TimeLimit, Timestamp, Transport};
use vpos_sandbox::{AnyBank, SimulatedBank as _};

use crate::control::Control;
use crate::schedule::{LossKind, roll};
use crate::shop::{ShopStore, Told, Word};

/// A store whose every call is two steps.
#[derive(Clone)]
pub(crate) struct Stepped<S> {
    pub(crate) inner: S,
    pub(crate) control: Control,
}

impl<S: Store> Store for Stepped<S> {
    type Tx = S::Tx;

    async fn transaction(&self) -> Result<S::Tx, StoreError> {
        self.control.around("store.transaction", self.inner.transaction()).await
    }

    async fn commit(&self, tx: S::Tx) -> Result<(), StoreError> {
        self.control.around("store.commit", self.inner.commit(tx)).await
    }

    async fn lock_sale(&self, tx: &mut S::Tx, sale: &str) -> Result<Vec<Stored>, StoreError> {
        self.control.around("store.lock_sale", self.inner.lock_sale(tx, sale)).await
    }

    async fn pay_sale(&self, tx: &mut S::Tx, sale: &str, by: OperationId) -> Result<bool, StoreError> {
        self.control.around("store.pay_sale", self.inner.pay_sale(tx, sale, by)).await
    }

    async fn paid_by(&self, sale: &str) -> Result<Option<OperationId>, StoreError> {
        self.control.around("store.paid_by", self.inner.paid_by(sale)).await
    }

    async fn release_sale(&self, tx: &mut S::Tx, sale: &str, by: OperationId) -> Result<(), StoreError> {
        self.control.around("store.release_sale", self.inner.release_sale(tx, sale, by)).await
    }

    async fn insert(&self, tx: &mut S::Tx, record: &Record) -> Result<Inserted, StoreError> {
        self.control.around("store.insert", self.inner.insert(tx, record)).await
    }

    async fn update(&self, tx: &mut S::Tx, was: &Stored, record: &Record) -> Result<bool, StoreError> {
        self.control.around("store.update", self.inner.update(tx, was, record)).await
    }

    async fn add_evidence(&self, tx: &mut S::Tx, evidence: &Evidence) -> Result<(), StoreError> {
        self.control.around("store.add_evidence", self.inner.add_evidence(tx, evidence)).await
    }

    async fn add_event(&self, tx: &mut S::Tx, event: &Event) -> Result<(), StoreError> {
        self.control.around("store.add_event", self.inner.add_event(tx, event)).await
    }

    async fn find(&self, bank: Bank, lookup: &Lookup) -> Result<Option<Stored>, StoreError> {
        self.control.around("store.find", self.inner.find(bank, lookup)).await
    }

    async fn get(&self, id: OperationId) -> Result<Option<Stored>, StoreError> {
        self.control.around("store.get", self.inner.get(id)).await
    }

    async fn of_sale(&self, sale: &str) -> Result<Vec<Stored>, StoreError> {
        self.control.around("store.of_sale", self.inner.of_sale(sale)).await
    }

    async fn due(&self, until: Timestamp, after: Option<DueAfter>, limit: u32) -> Result<Vec<Stored>, StoreError> {
        self.control.around("store.due", self.inner.due(until, after, limit)).await
    }

    async fn newest(&self, below: Option<OperationId>, limit: u32) -> Result<Vec<Stored>, StoreError> {
        self.control.around("store.newest", self.inner.newest(below, limit)).await
    }

    async fn evidence(&self, operation: OperationId, limit: u32) -> Result<Vec<Evidence>, StoreError> {
        self.control.around("store.evidence", self.inner.evidence(operation, limit)).await
    }

    async fn events(&self, limit: u32) -> Result<Vec<(i64, Event)>, StoreError> {
        self.control.around("store.events", self.inner.events(limit)).await
    }

    async fn take_event(&self, id: i64) -> Result<(), StoreError> {
        self.control.around("store.take_event", self.inner.take_event(id)).await
    }
}

/// Time that passes when it is told to; dice of a seed.
#[derive(Clone)]
pub(crate) struct VirtualClock {
    now: Arc<Mutex<Timestamp>>,
    dice: Arc<Mutex<u64>>,
    control: Control,
}

impl VirtualClock {
    pub(crate) fn new(now: Timestamp, dice: u64, control: &Control) -> Self {
        Self { now: Arc::new(Mutex::new(now)), dice: Arc::new(Mutex::new(dice)), control: control.clone() }
    }

    pub(crate) fn pass(&self, time: Duration) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now += time;
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entropy(&self) -> Result<Entropy, Error> {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = [roll(&mut dice).to_be_bytes(), roll(&mut dice).to_be_bytes()].concat();
        Ok(Entropy::new(bytes.try_into().unwrap()))
    }

    async fn sleep(&self, duration: Duration) {
        self.control.around("clock.sleep", async { self.pass(duration) }).await;
        // others may go on meanwhile
        tokio::task::yield_now().await;
    }
}

/// The line to the simulated bank.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) bank: Arc<Mutex<AnyBank>>,
    pub(crate) clock: VirtualClock,
    pub(crate) control: Control,
}

impl Line {
    fn carry(&self, request: &Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Lost> {
        let loss = self.control.next_call();
        self.clock.pass(Duration::from_millis(200));
        if loss == Some(LossKind::BeforeSend) {
            return Err(Lost::before_send("no route"));
        }
        let answer = self.bank.lock().unwrap_or_else(PoisonError::into_inner).answer(request, self.clock.now());
        match loss {
            Some(LossKind::AfterSend) => Err(Lost::after_send("time-out")),
            Some(LossKind::Garbled) => {
                Ok(Response::builder().status(502).body(b"<html><h1>502 Bad Gateway</h1></html>".to_vec()).unwrap())
            }
            _ => Ok(answer),
        }
    }
}

impl Transport for Line {
    async fn send(&self, request: Request<Vec<u8>>, _: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
        self.control.around("bank.call", async { self.carry(&request) }).await
    }
}

/// What of the shop outlives its processes.
#[derive(Default)]
pub(crate) struct ShopMemory {
    /// So often `on_paid` fails.
    pub(crate) fail_paid: AtomicU32,
    pub(crate) problems: Mutex<Vec<String>>,
}

/// The application's side: it writes what it is told into a table of its own, by the very transaction.
#[derive(Clone)]
pub(crate) struct Shop<S> {
    pub(crate) store: S,
    pub(crate) control: Control,
    pub(crate) memory: Arc<ShopMemory>,
}

impl<S: ShopStore> Shop<S> {
    async fn write(&self, tx: &mut S::Tx, told: Told) -> Result<(), String> {
        let name = match told.word {
            Word::Authorized => "merchant.on_authorized",
            Word::Paid => "merchant.on_paid",
            Word::Refunded => "merchant.on_refunded",
        };
        self.control.around(name, self.store.tell(tx, &told)).await
    }
}

impl<S: ShopStore> Merchant<Stepped<S>> for Shop<S> {
    type Error = String;

    async fn on_paid(&self, paid: &Paid, tx: &mut S::Tx) -> Result<(), String> {
        let told = Told::new(&paid.about, Word::Paid, paid.amount());
        self.write(tx, told).await?;
        // after it has written: what it wrote must be rolled back
        let fail = |left: u32| left.checked_sub(1);
        match self.memory.fail_paid.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fail) {
            Ok(_) => Err("the stock could not be booked".into()),
            Err(_) => Ok(()),
        }
    }

    async fn on_authorized(&self, authorized: &Authorized, tx: &mut S::Tx) -> Result<(), String> {
        self.write(tx, Told::new(&authorized.about, Word::Authorized, authorized.amount())).await
    }

    async fn on_refunded(&self, refunded: &Refunded, tx: &mut S::Tx) -> Result<(), String> {
        self.write(tx, Told::new(&refunded.about, Word::Refunded, refunded.amount)).await
    }

    async fn on_problem(&self, problem: &Problem) {
        let write = async { self.memory.problems.lock().unwrap_or_else(PoisonError::into_inner).push(problem.to_string()) };
        self.control.around("merchant.on_problem", write).await;
    }
}
