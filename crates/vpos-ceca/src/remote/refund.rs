//! A refund asked by form post, at the console's address or at that of `tpvweb`.
//!
//! Sources: the bank's `PrestaShop` module 1.1.1 (console), `active_merchant`'s `cecabank_xml` (`tpvweb`; the answers of both).
//! The answer is not signed: what proves it is TLS. Anything but a clear yes or no is Unknown.

use http::{Request, StatusCode};
use vpos_core::operation::{Operation, Refund, RefundState};
use vpos_core::{
    Action, Answer, Authentic, Claim, ClaimedAmount, Confirmation, Error, Exchange, Outcome, Reference, References, Refusal,
    Report,
};

use super::{BANK, body, rejected};
use crate::config::{Contract, RefundPath};
use crate::signature::{self, Scheme};
use crate::wire::fields::{self, Fields};
use crate::wire::names::{form, value};
use crate::wire::xml::{self, Done, XmlAnswer};

/// Gives back what `Operation::start_refund` recorded, wherever the contract says.
pub(crate) fn refund(contract: &Contract, operation: &Operation, refund: &Refund) -> Result<Exchange<Report>, Error> {
    operation.require_acceptor(&contract.acceptor)?;
    if operation.refund(refund.id)? != refund || refund.state != RefundState::Pending {
        return Err(Error::payment("refund", "not a pending refund of this operation: start_refund records it first"));
    }
    match contract.refund_path {
        RefundPath::Rest => super::rest::refund(contract, operation, refund),
        RefundPath::Console | RefundPath::Tpvweb => by_form(contract, operation, refund),
    }
}

/// The bank's id of what was charged: of the capture, where it has one of its own.
pub(super) fn reference(operation: &Operation) -> Result<&str, Error> {
    let known = operation.references();
    let found = known.get(Reference::CaptureId).or_else(|| known.get(Reference::BankReference));
    let found = found.ok_or_else(|| Error::payment("references.bank_reference", "the operation has none"))?;
    fields::reference(form::REFERENCE, found)
        .map_err(|_| Error::payment("references.bank_reference", "not the bank's: letters and digits"))
}

fn by_form(contract: &Contract, operation: &Operation, refund: &Refund) -> Result<Exchange<Report>, Error> {
    let mut fields = Fields::common(contract, operation, refund.amount)?;
    fields.push(form::REFERENCE, reference(operation)?);
    fields.push(form::LANGUAGE, value::SPANISH);
    let address = if contract.refund_path == RefundPath::Tpvweb {
        fields.push(form::PAGE, value::XML_PAGE);
        contract.tpvweb_refund_address()
    } else {
        if operation.charged() != Some(refund.amount) {
            fields.push(form::PARTIAL, value::PARTIAL);
        }
        contract.console_address()
    };
    let message = signature::message(Scheme::Refund, contract.key.cipher(), &fields.signed());
    fields.push(form::SIGNATURE, signature::sign(&contract.key, operation.number(), message.as_bytes()));
    let request = Request::post(address)
        .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(fields.encode())
        .map_err(|_| Error::config("environment", "not an address"))?;
    let asked = Asked { contract: contract.clone(), operation: operation.clone(), refund: refund.clone() };
    Ok(Exchange::ask(request, BANK, move |answer| Ok(Exchange::Done(asked.read(answer)))))
}

/// What the answer has to be about.
struct Asked {
    contract: Contract,
    operation: Operation,
    refund: Refund,
}

impl Asked {
    fn read(&self, answer: Answer) -> Report {
        let (body, proof) = match body(Action::Refund, answer, |status| status == StatusCode::OK) {
            Ok(read) => read,
            Err(report) => return *report,
        };
        self.judge(&body, proof).unwrap_or_else(|error| Report::unknown(Action::Refund, error.to_string()))
    }

    fn judge(&self, body: &[u8], proof: Option<Authentic>) -> Result<Report, Error> {
        let proof = proof.ok_or(Refusal::Signature)?;
        match xml::parse(body, self.operation.number().as_str(), self.refund.amount.currency())? {
            XmlAnswer::Error { code, text } => Ok(rejected(Action::Refund, code, &text)),
            XmlAnswer::Done(all) => {
                let mut refunds = all.into_iter().filter(|done| done.kind == REFUND);
                let done = refunds.next().ok_or(Refusal::Type)?;
                if refunds.next().is_some() {
                    return Err(Error::malformed("answer", "several refunds"));
                }
                self.confirm(done, proof)
            }
        }
    }

    fn confirm(&self, done: Done, proof: Authentic) -> Result<Report, Error> {
        if done.amount.is_some_and(|amount| amount != self.refund.amount) {
            return Err(Refusal::Amount.into());
        }
        let acceptor = &self.contract.acceptor;
        let mut references = References::new();
        references.insert(Reference::RefundId, done.reference.as_deref().unwrap_or_default());
        references.insert(Reference::AuthorizationCode, done.authorization.as_deref().unwrap_or_default());
        let claim = Claim {
            // the answer names neither merchant nor terminal: it is the answer to our own request
            contract: acceptor.clone(),
            merchant: acceptor.merchant().into(),
            terminal: acceptor.terminal().map(Into::into),
            number: self.operation.number().clone(),
            amount: done.amount.map_or(ClaimedAmount::AsRequested, ClaimedAmount::Stated),
            action: Action::Refund,
            outcome: Outcome::Approved,
            code: Some(done.kind.into()),
            identity: Some(Reference::RefundId),
            references,
            deadline: None,
        };
        Ok(Report::Confirmed(Confirmation::new(claim, proof, &self.operation)?))
    }
}

/// `tipo` of a refund.
const REFUND: &str = "900";
