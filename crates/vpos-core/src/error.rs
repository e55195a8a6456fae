//! The one error type of core and of every bank crate.

use std::borrow::Cow;

use crate::operation::IllegalMove;
use crate::{Bank, Lost, Refusal};

/// What went wrong. Facts are in fields; the text is lower case and safe to log: it never holds a key or a card number.
///
/// ```
/// use vpos_core::{Amount, Currency, Error};
///
/// match Amount::parse("12,50", Currency::EUR) {
///     Err(Error::Payment { field, .. }) => assert_eq!(field, "amount"),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The merchant's contract cannot be right.
    #[error("contract field `{field}`: {reason}")]
    Config {
        /// The key in the configuration.
        field: Cow<'static, str>,
        /// What was wrong with its value.
        reason: Cow<'static, str>,
    },
    /// The bank cannot express that payment, or the operation is not one on which this can be done.
    #[error("payment field `{field}`: {reason}")]
    Payment {
        /// The field of the payment, the operation or the call.
        field: Cow<'static, str>,
        /// What was wrong with its value.
        reason: Cow<'static, str>,
    },
    /// A message that cannot be read.
    #[error("malformed {what}: {reason}")]
    Malformed {
        /// The part that could not be read.
        what: Cow<'static, str>,
        /// Why not.
        reason: Cow<'static, str>,
    },
    /// A message that can be read and is not believed.
    #[error("refused: {0} does not match")]
    Refused(Refusal),
    /// This bank has no such operation, or this contract is not set up for it.
    #[error("{bank} does not support {operation}")]
    Unsupported {
        /// The bank.
        bank: Bank,
        /// What was asked of it.
        operation: &'static str,
    },
    /// The bank's definite no to a request that had to succeed.
    #[error("the bank answered {code}: {message}")]
    Bank {
        /// The bank's own code.
        code: String,
        /// The bank's own text, card numbers masked.
        message: String,
    },
    /// The request or its answer was lost.
    #[error(transparent)]
    Transport(#[from] Lost),
    /// The operation's state does not allow this.
    #[error(transparent)]
    State(#[from] IllegalMove),
}

impl Error {
    /// A contract field and what is wrong with it.
    pub fn config(field: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Config { field: field.into(), reason: reason.into() }
    }

    /// A field of a payment or call and what is wrong with it.
    pub fn payment(field: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Payment { field: field.into(), reason: reason.into() }
    }

    /// The part of a message that cannot be read, and why.
    pub fn malformed(what: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed { what: what.into(), reason: reason.into() }
    }

    /// The refusal, when it is one.
    pub const fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(*refusal),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without anybody changing anything: only a request that never left.
    /// After a lost *answer* the outcome is unknown: query, do not repeat.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Transport(Lost::BeforeSend { .. }))
    }

    /// Whether money may have moved although this is an error.
    pub const fn is_unknown_outcome(&self) -> bool {
        matches!(self, Self::Transport(Lost::AfterSend { .. }))
    }

    /// Whether a message was unreadable or not believed.
    pub const fn is_untrusted_message(&self) -> bool {
        matches!(self, Self::Malformed { .. } | Self::Refused(_))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
