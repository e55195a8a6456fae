//! What a person saw in the bank's panel, where the bank cannot be asked or its books do not tell.
//!
//! Never call these because time has passed: an unknown outcome is not a no.

use vpos_core::operation::{Operation, RefundId};
use vpos_core::{Error, Transport};

use super::commit::Note;
use super::{Clock, FlowError, Merchant, PaymentFlow, Store, Stored, Which};

impl<S: Store, T: Transport + Send + Sync, M: Merchant<S>, C: Clock> PaymentFlow<S, T, M, C> {
    /// A person saw that the payment was not charged: the operation is `Failed`, and the sale can be begun again. A verified
    /// approval that comes all the same pays it. `who` is kept as evidence.
    ///
    /// # Errors
    /// [`FlowError::Payment`] when the operation is held or paid.
    pub fn abandon(&self, which: impl Into<Which> + Send, who: &str) -> impl Future<Output = Result<Stored, FlowError>> + Send {
        async move {
            let word = format!("{who} saw at the bank that it was not charged");
            self.by_hand(which.into(), &word, Operation::annul).await
        }
    }

    /// A person saw that an open refund was not done: its amount is free again.
    ///
    /// # Errors
    /// [`FlowError::Payment`] when there is no such refund, or its end is known.
    pub fn abandon_refund(
        &self,
        which: impl Into<Which> + Send,
        refund: RefundId,
        who: &str,
    ) -> impl Future<Output = Result<Stored, FlowError>> + Send {
        async move {
            let word = format!("{who} saw at the bank that refund {} was not done", refund.get());
            self.by_hand(which.into(), &word, |operation| operation.abandon_refund(refund)).await
        }
    }

    /// A person saw that a void whose answer was lost was not done.
    ///
    /// # Errors
    /// [`FlowError::Payment`] when no void runs.
    pub fn abandon_void(
        &self,
        which: impl Into<Which> + Send,
        who: &str,
    ) -> impl Future<Output = Result<Stored, FlowError>> + Send {
        async move {
            let word = format!("{who} saw at the bank that the void was not done");
            self.by_hand(which.into(), &word, Operation::abandon_void).await
        }
    }

    async fn by_hand(
        &self,
        which: Which,
        word: &str,
        change: impl Fn(&mut Operation) -> Result<(), Error> + Send,
    ) -> Result<Stored, FlowError> {
        let stored = self.resolve(&which).await?;
        let plan = |operation: &mut Operation| {
            change(operation)?;
            Ok(Some(((), Note::of_application(format!("{word} → {}", operation.state())))))
        };
        Ok(self.change(stored, false, plan).await?.0)
    }
}
