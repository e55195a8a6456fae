//! The one place that writes a move: the operation, its sale, the merchant's handlers, the evidence and the outbox, in one
//! commit or not at all.

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use vpos_core::jiff::SignedDuration;
use vpos_core::operation::Operation;
use vpos_core::{Amount, Bank, Timestamp};

use super::guard::unpanicked;
use super::merchant::{About, Authorized, Paid, Refunded, Released};
use super::news::{News, due_since, is_given_up, is_secured};
use super::store::{Duties, Event, EventKind, Evidence, Source, StoreError};
use super::{Clock, FlowError, Merchant, PaymentFlow, Problem, Record, Store, Stored};

/// How often a write is tried that others were in the way of.
const TRIES: u32 = 8;

/// The same where others were in a handler's way: it may have waited long for each.
const HANDLER_TRIES: u32 = 3;

/// What is written beside the operation: where the news comes from, and what was made of it.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) source: Source,
    pub(super) from: Option<IpAddr>,
    /// Which bank, where no operation tells.
    pub(super) bank: Option<Bank>,
    pub(super) verdict: String,
    pub(super) message: String,
}

impl Note {
    /// What the application asked for.
    pub(super) fn of_application(verdict: impl Into<String>) -> Self {
        Self { source: Source::Application, from: None, bank: None, verdict: verdict.into(), message: String::new() }
    }

    /// What the bank answered.
    pub(super) fn of_answer(verdict: impl Into<String>) -> Self {
        Self { source: Source::Answer, from: None, bank: None, verdict: verdict.into(), message: String::new() }
    }
}

/// A move to be written.
pub(super) struct Move {
    pub(super) after: Operation,
    pub(super) note: Note,
    /// The bank waits for our answer and annuls the payment when it is a no, or when it does not come by then.
    pub(super) listening: Option<Listening>,
    /// The operation had been given up before.
    pub(super) late: bool,
}

/// What a person must hear of a move, beside what the move itself tells.
#[derive(Clone, Copy)]
pub(super) enum Hears<'a> {
    Nothing,
    /// The bank was told no, for this reason, and annuls.
    Annulled(&'a str),
    /// Another operation had paid the sale.
    NotCharged,
}

/// A bank that listens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listening {
    pub(super) deadline: Option<Timestamp>,
}

/// What became of a move.
#[expect(clippy::large_enum_variant, reason = "it lives on the stack for a moment")]
pub(super) enum Committed {
    /// It is written.
    Done(Stored),
    /// Somebody wrote the operation meanwhile: read it again.
    Conflict,
    /// A handler failed, or it is too late, and the bank can still be told no: nothing is written.
    Refused(Refused),
}

/// Why nothing was written although the operation could have been.
#[derive(Debug)]
pub(super) enum Refused {
    Handler { reason: String },
    TooLate,
}

/// How one try ended.
#[expect(clippy::large_enum_variant, reason = "it lives on the stack for a moment")]
enum Tried {
    Done(Stored, Vec<Problem>),
    Conflict,
    TooLate,
    HandlerFailed(Unheard),
}

/// A handler that did not take its news.
pub(super) struct Unheard {
    /// Its name.
    pub(super) handler: &'static str,
    /// Its own words, or what it did instead of an end.
    pub(super) reason: String,
    /// Another transaction was in its way.
    busy: bool,
}

/// Whether the handlers are told in this commit, or are owed it because they failed.
#[derive(Clone, Copy)]
enum Tell<'a> {
    Now,
    Later { handler: &'static str, reason: &'a str },
}

impl<S: Store, T, M: Merchant<S>, C: Clock> PaymentFlow<S, T, M, C> {
    /// Writes a move. Where others are in the way it is tried again; where a handler fails and the bank does not listen, the
    /// operation is written all the same, and the handler is owed.
    pub(super) async fn commit(&self, was: &Stored, to: &Move) -> Result<Committed, FlowError> {
        self.commit_and_tell(was, to, Hears::Nothing).await
    }

    /// The same, and a person hears of it: the outbox has the problem by the same commit.
    pub(super) async fn commit_and_tell(&self, was: &Stored, to: &Move, hears: Hears<'_>) -> Result<Committed, FlowError> {
        match self.try_often(was, to, Tell::Now, hears).await? {
            Tried::HandlerFailed(Unheard { reason, .. }) if listens(was, to) => {
                Ok(Committed::Refused(Refused::Handler { reason }))
            }
            Tried::HandlerFailed(Unheard { handler, reason, .. }) => {
                let owed = Tell::Later { handler, reason: &reason };
                self.finish(self.try_often(was, to, owed, hears).await?).await
            }
            tried => self.finish(tried).await,
        }
    }

    async fn finish(&self, tried: Tried) -> Result<Committed, FlowError> {
        match tried {
            Tried::Done(stored, problems) => {
                for problem in problems {
                    self.tell_problem(&problem).await;
                }
                Ok(Committed::Done(stored))
            }
            Tried::TooLate => Ok(Committed::Refused(Refused::TooLate)),
            // handlers that are owed are not called, so none can fail
            Tried::Conflict | Tried::HandlerFailed(_) => Ok(Committed::Conflict),
        }
    }

    async fn try_often(&self, was: &Stored, to: &Move, tell: Tell<'_>, hears: Hears<'_>) -> Result<Tried, FlowError> {
        let (mut left, mut handlers) = (TRIES, HANDLER_TRIES);
        loop {
            match self.try_once(was, to, tell, hears).await {
                Err(error) if error.is_busy() && left > 0 => left -= 1,
                // what it wrote is rolled back, so nothing is done twice
                Ok(Tried::HandlerFailed(unheard)) if unheard.busy && handlers > 0 => {
                    tracing::info!(handler = unheard.handler, reason = unheard.reason, "others were in its way: again");
                    handlers -= 1;
                }
                tried => return Ok(tried?),
            }
            self.pause((TRIES - left) + (HANDLER_TRIES - handlers)).await;
        }
    }

    /// A little longer each time.
    pub(super) async fn pause(&self, turn: u32) {
        self.parts.clock.sleep(Duration::from_millis(u64::from(turn.min(10)) * 5)).await;
    }

    /// The time, as fine as every store keeps it: what is read back is what was written.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.parts.clock.now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// A panic of the merchant's is the merchant's: the payment is stored. So is a wait without end.
    async fn tell_problem(&self, problem: &Problem) {
        let told = unpanicked(self.parts.merchant.on_problem(problem));
        let told = self.parts.clock.within(self.parts.options.handler_limit, told).await;
        if let Err(reason) = told.unwrap_or_else(|| Err(self.too_long())) {
            tracing::error!(%problem, reason, "on_problem failed");
        }
    }

    fn too_long(&self) -> String {
        format!("it took longer than {:?}", self.parts.options.handler_limit)
    }

    async fn try_once(&self, was: &Stored, to: &Move, tell: Tell<'_>, hears: Hears<'_>) -> Result<Tried, StoreError> {
        let now = self.now();
        let news = News::between(was.operation(), &to.after);
        let store = &self.parts.store;
        let mut record = Record { operation: to.after.clone(), changed_at: now, ..was.record.clone() };
        let mut tx = store.transaction().await?;
        // the sale first, then the operation: everybody locks in this order
        let sale = to.after.sale();
        if news.secured() || news.regained {
            record.duplicate = !store.pay_sale(&mut tx, sale, was.id).await?;
        }
        if news.released {
            store.release_sale(&mut tx, sale, was.id).await?;
        }
        let tells = if record.duplicate { Duties::default() } else { news.duties() };
        // in the order in which it happened: what is owed comes first
        let tells = if tells.is_empty() { tells } else { together(&record.duties, &tells) };
        match tell {
            Tell::Later { .. } => record.duties = together(&record.duties, &tells),
            Tell::Now if !tells.is_empty() => record.duties = Duties::default(),
            Tell::Now => {}
        }
        let due = due_since(&record, self.parts.options.refund_duplicates, now);
        record.due_since = due.or_else(|| self.last_look(&record, &news, now));
        // before the handlers: whoever lost the race must not call them
        if !store.update(&mut tx, was, &record).await? {
            return Ok(Tried::Conflict);
        }
        let stored = Stored { id: was.id, version: was.version + 1, record };
        if let Tell::Now = tell
            && let Err(unheard) = self.tell(&stored, &tells, to.late, now, &mut tx).await
        {
            return Ok(Tried::HandlerFailed(unheard));
        }
        let problems = problems(&stored, &news, to.late, tell, hears, now);
        let note = noted(&to.note, tell);
        let written = self.write_words(&stored, &news, &note, &problems, now, &mut tx).await;
        match written {
            // a handler that swallowed its database's error leaves a transaction that takes nothing more
            Err(StoreError::Failed(reason)) if matches!(tell, Tell::Now) && !tells.is_empty() => {
                return Ok(Tried::HandlerFailed(Unheard { handler: "a handler", reason, busy: false }));
            }
            written => written?,
        }
        let too_late = |listening: Listening| listening.deadline.is_some_and(|deadline| self.parts.clock.now() > deadline);
        if news.secured() && listens(was, to) && to.listening.is_some_and(too_late) {
            return Ok(Tried::TooLate);
        }
        self.committed(store.commit(tx).await, &evidence(Some(&stored), &note, now)).await?;
        Ok(Tried::Done(stored, problems))
    }

    /// When what is given up now is asked about once more.
    fn last_look(&self, record: &Record, news: &News, now: Timestamp) -> Option<Timestamp> {
        if news.failed || (news.cancelled && !news.released) {
            return self.look_again_at(now);
        }
        record.due_since.filter(|_| is_given_up(&record.operation))
    }

    /// So long after now.
    pub(super) fn look_again_at(&self, now: Timestamp) -> Option<Timestamp> {
        now.checked_add(SignedDuration::try_from(self.parts.options.look_again).ok()?).ok()
    }

    /// A commit whose answer was lost may have been done: then its evidence is there.
    async fn committed(&self, answer: Result<(), StoreError>, evidence: &Evidence) -> Result<(), StoreError> {
        let (Err(error), Some(id)) = (answer, evidence.operation) else { return Ok(()) };
        tracing::warn!(%error, "the answer to a commit was lost");
        for turn in 1..=3 {
            self.pause(turn * 10).await;
            match self.parts.store.evidence(id, u32::MAX >> 1).await {
                Ok(rows) if rows.contains(evidence) => return Ok(()),
                Ok(_) => return Err(error),
                Err(again) => tracing::warn!(error = %again, "whether it was committed is not known yet"),
            }
        }
        Err(error)
    }

    /// Calls the handlers that are to be told, one after the other.
    pub(super) async fn tell(
        &self,
        stored: &Stored,
        duties: &Duties,
        late: bool,
        now: Timestamp,
        tx: &mut S::Tx,
    ) -> Result<(), Unheard> {
        let merchant = &self.parts.merchant;
        let operation = stored.operation();
        let about = || About::new(stored, operation, now);
        if duties.authorized {
            self.heard("on_authorized", merchant.on_authorized(&Authorized { about: about(), late }, tx)).await?;
        }
        if duties.paid {
            self.heard("on_paid", merchant.on_paid(&Paid { about: about(), late }, tx)).await?;
        }
        for (refund, amount) in given_back(operation, duties) {
            self.heard("on_refunded", merchant.on_refunded(&Refunded { about: about(), refund, amount }, tx)).await?;
        }
        if duties.voided && operation.charged().is_none() {
            self.heard("on_released", merchant.on_released(&Released { about: about() }, tx)).await?;
        }
        Ok(())
    }

    /// What a handler ends in. That it panics or does not end is a failure of it too: the transaction that it has is wanted by
    /// others.
    async fn heard(&self, handler: &'static str, call: impl Future<Output = Result<(), M::Error>> + Send) -> Result<(), Unheard> {
        let failed = |reason| Unheard { handler, reason, busy: false };
        match self.parts.clock.within(self.parts.options.handler_limit, unpanicked(call)).await {
            Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(error))) => {
                Err(Unheard { handler, reason: error.to_string(), busy: self.parts.merchant.is_busy(&error) })
            }
            Some(Err(reason)) => Err(failed(reason)),
            None => Err(failed(self.too_long())),
        }
    }

    async fn write_words(
        &self,
        stored: &Stored,
        news: &News,
        note: &Note,
        problems: &[Problem],
        now: Timestamp,
        tx: &mut S::Tx,
    ) -> Result<(), StoreError> {
        let store = &self.parts.store;
        store.add_evidence(tx, &evidence(Some(stored), note, now)).await?;
        if !stored.record.duplicate {
            for (kind, amount) in news.events(stored.operation()) {
                store.add_event(tx, &event(stored, kind, amount, String::new(), now)).await?;
            }
        }
        for problem in problems {
            let amount = stored.operation().amount();
            store.add_event(tx, &event(stored, EventKind::Problem, amount, problem.to_string(), now)).await?;
        }
        Ok(())
    }

    /// Writes evidence alone: of a message that moved nothing.
    pub(super) async fn keep(&self, stored: Option<&Stored>, note: &Note) -> Result<(), StoreError> {
        let store = &self.parts.store;
        let evidence = evidence(stored, note, self.now());
        let mut left = TRIES;
        loop {
            let written = async {
                let mut tx = store.transaction().await?;
                store.add_evidence(&mut tx, &evidence).await?;
                store.commit(tx).await
            };
            match written.await {
                Err(error) if error.is_busy() && left > 0 => {
                    left -= 1;
                    self.pause(TRIES - left).await;
                }
                written => return written,
            }
        }
    }

    /// Tells of a problem that moved nothing: evidence, outbox, then the merchant.
    pub(super) async fn report(&self, stored: &Stored, note: &Note, problem: Problem) -> Result<(), StoreError> {
        let store = &self.parts.store;
        let now = self.now();
        let mut tx = store.transaction().await?;
        store.add_evidence(&mut tx, &evidence(Some(stored), note, now)).await?;
        let told = event(stored, EventKind::Problem, stored.operation().amount(), problem.to_string(), now);
        store.add_event(&mut tx, &told).await?;
        store.commit(tx).await?;
        self.tell_problem(&problem).await;
        Ok(())
    }
}

/// Whether the bank waits for our word on what is written, and nothing of it was kept before.
fn listens(was: &Stored, to: &Move) -> bool {
    to.listening.is_some() && !is_secured(was.operation())
}

/// The evidence tells of a handler that failed.
fn noted(note: &Note, tell: Tell<'_>) -> Note {
    match tell {
        Tell::Now => note.clone(),
        Tell::Later { handler, reason } => {
            Note { verdict: format!("{}; {handler} failed and is owed: {reason}", note.verdict), ..note.clone() }
        }
    }
}

/// Which refunds, and the void of a charge, the merchant is to be told.
fn given_back(operation: &Operation, duties: &Duties) -> Vec<(Option<vpos_core::operation::RefundId>, Amount)> {
    let refunds = duties.refunds.iter().filter_map(|id| Some((Some(*id), operation.refund(*id).ok()?.amount)));
    let void = operation.charged().filter(|_| duties.voided).map(|charged| (None, charged));
    refunds.chain(void).collect()
}

fn together(owed: &Duties, new: &Duties) -> Duties {
    let mut all = owed.clone();
    all.authorized |= new.authorized;
    all.paid |= new.paid;
    all.voided |= new.voided;
    all.refunds.extend(&new.refunds);
    all
}

fn problems(stored: &Stored, news: &News, late: bool, tell: Tell<'_>, hears: Hears<'_>, now: Timestamp) -> Vec<Problem> {
    let about = || About::new(stored, stored.operation(), now);
    let mut problems = Vec::new();
    if (news.secured() || news.regained) && stored.record.duplicate {
        problems.push(Problem::DoublePayment(about()));
    } else if news.secured() && late {
        problems.push(Problem::LatePayment(about()));
    }
    if news.refund_undone {
        problems.push(Problem::RefundUndone(about()));
    }
    if let Tell::Later { handler, reason } = tell {
        problems.push(Problem::HandlerFailed { about: about(), handler, reason: reason.to_owned() });
    }
    match hears {
        Hears::Nothing => {}
        Hears::Annulled(reason) => problems.push(Problem::Annulled { about: about(), reason: reason.to_owned() }),
        Hears::NotCharged => problems.push(Problem::NotCharged(about())),
    }
    problems
}

/// A row of evidence about an operation, or about none.
pub(super) fn evidence(stored: Option<&Stored>, note: &Note, at: Timestamp) -> Evidence {
    Evidence {
        operation: stored.map(|stored| stored.id),
        bank: stored.map(|stored| stored.operation().acceptor().bank()).or(note.bank),
        at,
        source: note.source,
        from: note.from,
        verdict: note.verdict.clone(),
        message: note.message.clone(),
    }
}

fn event(stored: &Stored, kind: EventKind, amount: Amount, detail: String, at: Timestamp) -> Event {
    let operation = stored.operation();
    Event {
        operation: stored.id,
        sale: operation.sale().to_owned(),
        number: operation.number().clone(),
        kind,
        amount,
        at,
        detail,
    }
}
