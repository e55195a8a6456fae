//! A change that is made however often others write the operation meanwhile: read again, plan again, compare and set.

use vpos_core::Error;
use vpos_core::operation::Operation;

use super::commit::{Committed, Move, Note};
use super::{Clock, FlowError, Merchant, PaymentFlow, Store, Stored};

/// How often an operation is read again that others write.
pub(super) const TURNS: u32 = 16;

impl<S: Store, T, M: Merchant<S>, C: Clock> PaymentFlow<S, T, M, C> {
    /// Writes what `plan` makes of the operation as it stands; nothing when it plans nothing.
    pub(super) async fn change<X>(
        &self,
        mut stored: Stored,
        late: bool,
        plan: impl Fn(&mut Operation) -> Result<Option<(X, Note)>, Error>,
    ) -> Result<(Stored, Option<X>), FlowError> {
        for turn in 0..TURNS {
            let mut after = stored.operation().clone();
            let Some((planned, note)) = plan(&mut after)? else { return Ok((stored, None)) };
            if let Committed::Done(stored) = self.commit(&stored, &Move { after, note, listening: None, late }).await? {
                return Ok((stored, Some(planned)));
            }
            self.pause(turn).await;
            stored = self.again(&stored).await?;
        }
        Err(FlowError::Contended(stored.operation().number().clone()))
    }

    /// The operation as it stands now.
    pub(super) async fn again(&self, stored: &Stored) -> Result<Stored, FlowError> {
        let found = self.parts.store.get(stored.id).await?;
        found.ok_or_else(|| FlowError::NotFound(format!("operation {}", stored.operation().number())))
    }
}
