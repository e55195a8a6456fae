//! The payment flow for programs without an async runtime.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use vpos_core::http::{Request, Response};
use vpos_core::operation::RefundId;
use vpos_core::{Amount, Bank, Lost, Payment, References, Reply, Report, TimeLimit, blocking};

use crate::Registry;
use crate::flow::{
    Authorized, Checkout, Clock, Event, Evidence, FlowError, Incoming, OperationId, Options, Paid, PaymentFlow as AsyncFlow,
    Problem, Reconciled, Refunded, Released, Store, StoreError, Stored, SystemClock, Which,
};

/// What the application does with the news of its payments: [`flow::Merchant`](crate::flow::Merchant) without async.
///
/// The transaction of an sqlx store speaks async; [`wait`] waits for it. No limit of time stops a handler that blocks: give your
/// own waits one.
pub trait Merchant<S: Store>: Send + Sync {
    /// Why a handler failed. It must hold no secret.
    type Error: fmt::Display + Send;

    /// A sale was paid; see [`flow::Merchant::on_paid`](crate::flow::Merchant::on_paid).
    ///
    /// # Errors
    /// When the order cannot be marked.
    fn on_paid(&self, paid: &Paid, tx: &mut S::Tx) -> Result<(), Self::Error>;

    /// The amount of a pre-authorisation is held.
    ///
    /// # Errors
    /// As [`Merchant::on_paid`].
    fn on_authorized(&self, authorized: &Authorized, tx: &mut S::Tx) -> Result<(), Self::Error> {
        let _ = (authorized, tx);
        Ok(())
    }

    /// Money of a sale went back.
    ///
    /// # Errors
    /// As [`Merchant::on_paid`].
    fn on_refunded(&self, refunded: &Refunded, tx: &mut S::Tx) -> Result<(), Self::Error> {
        let _ = (refunded, tx);
        Ok(())
    }

    /// A hold was let go.
    ///
    /// # Errors
    /// As [`Merchant::on_paid`].
    fn on_released(&self, released: &Released, tx: &mut S::Tx) -> Result<(), Self::Error> {
        let _ = (released, tx);
        Ok(())
    }

    /// Whether this error says only that another transaction was in the way; see
    /// [`flow::Merchant::is_busy`](crate::flow::Merchant::is_busy).
    fn is_busy(&self, error: &Self::Error) -> bool {
        let _ = error;
        false
    }

    /// A person must look. It must be quick; see [`flow::Merchant::on_problem`](crate::flow::Merchant::on_problem).
    fn on_problem(&self, problem: &Problem) {
        tracing::warn!(%problem, "a person must look");
    }
}

/// Waits, in a handler of a [`Merchant`], for what the store's transaction does.
///
/// ```no_run
/// # fn query() -> impl Future<Output = Result<(), std::io::Error>> { async { Ok(()) } }
/// // in on_paid: sqlx::query("UPDATE …").bind(paid.sale()).execute(&mut **tx)
/// vpos::blocking::wait(query())?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
/// Outside a handler that a [`PaymentFlow`] called: there is no runtime then.
pub fn wait<F: Future>(future: F) -> F::Output {
    tokio::task::block_in_place(|| Handle::current().block_on(future))
}

/// A blocking merchant, as the flow knows it.
struct Waiting<M>(M);

impl<S: Store, M: Merchant<S>> crate::flow::Merchant<S> for Waiting<M> {
    type Error = M::Error;

    async fn on_paid(&self, paid: &Paid, tx: &mut S::Tx) -> Result<(), M::Error> {
        self.0.on_paid(paid, tx)
    }

    async fn on_authorized(&self, authorized: &Authorized, tx: &mut S::Tx) -> Result<(), M::Error> {
        self.0.on_authorized(authorized, tx)
    }

    async fn on_refunded(&self, refunded: &Refunded, tx: &mut S::Tx) -> Result<(), M::Error> {
        self.0.on_refunded(refunded, tx)
    }

    async fn on_released(&self, released: &Released, tx: &mut S::Tx) -> Result<(), M::Error> {
        self.0.on_released(released, tx)
    }

    fn is_busy(&self, error: &M::Error) -> bool {
        self.0.is_busy(error)
    }

    async fn on_problem(&self, problem: &Problem) {
        self.0.on_problem(problem);
    }
}

/// A blocking transport, as the flow knows it: each call of the flow waits on the caller's own thread.
struct OnThisThread<T>(T);

impl<T: blocking::Transport + Send + Sync> vpos_core::Transport for OnThisThread<T> {
    async fn send(&self, request: Request<Vec<u8>>, limit: TimeLimit) -> Result<Response<Vec<u8>>, Lost> {
        self.0.send(request, limit)
    }
}

/// [`flow::PaymentFlow`](crate::flow::PaymentFlow) for programs without an async runtime: the same calls, each waiting for its
/// end. Cheap to clone; may be used from many threads at once.
///
/// ```
/// # #[cfg(feature = "redsys")] {
/// use vpos::blocking::{Merchant, PaymentFlow};
/// use vpos::flow::{MemoryStore, MemoryTx, Paid};
/// use vpos::{Amount, Currency, Payment, Registry};
/// # use vpos::{http::{Request, Response}, Lost, TimeLimit};
///
/// struct Shop;
///
/// impl Merchant<MemoryStore> for Shop {
///     type Error = std::io::Error;
///
///     fn on_paid(&self, paid: &Paid, _tx: &mut MemoryTx) -> Result<(), Self::Error> {
///         println!("order {} is paid: {}", paid.sale(), paid.amount());
///         Ok(())
///     }
/// }
///
/// # let text = "[pos.caja]\nbank='redsys'\nenvironment='test'\nmerchant_code='999008881'\nterminal=1\nsecret_key='sq7HjrUOBfKmC576ILgskD5srU870gJ7'";
/// # let registry = Registry::parse(text, |_: &str| None)?;
/// # let transport = |_: Request<Vec<u8>>, _: TimeLimit| Err::<Response<Vec<u8>>, _>(Lost::before_send("offline"));
/// // the store is opened on the flow's own runtime: async { SqliteStore::open("shop.db").await }
/// let flow = PaymentFlow::new(registry, async { Ok(MemoryStore::new()) }, transport, Shop)?;
/// let payment = Payment::builder("PED-17", Amount::parse("123.45", Currency::EUR)?)
///     .notification_url("https://tienda.example/aviso")
///     .url_ok("https://tienda.example/ok")
///     .url_nok("https://tienda.example/nok")
///     .build()?;
/// assert!(flow.begin("caja", &payment)?.to_html().contains("Ds_MerchantParameters"));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PaymentFlow<S, T, M, C = SystemClock> {
    flow: AsyncFlow<S, OnThisThread<T>, Waiting<M>, C>,
    runtime: Arc<Runtime>,
}

impl<S: Store, T: blocking::Transport + Send + Sync, M: Merchant<S>> PaymentFlow<S, T, M> {
    /// With the system's clock and the usual [`Options`]. The store is opened on the flow's own runtime.
    ///
    /// # Errors
    /// [`FlowError::Store`] when the store cannot be opened, the system gives no threads, or this is a thread of an async program,
    /// which must not wait: there use [`flow::PaymentFlow`](crate::flow::PaymentFlow), or go by `spawn_blocking`.
    pub fn new(
        registry: Registry,
        store: impl Future<Output = Result<S, StoreError>>,
        transport: T,
        merchant: M,
    ) -> Result<Self, FlowError> {
        Self::with(registry, store, transport, merchant, SystemClock, Options::default())
    }
}

impl<S: Store, T: blocking::Transport + Send + Sync, M: Merchant<S>, C: Clock> PaymentFlow<S, T, M, C> {
    /// With a clock and options of your own.
    ///
    /// # Errors
    /// As [`PaymentFlow::new`].
    pub fn with(
        registry: Registry,
        store: impl Future<Output = Result<S, StoreError>>,
        transport: T,
        merchant: M,
        clock: C,
        options: Options,
    ) -> Result<Self, FlowError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("vpos").enable_all().build();
        let runtime = runtime.map_err(|error| StoreError::Failed(format!("no runtime: {error}")))?;
        if !may_wait(&runtime) {
            runtime.shutdown_background();
            let reason = "the blocking flow was made inside an async program: use vpos::flow::PaymentFlow there";
            return Err(StoreError::Failed(reason.into()).into());
        }
        let store = runtime.block_on(store)?;
        let flow = AsyncFlow::with(registry, store, OnThisThread(transport), Waiting(merchant), clock, options);
        Ok(Self { flow, runtime: Arc::new(runtime) })
    }

    /// The contracts.
    pub fn registry(&self) -> &Registry {
        self.flow.registry()
    }

    /// The store.
    pub fn store(&self) -> &S {
        self.flow.store()
    }

    /// Begins a payment; see [`begin`](AsyncFlow::begin).
    ///
    /// # Errors
    /// As there.
    pub fn begin(&self, pos: &str, payment: &Payment) -> Result<Checkout, FlowError> {
        self.runtime.block_on(self.flow.begin(pos, payment))
    }

    /// Handles what reached the notification URL of one contract; see [`confirm`](AsyncFlow::confirm).
    pub fn confirm(&self, pos: &str, message: impl Into<Incoming> + Send) -> Reply {
        self.runtime.block_on(self.flow.confirm(pos, message))
    }

    /// The same where several contracts of a bank share one URL; see [`confirm_bank`](AsyncFlow::confirm_bank).
    pub fn confirm_bank(&self, bank: Bank, message: impl Into<Incoming> + Send) -> Reply {
        self.runtime.block_on(self.flow.confirm_bank(bank, message))
    }

    /// Charges a card on file; see [`charge_reference`](AsyncFlow::charge_reference).
    ///
    /// # Errors
    /// As there.
    pub fn charge_reference(&self, pos: &str, payment: &Payment, card: &References) -> Result<Report, FlowError> {
        self.runtime.block_on(self.flow.charge_reference(pos, payment, card))
    }

    /// Gives money back; see [`refund`](AsyncFlow::refund).
    ///
    /// # Errors
    /// As there.
    pub fn refund(&self, which: impl Into<Which> + Send, amount: Amount, reason: &str) -> Result<Report, FlowError> {
        self.runtime.block_on(self.flow.refund(which, amount, reason))
    }

    /// Gives the second payment of a sale back; see [`refund_duplicate`](AsyncFlow::refund_duplicate).
    ///
    /// # Errors
    /// As there.
    pub fn refund_duplicate(&self, operation: OperationId) -> Result<Report, FlowError> {
        self.runtime.block_on(self.flow.refund_duplicate(operation))
    }

    /// Charges a hold; see [`capture`](AsyncFlow::capture).
    ///
    /// # Errors
    /// As there.
    pub fn capture(&self, which: impl Into<Which> + Send, amount: Amount) -> Result<Report, FlowError> {
        self.runtime.block_on(self.flow.capture(which, amount))
    }

    /// Lets go of a hold, or undoes a charge; see [`void`](AsyncFlow::void).
    ///
    /// # Errors
    /// As there.
    pub fn void(&self, which: impl Into<Which> + Send) -> Result<Report, FlowError> {
        self.runtime.block_on(self.flow.void(which))
    }

    /// Asks the bank; see [`query`](AsyncFlow::query).
    ///
    /// # Errors
    /// As there.
    pub fn query(&self, which: impl Into<Which> + Send) -> Result<Stored, FlowError> {
        self.runtime.block_on(self.flow.query(which))
    }

    /// The buyer came back without having paid; see [`cancel`](AsyncFlow::cancel).
    ///
    /// # Errors
    /// As there.
    pub fn cancel(&self, which: impl Into<Which> + Send) -> Result<Stored, FlowError> {
        self.runtime.block_on(self.flow.cancel(which))
    }

    /// Brings to its end what was left open; see [`reconcile`](AsyncFlow::reconcile).
    ///
    /// # Errors
    /// As there.
    pub fn reconcile(&self, older_than: Duration) -> Result<Reconciled, FlowError> {
        self.runtime.block_on(self.flow.reconcile(older_than))
    }

    /// Gives up old pending operations; see [`expire`](AsyncFlow::expire).
    ///
    /// # Errors
    /// As there.
    pub fn expire(&self, older_than: Duration) -> Result<Reconciled, FlowError> {
        self.runtime.block_on(self.flow.expire(older_than))
    }

    /// A person saw that it was not charged; see [`abandon`](AsyncFlow::abandon).
    ///
    /// # Errors
    /// As there.
    pub fn abandon(&self, which: impl Into<Which> + Send, who: &str) -> Result<Stored, FlowError> {
        self.runtime.block_on(self.flow.abandon(which, who))
    }

    /// A person saw that a refund was not done; see [`abandon_refund`](AsyncFlow::abandon_refund).
    ///
    /// # Errors
    /// As there.
    pub fn abandon_refund(&self, which: impl Into<Which> + Send, refund: RefundId, who: &str) -> Result<Stored, FlowError> {
        self.runtime.block_on(self.flow.abandon_refund(which, refund, who))
    }

    /// A person saw that a void was not done; see [`abandon_void`](AsyncFlow::abandon_void).
    ///
    /// # Errors
    /// As there.
    pub fn abandon_void(&self, which: impl Into<Which> + Send, who: &str) -> Result<Stored, FlowError> {
        self.runtime.block_on(self.flow.abandon_void(which, who))
    }

    /// The operations of a sale, oldest first.
    ///
    /// # Errors
    /// [`FlowError::Store`].
    pub fn operations(&self, sale: &str) -> Result<Vec<Stored>, FlowError> {
        self.runtime.block_on(self.flow.operations(sale))
    }

    /// The operation that pays a sale.
    ///
    /// # Errors
    /// [`FlowError::Store`].
    pub fn payment_of(&self, sale: &str) -> Result<Option<Stored>, FlowError> {
        self.runtime.block_on(self.flow.payment_of(sale))
    }

    /// The newest operations below an id.
    ///
    /// # Errors
    /// [`FlowError::Store`].
    pub fn newest(&self, below: Option<OperationId>, limit: u32) -> Result<Vec<Stored>, FlowError> {
        self.runtime.block_on(self.flow.newest(below, limit))
    }

    /// What came about an operation, oldest first.
    ///
    /// # Errors
    /// [`FlowError::Store`].
    pub fn evidence(&self, operation: OperationId, limit: u32) -> Result<Vec<Evidence>, FlowError> {
        self.runtime.block_on(self.flow.evidence(operation, limit))
    }

    /// The outbox; see [`events`](AsyncFlow::events).
    ///
    /// # Errors
    /// [`FlowError::Store`].
    pub fn events(&self, limit: u32) -> Result<Vec<(i64, Event)>, FlowError> {
        self.runtime.block_on(self.flow.events(limit))
    }

    /// Says that a row of the outbox was handled.
    ///
    /// # Errors
    /// [`FlowError::Store`].
    pub fn event_handled(&self, id: i64) -> Result<(), FlowError> {
        self.runtime.block_on(self.flow.event_handled(id))
    }
}

/// Whether this thread may wait for a runtime. tokio has no question for it, so it is tried, and only where there is a runtime
/// around: a thread of `spawn_blocking` may, one that drives futures may not.
fn may_wait(runtime: &Runtime) -> bool {
    Handle::try_current().is_err() || catch_unwind(AssertUnwindSafe(|| runtime.block_on(async {}))).is_ok()
}

impl<S, T, M, C> Clone for PaymentFlow<S, T, M, C> {
    fn clone(&self) -> Self {
        Self { flow: self.flow.clone(), runtime: Arc::clone(&self.runtime) }
    }
}

impl<S, T, M, C> fmt::Debug for PaymentFlow<S, T, M, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.flow.fmt(f)
    }
}
