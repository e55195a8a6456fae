//! A round over what is due: page by page, each operation once. No operation, no row and no bank stops the others.

use std::collections::BTreeMap;

use tracing::Instrument as _;
use vpos_core::operation::OperationState;
use vpos_core::{OperationNumber, Timestamp, Transport};

use super::news::is_given_up;
use super::reconcile::Asked;
use super::store::{DueAfter, OperationId, StoreError};
use super::{Clock, FlowError, Merchant, PaymentFlow, Store, Stored};
use crate::PosId;

/// How many operations are read at once.
const PAGE: u32 = 100;

/// How many errors are told of one run.
const ERRORS_TOLD: usize = 100;

/// After so many lost answers of one contract's bank its other operations wait for the next run: each may take a time limit,
/// and the other banks' operations stand behind it.
const LOST_ANSWERS: u32 = 5;

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
    /// So many were left alone, since they are another's: asked of the bank less than the [lease](super::Options::lease) ago,
    /// or claimed by another machine meanwhile. Not among those that were looked at.
    pub skipped: u64,
    /// So many were left for the next run, since five answers of their contract's bank were lost in this one. Not among those
    /// that were looked at; their place in the line stays.
    pub put_off: u64,
    /// What could not be done, and for which operation: the first hundred.
    pub errors: Vec<(OperationNumber, FlowError)>,
    /// What the store has and cannot read, with the column and what is wrong with it: the first hundred. Counted as looked at and
    /// open: a person must look into the database.
    pub unreadable: Vec<(OperationId, StoreError)>,
}

/// What is done about what is due. No closure: the future of one that borrows the flow cannot be proved Send.
#[derive(Clone, Copy)]
pub(super) enum Round {
    Reconcile { due_before: Timestamp },
    Expire { begun_before: Timestamp },
}

/// What a round did about one operation.
#[expect(clippy::large_enum_variant, reason = "it lives on the stack for a moment")]
pub(super) enum Turn {
    /// There is nothing to do about it yet.
    NotDue,
    /// It is another's.
    Another,
    /// Its bank does not answer: the next run.
    PutOff,
    /// What was to be done is done; how the bank answered, where it was asked.
    LookedAt(Stored, Option<Asked>),
}

/// A page of what is due, and where the next one begins.
struct Page {
    rows: Vec<Stored>,
    last: DueAfter,
}

/// The banks that do not answer in this run: how many answers of each contract were lost since its last word.
#[derive(Default)]
struct Silence(BTreeMap<PosId, u32>);

impl Silence {
    fn hear(&mut self, pos: PosId, asked: Asked) {
        match asked {
            Asked::Told => _ = self.0.remove(&pos),
            Asked::Nothing => {}
            Asked::Lost => *self.0.entry(pos).or_default() += 1,
        }
    }

    fn is_of(&self, pos: &PosId) -> bool {
        self.0.get(pos).is_some_and(|lost| *lost >= LOST_ANSWERS)
    }
}

impl<S: Store, T: Transport + Send + Sync, M: Merchant<S>, C: Clock> PaymentFlow<S, T, M, C> {
    pub(super) async fn over_due(&self, until: Timestamp, round: Round) -> Result<Reconciled, FlowError> {
        let mut done = Reconciled::default();
        let mut silence = Silence::default();
        let mut after = None;
        while let Some(page) = self.page(until, after, &mut done).await? {
            after = Some(page.last);
            for stored in page.rows {
                let (number, pos) = (stored.operation().number().clone(), stored.pos().clone());
                let turn = Box::pin(self.one(stored, until, round, silence.is_of(&pos))).await;
                if let Ok(Turn::LookedAt(_, Some(asked))) = &turn {
                    silence.hear(pos, *asked);
                }
                count(&mut done, number, turn);
            }
        }
        Ok(done)
    }

    /// The next page. Where a row of it cannot be read, its rows are read one by one, and that one is told and passed by.
    async fn page(&self, until: Timestamp, after: Option<DueAfter>, done: &mut Reconciled) -> Result<Option<Page>, FlowError> {
        let store = &self.parts.store;
        match store.due(until, after, PAGE).await {
            Ok(rows) => {
                let place = |last: &Stored| last.record.due_since.map(|due_since| DueAfter { due_since, id: last.id });
                return Ok(rows.last().and_then(place).map(|last| Page { rows, last }));
            }
            Err(StoreError::Corrupt { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let places = store.due_places(until, after, PAGE).await?;
        let Some(last) = places.last().copied() else { return Ok(None) };
        let (rows, unreadable) = self.one_by_one(places.iter().map(|place| place.id)).await?;
        for (id, error) in unreadable {
            done.looked_at += 1;
            done.open += 1;
            if done.unreadable.len() < ERRORS_TOLD {
                done.unreadable.push((id, error));
            }
        }
        Ok(Some(Page { rows, last }))
    }

    /// One operation. `silent`: its bank does not answer in this run, so what it has to be asked waits for the next one.
    async fn one(&self, stored: Stored, until: Timestamp, round: Round, silent: bool) -> Result<Turn, FlowError> {
        match round {
            Round::Reconcile { due_before } => {
                // what the merchant is owed does not wait
                let due = stored.record.due_since.is_some_and(|due_since| due_since <= due_before);
                if !due && stored.record.duties.is_empty() {
                    return Ok(Turn::NotDue);
                }
                let span = tracing::info_span!("reconcile", number = %stored.operation().number());
                self.bring_to_end(stored, until, silent).instrument(span).await
            }
            Round::Expire { begun_before } => {
                if stored.record.begun_at > begun_before || stored.operation().state() != OperationState::Pending {
                    return Ok(Turn::NotDue);
                }
                if silent {
                    return Ok(Turn::PutOff);
                }
                let span = tracing::info_span!("expire", number = %stored.operation().number());
                let Some(stored) = self.claim(stored, until).await? else { return Ok(Turn::Another) };
                let (stored, asked) = self.give_up(stored, "nobody paid in time").instrument(span).await?;
                Ok(Turn::LookedAt(stored, Some(asked)))
            }
        }
    }
}

impl<S: Store, T, M, C> PaymentFlow<S, T, M, C> {
    /// Reads operations one by one: those that can be read, and those that cannot.
    pub(super) async fn one_by_one(
        &self,
        ids: impl Iterator<Item = OperationId> + Send,
    ) -> Result<(Vec<Stored>, Vec<(OperationId, StoreError)>), StoreError> {
        let (mut read, mut unreadable) = (Vec::new(), Vec::new());
        for id in ids {
            match self.parts.store.get(id).await {
                Ok(found) => read.extend(found),
                Err(error @ StoreError::Corrupt { .. }) => {
                    tracing::error!(operation = %id, %error, "a stored operation cannot be read: a person must look");
                    unreadable.push((id, error));
                }
                Err(error) => return Err(error),
            }
        }
        Ok((read, unreadable))
    }
}

fn count(done: &mut Reconciled, number: OperationNumber, turn: Result<Turn, FlowError>) {
    match turn {
        Ok(Turn::NotDue) => {}
        Ok(Turn::Another) => done.skipped += 1,
        Ok(Turn::PutOff) => done.put_off += 1,
        Ok(Turn::LookedAt(stored, _)) => {
            done.looked_at += 1;
            let open = stored.record.due_since.is_some() && !is_given_up(stored.operation());
            if open { done.open += 1 } else { done.settled += 1 }
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
