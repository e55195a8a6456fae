//! Four machines reconcile at once: each thing is done once.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use vpos::OperationState;
use vpos::flow::{Merchant, Options};
use vpos_sandbox::{Choice, MovementKind};

use crate::database::{Database, OrderTable, scene};
use crate::scene::line::Fate;
use crate::scene::till::Till;
use crate::scene::{Buyer, Scene, euros, sale};

const SALES: usize = 25;

/// Flows of their own, as on machines of their own, over one database and one bank.
async fn four_at_once<S: Database>(scene: &Arc<Scene<S, OrderTable>>)
where
    OrderTable: Merchant<S>,
{
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let scene = Arc::clone(scene);
        tasks.spawn(async move { scene.flow.clone().reconcile(Duration::ZERO).await.unwrap() });
    }
    for done in tasks.join_all().await {
        assert!(done.errors.is_empty(), "{:?}", done.errors);
    }
}

fn impatient() -> Options {
    Options::default().lease(Duration::ZERO)
}

async fn begun<S: Database>(scene: &Scene<S, OrderTable>) -> Vec<Buyer>
where
    OrderTable: Merchant<S>,
{
    let mut buyers = Vec::new();
    for at in 0..SALES {
        buyers.push(scene.begin(&sale(&format!("PED-{at:03}"))).await);
    }
    buyers
}

async fn assert_each_once<S: Database>(scene: &Scene<S, OrderTable>, buyers: &[Buyer])
where
    OrderTable: Merchant<S>,
{
    for buyer in buyers {
        assert_eq!(scene.state(buyer).await, OperationState::Completed, "{:?}", scene.verdicts(buyer).await);
        assert_eq!(scene.moved(buyer, &[MovementKind::Charge, MovementKind::Capture]), 1);
    }
    let orders = scene.flow.store().orders().await;
    assert!(orders.len() == SALES && orders.iter().all(|(_, paid)| *paid == 1), "{orders:?}");
}

/// Charges whose answers were lost.
pub(crate) async fn lost_charges<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = Arc::new(scene(store, &[till.contract()], impatient()));
    let buyers = begun(&scene).await;
    scene.line.always(Fate::Lost);
    for buyer in &buyers {
        let message = scene.choose(buyer, Choice::Pay).pop().unwrap();
        scene.flow.confirm(&buyer.pos, message).await;
    }
    scene.line.always(Fate::Answered);
    assert_eq!(scene.flow.store().orders().await, []);
    scene.line.takes(Duration::from_millis(2));
    for _ in 0..3 {
        four_at_once(&scene).await;
    }
    assert_each_once(&scene, &buyers).await;
}

/// Notifications that never came: the bank is asked about what is pending.
pub(crate) async fn lost_notifications<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = Arc::new(scene(store, &[till.contract()], impatient()));
    let buyers = begun(&scene).await;
    for buyer in &buyers {
        scene.choose(buyer, Choice::Pay);
    }
    scene.line.takes(Duration::from_millis(2));
    for _ in 0..2 {
        four_at_once(&scene).await;
    }
    assert_each_once(&scene, &buyers).await;
}

/// Handlers that failed when it happened.
pub(crate) async fn owed_handlers<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = Arc::new(scene(store, &[till.contract()], impatient()));
    let buyers = begun(&scene).await;
    for buyer in &buyers {
        scene.shop.fail(1);
        scene.pay(buyer).await;
    }
    assert_eq!(scene.flow.store().orders().await, []);
    assert_eq!(scene.shop.problems(), vec!["HandlerFailed"; SALES]);
    for _ in 0..2 {
        four_at_once(&scene).await;
    }
    assert_each_once(&scene, &buyers).await;
}

/// Second payments that are given back by themselves, and refunds whose answers were lost.
pub(crate) async fn double_payments<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = Arc::new(scene(store, &[till.contract()], impatient().refund_duplicates(true)));
    let firsts = begun(&scene).await;
    let seconds = begun(&scene).await;
    for buyer in seconds.iter().chain(&firsts) {
        scene.pay(buyer).await;
    }
    scene.line.takes(Duration::from_millis(2));
    for _ in 0..3 {
        four_at_once(&scene).await;
    }
    assert_each_once(&scene, &seconds).await;
    for buyer in &firsts {
        assert_eq!(scene.books(buyer), (12_345, 12_345, 0), "{:?}", scene.verdicts(buyer).await);
        assert_eq!(scene.moved(buyer, &[MovementKind::Refund]), 1);
    }
    // a refund of what was paid once, whose answer is lost
    scene.line.always(Fate::Lost);
    for buyer in &seconds {
        scene.flow.refund(buyer.id, euros(12_345), "").await.unwrap();
    }
    scene.line.always(Fate::Answered);
    for _ in 0..2 {
        four_at_once(&scene).await;
    }
    for buyer in &seconds {
        assert_eq!(scene.books(buyer), (12_345, 12_345, 0));
        assert_eq!(scene.state(buyer).await, OperationState::Refunded, "{:?}", scene.verdicts(buyer).await);
    }
    assert_eq!(scene.shop.count("refunded"), SALES);
}

/// Some reconcile, some expire, and the messages come at last, all at once.
pub(crate) async fn expiry_and_messages<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = Arc::new(scene(store, &[till.contract()], impatient()));
    let buyers = begun(&scene).await;
    let mut tasks = JoinSet::new();
    for buyer in &buyers {
        let message = scene.choose(buyer, Choice::Pay).pop().unwrap();
        let (scene, pos) = (Arc::clone(&scene), buyer.pos.clone());
        tasks.spawn(async move {
            scene.flow.confirm(&pos, message).await;
        });
    }
    for _ in 0..2 {
        let (one, other) = (Arc::clone(&scene), Arc::clone(&scene));
        tasks.spawn(async move { assert!(one.flow.reconcile(Duration::ZERO).await.unwrap().errors.is_empty()) });
        tasks.spawn(async move { assert!(other.flow.expire(Duration::ZERO).await.unwrap().errors.is_empty()) });
    }
    tasks.join_all().await;
    assert_each_once(&scene, &buyers).await;
}
