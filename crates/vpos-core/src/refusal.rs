//! Why an authentic-looking message is not believed.

use std::fmt;

/// What of a message did not fit. The words are those of the fixtures and of log lines.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The signature is wrong, cut, empty, or of a version that the contract does not accept.
    Signature,
    /// The message names another merchant or payee.
    Merchant,
    /// The message names another terminal or account of the merchant.
    Terminal,
    /// The message is about another operation, or it is a second payment for one that was paid already.
    Number,
    /// Another amount than was asked for, or more than is left.
    Amount,
    /// Another currency than was asked for.
    Currency,
    /// A transaction type or a code that does not go with the operation's kind.
    Type,
    /// A test message for a live operation, or the other way round.
    Environment,
    /// Too old to be believed.
    Stale,
}

impl Refusal {
    /// The word for it: `signature`, `merchant`, ...
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Merchant => "merchant",
            Self::Terminal => "terminal",
            Self::Number => "number",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Type => "type",
            Self::Environment => "environment",
            Self::Stale => "stale",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
