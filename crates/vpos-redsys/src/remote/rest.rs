//! REST: refund, capture, void, and what they have in common: signed parameters out, a signed answer in.
//!
//! Source: REST manual 4.0.1. A good answer is signed and says the same order, merchant, terminal, type, amount and currency
//! as the request; an unsigned `{"errorCode": …}` is the bank's definite no; anything else tells nothing, so it is Unknown.

use http::{Request, StatusCode};
use serde_json::{Map, Value};
use vpos_core::operation::{Operation, OperationState, Refund, RefundState};
use vpos_core::{
    Action, Amount, Answer, Claim, ClaimedAmount, Confirmation, Error, Exchange, NOTIFICATION_LIMIT, PaymentKind, Report,
    mask_pans,
};

use super::BANK;
use crate::config::Contract;
use crate::form::common;
use crate::wire::claim::{self, Fields as _};
use crate::wire::envelope::{Envelope, seal};
use crate::wire::names::{MERCHANT_PARAMETERS, answer, transaction};
use crate::wire::parameters::Parameters;
use crate::wire::query::error_code;

/// Gives back what `Operation::start_refund` recorded.
pub(crate) fn refund(contract: &Contract, operation: &Operation, refund: &Refund) -> Result<Exchange<Report>, Error> {
    if operation.refund(refund.id)? != refund || refund.state != RefundState::Pending {
        return Err(Error::payment("refund", "not a pending refund of this operation: start_refund records it first"));
    }
    let call = Call { action: Action::Refund, transaction: transaction::REFUND, amount: refund.amount, more: Map::new() };
    call.ask(contract, operation)
}

/// Charges what `Operation::start_capture` recorded: all of the hold, or less, and the bank lets go of the rest (type 2 with
/// a smaller amount, as the bank's own shop modules do; type 48 needs a right of its own).
pub(crate) fn capture(contract: &Contract, operation: &Operation) -> Result<Exchange<Report>, Error> {
    let Some(amount) = operation.capturing().filter(|_| operation.state() == OperationState::Charging) else {
        return Err(Error::payment("state", "no capture was started: start_capture records it first"));
    };
    if amount > operation.amount() {
        return Err(Error::payment("amount", "above the hold"));
    }
    Call { action: Action::Capture, transaction: transaction::CAPTURE, amount, more: Map::new() }.ask(contract, operation)
}

/// Lets go of a hold, or undoes a charge of the day.
pub(crate) fn void(contract: &Contract, operation: &Operation) -> Result<Exchange<Report>, Error> {
    let amount = match operation.state() {
        OperationState::Authorized => operation.amount(),
        OperationState::Completed => operation.charged().unwrap_or(operation.amount()),
        state => return Err(Error::payment("state", format!("nothing to void: the operation is {state}"))),
    };
    Call { action: Action::Void, transaction: transaction::VOID, amount, more: Map::new() }.ask(contract, operation)
}

/// Undoes an approved refund, within 48 hours.
pub(crate) fn void_refund(contract: &Contract, operation: &Operation, refund: &Refund) -> Result<Exchange<Report>, Error> {
    if operation.refund(refund.id)? != refund || refund.state != RefundState::Approved {
        return Err(Error::payment("refund", "not an approved refund of this operation"));
    }
    let (action, transaction) = (Action::RefundVoid, transaction::VOID_REFUND);
    Call { action, transaction, amount: refund.amount, more: Map::new() }.ask(contract, operation)
}

/// A charge's or a hold's action and transaction type, by the operation's kind.
pub(crate) const fn payment(kind: PaymentKind) -> (Action, &'static str) {
    match kind {
        PaymentKind::Sale => (Action::Charge, transaction::CHARGE),
        PaymentKind::Preauthorization => (Action::Hold, transaction::PREAUTHORISE),
    }
}

/// One operation at `trataPeticionREST`.
pub(crate) struct Call {
    pub(crate) action: Action,
    pub(crate) transaction: &'static str,
    pub(crate) amount: Amount,
    /// Parameters beyond the six common ones.
    pub(crate) more: Map<String, Value>,
}

impl Call {
    /// The exchange. Its report is a confirmation only when the whole answer fits.
    pub(crate) fn ask(self, contract: &Contract, operation: &Operation) -> Result<Exchange<Report>, Error> {
        let (request, expected) = self.request(contract, operation)?;
        Ok(Exchange::ask(request, BANK, move |answer| Ok(Exchange::Done(expected.read(answer)))))
    }

    /// The request, and what its answer will be compared with.
    pub(crate) fn request(self, contract: &Contract, operation: &Operation) -> Result<(Request<Vec<u8>>, Expected), Error> {
        operation.require_acceptor(&contract.acceptor)?;
        let Self { action, transaction, amount, more } = self;
        let mut parameters = common(contract, operation, amount, transaction)?;
        parameters.extend(more);
        let fields = seal(contract, contract.rest_signature, operation.number(), parameters);
        let body: Map<String, Value> = fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let request = Request::post(contract.rest_address())
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(http::header::ACCEPT, "application/json")
            .body(Value::Object(body).to_string().into_bytes())
            .map_err(|_| Error::config("environment", "not an address"))?;
        let expected = Expected { action, transaction, amount, contract: contract.clone(), operation: operation.clone() };
        Ok((request, expected))
    }
}

/// What a call's answer has to be about.
pub(crate) struct Expected {
    action: Action,
    transaction: &'static str,
    amount: Amount,
    contract: Contract,
    operation: Operation,
}

impl Expected {
    fn read(&self, answer: Answer) -> Report {
        match self.envelope(answer) {
            Ok(envelope) => self.confirm(&envelope).unwrap_or_else(|error| self.unknown(error.to_string())),
            Err(report) => *report,
        }
    }

    /// The signed message, or how the answer ends without one.
    pub(crate) fn envelope(&self, answer: Answer) -> Result<Envelope, Box<Report>> {
        let response = answer.into_response().map_err(|lost| Report::lost(self.action, &lost))?;
        let status = response.status();
        // the bank's own no comes with 200; some faults with 4xx. A redirect or a 5xx tells nothing.
        if status != StatusCode::OK && !status.is_client_error() {
            return Err(self.unknown(format!("the bank answered with status {}", status.as_u16())).into());
        }
        // real ones have some two KiB; what is nested in them is read into memory
        if response.body().len() > NOTIFICATION_LIMIT {
            return Err(self.unknown("the answer is above 64 KiB").into());
        }
        let text = std::str::from_utf8(response.body()).map_err(|_| self.unknown("the answer is not UTF-8"))?;
        let object = Parameters::parse(text).map_err(|_| self.unknown("the answer is not JSON"))?;
        // a no that nobody signed does not count beside a message that may be a signed yes
        if !object.has(MERCHANT_PARAMETERS)
            && let Some(rejected) = self.rejection(&object)
        {
            return Err(rejected.into());
        }
        Envelope::from_object(&object).map_err(|error| self.unknown(error.to_string()).into())
    }

    /// `{"errorCode":"SIS0042","errorCodeDescription":"…"}`: the description is often missing [`active_merchant`'s recordings].
    fn rejection(&self, object: &Parameters) -> Option<Report> {
        let code = object.text(answer::ERROR_CODE).ok().flatten()?;
        let Ok(code) = error_code(code) else { return Some(self.unknown("an error code that is none")) };
        let told = object.text(answer::ERROR_DESCRIPTION).ok().flatten().unwrap_or_default();
        let known = crate::codes::find(&code).map(super::super::codes::Code::english);
        let told: String = told.chars().filter(|c| !c.is_control()).take(200).collect();
        let message = known.map_or_else(|| mask_pans(&told).into_owned(), str::to_owned);
        Some(Report::Rejected { action: self.action, code, message })
    }

    fn confirm(&self, envelope: &Envelope) -> Result<Report, Error> {
        let proof = envelope.check_answer(&self.contract)?;
        envelope.members().refuse_doubles()?;
        let claim = claim::read(envelope.members(), envelope.order(), &self.contract, None)?;
        let transaction = claim::transaction(envelope.members().required(answer::TRANSACTION_TYPE)?);
        if transaction != self.transaction || !self.is_about(&claim) {
            return Err(Error::malformed("answer", "about something else than was asked"));
        }
        let confirmation = Confirmation::new(claim, proof, &self.operation)?;
        Ok(Report::Confirmed(confirmation))
    }

    /// Whether a claim is about what was asked: the same order, merchant, terminal, action and amount.
    pub(crate) fn is_about(&self, claim: &Claim) -> bool {
        let ours = &self.contract.acceptor;
        claim.number == *self.operation.number()
            && *claim.merchant == *ours.merchant()
            && claim.terminal.as_deref() == ours.terminal()
            && claim.action == self.action
            && claim.amount == ClaimedAmount::Stated(self.amount)
    }

    pub(crate) fn unknown(&self, reason: impl Into<String>) -> Report {
        Report::unknown(self.action, reason)
    }

    pub(crate) const fn contract(&self) -> &Contract {
        &self.contract
    }
}
