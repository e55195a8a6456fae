//! A confirmation moves its operation: at once, or, where the bank has not moved the money yet, by a charge.

use vpos_core::operation::{Applied, Operation, OperationState};
use vpos_core::{
    Action, Confirmation, Error, Exchange, Outcome, PointOfSale, Reference, References, Refusal, Rejection, Report, Transport,
    drive,
};

use super::commit::{Committed, Hears, Listening, Move, Note, Refused};
use super::merchant::About;
use super::{Clock, FlowError, Merchant, PaymentFlow, Problem, Store, Stored};
use crate::AnyPos;

/// What became of a confirmation.
pub(super) enum Taken {
    /// What it says is stored.
    Kept(Stored),
    /// Somebody wrote the operation meanwhile: it has to be read again.
    Again,
    /// A charge of it runs, or its answer was lost.
    Running(Stored),
    /// It is believed and was not kept.
    NotKept(Stored, Rejection),
}

impl<S: Store, T: Transport + Send + Sync, M: Merchant<S>, C: Clock> PaymentFlow<S, T, M, C> {
    /// Moves the operation by what the bank says by itself.
    pub(super) async fn take(
        &self,
        pos: &AnyPos,
        stored: Stored,
        confirmation: &Confirmation,
        note: &Note,
        listening: Option<Listening>,
    ) -> Result<Taken, FlowError> {
        let charges = confirmation.action() == Action::Approval && confirmation.outcome() == Outcome::Approved;
        if charges && !stored.operation().state().is_paid() {
            return self.charge(pos, stored, confirmation, note, listening).await;
        }
        let mut after = stored.operation().clone();
        let applied = after.apply(confirmation)?;
        if after == *stored.operation() {
            let note = Note { verdict: format!("no news: {}", words(confirmation, after.state())), ..note.clone() };
            super::confirm::log(self.keep(Some(&stored), &note).await);
            return Ok(Taken::Kept(stored));
        }
        if confirmation.is_approved_payment() {
            confirmation.require_in_time(self.parts.clock.now())?;
        }
        let note = Note { verdict: words(confirmation, after.state()), ..note.clone() };
        self.moved(stored, Move { after, note, listening, late: applied.late() }).await
    }

    /// Asks the bank for the money that the buyer agreed to pay. That it is asked is stored before.
    async fn charge(
        &self,
        pos: &AnyPos,
        stored: Stored,
        confirmation: &Confirmation,
        note: &Note,
        listening: Option<Listening>,
    ) -> Result<Taken, FlowError> {
        let from = stored.operation().state();
        let held = from == OperationState::Authorized || stored.operation().capturing().is_some();
        if held {
            self.keep(Some(&stored), &Note { verdict: format!("no news: {}", words(confirmation, from)), ..note.clone() })
                .await?;
            return Ok(Taken::Kept(stored));
        }
        if matches!(from, OperationState::Charging | OperationState::Unknown) {
            return Ok(Taken::Running(stored));
        }
        let mut started = stored.operation().clone();
        started.start_charge()?;
        // the answer to the charge does not tell them again
        started.learn(&card_of(confirmation.references()));
        let late = Applied::is_late(from);
        let exchange = match pos.charge(confirmation, &started, self.parts.clock.now())? {
            Exchange::Done(report) => {
                let mut after = started;
                after.settle(&report)?;
                let note = Note { verdict: words(confirmation, after.state()), ..note.clone() };
                return self.moved(stored, Move { after, note, listening, late }).await;
            }
            exchange @ Exchange::Ask(_) => exchange,
        };
        if self.parts.store.paid_by(stored.operation().sale()).await?.is_some_and(|by| by != stored.id) {
            return self.not_charged(stored, note).await;
        }
        let note = Note { verdict: words(confirmation, started.state()), ..note.clone() };
        let to = Move { after: started, note, listening: None, late };
        let Committed::Done(running) = self.commit(&stored, &to).await? else { return Ok(Taken::Again) };
        let report = self.ask(Action::Charge, exchange).await;
        let settled = self.answered(running, &report, late, Operation::settle).await?;
        if settled.operation().state() == OperationState::Unknown && pos.capabilities().query {
            // the buyer waits for our page: good news may be there already. Else reconcile asks again later
            return Ok(Taken::Kept(Box::pin(self.settle(pos, settled)).await?.0));
        }
        Ok(Taken::Kept(settled))
    }

    /// Another operation has paid the sale: this one is given up, so that `reconcile` does not ask and tell again and again.
    async fn not_charged(&self, stored: Stored, note: &Note) -> Result<Taken, FlowError> {
        let note = Note { verdict: "approved, and not charged: the sale is paid".into(), ..note.clone() };
        let mut after = stored.operation().clone();
        if stored.operation().state() == OperationState::Pending && after.cancel().is_ok() {
            let to = Move { after, note, listening: None, late: false };
            return Ok(match self.commit_and_tell(&stored, &to, Hears::NotCharged).await? {
                Committed::Done(cancelled) => Taken::Kept(cancelled),
                _ => Taken::Again,
            });
        }
        let about = About::new(&stored, stored.operation(), self.parts.clock.now());
        self.report(&stored, &note, Problem::NotCharged(about)).await?;
        Ok(Taken::Kept(stored))
    }

    async fn moved(&self, stored: Stored, to: Move) -> Result<Taken, FlowError> {
        match self.commit(&stored, &to).await? {
            Committed::Done(stored) => Ok(Taken::Kept(stored)),
            Committed::Conflict => Ok(Taken::Again),
            Committed::Refused(Refused::TooLate) => {
                let reason = "too late: the bank has annulled it by now".to_owned();
                self.annulled(stored, to.note, reason, Rejection::Refused(Refusal::Stale)).await
            }
            Committed::Refused(Refused::Handler { reason }) => {
                self.annulled(stored, to.note, format!("on_paid failed: {reason}"), Rejection::NotCommitted).await
            }
        }
    }

    /// The payment could not be kept in time, or not at all, and the bank hears a no: the operation fails.
    async fn annulled(&self, stored: Stored, note: Note, reason: String, hears: Rejection) -> Result<Taken, FlowError> {
        let mut after = stored.operation().clone();
        after.annul()?;
        // who has a copy of the message must not wake it: the money has gone back
        let mut annulled = References::new();
        annulled.insert(Reference::VoidId, "annulled");
        after.learn(&annulled);
        let note = Note { verdict: format!("approved, and the bank was told no: {reason}"), ..note };
        let to = Move { after, note, listening: None, late: false };
        Ok(match self.commit_and_tell(&stored, &to, Hears::Annulled(&reason)).await? {
            Committed::Done(stored) => Taken::NotKept(stored, hears),
            _ => Taken::Again,
        })
    }

    /// Sends what was stored as asked. An error of the exchange is no answer.
    pub(super) async fn ask(&self, action: Action, exchange: Exchange<Report>) -> Report {
        match drive(exchange, &self.parts.transport).await {
            Ok(report) => report,
            Err(Error::Transport(lost)) => Report::lost(action, &lost),
            Err(Error::Bank { code, message }) => Report::Rejected { action, code, message },
            Err(error) => Report::unknown(action, error.to_string()),
        }
    }

    /// Stores the bank's answer to what was asked.
    pub(super) async fn answered(
        &self,
        stored: Stored,
        report: &Report,
        late: bool,
        settle: impl Fn(&mut Operation, &Report) -> Result<Applied, Error> + Send,
    ) -> Result<Stored, FlowError> {
        let id = stored.id;
        let plan = |operation: &mut Operation| {
            let before = operation.clone();
            settle(operation, report)?;
            let moved = *operation != before;
            Ok(moved.then(|| ((), Note::of_answer(format!("{} → {}", told(report), operation.state())))))
        };
        let settled = self.change(stored, late, plan).await;
        if let Ok((stored, None)) = &settled {
            let verdict = format!("no news: {} → {}", told(report), stored.operation().state());
            super::confirm::log(self.keep(Some(stored), &Note::of_answer(verdict)).await);
        }
        if let Err(FlowError::Payment(error)) = &settled {
            let verdict = format!("{}, and not taken: {error}", told(report));
            match self.parts.store.get(id).await {
                Ok(there) => super::confirm::log(self.keep(there.as_ref(), &Note::of_answer(verdict)).await),
                Err(error) => tracing::error!(%error, verdict, "evidence was not written"),
            }
        }
        Ok(settled?.0)
    }
}

/// The card on file that an approval tells of.
pub(super) fn card_of(told: &References) -> References {
    let names = [Reference::CardReference, Reference::PayerId, Reference::NetworkTransactionId, Reference::MaskedCard];
    names.into_iter().filter_map(|name| Some((name, told.get(name)?.to_owned()))).collect()
}

/// What a confirmation says and where it led, in words.
fn words(confirmation: &Confirmation, to: OperationState) -> String {
    let code = confirmation.code().map(|code| format!(" (code {code})")).unwrap_or_default();
    format!("{} {}{code} → {to}", confirmation.action(), confirmation.outcome())
}

/// The same of a report.
pub(super) fn told(report: &Report) -> String {
    let code = report.code().map(|code| format!(" (code {code})")).unwrap_or_default();
    let why = match report {
        Report::Unknown { reason, .. } | Report::NotSent { reason, .. } => format!(": {reason}"),
        Report::Rejected { message, .. } => format!(": {message}"),
        _ => String::new(),
    };
    format!("{} {}{code}{why}", report.action(), report.outcome())
}
