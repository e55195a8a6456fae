//! An order in the platform's books: the authorisation, what was settled of it, and what undid it or gave it back.

use vpos_core::{Amount, Timestamp};

/// `AUTO_SETTLE_FLAG`, or `autosettle@flag`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum AutoSettle {
    /// 1: charged at once.
    AtOnce,
    /// 0: one settle or a void must follow.
    Later,
    /// MULTI: several settles.
    InParts,
}

impl AutoSettle {
    pub(super) fn read(flag: &str) -> Option<Self> {
        match flag {
            "1" => Some(Self::AtOnce),
            "0" => Some(Self::Later),
            "MULTI" => Some(Self::InParts),
            _ => None,
        }
    }
}

/// What the platform answered to one message about an order, for ever: queries give it again.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) result: String,
    pub(super) message: String,
    pub(super) pasref: String,
    pub(super) authcode: String,
}

/// A settle: how much, when, and the ledger's id of it.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    pub(super) id: String,
    pub(super) amount: u64,
    pub(super) at: Timestamp,
}

/// An order number that was used, well or not.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) amount: Amount,
    pub(super) flag: AutoSettle,
    /// The authorisation's answer.
    pub(super) told: Told,
    pub(super) settled: Vec<Settled>,
    /// The answer to the void that undid it.
    pub(super) void: Option<Told>,
    /// The answer to the first rebate: later ones leave no trace in a query (seen live: hyperswitch-prism).
    pub(super) rebate: Option<Told>,
    /// Minor units that all rebates gave back.
    pub(super) rebated: u64,
}

impl Order {
    pub(super) fn is_good(&self) -> bool {
        self.told.result == "00"
    }

    /// Minor units settled.
    pub(super) fn taken(&self) -> u64 {
        self.settled.iter().map(|settled| settled.amount).sum()
    }

    /// `batchid`: empty on declines, -1 while nothing is settled, then the batch of the day (seen live: hyperswitch-prism).
    pub(super) fn batch(&self) -> String {
        if !self.is_good() {
            return String::new();
        }
        self.settled.first().map_or_else(|| "-1".to_owned(), |settled| batch_of(settled.at).to_string())
    }
}

/// The batch of a day: its number, counted from 1970.
pub(super) fn batch_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}
