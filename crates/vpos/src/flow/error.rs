//! What a call of the flow can end in.

use vpos_core::operation::OperationState;
use vpos_core::{Error, OperationNumber};

use super::store::StoreError;

/// Why a call of the flow did not do what was asked. Safe to log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// The registry has no contract of that name.
    #[error("there is no contract {0:?} in the registry")]
    UnknownPos(String),
    /// The store has no such operation, or the sale has none on which this could be done.
    #[error("{0} was not found")]
    NotFound(String),
    /// The sale is paid, or its amount is held: it is not begun again.
    #[error("sale {sale:?} is {state} by operation {number}")]
    AlreadyPaid {
        /// The sale.
        sale: String,
        /// The operation that pays it.
        number: OperationNumber,
        /// Where that stands.
        state: OperationState,
    },
    /// Whether an operation of the sale took the money is not known yet: `reconcile` asks the bank.
    #[error("sale {sale:?} is not settled: operation {number} is {state}")]
    Unsettled {
        /// The sale.
        sale: String,
        /// The operation.
        number: OperationNumber,
        /// Where it stands.
        state: OperationState,
    },
    /// Others wrote the operation again and again meanwhile. What was asked of the bank stands in the store.
    #[error("operation {0} is being written by others")]
    Contended(OperationNumber),
    /// The bank answered, and its answer could not be stored: `reconcile` asks for it again. Do not repeat the call.
    #[error("the bank's answer ({}) could not be stored: {reason}", .report.outcome())]
    AnswerNotStored {
        /// What the bank answered.
        report: Box<vpos_core::Report>,
        /// Why it was not stored.
        reason: String,
    },
    /// A handler that is owed failed again.
    #[error("{handler} failed again: {reason}")]
    HandlerFailed {
        /// `on_paid`, `on_authorized`, `on_refunded` or `on_released`.
        handler: &'static str,
        /// The handler's own words.
        reason: String,
    },
    /// The bank crate's error: the payment, the contract, the state of the operation, the bank's no, a lost request.
    #[error(transparent)]
    Payment(#[from] Error),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FlowError {
    /// Whether the same call may succeed later without anybody changing anything.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(StoreError::Busy(_) | StoreError::Failed(_)) | Self::Contended(_) => true,
            Self::Payment(error) => error.is_retryable(),
            _ => false,
        }
    }
}
