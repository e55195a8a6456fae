//! What an application may choose of how a flow behaves.

use std::time::Duration;

/// How long a flow waits, and what it does by itself.
///
/// ```
/// use vpos::flow::Options;
///
/// let options = Options::default().refund_duplicates(true);
/// assert!(options != Options::default());
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Options {
    pub(super) lease: Duration,
    pub(super) patience: Duration,
    pub(super) refund_duplicates: bool,
    pub(super) look_again: Duration,
    pub(super) handler_limit: Duration,
}

impl Default for Options {
    /// A lease of five minutes, a patience of 20 seconds, duplicates left for a person, a last look after an hour, 20 seconds for
    /// a handler.
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(300),
            patience: Duration::from_secs(20),
            refund_duplicates: false,
            look_again: Duration::from_secs(3_600),
            handler_limit: Duration::from_secs(20),
        }
    }
}

impl Options {
    /// How long what was asked of a bank belongs to whoever asked: until then nobody else asks about it, since the answer may
    /// still come. It must be longer than the bank's time limits together: a charge may take three requests of 45 seconds.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long a message waits while another one about the same operation is being charged.
    #[must_use]
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long after an operation was given up (failed, cancelled, superseded) `reconcile` asks the bank about it once more:
    /// the buyer may have paid on a page that was still open, and the bank's message may have been lost. Longer than such a page
    /// stays open.
    #[must_use]
    pub const fn look_again(mut self, after: Duration) -> Self {
        self.look_again = after;
        self
    }

    /// How long one handler of the [`Merchant`](super::Merchant) may take. Then it has failed and what it wrote is rolled back: the
    /// transaction that it has is the only one that writes in an SQLite file, and locks the sale in PostgreSQL. It cannot stop a
    /// handler that blocks its thread, so none of the blocking flow's. Shorter than PostgreSQL's
    /// `idle_in_transaction_session_timeout` (60 seconds in a store that was connected by `vpos-store`).
    #[must_use]
    pub const fn handler_limit(mut self, limit: Duration) -> Self {
        self.handler_limit = limit;
        self
    }

    /// Whether the second payment of a sale is given back (or, when it is held, let go) by itself. Off: a person decides.
    #[must_use]
    pub const fn refund_duplicates(mut self, refund: bool) -> Self {
        self.refund_duplicates = refund;
        self
    }
}
