//! REST: signed parameters out, a signed answer or a bare error in.
//!
//! Source: `active_merchant`'s `cecabank_json` and its unit tests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use vpos_core::operation::Operation;
use vpos_core::{
    Action, Amount, Authentic, Claim, ClaimedAmount, Error, OperationNumber, Outcome, Reference, References, Refusal,
};

use super::fields;
use super::json::Object;
use super::names::{rest, value};
use super::xml::is_code;
use crate::config::{Contract, Rest};
use crate::signature::{Cipher, check_rest, sign_rest};

/// What every request has: the action, which operation, how much, who.
pub(crate) fn common(contract: &Contract, accion: &str, operation: &Operation, sum: Amount) -> Result<Map<String, Value>, Error> {
    fields::check_amount(sum)?;
    let members = [
        (rest::ACTION, accion.to_owned()),
        (rest::NUMBER, operation.number().to_string()),
        (rest::AMOUNT, sum.minor_units().to_string()),
        (rest::CURRENCY, fields::currency(sum.currency())),
        (rest::EXPONENT, value::EXPONENT.to_owned()),
        (rest::MERCHANT_ID, contract.merchant_id.clone()),
        (rest::ACQUIRER_BIN, contract.acquirer_bin.clone()),
        (rest::TERMINAL_ID, contract.terminal_id.clone()),
    ];
    Ok(members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
}

/// The request's body.
pub(crate) fn seal(keys: &Rest, parameters: Map<String, Value>) -> Vec<u8> {
    let encoded = STANDARD.encode(Value::Object(parameters).to_string());
    let signature = sign_rest(&keys.key, &encoded);
    let members = [(rest::PARAMETERS, encoded), (rest::CIPHER, Cipher::Sha2.to_string()), (rest::SIGNATURE, signature)];
    let body: Map<String, Value> = members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    Value::Object(body).to_string().into_bytes()
}

/// An answer that says something.
#[derive(Debug)]
pub(crate) enum RestAnswer {
    /// What was done, and proof that the bank says so.
    Done(Object, Authentic),
    /// The bank's no, which it does not sign.
    Error(String),
}

/// Reads an answer. `by_transport` is the proof that it came over TLS, good enough where the contract says so.
pub(crate) fn parse(keys: &Rest, body: &[u8], by_transport: Option<Authentic>) -> Result<RestAnswer, Error> {
    let outer = Object::parse(body)?;
    let Some(parameters) = outer.text(rest::PARAMETERS)? else { return error(&outer) };
    if outer.get(rest::ERROR_CODE).is_some() || outer.get(rest::INPUT_ERROR).is_some() {
        return Err(Error::malformed("answer", "both good and bad"));
    }
    let proof = if keys.verify_answers {
        if outer.text(rest::CIPHER)?.as_deref() != Some(Cipher::Sha2.as_str()) {
            return Err(Refusal::Signature.into());
        }
        check_rest(&keys.key, &parameters, &outer.text(rest::SIGNATURE)?.unwrap_or_default())?
    } else {
        by_transport.ok_or(Refusal::Signature)?
    };
    let decoded = STANDARD.decode(&parameters).map_err(|_| Error::malformed(rest::PARAMETERS, "not Base64"))?;
    Ok(RestAnswer::Done(Object::parse(&decoded)?, proof))
}

/// `{"codResult": "27"}` or `{"paramsEntradaError": …}`. The second has no code: its own name stands for one.
fn error(outer: &Object) -> Result<RestAnswer, Error> {
    match (outer.text(rest::ERROR_CODE)?, outer.get(rest::INPUT_ERROR)) {
        // a code of zeros means that it is none
        (Some(code), None) if is_code(&code) && !code.bytes().all(|b| b == b'0') => Ok(RestAnswer::Error(code)),
        (None, Some(_)) => Ok(RestAnswer::Error(rest::INPUT_ERROR.to_owned())),
        _ => Err(Error::malformed("answer", "neither good nor bad")),
    }
}

/// What a good answer claims of the operation. What it leaves out is as was asked: only we could have asked, with our key.
pub(crate) fn claim(
    object: &Object,
    contract: &Contract,
    number: &OperationNumber,
    asked: Amount,
    action: Action,
) -> Result<Claim, Error> {
    let code = object.text(rest::CODE)?.ok_or_else(|| Error::malformed(rest::CODE, "missing"))?;
    let kind = object.text(rest::OPERATION_TYPE)?;
    if good_code(action) != Some(code.as_str()) || (action == Action::Refund && kind.is_some_and(|kind| kind != "D")) {
        return Err(Refusal::Type.into());
    }
    let stated = match object.text(rest::NUMBER)? {
        Some(text) => text.parse().map_err(|_| Error::malformed(rest::NUMBER, "not an operation number"))?,
        None => number.clone(),
    };
    let or_ours = |text: Option<String>, ours: &str| text.unwrap_or_else(|| ours.to_owned());
    let merchant_id = or_ours(object.text(rest::MERCHANT_ID)?, &contract.merchant_id);
    let acquirer_bin = or_ours(object.text(rest::ACQUIRER_BIN)?, &contract.acquirer_bin);
    let terminal_id = or_ours(object.text(rest::TERMINAL_ID)?, &contract.terminal_id);
    Ok(Claim {
        contract: contract.acceptor.clone(),
        merchant: Contract::merchant(&merchant_id, &acquirer_bin).into(),
        terminal: Some(Contract::terminal(&terminal_id).into()),
        number: stated,
        amount: amount(object, asked)?,
        action,
        outcome: Outcome::Approved,
        code: Some(code.into()),
        identity: Some(if action == Action::Refund { Reference::RefundId } else { Reference::BankReference }),
        references: references(object, action)?,
        deadline: None,
    })
}

/// `codAut` of a good answer, by `active_merchant`: none where no source shows one.
const fn good_code(action: Action) -> Option<&'static str> {
    match action {
        Action::Charge | Action::Hold => Some("000"),
        Action::Capture | Action::Refund => Some("900"),
        Action::Void => Some("400"),
        Action::Approval | Action::RefundVoid | Action::CardDeletion => None,
    }
}

fn amount(object: &Object, asked: Amount) -> Result<ClaimedAmount, Error> {
    let Some(text) = object.text(rest::AMOUNT)? else { return Ok(ClaimedAmount::AsRequested) };
    let currency = fields::currency(asked.currency());
    let moneda = object.text(rest::CURRENCY)?.unwrap_or(currency);
    let exponent = object.text(rest::EXPONENT)?.unwrap_or_else(|| value::EXPONENT.to_owned());
    Ok(ClaimedAmount::Stated(fields::amount(&text, &moneda, &exponent)?))
}

fn references(object: &Object, action: Action) -> Result<References, Error> {
    let mut learnt = References::new();
    let own = match action {
        Action::Refund => Some(Reference::RefundId),
        Action::Capture => Some(Reference::CaptureId),
        Action::Charge | Action::Hold => Some(Reference::BankReference),
        _ => None,
    };
    if let (Some(name), Some(text)) = (own, object.text(rest::REFERENCE)?) {
        learnt.insert(name, fields::reference(rest::REFERENCE, &text)?);
    }
    for (name, member) in
        [(Reference::AuthorizationCode, rest::AUTHORIZATION), (Reference::NetworkTransactionId, rest::NETWORK_ID)]
    {
        let text = object.text(member)?.filter(|text| text.len() <= 64).unwrap_or_default();
        learnt.insert(name, text.trim());
    }
    Ok(learnt)
}
