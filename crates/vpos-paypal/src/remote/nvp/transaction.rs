//! GetTransactionDetails: what became of a payment, compared with the operation.

use vpos_core::operation::OperationState;
use vpos_core::{
    Action, Amount, Answer, Authentic, Claim, ClaimedAmount, Confirmation, Error, Exchange, Outcome, PaymentKind, Reference,
    Refusal,
};

use super::answer::{Said, Subject, read};
use crate::remote::BANK;
use crate::wire::nvp::names::{method, of};
use crate::wire::nvp::status::Status;
use crate::wire::nvp::{self, Call};

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
    /// What PayPal's word means for the operation.
    pub(super) fn claim(&self, subject: &Subject) -> Claim {
        let (operation, kind) = (&subject.operation, subject.operation.kind());
        let captured = operation.references().get(Reference::CaptureId) == Some(self.id);
        let (action, outcome) = match (Status::of(self.word, self.reason), kind) {
            (Status::Paid | Status::Returned, PaymentKind::Sale) => (Action::Charge, Outcome::Approved),
            (Status::Paid | Status::Returned, PaymentKind::Preauthorization) if captured => (Action::Capture, Outcome::Approved),
            // refused below: a charge of a hold, or a hold of a sale, is not what was asked for
            (Status::Paid | Status::Returned, PaymentKind::Preauthorization) => (Action::Charge, Outcome::Approved),
            (Status::Held, _) => (Action::Hold, Outcome::Approved),
            // what was paid is no less paid; but money that went before we knew of it pays for nothing
            (Status::GivenBack, PaymentKind::Sale) if operation.state().is_paid() => (Action::Charge, Outcome::Approved),
            (Status::GivenBack, PaymentKind::Preauthorization) if captured => (Action::Capture, Outcome::Approved),
            (Status::Pending, _) => (subject.payment(), Outcome::Pending),
            (Status::LetGo, PaymentKind::Preauthorization) if operation.state() == OperationState::Authorized => {
                (Action::Void, Outcome::Approved)
            }
            (Status::NotPaid | Status::LetGo, _) => (subject.payment(), Outcome::Declined),
            (Status::GivenBack | Status::Unknown, _) => (subject.payment(), Outcome::Unknown),
        };
        let mut claim = subject.claim(action, outcome);
        claim.amount = ClaimedAmount::Stated(self.amount);
        claim.code = match (action, outcome) {
            (Action::Void, _) => Some(plain(self.word)),
            (_, Outcome::Approved) => None,
            _ => Some(plain(self.reason_or_word())),
        };
        self.name(&mut claim);
        claim
    }

    /// Learns the payment's id.
    fn name(&self, claim: &mut Claim) {
        let name = match claim.action {
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

/// A word of PayPal's, as it may be logged.
fn plain(word: &str) -> Box<str> {
    word.chars().filter(|c| c.is_ascii_graphic()).take(40).collect::<String>().into()
}
