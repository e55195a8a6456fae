//! What an answer of the API tells: something good, PayPal's definite no, or nothing.

use http::StatusCode;
use vpos_core::{Action, Authentic, Claim, ClaimedAmount, Confirmation, Error, Lost, Outcome, References, Refusal, Report};

use super::books::Books;
use super::token::{Answered, Failed};
use crate::codes;
use crate::wire::rest::names::issue;
use crate::wire::rest::problem::Problem;

/// What came.
pub(crate) enum Said {
    Good(Vec<u8>, Authentic),
    Problem(Problem, Authentic),
    /// Why it tells nothing.
    Nothing(String),
}

impl Said {
    pub(crate) fn of(answered: Answered) -> Self {
        let Answered { status, body, proof } = answered;
        let Some(proof) = proof else { return Self::Nothing("an answer over an open connection".into()) };
        match status {
            StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => Self::Good(body, proof),
            // too many requests, or too slow a one: what became of it is not said
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Self::nothing(status),
            status if status.is_client_error() => match Problem::parse(status, &body) {
                Ok(problem) => Self::Problem(problem, proof),
                Err(_) => Self::nothing(status),
            },
            status => Self::nothing(status),
        }
    }

    fn nothing(status: StatusCode) -> Self {
        Self::Nothing(format!("status {}", status.as_u16()))
    }
}

/// The good answer to a question. Without it the message that raised the question is neither believed nor refused.
pub(crate) fn needed(answered: Result<Answered, Failed>) -> Result<(Vec<u8>, Authentic), Error> {
    match answered.map(Said::of) {
        Ok(Said::Good(body, proof)) => Ok((body, proof)),
        Ok(Said::Nothing(reason)) => Err(Lost::after_send(reason).into()),
        Err(Failed::Call(lost) | Failed::Token(lost)) => Err(lost.into()),
        Ok(Said::Problem(Problem { code, message, .. }, _)) | Err(Failed::Denied { code, message }) => {
            Err(Error::Bank { code, message })
        }
    }
}

/// An answer that cannot be read has not told anything.
pub(crate) fn unread(error: Error) -> Error {
    match error {
        Error::Malformed { .. } => Lost::after_send(error.to_string()).into(),
        other => other,
    }
}

/// The good answer to what was asked to be done, or the report of what came instead.
pub(crate) fn done(
    books: &Books,
    action: Action,
    answered: Result<Answered, Failed>,
) -> Result<(Vec<u8>, Authentic), Box<Report>> {
    match told(action, answered)? {
        Said::Good(body, proof) => Ok((body, proof)),
        Said::Problem(problem, proof) => Err(Box::new(refused(books, action, problem, proof))),
        Said::Nothing(reason) => Err(Box::new(Report::unknown(action, reason))),
    }
}

/// What came, where a call was made at all.
pub(crate) fn told(action: Action, answered: Result<Answered, Failed>) -> Result<Said, Box<Report>> {
    answered.map(Said::of).map_err(|failed| {
        Box::new(match failed {
            Failed::Call(lost) => Report::lost(action, &lost),
            // the call itself never left
            Failed::Token(lost) => Report::NotSent { action, reason: lost.to_string() },
            Failed::Denied { code, message } => Report::Rejected { action, code, message },
        })
    })
}

/// PayPal's no to what was asked. It names no operation: it is about what our own request, over TLS, was about. A conflict is no
/// no, whatever it is called: another request is at work on the same thing. Neither is a word that no public page has, unless
/// nothing can have been done: a 422, or no access [banks/PAYPAL.md, section 3: 422 others, 401].
pub(crate) fn refused(books: &Books, action: Action, problem: Problem, proof: Authentic) -> Report {
    let Problem { code, message, status } = problem;
    let not_approved = issue::NOT_APPROVED.contains(&code.as_str());
    let outcome = match (status, codes::find(&code)) {
        (StatusCode::CONFLICT, _) => Outcome::Unknown,
        (_, Some(known)) => known.class().outcome(),
        (StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNAUTHORIZED, None) => Outcome::Error,
        (_, None) => Outcome::Unknown,
    };
    match outcome {
        Outcome::Declined if code == issue::DECLINED => books.confirm(books.bare(action, Outcome::Declined, &code), proof),
        Outcome::Pending if not_approved => books.confirm(books.bare(Action::Approval, Outcome::Pending, &code), proof),
        Outcome::Pending => Report::Open { action, code: Some(code) },
        Outcome::Unknown => Report::Unknown { action, reason: message, code: Some(code) },
        _ => Report::Rejected { action, code, message },
    }
}

impl Books {
    /// A claim about what was asked, from an answer that tells no more than how it ended.
    pub(crate) fn bare(&self, action: Action, outcome: Outcome, code: &str) -> Claim {
        Claim {
            contract: self.rest.acceptor.clone(),
            merchant: self.rest.acceptor.merchant().into(),
            terminal: None,
            number: self.operation.number().clone(),
            amount: ClaimedAmount::AsRequested,
            action,
            outcome,
            code: (!code.is_empty()).then(|| code.into()),
            identity: None,
            references: References::new(),
            deadline: None,
        }
    }

    /// The claim compared with the operation. What does not fit tells nothing of what was asked.
    pub(crate) fn confirm(&self, claim: Claim, proof: Authentic) -> Report {
        let action = claim.action;
        match Confirmation::new(claim, proof, &self.operation) {
            Ok(confirmation) => Report::Confirmed(confirmation),
            Err(refusal) => unfit(action, refusal),
        }
    }
}

/// An answer about something else.
pub(crate) fn unfit(action: Action, refusal: Refusal) -> Report {
    Report::unknown(action, Error::from(refusal).to_string())
}
