//! What the application asks of the bank after a payment: refund, capture, void, query, and the buyer who gave up.

use tracing::Instrument as _;
use vpos_core::operation::{Applied, Operation, OperationState};
use vpos_core::{Action, Amount, Error, Exchange, PaymentKind, PointOfSale, Report, Timestamp, Transport};

use super::charge::told;
use super::commit::Note;
use super::reconcile::Asked;
use super::{Clock, FlowError, Merchant, OperationId, PaymentFlow, Store, Stored};
use crate::AnyPos;

/// Which operation is meant.
///
/// ```
/// use vpos::flow::{OperationId, Which};
///
/// assert_eq!(Which::from("PED-17"), Which::Sale("PED-17".into()));
/// assert_eq!(Which::from(OperationId::new(7)), Which::Operation(OperationId::new(7)));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "an operation is named in these ways")]
pub enum Which {
    /// The operation that pays this sale (the merchant's own code of the order); where none does, its newest.
    Sale(String),
    /// This one.
    Operation(OperationId),
}

impl From<&str> for Which {
    fn from(sale: &str) -> Self {
        Self::Sale(sale.to_owned())
    }
}

impl From<&String> for Which {
    fn from(sale: &String) -> Self {
        Self::Sale(sale.clone())
    }
}

impl From<OperationId> for Which {
    fn from(id: OperationId) -> Self {
        Self::Operation(id)
    }
}

/// A call to the bank, in three steps: recorded, asked, settled.
struct Call<X> {
    name: &'static str,
    action: Action,
    start: Start<X>,
    ask: Ask<X>,
    settle: fn(&mut Operation, &X, &Report) -> Result<Applied, Error>,
}

/// Records what is asked. The flag: nobody waits any more for what was asked about the operation before.
type Start<X> = fn(&AnyPos, &mut Operation, &Wanted, bool) -> Result<X, Error>;

/// Makes the request for what was started.
type Ask<X> = fn(&AnyPos, &Operation, &X, Timestamp) -> Result<Exchange<Report>, Error>;

/// What the caller wants.
struct Wanted {
    amount: Option<Amount>,
    reason: String,
}

impl<S: Store, T: Transport + Send + Sync, M: Merchant<S>, C: Clock> PaymentFlow<S, T, M, C> {
    /// Gives money back: all that is left, or a part. It is stored before the bank is asked and counts from then on, so that two
    /// refunds at once cannot exceed the charge.
    ///
    /// The report tells how it ended. [`Report::Unknown`] is neither a success nor a failure: `reconcile` asks the bank; do not
    /// pay back by hand. Until its end is known another refund of the same amount is refused: banks tell refunds by their amount.
    ///
    /// # Errors
    /// [`FlowError::Payment`] when nothing was charged, when the amount is nothing, in another currency or more than is left, or
    /// when nobody knows how an earlier refund of that amount ended.
    pub fn refund(
        &self,
        which: impl Into<Which> + Send,
        amount: Amount,
        reason: &str,
    ) -> impl Future<Output = Result<Report, FlowError>> + Send {
        async move {
            let wanted = Wanted { amount: Some(amount), reason: reason.to_owned() };
            self.call(which.into(), &REFUND, &wanted).await
        }
    }

    /// Charges a hold, whole or in part. Where the bank allows more than it holds ([`PointOfSale::capture_limit`]), up to that.
    ///
    /// # Errors
    /// [`FlowError::Payment`] when nothing is held, or the amount is not within what can be captured.
    pub fn capture(
        &self,
        which: impl Into<Which> + Send,
        amount: Amount,
    ) -> impl Future<Output = Result<Report, FlowError>> + Send {
        async move {
            let which = which.into();
            let stored = self.resolve(&which).await?;
            let payer = self.parts.store.paid_by(stored.operation().sale()).await?;
            if stored.record.duplicate && payer.is_some_and(|payer| payer != stored.id) {
                return Err(Error::payment("operation", "a second payment of its sale: it is let go, not captured").into());
            }
            self.call(which, &CAPTURE, &Wanted { amount: Some(amount), reason: String::new() }).await
        }
    }

    /// Lets go of a hold, or undoes a charge that the bank has not booked yet.
    ///
    /// # Errors
    /// [`FlowError::Payment`] when there is nothing to void, or something was given back.
    pub fn void(&self, which: impl Into<Which> + Send) -> impl Future<Output = Result<Report, FlowError>> + Send {
        async move { self.call(which.into(), &VOID, &Wanted { amount: None, reason: String::new() }).await }
    }

    /// Gives the second payment of a sale back, or lets its hold go ([`Problem::DoublePayment`](super::Problem::DoublePayment)).
    ///
    /// # Errors
    /// [`FlowError::Payment`] when that operation is no second payment, or nothing of it is left.
    pub fn refund_duplicate(&self, operation: OperationId) -> impl Future<Output = Result<Report, FlowError>> + Send {
        async move {
            let stored = self.resolve(&Which::Operation(operation)).await?;
            if !stored.record.duplicate {
                return Err(Error::payment("operation", "not a second payment of its sale").into());
            }
            if stored.operation().state() == OperationState::Authorized {
                return self.void(operation).await;
            }
            let left = stored.operation().refundable().unwrap_or(stored.operation().amount());
            self.refund(operation, left, "second payment").await
        }
    }

    /// Asks the bank what became of an operation, and moves it by the answer. What was asked of the bank less than the
    /// [lease](super::Options::lease) ago is moved by good news alone: the answer to it may still come.
    ///
    /// # Errors
    /// [`FlowError::NotFound`]; [`FlowError::Payment`] when the bank cannot be asked.
    pub fn query(&self, which: impl Into<Which> + Send) -> impl Future<Output = Result<Stored, FlowError>> + Send {
        async move {
            let stored = self.resolve(&which.into()).await?;
            let pos = self.pos_of(&stored)?;
            if !pos.capabilities().query {
                return Err(pos.unsupported("query").into());
            }
            let span = tracing::info_span!("query", number = %stored.operation().number());
            Ok(self.settle(pos, stored).instrument(span).await?.0)
        }
    }

    /// The buyer came back to `url_nok`: the bank is asked where it can be, and when it knows of no payment the operation is
    /// `Cancelled`. An approval that comes all the same pays the sale. Nothing happens to an operation that is not pending.
    ///
    /// # Errors
    /// [`FlowError::NotFound`].
    pub fn cancel(&self, which: impl Into<Which> + Send) -> impl Future<Output = Result<Stored, FlowError>> + Send {
        async move {
            let stored = self.resolve(&which.into()).await?;
            let span = tracing::info_span!("cancel", number = %stored.operation().number());
            Ok(self.give_up(stored, "the buyer came back without having paid").instrument(span).await?.0)
        }
    }

    /// Gives up a pending operation after the bank was asked, or where it cannot be; and how the bank answered.
    pub(super) async fn give_up(&self, stored: Stored, why: &str) -> Result<(Stored, Asked), FlowError> {
        if stored.operation().state() != OperationState::Pending {
            return Ok((stored, Asked::Nothing));
        }
        let pos = self.pos_of(&stored)?;
        let (mut stored, mut answer) = (stored, Asked::Nothing);
        if pos.capabilities().query {
            (stored, answer) = self.settle(pos, stored).await?;
            if matches!(answer, Asked::Lost) {
                return Ok((stored, answer)); // nobody knows
            }
        }
        let plan = |operation: &mut Operation| {
            let given_up = operation.state() == OperationState::Pending && operation.cancel().is_ok();
            Ok(given_up.then(|| ((), Note::of_application(format!("{why} → {}", operation.state())))))
        };
        Ok((self.change(stored, false, plan).await?.0, answer))
    }

    async fn call<X: Send + Sync>(&self, which: Which, call: &Call<X>, wanted: &Wanted) -> Result<Report, FlowError> {
        let stored = self.resolve(&which).await?;
        let span = tracing::info_span!("call", call = call.name, number = %stored.operation().number());
        self.call_of(stored, call, wanted).instrument(span).await
    }

    async fn call_of<X: Send + Sync>(&self, stored: Stored, call: &Call<X>, wanted: &Wanted) -> Result<Report, FlowError> {
        let pos = self.pos_of(&stored)?;
        let stale = !self.is_young(&stored);
        let plan = |operation: &mut Operation| {
            let started = (call.start)(pos, operation, wanted, stale)?;
            let exchange = (call.ask)(pos, operation, &started, self.parts.clock.now())?;
            let note = Note::of_application(format!("{} asked {}", call.name, wanted.reason));
            Ok(Some(((started, exchange), note)))
        };
        let (running, asked) = self.change(stored, false, plan).await?;
        let Some((started, exchange)) = asked else { return Err(pos.unsupported(call.name).into()) };
        let report = self.ask(call.action, exchange).await;
        tracing::info!("{}", told(&report));
        let settle = |operation: &mut Operation, report: &Report| (call.settle)(operation, &started, report);
        with_report(self.answered(running, &report, false, settle).await, report)
    }

    /// Finds the operation that is meant.
    pub(super) async fn resolve(&self, which: &Which) -> Result<Stored, FlowError> {
        let store = &self.parts.store;
        let (id, name) = match which {
            Which::Operation(id) => (Some(*id), format!("operation {id}")),
            Which::Sale(sale) => (store.paid_by(sale).await?, format!("sale {sale:?}")),
        };
        let found = match (id, which) {
            (Some(id), _) => store.get(id).await?,
            (None, Which::Sale(sale)) => store.of_sale(sale).await?.pop(),
            (None, Which::Operation(_)) => None,
        };
        found.ok_or(FlowError::NotFound(name))
    }

    /// The contract of an operation.
    pub(super) fn pos_of(&self, stored: &Stored) -> Result<&AnyPos, FlowError> {
        Ok(self.pos(stored.pos().as_str())?.1)
    }
}

const REFUND: Call<vpos_core::operation::Refund> = Call {
    name: "refund",
    action: Action::Refund,
    start: |_, operation, wanted, stale| {
        let amount = wanted.amount.unwrap_or(operation.amount());
        // its process died before the answer came: as unknown as one whose answer was lost
        let mut open = operation.refunds().iter().filter(|refund| refund.is_open() && refund.amount == amount);
        if let Some(refund) = open.find(|_| stale) {
            let reason = format!("refund {}, of {amount} too, was asked and not answered: reconcile first", refund.id.get());
            return Err(Error::payment("refunds", reason));
        }
        operation.start_refund(amount, Some(wanted.reason.as_str()).filter(|reason| !reason.is_empty()))
    },
    ask: |pos, operation, refund, now| pos.refund(operation, refund, now),
    settle: |operation, refund, report| operation.settle_refund(refund.id, report),
};

const CAPTURE: Call<()> = Call {
    name: "capture",
    action: Action::Capture,
    start: |pos, operation, wanted, _| {
        operation.start_capture(wanted.amount.unwrap_or(operation.amount()), pos.capture_limit(operation))
    },
    ask: |pos, operation, (), now| pos.capture(operation, now),
    settle: |operation, (), report| operation.settle(report),
};

const VOID: Call<()> = Call {
    name: "void",
    action: Action::Void,
    start: |_, operation, _, _| operation.start_void(),
    ask: |pos, operation, (), now| pos.void(operation, now),
    settle: |operation, (), report| operation.settle(report),
};

/// The bank's word, once it was given, is not lost: what could not be stored of it, `reconcile` asks for again.
pub(super) fn with_report(stored: Result<Stored, FlowError>, report: Report) -> Result<Report, FlowError> {
    match stored {
        Ok(_) => Ok(report),
        Err(error @ FlowError::Payment(_)) => Err(error),
        Err(error) => Err(FlowError::AnswerNotStored { report: Box::new(report), reason: error.to_string() }),
    }
}

/// What the first word about a payment of that kind is.
pub(super) const fn payment_action(operation: &Operation) -> Action {
    match operation.kind() {
        PaymentKind::Sale => Action::Charge,
        PaymentKind::Preauthorization => Action::Hold,
    }
}
