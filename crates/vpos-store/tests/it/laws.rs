//! What every store must do.

use std::slice::from_ref;

use vpos::core::operation::{OperationState, RefundId, RefundState};
use vpos::core::{Lookup, Reference};
use vpos::flow::{DueAfter, EventKind, Evidence, Inserted, OperationId, Record, Source, Store, Stored};

use crate::scene::*;

pub(crate) async fn every_field_is_kept<S: Store>(store: S) {
    let other = stored(&store, &begun(REDSYS, "0000", "PED-16")).await;
    let kept = stored(&store, &full("0001", "PED-17")).await;
    let number = Lookup::Number("0001".parse().unwrap());

    assert_eq!(store.get(kept.id).await.unwrap(), Some(kept.clone()));
    assert_eq!(store.find(REDSYS, &number).await.unwrap(), Some(kept.clone()));
    assert_eq!(store.of_sale("PED-17").await.unwrap(), from_ref(&kept));
    assert_eq!(store.newest(None, 9).await.unwrap(), [kept.clone(), other]);
    assert_eq!(store.due(at(9), None, 9).await.unwrap(), from_ref(&kept));
    let mut tx = store.transaction().await.unwrap();
    assert_eq!(store.lock_sale(&mut tx, "PED-17").await.unwrap(), [kept]);
}

pub(crate) async fn what_is_missing_stays_missing<S: Store>(store: S) {
    let kept = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    assert_eq!(store.get(kept.id).await.unwrap(), Some(kept.clone()));
    assert_eq!(store.get(OperationId::new(kept.id.get() + 1)).await.unwrap(), None);
    assert_eq!(store.find(CECA, &Lookup::Number("0001".parse().unwrap())).await.unwrap(), None);
    assert_eq!(store.of_sale("PED-18").await.unwrap(), []);
    assert_eq!(store.paid_by("PED-17").await.unwrap(), None);
    assert_eq!(store.due(at(9), None, 9).await.unwrap(), []);
    assert_eq!(store.evidence(kept.id, 9).await.unwrap(), []);
    assert_eq!(store.events(9).await.unwrap(), []);
}

pub(crate) async fn a_number_is_taken_once_at_a_bank<S: Store>(store: S) {
    stored(&store, &begun(REDSYS, "0001", "PED-17")).await;

    let mut tx = store.transaction().await.unwrap();
    let again = store.insert(&mut tx, &full("0001", "PED-18")).await.unwrap();
    assert_eq!(again, Inserted::NumberTaken);
    // the transaction goes on
    let next = store.insert(&mut tx, &begun(REDSYS, "0002", "PED-18")).await.unwrap();
    assert!(matches!(next, Inserted::Stored(_)));
    assert_eq!(store.insert(&mut tx, &begun(REDSYS, "0002", "PED-19")).await.unwrap(), Inserted::NumberTaken);
    store.commit(tx).await.unwrap();
    assert_eq!(store.of_sale("PED-18").await.unwrap().len(), 1);
    assert!(store.of_sale("PED-19").await.unwrap().is_empty());

    // another bank, and another letter case
    stored(&store, &begun(CECA, "0001", "PED-17")).await;
    stored(&store, &begun(REDSYS, "a", "PED-17")).await;
    stored(&store, &begun(REDSYS, "A", "PED-17")).await;
}

pub(crate) async fn update_is_compare_and_set<S: Store>(store: S) {
    let first = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    let other = stored(&store, &begun(REDSYS, "0002", "PED-17")).await;
    let failed = with(&first.record, |row| row.state = OperationState::Failed);
    let charging = with(&first.record, |row| row.state = OperationState::Charging);

    assert!(updated(&store, &first, &charging).await);
    let second = store.get(first.id).await.unwrap().unwrap();
    assert_eq!(second, Stored { id: first.id, version: 2, record: charging });
    assert!(!updated(&store, &first, &failed).await, "it was written since it was read");
    assert_eq!(store.get(first.id).await.unwrap(), Some(second.clone()));
    assert!(updated(&store, &second, &failed).await);
    assert_eq!(store.get(first.id).await.unwrap().unwrap().version, 3);
    assert_eq!(store.get(other.id).await.unwrap(), Some(other));
}

pub(crate) async fn update_writes_what_changed<S: Store>(store: S) {
    let mut was = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    let learnt = references(&[(Reference::OrderId, "O-1"), (Reference::AuthorizationCode, "501602")]);
    let more = references(&[(Reference::OrderId, "O-2"), (Reference::CardReference, "t"), (Reference::PayerId, "p")]);
    let completed = |row: &mut vpos::core::operation::OperationRecord| row.state = OperationState::Completed;
    let mut steps = vec![
        with(&was.record, |row| row.references = learnt.clone()),
        with(&was.record, |row| (row.references, row.state) = (more, OperationState::Completed)),
        with(&was.record, |row| {
            completed(row);
            row.refunds = vec![refund(1, 100, RefundState::Pending)];
        }),
        with(&was.record, |row| {
            completed(row);
            row.refunds = vec![refund(1, 100, RefundState::Approved), refund(2, 200, RefundState::Pending)];
        }),
        with(&was.record, |row| {
            completed(row);
            row.refunds = vec![refund(2, 200, RefundState::Unknown)];
            row.refunds[0].reference = Some("R".into());
        }),
    ];
    steps.push(told_of(&steps[3], &[1, 2]));
    steps.push(told_of(&steps[3], &[2]));
    steps.push(was.record.clone());
    for record in steps {
        assert!(updated(&store, &was, &record).await);
        was = Stored { id: was.id, version: was.version + 1, record };
        assert_eq!(store.get(was.id).await.unwrap(), Some(was.clone()));
    }
}

fn told_of(record: &Record, refunds: &[u32]) -> Record {
    let mut record = record.clone();
    record.duties.refunds = refunds.iter().map(|id| RefundId::new(*id)).collect();
    (record.duties.paid, record.due_since, record.changed_at) = (true, Some(at(7)), at(8));
    record
}

pub(crate) async fn the_first_operation_pays_the_sale<S: Store>(store: S) {
    let first = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    let second = stored(&store, &begun(REDSYS, "0002", "PED-17")).await;

    let mut tx = store.transaction().await.unwrap();
    store.lock_sale(&mut tx, "PED-17").await.unwrap();
    assert!(store.pay_sale(&mut tx, "PED-17", first.id).await.unwrap());
    store.commit(tx).await.unwrap();
    assert_eq!(store.paid_by("PED-17").await.unwrap(), Some(first.id));

    let mut tx = store.transaction().await.unwrap();
    assert!(!store.pay_sale(&mut tx, "PED-17", second.id).await.unwrap());
    assert!(store.pay_sale(&mut tx, "PED-17", first.id).await.unwrap(), "it does already");
    assert!(store.pay_sale(&mut tx, "PED-18", second.id).await.unwrap(), "another sale");
    store.commit(tx).await.unwrap();
    assert_eq!(store.paid_by("PED-17").await.unwrap(), Some(first.id));
}

pub(crate) async fn only_the_payer_releases_the_sale<S: Store>(store: S) {
    let first = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    let second = stored(&store, &begun(REDSYS, "0002", "PED-17")).await;
    let mut tx = store.transaction().await.unwrap();
    store.release_sale(&mut tx, "PED-17", first.id).await.unwrap();
    assert!(store.pay_sale(&mut tx, "PED-17", first.id).await.unwrap());
    store.release_sale(&mut tx, "PED-17", second.id).await.unwrap();
    assert!(!store.pay_sale(&mut tx, "PED-17", second.id).await.unwrap());
    store.release_sale(&mut tx, "PED-17", first.id).await.unwrap();
    store.commit(tx).await.unwrap();
    assert_eq!(store.paid_by("PED-17").await.unwrap(), None);

    let mut tx = store.transaction().await.unwrap();
    assert!(store.pay_sale(&mut tx, "PED-17", second.id).await.unwrap());
    store.commit(tx).await.unwrap();
    assert_eq!(store.paid_by("PED-17").await.unwrap(), Some(second.id));
}

pub(crate) async fn what_is_dropped_is_rolled_back<S: Store>(store: S) {
    let kept = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    let mut tx = store.transaction().await.unwrap();
    assert!(matches!(store.insert(&mut tx, &full("0002", "PED-17")).await.unwrap(), Inserted::Stored(_)));
    assert!(store.update(&mut tx, &kept, &with(&kept.record, |row| row.state = OperationState::Failed)).await.unwrap());
    assert!(store.pay_sale(&mut tx, "PED-17", kept.id).await.unwrap());
    store.add_evidence(&mut tx, &evidence(Some(kept.id), "lost")).await.unwrap();
    store.add_event(&mut tx, &event(&kept, EventKind::Paid)).await.unwrap();
    drop(tx);

    assert_eq!(store.of_sale("PED-17").await.unwrap(), from_ref(&kept));
    assert_eq!(store.paid_by("PED-17").await.unwrap(), None);
    assert_eq!(store.evidence(kept.id, 9).await.unwrap(), []);
    assert_eq!(store.events(9).await.unwrap(), []);
    stored(&store, &full("0002", "PED-17")).await; // its number is free again
}

pub(crate) async fn what_is_not_committed_is_not_seen<S: Store>(store: S) {
    let kept = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    let mut tx = store.transaction().await.unwrap();
    let failed = with(&kept.record, |row| row.state = OperationState::Failed);
    assert!(store.update(&mut tx, &kept, &failed).await.unwrap());
    assert!(store.pay_sale(&mut tx, "PED-17", kept.id).await.unwrap());
    assert_eq!(store.lock_sale(&mut tx, "PED-17").await.unwrap()[0].version, 2, "inside it is");
    assert_eq!(store.get(kept.id).await.unwrap(), Some(kept));
    assert_eq!(store.paid_by("PED-17").await.unwrap(), None);
    store.commit(tx).await.unwrap();
    assert!(store.paid_by("PED-17").await.unwrap().is_some());
}

pub(crate) async fn evidence_comes_back_in_order<S: Store>(store: S) {
    let kept = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    let other = stored(&store, &begun(REDSYS, "0002", "PED-17")).await;
    let bare = Evidence {
        operation: Some(kept.id),
        bank: None,
        at: at(1),
        source: Source::Application,
        from: None,
        verdict: String::new(),
        message: "x".repeat(64 * 1024),
    };
    let rows = [evidence(Some(kept.id), "paid"), bare, evidence(Some(kept.id), "ñ 'again'")];
    let mut tx = store.transaction().await.unwrap();
    for row in [&rows[0], &evidence(Some(other.id), "other"), &evidence(None, "forged"), &rows[1], &rows[2]] {
        store.add_evidence(&mut tx, row).await.unwrap();
    }
    store.commit(tx).await.unwrap();
    assert_eq!(store.evidence(kept.id, 9).await.unwrap(), rows);
    assert_eq!(store.evidence(kept.id, 2).await.unwrap(), rows[..2]);
    assert_eq!(store.evidence(kept.id, 0).await.unwrap(), []);
}

pub(crate) async fn events_are_taken_once<S: Store>(store: S) {
    let kept = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    let told = [EventKind::Begun, EventKind::Paid, EventKind::Problem].map(|kind| event(&kept, kind));
    let mut tx = store.transaction().await.unwrap();
    for event in &told {
        store.add_event(&mut tx, event).await.unwrap();
    }
    store.commit(tx).await.unwrap();

    let (ids, events): (Vec<i64>, Vec<_>) = store.events(9).await.unwrap().into_iter().unzip();
    assert_eq!(events, told);
    assert_eq!(store.events(1).await.unwrap().len(), 1);
    for id in &ids {
        store.take_event(*id).await.unwrap();
    }
    store.take_event(ids[0]).await.unwrap();
    assert_eq!(store.events(9).await.unwrap(), []);

    // an id is not given again: whoever takes an old one late takes no new event
    let mut tx = store.transaction().await.unwrap();
    store.add_event(&mut tx, &told[0]).await.unwrap();
    store.commit(tx).await.unwrap();
    let newer = store.events(9).await.unwrap();
    assert!(newer.len() == 1 && !ids.contains(&newer[0].0), "{newer:?}");
}

pub(crate) async fn due_comes_in_order_and_in_pages<S: Store>(store: S) {
    let mut by_number = Vec::new();
    for (number, due) in [("0", Some(5)), ("1", None), ("2", Some(3)), ("3", Some(9)), ("4", Some(3)), ("5", Some(4))] {
        let record = Record { due_since: due.map(at), ..begun(REDSYS, number, "PED-17") };
        by_number.push(stored(&store, &record).await.id);
    }
    let expected = [2, 4, 5, 0].map(|number: usize| by_number[number]);
    let ids = |page: &[Stored]| page.iter().map(|stored| stored.id).collect::<Vec<_>>();
    assert_eq!(ids(&store.due(at(5), None, 9).await.unwrap()), expected, "at that time is due too");
    assert_eq!(ids(&store.due(at(4), None, 9).await.unwrap()), expected[..3]);

    let (mut after, mut paged) = (None, Vec::new());
    for _ in 0..expected.len() {
        let page = store.due(at(5), after, 1).await.unwrap();
        assert_eq!(page.len(), 1);
        paged.push(page[0].id);
        after = page[0].record.due_since.map(|due_since| DueAfter { due_since, id: page[0].id });
    }
    assert_eq!(paged, expected);
    assert_eq!(store.due(at(5), after, 1).await.unwrap(), []);
    assert_eq!(store.due(at(9), after, 9).await.unwrap().len(), 1);
}

pub(crate) async fn newest_comes_in_pages<S: Store>(store: S) {
    let mut ids = Vec::new();
    for number in ["0", "1", "2", "3", "4"] {
        ids.push(stored(&store, &full(number, number)).await.id);
    }
    ids.reverse();
    let mut seen = Vec::new();
    let mut below = None;
    loop {
        let page = store.newest(below, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        below = Some(last.id);
        assert!(page.iter().all(|stored| stored.operation().references().get(Reference::OrderId) == Some("O-1")));
        seen.extend(page.iter().map(|stored| stored.id));
    }
    assert_eq!(seen, ids);
    assert_eq!(store.newest(None, 0).await.unwrap(), []);
}

pub(crate) async fn a_reference_finds_one_operation<S: Store>(store: S) {
    let known = |number: &str, name, value: &str| {
        with(&begun(REDSYS, number, "PED-17"), |row| row.references = references(&[(name, value)]))
    };
    let by = |name, value: &str| Lookup::Reference(name, value.to_owned());
    let long = "x".repeat(300);
    let kept = stored(&store, &known("0001", Reference::OrderId, "5O190127TN364715T")).await;
    let (one, two) = (format!("{long}1"), format!("{long}2"));
    let first = stored(&store, &known("0002", Reference::OrderId, &one)).await;
    stored(&store, &known("0003", Reference::OrderId, &two)).await;
    stored(&store, &known("0004", Reference::OrderId, "twice")).await;
    stored(&store, &known("0005", Reference::OrderId, "twice")).await;

    assert_eq!(store.find(REDSYS, &by(Reference::OrderId, "5O190127TN364715T")).await.unwrap(), Some(kept));
    assert_eq!(store.find(REDSYS, &by(Reference::OrderId, &one)).await.unwrap(), Some(first));
    for (bank, name, value) in [
        (CECA, Reference::OrderId, "5O190127TN364715T"),
        (REDSYS, Reference::PayerId, "5O190127TN364715T"),
        (REDSYS, Reference::OrderId, "5o190127tn364715t"),
        (REDSYS, Reference::OrderId, "5O190127TN364715"),
        (REDSYS, Reference::OrderId, "' OR 1=1 --"),
        (REDSYS, Reference::OrderId, long.as_str()),
        (REDSYS, Reference::OrderId, "nul\0"),
        (REDSYS, Reference::OrderId, "twice"),
    ] {
        assert_eq!(store.find(bank, &by(name, value)).await.unwrap(), None, "{bank} {name} {value}");
    }
}

pub(crate) async fn sale_codes_are_compared_byte_by_byte<S: Store>(store: S) {
    // a letter with its accent, and the same in two characters; letter case; an emoji; spaces; the longest there is
    let codes = ["ñ", "n\u{303}", "Ñ", "PED", "ped", "ped ", " ped", "💶 17", "ped%", "ped_", "'", &"€".repeat(341)];
    for (number, code) in codes.iter().enumerate() {
        let kept = stored(&store, &begun(REDSYS, &format!("{number:04}"), code)).await;
        let mut tx = store.transaction().await.unwrap();
        assert_eq!(store.lock_sale(&mut tx, code).await.unwrap().len(), 1);
        assert!(store.pay_sale(&mut tx, code, kept.id).await.unwrap());
        store.commit(tx).await.unwrap();
    }
    for code in codes {
        let found = store.of_sale(code).await.unwrap();
        assert_eq!(found.len(), 1, "{code:?}");
        assert_eq!(found[0].operation().sale(), code);
        assert_eq!(store.paid_by(code).await.unwrap(), Some(found[0].id));
    }
    assert_eq!(store.of_sale("ped\0").await.unwrap(), []);
    assert_eq!(store.paid_by("ped\0").await.unwrap(), None);
}
