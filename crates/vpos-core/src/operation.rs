//! One attempt of a buyer to pay a sale at a bank: what the merchant stores, and the only way to move it.
//!
//! An operation is stored before anything leaves for the bank. It is moved by a [`Confirmation`](crate::Confirmation)
//! ([`Operation::apply`]) or by the [`Report`](crate::Report) of a call to the bank ([`Operation::settle`]); what is asked of
//! the bank is recorded first ([`Operation::start_charge`], [`Operation::start_capture`], [`Operation::start_void`],
//! [`Operation::start_refund`]).

mod refund;
mod settle;
mod state;

pub use refund::{Refund, RefundId, RefundState};
pub use settle::Applied;
pub use state::{IllegalMove, OperationState, Step};

use crate::{Acceptor, Amount, Claim, Error, OperationNumber, Payment, PaymentKind, Reference, References, WebAddress};

/// What is stored of an operation, as a plain record: a store writes it and reads it back.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a store must keep every field")]
pub struct OperationRecord {
    /// Bank, environment and contract.
    pub acceptor: Acceptor,
    /// The bank's name for it.
    pub number: OperationNumber,
    /// The merchant's own code of the order.
    pub sale: String,
    /// Charge or hold.
    pub kind: PaymentKind,
    /// What the buyer was asked to pay.
    pub amount: Amount,
    /// Where it stands.
    pub state: OperationState,
    /// What a running capture asks for.
    pub capturing: Option<Amount>,
    /// What a capture charged; none when the whole amount was.
    pub captured: Option<Amount>,
    /// Whether a void was asked of the bank and its answer is not stored yet.
    pub voiding: bool,
    /// What the bank told.
    pub references: References,
    /// The refunds, oldest first.
    pub refunds: Vec<Refund>,
    /// Where the buyer returns after paying.
    pub url_ok: Option<WebAddress>,
    /// Where the buyer returns without having paid.
    pub url_nok: Option<WebAddress>,
}

/// A stored operation. See the [module](self).
///
/// ```
/// use vpos_core::operation::{Operation, OperationState};
/// use vpos_core::{Acceptor, Amount, Bank, Currency, Environment, Payment};
///
/// let shop = Acceptor::new(Bank::named("example"), Environment::Test, "999008881", Some("1"));
/// let payment = Payment::builder("PED-17", Amount::parse("123.45", Currency::EUR)?).build()?;
/// let operation = Operation::new(shop, "2611AbC00017".parse()?, &payment);
/// assert_eq!(operation.state(), OperationState::Pending);
/// assert!(operation.refundable().is_none()); // nothing was charged yet
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Operation {
    record: OperationRecord,
}

impl Operation {
    /// A new one, pending, for that payment under that number. The number must be new for ever at that bank.
    pub fn new(acceptor: Acceptor, number: OperationNumber, payment: &Payment) -> Self {
        let record = OperationRecord {
            acceptor,
            number,
            sale: payment.sale().to_owned(),
            kind: payment.kind(),
            amount: payment.amount(),
            state: OperationState::Pending,
            capturing: None,
            captured: None,
            voiding: false,
            references: References::new(),
            refunds: Vec::new(),
            url_ok: payment.url_ok().cloned(),
            url_nok: payment.url_nok().cloned(),
        };
        Self { record }
    }

    /// One that was stored.
    ///
    /// # Errors
    /// [`Error::Payment`] naming the field when the record contradicts itself: an amount of nothing, other currencies, a
    /// capture of what is no pre-authorisation, more refunded than charged, a refund of nothing or of what was never charged,
    /// two refunds under one id.
    ///
    /// ```
    /// use vpos_core::operation::{Operation, OperationState};
    /// use vpos_core::{Acceptor, Amount, Bank, Currency, Environment, Payment};
    ///
    /// let shop = Acceptor::new(Bank::named("example"), Environment::Test, "999008881", Some("1"));
    /// let payment = Payment::builder("PED-17", Amount::parse("60.00", Currency::EUR)?).build()?;
    /// let operation = Operation::new(shop, "2611AbC00017".parse()?, &payment);
    ///
    /// let row = operation.record().clone(); // what a store writes, and reads back
    /// assert_eq!(Operation::from_record(row.clone())?, operation);
    ///
    /// let mut wrong = row;
    /// wrong.captured = Some(Amount::parse("60.00", Currency::EUR)?);
    /// assert!(Operation::from_record(wrong).is_err()); // nothing was held
    /// # Ok::<(), vpos_core::Error>(())
    /// ```
    pub fn from_record(record: OperationRecord) -> Result<Self, Error> {
        if record.amount.is_zero() {
            return Err(Error::payment("amount", "nothing to pay"));
        }
        check_captures(&record)?;
        check_refunds(&record)?;
        if record.voiding && !(record.state == OperationState::Authorized || record.state.is_paid()) {
            return Err(Error::payment("voiding", format!("the operation is {}", record.state)));
        }
        Ok(Self { record })
    }

    /// As a store keeps it.
    pub const fn record(&self) -> &OperationRecord {
        &self.record
    }

    /// Bank, environment and contract.
    pub const fn acceptor(&self) -> &Acceptor {
        &self.record.acceptor
    }

    /// The bank's name for it.
    pub const fn number(&self) -> &OperationNumber {
        &self.record.number
    }

    /// The merchant's own code of the order.
    pub fn sale(&self) -> &str {
        &self.record.sale
    }

    /// Charge or hold.
    pub const fn kind(&self) -> PaymentKind {
        self.record.kind
    }

    /// What the buyer was asked to pay.
    pub const fn amount(&self) -> Amount {
        self.record.amount
    }

    /// Where it stands.
    pub const fn state(&self) -> OperationState {
        self.record.state
    }

    /// What the bank told.
    pub const fn references(&self) -> &References {
        &self.record.references
    }

    /// The refunds, oldest first.
    pub fn refunds(&self) -> &[Refund] {
        &self.record.refunds
    }

    /// Where the buyer returns after paying.
    pub const fn url_ok(&self) -> Option<&WebAddress> {
        self.record.url_ok.as_ref()
    }

    /// Where the buyer returns without having paid.
    pub const fn url_nok(&self) -> Option<&WebAddress> {
        self.record.url_nok.as_ref()
    }

    /// What was charged; none when nothing was.
    pub fn charged(&self) -> Option<Amount> {
        self.state().is_paid().then(|| self.record.captured.unwrap_or(self.record.amount))
    }

    /// What a running capture asks for.
    pub const fn capturing(&self) -> Option<Amount> {
        self.record.capturing
    }

    /// Whether a void was asked of the bank and its answer is not stored yet.
    pub const fn voiding(&self) -> bool {
        self.record.voiding
    }

    /// What can still be refunded: the charge less all refunds but the declined and voided ones. None when nothing was
    /// charged.
    pub fn refundable(&self) -> Option<Amount> {
        if self.state() == OperationState::Refunded {
            return Some(self.amount().zero());
        }
        self.charged()?.checked_sub(refund::total(self.refunds(), self.amount().zero())?)
    }

    /// What has certainly been refunded.
    pub fn refunded(&self) -> Amount {
        refund::approved(self.refunds(), self.amount().zero())
    }

    /// The record of the refund with that id. (To give money back, begin with [`Operation::start_refund`].)
    ///
    /// # Errors
    /// [`Error::Payment`] when there is none.
    pub fn refund(&self, id: RefundId) -> Result<&Refund, Error> {
        let found = self.refunds().iter().find(|refund| refund.id == id);
        found.ok_or_else(|| Error::payment("refund", format!("there is no refund {}", id.get())))
    }

    /// Before a charge is asked of the bank: to `Charging`, or an error when one runs already, when it was paid or voided,
    /// or when the answer to a capture was lost.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn start_charge(&mut self) -> Result<(), Error> {
        self.require_not_voided(Step::ChargeStarted)?;
        if self.record.capturing.is_some() {
            return Err(IllegalMove { from: self.state(), step: Step::ChargeStarted }.into());
        }
        self.step(Step::ChargeStarted)?;
        self.forget_names();
        Ok(())
    }

    /// Before a capture is asked of the bank: to `Charging`, with what it asks for.
    ///
    /// # Errors
    /// [`Error::Payment`] when the operation is no pre-authorisation, nothing is held, or the amount is nothing, in another
    /// currency or above `most`: [`Operation::amount`], where the bank allows no more than it holds.
    pub fn start_capture(&mut self, amount: Amount, most: Amount) -> Result<(), Error> {
        if self.kind() != PaymentKind::Preauthorization {
            return Err(Error::payment("kind", "only a pre-authorisation can be captured"));
        }
        if self.state() != OperationState::Authorized {
            return Err(Error::payment("state", format!("nothing is held: the operation is {}", self.state())));
        }
        let currency = self.amount().currency();
        if amount.is_zero() || amount.currency() != currency || most.currency() != currency || amount > most {
            return Err(Error::payment("amount", format!("{amount} is not within the {most} that can be captured")));
        }
        self.require_no_void_runs()?;
        self.step(Step::CaptureStarted)?;
        self.record.capturing = Some(amount);
        Ok(())
    }

    /// Before a void is asked of the bank: the question stays open until the answer, or a query, settles it.
    ///
    /// # Errors
    /// [`Error::Payment`] when there is nothing to void, a void runs already, or something was given back.
    ///
    /// ```
    /// # use vpos_core::{Acceptor, Bank, Environment, Payment};
    /// # use vpos_core::operation::{Operation, OperationState};
    /// use vpos_core::operation::OpenQuestion;
    /// use vpos_core::{Action, Amount, Currency, Lost, Report};
    ///
    /// # let shop = Acceptor::new(Bank::named("example"), Environment::Test, "999008881", Some("1"));
    /// # let payment = Payment::builder("PED-17", Amount::parse("60.00", Currency::EUR)?).build()?;
    /// # let mut row = Operation::new(shop, "2611AbC00017".parse()?, &payment).record().clone();
    /// # row.state = OperationState::Completed;
    /// # let mut operation = Operation::from_record(row)?;
    /// // an operation that was paid
    /// operation.start_void()?; // now store it, then ask: `pos.void(&operation, now)`
    /// operation.settle(&Report::lost(Action::Void, &Lost::after_send("time-out")))?;
    /// assert_eq!(operation.open_question(), OpenQuestion::Void); // query; do not repeat
    /// # Ok::<(), vpos_core::Error>(())
    /// ```
    pub fn start_void(&mut self) -> Result<(), Error> {
        if !matches!(self.state(), OperationState::Authorized | OperationState::Completed) {
            return Err(Error::payment("state", format!("nothing to void: the operation is {}", self.state())));
        }
        if self.refunds().iter().any(|refund| refund.state.counts()) {
            return Err(Error::payment("refunds", "a refund was asked for: what is left can be refunded, not voided"));
        }
        self.require_no_void_runs()?;
        self.record.voiding = true;
        Ok(())
    }

    /// A person saw in the bank's panel that a void whose answer was lost was not done. Never call it because time has passed.
    ///
    /// # Errors
    /// [`Error::Payment`] when no void runs.
    pub fn abandon_void(&mut self) -> Result<(), Error> {
        if !self.record.voiding {
            return Err(Error::payment("voiding", "no void runs"));
        }
        self.record.voiding = false;
        Ok(())
    }

    /// Before a refund is asked of the bank: a record of it, which counts against what is left from now on.
    ///
    /// Of one whose end is unknown another of the same amount would be the repetition, and a bank whose books tell refunds by
    /// their amount alone could not say which of the two was done: it is refused until the first is settled, by a query, a
    /// message or [`abandon_refund`](Self::abandon_refund). Two that are asked at once are two refunds.
    ///
    /// # Errors
    /// [`Error::Payment`] when nothing was charged, when the amount is nothing, in another currency or more than is left, or when
    /// nobody knows how an earlier refund of that amount ended.
    ///
    /// ```
    /// # use vpos_core::{Acceptor, Bank, Environment, Payment};
    /// # use vpos_core::operation::{Operation, OperationState};
    /// use vpos_core::{Amount, Currency};
    ///
    /// # let shop = Acceptor::new(Bank::named("example"), Environment::Test, "999008881", Some("1"));
    /// # let payment = Payment::builder("PED-17", Amount::parse("60.00", Currency::EUR)?).build()?;
    /// # let mut row = Operation::new(shop, "2611AbC00017".parse()?, &payment).record().clone();
    /// # row.state = OperationState::Completed;
    /// # let mut operation = Operation::from_record(row)?;
    /// // an operation of 60.00 EUR that was paid
    /// let refund = operation.start_refund(Amount::parse("20.00", Currency::EUR)?, Some("wrong size"))?;
    /// assert_eq!(operation.refundable(), Some(Amount::parse("40.00", Currency::EUR)?)); // before the bank was asked
    /// assert!(operation.start_refund(Amount::parse("40.01", Currency::EUR)?, None).is_err());
    /// // now store the operation, then ask: `pos.refund(&operation, &refund, now)`
    /// # Ok::<(), vpos_core::Error>(())
    /// ```
    pub fn start_refund(&mut self, amount: Amount, reason: Option<&str>) -> Result<Refund, Error> {
        self.require_no_void_runs()?;
        let refund = self.new_refund(amount, reason)?;
        if let Some(unknown) = refund::unknown(self.refunds(), amount) {
            let id = unknown.id.get();
            return Err(Error::payment(
                "refunds",
                format!("whether refund {id}, of {amount} too, was done is not known: reconcile first"),
            ));
        }
        self.record.refunds.push(refund.clone());
        Ok(refund)
    }

    fn new_refund(&self, amount: Amount, reason: Option<&str>) -> Result<Refund, Error> {
        let Some(left) = self.refundable() else {
            return Err(Error::payment("state", format!("nothing was charged: the operation is {}", self.state())));
        };
        if amount.is_zero() || amount.currency() != left.currency() || amount > left {
            return Err(Error::payment("amount", format!("{amount} is not within the {left} that can be refunded")));
        }
        Ok(Refund {
            id: refund::next_id(self.refunds())?,
            amount,
            state: RefundState::Pending,
            reason: reason.map(str::to_owned),
            reference: None,
        })
    }

    /// The merchant's own side could not keep an approved payment, and a bank that listens was told so: it annuls. Or a person saw
    /// that nothing was charged. To `Failed`; back to the hold where it was a capture that was not done. Never where the money was
    /// taken already.
    ///
    /// # Errors
    /// [`Error::State`] when the operation is held or paid.
    pub fn annul(&mut self) -> Result<(), Error> {
        if self.state() == OperationState::Authorized || self.state().is_paid() {
            return Err(IllegalMove { from: self.state(), step: Step::Declined }.into());
        }
        if self.record.capturing.take().is_some() {
            return self.step(Step::CaptureDeclined);
        }
        self.step(Step::Declined)
    }

    /// The buyer came back without having paid, and the bank was asked or has nothing to tell.
    ///
    /// # Errors
    /// [`Error::State`] when the operation was paid or is being paid.
    pub fn cancel(&mut self) -> Result<(), Error> {
        if !matches!(self.state(), OperationState::Pending | OperationState::Cancelled) {
            return Err(IllegalMove { from: self.state(), step: Step::BuyerCancelled }.into());
        }
        self.step(Step::BuyerCancelled)
    }

    /// A person saw in the bank's panel that an open refund was not done: its record is declined, and its amount free again.
    /// For a refund whose answer was lost and of which the bank's books never tell. Never call it because time has passed.
    ///
    /// # Errors
    /// [`Error::Payment`] when there is no such refund, or its end is known.
    pub fn abandon_refund(&mut self, id: RefundId) -> Result<(), Error> {
        if !self.refund(id)?.is_open() {
            return Err(Error::payment("refund", "its end is known"));
        }
        self.set_refund(id, RefundState::Declined);
        Ok(())
    }

    /// The buyer began again under another number.
    ///
    /// # Errors
    /// [`Error::State`] when it is not pending any more.
    pub fn supersede(&mut self) -> Result<(), Error> {
        self.step(Step::Superseded)
    }

    /// Keeps what `begin` learnt before the buyer left (the bank's own id of the order), or the card reference and the network
    /// transaction id with which a card on file is to be charged. No other reference of an earlier payment: with its
    /// authorisation code the new payment would look like a second one for the same operation, and be refused.
    pub fn learn(&mut self, references: &References) {
        self.record.references.add_missing(references);
    }

    /// Checks that the operation belongs to that contract; every call of a bank crate begins with it.
    ///
    /// # Errors
    /// [`Error::Refused`] with the part that differs.
    pub fn require_acceptor(&self, acceptor: &Acceptor) -> Result<(), Error> {
        Ok(self.record.acceptor.require(acceptor)?)
    }

    /// What the bank has to be asked about first of all: a running void, an open refund, a running capture, or the payment
    /// itself.
    pub fn open_question(&self) -> OpenQuestion {
        if self.record.voiding {
            OpenQuestion::Void
        } else if let Some(refund) = self.refunds().iter().find(|refund| refund.is_open()) {
            OpenQuestion::Refund(refund.id)
        } else if self.record.capturing.is_some() {
            OpenQuestion::Capture
        } else {
            OpenQuestion::Payment
        }
    }

    /// For the constructor of a confirmation: whether a refund of that amount is one we know or fits into what is left.
    pub(crate) fn takes_refund(&self, amount: Amount, claim: &Claim) -> bool {
        let known = refund::matching(self.refunds(), amount, own_name(claim.identity, &claim.references), true);
        known.is_some() || self.refundable().is_none_or(|left| amount <= left)
    }

    /// Whether a refund of that amount was approved, even if it was voided since.
    pub(crate) fn gave_back(&self, amount: Amount) -> bool {
        self.refunds().iter().any(|refund| refund.amount == amount && refund.gave_back())
    }

    fn require_no_void_runs(&self) -> Result<(), Error> {
        if self.record.voiding {
            return Err(Error::payment("voiding", "a void runs, or its answer was lost: query first"));
        }
        Ok(())
    }

    /// Where nothing was approved and no charge runs, the name that a waiting charge left is forgotten: the next one has
    /// another, and must not look like a second payment. What was held or voided keeps its name.
    fn forget_charge(&mut self) {
        let over = matches!(self.state(), OperationState::Pending | OperationState::Failed | OperationState::Cancelled);
        if over && self.references().get(Reference::VoidId).is_none() {
            self.forget_names();
        }
    }

    fn forget_names(&mut self) {
        for name in CHARGE_NAMES {
            self.record.references.remove(name);
        }
    }

    fn step(&mut self, step: Step) -> Result<(), Error> {
        self.record.state = self.record.state.after(step)?;
        Ok(())
    }
}

/// The references by which a bank tells one charge or hold of an operation from another.
const CHARGE_NAMES: [Reference; 4] =
    [Reference::AuthorizationCode, Reference::AuthorizationId, Reference::BankReference, Reference::CaptureId];

/// What of an operation waits for the bank's word. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a query must know every case")]
pub enum OpenQuestion {
    /// Whether the buyer paid.
    Payment,
    /// Whether the capture was done.
    Capture,
    /// Whether that refund was done.
    Refund(RefundId),
    /// Whether the void was done.
    Void,
}

fn check_captures(record: &OperationRecord) -> Result<(), Error> {
    for (field, amount) in [("capturing", record.capturing), ("captured", record.captured)] {
        let Some(amount) = amount else { continue };
        if amount.currency() != record.amount.currency() {
            return Err(Error::payment(field, format!("not in {}", record.amount.currency())));
        }
        if amount.is_zero() || record.kind != PaymentKind::Preauthorization {
            return Err(Error::payment(field, "nothing can have been captured"));
        }
    }
    if record.captured.is_some() && !record.state.is_paid() {
        return Err(Error::payment("captured", format!("the operation is {}", record.state)));
    }
    Ok(())
}

fn check_refunds(record: &OperationRecord) -> Result<(), Error> {
    let refunds = &record.refunds;
    if !refunds.is_empty() && !record.state.is_paid() {
        return Err(Error::payment("refunds", format!("the operation is {}", record.state)));
    }
    for (at, refund) in refunds.iter().enumerate() {
        if refund.amount.is_zero() || refund.amount.currency() != record.amount.currency() {
            return Err(Error::payment("refunds", format!("{} cannot have been refunded", refund.amount)));
        }
        if refunds.iter().skip(at + 1).any(|other| other.id == refund.id) {
            return Err(Error::payment("refunds", format!("there are two with the id {}", refund.id.get())));
        }
    }
    let charged = record.captured.unwrap_or(record.amount);
    match refund::total(refunds, record.amount.zero()) {
        Some(sum) if sum <= charged => Ok(()),
        _ => Err(Error::payment("refunds", format!("not within {charged}"))),
    }
}

/// What tells this payment or refund from another.
fn own_name(identity: Option<Reference>, references: &References) -> Option<&str> {
    identity.and_then(|name| references.get(name))
}

#[cfg(test)]
mod tests;
