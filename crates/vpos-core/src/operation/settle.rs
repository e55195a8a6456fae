//! How the bank's word moves an operation.

use super::{OpenQuestion, Operation, OperationState, RefundId, RefundState, Step, refund, refund_reference};
use crate::{Action, Confirmation, Error, Outcome, Reference, Refusal, Report};

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

    /// Whether good news came for an operation that had been given up: a person may have to look.
    pub fn late(&self) -> bool {
        use OperationState as S;
        self.moved() && matches!(self.from, S::Failed | S::Cancelled | S::Superseded)
    }
}

impl Operation {
    /// Moves the operation by a message of the bank: a notification, a buyer's return.
    ///
    /// # Errors
    /// [`Error::Refused`] when the confirmation is of another operation; [`Error::Payment`] when it is an approval that has
    /// to be charged first; [`Error::State`] when it makes no sense where the operation stands. Nothing is changed then.
    pub fn apply(&mut self, confirmation: &Confirmation) -> Result<Applied, Error> {
        self.apply_from(confirmation, None)
    }

    /// Moves the operation by the report of a charge, a capture or a void that was asked of the bank.
    ///
    /// # Errors
    /// As [`Operation::apply`]; [`Error::Payment`] for a refund's report, which [`Operation::settle_refund`] takes.
    pub fn settle(&mut self, report: &Report) -> Result<Applied, Error> {
        let step = match (report.action(), report) {
            (Action::Refund, _) => return Err(Error::payment("refund", "which one? settle_refund takes its id")),
            (_, Report::Confirmed(confirmation)) => return self.apply_from(confirmation, None),
            (Action::Approval | Action::Charge | Action::Hold, Report::Rejected { .. }) => Some(Step::Declined),
            (Action::Approval | Action::Charge | Action::Hold, Report::NotSent { .. }) => {
                (self.state() == OperationState::Charging).then_some(Step::ChargeNotSent)
            }
            (Action::Capture, Report::Rejected { .. } | Report::NotSent { .. }) => Some(Step::CaptureDeclined),
            (Action::Approval | Action::Charge | Action::Hold | Action::Capture, Report::Unknown { .. }) => Some(Step::Lost),
            _ => None,
        };
        let applied = self.moved_by(step)?;
        if step == Some(Step::CaptureDeclined) {
            self.record.capturing = None;
        }
        Ok(applied)
    }

    /// Moves the operation by the report of a refund that was asked of the bank.
    ///
    /// # Errors
    /// As [`Operation::apply`]; [`Error::Payment`] when there is no such refund.
    pub fn settle_refund(&mut self, id: RefundId, report: &Report) -> Result<Applied, Error> {
        self.refund(id)?;
        match report {
            Report::Confirmed(confirmation) => return self.apply_from(confirmation, Some(id)),
            Report::Rejected { .. } | Report::NotSent { .. } => self.set_refund(id, RefundState::Declined),
            Report::Unknown { .. } => self.set_refund(id, RefundState::Unknown),
            Report::Open { .. } => {}
        }
        self.moved_by(None)
    }

    /// Moves the operation by the report of a query about its [open question](Operation::open_question). Only a confirmed
    /// answer counts: a question that was lost or rejected changes nothing.
    ///
    /// # Errors
    /// As [`Operation::apply`].
    pub fn settle_query(&mut self, report: &Report) -> Result<Applied, Error> {
        let Report::Confirmed(confirmation) = report else { return self.moved_by(None) };
        match self.open_question() {
            OpenQuestion::Refund(id) => self.apply_from(confirmation, Some(id)),
            OpenQuestion::Payment | OpenQuestion::Capture => self.apply_from(confirmation, None),
        }
    }

    fn apply_from(&mut self, confirmation: &Confirmation, asked: Option<RefundId>) -> Result<Applied, Error> {
        self.acceptor().require(confirmation.contract())?;
        if confirmation.number() != self.number() {
            return Err(Refusal::Number.into());
        }
        match confirmation.action() {
            Action::Approval | Action::Charge | Action::Hold => self.apply_payment(confirmation),
            Action::Capture => self.apply_capture(confirmation),
            Action::Refund => self.apply_refund(confirmation, asked),
            Action::Void => self.moved_by((confirmation.outcome() == Outcome::Approved).then_some(Step::Voided)),
            Action::RefundVoid => self.apply_refund_void(confirmation),
            Action::CardDeletion => self.moved_by(None),
        }
    }

    fn apply_payment(&mut self, confirmation: &Confirmation) -> Result<Applied, Error> {
        let step = match (confirmation.outcome(), confirmation.action()) {
            // the hold is past: a capture runs, or its answer was lost
            _ if self.record.capturing.is_some() => None,
            (Outcome::Approved, _) if self.was_voided(confirmation) => None,
            (Outcome::Approved, Action::Approval) if !self.state().is_paid() => {
                return Err(Error::payment("confirmation", "an approval moves no money: charge it first"));
            }
            (Outcome::Approved, Action::Hold) => Some(Step::Held),
            (Outcome::Approved, _) => Some(Step::Paid),
            (Outcome::Declined | Outcome::Error, _) => Some(Step::Declined),
            (Outcome::Cancelled, _) => Some(Step::BuyerCancelled),
            (Outcome::Unknown, _) => Some(Step::Lost),
            (Outcome::Pending, _) => None,
        };
        let applied = self.moved_by(step)?;
        if confirmation.outcome() == Outcome::Approved {
            self.record.references.add_missing(confirmation.references());
        }
        Ok(applied)
    }

    /// Whether this very payment was voided already: the approval that is repeated afterwards is no news.
    fn was_voided(&self, confirmation: &Confirmation) -> bool {
        let known = confirmation.identity().and_then(|name| self.references().get(name));
        self.state() == OperationState::Cancelled && known.is_some()
    }

    fn apply_capture(&mut self, confirmation: &Confirmation) -> Result<Applied, Error> {
        let step = match confirmation.outcome() {
            Outcome::Approved => Some(Step::Paid),
            Outcome::Declined | Outcome::Error | Outcome::Cancelled => Some(Step::CaptureDeclined),
            Outcome::Unknown => Some(Step::Lost),
            Outcome::Pending => None,
        };
        let applied = self.moved_by(step)?;
        if applied.paid_now() {
            self.record.captured = confirmation.amount().or(self.record.capturing);
            self.record.references.add_missing(confirmation.references());
        }
        if matches!(step, Some(Step::Paid | Step::CaptureDeclined)) {
            self.record.capturing = None;
        }
        Ok(applied)
    }

    fn apply_refund(&mut self, confirmation: &Confirmation, asked: Option<RefundId>) -> Result<Applied, Error> {
        let mut after = self.clone();
        let Some(id) = after.refund_spoken_of(confirmation, asked)? else { return self.moved_by(None) };
        let state = match confirmation.outcome() {
            Outcome::Approved => RefundState::Approved,
            Outcome::Declined | Outcome::Error | Outcome::Cancelled => RefundState::Declined,
            Outcome::Unknown => RefundState::Unknown,
            Outcome::Pending => RefundState::Pending,
        };
        after.set_refund(id, state);
        after.name_refund(id, confirmation);
        let step = (state == RefundState::Approved).then(|| after.refund_step());
        let applied = after.moved_by(step)?;
        *self = after;
        Ok(applied)
    }

    /// The record that the bank's word is about. An approved refund that we do not know was made in the bank's panel: it
    /// gets a record of its own. Other news of a refund that we do not know is none.
    fn refund_spoken_of(&mut self, confirmation: &Confirmation, asked: Option<RefundId>) -> Result<Option<RefundId>, Error> {
        if asked.is_some() {
            return Ok(asked);
        }
        let Some(amount) = confirmation.amount() else {
            return Err(Error::payment("refund", "a message without an amount does not tell which refund"));
        };
        let reference = refund_reference(confirmation.identity(), confirmation.references());
        match refund::matching(self.refunds(), amount, reference) {
            Some(known) => Ok(Some(known.id)),
            None if confirmation.outcome() == Outcome::Approved => Ok(Some(self.start_refund(amount, None)?.id)),
            None => Ok(None),
        }
    }

    /// Keeps the bank's own name for a refund.
    fn name_refund(&mut self, id: RefundId, confirmation: &Confirmation) {
        let reference = refund_reference(confirmation.identity(), confirmation.references());
        if let (Some(reference), Some(refund)) = (reference, self.record.refunds.iter_mut().find(|refund| refund.id == id)) {
            refund.reference = Some(reference.to_owned());
        }
        if let Some(name) = confirmation.references().get(Reference::RefundId) {
            self.record.references.insert(Reference::RefundId, name);
        }
    }

    fn apply_refund_void(&mut self, confirmation: &Confirmation) -> Result<Applied, Error> {
        let undone = confirmation.amount().and_then(|amount| self.refund_to_void(amount));
        let (Some(id), Outcome::Approved) = (undone, confirmation.outcome()) else { return self.moved_by(None) };
        let mut after = self.clone();
        after.set_refund(id, RefundState::Voided);
        let step = if after.refunded().is_zero() { Step::RefundUndone } else { Step::PartRefundUndone };
        let applied = after.moved_by(Some(step))?;
        *self = after;
        Ok(applied)
    }

    /// Moves a refund's record. Bad news does not move an approved one, and nothing but its own void a voided one.
    fn set_refund(&mut self, id: RefundId, state: RefundState) {
        let Some(refund) = self.record.refunds.iter_mut().find(|refund| refund.id == id) else { return };
        let stays = match refund.state {
            RefundState::Approved => state != RefundState::Voided,
            RefundState::Voided => true,
            RefundState::Pending | RefundState::Unknown | RefundState::Declined => false,
        };
        if !stays {
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
        }
        Ok(Applied { from, to: self.state() })
    }
}
