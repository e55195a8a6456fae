//! Kind call: an operation at the bank, over the listed exchanges.

use toml::Value;
use vpos::core::{Action, Claim, ClaimedAmount, Confirmation, Mac, Reference};
use vpos::{Amount, AnyPos, Error, Operation, Outcome, PaymentKind, PointOfSale, Report, Timestamp};

use super::Got;
use super::fixture::{CallTable, Fixture};
use super::script::Script;
use super::{form, setup};

pub(super) fn run(fixture: &Fixture) -> Result<Got, String> {
    let call = fixture.call.as_ref().ok_or("missing table [call]")?;
    let now = setup::now(fixture)?;
    let script = Script::new(fixture);
    let result = match call.name.as_str() {
        "begin" => form::begin(fixture, &script)?,
        "charge" | "capture" | "void" | "refund" | "query" | "charge-reference" | "delete-reference" => {
            let table = fixture.operation.as_ref().ok_or("missing table [operation]")?;
            (|| {
                let pos = setup::pos(fixture)?;
                let mut operation = setup::operation(table, &pos)?;
                match at_the_bank(fixture, call, &pos, &mut operation, &script, now) {
                    Ok(report) => Ok(reported(&report, &operation)),
                    Err(error) => ended(error, &operation),
                }
            })()
        }
        other => return Err(format!("unknown call {other:?}")),
    };
    let (sent, exchanges) = script.finish();
    Ok(Got { exchanges, sent, ..result.unwrap_or_else(Got::failed) })
}

/// Asks the bank, and moves the operation by what it says.
fn at_the_bank(
    fixture: &Fixture,
    call: &CallTable,
    pos: &AnyPos,
    operation: &mut Operation,
    script: &Script<'_>,
    now: Timestamp,
) -> Result<Report, Error> {
    let amount = call.amount.as_deref().map(|text| Amount::parse(text, operation.amount().currency())).transpose()?;
    let report = match call.name.as_str() {
        "refund" => {
            let whole = operation.refundable().unwrap_or(operation.amount());
            let refund = operation.start_refund(amount.unwrap_or(whole), call.reason.as_deref())?;
            let report = script.drive(pos.refund(operation, &refund, now)?)?;
            operation.settle_refund(refund.id, &report)?;
            return Ok(report);
        }
        "query" => {
            let report = script.drive(pos.query(operation, now)?)?;
            operation.settle_query(&report)?;
            return Ok(report);
        }
        "capture" => {
            operation.start_capture(amount.unwrap_or(operation.amount()), pos.capture_limit(operation))?;
            script.drive(pos.capture(operation, now)?)?
        }
        "charge" => {
            let confirmation = verified_before(fixture, operation)?;
            operation.start_charge()?;
            script.drive(pos.charge(&confirmation, operation, now)?)?
        }
        "charge-reference" => {
            operation.start_charge()?;
            script.drive(pos.charge_reference(operation, now)?)?
        }
        "void" => script.drive(pos.void(operation, now)?)?,
        _ => script.drive(pos.delete_reference(operation, now)?)?,
    };
    operation.settle(&report)?;
    Ok(report)
}

fn reported(report: &Report, operation: &Operation) -> Got {
    let references = operation.references().clone();
    let authorization = report.confirmation().and_then(Confirmation::authorization);
    let authorization = authorization.or(references.get(Reference::AuthorizationCode)).map(str::to_owned);
    Got {
        outcome: Some(report.outcome().as_str()),
        code: report.code().map(str::to_owned),
        authorization,
        state: Some(operation.state()),
        references,
        ..Got::default()
    }
}

/// A call that ended in an error: the bank's no and a lost request are outcomes, the rest are errors.
pub(super) fn ended(error: Error, operation: &Operation) -> Result<Got, Error> {
    let (outcome, code) = match error {
        Error::Bank { code, .. } => (Outcome::Error, Some(code)),
        Error::Transport(_) if error.is_unknown_outcome() => (Outcome::Unknown, None),
        Error::Transport(_) => (Outcome::Error, None),
        error => return Err(error),
    };
    let references = operation.references().clone();
    Ok(Got { outcome: Some(outcome.as_str()), code, state: Some(operation.state()), references, ..Got::default() })
}

/// The confirmation that a charge follows: the case begins after it was verified.
fn verified_before(fixture: &Fixture, operation: &Operation) -> Result<Confirmation, Error> {
    let settle = fixture.pos.as_ref().and_then(|pos| pos.get("settle")).and_then(Value::as_str);
    // at PayPal nothing moves before it: neither a charge nor a hold
    let only_agreed = fixture.bank == "paypal";
    let only_authorised = only_agreed || (fixture.bank == "elavon" && settle != Some("auto"));
    let acceptor = operation.acceptor();
    let claim = Claim {
        contract: acceptor.clone(),
        merchant: acceptor.merchant().into(),
        terminal: acceptor.terminal().map(Into::into),
        number: operation.number().clone(),
        amount: ClaimedAmount::Stated(operation.amount()),
        action: match operation.kind() {
            PaymentKind::Sale if only_authorised => Action::Approval,
            PaymentKind::Sale => Action::Charge,
            PaymentKind::Preauthorization if only_agreed => Action::Approval,
            PaymentKind::Preauthorization => Action::Hold,
        },
        outcome: Outcome::Approved,
        code: None,
        identity: None,
        references: operation.references().clone(),
        deadline: None,
    };
    Ok(Confirmation::new(claim, Mac::new([0; 32]).check(&[0; 32])?, operation)?)
}
