//! A buyer is about to pay: a new operation under a new number, and the form that takes the browser to the bank.

use tracing::Instrument as _;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Begun, Error, Exchange, OperationNumber, Payment, PaymentForm, PointOfSale, References, Report, Transport, drive,
};

use super::change::TURNS;
use super::charge::card_of;
use super::commit::{Move, Note};
use super::store::{Duties, Event, EventKind, Evidence, Inserted};
use super::{Clock, FlowError, Merchant, OperationId, PaymentFlow, Record, Source, Store, Stored};
use crate::{AnyPos, PosId};

/// How many numbers are tried before something is wrong with the dice.
const NUMBERS: u32 = 8;

/// A payment that was begun: its operation is stored, and the buyer can be sent to the bank.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Checkout {
    /// The store's id of the operation.
    pub id: OperationId,
    /// The operation's number: the bank's name for it.
    pub number: OperationNumber,
    /// The form that takes the browser to the bank.
    pub form: PaymentForm,
}

impl Checkout {
    /// A whole page that sends the form by itself, and by a button where the browser runs no script.
    pub fn to_html(&self) -> String {
        self.form.to_html()
    }

    /// The same for a site with a strict Content-Security-Policy.
    pub fn to_html_with_nonce(&self, nonce: &str) -> String {
        self.form.to_html_with_nonce(nonce)
    }

    /// The form for a script: action, method, fields.
    pub fn to_json(&self) -> String {
        self.form.to_json()
    }
}

/// What a number was tried for.
enum Stage {
    Stored(Box<Stored>),
    NumberTaken,
    /// Somebody wrote an older operation of the sale meanwhile.
    Again,
}

impl<S: Store, T: Transport + Send + Sync, M: Merchant<S>, C: Clock> PaymentFlow<S, T, M, C> {
    /// Begins a payment: always a new operation under a new number, since banks refuse a number that they have seen. The sale's
    /// older pending operations are superseded; should one of them be approved all the same, it pays the sale.
    ///
    /// # Errors
    /// [`FlowError::AlreadyPaid`] and [`FlowError::Unsettled`] when the sale must not be paid again, or not yet;
    /// [`FlowError::Payment`] when the bank cannot express the payment (nothing is stored then), or, where the bank is asked
    /// first, when it said no or its answer was lost: the buyer tries again.
    pub fn begin(&self, pos: &str, payment: &Payment) -> impl Future<Output = Result<Checkout, FlowError>> + Send {
        async move {
            let (id, pos) = self.pos(pos)?;
            let (stored, exchange) =
                self.store_new(id, pos, payment, |operation| pos.begin(operation, payment, self.parts.clock.now())).await?;
            let span = tracing::info_span!("begin", number = %stored.operation().number(), pos = %id);
            self.form(stored, exchange).instrument(span).await
        }
    }

    async fn form(&self, stored: Stored, exchange: Exchange<Begun>) -> Result<Checkout, FlowError> {
        match drive(exchange, &self.parts.transport).await {
            Ok(begun) => {
                tracing::info!("begun");
                let stored = self.learn(stored, &begun.references).await?;
                Ok(Checkout { id: stored.id, number: stored.operation().number().clone(), form: begun.form })
            }
            Err(error) => {
                tracing::warn!(%error, "not begun");
                self.never_begun(&stored, &error).await?;
                Err(error.into())
            }
        }
    }

    /// Keeps what the bank told while the form was made, before the buyer leaves.
    async fn learn(&self, stored: Stored, references: &References) -> Result<Stored, FlowError> {
        let plan = |operation: &mut Operation| {
            let before = operation.clone();
            operation.learn(references);
            Ok((*operation != before).then(|| ((), Note::of_answer("begun at the bank"))))
        };
        Ok(self.change(stored, false, plan).await?.0)
    }

    /// The buyer was never sent to the bank. A definite no ends the operation; what was lost is left for `reconcile`.
    async fn never_begun(&self, stored: &Stored, error: &Error) -> Result<(), FlowError> {
        let mut after = stored.operation().clone();
        if error.is_unknown_outcome() || after.cancel().is_err() {
            return Ok(self.keep(Some(stored), &Note::of_answer(format!("not begun: {error}"))).await?);
        }
        let note = Note::of_answer(format!("not begun: {error}"));
        self.commit(stored, &Move { after, note, listening: None, late: false }).await?;
        Ok(())
    }

    /// Charges a card on file, without the buyer: a new operation that learns the card's token and the network's id of the
    /// first payment, and is charged at once.
    ///
    /// # Errors
    /// As [`begin`](Self::begin). A lost answer is no error: the report is [`Report::Unknown`], and `reconcile` asks the bank.
    pub fn charge_reference(
        &self,
        pos: &str,
        payment: &Payment,
        card: &References,
    ) -> impl Future<Output = Result<Report, FlowError>> + Send {
        async move {
            let (id, pos) = self.pos(pos)?;
            let (stored, exchange) = self
                .store_new(id, pos, payment, |operation| {
                    // its order's id, or its void's, would be taken for the new one's
                    operation.learn(&card_of(card));
                    operation.start_charge()?;
                    pos.charge_reference(operation, self.parts.clock.now())
                })
                .await?;
            let span = tracing::info_span!("charge_reference", number = %stored.operation().number(), pos = %id);
            async {
                let report = self.ask(super::calls::payment_action(stored.operation()), exchange).await;
                let stored = self.answered(stored, &report, false, Operation::settle).await;
                super::calls::with_report(stored, report)
            }
            .instrument(span)
            .await
        }
    }

    /// Stores a new operation under a free number, what was prepared with it, and supersedes the sale's older pending ones.
    /// Preparing comes first, so that a payment that the bank cannot express leaves nothing behind; nothing is sent yet.
    async fn store_new<X>(
        &self,
        id: &PosId,
        pos: &AnyPos,
        payment: &Payment,
        prepare: impl Fn(&mut Operation) -> Result<X, Error>,
    ) -> Result<(Stored, X), FlowError> {
        let (mut taken, mut turn) = (0, 0);
        loop {
            let number = pos.number(self.parts.clock.entropy()?);
            let mut operation = Operation::new(pos.acceptor().clone(), number.clone(), payment);
            let prepared = prepare(&mut operation)?;
            match self.insert(id, operation).await {
                Ok(Stage::Stored(stored)) => return Ok((*stored, prepared)),
                Ok(Stage::NumberTaken) if taken < NUMBERS => taken += 1,
                Ok(Stage::NumberTaken) => {
                    return Err(Error::config("entropy", "number after number is taken: is the generator random?").into());
                }
                Ok(Stage::Again) if turn < TURNS => {
                    turn += 1;
                    self.pause(turn).await;
                }
                Err(FlowError::Store(error)) if error.is_busy() && turn < TURNS => {
                    turn += 1;
                    self.pause(turn).await;
                }
                Ok(Stage::Again) => return Err(FlowError::Contended(number)),
                Err(error) => return Err(error),
            }
        }
    }

    async fn insert(&self, id: &PosId, operation: Operation) -> Result<Stage, FlowError> {
        let store = &self.parts.store;
        let now = self.now();
        let mut tx = store.transaction().await?;
        let older = store.lock_sale(&mut tx, operation.sale()).await?;
        require_unpaid(&older)?;
        let record = Record {
            pos: id.clone(),
            operation,
            begun_at: now,
            changed_at: now,
            due_since: Some(now),
            duplicate: false,
            duties: Duties::default(),
        };
        let Inserted::Stored(id) = store.insert(&mut tx, &record).await? else { return Ok(Stage::NumberTaken) };
        let stored = Stored { id, version: 1, record };
        for older in older.iter().filter(|older| older.operation().state() == OperationState::Pending) {
            if !self.supersede(&mut tx, older, &stored).await? {
                return Ok(Stage::Again);
            }
        }
        let evidence = evidence_of(&stored, format!("begun → {}", stored.operation().state()));
        store.add_evidence(&mut tx, &evidence).await?;
        store.add_event(&mut tx, &begun(&stored)).await?;
        store.commit(tx).await?;
        Ok(Stage::Stored(stored.into()))
    }

    async fn supersede(&self, tx: &mut S::Tx, older: &Stored, by: &Stored) -> Result<bool, FlowError> {
        let mut operation = older.operation().clone();
        operation.supersede()?;
        let now = by.record.begun_at;
        let record = Record { operation, changed_at: now, due_since: self.look_again_at(now), ..older.record.clone() };
        let won = self.parts.store.update(tx, older, &record).await?;
        if won {
            let verdict = format!("superseded by operation {}", by.operation().number());
            let evidence = Evidence { at: by.record.begun_at, ..evidence_of(older, verdict) };
            self.parts.store.add_evidence(tx, &evidence).await?;
        }
        Ok(won)
    }
}

/// A sale that is paid, or of which nobody knows, is not begun again.
fn require_unpaid(older: &[Stored]) -> Result<(), FlowError> {
    use OperationState as S;
    let states = |wanted: fn(S) -> bool| {
        let found = older.iter().find(move |stored| !stored.record.duplicate && wanted(stored.operation().state()));
        found
            .map(|stored| (stored.operation().sale().to_owned(), stored.operation().number().clone(), stored.operation().state()))
    };
    if let Some((sale, number, state)) = states(|state| matches!(state, S::Completed | S::PartiallyRefunded | S::Authorized)) {
        return Err(FlowError::AlreadyPaid { sale, number, state });
    }
    if let Some((sale, number, state)) = states(|state| matches!(state, S::Charging | S::Unknown)) {
        return Err(FlowError::Unsettled { sale, number, state });
    }
    Ok(())
}

fn evidence_of(stored: &Stored, verdict: String) -> Evidence {
    Evidence {
        operation: Some(stored.id),
        bank: Some(stored.operation().acceptor().bank()),
        at: stored.record.begun_at,
        source: Source::Application,
        from: None,
        verdict,
        message: String::new(),
    }
}

fn begun(stored: &Stored) -> Event {
    let operation = stored.operation();
    Event {
        operation: stored.id,
        sale: operation.sale().to_owned(),
        number: operation.number().clone(),
        kind: EventKind::Begun,
        amount: operation.amount(),
        at: stored.record.begun_at,
        detail: String::new(),
    }
}
