//! The payment flow.

mod clock;
mod error;
mod memory;
mod merchant;
mod store;
mod words;

pub use clock::{Clock, SystemClock};
pub use error::FlowError;
pub use memory::{MemoryStore, MemoryTx};
pub use merchant::{About, Authorized, Merchant, Paid, Problem, Refunded};
pub use store::{DueAfter, Duties, Event, EventKind, Evidence, Inserted, OperationId, Record, Source, Store, StoreError, Stored};
