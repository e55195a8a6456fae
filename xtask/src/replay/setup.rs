//! From the tables of a case to the values of the API. Errors of the API are kept apart from errors of the file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vpos::core::operation::{OperationRecord, Refund, RefundId, RefundState};
use vpos::core::{PaymentBuilder, Reference, References, WebAddress};
use vpos::{Amount, AnyPos, Entropy, Error, Operation, OperationState, Payment, PaymentKind, PointOfSale, Timestamp};

use super::fixture::{Fixture, OperationTable, PaymentTable, Texts};

/// A method of the builder that takes a text.
type SetText = fn(PaymentBuilder, String) -> PaymentBuilder;

/// The clock of a case.
pub(super) fn now(fixture: &Fixture) -> Result<Timestamp, String> {
    let text = fixture.now.as_deref().unwrap_or("2026-01-01T00:00:00Z");
    text.parse().map_err(|error| format!("now: {error}"))
}

pub(super) fn pos(fixture: &Fixture) -> Result<AnyPos, Error> {
    AnyPos::from_table(&fixture.bank, fixture.pos.clone().unwrap_or_default())
}

pub(super) fn kind(text: Option<&str>) -> Result<PaymentKind, Error> {
    match text {
        None | Some("sale") => Ok(PaymentKind::Sale),
        Some("preauthorization") => Ok(PaymentKind::Preauthorization),
        Some(other) => Err(Error::payment("kind", format!("there is no kind {other:?}"))),
    }
}

pub(super) fn payment(table: &PaymentTable) -> Result<Payment, Error> {
    let amount = Amount::parse(&table.amount, table.currency.parse()?)?;
    let mut builder = Payment::builder(table.sale.as_str(), amount).kind(kind(table.kind.as_deref())?);
    let texts: [(&Option<String>, SetText); 8] = [
        (&table.description, PaymentBuilder::description),
        (&table.url_ok, PaymentBuilder::url_ok),
        (&table.url_nok, PaymentBuilder::url_nok),
        (&table.notification_url, PaymentBuilder::notification_url),
        (&table.language, PaymentBuilder::language),
        (&table.buyer.name, PaymentBuilder::buyer_name),
        (&table.buyer.email, PaymentBuilder::buyer_email),
        (&table.buyer.phone, PaymentBuilder::buyer_phone),
    ];
    for (text, set) in texts {
        if let Some(text) = text {
            builder = set(builder, text.clone());
        }
    }
    for (name, value) in &table.extra {
        builder = builder.extra(name, value);
    }
    builder.build()
}

/// The operation that a payment begins: as the merchant stored it, where the case says so.
pub(super) fn begun_operation(fixture: &Fixture, pos: &AnyPos, payment: &Payment) -> Result<Operation, Error> {
    let Some(table) = &fixture.operation else {
        return Ok(Operation::new(pos.acceptor().clone(), pos.number(Entropy::new([7; 16])), payment));
    };
    let begun = Operation::new(pos.acceptor().clone(), table.number.parse()?, payment);
    let stored = operation(table, pos)?;
    // what the table leaves out is as the payment says
    let mut record = stored.record().clone();
    if table.kind.is_none() {
        record.kind = begun.kind();
    }
    record.url_ok = record.url_ok.or(begun.record().url_ok.clone());
    record.url_nok = record.url_nok.or(begun.record().url_nok.clone());
    Operation::from_record(record)
}

/// The operation as the merchant had stored it.
pub(super) fn operation(table: &OperationTable, pos: &AnyPos) -> Result<Operation, Error> {
    let currency = table.currency.parse()?;
    let amount = Amount::parse(&table.amount, currency)?;
    let refunded = table.refunded.as_deref().filter(|text| *text != "0.00").map(|text| Amount::parse(text, currency));
    let refunded = refunded.transpose()?.filter(|refunded| !refunded.is_zero());
    let refund = |amount| Refund { id: RefundId::new(1), amount, state: RefundState::Approved, reason: None, reference: None };
    let address = |field, text: &Option<String>| text.clone().map(|text| WebAddress::parse(field, text)).transpose();
    let state: OperationState = table.state.as_deref().unwrap_or("pending").parse()?;
    let kind = kind(table.kind.as_deref())?;
    let references = references(&table.references)?;
    // the format has no word for it: a hold that is known and being charged is a capture under way
    let named = [Reference::AuthorizationCode, Reference::AuthorizationId].iter().any(|name| references.get(*name).is_some());
    let held = named && kind == PaymentKind::Preauthorization;
    let capturing = held && matches!(state, OperationState::Charging | OperationState::Unknown);
    Operation::from_record(OperationRecord {
        acceptor: pos.acceptor().clone(),
        number: table.number.parse()?,
        sale: table.sale.clone().unwrap_or_else(|| table.number.clone()),
        kind,
        amount,
        state,
        capturing: capturing.then_some(amount),
        captured: None,
        references,
        refunds: refunded.map(refund).into_iter().collect(),
        url_ok: address("url_ok", &table.url_ok)?,
        url_nok: address("url_nok", &table.url_nok)?,
    })
}

pub(super) fn references(texts: &Texts) -> Result<References, Error> {
    texts.iter().map(|(name, value)| Ok((name.parse::<Reference>()?, value.clone()))).collect()
}

/// A body given as text or as Base64.
pub(super) fn body(text: Option<&str>, base64: Option<&str>) -> Result<Vec<u8>, String> {
    match (text, base64) {
        (Some(_), Some(_)) => Err("both body and body_base64".into()),
        (_, Some(base64)) => STANDARD.decode(base64).map_err(|error| format!("body_base64: {error}")),
        (text, None) => Ok(text.unwrap_or_default().as_bytes().to_vec()),
    }
}
