//! From rows to records. A row that cannot be what was written is an error that names the column.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use vpos::core::operation::{Operation, OperationRecord, Refund, RefundId};
use vpos::core::{Acceptor, Amount, Currency, Error, Reference, References, WebAddress};
use vpos::flow::{Duties, Event, Evidence, OperationId, Record, StoreError, Stored};
use vpos::{AnyPos, Bank};

use crate::backend::Backend;

/// The columns of a row.
pub(crate) struct Columns<'r, B: Backend>(pub(crate) &'r B::Row);

fn corrupt(field: &'static str, reason: impl Display) -> StoreError {
    StoreError::Corrupt { field, reason: reason.to_string() }
}

fn there<T>(field: &'static str, value: Result<Option<T>, sqlx::Error>) -> Result<T, StoreError> {
    value.map_err(|error| corrupt(field, error))?.ok_or_else(|| corrupt(field, "there is none"))
}

impl<'r, B: Backend> Columns<'r, B> {
    pub(crate) fn int(&self, name: &'static str) -> Result<i64, StoreError> {
        there(name, B::int(self.0, name))
    }

    pub(crate) fn int_or_none(&self, name: &'static str) -> Result<Option<i64>, StoreError> {
        B::int(self.0, name).map_err(|error| corrupt(name, error))
    }

    fn text(&self, name: &'static str) -> Result<&'r str, StoreError> {
        there(name, B::text(self.0, name))
    }

    fn text_or_none(&self, name: &'static str) -> Result<Option<&'r str>, StoreError> {
        B::text(self.0, name).map_err(|error| corrupt(name, error))
    }

    fn flag(&self, name: &'static str) -> Result<bool, StoreError> {
        there(name, B::flag(self.0, name))
    }

    fn word<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<T, StoreError> {
        self.text(name)?.parse().map_err(|error| corrupt(name, error))
    }

    fn bank(&self) -> Result<Bank, StoreError> {
        AnyPos::bank_named(self.text("bank")?).map_err(|error| corrupt("bank", error))
    }

    fn time(&self, name: &'static str) -> Result<Timestamp, StoreError> {
        time(name, self.int(name)?)
    }

    fn amount(&self, name: &'static str, currency: Currency) -> Result<Amount, StoreError> {
        amount(name, self.int(name)?, currency)
    }

    fn amount_or_none(&self, name: &'static str, currency: Currency) -> Result<Option<Amount>, StoreError> {
        self.int_or_none(name)?.map(|minor| amount(name, minor, currency)).transpose()
    }

    fn address(&self, name: &'static str) -> Result<Option<WebAddress>, StoreError> {
        let parsed = self.text_or_none(name)?.map(|text| WebAddress::parse(name, text)).transpose();
        parsed.map_err(|error| corrupt(name, error))
    }
}

fn time(field: &'static str, microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(|error| corrupt(field, error))
}

fn amount(field: &'static str, minor: i64, currency: Currency) -> Result<Amount, StoreError> {
    let minor = u64::try_from(minor).map_err(|_| corrupt(field, format!("{minor} is negative")))?;
    Ok(Amount::from_minor(minor, currency))
}

/// The operations of a statement of [`operations!`](crate::sql), by id.
pub(crate) fn operations<B: Backend>(rows: &[B::Row]) -> Result<Vec<Stored>, StoreError> {
    let mut drafts: BTreeMap<i64, Draft<'_, B>> = BTreeMap::new();
    for row in rows.iter().map(Columns::<B>) {
        let draft = drafts.entry(row.int("id")?).or_default();
        match row.int("part")? {
            0 => draft.head = Some(row),
            1 => draft.references.push(reference(&row).map_err(of_operation(row.int("id")?))?),
            _ => draft.refunds.push(row),
        }
    }
    drafts.into_iter().map(|(id, draft)| draft.finish(OperationId::new(id)).map_err(of_operation(id))).collect()
}

/// The same error, and in which row it is.
fn of_operation(id: i64) -> impl Fn(StoreError) -> StoreError {
    move |error| match error {
        StoreError::Corrupt { field, reason } => StoreError::Corrupt { field, reason: format!("{reason} (operation {id})") },
        other => other,
    }
}

/// The same error under the name that the column has in its own table.
fn named(field: &'static str) -> impl Fn(StoreError) -> StoreError {
    move |error| match error {
        StoreError::Corrupt { reason, .. } => StoreError::Corrupt { field, reason },
        other => other,
    }
}

/// Place, name and value of a reference.
fn reference<'r, B: Backend>(row: &Columns<'r, B>) -> Result<(i64, Reference, &'r str), StoreError> {
    let place = row.int("part_id").map_err(named("vpos_reference.place"))?;
    let name = row.word("part_name").map_err(named("vpos_reference.name"))?;
    let value = row.text("part_value").map_err(named("vpos_reference.value"))?;
    if value.is_empty() {
        return Err(corrupt("vpos_reference.value", "empty"));
    }
    Ok((place, name, value))
}

/// A refund, and whether the merchant has still to be told.
fn refund<B: Backend>(row: &Columns<'_, B>, currency: Currency) -> Result<(Refund, bool), StoreError> {
    let number = row.int("part_id").map_err(named("vpos_refund.id"))?;
    let id = u32::try_from(number).map_err(|_| corrupt("vpos_refund.id", format!("there is no refund {number}")))?;
    let text = |column, field| row.text_or_none(column).map(|text| text.map(str::to_owned)).map_err(named(field));
    let refund = Refund {
        id: RefundId::new(id),
        amount: row.amount("part_amount", currency).map_err(named("vpos_refund.amount"))?,
        state: row.word("part_name").map_err(named("vpos_refund.state"))?,
        reason: text("part_value", "vpos_refund.reason")?,
        reference: text("part_reference", "vpos_refund.reference")?,
    };
    Ok((refund, row.flag("part_due").map_err(named("vpos_refund.due"))?))
}

/// The rows of one operation.
struct Draft<'r, B: Backend> {
    head: Option<Columns<'r, B>>,
    references: Vec<(i64, Reference, &'r str)>,
    refunds: Vec<Columns<'r, B>>,
}

impl<B: Backend> Default for Draft<'_, B> {
    fn default() -> Self {
        Self { head: None, references: Vec::new(), refunds: Vec::new() }
    }
}

impl<B: Backend> Draft<'_, B> {
    fn finish(self, id: OperationId) -> Result<Stored, StoreError> {
        let head = self.head.as_ref().ok_or_else(|| corrupt("id", "parts of no operation"))?;
        let version = head.int("version")?;
        if version < 1 {
            return Err(corrupt("version", format!("{version} is below 1")));
        }
        let (refunds, due) = self.refunds(head.word("currency")?)?;
        let operation = Operation::from_record(self.operation(head, refunds)?).map_err(contradiction)?;
        let record = Record {
            pos: head.word("pos")?,
            operation,
            begun_at: head.time("begun_at")?,
            changed_at: head.time("changed_at")?,
            due_since: head.int_or_none("due_since")?.map(|at| time("due_since", at)).transpose()?,
            duplicate: head.flag("duplicate")?,
            duties: Duties {
                authorized: head.flag("authorized_due")?,
                paid: head.flag("paid_due")?,
                refunds: due,
                voided: head.flag("voided_due")?,
            },
        };
        Ok(Stored { id, version, record })
    }

    fn operation(&self, head: &Columns<'_, B>, refunds: Vec<Refund>) -> Result<OperationRecord, StoreError> {
        let currency = head.word("currency")?;
        Ok(OperationRecord {
            acceptor: Acceptor::new(
                head.bank()?,
                head.word("environment")?,
                head.text("merchant")?,
                head.text_or_none("terminal")?,
            ),
            number: head.word("number")?,
            sale: head.text("sale")?.to_owned(),
            kind: head.word("kind")?,
            amount: head.amount("amount", currency)?,
            state: head.word("state")?,
            capturing: head.amount_or_none("capturing", currency)?,
            captured: head.amount_or_none("captured", currency)?,
            voiding: head.flag("voiding")?,
            references: self.references(),
            refunds,
            url_ok: head.address("url_ok")?,
            url_nok: head.address("url_nok")?,
        })
    }

    /// What the bank told, in the order in which it came.
    fn references(&self) -> References {
        let mut sorted = self.references.clone();
        sorted.sort_by_key(|(place, ..)| *place);
        sorted.into_iter().map(|(_, name, value)| (name, value.to_owned())).collect()
    }

    /// The refunds, oldest first, and those of which the merchant has still to be told.
    fn refunds(&self, currency: Currency) -> Result<(Vec<Refund>, Vec<RefundId>), StoreError> {
        let rows: Result<Vec<_>, _> = self.refunds.iter().map(|row| refund(row, currency)).collect();
        let mut rows = rows?;
        rows.sort_by_key(|(refund, _)| refund.id);
        let due = rows.iter().filter(|(_, due)| *due).map(|(refund, _)| refund.id).collect();
        Ok((rows.into_iter().map(|(refund, _)| refund).collect(), due))
    }
}

/// Columns that are well each by itself and contradict each other.
fn contradiction(error: Error) -> StoreError {
    let known = ["amount", "capturing", "captured", "refunds", "voiding"];
    match error {
        Error::Payment { field, reason } => {
            corrupt(known.into_iter().find(|known| *known == field).unwrap_or("operation"), reason)
        }
        other => corrupt("operation", other),
    }
}

pub(crate) fn evidence<B: Backend>(row: &B::Row) -> Result<Evidence, StoreError> {
    let row = Columns::<B>(row);
    Ok(Evidence {
        operation: row.int_or_none("operation")?.map(OperationId::new),
        bank: row.text_or_none("bank")?.map(|_| row.bank()).transpose()?,
        at: row.time("at")?,
        source: row.word("source")?,
        from: row.text_or_none("from_address")?.map(|_| row.word("from_address")).transpose()?,
        verdict: row.text("verdict")?.to_owned(),
        message: row.text("message")?.to_owned(),
    })
}

pub(crate) fn event<B: Backend>(row: &B::Row) -> Result<(i64, Event), StoreError> {
    let row = Columns::<B>(row);
    let event = Event {
        operation: OperationId::new(row.int("operation")?),
        sale: row.text("sale")?.to_owned(),
        number: row.word("number")?,
        kind: row.word("kind")?,
        amount: row.amount("amount", row.word("currency")?)?,
        at: row.time("at")?,
        detail: row.text("detail")?.to_owned(),
    };
    Ok((row.int("id")?, event))
}
