//! What a bank says happened, and how it ended.

use std::fmt;

/// What a message is about. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a new action must break every match")]
pub enum Action {
    /// The issuer or the buyer agreed, and the money is charged, or held, only when `charge` has asked for it.
    Approval,
    /// The amount was charged.
    Charge,
    /// The amount is held (pre-authorised).
    Hold,
    /// A hold, whole or in part, was charged.
    Capture,
    /// Money went back, all or a part.
    Refund,
    /// A hold, or a charge of the day, was undone.
    Void,
    /// A refund was undone.
    RefundVoid,
    /// The token of a card on file was deleted.
    CardDeletion,
}

impl Action {
    /// Whether it is the first word about a payment: what the buyer did.
    pub const fn is_payment(self) -> bool {
        matches!(self, Self::Approval | Self::Charge | Self::Hold)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approval => "approval",
            Self::Charge => "charge",
            Self::Hold => "hold",
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::Void => "void",
            Self::RefundVoid => "void of a refund",
            Self::CardDeletion => "deletion of a card reference",
        })
    }
}

/// How it ended. The words (`as_str`) are those of the fixtures. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a new outcome must break every match")]
pub enum Outcome {
    /// Done.
    Approved,
    /// The issuer's no: this card, this buyer, this amount.
    Declined,
    /// Not decided yet.
    Pending,
    /// The buyer gave up.
    Cancelled,
    /// Nobody can tell whether money moved.
    Unknown,
    /// A definite no for a reason that is not the card's: our data, our contract, the bank's machine.
    Error,
}

impl Outcome {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Pending => "pending",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
            Self::Error => "error",
        }
    }

    /// Whether it is done.
    ///
    /// ```
    /// use vpos_core::Outcome;
    ///
    /// assert!(Outcome::Approved.is_approved());
    /// assert!(!Outcome::Unknown.is_approved() && !Outcome::Unknown.is_declined()); // neither: query
    /// ```
    pub const fn is_approved(self) -> bool {
        matches!(self, Self::Approved)
    }

    /// Whether it is the issuer's no. A cancelled buyer and an error are others.
    pub const fn is_declined(self) -> bool {
        matches!(self, Self::Declined)
    }

    /// Whether it is not decided yet.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Pending)
    }

    /// Whether nobody can tell.
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
