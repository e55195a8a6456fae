//! How the bank's word moves an operation.

use super::{IllegalMove, OpenQuestion, Operation, OperationState, Refund, RefundId, RefundState, Step, own_name, refund};
use crate::{Action, Amount, Confirmation, Error, Outcome, Reference, Refusal, Report};

/// What a confirmation or a report did to an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Applied {
    /// Where it stood.
    pub from: OperationState,
    /// Where it stands now.
    pub to: OperationState,
}

impl Applied {
    /// Whether the state moved.
    pub fn moved(&self) -> bool {
        self.from != self.to
    }

    /// Whether this move is the one that paid the sale.
    pub const fn paid_now(&self) -> bool {
        self.to.is_paid() && !self.from.is_paid()
    }

    /// Whether this move is the one that secured a hold: a booking can be confirmed, and nothing is charged yet.
    pub const fn authorized_now(&self) -> bool {
        matches!(self.to, OperationState::Authorized) && !matches!(self.from, OperationState::Authorized) && !self.from.is_paid()
    }

    /// Whether good news came for an operation that had been given up: a person may have to look. After
    /// [`Operation::start_charge`] it cannot tell: look at the state before that.
    pub fn late(&self) -> bool {
        self.moved() && Self::is_late(self.from)
    }

    /// Whether good news that comes in that state is late: the operation had been given up.
    pub const fn is_late(state: OperationState) -> bool {
        matches!(state, OperationState::Failed | OperationState::Cancelled | OperationState::Superseded)
    }
}

/// How the bank's word reached us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Came {
    /// By itself: it may be old, or a repetition, and what it is about may have been asked again since.
    ByItself,
    /// As the answer to what we asked.
    AsAnswer,
    /// As the answer to what we asked about that refund.
    AboutRefund(RefundId),
}

impl Operation {
    /// Moves the operation by a message of the bank: a notification, a buyer's return. The same message again is no news.
    /// While a charge or a capture runs, only good news counts: the call has an answer of its own to come.
    ///
    /// # Errors
    /// [`Error::Refused`] when the confirmation is of another operation, or speaks of a second payment, or of more than was
    /// charged; [`Error::Payment`] when it is an approval that has to be charged first, or does not tell what it is about;
    /// [`Error::State`] when it makes no sense where the operation stands. Nothing is changed then.
    pub fn apply(&mut self, confirmation: &Confirmation) -> Result<Applied, Error> {
        self.apply_from(confirmation, Came::ByItself)
    }

    /// Moves the operation by the report of a charge, a capture or a void that was asked of the bank. A charge that waits is
    /// known by its name from then on, so that the bank's word about it counts whenever it comes; an approval that waits (the
    /// buyer has to agree first) leads back to Pending.
    ///
    /// # Errors
    /// As [`Operation::apply`]; [`Error::Payment`] for the report of a refund or of its void, which
    /// [`Operation::settle_refund`] takes.
    pub fn settle(&mut self, report: &Report) -> Result<Applied, Error> {
        let charging = self.state() == OperationState::Charging;
        let capture_asked = self.record.capturing.is_some();
        let step = match (report.action(), report) {
            (Action::Refund | Action::RefundVoid, _) => {
                return Err(Error::payment("refund", "which one? settle_refund takes its id"));
            }
            (_, Report::Confirmed(confirmation)) => return self.apply_from(confirmation, Came::AsAnswer),
            // the hold is past, or nothing was captured: an answer that comes too late
            (Action::Approval | Action::Charge | Action::Hold, _) if capture_asked => None,
            (Action::Capture, _) if !capture_asked => None,
            // what did not leave, or was not taken, says nothing of an earlier request whose answer was lost
            (Action::Approval | Action::Charge | Action::Hold, Report::Rejected { .. }) => {
                (self.state() != OperationState::Unknown).then_some(Step::Declined)
            }
            (Action::Approval | Action::Charge | Action::Hold, Report::NotSent { .. }) => charging.then_some(Step::ChargeNotSent),
            (Action::Capture, Report::Rejected { .. } | Report::NotSent { .. }) => charging.then_some(Step::CaptureDeclined),
            (Action::Approval | Action::Charge | Action::Hold | Action::Capture, Report::Unknown { .. }) => Some(Step::Lost),
            _ => None,
        };
        let applied = self.moved_by(step)?;
        if step == Some(Step::CaptureDeclined) {
            self.record.capturing = None;
        }
        if report.action() == Action::Void && matches!(report, Report::Rejected { .. } | Report::NotSent { .. }) {
            self.record.voiding = false;
        }
        Ok(applied)
    }

    /// Moves the operation by the report of a refund, or of the void of a refund, that was asked of the bank.
    ///
    /// # Errors
    /// As [`Operation::apply`]; [`Error::Payment`] when there is no such refund, or the report is about something else.
    pub fn settle_refund(&mut self, id: RefundId, report: &Report) -> Result<Applied, Error> {
        let state = self.refund(id)?.state;
        match (report.action(), report) {
            (Action::Refund | Action::RefundVoid, Report::Confirmed(confirmation)) => {
                return self.apply_from(confirmation, Came::AboutRefund(id));
            }
            // says nothing of an earlier request whose answer was lost
            (Action::Refund, Report::Rejected { .. } | Report::NotSent { .. }) if state == RefundState::Pending => {
                self.set_refund(id, RefundState::Declined);
            }
            (Action::Refund, Report::Unknown { .. }) => self.set_refund(id, RefundState::Unknown),
            (Action::Refund | Action::RefundVoid, _) => {}
            _ => return Err(Error::payment("refund", "the report is not about a refund")),
        }
        self.moved_by(None)
    }

    /// Moves the operation by the report of a query about its [open question](Operation::open_question). Only a confirmed
    /// answer counts: a question that was lost or rejected changes nothing. An approval that was not charged leads from
    /// Charging and Unknown back to Pending: `start_charge` and `charge` follow.
    ///
    /// # Errors
    /// As [`Operation::apply`].
    pub fn settle_query(&mut self, report: &Report) -> Result<Applied, Error> {
        let Report::Confirmed(confirmation) = report else { return self.moved_by(None) };
        if confirmation.action() == Action::Approval && confirmation.outcome() == Outcome::Approved {
            return self.proved_uncharged(confirmation);
        }
        match self.open_question() {
            OpenQuestion::Refund(id) if confirmation.action() == Action::Refund => {
                let reference = own_name(confirmation.identity(), confirmation.references());
                let other = |known: &Refund| known.id != id && known.reference.as_deref() == reference;
                if reference.is_some() && self.refunds().iter().any(other) {
                    // the bank told of another refund, which is known
                    return self.moved_by(None);
                }
                self.apply_from(confirmation, Came::AboutRefund(id))
            }
            // the bank's books have the payment and no void of it
            OpenQuestion::Void if confirmation.is_approved_payment() || confirmation.action() == Action::Capture => {
                let applied = self.apply_from(confirmation, Came::AsAnswer)?;
                self.record.voiding = false;
                Ok(applied)
            }
            _ => self.apply_from(confirmation, Came::AsAnswer),
        }
    }

    /// Keeps the bank's new name of a hold that was renewed ([`Reference::RenewalId`]): a later capture must say it. The first
    /// name stays: it is the one that a bank voids by.
    ///
    /// # Errors
    /// [`Error::Payment`] when nothing is held, or the report is not of a hold that was approved.
    pub fn renew_hold(&mut self, report: &Report) -> Result<(), Error> {
        let renewed = report.confirmation().filter(|told| told.action() == Action::Hold && told.outcome() == Outcome::Approved);
        let (Some(renewed), OperationState::Authorized) = (renewed, self.state()) else {
            return Err(Error::payment("report", "not of a hold that was renewed"));
        };
        renewed.require(self)?;
        if let Some(name) = renewed.references().get(Reference::RenewalId) {
            self.record.references.insert(Reference::RenewalId, name);
        }
        Ok(())
    }

    fn apply_from(&mut self, confirmation: &Confirmation, came: Came) -> Result<Applied, Error> {
        // again, since the operation may have moved after the confirmation was made
        confirmation.require(self)?;
        match confirmation.action() {
            Action::Approval | Action::Charge | Action::Hold => self.apply_payment(confirmation, came),
            Action::Capture => self.apply_capture(confirmation, came),
            Action::Refund => self.apply_refund(confirmation, came),
            Action::Void => self.apply_void(confirmation, came),
            Action::RefundVoid => self.apply_refund_void(confirmation, came),
            Action::CardDeletion => self.moved_by(None),
        }
    }

    /// The bank's books have the buyer's agreement and no charge: one that was lost never arrived.
    fn proved_uncharged(&mut self, confirmation: &Confirmation) -> Result<Applied, Error> {
        confirmation.require(self)?;
        self.require_not_voided(Step::ProvedUncharged)?;
        let capturing = self.record.capturing.is_some();
        self.moved_by((!capturing).then_some(Step::ProvedUncharged))
    }

    fn apply_payment(&mut self, confirmation: &Confirmation, came: Came) -> Result<Applied, Error> {
        let named = own_name(confirmation.identity(), confirmation.references());
        let known = confirmation.identity().zip(named).filter(|(name, named)| self.references().get(*name) == Some(named));
        // what is said of the very payment that the call answered about is no older than the call
        let running = came == Came::ByItself && self.state() == OperationState::Charging && known.is_none();
        let step = match (confirmation.outcome(), confirmation.action()) {
            // the hold is past: a capture runs, or its answer was lost
            _ if self.record.capturing.is_some() => None,
            (Outcome::Approved, _) if self.was_voided(confirmation)? => None,
            (Outcome::Approved, Action::Approval) if !self.state().is_paid() => {
                return Err(Error::payment("confirmation", "an approval moves no money: charge it first"));
            }
            (Outcome::Approved, Action::Hold) => Some(Step::Held),
            (Outcome::Approved, _) => Some(Step::Paid),
            // perhaps of a card that the buyer tried before
            _ if running => None,
            (Outcome::Declined | Outcome::Error, _) => Some(Step::Declined),
            (Outcome::Cancelled, _) => Some(Step::BuyerCancelled),
            (Outcome::Unknown, _) => Some(Step::Lost),
            // there is nothing yet that could have been charged
            (Outcome::Pending, Action::Approval) if came == Came::AsAnswer => Some(Step::ProvedUncharged),
            (Outcome::Pending, _) => None,
        };
        let applied = self.moved_by(step)?;
        match confirmation.outcome() {
            Outcome::Approved => self.record.references.add_missing(confirmation.references()),
            // the bank will tell the end of it under that name
            Outcome::Pending if came == Came::AsAnswer && confirmation.action() != Action::Approval => {
                self.record.references.add_missing(confirmation.references());
            }
            _ => {}
        }
        Ok(applied)
    }

    /// Whether this very payment was voided already: the approval that is repeated afterwards is no news. An approval that
    /// we have not seen before, for an operation that was voided, is an error: nobody can tell which of the two came last.
    /// A buyer who gave up has voided nothing: what waited then may still be paid.
    fn was_voided(&self, confirmation: &Confirmation) -> Result<bool, IllegalMove> {
        let known = confirmation.identity().and_then(|name| self.references().get(name));
        if self.state() == OperationState::Cancelled && self.is_voided() && known.is_some() {
            return Ok(true);
        }
        self.require_not_voided(if confirmation.action() == Action::Hold { Step::Held } else { Step::Paid })?;
        Ok(false)
    }

    /// Nothing but a paid operation goes on after a void.
    pub(super) fn require_not_voided(&self, step: Step) -> Result<(), IllegalMove> {
        if self.is_voided() && !self.state().is_paid() {
            return Err(IllegalMove { from: self.state(), step });
        }
        Ok(())
    }

    fn is_voided(&self) -> bool {
        self.references().get(Reference::VoidId).is_some()
    }

    /// Whether something was held, as far as we know, or the message itself names the hold.
    fn was_held(&self, confirmation: &Confirmation) -> bool {
        let named = [Reference::AuthorizationId, Reference::AuthorizationCode, Reference::BankReference];
        self.state() == OperationState::Authorized
            || self.state().is_paid()
            || self.record.capturing.is_some()
            || named.into_iter().any(|name| self.references().get(name).is_some())
            || confirmation.references().get(Reference::AuthorizationId).is_some()
    }

    fn apply_capture(&mut self, confirmation: &Confirmation, came: Came) -> Result<Applied, Error> {
        let asked = self.record.capturing;
        let step = match confirmation.outcome() {
            // a capture made in the bank's panel is of a hold that we know of; the capture of nothing is any payment of any amount
            Outcome::Approved if came == Came::ByItself && !self.was_held(confirmation) => return Err(Refusal::Type.into()),
            Outcome::Approved => {
                self.require_not_voided(Step::Paid)?;
                Some(Step::Paid)
            }
            // perhaps of a capture that was tried before
            _ if asked.is_none() || came == Came::ByItself => None,
            Outcome::Declined | Outcome::Error | Outcome::Cancelled => Some(Step::CaptureDeclined),
            Outcome::Unknown => Some(Step::Lost),
            Outcome::Pending => None,
        };
        let captured = confirmation.amount().or(asked);
        if step == Some(Step::Paid) && captured.is_none() && !self.state().is_paid() {
            return Err(Error::payment("amount", "a capture that we did not ask for, and the message does not tell how much"));
        }
        let applied = self.moved_by(step)?;
        if applied.paid_now() {
            self.record.captured = captured;
            self.record.references.add_missing(confirmation.references());
        }
        if matches!(step, Some(Step::Paid | Step::CaptureDeclined)) {
            self.record.capturing = None;
        }
        Ok(applied)
    }

    fn apply_void(&mut self, confirmation: &Confirmation, came: Came) -> Result<Applied, Error> {
        // what was held beyond a partial capture is let go: the capture stands
        let rest = self.charged().zip(confirmation.amount()).is_some_and(|(charged, stated)| charged != stated);
        if rest || confirmation.outcome() != Outcome::Approved {
            let denied = matches!(confirmation.outcome(), Outcome::Declined | Outcome::Cancelled | Outcome::Error);
            self.record.voiding &= !(denied && came == Came::AsAnswer);
            return self.moved_by(None);
        }
        let applied = self.moved_by(Some(Step::Voided))?;
        self.record.voiding = false;
        self.record.capturing = None;
        let told = own_name(confirmation.identity(), confirmation.references()).or_else(|| confirmation.code());
        let told = told.filter(|told| !told.is_empty()).unwrap_or("voided");
        self.record.references.insert(Reference::VoidId, told);
        Ok(applied)
    }

    fn apply_refund(&mut self, confirmation: &Confirmation, came: Came) -> Result<Applied, Error> {
        let mut after = self.clone();
        let Some(id) = after.refund_spoken_of(confirmation, came)? else { return self.moved_by(None) };
        let state = match confirmation.outcome() {
            Outcome::Approved => RefundState::Approved,
            Outcome::Declined | Outcome::Error | Outcome::Cancelled => RefundState::Declined,
            Outcome::Unknown => RefundState::Unknown,
            Outcome::Pending => RefundState::Pending,
        };
        after.set_refund(id, state);
        after.name_refund(id, confirmation);
        let sum = refund::total(after.refunds(), after.amount().zero());
        if after.charged().zip(sum).is_none_or(|(charged, sum)| sum > charged) {
            return Err(Refusal::Amount.into());
        }
        let done = state == RefundState::Approved && after.refund(id)?.state == RefundState::Approved;
        let step = done.then(|| after.refund_step());
        let applied = after.moved_by(step)?;
        *self = after;
        Ok(applied)
    }

    /// The record that the bank's word is about. An approved refund that we do not know was made in the bank's panel: it
    /// gets a record of its own. Other news of a refund that we do not know is none.
    fn refund_spoken_of(&mut self, confirmation: &Confirmation, came: Came) -> Result<Option<RefundId>, Error> {
        let approved = confirmation.outcome() == Outcome::Approved;
        let reference = own_name(confirmation.identity(), confirmation.references());
        if let Came::AboutRefund(id) = came {
            let asked = self.refund(id)?;
            let amount = asked.amount;
            if confirmation.amount().is_some_and(|stated| stated != amount) {
                return Err(Refusal::Amount.into());
            }
            // a message took the place of this answer and spoke of another refund: there are two
            let taken = asked.state == RefundState::Approved && asked.reference.is_some() && reference.is_some();
            if approved && taken && asked.reference.as_deref() != reference {
                return Ok(Some(self.add_refund(amount)?));
            }
            return Ok(Some(id));
        }
        let Some(amount) = confirmation.amount() else {
            return Err(Error::payment("refund", "a message without an amount does not tell which refund"));
        };
        match refund::matching(self.refunds(), amount, reference, approved) {
            Some(known) => Ok(Some(known.id)),
            None if approved => Ok(Some(self.add_refund(amount)?)),
            None => Ok(None),
        }
    }

    /// A refund that the bank told of: it is recorded even while a void runs.
    fn add_refund(&mut self, amount: Amount) -> Result<RefundId, Error> {
        let refund = self.new_refund(amount, None)?;
        let id = refund.id;
        self.record.refunds.push(refund);
        Ok(id)
    }

    /// Keeps the bank's own name for a refund.
    fn name_refund(&mut self, id: RefundId, confirmation: &Confirmation) {
        let reference = own_name(confirmation.identity(), confirmation.references());
        if let (Some(reference), Some(refund)) = (reference, self.record.refunds.iter_mut().find(|refund| refund.id == id)) {
            refund.reference = Some(reference.to_owned());
        }
        if let Some(name) = confirmation.references().get(Reference::RefundId) {
            self.record.references.insert(Reference::RefundId, name);
        }
    }

    fn apply_refund_void(&mut self, confirmation: &Confirmation, came: Came) -> Result<Applied, Error> {
        if confirmation.outcome() != Outcome::Approved {
            return self.moved_by(None);
        }
        let undone = match came {
            Came::AboutRefund(id) => self.refund(id)?,
            Came::AsAnswer | Came::ByItself => self.refund_voided_by(confirmation)?,
        };
        if !undone.gave_back() {
            return Err(Error::payment("refund", "it was not approved"));
        }
        if confirmation.amount().is_some_and(|stated| stated != undone.amount) {
            return Err(Refusal::Amount.into());
        }
        let (id, news) = (undone.id, undone.state == RefundState::Approved);
        let mut after = self.clone();
        after.set_refund(id, RefundState::Voided);
        // the charge itself may have been voided: then nothing of it is left, whatever became of its refunds
        let step = match after.refunded().is_zero() {
            _ if !news || self.is_voided() => None,
            true => Some(Step::RefundUndone),
            false => Some(Step::PartRefundUndone),
        };
        let applied = after.moved_by(step)?;
        *self = after;
        Ok(applied)
    }

    fn refund_voided_by(&self, confirmation: &Confirmation) -> Result<&Refund, Error> {
        let reference = own_name(confirmation.identity(), confirmation.references());
        let amount = confirmation.amount();
        let undone = amount.and_then(|amount| refund::to_void(self.refunds(), amount, reference));
        undone.ok_or_else(|| Error::payment("refund", "the message does not tell which refund was voided"))
    }

    /// Moves a refund's record. Bad news does not move an approved one, nothing but good news a declined one, and nothing
    /// but its own void one that gave back. An unknown one becomes either.
    pub(super) fn set_refund(&mut self, id: RefundId, state: RefundState) {
        let Some(refund) = self.record.refunds.iter_mut().find(|refund| refund.id == id) else { return };
        let moves = match refund.state {
            RefundState::Pending => true,
            RefundState::Unknown => state != RefundState::Pending,
            RefundState::Declined => state == RefundState::Approved,
            RefundState::Approved => state == RefundState::Voided,
            RefundState::Voided => false,
        };
        if moves {
            refund.state = state;
        }
    }

    /// Where the approved refunds lead.
    fn refund_step(&self) -> Step {
        if self.charged().is_some_and(|charged| self.refunded() >= charged) { Step::Refunded } else { Step::PartRefunded }
    }

    fn moved_by(&mut self, step: Option<Step>) -> Result<Applied, Error> {
        let from = self.state();
        if let Some(step) = step {
            self.step(step)?;
            if matches!(step, Step::Declined | Step::BuyerCancelled | Step::ProvedUncharged | Step::ChargeNotSent) {
                self.forget_charge();
            }
        }
        Ok(Applied { from, to: self.state() })
    }
}
