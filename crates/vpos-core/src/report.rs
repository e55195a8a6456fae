//! How a question to the bank ended: with a confirmed answer, or with one of four ways of having none.

use crate::{Action, Confirmation, Lost, Outcome};

/// The result of a charge, capture, refund, void or query at the bank.
///
/// Approved and declined come from a [`Confirmation`] alone: an answer that nobody signed cannot be either. Exhaustive on
/// purpose. Hand it to [`Operation::settle`](crate::operation::Operation::settle) or its kin, and store the operation.
///
/// ```
/// use vpos_core::{Action, Lost, Outcome, Report};
///
/// let report = Report::lost(Action::Refund, &Lost::after_send("time-out"));
/// assert_eq!(report.outcome(), Outcome::Unknown); // the money may be on its way back: query, do not repeat
///
/// let report = Report::lost(Action::Refund, &Lost::before_send("no route to the bank"));
/// assert!(matches!(report, Report::NotSent { .. })); // it may be sent again
/// ```
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a new ending must break every match")]
pub enum Report {
    /// The bank's proved answer, compared with the operation.
    Confirmed(Confirmation),
    /// The bank's definite no outside a signed message: our data, our contract. Nothing moved.
    Rejected {
        /// What was asked.
        action: Action,
        /// The bank's own code.
        code: String,
        /// The bank's own text, card numbers masked.
        message: String,
    },
    /// The request never left. Nothing moved; it may be sent again.
    NotSent {
        /// What was asked.
        action: Action,
        /// Why not.
        reason: String,
    },
    /// The bank has no final word yet. Nothing is decided.
    Open {
        /// What was asked about.
        action: Action,
        /// The bank's own code.
        code: Option<String>,
    },
    /// The request left, and nobody knows what became of it: the answer was lost, unreadable, unsigned or about something
    /// else. Not a decline and not a success: query, and do not repeat before.
    Unknown {
        /// What was asked.
        action: Action,
        /// Why the answer tells nothing.
        reason: String,
        /// The bank's own code, where there was one.
        code: Option<String>,
    },
}

impl Report {
    /// A lost request: before it left, nothing happened; after, nobody knows.
    pub fn lost(action: Action, lost: &Lost) -> Self {
        match lost {
            Lost::BeforeSend { reason } => Self::NotSent { action, reason: reason.clone() },
            Lost::AfterSend { reason } => Self::Unknown { action, reason: reason.clone(), code: None },
        }
    }

    /// An answer that tells nothing.
    pub fn unknown(action: Action, reason: impl Into<String>) -> Self {
        Self::Unknown { action, reason: reason.into(), code: None }
    }

    /// What it is about.
    pub const fn action(&self) -> Action {
        match self {
            Self::Confirmed(confirmation) => confirmation.action(),
            Self::Rejected { action, .. }
            | Self::NotSent { action, .. }
            | Self::Open { action, .. }
            | Self::Unknown { action, .. } => *action,
        }
    }

    /// How it ended, in one word.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Confirmed(confirmation) => confirmation.outcome(),
            Self::Rejected { .. } | Self::NotSent { .. } => Outcome::Error,
            Self::Open { .. } => Outcome::Pending,
            Self::Unknown { .. } => Outcome::Unknown,
        }
    }

    /// The bank's own code.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Confirmed(confirmation) => confirmation.code(),
            Self::Rejected { code, .. } => Some(code),
            Self::Open { code, .. } | Self::Unknown { code, .. } => code.as_deref(),
            Self::NotSent { .. } => None,
        }
    }

    /// The confirmation, when there is one.
    pub const fn confirmation(&self) -> Option<&Confirmation> {
        match self {
            Self::Confirmed(confirmation) => Some(confirmation),
            _ => None,
        }
    }
}
