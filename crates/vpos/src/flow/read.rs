//! What can be read: operations, their evidence, the outbox.

use super::{Event, Evidence, FlowError, OperationId, PaymentFlow, Store, StoreError, Stored};

impl<S: Store, T: Send + Sync, M: Send + Sync, C: Send + Sync> PaymentFlow<S, T, M, C> {
    /// The operations of a sale, oldest first.
    ///
    /// # Errors
    /// [`FlowError::Store`]; also where one of them cannot be read, since it may be the one that pays the sale.
    pub fn operations(&self, sale: &str) -> impl Future<Output = Result<Vec<Stored>, FlowError>> + Send {
        async move { Ok(self.parts.store.of_sale(sale).await?) }
    }

    /// The operation that pays a sale: held or paid. None while none does.
    ///
    /// # Errors
    /// [`FlowError::Store`].
    pub fn payment_of(&self, sale: &str) -> impl Future<Output = Result<Option<Stored>, FlowError>> + Send {
        async move {
            match self.parts.store.paid_by(sale).await? {
                Some(id) => Ok(self.parts.store.get(id).await?),
                None => Ok(None),
            }
        }
    }

    /// The newest operations below an id, newest first: a page of an admin's list. A row that cannot be read does not take the
    /// page with it: it is logged as an error and left out; [`reconcile`](Self::reconcile) tells of it where it is due.
    ///
    /// # Errors
    /// [`FlowError::Store`].
    pub fn newest(&self, below: Option<OperationId>, limit: u32) -> impl Future<Output = Result<Vec<Stored>, FlowError>> + Send {
        async move {
            match self.parts.store.newest(below, limit).await {
                Err(StoreError::Corrupt { .. }) => self.newest_readable(below, limit).await,
                page => Ok(page?),
            }
        }
    }

    /// As many as are asked for, where there are so many: a short page would be taken for the last one.
    async fn newest_readable(&self, below: Option<OperationId>, limit: u32) -> Result<Vec<Stored>, FlowError> {
        let (mut found, mut below, mut left) = (Vec::new(), below, limit);
        while left > 0 {
            let ids = self.parts.store.newest_ids(below, left).await?;
            let Some(last) = ids.last().copied() else { break };
            below = Some(last);
            let (readable, _) = self.one_by_one(ids.into_iter()).await?;
            left = left.saturating_sub(u32::try_from(readable.len()).unwrap_or(u32::MAX));
            found.extend(readable);
        }
        Ok(found)
    }

    /// What came about an operation, and what was made of it, oldest first.
    ///
    /// # Errors
    /// [`FlowError::Store`].
    pub fn evidence(&self, operation: OperationId, limit: u32) -> impl Future<Output = Result<Vec<Evidence>, FlowError>> + Send {
        async move { Ok(self.parts.store.evidence(operation, limit).await?) }
    }

    /// The outbox: what happened and was not [handled](Self::event_handled) yet, oldest first, each with its id. For what must not
    /// run inside the transaction: an e-mail, a call to another service. Whoever dies between handling and saying so sees the
    /// event again.
    ///
    /// # Errors
    /// [`FlowError::Store`].
    pub fn events(&self, limit: u32) -> impl Future<Output = Result<Vec<(i64, Event)>, FlowError>> + Send {
        async move { Ok(self.parts.store.events(limit).await?) }
    }

    /// Says that a row of the outbox was handled.
    ///
    /// # Errors
    /// [`FlowError::Store`].
    pub fn event_handled(&self, id: i64) -> impl Future<Output = Result<(), FlowError>> + Send {
        async move { Ok(self.parts.store.take_event(id).await?) }
    }
}
