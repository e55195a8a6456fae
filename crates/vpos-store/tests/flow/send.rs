//! Each call of the flow can be spawned and stand in a handler of a web framework, over the stores of sqlx too: of a future that
//! does not say so rustc cannot prove it ("implementation of `Send` is not general enough").

use std::time::Duration;

use vpos::core::References;
use vpos::core::operation::RefundId;
use vpos::flow::{MemoryStore, Merchant, OperationId, Paid, PaymentFlow, Store};
use vpos::http::{Request, Response};
use vpos::{Amount, Currency, Lost, Payment, Registry, TimeLimit};
use vpos_store::{PostgresStore, SqliteStore};

struct Shop;

impl<S: Store> Merchant<S> for Shop {
    type Error = std::convert::Infallible;

    async fn on_paid(&self, _: &Paid, _: &mut S::Tx) -> Result<(), Self::Error> {
        Ok(())
    }
}

const fn sent<F: Future + Send>(_: &F) {}

/// No generic function: a concrete store is what rustc has to see through.
macro_rules! every_call {
    ($store:expr) => {{
        let line = |_: Request<Vec<u8>>, _: TimeLimit| async { Err::<Response<Vec<u8>>, _>(Lost::before_send("no network")) };
        let flow = PaymentFlow::new(Registry::default(), $store, line, Shop);
        let euros = Amount::from_minor(100, Currency::EUR);
        let payment = Payment::builder("PED-17", euros).build().unwrap();
        let (id, refund) = (OperationId::new(1), RefundId::new(1));
        sent(&flow.begin("caja", &payment));
        sent(&flow.charge_reference("caja", &payment, &References::new()));
        sent(&flow.confirm("caja", Request::new(Vec::new())));
        sent(&flow.confirm_bank(vpos::redsys::BANK, Request::new(Vec::new())));
        sent(&flow.refund(id, euros, "broken"));
        sent(&flow.capture(id, euros));
        sent(&flow.void(id));
        sent(&flow.refund_duplicate(id));
        sent(&flow.query(id));
        sent(&flow.cancel(id));
        sent(&flow.abandon(id, "ana"));
        sent(&flow.abandon_refund(id, refund, "ana"));
        sent(&flow.abandon_void(id, "ana"));
        sent(&flow.reconcile(Duration::ZERO));
        sent(&flow.expire(Duration::ZERO));
        sent(&flow.operations("PED-17"));
        sent(&flow.payment_of("PED-17"));
        sent(&flow.newest(None, 9));
        sent(&flow.evidence(id, 9));
        sent(&flow.events(9));
        sent(&flow.event_handled(1));
        let spawned = flow.clone();
        tokio::spawn(async move { spawned.reconcile(Duration::ZERO).await }).await.unwrap()
    }};
}

#[tokio::test]
async fn every_call_can_be_spawned_over_each_store() {
    let done = every_call!(MemoryStore::new()).unwrap();
    assert_eq!(done.looked_at, 0);
    let done = every_call!(SqliteStore::in_memory().await.unwrap()).unwrap();
    assert_eq!(done.looked_at, 0);
    // no server answers there
    let pool = PostgresStore::pool_options().acquire_timeout(Duration::from_millis(50));
    let store = PostgresStore::from_pool(pool.connect_lazy("postgres://vpos@127.0.0.1:1/none").unwrap());
    sent(&store.migrate());
    sent(&store.close());
    sent(&PostgresStore::connect("postgres://vpos@127.0.0.1:1/none"));
    assert!(every_call!(store).is_err());
}
