//! What a message of the platform says of an operation: a [`Claim`].

use vpos_core::operation::Operation;
use vpos_core::{Action, Amount, Claim, ClaimedAmount, Environment, Error, Outcome, PaymentKind, Reference, References, Refusal};

use super::answer::{RemoteAnswer, code};
use super::names::hpp;
use super::response::Response;
use crate::codes;
use crate::config::{Contract, Settle};

/// What an approved response or authorisation means for that operation: charged, held, or to be charged now.
pub(crate) fn payment(contract: &Contract, kind: PaymentKind) -> Action {
    match (kind, contract.settle) {
        (PaymentKind::Preauthorization, _) => Action::Hold,
        (PaymentKind::Sale, Settle::Auto) => Action::Charge,
        (PaymentKind::Sale, Settle::OnConfirmation | Settle::Multi) => Action::Approval,
    }
}

/// The claim of the hosted page's response, its hash checked before. The hash covers neither account, amount nor currency.
pub(crate) fn of_response(response: &Response, contract: &Contract, operation: &Operation) -> Result<Claim, Error> {
    let code = code(response.required(hpp::RESULT)?, hpp::RESULT)?;
    let message = response.text(hpp::MESSAGE).unwrap_or_default();
    // the dots of a hashed text do not say where its parts end: each part keeps to its own shape
    let time = response.required(hpp::TIMESTAMP)?;
    if time.len() != 14 || !time.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::malformed(hpp::TIMESTAMP, "not 14 digits"));
    }
    let terminal = match contract.acceptor.terminal() {
        Some(_) => Some(response.required(hpp::ACCOUNT)?.into()),
        // the contract leaves the account to the platform
        None => None,
    };
    let currency = operation.amount().currency();
    let amount = match response.text(hpp::AMOUNT).filter(|text| !text.is_empty()) {
        Some(text) => {
            let amount = Amount::parse_minor(text, currency);
            ClaimedAmount::Stated(amount.map_err(|_| Error::malformed(hpp::AMOUNT, "not a whole number of minor units"))?)
        }
        None => ClaimedAmount::AsRequested,
    };
    let outcome = codes::outcome(code, message);
    // the message is hashed, the account is not: a buyer may have put a live merchant's test account into the form. A settle
    // would name our own account; where none follows, the message must not be the test system's.
    let action = payment(contract, operation.kind());
    let unsettled = contract.acceptor.environment() == Environment::Live && action != Action::Approval;
    if unsettled && message.to_ascii_lowercase().replace(' ', "").contains("[testsystem]") {
        return Err(Refusal::Environment.into());
    }
    let references = if outcome == Outcome::Approved { references(response, operation)? } else { References::new() };
    Ok(Claim {
        contract: contract.acceptor.clone(),
        merchant: response.required(hpp::MERCHANT_ID)?.into(),
        terminal,
        number: response.order().clone(),
        amount,
        action,
        outcome,
        code: Some(code.into()),
        identity: Some(Reference::BankReference),
        references,
        deadline: None,
    })
}

/// What later calls need. Settle, void and rebate must name both.
fn references(response: &Response, operation: &Operation) -> Result<References, Error> {
    let mut learnt = References::new();
    for (name, reference) in [(hpp::PASREF, Reference::BankReference), (hpp::AUTHCODE, Reference::AuthorizationCode)] {
        let value = response.text(name).unwrap_or_default().trim();
        // nor may a dot hide in it: the part before it would be another's
        if value.is_empty() || value.contains('.') {
            return Err(Error::malformed(name, "missing in an approval, or with a dot"));
        }
        learnt.insert(reference, value);
    }
    // no hash covers the saved card: it is believed only beside the payer whom we ourselves named on the form
    let payer = operation.references().get(Reference::PayerId);
    let saved = response.text(hpp::PMT_SETUP) == Some("00");
    if saved && payer.is_some() && response.text(hpp::SAVED_PAYER_REF) == payer {
        learnt.insert(Reference::CardReference, response.text(hpp::SAVED_PMT_REF).unwrap_or_default());
    }
    Ok(learnt)
}

/// The claim of a remote answer about that operation. The answer names no amount: it is about what we asked for. Only an
/// approval teaches.
pub(crate) fn of_answer(
    answer: &RemoteAnswer,
    contract: &Contract,
    operation: &Operation,
    action: Action,
    learnt: References,
) -> Result<Claim, Error> {
    let code = answer.code()?;
    let outcome = codes::outcome(code, answer.message());
    let references = if outcome == Outcome::Approved { learnt } else { References::new() };
    let identity = match action {
        Action::Refund => Reference::RefundId,
        Action::Void => Reference::VoidId,
        _ => Reference::BankReference,
    };
    let terminal = contract.acceptor.terminal().map(|ours| answer.account().unwrap_or(ours).into());
    Ok(Claim {
        contract: contract.acceptor.clone(),
        merchant: answer.merchant().into(),
        terminal,
        number: operation.number().clone(),
        amount: ClaimedAmount::AsRequested,
        action,
        outcome,
        code: Some(code.into()),
        identity: Some(identity),
        references,
        deadline: None,
    })
}
