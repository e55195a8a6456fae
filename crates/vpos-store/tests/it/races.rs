//! What every store must do when several want the same at once.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use vpos::core::operation::OperationState;
use vpos::flow::{EventKind, Inserted, OperationId, Record, Store, Stored};

use crate::scene::*;

pub(crate) async fn one_of_twenty_wins_the_compare_and_set<S: Store + Clone + 'static>(store: S) {
    let was = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    let mut tasks = JoinSet::new();
    for task in 0..20 {
        let (store, was) = (store.clone(), was.clone());
        tasks.spawn(async move {
            let record = Record { changed_at: at(task), ..with(&was.record, |row| row.state = OperationState::Charging) };
            updated(&store, &was, &record).await.then_some(record)
        });
    }
    let winners: Vec<Record> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let now = store.get(was.id).await.unwrap().unwrap();
    assert_eq!((now.version, &now.record), (2, &winners[0]));
}

pub(crate) async fn one_of_twenty_gets_the_number<S: Store + Clone + 'static>(store: S) {
    let mut tasks = JoinSet::new();
    for task in 0..20 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut tx = store.transaction().await.unwrap();
            let inserted = store.insert(&mut tx, &begun(REDSYS, "0001", &format!("PED-{task}"))).await.unwrap();
            store.commit(tx).await.unwrap();
            matches!(inserted, Inserted::Stored(_))
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(store.newest(None, 99).await.unwrap().len(), 1);
}

pub(crate) async fn one_of_two_transactions_pays_the_sale<S: Store + Clone + 'static>(store: S) {
    for round in 0..20 {
        let sale = format!("PED-{round}");
        let start = Arc::new(Barrier::new(2));
        let mut tasks = JoinSet::new();
        for tab in 0..2 {
            let operation = stored(&store, &begun(REDSYS, &format!("{round:04}{tab}"), &sale)).await;
            let (store, sale, start) = (store.clone(), sale.clone(), Arc::clone(&start));
            tasks.spawn(async move {
                start.wait().await;
                let mut tx = store.transaction().await.unwrap();
                let pays = store.pay_sale(&mut tx, &sale, operation.id).await.unwrap();
                tokio::task::yield_now().await;
                store.commit(tx).await.unwrap();
                pays.then_some(operation.id)
            });
        }
        let payers: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(payers.len(), 1, "{sale}");
        assert_eq!(store.paid_by(&sale).await.unwrap(), payers.first().copied());
    }
}

pub(crate) async fn whoever_waited_for_the_sale_sees_what_was_written<S: Store + Clone + 'static>(store: S) {
    let mut tasks = JoinSet::new();
    for task in 0..10 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut tx = store.transaction().await.unwrap();
            let before = store.lock_sale(&mut tx, "PED-17").await.unwrap().len();
            let record = begun(REDSYS, &format!("{task:04}"), "PED-17");
            assert!(matches!(store.insert(&mut tx, &record).await.unwrap(), Inserted::Stored(_)));
            store.commit(tx).await.unwrap();
            before
        });
    }
    let mut seen = tasks.join_all().await;
    seen.sort_unstable();
    assert_eq!(seen, (0..10).collect::<Vec<_>>(), "each one saw all that were before it");
}

pub(crate) async fn a_hundred_writers_all_get_their_turn<S: Store + Clone + 'static>(store: S) {
    let was = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    let mut tasks = JoinSet::new();
    for task in 0..100 {
        let store = store.clone();
        let id = was.id;
        tasks.spawn(async move {
            let mut tx = store.transaction().await.unwrap();
            let now = store.lock_sale(&mut tx, "PED-17").await.unwrap().remove(0);
            let record = Record { changed_at: at(task), ..now.record.clone() };
            assert!(store.update(&mut tx, &now, &record).await.unwrap());
            store.add_evidence(&mut tx, &evidence(Some(id), "seen")).await.unwrap();
            store.add_event(&mut tx, &event(&now, EventKind::Problem)).await.unwrap();
            store.commit(tx).await.unwrap();
        });
    }
    tasks.join_all().await;
    assert_eq!(store.get(was.id).await.unwrap().unwrap().version, 101);
    assert_eq!(store.evidence(was.id, 200).await.unwrap().len(), 100);
    assert_eq!(store.events(200).await.unwrap().len(), 100);
}

/// A task that is stopped at each of its awaits in turn, as a connection that the buyer's browser closes stops it.
pub(crate) async fn a_transaction_that_is_given_up_halfway_leaves_nothing<S: Store + Clone + 'static>(store: S) {
    let was = stored(&store, &begun(REDSYS, "0001", "PED-17")).await;
    for polls in 1.. {
        let now = store.get(was.id).await.unwrap().unwrap();
        let done = give_up_after(polls, write(store.clone(), now.clone())).await;
        // a new transaction gets its turn after whatever was left behind
        let mut tx = store.transaction().await.unwrap();
        let after = store.lock_sale(&mut tx, "PED-17").await.unwrap()[0].version;
        drop(tx);
        assert!(after == now.version + 1 || (after == now.version && !done), "{polls}: {after}");
        let (version, rows) = both(&store, was.id).await;
        assert_eq!(i64::try_from(rows).unwrap(), version - 1, "both or neither");
        if done {
            break;
        }
        assert!(polls < 500, "it never ends");
    }
}

/// The version and how many rows of evidence there are, at one moment: the server may be about to do a commit that nobody waits
/// for any more.
async fn both<S: Store>(store: &S, id: OperationId) -> (i64, usize) {
    loop {
        let version = store.get(id).await.unwrap().unwrap().version;
        let rows = store.evidence(id, 999).await.unwrap().len();
        if store.get(id).await.unwrap().unwrap().version == version {
            return (version, rows);
        }
    }
}

async fn write<S: Store>(store: S, now: Stored) {
    let mut tx = store.transaction().await.unwrap();
    assert!(store.update(&mut tx, &now, &now.record).await.unwrap());
    store.add_evidence(&mut tx, &evidence(Some(now.id), "seen")).await.unwrap();
    store.commit(tx).await.unwrap();
}

/// Drives a future so many steps and drops it then; whether it was done.
pub(crate) async fn give_up_after(polls: u32, future: impl Future<Output = ()>) -> bool {
    let (mut future, mut left) = (Box::pin(future), polls);
    poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
