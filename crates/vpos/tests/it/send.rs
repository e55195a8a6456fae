//! Every future of a flow can be spawned on a runtime of several threads.

use std::future::Future;
use std::time::Duration;

use vpos::flow::{OperationId, PaymentFlow, Which};
use vpos::http::Request;
use vpos::{AnyPos, OperationState, PointOfSale as _, PosId};
use vpos_sandbox::Choice;

use crate::scene::till::Till;
use crate::scene::{Scene, euros, hold, sale};

fn is_send<F: Future + Send>(future: F) -> F {
    future
}

/// This test is the compiler's: a future that holds something that cannot move between threads is no `Send`.
#[tokio::test]
async fn every_future_is_send() {
    let scene = Scene::new(Till::Redsys);
    let flow: &PaymentFlow<_, _, _, _> = &scene.flow;
    let (id, bank) = (OperationId::new(1), vpos::redsys::BANK);
    let (payment, card) = (sale("PED-17"), vpos::core::References::new());
    let request = || Request::get("/aviso").body(Vec::new()).unwrap();
    is_send(flow.begin("redsys", &payment)).await.unwrap();
    is_send(flow.confirm("redsys", request())).await;
    is_send(flow.confirm_bank(bank, request())).await;
    let gone = is_send(flow.charge_reference("nobody", &payment, &card)).await;
    assert!(gone.is_err());
    assert!(is_send(flow.refund(id, euros(1), "")).await.is_err());
    assert!(is_send(flow.capture(id, euros(1))).await.is_err());
    assert!(is_send(flow.void(id)).await.is_err());
    assert!(is_send(flow.refund_duplicate(id)).await.is_err());
    is_send(flow.query(id)).await.unwrap();
    is_send(flow.cancel(id)).await.unwrap();
    is_send(flow.abandon(id, "Ana")).await.unwrap();
    assert!(is_send(flow.abandon_void(id, "Ana")).await.is_err());
    is_send(flow.reconcile(Duration::ZERO)).await.unwrap();
    is_send(flow.expire(Duration::ZERO)).await.unwrap();
    is_send(flow.operations("PED-17")).await.unwrap();
    is_send(flow.payment_of("PED-17")).await.unwrap();
    is_send(flow.newest(None, 10)).await.unwrap();
    is_send(flow.evidence(id, 10)).await.unwrap();
    is_send(flow.events(10)).await.unwrap();
    is_send(flow.event_handled(1)).await.unwrap();
}

/// And they are spawned: a hundred sales at once, the calls of each from tasks of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_sales_at_once() {
    for till in [Till::Redsys, Till::Elavon, Till::PaypalRest, Till::PaypalNvp] {
        let scene = std::sync::Arc::new(Scene::new(till));
        let sales: Vec<_> = (0..100)
            .map(|at| {
                let scene = std::sync::Arc::clone(&scene);
                tokio::spawn(async move {
                    let code = format!("PED-{at}");
                    let buyer = scene.begin(&hold(&code)).await;
                    for message in scene.choose(&buyer, Choice::Pay) {
                        let (flow, pos) = (scene.flow.clone(), buyer.pos.clone());
                        tokio::spawn(async move { flow.confirm(&pos, message).await }).await.unwrap();
                    }
                    let flow = scene.flow.clone();
                    let which = Which::Sale(code.clone());
                    tokio::spawn(async move { flow.capture(which, euros(12_345)).await }).await.unwrap().unwrap();
                    let flow = scene.flow.clone();
                    tokio::spawn(async move { flow.refund(buyer.id, euros(45), "").await }).await.unwrap().unwrap();
                    assert_eq!(scene.state(&buyer).await, OperationState::PartiallyRefunded);
                    assert_eq!(scene.books(&buyer), (12_345, 45, 0));
                })
            })
            .collect();
        for sale in sales {
            sale.await.unwrap();
        }
        assert_eq!((scene.shop.count("authorized"), scene.shop.count("paid"), scene.shop.count("refunded")), (100, 100, 100));
    }
}

#[test]
fn the_parts_are_send_and_sync() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<crate::scene::Flow<vpos::flow::MemoryStore, crate::scene::shop::Shop>>();
    is_shared::<AnyPos>();
    is_shared::<PosId>();
    is_shared::<vpos::flow::FlowError>();
    assert_eq!(Till::Redsys.contract().pos().bank(), vpos::redsys::BANK);
}
