//! Records as the flow makes them, and the few steps that every law needs.

use vpos::core::operation::{Operation, OperationRecord, OperationState, Refund, RefundId, RefundState};
use vpos::core::{Acceptor, PaymentKind, Reference, References, WebAddress};
use vpos::flow::{Duties, Event, EventKind, Evidence, Inserted, OperationId, Record, Source, Store, Stored};
use vpos::{Amount, Bank, Currency, Environment, Payment, Timestamp};

pub(crate) const REDSYS: Bank = Bank::named("redsys");
pub(crate) const CECA: Bank = Bank::named("ceca");

/// So many seconds and as many microseconds after some moment.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_microsecond(1_780_000_000_000_000 + seconds * 1_000_001).unwrap()
}

pub(crate) fn euro(minor: u64) -> Amount {
    Amount::from_minor(minor, Currency::EUR)
}

pub(crate) fn address(text: &str) -> WebAddress {
    WebAddress::parse("url", text).unwrap()
}

/// One that was just begun.
pub(crate) fn begun(bank: Bank, number: &str, sale: &str) -> Record {
    let shop = Acceptor::new(bank, Environment::Test, "999008881", Some("1"));
    let payment = Payment::builder(sale, euro(6_000)).build().unwrap();
    Record {
        pos: "caja".parse().unwrap(),
        operation: Operation::new(shop, number.parse().unwrap(), &payment),
        begun_at: at(0),
        changed_at: at(0),
        due_since: None,
        duplicate: false,
        duties: Duties::default(),
    }
}

/// The same operation with other values in its record.
pub(crate) fn with(record: &Record, change: impl FnOnce(&mut OperationRecord)) -> Record {
    let mut row = record.operation.record().clone();
    change(&mut row);
    Record { operation: Operation::from_record(row).unwrap(), ..record.clone() }
}

pub(crate) fn refund(id: u32, minor: u64, state: RefundState) -> Refund {
    Refund { id: RefundId::new(id), amount: euro(minor), state, reason: None, reference: None }
}

/// One that has a value in every field, none like another of its kind.
pub(crate) fn full(number: &str, sale: &str) -> Record {
    let references = [
        (Reference::MaskedCard, "454881******0004"),
        (Reference::AuthorizationCode, "501602"),
        (Reference::CardReference, "tok'en \"ñ\" 💶"),
        (Reference::OrderId, "O-1"),
        (Reference::BankReference, "B-1"),
        (Reference::VoidId, "V-1"),
    ];
    let named =
        Refund { reason: Some("talla — 'L'".into()), reference: Some("R-2".into()), ..refund(2, 1_500, RefundState::Unknown) };
    let mut record = with(&begun(REDSYS, number, sale), |row| {
        row.acceptor = Acceptor::new(REDSYS, Environment::Live, "999008882", Some("871"));
        row.kind = PaymentKind::Preauthorization;
        row.state = OperationState::PartiallyRefunded;
        row.captured = Some(euro(5_000));
        row.capturing = Some(euro(5_001));
        row.voiding = true;
        row.references = references.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        row.refunds = vec![refund(1, 1_000, RefundState::Approved), named, refund(3, 700, RefundState::Declined)];
        row.url_ok = Some(address("https://tienda.example/ok?a=1&b=%C3%B1"));
        row.url_nok = Some(address("https://tienda.example/nok"));
    });
    record.pos = "caja_2".parse().unwrap();
    (record.begun_at, record.changed_at, record.due_since) = (at(1), at(2), Some(at(3)));
    record.duplicate = true;
    record.duties = Duties { authorized: true, paid: true, refunds: vec![RefundId::new(1), RefundId::new(3)], voided: true };
    record
}

pub(crate) fn references(values: &[(Reference, &str)]) -> References {
    values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// Stores a record in a transaction of its own.
pub(crate) async fn stored<S: Store>(store: &S, record: &Record) -> Stored {
    let mut tx = store.transaction().await.unwrap();
    let Inserted::Stored(id) = store.insert(&mut tx, record).await.unwrap() else { panic!("the number is taken") };
    store.commit(tx).await.unwrap();
    Stored { id, version: 1, record: record.clone() }
}

/// Updates a record in a transaction of its own.
pub(crate) async fn updated<S: Store>(store: &S, was: &Stored, record: &Record) -> bool {
    let mut tx = store.transaction().await.unwrap();
    let written = store.update(&mut tx, was, record).await.unwrap();
    store.commit(tx).await.unwrap();
    written
}

pub(crate) fn evidence(operation: Option<OperationId>, verdict: &str) -> Evidence {
    Evidence {
        operation,
        bank: Some(REDSYS),
        at: at(5),
        source: Source::Notification,
        from: Some("2001:db8::17".parse().unwrap()),
        verdict: verdict.into(),
        message: "Ds_Order=1&x=<ñ>".into(),
    }
}

pub(crate) fn event(stored: &Stored, kind: EventKind) -> Event {
    Event {
        operation: stored.id,
        sale: stored.operation().sale().into(),
        number: stored.operation().number().clone(),
        kind,
        amount: Amount::from_minor(1_234, Currency::KWD),
        at: at(6),
        detail: "algo más".into(),
    }
}

/// The table, the column, what a hand wrote into it, and the column that the error must name.
pub(crate) const CORRUPTIONS: &[(&str, &str, &str, &str)] = &[
    ("vpos_operation", "version", "0", "version"),
    ("vpos_operation", "pos", "'Caja 2'", "pos"),
    ("vpos_operation", "bank", "'monopoly'", "bank"),
    ("vpos_operation", "environment", "'production'", "environment"),
    ("vpos_operation", "number", "'<script>'", "number"),
    ("vpos_operation", "kind", "'gift'", "kind"),
    ("vpos_operation", "currency", "'EURO'", "currency"),
    ("vpos_operation", "state", "'paid'", "state"),
    ("vpos_operation", "state", "'failed'", "captured"),
    ("vpos_operation", "captured", "-5000", "captured"),
    ("vpos_operation", "captured", "100", "refunds"),
    ("vpos_operation", "capturing", "0", "capturing"),
    ("vpos_operation", "url_ok", "'javascript:alert(1)'", "url_ok"),
    ("vpos_operation", "url_nok", "''", "url_nok"),
    ("vpos_operation", "begun_at", "9223372036854775807", "begun_at"),
    ("vpos_operation", "due_since", "-9223372036854775807", "due_since"),
    ("vpos_refund", "state", "'done'", "vpos_refund.state"),
    ("vpos_refund", "amount", "100000", "refunds"),
    ("vpos_reference", "value", "''", "vpos_reference.value"),
    ("vpos_reference", "name", "name || '_'", "vpos_reference.name"),
    ("vpos_refund", "id", "id - 2", "vpos_refund.id"),
];

/// What somebody sent with the one character that PostgreSQL does not keep is kept all the same.
pub(crate) async fn nul_in_evidence<S: Store>(store: &S) {
    let kept = stored(store, &begun(REDSYS, "0001", "PED-17")).await;
    let mut tx = store.transaction().await.unwrap();
    let sent = Evidence { message: "a\0b".into(), ..evidence(Some(kept.id), "\0") };
    store.add_evidence(&mut tx, &sent).await.unwrap();
    store.commit(tx).await.unwrap();
    let rows = store.evidence(kept.id, 9).await.unwrap();
    assert_eq!((rows[0].message.as_str(), rows[0].verdict.as_str()), ("a\u{2400}b", "\u{2400}"));

    // what the bank told is kept without it: nothing of a payment may depend on what a database cannot keep
    let mut tx = store.transaction().await.unwrap();
    let learnt = with(&kept.record, |row| row.references = references(&[(Reference::OrderId, "a\0b")]));
    assert!(store.update(&mut tx, &kept, &learnt).await.unwrap());
    store.commit(tx).await.unwrap();
    let there = store.get(kept.id).await.unwrap().unwrap();
    assert_eq!(there.operation().references().get(Reference::OrderId), Some("ab"));
}
