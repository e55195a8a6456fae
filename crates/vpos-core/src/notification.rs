//! A message that reached the merchant's server, read but not believed: it says which operation to look for, and nothing of
//! how the payment ended.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::{Bank, OperationNumber, Reference};

/// The largest message that is read: 64 KiB.
pub const NOTIFICATION_LIMIT: usize = 64 * 1024;

/// How the operation is found. Exhaustive on purpose.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a store must be able to look up every one")]
pub enum Lookup {
    /// By its number.
    Number(OperationNumber),
    /// By what `begin` learnt from the bank.
    Reference(Reference, String),
}

/// What a bank crate keeps of a message between `receive` and `verify`.
pub trait Message: Any + Send + Sync {
    /// The whole message as text for the evidence that is stored beside the operation, card numbers masked.
    fn evidence(&self) -> String;
}

/// An unverified message. It yields what is needed to find the operation.
///
/// The outcome cannot be read from it:
/// ```compile_fail,E0599
/// # fn get<T>() -> T { unimplemented!() }
/// let notification: vpos_core::Notification = get();
/// let paid = notification.outcome();
/// ```
/// The twin that compiles:
/// ```no_run
/// # fn get<T>() -> T { unimplemented!() }
/// let notification: vpos_core::Notification = get();
/// let operation = notification.lookup();
/// ```
/// And it does not turn into what can be believed:
/// ```compile_fail,E0277
/// # fn get<T>() -> T { unimplemented!() }
/// let notification: vpos_core::Notification = get();
/// let confirmation: vpos_core::Confirmation = notification.into();
/// ```
#[derive(Clone)]
pub struct Notification {
    bank: Bank,
    lookup: Lookup,
    message: Arc<dyn Message>,
}

impl Notification {
    /// Put together by a bank crate's `receive`.
    pub fn new(bank: Bank, lookup: Lookup, message: impl Message) -> Self {
        Self { bank, lookup, message: Arc::new(message) }
    }

    /// Whose message it seems to be.
    pub const fn bank(&self) -> Bank {
        self.bank
    }

    /// How to find the operation.
    pub const fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    /// The message as text, card numbers masked, to be kept as evidence.
    pub fn evidence(&self) -> String {
        self.message.evidence()
    }

    /// The bank crate's own message; none when another crate made it.
    pub fn message<M: Message>(&self) -> Option<&M> {
        let message: &dyn Any = &*self.message;
        message.downcast_ref()
    }
}

/// Shows the bank and the lookup, never the message.
impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification").field("bank", &self.bank).field("lookup", &self.lookup).finish_non_exhaustive()
    }
}
