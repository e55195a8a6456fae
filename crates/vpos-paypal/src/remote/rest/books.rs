//! What PayPal's books say of an operation: an order, a capture, an authorization or a refund becomes a claim.
//!
//! Every part is compared with the operation that was stored: the id that was asked for, the payee, our number, the amount.

use std::sync::Arc;

use vpos_core::operation::Operation;
use vpos_core::{Action, Amount, Claim, ClaimedAmount, Error, Outcome, PaymentKind, Reference, Refusal};

use crate::config::Rest;
use crate::wire::rest::names::status;
use crate::wire::rest::order::{Order, Unit};
use crate::wire::rest::payment::Payment;
use crate::wire::rest::{Owner, request};

/// A contract and one of its operations.
#[derive(Clone, Debug)]
pub(crate) struct Books {
    pub(crate) rest: Arc<Rest>,
    pub(crate) operation: Operation,
}

/// How an answer came by its parts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// It was asked for: it must name whose it is.
    Asked,
    /// It follows what we did at an address that names the thing: PayPal may leave out what has not changed.
    Done,
}

impl Books {
    pub(crate) fn new(rest: &Arc<Rest>, operation: &Operation) -> Self {
        Self { rest: Arc::clone(rest), operation: operation.clone() }
    }

    pub(crate) fn known(&self, name: Reference) -> Option<&str> {
        self.operation.references().get(name)
    }

    /// How the charge of such an operation is called, once the money moves.
    pub(crate) const fn charge(&self) -> Action {
        match self.operation.kind() {
            PaymentKind::Sale => Action::Charge,
            PaymentKind::Preauthorization => Action::Hold,
        }
    }

    /// The one purchase unit of our order, when the order is ours.
    pub(crate) fn unit<'o>(&self, order: &'o Order, asked: &str, answer: Answer) -> Result<&'o Unit, Error> {
        if order.id != asked {
            return Err(Refusal::Number.into());
        }
        let unit = order.unit.as_ref().ok_or_else(|| Error::malformed("purchase_units", "none"))?;
        self.require(&unit.owner, answer)?;
        if order.intent.as_deref().is_some_and(|intent| intent != request::intent(self.operation.kind())) {
            return Err(Refusal::Type.into());
        }
        match unit.amount {
            Some(amount) if amount.currency() != self.operation.amount().currency() => Err(Refusal::Currency.into()),
            Some(amount) if amount != self.operation.amount() => Err(Refusal::Amount.into()),
            None if answer == Answer::Asked => Err(Error::malformed("amount", "missing")),
            _ => Ok(unit),
        }
    }

    fn require(&self, owner: &Owner, answer: Answer) -> Result<(), Refusal> {
        owner.require(&self.rest, self.operation.number())?;
        if answer == Answer::Asked && self.rest.merchant_id.is_some() && owner.payee.is_none() {
            return Err(Refusal::Merchant);
        }
        if answer == Answer::Asked && !owner.names_a_number() {
            return Err(Refusal::Number);
        }
        Ok(())
    }

    /// How the payment of our order stands. A buyer who comes back without having agreed has given up.
    pub(crate) fn of_order(&self, order: &Order, asked: &str, answer: Answer, gave_up: bool) -> Result<Claim, Error> {
        let unit = self.unit(order, asked, answer)?;
        let claim = match self.operation.kind() {
            PaymentKind::Sale => self.sale(order, unit, gave_up),
            PaymentKind::Preauthorization => self.hold(order, unit, gave_up),
        }?;
        Ok(learning(claim, order))
    }

    /// How the running capture of our hold stands.
    pub(crate) fn of_running_capture(&self, order: &Order, asked: &str) -> Result<Claim, Error> {
        let unit = self.unit(order, asked, Answer::Asked)?;
        let asked_for = |capture: &&Payment| capture.amount == self.operation.capturing();
        let captures: Vec<&Payment> = unit.captures.iter().filter(asked_for).collect();
        let best = self.best_capture(captures.into_iter());
        // another one stands: whether ours was done too nobody can tell, and nothing was undone
        let another = unit.captures.iter().any(|capture| standing(&capture.status) < GIVEN_BACK);
        let claim = match (best, self.best_hold(unit)) {
            (Some(capture), _) if another && capture.status == status::REFUNDED => {
                self.bare(Action::Capture, Outcome::Unknown, &capture.status)
            }
            (Some(capture), _) => self.of_capture(capture, Answer::Done)?,
            (None, _) if another => self.bare(Action::Capture, Outcome::Unknown, &order.status),
            (None, Some(hold)) if is_let_go(&hold.status) => self.let_go(hold),
            // the hold stands untouched: what ran was not done
            (None, Some(hold)) if hold.status == status::CREATED && unit.captures.is_empty() => {
                self.bare(Action::Capture, Outcome::Declined, &hold.status)
            }
            (None, _) => self.bare(Action::Capture, Outcome::Unknown, &order.status),
        };
        Ok(learning(claim, order))
    }

    fn sale(&self, order: &Order, unit: &Unit, gave_up: bool) -> Result<Claim, Error> {
        match self.best_capture(unit.captures.iter()) {
            Some(capture) if !is_refused(&capture.status) || order.status == status::COMPLETED => {
                self.of_capture(capture, Answer::Done)
            }
            _ => Ok(self.agreement(order, unit, gave_up)),
        }
    }

    fn hold(&self, order: &Order, unit: &Unit, gave_up: bool) -> Result<Claim, Error> {
        let captured = self.best_capture(unit.captures.iter()).filter(|capture| !is_refused(&capture.status));
        let hold = self.best_hold(unit);
        // a part of it was charged and given back before we knew, and the rest is held still
        let holds_on = hold.is_some_and(|hold| [status::CREATED, status::PARTIALLY_CAPTURED].contains(&hold.status.as_str()));
        let undone = |capture: &Payment| capture.status == status::REFUNDED && !self.operation.state().is_paid();
        match (captured, hold) {
            (Some(capture), Some(hold)) if holds_on && undone(capture) => self.of_hold_in(unit, hold),
            (Some(capture), hold) => {
                let mut claim = self.of_capture(capture, Answer::Done)?;
                claim.references.insert(Reference::AuthorizationId, hold.map(|hold| hold.id.as_str()).unwrap_or_default());
                Ok(claim)
            }
            (None, Some(hold)) if hold.status != status::DENIED || order.status == status::COMPLETED => {
                self.of_hold_in(unit, hold)
            }
            _ => Ok(self.agreement(order, unit, gave_up)),
        }
    }

    /// A hold of an order. One beside the hold that is known renews it, and is no second one: the answer to the renewal was
    /// lost, or it was renewed in PayPal's panel.
    fn of_hold_in(&self, unit: &Unit, hold: &Payment) -> Result<Claim, Error> {
        let claim = self.of_authorization(hold, Answer::Done)?;
        let known = self.known(Reference::AuthorizationId);
        let renews = |first: &Payment| first.id != hold.id && known == Some(first.id.as_str());
        if claim.action == Action::Hold && unit.authorizations.iter().any(renews) {
            return Ok(renewal(claim, &hold.id));
        }
        Ok(claim)
    }

    /// Of a paid operation the charge that is known, whatever became of it; else the one that stands best.
    fn best_capture<'p>(&self, all: impl Iterator<Item = &'p Payment>) -> Option<&'p Payment> {
        let known = self.known(Reference::CaptureId);
        let paid = self.operation.state().is_paid();
        all.min_by_key(|capture| {
            let other = known != Some(capture.id.as_str());
            (paid && other, standing(&capture.status), other)
        })
    }

    /// The hold that stands best; where several do, the last renewal, else the first one.
    fn best_hold<'p>(&self, unit: &'p Unit) -> Option<&'p Payment> {
        let known = [self.known(Reference::RenewalId), self.known(Reference::AuthorizationId)];
        let place = |id: &str| known.iter().position(|known| *known == Some(id)).unwrap_or(known.len());
        unit.authorizations.iter().min_by_key(|hold| (standing(&hold.status), place(&hold.id)))
    }

    /// Nothing was taken yet: whether the buyer agreed.
    fn agreement(&self, order: &Order, unit: &Unit, gave_up: bool) -> Claim {
        let (action, outcome) = match order.status.as_str() {
            status::APPROVED => (Action::Approval, Outcome::Approved),
            status::CREATED | status::SAVED | status::PAYER_ACTION_REQUIRED if gave_up => (Action::Approval, Outcome::Cancelled),
            status::CREATED | status::SAVED | status::PAYER_ACTION_REQUIRED => (Action::Approval, Outcome::Pending),
            status::VOIDED => (Action::Approval, Outcome::Cancelled),
            _ => (self.charge(), Outcome::Unknown),
        };
        let code = if outcome == Outcome::Approved { "" } else { &order.status };
        let mut claim = self.bare(action, outcome, code);
        claim.amount = unit.amount.map_or(ClaimedAmount::AsRequested, ClaimedAmount::Stated);
        claim.references.insert(Reference::ApprovalId, order.changed.as_deref().unwrap_or_default());
        claim
    }

    /// A charge, or the capture of a hold.
    pub(crate) fn of_capture(&self, capture: &Payment, answer: Answer) -> Result<Claim, Error> {
        self.require_payment(capture, answer)?;
        let action = match self.operation.kind() {
            PaymentKind::Sale => Action::Charge,
            PaymentKind::Preauthorization => Action::Capture,
        };
        let outcome = match capture.status.as_str() {
            status::COMPLETED | status::PARTIALLY_REFUNDED => Outcome::Approved,
            status::REFUNDED => return self.given_back(capture, action),
            status::PENDING => Outcome::Pending,
            status::DECLINED | status::FAILED => Outcome::Declined,
            _ => Outcome::Unknown,
        };
        self.named(capture, action, outcome, Reference::CaptureId)
    }

    /// A charge of which nothing is left. Where we never saw it, it is as if it had been undone; where we did, and know of no
    /// refund for all of it, what was left went back.
    fn given_back(&self, capture: &Payment, action: Action) -> Result<Claim, Error> {
        if !self.operation.state().is_paid() {
            return Ok(self.bare(Action::Void, Outcome::Approved, &capture.status));
        }
        match self.operation.refundable() {
            Some(left) if !left.is_zero() => {
                let mut claim = self.bare(Action::Refund, Outcome::Approved, capture.code());
                claim.amount = ClaimedAmount::Stated(left);
                Ok(claim)
            }
            _ => self.named(capture, action, Outcome::Approved, Reference::CaptureId),
        }
    }

    /// A hold. One that was captured since was one all the same: its captures tell more.
    pub(crate) fn of_authorization(&self, hold: &Payment, answer: Answer) -> Result<Claim, Error> {
        self.require_payment(hold, answer)?;
        let outcome = match hold.status.as_str() {
            status::CREATED | status::CAPTURED | status::PARTIALLY_CAPTURED => Outcome::Approved,
            status::PENDING => Outcome::Pending,
            status::DENIED => Outcome::Declined,
            // what was let go is what was held beyond the charge: that one stands
            gone if is_let_go(gone) && self.operation.state().is_paid() => Outcome::Approved,
            gone if is_let_go(gone) => return Ok(self.let_go(hold)),
            _ => Outcome::Unknown,
        };
        let claim = self.named(hold, Action::Hold, outcome, Reference::AuthorizationId)?;
        let renewed = self.known(Reference::RenewalId) == Some(hold.id.as_str());
        Ok(if renewed { renewal(claim, &hold.id) } else { claim })
    }

    /// The void of a hold, of the hold's own amount: it undoes no charge.
    fn let_go(&self, hold: &Payment) -> Claim {
        let claim = self.bare(Action::Void, Outcome::Approved, &hold.status);
        Claim { amount: stated(hold), ..claim }
    }

    /// A refund.
    pub(crate) fn of_refund(&self, refund: &Payment, answer: Answer) -> Result<Claim, Error> {
        refund.owner.require_refund(&self.rest, self.operation.number())?;
        // whose a charge is that we know was told when it was made
        let of_ours = refund.of_capture.as_deref().zip(self.known(Reference::CaptureId)).map(|(told, known)| told == known);
        if of_ours == Some(false) || (answer == Answer::Asked && of_ours.is_none() && !refund.owner.names_a_number()) {
            return Err(Refusal::Number.into());
        }
        let known = self.operation.refunds().iter().any(|known| known.reference.as_deref() == Some(&refund.id));
        if answer == Answer::Asked && of_ours.is_none() && !known {
            self.require_named_payee(&refund.owner)?;
        }
        let outcome = match refund.status.as_str() {
            status::COMPLETED => Outcome::Approved,
            status::PENDING => Outcome::Pending,
            status::FAILED | status::CANCELLED => Outcome::Declined,
            _ => Outcome::Unknown,
        };
        self.named(refund, Action::Refund, outcome, Reference::RefundId)
    }

    /// Ours by its number; or, where it names none, by its order.
    fn require_payment(&self, payment: &Payment, answer: Answer) -> Result<(), Refusal> {
        payment.owner.require(&self.rest, self.operation.number())?;
        let order = self.known(Reference::OrderId).zip(payment.order_id.as_deref());
        let of_ours = order.map(|(known, told)| known == told);
        if of_ours == Some(false) || (answer == Answer::Asked && of_ours.is_none() && !payment.owner.names_a_number()) {
            return Err(Refusal::Number);
        }
        let names = [Reference::CaptureId, Reference::AuthorizationId, Reference::RenewalId];
        let known = names.into_iter().any(|name| self.known(name) == Some(payment.id.as_str()));
        if answer == Answer::Asked && !known { self.require_named_payee(&payment.owner) } else { Ok(()) }
    }

    /// What is asked by itself, and was unknown so far, says whose it is where the contract does
    /// [`payments_payment_v2`: `payee` of a capture and an authorization, `payer` of a refund].
    fn require_named_payee(&self, owner: &Owner) -> Result<(), Refusal> {
        let unnamed = self.rest.merchant_id.is_some() && owner.payee.is_none();
        if unnamed { Err(Refusal::Merchant) } else { Ok(()) }
    }

    fn named(&self, payment: &Payment, action: Action, outcome: Outcome, name: Reference) -> Result<Claim, Error> {
        let approved = outcome == Outcome::Approved;
        if approved && action != Action::Refund && payment.amount.is_none() {
            return Err(Error::malformed("amount", "missing"));
        }
        let mut claim = self.bare(action, outcome, if approved { "" } else { payment.code() });
        claim.amount = stated(payment);
        claim.identity = Some(name);
        claim.references.insert(name, &payment.id);
        Ok(claim)
    }

    /// The amount of the operation, as a hold's.
    pub(crate) const fn amount(&self) -> Amount {
        self.operation.amount()
    }
}

fn learning(mut claim: Claim, order: &Order) -> Claim {
    claim.references.insert(Reference::OrderId, &order.id);
    claim.references.insert(Reference::PayerId, order.payer_id.as_deref().unwrap_or_default());
    claim
}

/// A hold under another name, which is no second one.
pub(super) fn renewal(claim: Claim, hold: &str) -> Claim {
    let references = [(Reference::RenewalId, hold.to_owned())].into_iter().collect();
    Claim { identity: None, references, ..claim }
}

fn stated(payment: &Payment) -> ClaimedAmount {
    payment.amount.map_or(ClaimedAmount::AsRequested, ClaimedAmount::Stated)
}

/// The less, the more of the money stands. A word that nobody knows is no less than one that waits.
fn standing(word: &str) -> u8 {
    match word {
        status::COMPLETED | status::PARTIALLY_REFUNDED | status::CREATED | status::CAPTURED | status::PARTIALLY_CAPTURED => 0,
        status::PENDING => 2,
        status::REFUNDED | status::VOIDED | status::EXPIRED => GIVEN_BACK,
        status::DECLINED | status::DENIED | status::FAILED => 4,
        _ => 1,
    }
}

const GIVEN_BACK: u8 = 3;

fn is_refused(standing: &str) -> bool {
    [status::DECLINED, status::FAILED].contains(&standing)
}

fn is_let_go(standing: &str) -> bool {
    [status::VOIDED, status::EXPIRED].contains(&standing)
}
