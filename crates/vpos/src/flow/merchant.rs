//! The application's side, given once: what happens when a sale is paid, whoever brought the news.

use std::fmt;
use std::future::Future;

use vpos_core::operation::{Operation, RefundId};
use vpos_core::{Amount, OperationNumber, Refusal, Timestamp};

use super::store::{OperationId, Store, Stored};
use crate::PosId;

/// What the application does with the news of its payments.
///
/// `on_paid`, `on_authorized`, `on_refunded` and `on_released` run inside the store's own transaction and get it: what they write with it and
/// the operation commit together or not at all. So they are told exactly once, whether a notification, a returning buyer or
/// [`reconcile`](super::PaymentFlow::reconcile) brought the news. Write with the transaction and with nothing else: an e-mail
/// that was sent cannot be rolled back; for those read the [outbox](super::PaymentFlow::events).
///
/// When one of them fails, what was written is rolled back. A bank that listens is told no and annuls the payment
/// ([`Problem::Annulled`]); where the money is taken already the operation is kept as paid, the handler is called again by
/// `reconcile` until it commits, and [`on_problem`](Self::on_problem) hears of it.
///
/// A handler that panics has failed, and so has one that takes longer than [`Options::handler_limit`](super::Options::handler_limit)
/// (20 seconds): its transaction is wanted by others. One that was in another transaction's way
/// ([`is_busy`](Self::is_busy)) is called again, three times at most, in a new transaction.
///
/// ```
/// use vpos::flow::{MemoryStore, MemoryTx, Merchant, Paid, Problem};
///
/// struct Shop;
///
/// impl Merchant<MemoryStore> for Shop {
///     type Error = std::io::Error;
///
///     async fn on_paid(&self, paid: &Paid, _tx: &mut MemoryTx) -> Result<(), Self::Error> {
///         println!("order {} is paid: {}", paid.sale(), paid.amount()); // mark it with the transaction
///         Ok(())
///     }
/// }
/// ```
pub trait Merchant<S: Store>: Send + Sync {
    /// Why a handler failed. Its text goes into the evidence and to `on_problem`, so it must hold no secret.
    type Error: fmt::Display + Send;

    /// A sale was paid. Called once for a sale, in the commit that makes its operation `Completed`.
    ///
    /// # Errors
    /// When the order cannot be marked: see [`Merchant`].
    fn on_paid(&self, paid: &Paid, tx: &mut S::Tx) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// A pre-authorisation was approved: the amount is held, nothing is paid yet. [`capture`](super::PaymentFlow::capture) or
    /// [`void`](super::PaymentFlow::void) follow.
    ///
    /// # Errors
    /// As [`Merchant::on_paid`].
    fn on_authorized(&self, authorized: &Authorized, tx: &mut S::Tx) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = (authorized, tx);
        async { Ok(()) }
    }

    /// Money of a sale went back: a refund that was asked for, one that was made in the bank's panel, or a void.
    ///
    /// # Errors
    /// The money is on its way back already: the call is repeated by `reconcile`.
    fn on_refunded(&self, refunded: &Refunded, tx: &mut S::Tx) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = (refunded, tx);
        async { Ok(()) }
    }

    /// A hold was let go and nothing was charged: a [`void`](super::PaymentFlow::void) that was asked for, or one that was made in
    /// the bank's panel. The sale can be begun again.
    ///
    /// # Errors
    /// The hold is gone already: the call is repeated by `reconcile`.
    fn on_released(&self, released: &Released, tx: &mut S::Tx) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = (released, tx);
        async { Ok(()) }
    }

    /// Whether this error of a handler says only that another transaction was in its way (a deadlock, a serialization failure,
    /// SQLite's busy): then what it wrote is rolled back, and the same is tried again in a new transaction before the handler
    /// has failed. For errors of sqlx the stores of `vpos-store` tell: `SqliteStore::is_busy(error)`. Never, unless it is
    /// written.
    fn is_busy(&self, error: &Self::Error) -> bool {
        let _ = error;
        false
    }

    /// A person must look. Called after the commit; what it tells stands in the evidence and in the outbox too.
    ///
    /// It must be quick: [`confirm`](super::PaymentFlow::confirm) gives its reply when this is done, and a bank that listens
    /// annuls the payment when the reply comes too late. Put mail into a queue, or send it from the
    /// [outbox](super::PaymentFlow::events). Longer than [`Options::handler_limit`](super::Options::handler_limit) it may not take.
    fn on_problem(&self, problem: &Problem) -> impl Future<Output = ()> + Send {
        tracing::warn!(%problem, "a person must look");
        async {}
    }
}

/// Which operation the news is of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct About {
    /// The store's id of the operation.
    pub id: OperationId,
    /// Under which contract.
    pub pos: PosId,
    /// The operation as it is after the news.
    pub operation: Operation,
    /// When the news came.
    pub at: Timestamp,
}

impl About {
    pub(super) fn new(stored: &Stored, operation: &Operation, at: Timestamp) -> Self {
        Self { id: stored.id, pos: stored.pos().clone(), operation: operation.clone(), at }
    }

    /// The merchant's own code of the order.
    pub fn sale(&self) -> &str {
        self.operation.sale()
    }

    /// The operation's number.
    pub const fn number(&self) -> &OperationNumber {
        self.operation.number()
    }
}

/// A sale was paid.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Paid {
    /// Which operation paid it.
    pub about: About,
    /// The approval came for an operation that had been given up (failed, cancelled, superseded).
    pub late: bool,
}

impl Paid {
    /// The merchant's own code of the order.
    pub fn sale(&self) -> &str {
        self.about.sale()
    }

    /// What was charged: the operation's amount, or what a capture charged of it.
    pub fn amount(&self) -> Amount {
        self.about.operation.charged().unwrap_or(self.about.operation.amount())
    }
}

/// The amount of a pre-authorisation is held.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Authorized {
    /// Which operation.
    pub about: About,
    /// The approval came for an operation that had been given up.
    pub late: bool,
}

impl Authorized {
    /// The merchant's own code of the order.
    pub fn sale(&self) -> &str {
        self.about.sale()
    }

    /// What is held.
    pub fn amount(&self) -> Amount {
        self.about.operation.amount()
    }
}

/// Money of a sale went back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refunded {
    /// Which operation.
    pub about: About,
    /// Which refund of it; none when the whole charge was voided.
    pub refund: Option<RefundId>,
    /// How much went back now.
    pub amount: Amount,
}

impl Refunded {
    /// The merchant's own code of the order.
    pub fn sale(&self) -> &str {
        self.about.sale()
    }

    /// Whether nothing is left of the charge.
    pub fn is_whole(&self) -> bool {
        self.about.operation.state() == vpos_core::operation::OperationState::Refunded
    }
}

/// The hold of a pre-authorisation was let go.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Released {
    /// Which operation.
    pub about: About,
}

impl Released {
    /// The merchant's own code of the order.
    pub fn sale(&self) -> &str {
        self.about.sale()
    }

    /// What was held.
    pub fn amount(&self) -> Amount {
        self.about.operation.amount()
    }
}

/// What a person must see.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Problem {
    /// A second operation of a sale was approved, in another tab, say: the buyer paid twice. It is refunded by
    /// [`refund_duplicate`](super::PaymentFlow::refund_duplicate), or by itself where
    /// [`Options`](super::Options) say so.
    DoublePayment(About),
    /// A second approval for the number of an operation that was approved before, by another bank reference: refused, nothing
    /// changed. The buyer may have been charged twice: look into the bank's panel.
    SecondApproval(About),
    /// The buyer agreed to a payment whose sale another operation had paid: it was not charged.
    NotCharged(About),
    /// An approval for an operation that had been given up: it paid the sale.
    LatePayment(About),
    /// A handler failed; the operation is kept, and the handler is called again by `reconcile`.
    HandlerFailed {
        /// Which operation.
        about: About,
        /// `on_paid`, `on_authorized`, `on_refunded` or `on_released`.
        handler: &'static str,
        /// The handler's own words.
        reason: String,
    },
    /// `on_paid` failed, or took too long, and the bank was told no: it annuls the payment. The buyer has to pay again.
    Annulled {
        /// Which operation.
        about: About,
        /// The handler's own words, or that it was too late.
        reason: String,
    },
    /// A refund was taken back at the bank: the money is the merchant's again.
    RefundUndone(About),
    /// A message that can be read, names a stored operation and is not believed, for another reason than its signature: a
    /// swapped amount or currency, say. Told once for each operation and reason: a buyer can repeat a message without end.
    Refused {
        /// Which operation it names.
        about: About,
        /// What does not fit.
        refusal: Refusal,
    },
}

impl Problem {
    /// The operation.
    pub const fn about(&self) -> &About {
        match self {
            Self::DoublePayment(about)
            | Self::SecondApproval(about)
            | Self::NotCharged(about)
            | Self::LatePayment(about)
            | Self::RefundUndone(about)
            | Self::HandlerFailed { about, .. }
            | Self::Annulled { about, .. }
            | Self::Refused { about, .. } => about,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let About { operation, .. } = self.about();
        let (number, sale, amount) = (operation.number(), operation.sale(), operation.amount());
        match self {
            Self::DoublePayment(_) => {
                write!(f, "sale {sale:?} was paid twice: operation {number} of {amount} is the second payment")
            }
            Self::SecondApproval(_) => {
                write!(f, "operation {number} was approved a second time by another bank reference: refused")
            }
            Self::NotCharged(_) => write!(f, "operation {number} was not charged: sale {sale:?} is paid"),
            Self::LatePayment(_) => write!(f, "operation {number} had been given up and was approved: it pays sale {sale:?}"),
            Self::HandlerFailed { handler, reason, .. } => write!(f, "{handler} failed for operation {number}: {reason}"),
            Self::Annulled { reason, .. } => write!(f, "operation {number} was annulled: {reason}"),
            Self::RefundUndone(_) => write!(f, "a refund of operation {number} was taken back"),
            Self::Refused { refusal, .. } => {
                write!(f, "a message about operation {number} was refused: {refusal} does not match")
            }
        }
    }
}
