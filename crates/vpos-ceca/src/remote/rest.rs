//! REST: refund, capture and void, and what they have in common with a charge.
//!
//! Source: `active_merchant`'s `cecabank_json`. A good answer is signed and must be about what was asked; a `codResult` or a
//! `paramsEntradaError` is the bank's definite no; anything else tells nothing, so it is Unknown.

use http::{Request, StatusCode};
use serde_json::{Map, Value};
use vpos_core::operation::{Operation, OperationState, Refund};
use vpos_core::{Action, Amount, Answer, Authentic, ClaimedAmount, Confirmation, Error, Exchange, Refusal, Report};

use super::refund::reference;
use super::{BANK, body, rejected};
use crate::config::{BANK as NAME, Contract, Rest};
use crate::wire::names;
use crate::wire::names::rest_action;
use crate::wire::rest::{RestAnswer, claim, common, parse, seal};

/// Gives back what was recorded and checked already.
pub(super) fn refund(contract: &Contract, operation: &Operation, refund: &Refund) -> Result<Exchange<Report>, Error> {
    let call = Call::about(operation, rest_action::REFUND, Action::Refund, refund.amount)?;
    call.ask(contract, operation, "refund")
}

/// Charges what `Operation::start_capture` recorded: all of the hold, or less.
pub(crate) fn capture(contract: &Contract, operation: &Operation) -> Result<Exchange<Report>, Error> {
    require(contract, "capture")?;
    let Some(amount) = operation.capturing().filter(|_| operation.state() == OperationState::Charging) else {
        return Err(Error::payment("state", "no capture was started: start_capture records it first"));
    };
    if amount > operation.amount() {
        return Err(Error::payment("amount", "above the hold"));
    }
    Call::about(operation, rest_action::CAPTURE, Action::Capture, amount)?.ask(contract, operation, "capture")
}

/// Lets go of a hold, or undoes a charge of the day.
pub(crate) fn void(contract: &Contract, operation: &Operation) -> Result<Exchange<Report>, Error> {
    require(contract, "void")?;
    let amount = match operation.state() {
        OperationState::Authorized => operation.amount(),
        OperationState::Completed => operation.charged().unwrap_or(operation.amount()),
        state => return Err(Error::payment("state", format!("nothing to void: the operation is {state}"))),
    };
    Call::about(operation, rest_action::VOID, Action::Void, amount)?.ask(contract, operation, "void")
}

/// The contract's REST keys.
pub(super) fn require<'c>(contract: &'c Contract, operation: &'static str) -> Result<&'c Rest, Error> {
    contract.rest.as_ref().ok_or(Error::Unsupported { bank: NAME, operation })
}

/// One operation of the API.
pub(super) struct Call {
    /// `accion`, and the process that takes it.
    pub(super) what: (&'static str, &'static str),
    pub(super) action: Action,
    pub(super) amount: Amount,
    /// Members beyond the common ones.
    pub(super) more: Map<String, Value>,
}

impl Call {
    /// A call about what the bank has a reference of.
    fn about(operation: &Operation, what: (&'static str, &'static str), action: Action, amount: Amount) -> Result<Self, Error> {
        let mut more = Map::new();
        more.insert(names::rest::REFERENCE.to_owned(), reference(operation)?.into());
        Ok(Self { what, action, amount, more })
    }

    /// The exchange. Its report is a confirmation only when the whole answer fits.
    pub(super) fn ask(self, contract: &Contract, operation: &Operation, name: &'static str) -> Result<Exchange<Report>, Error> {
        operation.require_acceptor(&contract.acceptor)?;
        let keys = require(contract, name)?;
        let (accion, process) = self.what;
        let mut parameters = common(contract, accion, operation, self.amount)?;
        parameters.extend(self.more);
        let request = Request::post(contract.rest_address(process))
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(http::header::ACCEPT, "application/json")
            .body(seal(keys, parameters))
            .map_err(|_| Error::config("environment", "not an address"))?;
        let asked = Asked {
            action: self.action,
            amount: self.amount,
            contract: contract.clone(),
            keys: keys.clone(),
            operation: operation.clone(),
        };
        Ok(Exchange::ask(request, BANK, move |answer| Ok(Exchange::Done(asked.read(answer)))))
    }
}

/// What the answer has to be about.
struct Asked {
    action: Action,
    amount: Amount,
    contract: Contract,
    keys: Rest,
    operation: Operation,
}

impl Asked {
    fn read(&self, answer: Answer) -> Report {
        // the bank's own no may come with 4xx; a redirect or a 5xx tells nothing
        let (body, proof) = match body(self.action, answer, |status| status == StatusCode::OK || status.is_client_error()) {
            Ok(read) => read,
            Err(report) => return *report,
        };
        self.judge(&body, proof).unwrap_or_else(|error| Report::unknown(self.action, self.reason(&error)))
    }

    fn judge(&self, body: &[u8], by_transport: Option<Authentic>) -> Result<Report, Error> {
        // what comes over no TLS can say anything: neither yes nor no is believed
        if by_transport.is_none() && !self.keys.verify_answers {
            return Err(Refusal::Signature.into());
        }
        match parse(&self.keys, body, by_transport)? {
            RestAnswer::Error(code) => Ok(rejected(self.action, code, "the bank gave no text")),
            RestAnswer::Done(object, proof) => {
                let claim = claim(&object, &self.contract, self.operation.number(), self.amount, self.action)?;
                if matches!(claim.amount, ClaimedAmount::Stated(stated) if stated != self.amount) {
                    return Err(Refusal::Amount.into());
                }
                Ok(Report::Confirmed(Confirmation::new(claim, proof, &self.operation)?))
            }
        }
    }

    fn reason(&self, error: &Error) -> String {
        match error.refusal() {
            Some(Refusal::Signature) if self.keys.verify_answers => {
                format!("{error}: the bank's answer is not signed with rest_key (verify_rest_answers)")
            }
            _ => error.to_string(),
        }
    }
}
