//! What an answer is about and how it ended: a confirmation when its hash holds and it speaks of our operation, an error when
//! it is a basic one, and Unknown when it tells nothing.

use std::sync::Arc;

use http::{Request, StatusCode};
use vpos_core::operation::Operation;
use vpos_core::{Action, Answer, Confirmation, Error, Exchange, Outcome, Reference, References, Refusal, Report, mask_pans};

use super::BANK;
use crate::codes;
use crate::config::Contract;
use crate::wire::answer::RemoteAnswer;
use crate::wire::claim;
use crate::wire::document::is_of_order;

/// What the answer to a request about an operation is compared with.
pub(crate) struct Expected {
    pub(crate) contract: Arc<Contract>,
    pub(crate) operation: Operation,
    pub(crate) action: Action,
    /// What the confirmation teaches.
    pub(crate) learn: Learn,
    /// Whether the answer must name the order; cards of the vault belong to none.
    pub(crate) names_order: bool,
}

/// What is learnt of an approved answer. A settle, a void and a rebate each mint a `pasref` of their own: later calls need the
/// original's [banks/ELAVON.md, section 5].
pub(crate) enum Learn {
    /// These, whatever the answer says.
    Known(References),
    /// The answer's own: it is the authorisation.
    Authorisation,
    /// The answer's `pasref` is the refund's.
    Refund,
    /// The answer's `pasref` is the void's.
    Void,
}

impl Learn {
    fn of(&self, answer: &RemoteAnswer) -> References {
        let mut learnt = References::new();
        match self {
            Self::Known(references) => return references.clone(),
            Self::Authorisation => {
                learnt.insert(Reference::BankReference, answer.pasref());
                learnt.insert(Reference::AuthorizationCode, answer.authcode());
            }
            Self::Refund => learnt.insert(Reference::RefundId, answer.pasref()),
            Self::Void => learnt.insert(Reference::VoidId, answer.pasref()),
        }
        learnt
    }
}

impl Expected {
    /// The exchange. Its report is a confirmation only when the whole answer fits.
    pub(crate) fn ask(self, request: Request<Vec<u8>>) -> Exchange<Report> {
        Exchange::ask(request, BANK, move |answer| Ok(Exchange::Done(self.read(answer))))
    }

    fn read(&self, answer: Answer) -> Report {
        let answer = match document(&self.contract, answer) {
            Ok(answer) => answer,
            Err(Error::Transport(lost)) => return Report::lost(self.action, &lost),
            Err(error) => return Report::unknown(self.action, error.to_string()),
        };
        let report = if answer.is_basic() { self.basic(&answer) } else { self.confirm(&answer) };
        report.unwrap_or_else(|error| Report::unknown(self.action, error.to_string()))
    }

    /// An error that nobody signs: never a success, never a decline.
    fn basic(&self, answer: &RemoteAnswer) -> Result<Report, Error> {
        if self.names_order && !is_of_order(answer.order(), self.operation.number()) {
            return Err(Refusal::Number.into());
        }
        basic_report(self.action, answer)
    }

    fn confirm(&self, answer: &RemoteAnswer) -> Result<Report, Error> {
        let proof = answer.check(&self.contract)?;
        let claim = claim::of_answer(answer, &self.contract, &self.operation, self.action, self.learn.of(answer))?;
        let number = self.operation.number();
        // the platform's prefixes occur in errors alone
        let ours = match claim.outcome {
            Outcome::Approved => answer.order() == number.as_str(),
            _ => is_of_order(answer.order(), number),
        };
        if self.names_order && !ours {
            return Err(Refusal::Number.into());
        }
        Ok(Report::Confirmed(Confirmation::new(claim, proof, &self.operation)?))
    }
}

/// The answer's document. The platform answers 200 always: another status is somebody else's.
pub(crate) fn document(contract: &Contract, answer: Answer) -> Result<RemoteAnswer, Error> {
    let response = answer.into_response()?;
    if response.status() != StatusCode::OK {
        return Err(Error::malformed("answer", format!("status {}", response.status().as_u16())));
    }
    RemoteAnswer::parse(contract, response.body())
}

/// What a basic error about our own order tells: 3xx to 6xx that nothing was done, 2xx that nobody knows.
pub(crate) fn basic_report(action: Action, answer: &RemoteAnswer) -> Result<Report, Error> {
    let code = answer.code()?.to_owned();
    match code.as_bytes() {
        [b'3'..=b'6', _, _] => Ok(Report::Rejected { action, message: text(answer.message()), code }),
        [b'2', _, _] => Ok(Report::Unknown { action, reason: "the platform could not reach the bank".into(), code: Some(code) }),
        _ => Err(Error::malformed("answer", "an outcome that nobody signed")),
    }
}

/// The platform's own text, as it may be logged.
pub(crate) fn text(message: &str) -> String {
    let told: String = message.chars().filter(|c| !c.is_control()).take(200).collect();
    mask_pans(&told).into_owned()
}

/// How a call ended that moves no operation: of the vault, of the fraud review, a check of a card. Exhaustive on purpose.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a new ending must break every match")]
pub enum Told {
    /// Done.
    Done(Details),
    /// The platform's or the issuer's definite no.
    Refused {
        /// The result.
        code: String,
        /// The platform's own text, card numbers masked.
        message: String,
    },
    /// The request never left.
    NotSent {
        /// Why not.
        reason: String,
    },
    /// The request left, and nobody knows what became of it.
    Unknown {
        /// Why the answer tells nothing.
        reason: String,
        /// The result, where there was one.
        code: Option<String>,
    },
}

/// What the platform says of what it did.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Details {
    /// The result: `00`.
    pub code: String,
    /// The platform's own text, card numbers masked.
    pub message: String,
    /// `pasref`, where there is one.
    pub bank_reference: Option<String>,
    /// `authcode`, where there is one.
    pub authorization: Option<String>,
    /// How the issuer judged the card's security code: M matched, N did not, I not checked, U the issuer cannot, P not processed.
    pub cvn_result: Option<String>,
}

/// Sends a request that moves no operation. Its answer must name that order, where it is about one.
pub(crate) fn ask_told(contract: &Arc<Contract>, request: Request<Vec<u8>>, order: Option<String>) -> Exchange<Told> {
    let contract = Arc::clone(contract);
    Exchange::ask(request, BANK, move |answer| Ok(Exchange::Done(told(&contract, order.as_deref(), answer))))
}

fn told(contract: &Contract, order: Option<&str>, answer: Answer) -> Told {
    match read_told(contract, order, answer) {
        Ok(told) => told,
        Err(Error::Transport(vpos_core::Lost::BeforeSend { reason })) => Told::NotSent { reason },
        Err(error) => Told::Unknown { reason: error.to_string(), code: None },
    }
}

fn read_told(contract: &Contract, order: Option<&str>, answer: Answer) -> Result<Told, Error> {
    let answer = document(contract, answer)?;
    if !answer.is_basic() {
        answer.check(contract)?;
        if answer.merchant() != contract.merchant() {
            return Err(Refusal::Merchant.into());
        }
    }
    if order.is_some_and(|order| answer.order() != order) {
        return Err(Refusal::Number.into());
    }
    let (code, message) = (answer.code()?.to_owned(), text(answer.message()));
    if answer.is_basic() {
        return Ok(match basic_report(Action::CardDeletion, &answer)? {
            Report::Unknown { reason, code, .. } => Told::Unknown { reason, code },
            _ => Told::Refused { code, message },
        });
    }
    let there = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(match codes::outcome(&code, answer.message()) {
        Outcome::Approved => Told::Done(Details {
            code,
            message,
            bank_reference: there(answer.pasref()),
            authorization: there(answer.authcode()),
            cvn_result: there(answer.cvn_result()),
        }),
        Outcome::Unknown => Told::Unknown { reason: message, code: Some(code) },
        _ => Told::Refused { code, message },
    })
}
