//! The payment flow: exactly once, over a store, a transport and the application's own handlers.
//!
//! ```
//! # #[cfg(feature = "redsys")] {
//! use vpos::flow::{MemoryStore, MemoryTx, Merchant, Paid, PaymentFlow};
//! use vpos::{Amount, Currency, Payment, Registry};
//! # use vpos::{http::{Request, Response}, Lost, TimeLimit};
//!
//! struct Shop;
//!
//! impl Merchant<MemoryStore> for Shop {
//!     type Error = std::io::Error;
//!
//!     // once for a sale, in the very transaction that stores the payment: mark your order with it
//!     async fn on_paid(&self, paid: &Paid, _tx: &mut MemoryTx) -> Result<(), Self::Error> {
//!         println!("order {} is paid: {}", paid.sale(), paid.amount());
//!         Ok(())
//!     }
//! }
//!
//! # async fn shop(notification: Request<Vec<u8>>) -> Result<(), Box<dyn std::error::Error>> {
//! # let transport = |_: Request<Vec<u8>>, _: TimeLimit| async { Err::<Response<Vec<u8>>, _>(Lost::before_send("offline")) };
//! let registry = Registry::open("vpos.toml")?;
//! let flow = PaymentFlow::new(registry, MemoryStore::new(), transport, Shop); // a shop uses SqliteStore or PostgresStore
//!
//! // the buyer pays: a new operation is stored, and the page sends the browser to the bank
//! let payment = Payment::builder("PED-17", Amount::parse("123.45", Currency::EUR)?)
//!     .notification_url("https://tienda.example/aviso")
//!     .url_ok("https://tienda.example/ok")
//!     .url_nok("https://tienda.example/nok")
//!     .build()?;
//! let page = flow.begin("caja", &payment).await?.to_html();
//!
//! // the bank calls your notification URL: there is always a reply
//! let reply = flow.confirm("caja", notification).await.into_http();
//!
//! // now and then, and after a restart: what is open is asked of the bank
//! flow.reconcile(std::time::Duration::from_secs(900)).await?;
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! Every state and every point at which a program can stop is in `docs/flow.md`.

#![expect(
    clippy::manual_async_fn,
    reason = "rustc proves a future of the flow Send for any store, where its signature says so, and not for a store of sqlx, where it has to look inside"
)]

mod begin;
mod calls;
mod change;
mod charge;
mod clock;
mod commit;
mod confirm;
mod error;
mod guard;
mod incoming;
mod memory;
mod merchant;
mod news;
mod options;
mod panel;
mod read;
mod reconcile;
mod rounds;
mod store;
mod words;

use std::fmt;
use std::sync::Arc;

pub use begin::Checkout;
pub use calls::Which;
pub use clock::{Clock, SystemClock};
pub use error::FlowError;
pub use incoming::Incoming;
pub use memory::{MemoryStore, MemoryTx};
pub use merchant::{About, Authorized, Merchant, Paid, Problem, Refunded, Released};
pub use options::Options;
pub use rounds::Reconciled;
pub use store::{DueAfter, Duties, Event, EventKind, Evidence, Inserted, OperationId, Record, Source, Store, StoreError, Stored};

use crate::{AnyPos, PosId, Registry};

/// Takes payments: begins them, believes the bank's messages, moves the operations, and tells the [`Merchant`] once. See the
/// [module](self).
///
/// Cheap to clone; clones share everything. Several processes may have one each over the same PostgreSQL.
pub struct PaymentFlow<S, T, M, C = SystemClock> {
    parts: Arc<Parts<S, T, M, C>>,
}

struct Parts<S, T, M, C> {
    registry: Registry,
    store: S,
    transport: T,
    merchant: M,
    clock: C,
    options: Options,
}

impl<S, T, M> PaymentFlow<S, T, M> {
    /// With the system's clock and the usual [`Options`].
    pub fn new(registry: Registry, store: S, transport: T, merchant: M) -> Self {
        Self::with(registry, store, transport, merchant, SystemClock, Options::default())
    }
}

impl<S, T, M, C> PaymentFlow<S, T, M, C> {
    /// With a clock and options of your own.
    pub fn with(registry: Registry, store: S, transport: T, merchant: M, clock: C, options: Options) -> Self {
        Self { parts: Arc::new(Parts { registry, store, transport, merchant, clock, options }) }
    }

    /// The contracts.
    pub fn registry(&self) -> &Registry {
        &self.parts.registry
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.parts.store
    }

    /// The application's own side.
    pub fn merchant(&self) -> &M {
        &self.parts.merchant
    }

    fn pos(&self, id: &str) -> Result<(&PosId, &AnyPos), FlowError> {
        let found = self.parts.registry.iter().find(|(known, _)| known.as_str() == id);
        found.ok_or_else(|| FlowError::UnknownPos(id.to_owned()))
    }
}

impl<S, T, M, C> Clone for PaymentFlow<S, T, M, C> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts) }
    }
}

impl<S, T, M, C> fmt::Debug for PaymentFlow<S, T, M, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.parts.registry.iter().map(|(id, _)| id.as_str()).collect();
        f.debug_struct("PaymentFlow").field("registry", &names).finish_non_exhaustive()
    }
}
