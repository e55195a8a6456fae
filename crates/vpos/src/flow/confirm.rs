//! A message reached the notification URL: read it, find its operation, verify, move, reply.

use std::time::Duration;

use tracing::Instrument as _;
use vpos_core::http::StatusCode;
use vpos_core::operation::OperationState;
use vpos_core::{Bank, Confirmation, Error, Notification, PointOfSale, Refusal, Rejection, Reply, Transport, drive};

use super::change::TURNS;
use super::charge::Taken;
use super::commit::{Listening, Note};
use super::incoming::beginning;
use super::merchant::About;
use super::store::Source;
use super::{Clock, FlowError, Incoming, Merchant, PaymentFlow, Problem, Store, StoreError, Stored};
use crate::{AnyPos, PosId};

/// How long the first wait for another one's charge is; each is longer than the one before.
const FIRST_WAIT: Duration = Duration::from_millis(25);

/// In so many rows of an operation's evidence a refusal is looked for before a person hears of it.
const REMEMBERED: u32 = 100;

/// A message that was read, and who can verify it.
struct Received<'a> {
    incoming: &'a Incoming,
    notification: Notification,
    pos: &'a AnyPos,
}

impl Received<'_> {
    fn note(&self, verdict: impl Into<String>) -> Note {
        Note {
            source: Source::Notification,
            from: self.incoming.from,
            bank: Some(self.pos.bank()),
            verdict: verdict.into(),
            message: self.notification.evidence().replace('\0', "\u{fffd}"),
        }
    }

    /// The same of a message whose origin was not proved, or that is not of the operation: anybody can send that.
    fn unverified(&self, verdict: impl Into<String>) -> Note {
        let note = self.note(verdict);
        Note { message: beginning(&note.message), ..note }
    }
}

impl<S: Store, T: Transport + Send + Sync, M: Merchant<S>, C: Clock> PaymentFlow<S, T, M, C> {
    /// Handles what reached the notification URL of one contract: the bank's message, or a buyer who comes back with it. There
    /// is always a reply: send it as it is.
    ///
    /// The same message again gets the same reply, and nothing is charged twice. A message that is not believed changes
    /// nothing; it is kept as evidence. Nobody needs a session or a CSRF token here: the bank has none.
    pub fn confirm(&self, pos: &str, message: impl Into<Incoming> + Send) -> impl Future<Output = Reply> + Send {
        async move {
            match self.pos(pos) {
                // on the heap: the future holds a whole operation in several stages
                Ok(contract) => Box::pin(self.handle(&[contract], true, &message.into())).await,
                Err(error) => {
                    tracing::error!(%error, "a message for a contract that is not known");
                    log(self.keep(None, &unread(&message.into(), None, format!("not handled: {error}"))).await);
                    Reply::empty().with_status(StatusCode::NOT_FOUND)
                }
            }
        }
    }

    /// The same where several contracts of a bank share one notification URL: the operation that is found decides the contract,
    /// and its key verifies.
    pub fn confirm_bank(&self, bank: Bank, message: impl Into<Incoming> + Send) -> impl Future<Output = Reply> + Send {
        async move {
            let contracts: Vec<(&PosId, &AnyPos)> = self.parts.registry.of_bank(bank).collect();
            if contracts.is_empty() {
                tracing::error!(%bank, "a message for a bank without a contract");
                return Reply::empty().with_status(StatusCode::NOT_FOUND);
            }
            Box::pin(self.handle(&contracts, false, &message.into())).await
        }
    }

    /// `bound`: the URL is of one contract, which verifies whatever operation is found.
    async fn handle(&self, contracts: &[(&PosId, &AnyPos)], bound: bool, incoming: &Incoming) -> Reply {
        let mut unreadable = None;
        for (_, pos) in contracts {
            match pos.receive(&incoming.request) {
                Ok(notification) => return self.received(Received { incoming, notification, pos }, bound).await,
                Err(error) => {
                    unreadable.get_or_insert((pos, error));
                }
            }
        }
        let Some((pos, error)) = unreadable else { return Reply::empty().with_status(StatusCode::NOT_FOUND) };
        tracing::warn!(bank = %pos.bank(), %error, "an unreadable message");
        log(self.keep(None, &unread(incoming, Some(pos.bank()), format!("refused: {error}"))).await);
        pos.reject(None, None, &Rejection::from(&error))
    }

    async fn received(&self, received: Received<'_>, bound: bool) -> Reply {
        let notification = &received.notification;
        let found = match self.parts.store.find(received.pos.bank(), notification.lookup()).await {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "the store failed");
                return received.pos.reject(Some(notification), None, &Rejection::NotCommitted);
            }
        };
        let Some(stored) = found else {
            tracing::warn!(bank = %received.pos.bank(), "a message about an operation that is not known");
            log(self.keep(None, &received.unverified("refused: no such operation")).await);
            return received.pos.reject(Some(notification), None, &Rejection::UnknownOperation);
        };
        let pos = if bound { Some(received.pos) } else { self.parts.registry.get(stored.pos().as_str()) };
        let Some(pos) = pos else {
            tracing::error!(number = %stored.operation().number(), pos = %stored.pos(), "the operation's contract is not known");
            log(self.keep(Some(&stored), &received.unverified("not handled: the operation's contract is not known")).await);
            return received.pos.reject(Some(notification), Some(stored.operation()), &Rejection::NotCommitted);
        };
        let span = tracing::info_span!("confirm", number = %stored.operation().number(), pos = %stored.pos());
        self.reply(Received { pos, ..received }, stored).instrument(span).await
    }

    async fn reply(&self, received: Received<'_>, stored: Stored) -> Reply {
        let (pos, notification) = (received.pos, &received.notification);
        let confirmation = self.verified(&received, &stored).await;
        let is_verified = confirmation.is_ok();
        let moved = match confirmation {
            Ok(confirmation) => self.moved_by(&received, stored.clone(), &confirmation).await,
            Err(error) => Err(error),
        };
        match moved {
            Ok((stored, None)) => {
                tracing::info!(state = %stored.operation().state(), "kept");
                pos.accept(notification, stored.operation())
            }
            Ok((stored, Some(rejection))) => {
                tracing::warn!(state = %stored.operation().state(), ?rejection, "not kept");
                pos.reject(Some(notification), Some(stored.operation()), &rejection)
            }
            Err(error) => {
                tracing::warn!(%error, "not kept");
                let (operation, rejection) = self.refused(&received, is_verified, stored, &error).await;
                pos.reject(Some(notification), Some(operation.operation()), &rejection)
            }
        }
    }

    async fn verified(&self, received: &Received<'_>, stored: &Stored) -> Result<Confirmation, FlowError> {
        let question = received.pos.verify(&received.notification, stored.operation(), self.parts.clock.now())?;
        Ok(drive(question, &self.parts.transport).await?)
    }

    /// Moves the operation by what was verified. A rejection stands for what was believed and not kept.
    async fn moved_by(
        &self,
        received: &Received<'_>,
        mut stored: Stored,
        confirmation: &Confirmation,
    ) -> Result<(Stored, Option<Rejection>), FlowError> {
        let (pos, notification) = (received.pos, &received.notification);
        let listening = pos.listens_to(notification).then(|| Listening { deadline: confirmation.deadline() });
        let mut waited = Duration::ZERO;
        for turn in 0..TURNS {
            match self.take(pos, stored.clone(), confirmation, &received.note(""), listening).await? {
                Taken::Kept(stored) => return Ok((stored, None)),
                Taken::NotKept(stored, rejection) => return Ok((stored, Some(rejection))),
                Taken::Again => {
                    self.pause(turn).await;
                    stored = self.again(&stored).await?;
                }
                Taken::Running(running) => {
                    stored = self.others_charge(pos, running, &mut waited).await?;
                    if matches!(stored.operation().state(), OperationState::Charging | OperationState::Unknown) {
                        log(self.keep(Some(&stored), &received.note("a charge of it runs, or its answer was lost")).await);
                        return Ok((stored, None));
                    }
                }
            }
        }
        Err(FlowError::Contended(stored.operation().number().clone()))
    }

    /// Another message is charging this operation: waits for its end. When it has stood for longer than any charge takes, its
    /// process died: then the bank is asked.
    async fn others_charge(&self, pos: &AnyPos, mut stored: Stored, waited: &mut Duration) -> Result<Stored, FlowError> {
        let options = &self.parts.options;
        while stored.operation().state() == OperationState::Charging && self.is_young(&stored) && *waited < options.patience {
            let pause = (*waited).max(FIRST_WAIT).min(Duration::from_secs(1));
            self.parts.clock.sleep(pause).await;
            *waited += pause;
            stored = self.again(&stored).await?;
        }
        if matches!(stored.operation().state(), OperationState::Charging | OperationState::Unknown) && !self.is_young(&stored) {
            return Ok(self.settle(pos, stored).await?.0);
        }
        Ok(stored)
    }

    /// A message that is not believed, or could not be handled: kept as evidence, told where a person must see it.
    async fn refused(
        &self,
        received: &Received<'_>,
        is_verified: bool,
        stored: Stored,
        error: &FlowError,
    ) -> (Stored, Rejection) {
        let note_of = |verdict: String| if is_verified { received.note(verdict) } else { received.unverified(verdict) };
        // whoever has paid meanwhile must not be sent to pay again
        let stored = self.again(&stored).await.unwrap_or(stored);
        let FlowError::Payment(error) = error else {
            log(self.keep(Some(&stored), &note_of(format!("not handled: {error}"))).await);
            return (stored, Rejection::NotCommitted);
        };
        let note = note_of(match error {
            Error::Refused(_) => error.to_string(),
            error => format!("refused: {error}"),
        });
        let about = || About::new(&stored, stored.operation(), self.parts.clock.now());
        let secured = stored.operation().state().is_paid() || stored.operation().state() == OperationState::Authorized;
        let problem = match error {
            Error::Refused(Refusal::Number) if secured => Some(Problem::SecondApproval(about())),
            Error::Refused(refusal @ (Refusal::Amount | Refusal::Currency)) => {
                Some(Problem::Refused { about: about(), refusal: *refusal })
            }
            _ => None,
        };
        log(match problem {
            Some(problem) if !self.is_repeated(&stored, &note, &problem).await => self.report(&stored, &note, problem).await,
            _ => self.keep(Some(&stored), &note).await,
        });
        (stored, Rejection::from(error))
    }

    /// Whether a person has heard of it: the bank repeats its messages, and a buyer can repeat what was refused without end.
    async fn is_repeated(&self, stored: &Stored, note: &Note, problem: &Problem) -> bool {
        let kept = self.parts.store.evidence(stored.id, REMEMBERED).await.unwrap_or_default();
        // each second approval is money of its own
        let whatever = matches!(problem, Problem::Refused { .. });
        let mut alike = kept.iter().filter(|row| row.source == note.source && row.verdict == note.verdict);
        alike.any(|row| whatever || row.message == note.message)
    }
}

/// The note of a message that no contract has read.
fn unread(incoming: &Incoming, bank: Option<Bank>, verdict: String) -> Note {
    Note { source: Source::Notification, from: incoming.from, bank, verdict, message: incoming.unreadable() }
}

/// Evidence that cannot be written is no reason to leave the bank without a reply.
pub(super) fn log(written: Result<(), StoreError>) {
    if let Err(error) = written {
        tracing::error!(%error, "evidence was not written");
    }
}
