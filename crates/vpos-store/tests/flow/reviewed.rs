//! What a reviewer of the flow found and a memory store cannot show.

use std::time::Duration;

use vpos::OperationState;
use vpos::flow::{FlowError, Merchant, Options, Store, StoreError};
use vpos_sandbox::{Choice, MovementKind};

use self::troubled::{Trouble, Troubled};
use crate::database::{Database, OrderTable, scene};
use crate::scene::clock::TestClock;
use crate::scene::shop::Shop;
use crate::scene::till::Till;
use crate::scene::{Scene, sale};

mod troubled;

/// More than a page of what is due is broken, and stands before what is not.
pub(crate) async fn a_row_that_cannot_be_read_stops_no_other<S: Database>(store: S, till: Till)
where
    OrderTable: Merchant<S>,
{
    const BROKEN: usize = 101;
    let scene = scene(store, &[till.contract()], Options::default().lease(Duration::ZERO));
    let mut buyers = Vec::new();
    for at in 0..BROKEN + 2 {
        buyers.push(scene.begin(&sale(&format!("PED-{at}"))).await);
    }
    let last = buyers[BROKEN - 1].id;
    scene.flow.store().run(&format!("UPDATE vpos_operation SET state = 'nonsense' WHERE id <= {last}")).await;
    let well = &buyers[BROKEN..];
    for buyer in well {
        scene.choose(buyer, Choice::Pay);
    }
    for settled in [2, 0] {
        let done = scene.flow.reconcile(Duration::ZERO).await.unwrap();
        assert_eq!((done.settled, done.open, done.errors.len()), (settled, 101, 0), "{done:?}");
        assert_eq!(done.unreadable.len(), 100, "the first hundred are named");
        let (id, error) = &done.unreadable[0];
        assert_eq!(*id, buyers[0].id);
        assert!(matches!(error, StoreError::Corrupt { field: "state", .. }), "{error}");
        assert!(error.to_string().contains(&format!("operation {id}")), "{error}");
    }
    for buyer in well {
        assert_eq!(scene.state(buyer).await, OperationState::Completed);
    }
    assert_eq!(scene.flow.expire(Duration::ZERO).await.unwrap().looked_at, 101);
    // an admin's page, and the page after it
    let ids = |page: Vec<vpos::flow::Stored>| page.into_iter().map(|stored| stored.id).collect::<Vec<_>>();
    assert_eq!(ids(scene.flow.newest(None, 50).await.unwrap()), [well[1].id, well[0].id]);
    scene.flow.store().run(&format!("UPDATE vpos_operation SET state = 'pending' WHERE id = {}", buyers[0].id)).await;
    assert_eq!(ids(scene.flow.newest(Some(well[0].id), 1).await.unwrap()), [buyers[0].id]);
    // of one sale nothing is left out: it may be what pays it
    let sale = scene.flow.operations("PED-1").await;
    assert!(matches!(sale, Err(FlowError::Store(StoreError::Corrupt { .. }))), "{sale:?}");
}

fn troubled<S: Store + Clone>(store: &S, till: Till, trouble: Trouble, options: Options) -> Scene<S, Troubled<S>>
where
    Troubled<S>: Merchant<S>,
{
    let shop = Shop::default();
    let merchant = Troubled::new(store.clone(), shop.clone(), trouble);
    Scene::with(store.clone(), merchant, shop, TestClock::real(), &[till.contract()], options)
}

/// A deadlock inside `on_paid` is no word of the shop's: a bank that listens is not told no, and the order is marked once.
pub(crate) async fn a_conflict_in_a_handler_is_no_no<S: Database>(store: S, till: Till)
where
    Troubled<S>: Merchant<S>,
{
    let scene = troubled(&store, till, Trouble::Busy(2), Options::default());
    let buyer = scene.begin(&sale("PED-17")).await;
    scene.pay(&buyer).await;
    let verdicts = scene.verdicts(&buyer).await;
    assert_eq!((scene.state(&buyer).await, scene.books(&buyer).0), (OperationState::Completed, 12_345), "{verdicts:?}");
    assert_eq!((store.orders().await, scene.moved(&buyer, &[MovementKind::Void])), (vec![("PED-17".to_owned(), 1)], 0));
    assert_eq!(scene.shop.problems(), Vec::<String>::new());
    // one that never ends is a no after a few times
    let scene = troubled(&store, till, Trouble::Busy(u32::MAX), Options::default());
    let buyer = scene.begin(&sale("PED-18")).await;
    scene.pay(&buyer).await;
    assert_eq!((scene.state(&buyer).await, scene.shop.problems()), (OperationState::Failed, vec!["Annulled".to_owned()]));
}

/// A handler that waits for ever has failed after its limit, and lets go of the database.
pub(crate) async fn a_handler_that_hangs_lets_go_of_the_database<S: Database>(store: S, till: Till)
where
    Troubled<S>: Merchant<S>,
{
    let scene = troubled(&store, till, Trouble::Hangs(1), Options::default().handler_limit(Duration::from_millis(100)));
    let buyer = scene.begin(&sale("PED-17")).await;
    let paid = tokio::time::timeout(Duration::from_secs(30), scene.pay(&buyer)).await;
    assert!(paid.is_ok(), "it hangs");
    let state = scene.state(&buyer).await;
    if till == Till::Ceca {
        assert_eq!((state, scene.books(&buyer).0), (OperationState::Failed, 0));
        assert_eq!(store.orders().await, []);
    } else {
        assert_eq!((state, scene.stored(&buyer).await.record.duties.paid), (OperationState::Completed, true));
        assert!(scene.shop.all_problems()[0].to_string().contains("longer than 100ms"));
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
        assert_eq!(store.orders().await, [("PED-17".to_owned(), 1)]);
    }
    let next = scene.begin(&sale("PED-18")).await;
    scene.pay(&next).await;
    assert_eq!(scene.state(&next).await, OperationState::Completed);
}
