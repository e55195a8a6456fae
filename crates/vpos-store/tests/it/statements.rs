//! How many statements a call is: each is a way to the database and back. sqlx tells of each by `tracing`.

use std::fmt;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use vpos::core::operation::{OperationState, RefundState};
use vpos::core::{Lookup, Reference};
use vpos::flow::{EventKind, Store};

use crate::scene::*;
use crate::sqlite::Folder;

const CHILD: &str = "VPOS_STORE_COUNT";

/// Runs itself once more, alone in a process: what sqlx tells reaches one listener for the whole process.
#[tokio::test]
async fn a_confirm_is_six_statements_and_its_transaction() {
    if std::env::var_os(CHILD).is_some() {
        return count().await;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "statements::a_confirm_is_six_statements_and_its_transaction", "--nocapture"]).env(CHILD, "1");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

async fn count() {
    tracing::subscriber::set_global_default(Counter).unwrap();
    let folder = Folder::new();
    let store = folder.store().await;
    let kept = stored(&store, &full("0001", "PED-16")).await;
    let was = stored(&store, &begun(REDSYS, "0002", "PED-17")).await;
    let learnt = references(&[(Reference::AuthorizationCode, "501602"), (Reference::MaskedCard, "454881******0004")]);
    let paid = with(&was.record, |row| (row.state, row.references) = (OperationState::Completed, learnt));

    took();
    assert!(store.find(REDSYS, &Lookup::Number("0001".parse().unwrap())).await.unwrap().is_some());
    assert_eq!(took(), 1, "find, with six references and three refunds");
    assert!(store.find(REDSYS, &Lookup::Reference(Reference::OrderId, "O-1".into())).await.unwrap().is_some());
    assert_eq!(took(), 1, "find by reference");
    assert_eq!(store.newest(None, 9).await.unwrap().len(), 2);
    assert_eq!(took(), 1, "a page");

    let mut tx = store.transaction().await.unwrap();
    assert!(store.pay_sale(&mut tx, "PED-17", was.id).await.unwrap());
    assert_eq!(took(), 1, "pay_sale");
    assert!(store.update(&mut tx, &was, &paid).await.unwrap());
    assert_eq!(took(), 2, "update: the operation, and all that the bank told");
    store.add_evidence(&mut tx, &evidence(Some(was.id), "paid")).await.unwrap();
    store.add_event(&mut tx, &event(&was, EventKind::Paid)).await.unwrap();
    assert_eq!(took(), 2, "evidence and event");
    store.commit(tx).await.unwrap();
    took();

    let mut tx = store.transaction().await.unwrap();
    let settled = with(&kept.record, |row| row.refunds[1].state = RefundState::Approved);
    assert!(store.update(&mut tx, &kept, &settled).await.unwrap());
    assert_eq!(took(), 2, "update: the operation, and the refund that changed");
}

static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

/// How many there were since it was asked last.
fn took() -> usize {
    STATEMENTS.swap(0, Ordering::SeqCst)
}

/// Counts what sqlx tells of its statements.
struct Counter;

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        // opening a connection takes statements of its own, which name no table
        let mut ours = Names(false);
        event.record(&mut ours);
        STATEMENTS.fetch_add(usize::from(ours.0), Ordering::SeqCst);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Whether a statement names a table of the store.
struct Names(bool);

impl Visit for Names {
    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        self.0 |= format!("{value:?}").contains("vpos_");
    }
}
