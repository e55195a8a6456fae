//! `GetTransactionDetails`: what became of a payment, compared with the operation.

use std::sync::Arc;

use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Action, Amount, Answer, Authentic, Claim, ClaimedAmount, Confirmation, Error, Exchange, Outcome, PaymentKind, Reference,
    Refusal,
};

use super::answer::{Said, Subject, read};
use crate::config::Nvp;
use crate::remote::BANK;
use crate::wire::nvp::names::{method, of};
use crate::wire::nvp::status::Status;
use crate::wire::nvp::{self, Call, plain};

/// What became of a payment that a message named. It is asked for with our own account's credentials: of another account's
/// payment PayPal tells them nothing.
pub(crate) fn payment(nvp: &Arc<Nvp>, operation: &Operation, id: &str) -> Result<Exchange<Confirmation>, Error> {
    ask(Subject::new(nvp, operation)?, id, |result| result)
}

/// Believes a message about a hold that is not known, when that hold renews the known one.
///
/// Source: `PaymentInfoType` of the SOAP API: the parent's id is told of a renewal.
pub(crate) fn renewed(
    nvp: &Arc<Nvp>,
    operation: &Operation,
    hold: String,
    claim: Claim,
) -> Result<Exchange<Confirmation>, Error> {
    let subject = Subject::new(nvp, operation)?;
    let first = subject.reference(Reference::AuthorizationId)?;
    let request = request(&hold).request(&subject.nvp)?;
    Ok(Exchange::ask(request, BANK, move |answer| {
        let (answer, proof) = read_about(&subject, &hold, answer)?;
        answer.is_about(subject.operation.number(), &of::NUMBERS)?;
        answer.need_same(of::PARENTTRANSACTIONID, &first, Refusal::Number)?;
        subject.confirm(claim, proof).map(Exchange::Done)
    }))
}

/// Asks for the payment with that id.
pub(super) fn ask<T: 'static>(
    subject: Subject,
    id: &str,
    end: impl FnOnce(Result<Confirmation, Error>) -> Result<T, Error> + Send + 'static,
) -> Result<Exchange<T>, Error> {
    let id = id.to_owned();
    let request = request(&id).request(&subject.nvp)?;
    Ok(Exchange::ask(request, BANK, move |answer| end(judge(&subject, &id, answer)).map(Exchange::Done)))
}

pub(super) fn request(id: &str) -> Call {
    Call::new(method::TRANSACTION).with(of::TRANSACTIONID, id)
}

/// The answer about the transaction with that id.
pub(super) fn read_about(subject: &Subject, id: &str, answer: Answer) -> Result<(nvp::Answer, Authentic), Error> {
    let (answer, proof) = match read(answer)? {
        Said::Good(answer, proof) => (answer, proof),
        Said::No(no) => return Err(no.error()),
    };
    answer.need_same(of::TRANSACTIONID, id, Refusal::Number)?;
    subject.require_payee(&answer, of::RECEIVERID)?;
    Ok((answer, proof))
}

fn judge(subject: &Subject, id: &str, answer: Answer) -> Result<Confirmation, Error> {
    let (answer, proof) = read_about(subject, id, answer)?;
    answer.is_about(subject.operation.number(), &of::NUMBERS)?;
    let amount = answer.amount(of::AMT, of::CURRENCYCODE)?;
    let word = answer.need(of::PAYMENTSTATUS)?;
    let payment = Payment { id, amount, word, reason: answer.get(of::PENDINGREASON) };
    subject.confirm(payment.claim(subject), proof)
}

/// A payment as PayPal tells of it.
pub(super) struct Payment<'a> {
    pub(super) id: &'a str,
    pub(super) amount: Amount,
    pub(super) word: &'a str,
    pub(super) reason: Option<&'a str>,
}

impl Payment<'_> {
    /// The claim.
    pub(super) fn claim(&self, subject: &Subject) -> Claim {
        let (action, outcome) = self.meaning(subject);
        let mut claim = subject.claim(action, outcome);
        claim.amount = ClaimedAmount::Stated(self.amount);
        claim.code = match (action, outcome) {
            (Action::Void, _) => Some(plain(self.word)),
            (_, Outcome::Approved) => None,
            _ => Some(plain(self.reason_or_word())),
        };
        self.name(subject, &mut claim);
        claim
    }

    /// What PayPal's word means for the operation.
    fn meaning(&self, subject: &Subject) -> (Action, Outcome) {
        let (operation, kind) = (&subject.operation, subject.operation.kind());
        let hold = kind == PaymentKind::Preauthorization;
        let captured = hold && operation.references().get(Reference::CaptureId) == Some(self.id);
        let status = Status::of(self.word, self.reason);
        // what was paid is no less paid when it went back; but money that went before we knew of it pays for nothing
        let known = captured || (!hold && operation.state().is_paid());
        match status {
            Status::GivenBack if !known => (subject.payment(), Outcome::Unknown),
            Status::Paid | Status::Returned | Status::GivenBack if captured => (Action::Capture, Outcome::Approved),
            // refused by core where it was to be held, as is a hold where it was to be charged
            Status::Paid | Status::Returned | Status::GivenBack => (Action::Charge, Outcome::Approved),
            Status::Held => (Action::Hold, Outcome::Approved),
            Status::Pending => (subject.payment(), Outcome::Pending),
            Status::LetGo if hold && operation.state() == OperationState::Authorized => (Action::Void, Outcome::Approved),
            Status::NotPaid | Status::LetGo => (subject.payment(), Outcome::Declined),
            Status::Unknown => (subject.payment(), Outcome::Unknown),
        }
    }

    /// Learns the payment's id.
    fn name(&self, subject: &Subject, claim: &mut Claim) {
        let name = match claim.action {
            // the hold's last renewal is no second hold
            Action::Hold if subject.operation.references().get(Reference::RenewalId) == Some(self.id) => return,
            Action::Charge | Action::Capture => Reference::CaptureId,
            Action::Hold => Reference::AuthorizationId,
            _ => return,
        };
        claim.identity = Some(name);
        claim.references.insert(name, self.id);
    }

    fn reason_or_word(&self) -> &str {
        self.reason.filter(|reason| !reason.eq_ignore_ascii_case("none")).unwrap_or(self.word)
    }
}
