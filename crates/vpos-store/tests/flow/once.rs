//! Messages at once: one charge in the books, one marked order, equal replies.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use vpos::flow::{FlowError, Merchant, Options};
use vpos::{OperationState, Outcome};
use vpos_sandbox::{Choice, MovementKind};

use crate::database::{Database, OrderTable, scene};
use crate::scene::till::Till;
use crate::scene::{Buyer, Scene, euros, sale};

const TAKEN: [MovementKind; 2] = [MovementKind::Charge, MovementKind::Capture];

async fn assert_once<S: Database>(scene: &Scene<S, OrderTable>, buyer: &Buyer, code: &str)
where
    OrderTable: Merchant<S>,
{
    assert_eq!(scene.state(buyer).await, OperationState::Completed, "{:?}", scene.verdicts(buyer).await);
    assert_eq!((scene.books(buyer).0, scene.moved(buyer, &TAKEN)), (12_345, 1));
    assert_eq!(scene.flow.store().orders().await, [(code.to_owned(), 1)]);
    let events = scene.flow.events(1_000).await.unwrap();
    let paid = events.iter().filter(|(_, event)| event.kind == vpos::flow::EventKind::Paid).count();
    assert_eq!(paid, 1, "{events:?}");
}

/// The same message a hundred times at once.
pub(crate) async fn a_hundred_times<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = Arc::new(scene(store, &[till.contract()], Options::default()));
    let buyer = scene.begin(&sale("PED-17")).await;
    scene.line.takes(Duration::from_millis(20));
    let message = scene.choose(&buyer, Choice::Pay).pop().unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let (scene, pos, message) = (Arc::clone(&scene), buyer.pos.clone(), message.clone());
        tasks.spawn(async move { scene.flow.confirm(&pos, message).await });
    }
    let replies = tasks.join_all().await;
    assert_eq!(replies.len(), 100);
    let one = replies[0].clone();
    assert!(replies.iter().all(|reply| *reply == one), "{replies:?}");
    assert_once(&scene, &buyer, "PED-17").await;
    let rows = scene.verdicts(&buyer).await;
    assert!(rows.len() >= 101, "every message is kept as evidence: {}", rows.len());
    let after = scene.flow.confirm(&buyer.pos, message).await;
    assert_eq!(after, one, "and once more afterwards");
}

/// What a PayPal buyer brings and what PayPal sends, at once, in each order, while the charge's own news is on its way too.
pub(crate) async fn paypal_in_every_order<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = Arc::new(scene(store, &[till.contract()], Options::default()));
    scene.line.takes(Duration::from_millis(10));
    let orders: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (at, order) in orders.into_iter().enumerate() {
        let code = format!("PED-{at}");
        let buyer = scene.begin(&sale(&code)).await;
        // the webhook (REST alone), the return, and the return of a buyer who reloads the page
        let mut messages = scene.choose(&buyer, Choice::Pay);
        let back = messages.last().unwrap().clone();
        messages.resize(3, back);
        let mut tasks = JoinSet::new();
        for which in order {
            let (scene, pos, message) = (Arc::clone(&scene), buyer.pos.clone(), messages[which].clone());
            tasks.spawn(async move { scene.flow.confirm(&pos, message).await.status().as_u16() });
        }
        let news = news_of_the_charge(Arc::clone(&scene), buyer.clone());
        let (statuses, heard) = tokio::join!(tasks.join_all(), tokio::spawn(news));
        assert!(statuses.iter().all(|status| *status < 400), "{order:?}: {statuses:?}");
        assert!(heard.unwrap() > 0, "PayPal sent no webhook or IPN of the charge");
        assert_eq!(scene.state(&buyer).await, OperationState::Completed, "{:?}", scene.verdicts(&buyer).await);
        assert_eq!((scene.books(&buyer).0, scene.moved(&buyer, &TAKEN)), (12_345, 1), "{order:?}");
    }
    let marked: Vec<(String, i64)> = (0..orders.len()).map(|at| (format!("PED-{at}"), 1)).collect();
    assert_eq!(scene.flow.store().orders().await, marked);
    assert!(scene.shop.problems().is_empty(), "{:?}", scene.shop.problems());
}

/// As soon as the bank has charged, its webhook or IPN comes twice: before our call has its answer.
async fn news_of_the_charge<S: Database>(scene: Arc<Scene<S, OrderTable>>, buyer: Buyer) -> usize
where
    OrderTable: Merchant<S>,
{
    for _ in 0..2_000 {
        let messages = scene.line.bank(&buyer.pos, |bank| bank.later());
        if !messages.is_empty() {
            let mut tasks = JoinSet::new();
            for message in messages.iter().chain(&messages).cloned() {
                let (scene, pos) = (Arc::clone(&scene), buyer.pos.clone());
                tasks.spawn(async move { scene.flow.confirm(&pos, message).await });
            }
            return tasks.join_all().await.len();
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    0
}

/// Eight tabs begin the same sale at once: one pending operation is left.
pub(crate) async fn begin_from_eight_tasks<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = Arc::new(scene(store, &[till.contract()], Options::default()));
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let scene = Arc::clone(&scene);
        let pos = scene.pos().to_owned();
        tasks.spawn(async move { scene.flow.begin(&pos, &sale("PED-17")).await.map(|checkout| checkout.number.to_string()) });
    }
    let numbers = tasks.join_all().await;
    let begun: std::collections::BTreeSet<_> = numbers.iter().filter_map(|number| number.as_ref().ok()).collect();
    assert_eq!(begun.len(), 8, "{numbers:?}");
    let states: Vec<_> = scene.flow.operations("PED-17").await.unwrap().iter().map(|stored| stored.operation().state()).collect();
    let count = |state| states.iter().filter(|known| **known == state).count();
    assert_eq!((count(OperationState::Pending), count(OperationState::Superseded)), (1, 7), "{states:?}");
}

/// A begin and an approval at once: the sale is paid once, whichever comes first.
pub(crate) async fn begin_and_approval_at_once<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = Arc::new(scene(store, &[till.contract()], Options::default()));
    scene.line.takes(Duration::from_millis(5));
    for at in 0..10 {
        let code = format!("PED-{at}");
        let buyer = scene.begin(&sale(&code)).await;
        let message = scene.choose(&buyer, Choice::Pay).pop().unwrap();
        let (beside, pos, payment) = (Arc::clone(&scene), buyer.pos.clone(), sale(&code));
        let other = tokio::spawn(async move { beside.flow.begin(&pos, &payment).await });
        let reply = scene.flow.confirm(&buyer.pos, message).await;
        let begun = other.await.unwrap();
        assert!(reply.status().as_u16() < 400);
        let refused = matches!(begun, Err(FlowError::AlreadyPaid { .. } | FlowError::Unsettled { .. }));
        assert!(begun.is_ok() || refused, "{begun:?}");
        assert_eq!(scene.state(&buyer).await, OperationState::Completed, "{:?}", scene.verdicts(&buyer).await);
        assert_eq!((scene.books(&buyer).0, scene.moved(&buyer, &TAKEN)), (12_345, 1));
    }
    assert!(scene.flow.store().orders().await.iter().all(|(_, paid)| *paid == 1));
    assert_eq!(scene.flow.store().orders().await.len(), 10);
}

/// Two tabs of one sale are approved at once: one pays, the other is a double payment, or is not charged.
pub(crate) async fn two_tabs_at_once<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = Arc::new(scene(store, &[till.contract()], Options::default()));
    for at in 0..10 {
        let code = format!("PED-{at}");
        let first = scene.begin(&sale(&code)).await;
        let second = scene.begin(&sale(&code)).await;
        let mut tasks = JoinSet::new();
        for buyer in [&first, &second] {
            for message in scene.choose(buyer, Choice::Pay) {
                let (scene, buyer) = (Arc::clone(&scene), buyer.clone());
                tasks.spawn(async move { scene.deliver(&buyer, &message).await });
            }
        }
        tasks.join_all().await;
        let paid = scene.flow.payment_of(&code).await.unwrap().unwrap();
        let (winner, loser) = if paid.id == first.id { (&first, &second) } else { (&second, &first) };
        assert_eq!(scene.state(winner).await, OperationState::Completed);
        let other = scene.stored(loser).await;
        assert_eq!(other.record.duplicate, other.operation().state().is_paid(), "{:?}", scene.verdicts(loser).await);
        if other.record.duplicate {
            assert_eq!(scene.books(loser).0, 12_345);
            let report = scene.flow.refund_duplicate(loser.id).await.unwrap();
            assert_eq!(report.outcome(), Outcome::Approved, "{report:?}");
        }
        let told = scene.verdicts(loser).await;
        assert_eq!((scene.books(winner).0, scene.books(loser).0 - scene.books(loser).1), (12_345, 0), "{told:?}");
    }
    let orders = scene.flow.store().orders().await;
    assert!(orders.len() == 10 && orders.iter().all(|(_, paid)| *paid == 1), "{orders:?}");
}

/// Eight refunds of 20 EUR at once of 123.45 EUR: six fit.
pub(crate) async fn eight_refunds_at_once<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = Arc::new(scene(store, &[till.contract()], Options::default()));
    let buyer = scene.begin(&sale("PED-17")).await;
    scene.pay(&buyer).await;
    scene.line.takes(Duration::from_millis(5));
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (scene, id) = (Arc::clone(&scene), buyer.id);
        tasks.spawn(async move { scene.flow.refund(id, euros(2_000), "").await });
    }
    let results = tasks.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 6, "{results:?}");
    assert_eq!((scene.books(&buyer).1, scene.moved(&buyer, &[MovementKind::Refund])), (12_000, 6));
    assert_eq!(scene.shop.count("refunded"), 6);
    assert_eq!(scene.stored(&buyer).await.operation().refunded(), euros(12_000));
}
