//! What a crash, a lost answer or a failed handler left open is brought to its end.

use std::time::Duration;

use tracing::Instrument as _;
use vpos_core::jiff::SignedDuration;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Action, Confirmation, OperationNumber, Outcome, PointOfSale, Report, Timestamp, Transport};

use super::charge::{Taken, told};
use super::commit::{Committed, Move, Note};
use super::news::{due_since, is_open, is_to_be_given_back};
use super::store::{DueAfter, Duties};
use super::{Clock, FlowError, Merchant, PaymentFlow, Record, Store, Stored};
use crate::AnyPos;

/// How many operations are read at once.
const PAGE: u32 = 100;

/// How many errors are told of one run.
const ERRORS_TOLD: usize = 100;

/// What a run of [`reconcile`](PaymentFlow::reconcile) or [`expire`](PaymentFlow::expire) did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reconciled {
    /// So many operations were looked at.
    pub looked_at: u64,
    /// For so many nothing is open any more.
    pub settled: u64,
    /// So many stay open: the next run looks again.
    pub open: u64,
    /// What could not be done, and for which operation: the first hundred.
    pub errors: Vec<(OperationNumber, FlowError)>,
}

/// What is done with each operation that is due. Not a closure: the future of a generic one cannot be proved `Send`, and
/// a program spawns these.
#[derive(Clone, Copy)]
enum Chore {
    BringToEnd,
    GiveUp { begun_before: Timestamp },
}

/// How the bank answered a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asked {
    /// With its word.
    Told,
    /// It has no word yet, or knows nothing of it.
    Nothing,
    /// The question or its answer was lost.
    Lost,
}

impl<S: Store, T: Transport + Send + Sync, M: Merchant<S>, C: Clock> PaymentFlow<S, T, M, C> {
    /// Brings to its end what was left open for at least that long: running charges and captures whose process died, lost
    /// answers, open refunds and voids, pending operations of buyers who never came back, handlers that failed, and, where the
    /// [options](super::Options::refund_duplicates) say so, second payments.
    ///
    /// Call it every few minutes, and after a restart. It reads page by page, asks the bank about each operation once, and may
    /// run on several machines at once: an operation belongs to whoever claims it first. One that fails does not stop the others.
    ///
    /// # Errors
    /// [`FlowError::Store`] when the list of open operations cannot be read.
    pub async fn reconcile(&self, older_than: Duration) -> Result<Reconciled, FlowError> {
        self.over_due(self.ago(older_than), Chore::BringToEnd).await
    }

    /// Gives up pending operations that were begun at least that long ago, after the bank was asked (where it can be, and its
    /// answer was not lost): they are `Cancelled`. An approval that comes all the same pays the sale.
    ///
    /// # Errors
    /// As [`reconcile`](Self::reconcile).
    pub async fn expire(&self, older_than: Duration) -> Result<Reconciled, FlowError> {
        self.over_due(self.parts.clock.now(), Chore::GiveUp { begun_before: self.ago(older_than) }).await
    }

    async fn over_due(&self, until: Timestamp, chore: Chore) -> Result<Reconciled, FlowError> {
        let mut done = Reconciled::default();
        let mut after = None;
        loop {
            let page = self.parts.store.due(until, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(done) };
            after = last.record.due_since.map(|due_since| DueAfter { due_since, id: last.id });
            for stored in page {
                let number = stored.operation().number().clone();
                match self.chore(stored, chore).await {
                    Ok(None) => {}
                    Ok(Some(stored)) => {
                        done.looked_at += 1;
                        if stored.record.due_since.is_some() { done.open += 1 } else { done.settled += 1 }
                    }
                    Err(error) => {
                        tracing::warn!(%number, %error, "not reconciled");
                        done.looked_at += 1;
                        done.open += 1;
                        if done.errors.len() < ERRORS_TOLD {
                            done.errors.push((number, error));
                        }
                    }
                }
            }
        }
    }

    async fn chore(&self, stored: Stored, chore: Chore) -> Result<Option<Stored>, FlowError> {
        match chore {
            Chore::BringToEnd => {
                let span = tracing::info_span!("reconcile", number = %stored.operation().number());
                self.bring_to_end(stored).instrument(span).await
            }
            Chore::GiveUp { begun_before } => {
                let old = stored.record.begun_at <= begun_before;
                if !old || stored.operation().state() != OperationState::Pending {
                    return Ok(None);
                }
                let span = tracing::info_span!("expire", number = %stored.operation().number());
                let Some(stored) = self.claim(stored).await? else { return Ok(None) };
                Ok(Some(self.give_up(stored, "nobody paid in time").instrument(span).await?))
            }
        }
    }

    /// One operation. None when it is another's.
    async fn bring_to_end(&self, stored: Stored) -> Result<Option<Stored>, FlowError> {
        let running = is_open(stored.operation()) && stored.operation().state() != OperationState::Pending;
        if running && stored.record.duties.is_empty() && self.is_young(&stored) {
            return Ok(None);
        }
        let Some(mut stored) = self.claim(stored).await? else { return Ok(None) };
        if !stored.record.duties.is_empty() {
            stored = self.tell_what_is_owed(stored).await?;
        }
        if is_open(stored.operation()) {
            let pos = self.pos_of(&stored)?;
            stored = self.settle(pos, stored).await?.0;
        }
        if self.parts.options.refund_duplicates && is_to_be_given_back(&stored.record) {
            self.refund_duplicate(stored.id).await?;
            stored = self.again(&stored).await?;
        }
        Ok(Some(stored))
    }

    /// Asks the bank about what is open of an operation, and moves it by the answer.
    pub(super) async fn settle(&self, pos: &AnyPos, stored: Stored) -> Result<(Stored, Asked), FlowError> {
        if !is_open(stored.operation()) {
            return Ok((stored, Asked::Nothing));
        }
        let young = self.is_young(&stored);
        if !pos.capabilities().query {
            return Ok((self.lost(stored, young).await?, Asked::Nothing));
        }
        let action = open_action(stored.operation());
        let report = self.ask(action, pos.query(stored.operation(), self.parts.clock.now())?).await;
        let Report::Confirmed(confirmation) = &report else {
            tracing::info!("asked: {}", told(&report));
            let asked = if matches!(report, Report::Open { .. }) { Asked::Nothing } else { Asked::Lost };
            return Ok((self.lost(stored, young).await?, asked));
        };
        // what was asked a moment ago may still be on its way: that the bank does not have it yet says nothing
        let approval = confirmation.action() == Action::Approval;
        let in_flight = young && stored.operation().state() != OperationState::Pending;
        if in_flight && (approval || confirmation.outcome() != Outcome::Approved) {
            return Ok((stored, Asked::Nothing));
        }
        Ok((self.told_by_books(pos, stored, &report, confirmation).await?, Asked::Told))
    }

    async fn told_by_books(
        &self,
        pos: &AnyPos,
        stored: Stored,
        report: &Report,
        confirmation: &Confirmation,
    ) -> Result<Stored, FlowError> {
        let mut after = stored.operation().clone();
        let late = after.settle_query(report)?.late();
        let mut stored = stored;
        if after != *stored.operation() {
            let note = Note::of_answer(format!("asked: {} → {}", told(report), after.state()));
            match self.commit(&stored, &Move { after, note, listening: None, late }).await? {
                Committed::Done(moved) => stored = moved,
                // somebody else brought news
                _ => return self.again(&stored).await,
            }
        }
        let uncharged = confirmation.action() == Action::Approval && confirmation.is_approved_payment();
        if uncharged && stored.operation().state() == OperationState::Pending {
            let note = Note::of_answer(String::new());
            return match self.take(pos, stored.clone(), confirmation, &note, None).await? {
                Taken::Kept(stored) | Taken::Running(stored) | Taken::NotKept(stored, _) => Ok(stored),
                Taken::Again => self.again(&stored).await,
            };
        }
        Ok(stored)
    }

    /// The bank did not tell. A charge or capture that nobody waits for any more is unknown from now on.
    async fn lost(&self, stored: Stored, young: bool) -> Result<Stored, FlowError> {
        if young || stored.operation().state() != OperationState::Charging {
            return Ok(stored);
        }
        let mut after = stored.operation().clone();
        let report = Report::unknown(open_action(&after), "nobody waits for its answer any more");
        after.settle(&report)?;
        let note = Note::of_answer(format!("{} → {}", told(&report), after.state()));
        match self.commit(&stored, &Move { after, note, listening: None, late: false }).await? {
            Committed::Done(stored) => Ok(stored),
            _ => self.again(&stored).await,
        }
    }

    /// Whether what was asked of the bank may still be answered to whoever asked.
    pub(super) fn is_young(&self, stored: &Stored) -> bool {
        stored.record.changed_at > self.ago(self.parts.options.lease)
    }

    fn ago(&self, duration: Duration) -> Timestamp {
        let now = self.parts.clock.now();
        SignedDuration::try_from(duration).ok().and_then(|duration| now.checked_sub(duration).ok()).unwrap_or(Timestamp::MIN)
    }

    /// Says that this run looks after it: whoever reads it later finds it claimed. `changed_at` stays: the lease of what was
    /// asked counts from when it was asked.
    async fn claim(&self, stored: Stored) -> Result<Option<Stored>, FlowError> {
        let record = Record { due_since: Some(self.parts.clock.now()), ..stored.record.clone() };
        let mut tx = self.parts.store.transaction().await?;
        if !self.parts.store.update(&mut tx, &stored, &record).await? {
            return Ok(None);
        }
        self.parts.store.commit(tx).await?;
        Ok(Some(Stored { id: stored.id, version: stored.version + 1, record }))
    }

    /// Calls the handlers that failed when it happened.
    async fn tell_what_is_owed(&self, stored: Stored) -> Result<Stored, FlowError> {
        let now = self.parts.clock.now();
        let store = &self.parts.store;
        let mut record = Record { duties: Duties::default(), changed_at: now, ..stored.record.clone() };
        record.due_since = due_since(&record, self.parts.options.refund_duplicates, now);
        let mut tx = store.transaction().await?;
        if !store.update(&mut tx, &stored, &record).await? {
            drop(tx);
            return self.again(&stored).await;
        }
        let told = Stored { id: stored.id, version: stored.version + 1, record };
        if let Err((handler, reason)) = self.tell(&told, &stored.record.duties, false, now, &mut tx).await {
            drop(tx);
            tracing::error!(handler, reason, "the handler failed again");
            return Ok(stored);
        }
        let note = Note::of_application("the handlers that had failed are told");
        store.add_evidence(&mut tx, &super::commit::evidence(Some(&told), &note, now)).await?;
        store.commit(tx).await?;
        Ok(told)
    }
}

/// What the open question is about.
fn open_action(operation: &Operation) -> Action {
    use vpos_core::operation::OpenQuestion;
    match operation.open_question() {
        OpenQuestion::Void => Action::Void,
        OpenQuestion::Refund(_) => Action::Refund,
        OpenQuestion::Capture => Action::Capture,
        OpenQuestion::Payment => super::calls::payment_action(operation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::OperationId;

    fn goes_to_another_thread(_: impl Send) {}

    /// Whatever the store, the transport and the merchant are: a program spawns these calls. That it compiles is the test.
    fn every_call_can_be_spawned<S, T, M, C>(flow: &PaymentFlow<S, T, M, C>, payment: &vpos_core::Payment)
    where
        S: Store,
        T: Transport + Send + Sync,
        M: Merchant<S>,
        C: Clock,
    {
        let (amount, message) = (payment.amount(), vpos_core::http::Request::new(Vec::new()));
        goes_to_another_thread(flow.begin("caja", payment));
        goes_to_another_thread(flow.confirm("caja", message));
        goes_to_another_thread(flow.reconcile(Duration::ZERO));
        goes_to_another_thread(flow.expire(Duration::ZERO));
        goes_to_another_thread(flow.cancel("PED-17"));
        goes_to_another_thread(flow.refund("PED-17", amount, ""));
        goes_to_another_thread(flow.refund_duplicate(OperationId::new(1)));
        goes_to_another_thread(flow.capture("PED-17", amount));
        goes_to_another_thread(flow.void("PED-17"));
        goes_to_another_thread(flow.query("PED-17"));
        goes_to_another_thread(flow.abandon("PED-17", "Ana"));
    }

    #[test]
    fn calls_can_be_spawned() {
        use crate::flow::{MemoryStore, SystemClock};

        type Nowhere = fn(
            vpos_core::http::Request<Vec<u8>>,
            vpos_core::TimeLimit,
        ) -> std::future::Ready<Result<vpos_core::http::Response<Vec<u8>>, vpos_core::Lost>>;
        struct Nobody;
        impl Merchant<MemoryStore> for Nobody {
            type Error = std::fmt::Error;
            async fn on_paid(&self, _: &crate::flow::Paid, _: &mut crate::flow::MemoryTx) -> Result<(), std::fmt::Error> {
                Ok(())
            }
        }
        let _: fn(&PaymentFlow<MemoryStore, Nowhere, Nobody, SystemClock>, &vpos_core::Payment) = every_call_can_be_spawned;
    }
}
