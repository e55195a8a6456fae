//! Kind form: a payment becomes the form that sends the buyer to the bank.

use vpos::{Error, PointOfSale};

use super::Got;
use super::fixture::Fixture;
use super::script::Script;
use super::setup;

pub(super) fn run(fixture: &Fixture) -> Result<Got, String> {
    let script = Script::new(fixture);
    let result = begin(fixture, &script)?;
    let (sent, exchanges) = script.finish();
    let got = result.unwrap_or_else(Got::failed);
    Ok(Got { exchanges, sent, ..got })
}

/// Begins the case's payment; a bank that has to be asked first is the case's script.
pub(super) fn begin(fixture: &Fixture, script: &Script<'_>) -> Result<Result<Got, Error>, String> {
    let now = setup::now(fixture)?;
    let table = fixture.payment.as_ref().ok_or("missing table [payment]")?;
    Ok((|| {
        let pos = setup::pos(fixture)?;
        let payment = setup::payment(table)?;
        let mut operation = setup::begun_operation(fixture, &pos, &payment)?;
        let begun = match script.drive(pos.begin(&operation, &payment, now)?) {
            Ok(begun) => begun,
            Err(error) => return super::call::ended(error, &operation),
        };
        operation.learn(&begun.references);
        Ok(Got {
            state: Some(operation.state()),
            references: operation.references().clone(),
            form: Some(begun.form),
            ..Got::default()
        })
    })())
}
