//! What is seen of a world from outside.

use std::sync::PoisonError;

use super::{Contract, ShopStore, World};

impl<S: ShopStore> World<'_, S> {
    /// Whether a call may never have reached the bank, and it is one whose books keep silent about that. Whoever asks looks
    /// into the books: nothing may have moved.
    pub(crate) fn books_keep_silent(&self) -> bool {
        let quiet = [Contract::Redsys, Contract::RedsysSoap, Contract::Elavon, Contract::ElavonAuto];
        quiet.contains(&self.path.contract) && self.was_disturbed()
    }

    /// The same of a refund: `GetTransactionDetails` of NVP shows what was given back, and not what is still on its way.
    pub(crate) fn books_keep_silent_of_refunds(&self) -> bool {
        self.books_keep_silent() || (self.path.contract == Contract::PaypalNvp && self.was_disturbed())
    }

    fn was_disturbed(&self) -> bool {
        self.lost_a_request || !self.died_at().is_empty()
    }

    pub(crate) fn died_at(&self) -> Vec<String> {
        self.control.died_at()
    }

    pub(crate) fn problems(&self) -> Vec<String> {
        self.memory.problems.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
