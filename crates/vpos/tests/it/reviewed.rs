//! What a reviewer of the flow found, each as a test.

mod flaky;
mod rounds;

use std::time::Duration;

use vpos::flow::{MemoryStore, MemoryTx, Options, Paid, Which};
use vpos::{FlowError, Merchant, OperationState, Outcome};

use self::flaky::Flaky;
use crate::scene::clock::TestClock;
use crate::scene::line::Fate;
use crate::scene::shop::Shop;
use crate::scene::till::Till;
use crate::scene::{LONG, Scene, euros, hold, sale};

fn on_a_bad_line(till: Till, store: &Flaky) -> Scene<Flaky, Shop> {
    let shop = Shop::default();
    Scene::with(store.clone(), shop.clone(), shop, TestClock::real(), &[till.contract()], Options::default())
}

/// The commit was done and its answer lost: the bank that listens must not be told no.
#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_recognised() {
    for till in [Till::Ceca, Till::RedsysSoap] {
        let store = Flaky::default();
        let scene = on_a_bad_line(till, &store);
        let buyer = scene.begin(&sale("PED-17")).await;
        store.lose_the_next_commit();
        let reply = scene.pay(&buyer).await.remove(0);
        let no = if till == Till::Ceca { "$*$NOK$*$" } else { "KO" };
        assert!(!reply.body().contains(no), "{till:?}: {}", reply.body());
        assert_eq!((scene.state(&buyer).await, scene.books(&buyer).0), (OperationState::Completed, 12_345), "{till:?}");
        assert_eq!(scene.shop.count("paid"), 1, "{till:?}");
    }
}

/// The process dies right after the commit that gives the payment up: what a person must hear is in the outbox by that commit.
#[tokio::test]
async fn a_problem_is_written_by_the_commit_that_it_tells() {
    let problem_of = async |scene: &Scene<Flaky, Shop>, of: vpos::flow::OperationId| {
        let events = scene.flow.events(100).await.unwrap();
        let problem = |event: &vpos::flow::Event| event.operation == of && event.kind == vpos::flow::EventKind::Problem;
        events.into_iter().find(|(_, event)| problem(event)).map(|(_, event)| event.detail)
    };
    for till in [Till::Ceca, Till::RedsysSoap] {
        let store = Flaky::default();
        let scene = on_a_bad_line(till, &store);
        let buyer = scene.begin(&sale("PED-17")).await;
        scene.shop.fail(1);
        let message = scene.choose(&buyer, vpos_sandbox::Choice::Pay).remove(0);
        store.die_after_commits(1);
        scene.flow.confirm(&buyer.pos, message).await;
        assert_eq!(scene.state(&buyer).await, OperationState::Failed, "{till:?}");
        let told = problem_of(&scene, buyer.id).await;
        assert!(told.as_ref().is_some_and(|told| told.contains("was annulled")), "{till:?}: {told:?}");
    }
    for till in [Till::Elavon, Till::PaypalRest] {
        let store = Flaky::default();
        let scene = on_a_bad_line(till, &store);
        let first = scene.begin(&sale("PED-17")).await;
        let other = scene.begin(&sale("PED-17")).await;
        let message = scene.choose(&other, vpos_sandbox::Choice::Pay).pop().unwrap();
        scene.pay(&first).await;
        store.die_after_commits(1);
        scene.flow.confirm(&other.pos, message).await;
        assert_eq!(scene.state(&other).await, OperationState::Cancelled, "{till:?}");
        let told = problem_of(&scene, other.id).await;
        assert!(told.as_ref().is_some_and(|told| told.contains("was not charged")), "{till:?}: {told:?}");
    }
}

/// The refund is done and stored; that the store is busy a moment later is no reason to say that it may be repeated.
#[tokio::test]
async fn a_refund_that_was_done_is_not_called_retryable() {
    for busy in 1..6 {
        let store = Flaky::default();
        let scene = on_a_bad_line(Till::Redsys, &store);
        let buyer = scene.begin(&sale("PED-17")).await;
        scene.pay(&buyer).await;
        store.be_busy_at_read(busy);
        let refunded = scene.flow.refund(buyer.id, euros(2_000), "").await;
        if scene.books(&buyer).1 > 0 {
            assert!(!refunded.as_ref().is_err_and(FlowError::is_retryable), "{refunded:?}");
        }
    }
}

/// A capture's answer was lost, and a person saw that it was not done: the hold stands, and can be captured.
#[tokio::test]
async fn a_capture_that_was_not_done_leaves_the_hold() {
    for till in [Till::Redsys, Till::Elavon, Till::PaypalRest] {
        let scene = Scene::new(till);
        let buyer = scene.held("PED-17").await;
        scene.line.next([Fate::Hangs]);
        let asked = scene.flow.capture(buyer.id, euros(12_345));
        assert!(tokio::time::timeout(Duration::from_millis(30), asked).await.is_err());
        scene.line.next([]);
        scene.line.always(Fate::Lost);
        scene.clock.advance(LONG);
        let _ = scene.flow.reconcile(Duration::ZERO).await.unwrap();
        scene.line.always(Fate::Answered);
        if scene.state(&buyer).await != OperationState::Authorized {
            scene.flow.abandon("PED-17", "Ana").await.unwrap();
        }
        assert_eq!(scene.state(&buyer).await, OperationState::Authorized, "{till:?}");
        assert!(scene.stored(&buyer).await.operation().capturing().is_none(), "{till:?}");
        let captured = scene.flow.capture("PED-17", euros(12_345)).await.unwrap();
        assert_eq!((captured.outcome(), scene.shop.count("paid")), (Outcome::Approved, 1), "{till:?}");
    }
}

/// What is owed comes before what follows it, and never after the next payment's.
#[tokio::test]
async fn owed_handlers_keep_their_order() {
    let scene = Scene::new(Till::PaypalRest);
    let first = scene.begin(&sale("PED-17")).await;
    scene.shop.fail(1);
    scene.pay(&first).await;
    assert_eq!(scene.shop.told(), Vec::<String>::new());
    scene.flow.refund(first.id, euros(12_345), "").await.unwrap();
    let words = |told: Vec<String>| told.iter().filter_map(|told| told.split(' ').next().map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!(words(scene.shop.told()), ["paid", "refunded"]);
    let second = scene.begin(&sale("PED-17")).await;
    scene.pay(&second).await;
    scene.clock.advance(LONG);
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!(words(scene.shop.told()), ["paid", "refunded", "paid"]);
}

/// What the merchant is owed is told by the next run, whatever its age; that it failed again is an error of that run.
#[tokio::test]
async fn an_owed_handler_does_not_wait_and_is_not_silent() {
    let scene = Scene::new(Till::Redsys);
    let buyer = scene.begin(&sale("PED-17")).await;
    scene.shop.fail(2);
    scene.pay(&buyer).await;
    assert!(scene.verdicts(&buyer).await.iter().any(|verdict| verdict.contains("on_paid failed and is owed")));
    let run = scene.flow.reconcile(LONG).await.unwrap();
    assert!(matches!(run.errors.as_slice(), [(_, FlowError::HandlerFailed { handler: "on_paid", .. })]), "{:?}", run.errors);
    scene.clock.advance(Duration::from_secs(1));
    let run = scene.flow.reconcile(LONG).await.unwrap();
    assert!(run.errors.is_empty(), "{:?}", run.errors);
    assert_eq!(scene.shop.count("paid"), 1);
}

/// A void is on its way: that the bank's books do not have it yet says nothing.
#[tokio::test]
async fn a_query_while_a_void_runs_leaves_the_question_open() {
    for till in [Till::PaypalRest, Till::Elavon, Till::PaypalNvp] {
        let scene = Scene::new(till);
        let buyer = scene.held("PED-17").await;
        scene.line.next([Fate::Hangs]);
        let died = tokio::time::timeout(Duration::from_millis(30), scene.flow.void(buyer.id)).await.is_err();
        scene.line.next([]);
        assert!(died && scene.stored(&buyer).await.operation().voiding(), "{till:?}");
        let _ = scene.flow.query(buyer.id).await;
        assert!(scene.stored(&buyer).await.operation().voiding(), "{till:?}");
    }
}

/// Two holds of one sale: while the first stands the second is not captured; when it was let go, the second pays the sale.
#[tokio::test]
async fn the_second_hold_of_a_sale_pays_when_the_first_is_gone() {
    for till in [Till::Redsys, Till::Elavon] {
        let scene = Scene::of(&[till.contract()], Options::default());
        let first = scene.begin(&hold("PED-17")).await;
        let second = scene.begin(&hold("PED-17")).await;
        scene.pay(&first).await;
        scene.pay(&second).await;
        assert!(scene.flow.capture(second.id, euros(12_345)).await.is_err(), "{till:?}");
        scene.flow.void(first.id).await.unwrap();
        scene.flow.capture(Which::from("PED-17"), euros(12_345)).await.unwrap();
        assert_eq!(scene.state(&second).await, OperationState::Completed, "{till:?}");
        assert_eq!(scene.shop.count("paid"), 1, "{till:?}");
        assert!(scene.flow.payment_of("PED-17").await.unwrap().is_some_and(|paying| paying.id == second.id), "{till:?}");
    }
}

struct Panics;

impl Merchant<MemoryStore> for Panics {
    type Error = std::io::Error;

    async fn on_paid(&self, _: &Paid, _: &mut MemoryTx) -> Result<(), std::io::Error> {
        panic!("a bug in the shop");
    }
}

/// The shop's bug is the shop's: the payment is stored, the handler owed, and the other operations are looked after.
#[tokio::test]
async fn a_handler_that_panics_is_a_handler_that_failed() {
    let (shop, clock) = (Shop::default(), TestClock::at_noon());
    let scene = Scene::with(MemoryStore::new(), Panics, shop, clock, &[Till::Redsys.contract()], Options::default());
    let buyer = scene.begin(&sale("PED-17")).await;
    let other = scene.begin(&sale("PED-18")).await;
    scene.pay(&buyer).await;
    assert_eq!(scene.state(&buyer).await, OperationState::Completed);
    scene.clock.advance(LONG);
    let run = scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!((run.looked_at, run.errors.len()), (2, 1));
    assert!(scene.stored(&other).await.version > 1);
}
