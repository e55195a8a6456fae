//! The states of an operation and the one table of its moves.
//!
//! ```text
//! Pending ─▶ Charging ─▶ Completed ─▶ PartiallyRefunded ─▶ Refunded
//!    │  └──▶ Authorized ─▶ Charging (capture) · Cancelled (void)
//!    └─▶ Failed · Cancelled · Superseded · Unknown
//! ```
//! Good news wins: a verified approval moves Failed, Cancelled, Superseded and Unknown too. Bad news never moves an
//! operation that was paid.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Where an operation stands. The words (`as_str`) are those of the fixtures and of the stores. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a new state must break every match")]
pub enum OperationState {
    /// Stored; the buyer was sent to the bank, or is about to be.
    Pending,
    /// A charge or a capture was asked of the bank, and its answer is not stored yet.
    Charging,
    /// The bank holds the amount; it waits for capture or void.
    Authorized,
    /// Paid.
    Completed,
    /// Paid, and a part was given back.
    PartiallyRefunded,
    /// Paid, and all of it was given back (a voided charge too).
    Refunded,
    /// The bank said no.
    Failed,
    /// The buyer gave up, or a hold was voided.
    Cancelled,
    /// The buyer began again under another number.
    Superseded,
    /// Nobody knows whether the bank took the money; a query settles it.
    Unknown,
}

impl OperationState {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Charging,
        Self::Authorized,
        Self::Completed,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::Failed,
        Self::Cancelled,
        Self::Superseded,
        Self::Unknown,
    ];

    /// The word for it, in kebab-case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Charging => "charging",
            Self::Authorized => "authorized",
            Self::Completed => "completed",
            Self::PartiallyRefunded => "partially-refunded",
            Self::Refunded => "refunded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the sale was paid, whatever was given back since.
    pub const fn is_paid(self) -> bool {
        matches!(self, Self::Completed | Self::PartiallyRefunded | Self::Refunded)
    }

    /// The table: where a step leads. A step that brings no news leads where the operation stands.
    ///
    /// # Errors
    /// [`IllegalMove`] when the step makes no sense here.
    ///
    /// ```
    /// use vpos_core::operation::{OperationState, Step};
    ///
    /// assert_eq!(OperationState::Failed.after(Step::Paid)?, OperationState::Completed); // good news wins
    /// assert_eq!(OperationState::Completed.after(Step::Declined)?, OperationState::Completed); // bad news does not
    /// assert!(OperationState::Pending.after(Step::Refunded).is_err());
    /// # Ok::<(), vpos_core::Error>(())
    /// ```
    #[expect(clippy::match_same_arms, reason = "a table is read row by row")]
    pub const fn after(self, step: Step) -> Result<Self, IllegalMove> {
        use OperationState as S;
        let to = match (step, self) {
            // a second charge while one runs, or of a paid operation, is what must never happen
            // nor one after an answer was lost, before a query told that nothing moved
            (Step::ChargeStarted, S::Pending | S::Failed | S::Cancelled | S::Superseded) => S::Charging,
            (Step::ProvedUncharged, S::Charging | S::Unknown) => S::Pending,
            (Step::ProvedUncharged, _) => self,
            (Step::CaptureStarted, S::Authorized) => S::Charging,

            (Step::Paid, S::Completed | S::PartiallyRefunded | S::Refunded) => self,
            (Step::Paid, _) => S::Completed,
            (Step::Held, S::Pending | S::Charging | S::Failed | S::Cancelled | S::Superseded | S::Unknown) => S::Authorized,
            (Step::Held, S::Authorized | S::Completed | S::PartiallyRefunded | S::Refunded) => self,

            (Step::Declined, S::Pending | S::Charging | S::Unknown) => S::Failed,
            (Step::BuyerCancelled, S::Pending | S::Charging | S::Unknown) => S::Cancelled,
            (Step::CaptureDeclined, S::Charging | S::Unknown) => S::Authorized,
            (Step::Declined | Step::BuyerCancelled | Step::CaptureDeclined, _) => self,
            (Step::ChargeNotSent, S::Charging) => S::Pending,
            (Step::Superseded, S::Pending) => S::Superseded,
            (Step::Lost, S::Pending | S::Charging) => S::Unknown,
            (Step::Lost, _) => self,

            (Step::PartRefunded, S::Completed | S::PartiallyRefunded) => S::PartiallyRefunded,
            (Step::Refunded, S::Completed | S::PartiallyRefunded) => S::Refunded,
            (Step::PartRefunded | Step::Refunded, S::Refunded) => self,
            (Step::PartRefundUndone, S::PartiallyRefunded | S::Refunded) => S::PartiallyRefunded,
            (Step::RefundUndone, S::PartiallyRefunded | S::Refunded) => S::Completed,
            (Step::Voided, S::Pending | S::Charging | S::Authorized | S::Unknown) => S::Cancelled,
            // a payment whose approval we have not seen
            (Step::Voided, S::Failed | S::Cancelled | S::Superseded) => S::Cancelled,
            (Step::Voided, S::Completed | S::Refunded) => S::Refunded,

            _ => return Err(IllegalMove { from: self, step }),
        };
        Ok(to)
    }
}

impl fmt::Display for OperationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OperationState {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| Error::payment("state", format!("there is no state {text:?}")))
    }
}

/// What happens to an operation.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// A charge is about to be asked of the bank.
    ChargeStarted,
    /// A capture is about to be asked of the bank.
    CaptureStarted,
    /// The bank took the money.
    Paid,
    /// The bank holds the money.
    Held,
    /// The bank said no to a charge or a hold.
    Declined,
    /// The bank said no to a capture: the hold stands.
    CaptureDeclined,
    /// The charge never left for the bank.
    ChargeNotSent,
    /// A query told that the buyer agreed and that no money has moved: the charge can be asked again.
    ProvedUncharged,
    /// The buyer gave up.
    BuyerCancelled,
    /// The buyer began again under another number.
    Superseded,
    /// The answer to a charge or a capture was lost.
    Lost,
    /// A part was given back; something is left.
    PartRefunded,
    /// All was given back.
    Refunded,
    /// A refund was voided; others stand.
    PartRefundUndone,
    /// The only refund was voided.
    RefundUndone,
    /// The hold or the charge was voided.
    Voided,
}

impl Step {
    /// That it cannot be, in words.
    const fn refused(self) -> &'static str {
        match self {
            Self::ChargeStarted => "a charge cannot be started",
            Self::CaptureStarted => "a capture cannot be started",
            Self::Paid => "a payment cannot be recorded",
            Self::Held => "a hold cannot be recorded",
            Self::Declined => "a decline cannot be recorded",
            Self::CaptureDeclined => "the decline of a capture cannot be recorded",
            Self::ChargeNotSent | Self::ProvedUncharged => "a charge cannot be taken back",
            Self::BuyerCancelled => "it cannot be cancelled",
            Self::Superseded => "it cannot be superseded",
            Self::Lost => "a lost answer cannot be recorded",
            Self::PartRefunded | Self::Refunded => "a refund cannot be recorded",
            Self::PartRefundUndone | Self::RefundUndone => "the void of a refund cannot be recorded",
            Self::Voided => "a void cannot be recorded",
        }
    }
}

/// A step that makes no sense in that state.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}: the operation is {from}", .step.refused())]
#[non_exhaustive]
pub struct IllegalMove {
    /// Where the operation stands.
    pub from: OperationState,
    /// What was to happen.
    pub step: Step,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::OperationState as S;
    use super::*;

    const STEPS: [Step; 16] = [
        Step::ChargeStarted,
        Step::CaptureStarted,
        Step::Paid,
        Step::Held,
        Step::Declined,
        Step::CaptureDeclined,
        Step::ChargeNotSent,
        Step::ProvedUncharged,
        Step::BuyerCancelled,
        Step::Superseded,
        Step::Lost,
        Step::PartRefunded,
        Step::Refunded,
        Step::PartRefundUndone,
        Step::RefundUndone,
        Step::Voided,
    ];

    #[test]
    fn every_word_is_read_back() {
        for state in S::ALL {
            assert_eq!(state.as_str().parse::<S>().unwrap(), state);
        }
        assert!("done".parse::<S>().is_err());
    }

    #[test]
    fn what_cannot_be_is_said_in_words() {
        let error = S::Completed.after(Step::ChargeStarted).unwrap_err();
        assert_eq!(error.to_string(), "a charge cannot be started: the operation is completed");
        for (state, step) in S::ALL.into_iter().flat_map(|state| STEPS.map(|step| (state, step))) {
            let Err(error) = state.after(step) else { continue };
            let text = error.to_string();
            assert!(!text.contains(|c: char| c.is_ascii_uppercase()) && text.contains(" cannot be "), "{text}");
        }
    }

    #[test]
    fn only_good_news_pays() {
        for state in S::ALL.into_iter().filter(|state| !state.is_paid()) {
            for step in STEPS {
                let paid = state.after(step).is_ok_and(S::is_paid);
                assert_eq!(paid, step == Step::Paid, "{state} {step:?}");
            }
        }
    }

    #[test]
    fn a_paid_operation_is_never_charged_again() {
        for state in S::ALL.into_iter().filter(|state| state.is_paid()) {
            assert!(state.after(Step::ChargeStarted).is_err());
            assert!(state.after(Step::CaptureStarted).is_err());
        }
        assert!(S::Charging.after(Step::ChargeStarted).is_err());
        assert!(S::Charging.after(Step::CaptureStarted).is_err());
    }

    proptest! {
        #[test]
        fn once_paid_always_paid(steps in prop::collection::vec(0..STEPS.len(), 1..40)) {
            let mut state = S::Pending;
            for step in steps {
                let next = state.after(STEPS[step]).unwrap_or(state);
                prop_assert!(!state.is_paid() || next.is_paid(), "{} {:?}", state, STEPS[step]);
                state = next;
            }
        }
    }
}
