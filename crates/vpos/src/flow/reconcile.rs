//! What a crash, a lost answer or a failed handler left open is brought to its end.

use std::time::Duration;

use vpos_core::jiff::SignedDuration;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Action, Confirmation, Outcome, PointOfSale, Report, Timestamp, Transport};

use super::charge::{Taken, told};
use super::commit::{Committed, Move, Note};
use super::news::{due_since, is_given_up, is_open, is_secured, is_to_be_given_back};
use super::rounds::{Reconciled, Round, Turn};
use super::store::Duties;
use super::{Clock, FlowError, Merchant, PaymentFlow, Record, Store, Stored};
use crate::AnyPos;

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
    /// run on several machines at once: an operation belongs to whoever claims it first. One that fails does not stop the others,
    /// nor does a row that cannot be read ([`Reconciled::unreadable`]), nor a bank that does not answer: after five lost answers
    /// the rest of its contract's operations waits for the next run ([`Reconciled::put_off`]).
    ///
    /// # Errors
    /// [`FlowError::Store`] when the list of open operations cannot be read.
    pub fn reconcile(&self, older_than: Duration) -> impl Future<Output = Result<Reconciled, FlowError>> + Send {
        async move { self.over_due(self.now(), Round::Reconcile { due_before: self.ago(older_than) }).await }
    }

    /// Gives up pending operations that were begun at least that long ago, after the bank was asked (where it can be, and its
    /// answer was not lost): they are `Cancelled`. An approval that comes all the same pays the sale.
    ///
    /// # Errors
    /// As [`reconcile`](Self::reconcile).
    pub fn expire(&self, older_than: Duration) -> impl Future<Output = Result<Reconciled, FlowError>> + Send {
        async move { self.over_due(self.now(), Round::Expire { begun_before: self.ago(older_than) }).await }
    }

    /// `silent`: the bank does not answer in this run. Then only what the merchant is owed is done.
    pub(super) async fn bring_to_end(&self, stored: Stored, until: Timestamp, silent: bool) -> Result<Turn, FlowError> {
        let owed = !stored.record.duties.is_empty();
        let running = is_open(stored.operation()) && stored.operation().state() != OperationState::Pending;
        if running && !owed && self.is_young(&stored) {
            return Ok(Turn::Another);
        }
        if silent && !owed {
            return Ok(Turn::PutOff);
        }
        let Some(mut stored) = self.claim(stored, until).await? else { return Ok(Turn::Another) };
        let mut told = Ok(());
        if owed {
            (stored, told) = self.tell_what_is_owed(stored).await?;
        }
        let mut answer = None;
        if !silent {
            (stored, answer) = self.ask_what_is_open(stored).await?;
        }
        told.map(|()| Turn::LookedAt(stored, answer))
    }

    /// Asks the bank for all that is wanted of it; how it answered, where it was asked.
    async fn ask_what_is_open(&self, stored: Stored) -> Result<(Stored, Option<Asked>), FlowError> {
        let (mut stored, mut answer) = (stored, None);
        if is_open(stored.operation()) {
            let pos = self.pos_of(&stored)?;
            let (asked, how) = self.settle(pos, stored).await?;
            (stored, answer) = (asked, Some(how));
        } else if is_given_up(stored.operation()) {
            let (asked, how) = self.look_again(stored).await?;
            (stored, answer) = (asked, Some(how));
        }
        if self.parts.options.refund_duplicates && is_to_be_given_back(&stored.record) {
            let report = self.refund_duplicate(stored.id).await?;
            answer = Some(if report.outcome() == Outcome::Unknown { Asked::Lost } else { Asked::Told });
            stored = self.again(&stored).await?;
        }
        Ok((stored, answer))
    }

    /// Asks the bank about what is open of an operation, and moves it by the answer.
    pub(super) async fn settle(&self, pos: &AnyPos, stored: Stored) -> Result<(Stored, Asked), FlowError> {
        if !is_open(stored.operation()) && !is_given_up(stored.operation()) {
            return Ok((stored, Asked::Nothing));
        }
        let young = self.is_young(&stored);
        if !pos.capabilities().query {
            return Ok((self.lost(stored, young).await?, Asked::Nothing));
        }
        let action = open_action(stored.operation());
        let exchange = match pos.query(stored.operation(), self.parts.clock.now()) {
            Ok(exchange) => exchange,
            // the bank's own id never came: nobody was sent there, and there is nothing to ask by
            Err(vpos_core::Error::Payment { .. })
                if stored.operation().state() == OperationState::Pending || is_given_up(stored.operation()) =>
            {
                return Ok((stored, Asked::Nothing));
            }
            Err(error) => return Err(error.into()),
        };
        let report = self.ask(action, exchange).await;
        let Report::Confirmed(confirmation) = &report else {
            let asked = if matches!(report, Report::Open { .. }) { Asked::Nothing } else { Asked::Lost };
            if asked == Asked::Lost {
                tracing::warn!("asked: {}", told(&report));
            } else {
                tracing::info!("asked: {}", told(&report));
            }
            return Ok((self.lost(stored, young).await?, asked));
        };
        // what was asked a moment ago may still be on its way: that the bank does not have it yet says nothing
        let approval = confirmation.action() == Action::Approval;
        let in_flight = young && stored.operation().state() != OperationState::Pending;
        let not_voided = stored.operation().voiding() && !matches!(confirmation.action(), Action::Void | Action::Refund);
        if in_flight && (approval || not_voided || confirmation.outcome() != Outcome::Approved) {
            return Ok((stored, Asked::Nothing));
        }
        let stored = self.told_by_books(pos, stored, &report, confirmation).await?;
        // its books are not decided either: nobody waits for that charge any more
        let young = self.is_young(&stored);
        let stored = self.lost(stored, young).await?;
        // the buyer agreed, and the charge did not leave: who is about to pay is not given up
        let agreed = confirmation.action() == Action::Approval && confirmation.is_approved_payment();
        let asked = if agreed && stored.operation().state() == OperationState::Pending { Asked::Lost } else { Asked::Told };
        Ok((stored, asked))
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
        let waits = stored.operation().state() == OperationState::Pending || is_given_up(stored.operation());
        if uncharged && waits {
            let note = Note::of_answer(String::new());
            return match self.take(pos, stored.clone(), confirmation, &note, None).await? {
                Taken::Kept(stored) | Taken::Running(stored) | Taken::NotKept(stored, _) => Ok(stored),
                Taken::Again => self.again(&stored).await,
            };
        }
        Ok(stored)
    }

    /// What was given up a while ago is asked about once: a late approval whose message was lost is found by nothing else.
    async fn look_again(&self, stored: Stored) -> Result<(Stored, Asked), FlowError> {
        let pos = self.pos_of(&stored)?;
        let (mut stored, mut answer) = (stored, Asked::Nothing);
        if pos.capabilities().query {
            (stored, answer) = self.settle(pos, stored).await?;
            if matches!(answer, Asked::Lost) || !is_given_up(stored.operation()) {
                return Ok((stored, answer));
            }
        }
        let record = Record { due_since: None, ..stored.record.clone() };
        self.rewrite(stored, record).await.map(|written| (written.1, answer))
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
        let now = self.now();
        // a clock that ran ahead wrote a time that is still to come
        let ahead = SignedDuration::try_from(self.parts.options.lease).ok().and_then(|lease| now.checked_add(lease).ok());
        stored.record.changed_at > self.ago(self.parts.options.lease)
            && ahead.is_none_or(|ahead| stored.record.changed_at <= ahead)
    }

    fn ago(&self, duration: Duration) -> Timestamp {
        let now = self.now();
        SignedDuration::try_from(duration).ok().and_then(|duration| now.checked_sub(duration).ok()).unwrap_or(Timestamp::MIN)
    }

    /// Says that this run looks after it: whoever reads it later finds it claimed. `changed_at` stays: the lease of what was
    /// asked counts from when it was asked. Always later than what this run reads, or its next page would hold it again.
    pub(super) async fn claim(&self, stored: Stored, until: Timestamp) -> Result<Option<Stored>, FlowError> {
        let later = until.checked_add(SignedDuration::from_micros(1)).unwrap_or(until);
        let record = Record { due_since: Some(self.now().max(later)), ..stored.record.clone() };
        let (written, stored) = self.rewrite(stored, record).await?;
        Ok(written.then_some(stored))
    }

    /// Writes what moves nothing: when `reconcile` looks again. Whether it was written, and the operation.
    async fn rewrite(&self, stored: Stored, record: Record) -> Result<(bool, Stored), FlowError> {
        let mut tx = self.parts.store.transaction().await?;
        if !self.parts.store.update(&mut tx, &stored, &record).await? {
            return Ok((false, stored));
        }
        self.parts.store.commit(tx).await?;
        Ok((true, Stored { id: stored.id, version: stored.version + 1, record }))
    }

    /// Calls the handlers that failed when it happened; whether they failed again.
    async fn tell_what_is_owed(&self, stored: Stored) -> Result<(Stored, Result<(), FlowError>), FlowError> {
        let now = self.now();
        let store = &self.parts.store;
        let mut record = Record { duties: Duties::default(), changed_at: now, ..stored.record.clone() };
        record.due_since = due_since(&record, self.parts.options.refund_duplicates, now);
        let mut tx = store.transaction().await?;
        // of a payment that went back meanwhile, and whose sale another has paid, the merchant needs to hear no more
        let overtaken = !store.pay_sale(&mut tx, stored.operation().sale(), stored.id).await?;
        if !is_secured(stored.operation()) || stored.operation().state() == OperationState::Refunded {
            store.release_sale(&mut tx, stored.operation().sale(), stored.id).await?;
        }
        if !store.update(&mut tx, &stored, &record).await? {
            drop(tx);
            return Ok((self.again(&stored).await?, Ok(())));
        }
        let told = Stored { id: stored.id, version: stored.version + 1, record };
        if !overtaken && let Err(unheard) = self.tell(&told, &stored.record.duties, false, now, &mut tx).await {
            drop(tx);
            let super::commit::Unheard { handler, reason, .. } = unheard;
            tracing::error!(handler, reason, "the handler failed again");
            return Ok((stored, Err(FlowError::HandlerFailed { handler, reason })));
        }
        let verdict = if overtaken {
            "the handlers that had failed are not told: another operation pays the sale"
        } else {
            "the handlers that had failed are told"
        };
        store.add_evidence(&mut tx, &super::commit::evidence(Some(&told), &Note::of_application(verdict), now)).await?;
        store.commit(tx).await?;
        Ok((told, Ok(())))
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
