//! What a reviewer of the flow found and a memory store cannot show.

use std::time::Duration;

use vpos::OperationState;
use vpos::flow::{FlowError, Merchant, Options, StoreError};
use vpos_sandbox::Choice;

use crate::database::{Database, OrderTable, scene};
use crate::scene::sale;
use crate::scene::till::Till;

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
