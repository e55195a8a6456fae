//! From records to rows: an operation new or changed, its references and refunds, evidence, events.

use sqlx::AssertSqlSafe;
use vpos::core::operation::{Refund, RefundId};
use vpos::core::{Amount, Currency, Reference, References, WebAddress};
use vpos::flow::{Event, Evidence, Inserted, OperationId, Record, StoreError, Stored};

use crate::backend::Backend;
use crate::read::Columns;
use crate::sql;
use crate::store::failed;
use crate::value::{Value, exact, exact_or_none, shown};

pub(crate) async fn insert<B: Backend>(connection: &mut B::Connection, record: &Record) -> Result<Inserted, StoreError> {
    check_duties(record)?;
    let currency = record.operation.amount().currency();
    let mut values = fixed(record, &currency)?.to_vec();
    values.extend(moving(record)?);
    let rows = B::fetch(connection, sql::INSERT_OPERATION, &values).await.map_err(failed::<B>)?;
    let Some(row) = rows.first() else { return Ok(Inserted::NumberTaken) };
    let id = OperationId::new(Columns::<B>(row).int("id")?);
    put_references::<B>(connection, id, record, &References::new()).await?;
    put_refunds::<B>(connection, id, record, None).await?;
    Ok(Inserted::Stored(id))
}

pub(crate) async fn update<B: Backend>(
    connection: &mut B::Connection,
    was: &Stored,
    record: &Record,
) -> Result<bool, StoreError> {
    check_duties(record)?;
    check_fixed(&was.record, record)?;
    let mut values = vec![Value::int(was.id.get()), Value::int(was.version)];
    values.extend(moving(record)?);
    if B::execute(connection, sql::UPDATE_OPERATION, &values).await.map_err(failed::<B>)? == 0 {
        return Ok(false);
    }
    put_references::<B>(connection, was.id, record, was.operation().references()).await?;
    put_refunds::<B>(connection, was.id, record, Some(&was.record)).await?;
    Ok(true)
}

/// What never changes of an operation.
fn fixed<'a>(record: &'a Record, currency: &'a Currency) -> Result<[Value<'a>; 13], StoreError> {
    let operation = record.operation.record();
    let acceptor = &operation.acceptor;
    Ok([
        Value::text(record.pos.as_str()),
        Value::text(acceptor.bank().as_str()),
        Value::text(acceptor.environment().as_str()),
        exact("merchant", acceptor.merchant())?,
        exact_or_none("terminal", acceptor.terminal())?,
        Value::text(operation.number.as_str()),
        exact("sale", &operation.sale)?,
        Value::text(operation.kind.as_str()),
        Value::minor(operation.amount.minor_units())?,
        Value::text(currency.code()),
        Value::Text(operation.url_ok.as_ref().map(WebAddress::as_str)),
        Value::Text(operation.url_nok.as_ref().map(WebAddress::as_str)),
        Value::time(record.begun_at),
    ])
}

/// What changes while it lives.
fn moving(record: &Record) -> Result<[Value<'_>; 10], StoreError> {
    let operation = record.operation.record();
    let minor = |amount: Option<Amount>| match amount {
        Some(amount) => Value::minor(amount.minor_units()),
        None => Ok(Value::Int(None)),
    };
    Ok([
        Value::text(operation.state.as_str()),
        minor(operation.capturing)?,
        minor(operation.captured)?,
        Value::Flag(operation.voiding),
        Value::time(record.changed_at),
        record.due_since.map_or(Value::Int(None), Value::time),
        Value::Flag(record.duplicate),
        Value::Flag(record.duties.authorized),
        Value::Flag(record.duties.paid),
        Value::Flag(record.duties.voided),
    ])
}

fn check_fixed(was: &Record, record: &Record) -> Result<(), StoreError> {
    let (old, new) = (was.operation.record(), record.operation.record());
    let same = was.pos == record.pos
        && was.begun_at == record.begun_at
        && old.acceptor == new.acceptor
        && old.number == new.number
        && old.sale == new.sale
        && old.kind == new.kind
        && old.amount == new.amount
        && old.url_ok == new.url_ok
        && old.url_nok == new.url_nok;
    if same { Ok(()) } else { Err(StoreError::Failed("what never changes of an operation was changed".into())) }
}

/// A duty is a flag in the row of its refund, so there must be one.
fn check_duties(record: &Record) -> Result<(), StoreError> {
    let known = |id: &RefundId| record.operation.refunds().iter().any(|refund| refund.id == *id);
    match record.duties.refunds.iter().find(|id| !known(id)) {
        None => Ok(()),
        Some(id) => Err(StoreError::Failed(format!("there is no refund {} of which the merchant could be told", id.get()))),
    }
}

/// Writes those references that are not as they were: one statement for all, since a bank tells several at once.
async fn put_references<B: Backend>(
    connection: &mut B::Connection,
    id: OperationId,
    record: &Record,
    was: &References,
) -> Result<(), StoreError> {
    let bank = record.operation.acceptor().bank();
    let old: Vec<(i64, (Reference, &str))> = (0..).zip(was.iter()).collect();
    let new: Vec<(i64, (Reference, &str))> = (0..).zip(record.operation.references().iter()).collect();
    let mut values = Vec::new();
    for (place, (name, value)) in new.iter().filter(|reference| !old.contains(reference)) {
        values.extend([Value::int(id.get()), Value::int(*place), Value::text(bank.as_str()), Value::text(name.as_str())]);
        values.push(exact("value", value)?);
    }
    if !values.is_empty() {
        let [before, after] = sql::PUT_REFERENCES;
        let statement = AssertSqlSafe(format!("{before}{}{after}", rows_of_five(values.len() / 5)));
        B::execute(connection, statement, &values).await.map_err(failed::<B>)?;
    }
    for (name, _) in was.iter().filter(|(name, _)| record.operation.references().get(*name).is_none()) {
        let values = [Value::int(id.get()), Value::text(name.as_str())];
        B::execute(connection, sql::DELETE_REFERENCE, &values).await.map_err(failed::<B>)?;
    }
    Ok(())
}

/// `($1, $2, $3, $4, $5), ($6, …)`: placeholders for so many rows.
fn rows_of_five(rows: usize) -> String {
    let row = |at: usize| format!("(${}, ${}, ${}, ${}, ${})", at + 1, at + 2, at + 3, at + 4, at + 5);
    (0..rows).map(|number| row(number * 5)).collect::<Vec<_>>().join(", ")
}

/// Writes those refunds that are not as they were.
async fn put_refunds<B: Backend>(
    connection: &mut B::Connection,
    id: OperationId,
    record: &Record,
    was: Option<&Record>,
) -> Result<(), StoreError> {
    let old: Vec<(&Refund, bool)> = was.map(refunds).unwrap_or_default();
    for (refund, due) in refunds(record).into_iter().filter(|refund| !old.contains(refund)) {
        let values = [
            Value::int(id.get()),
            Value::int(refund.id.get().into()),
            Value::minor(refund.amount.minor_units())?,
            Value::text(refund.state.as_str()),
            exact_or_none("reason", refund.reason.as_deref())?,
            exact_or_none("reference", refund.reference.as_deref())?,
            Value::Flag(due),
        ];
        B::execute(connection, sql::PUT_REFUND, &values).await.map_err(failed::<B>)?;
    }
    for (refund, _) in old.into_iter().filter(|(refund, _)| record.operation.refund(refund.id).is_err()) {
        let values = [Value::int(id.get()), Value::int(refund.id.get().into())];
        B::execute(connection, sql::DELETE_REFUND, &values).await.map_err(failed::<B>)?;
    }
    Ok(())
}

/// The refunds of a record, each with whether the merchant has still to be told.
fn refunds(record: &Record) -> Vec<(&Refund, bool)> {
    let due = |refund: &Refund| record.duties.refunds.contains(&refund.id);
    record.operation.refunds().iter().map(|refund| (refund, due(refund))).collect()
}

pub(crate) async fn evidence<B: Backend>(connection: &mut B::Connection, evidence: &Evidence) -> Result<(), StoreError> {
    let (verdict, message) = (shown(&evidence.verdict), shown(&evidence.message));
    let from = evidence.from.map(|from| from.to_string());
    let values = [
        Value::Int(evidence.operation.map(OperationId::get)),
        Value::Text(evidence.bank.map(vpos::Bank::as_str)),
        Value::time(evidence.at),
        Value::text(evidence.source.as_str()),
        Value::Text(from.as_deref()),
        Value::text(&verdict),
        Value::text(&message),
    ];
    B::execute(connection, sql::INSERT_EVIDENCE, &values).await.map_err(failed::<B>)?;
    Ok(())
}

pub(crate) async fn event<B: Backend>(connection: &mut B::Connection, event: &Event) -> Result<(), StoreError> {
    let (detail, currency) = (shown(&event.detail), event.amount.currency());
    let values = [
        Value::int(event.operation.get()),
        exact("sale", &event.sale)?,
        Value::text(event.number.as_str()),
        Value::text(event.kind.as_str()),
        Value::minor(event.amount.minor_units())?,
        Value::text(currency.code()),
        Value::time(event.at),
        Value::text(&detail),
    ];
    B::execute(connection, sql::INSERT_EVENT, &values).await.map_err(failed::<B>)?;
    Ok(())
}
