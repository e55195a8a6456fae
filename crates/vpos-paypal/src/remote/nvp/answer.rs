//! What every call shares: the operation it is about, the reading of an answer, and how a call ends that told nothing.

use std::sync::Arc;

use http::StatusCode;
use vpos_core::operation::Operation;
use vpos_core::{
    Acceptor, Action, Answer, Authentic, Claim, ClaimedAmount, Confirmation, Error, Lost, Outcome, PaymentKind, Reference,
    References, Refusal, Report,
};

use crate::codes::{self, Class};
use crate::config::{Nvp, check_number};
use crate::wire::nvp::{self, Ack};

/// An operation of this contract.
pub(crate) struct Subject {
    pub(crate) nvp: Arc<Nvp>,
    pub(crate) operation: Operation,
}

impl Subject {
    pub(crate) fn new(nvp: &Arc<Nvp>, operation: &Operation) -> Result<Self, Error> {
        operation.require_acceptor(&nvp.acceptor)?;
        check_number(operation.number())?;
        Ok(Self { nvp: Arc::clone(nvp), operation: operation.clone() })
    }

    /// A reference that the call cannot do without.
    pub(crate) fn reference(&self, name: Reference) -> Result<String, Error> {
        let value = self.operation.references().get(name).map(str::to_owned);
        value.ok_or_else(|| Error::payment(format!("references.{name}"), "the operation has none: was Operation::learn called?"))
    }

    /// What the hold is called now: a capture says the last renewal.
    pub(crate) fn hold(&self) -> Result<String, Error> {
        self.reference(Reference::RenewalId).or_else(|_| self.reference(Reference::AuthorizationId))
    }

    /// What a payment of this kind is when it is done.
    pub(crate) fn payment(&self) -> Action {
        match self.operation.kind() {
            PaymentKind::Sale => Action::Charge,
            PaymentKind::Preauthorization => Action::Hold,
        }
    }

    /// A claim about the operation, of no amount and with nothing learnt.
    pub(crate) fn claim(&self, action: Action, outcome: Outcome) -> Claim {
        let contract: &Acceptor = &self.nvp.acceptor;
        Claim {
            contract: contract.clone(),
            merchant: contract.merchant().into(),
            terminal: None,
            number: self.operation.number().clone(),
            amount: ClaimedAmount::AsRequested,
            action,
            outcome,
            code: None,
            identity: None,
            references: References::new(),
            deadline: None,
        }
    }

    pub(crate) fn confirm(&self, claim: Claim, proof: Authentic) -> Result<Confirmation, Error> {
        Ok(Confirmation::new(claim, proof, &self.operation)?)
    }

    /// The account that is paid must be the contract's, where both are told.
    pub(crate) fn require_payee(&self, answer: &nvp::Answer, name: &str) -> Result<(), Error> {
        let ours = self.nvp.receiver_id.as_deref();
        ours.map_or(Ok(()), |ours| answer.same(name, ours, Refusal::Merchant))
    }

    /// `MSGSUBID`: the same for a repeat after a lost answer, another for another thing. Numbers have no small letters.
    ///
    /// Source: NVP API reference, `DoVoid`: at most 38 characters.
    pub(crate) fn request_id(&self, what: &str) -> Result<String, Error> {
        let id = format!("{}{what}", self.operation.number());
        if id.len() > LONGEST_REQUEST_ID {
            return Err(Error::payment("number", "too long for the id of one more request"));
        }
        Ok(id)
    }
}

const LONGEST_REQUEST_ID: usize = 38;

/// An answer that can be read, and its proof.
pub(crate) enum Said {
    /// The call was done. What became of the payment is another question.
    Good(nvp::Answer, Authentic),
    /// The call was not done.
    No(No),
}

/// PayPal's no to a call.
pub(crate) struct No {
    pub(crate) code: String,
    pub(crate) message: String,
    /// Whether one of the codes says that the same was done before.
    pub(crate) done_before: bool,
    class: Class,
    proof: Authentic,
}

/// The token was used, the invoice number was paid, the request id is known, and the first answer cannot be shown again
/// [banks/PAYPAL.md, section 5; developer.paypal.com, NVP troubleshooting: 10412, 10415, 11607; SOAP reference: 13751].
const DONE_BEFORE: [&str; 4] = ["10412", "10415", "11607", "13751"];

/// Whether the answer says that the same was done before.
pub(crate) fn is_done_before(answer: &nvp::Answer) -> bool {
    answer.codes().any(|code| DONE_BEFORE.contains(&code))
}

/// Reads an answer. One that cannot be read is a lost one: PayPal answers 200, in its own form, always.
pub(crate) fn read(answer: Answer) -> Result<Said, Error> {
    let proof = answer.authentic();
    let response = answer.into_response()?;
    if response.status() != StatusCode::OK {
        return Err(Lost::after_send(format!("status {}", response.status().as_u16())).into());
    }
    let proof = proof.ok_or_else(|| Lost::after_send("an answer without TLS"))?;
    let answer = nvp::Answer::parse(response.body()).map_err(|error| Lost::after_send(error.to_string()))?;
    match answer.ack() {
        Ack::Good => Ok(Said::Good(answer, proof)),
        Ack::Failure => no(&answer, proof).map(Said::No),
        Ack::Other => Err(Lost::after_send("an ACK that is neither a yes nor a no").into()),
    }
}

fn no(answer: &nvp::Answer, proof: Authentic) -> Result<No, Error> {
    let Some(code) = answer.codes().next() else { return Err(Lost::after_send("a no without a code").into()) };
    // a warning may stand before the code that tells
    let class_of = |code: &str| codes::find(code).map_or(Class::Error, codes::Code::class);
    let unknown = answer.codes().any(|code| class_of(code) == Class::Unknown);
    let class = if unknown { Class::Unknown } else { class_of(code) };
    Ok(No { code: code.to_owned(), message: answer.message(), done_before: is_done_before(answer), class, proof })
}

impl No {
    /// As the end of a call that moves money: the buyer's funding source, our data, or nobody knows.
    pub(crate) fn report(self, subject: &Subject, action: Action) -> Report {
        match self.class {
            Class::Unknown | Class::Pending => {
                Report::Unknown { action, reason: format!("PayPal answered {}", self.code), code: Some(self.code) }
            }
            Class::Declined => {
                let claim = Claim { code: Some(self.code.into()), ..subject.claim(action, Outcome::Declined) };
                subject.confirm(claim, self.proof).map_or_else(|error| unknown(action, &error), Report::Confirmed)
            }
            Class::Error | Class::ErrorRetryable => Report::Rejected { action, message: self.words(), code: self.code },
        }
    }

    /// As the end of a question, which moves nothing.
    pub(crate) fn error(self) -> Error {
        if self.class == Class::Unknown {
            return Lost::after_send(format!("PayPal answered {}", self.code)).into();
        }
        Error::Bank { message: self.words(), code: self.code }
    }

    /// PayPal's own text, or ours for the code.
    fn words(&self) -> String {
        let ours = || codes::find(&self.code).map_or_else(String::new, |code| code.english().to_owned());
        if self.message.is_empty() { ours() } else { self.message.clone() }
    }
}

/// How a question to the API ends as a report: what was asked moved nothing, so a no leaves everything as it was.
pub(crate) fn told(action: Action, result: Result<Confirmation, Error>) -> Report {
    match result {
        Ok(confirmation) => Report::Confirmed(confirmation),
        Err(Error::Transport(lost)) => Report::lost(action, &lost),
        Err(Error::Bank { code, message }) => Report::Rejected { action, code, message },
        Err(error) => unknown(action, &error),
    }
}

/// The same for a question that follows a call which may have moved money: whatever is wrong with its answer, the call left.
pub(crate) fn told_after_call(action: Action, result: Result<Confirmation, Error>) -> Report {
    match result {
        Ok(confirmation) if confirmation.action() != Action::Approval => Report::Confirmed(confirmation),
        Ok(_) => Report::unknown(action, "done before, and the details say that it was not"),
        Err(Error::Bank { code, message }) => Report::Unknown { action, reason: message, code: Some(code) },
        Err(error) => unknown(action, &error),
    }
}

pub(crate) fn unknown(action: Action, error: &Error) -> Report {
    Report::unknown(action, error.to_string())
}
