//! A refund: a record of its own beside the operation's state.

use std::fmt;
use std::str::FromStr;

use crate::{Amount, Error};

/// Which refund of an operation: the first has 1. It goes into the bank's idempotency key, where the bank has one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RefundId(u32);

impl RefundId {
    /// As stored.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// How a refund stands. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a new state must break every match")]
pub enum RefundState {
    /// Stored; about to be asked of the bank, or asked and not yet answered.
    Pending,
    /// The money is on its way back.
    Approved,
    /// The bank said no; nothing was given back.
    Declined,
    /// Nobody knows; it is not repeated before a query.
    Unknown,
    /// Given back and then taken again: the refund itself was voided.
    Voided,
}

impl RefundState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Approved, Self::Declined, Self::Unknown, Self::Voided];

    /// The word for it, as in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Unknown => "unknown",
            Self::Voided => "voided",
        }
    }

    /// Whether the refund counts against what is left to refund: all but a definite no and a voided one.
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Declined | Self::Voided)
    }
}

impl FromStr for RefundState {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| Error::payment("refunds", format!("there is no refund state {text:?}")))
    }
}

impl fmt::Display for RefundState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One refund that was asked for, or that the bank told us about. A plain record, as a store keeps it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "stores build it from a row")]
pub struct Refund {
    /// Which one of its operation.
    pub id: RefundId,
    /// How much.
    pub amount: Amount,
    /// How it stands.
    pub state: RefundState,
    /// Why, in the merchant's words.
    pub reason: Option<String>,
    /// The bank's own id or authorisation code of this refund, once known.
    pub reference: Option<String>,
}

impl Refund {
    /// Whether the bank's word is still awaited.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, RefundState::Pending | RefundState::Unknown)
    }

    /// Whether the money went back, even if it was taken again.
    pub(super) const fn gave_back(&self) -> bool {
        matches!(self.state, RefundState::Approved | RefundState::Voided)
    }
}

/// The sum of those that count; none when the currencies differ or it does not fit.
pub(super) fn total(refunds: &[Refund], zero: Amount) -> Option<Amount> {
    refunds.iter().filter(|refund| refund.state.counts()).try_fold(zero, |sum, refund| sum.checked_add(refund.amount))
}

/// The sum of the approved ones.
pub(super) fn approved(refunds: &[Refund], zero: Amount) -> Amount {
    let done = refunds.iter().filter(|refund| refund.state == RefundState::Approved);
    done.fold(zero, |sum, refund| sum.checked_add(refund.amount).unwrap_or(sum))
}

/// The record that a message about a refund of that amount speaks of: the one with its reference. Where no reference tells
/// them apart, what was settled in the same way comes first, since the message may be a repetition; then an open one, which
/// has an answer of its own to come.
pub(super) fn matching<'a>(refunds: &'a [Refund], amount: Amount, reference: Option<&str>, good: bool) -> Option<&'a Refund> {
    let same = || refunds.iter().filter(move |refund| refund.amount == amount);
    let nameless = || same().filter(move |refund| reference.is_none() || refund.reference.is_none());
    let named = same().find(|refund| reference.is_some() && refund.reference.as_deref() == reference);
    let settled = |refund: &&Refund| match refund.state {
        RefundState::Approved | RefundState::Voided => good,
        RefundState::Declined => !good,
        RefundState::Pending | RefundState::Unknown => false,
    };
    named.or_else(|| nameless().find(settled)).or_else(|| nameless().find(|refund| refund.is_open()))
}

/// The record that a message about the void of a refund speaks of: the one with its reference, else one that was voided
/// already, since the message may be a repetition, else the newest approved one.
pub(super) fn to_void<'a>(refunds: &'a [Refund], amount: Amount, reference: Option<&str>) -> Option<&'a Refund> {
    let same = || refunds.iter().rev().filter(move |refund| refund.amount == amount && refund.gave_back());
    let named = same().find(|refund| reference.is_some() && refund.reference.as_deref() == reference);
    named.or_else(|| same().find(|refund| refund.state == RefundState::Voided)).or_else(|| same().next())
}

/// One of that amount of which nobody knows how it ended.
pub(super) fn unknown(refunds: &[Refund], amount: Amount) -> Option<&Refund> {
    refunds.iter().find(|refund| refund.amount == amount && refund.state == RefundState::Unknown)
}

/// The id of the next one.
pub(super) fn next_id(refunds: &[Refund]) -> Result<RefundId, Error> {
    let last = refunds.iter().map(|refund| refund.id.get()).max().unwrap_or(0);
    let next = last.checked_add(1).ok_or_else(|| Error::payment("refunds", "too many"))?;
    Ok(RefundId(next))
}
