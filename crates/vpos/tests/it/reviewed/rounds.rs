//! Reconcile: no bank stops the others, and what was left alone is told.

use std::time::Duration;

use vpos::OperationState;
use vpos::flow::Options;
use vpos_sandbox::Choice;

use crate::scene::till::Till;
use crate::scene::{LONG, Scene, sale};

/// A bank whose every answer takes its whole time limit is asked five times in a run; the others' operations go on behind it.
#[tokio::test]
async fn a_bank_that_does_not_answer_holds_up_no_other() {
    let scene = Scene::of(&[Till::Redsys.contract(), Till::Elavon.contract()], Options::default());
    let mut silent = Vec::new();
    for at in 0..12 {
        silent.push(scene.begin_at("redsys", &sale(&format!("PED-{at}"))).await);
        scene.clock.advance(Duration::from_secs(1));
    }
    scene.shop.fail(1);
    let owed = scene.begin_at("redsys", &sale("OWED")).await;
    scene.pay(&owed).await;
    let other = scene.begin_at("elavon", &sale("OTHER")).await;
    scene.choose(&other, Choice::Pay);
    scene.line.silence([Till::Redsys]);
    scene.clock.advance(LONG);

    let calls = scene.line.calls().len();
    let first = scene.flow.reconcile(Duration::ZERO).await.unwrap();
    let redsys = scene.line.calls()[calls..].iter().filter(|call| Till::Redsys.is_asked(call)).count();
    assert_eq!((redsys, first.put_off, first.looked_at), (5, 7, 7), "{first:?}");
    assert_eq!(scene.shop.count("paid OWED"), 1, "what the merchant is owed needs no bank");
    // those that waited are asked first
    for asked in [10, 12] {
        scene.clock.advance(LONG);
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
        let mut claimed = 0;
        for buyer in &silent {
            claimed += usize::from(scene.stored(buyer).await.version > 1);
        }
        assert_eq!(claimed, asked);
    }
    // it answers again
    for buyer in &silent {
        scene.choose(buyer, Choice::Pay);
    }
    scene.line.silence([]);
    scene.clock.advance(LONG);
    let last = scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!((last.put_off, last.settled), (0, 12), "{last:?}");
    assert_eq!(scene.shop.count("paid PED-"), 12);
}

/// The same for operations that nobody paid in time.
#[tokio::test]
async fn a_bank_that_does_not_answer_holds_up_no_other_when_they_expire() {
    let scene = Scene::of(&[Till::Redsys.contract(), Till::Elavon.contract()], Options::default());
    for at in 0..12 {
        scene.begin_at("redsys", &sale(&format!("PED-{at}"))).await;
    }
    let other = scene.begin_at("elavon", &sale("OTHER")).await;
    scene.line.silence([Till::Redsys]);
    scene.clock.advance(LONG);
    let done = scene.flow.expire(Duration::ZERO).await.unwrap();
    assert_eq!((done.put_off, done.looked_at, done.settled), (7, 6, 1), "{done:?}");
    assert_eq!(scene.state(&other).await, OperationState::Cancelled);
}

/// What another machine is at is told, so that "nothing was looked at" can be understood.
#[tokio::test]
async fn what_the_lease_leaves_alone_is_counted() {
    let scene = Scene::new(Till::Elavon);
    let buyer = scene.at(OperationState::Charging).await;
    let done = scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!((done.looked_at, done.skipped), (0, 1), "{done:?}");
    scene.clock.advance(LONG);
    let done = scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!((done.looked_at, done.skipped), (1, 0), "{done:?}");
    let _ = buyer;
}
