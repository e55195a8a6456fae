//! A buyer comes back from the bank.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use vpos::OperationState;

use crate::scene::{Line, PAYPAL_ORDER, Seen, elavon, paypal, redsys, scene, scene_at};

/// What Redsys answers when it knows no operation of that number.
const NOT_KNOWN: &str = "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">\
    <soapenv:Body><p259:consultaOperacionesResponse xmlns:p259=\"http://webservices.apl02.redsys.es\">\
    <consultaOperacionesReturn>&lt;Messages&gt;&lt;Version Ds_Version=&quot;0.0&quot;&gt;\
    &lt;Message&gt;&lt;ErrorMsg&gt;&lt;Ds_ErrorCode&gt;XML0024&lt;/Ds_ErrorCode&gt;&lt;/ErrorMsg&gt;&lt;/Message&gt;&lt;/Version&gt;&lt;/Messages&gt;\
    </consultaOperacionesReturn></p259:consultaOperacionesResponse></soapenv:Body></soapenv:Envelope>";

fn assert_leads_to(seen: &Seen, page: &str) {
    assert_eq!((seen.status, seen.header("location")), (StatusCode::SEE_OTHER, page), "{seen:?}");
    seen.assert_guarded();
}

#[tokio::test]
async fn a_signed_return_pays_and_leads_to_the_order() {
    let scene = scene();
    let number = scene.begun("PED 17", "caja").await;
    let seen = scene.get(&format!("/return/caja/PED%2017?{}", redsys(&number, "0000"))).await;
    assert_leads_to(&seen, "/pedido/PED%2017");
    assert_eq!(scene.states("PED 17").await, [OperationState::Completed]);
    // again, and the bank's own notification after it
    assert_leads_to(&scene.get(&format!("/return/caja/PED%2017?{}", redsys(&number, "0000"))).await, "/pedido/PED%2017");
    scene.post("/notification/caja", redsys(&number, "0000")).await;
    assert_eq!(scene.told("PED 17"), 1);
}

#[tokio::test]
async fn a_return_without_proof_changes_nothing() {
    let scene = scene();
    let number = scene.begun("PED-17", "caja").await;
    for path in
        ["/return/caja/PED-17", "/return/caja/PED-17?", "/return/caja/PED-17?utm_source=x", "/return/caja/PED-17?Ds_Order=1"]
    {
        assert_leads_to(&scene.get(path).await, "/pedido/PED-17");
    }
    assert_eq!(scene.states("PED-17").await, [OperationState::Pending]);
    assert!(scene.line.asked.lock().unwrap().is_empty(), "nobody was asked");
    let declined = format!("/cancel/caja/PED-17?{}", redsys(&number, "0190"));
    assert_leads_to(&scene.get(&declined).await, "/pedido/PED-17");
    assert_eq!(scene.states("PED-17").await, [OperationState::Failed]);
}

#[tokio::test]
async fn a_sale_that_was_never_begun_leads_nowhere() {
    let scene = scene();
    for path in ["/return/caja/%2F%2Fevil.example", "/cancel/caja/https:%2F%2Fevil.example", "/return/caja/x?next=//evil.example"]
    {
        let seen = scene.get(path).await;
        assert_eq!((seen.status, seen.header("location")), (StatusCode::NOT_FOUND, ""), "{path}");
        assert!(!seen.body.contains("evil"), "{}", seen.body);
    }
    let wrong = scene.get("/return/caja/a%0d%0aSet-Cookie:%20x=1").await;
    assert_eq!((wrong.status, wrong.header("set-cookie")), (StatusCode::NOT_FOUND, ""));
}

#[tokio::test]
async fn elavon_s_post_to_a_return_address_gets_its_page() {
    let scene = scene();
    let number = scene.begun("PED-17", "santander").await;
    let seen = scene.post("/return/santander/PED-17", elavon(&number, "00")).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.body.contains("/vpos/return/santander/PED-17"), "{}", seen.body);
    assert_leads_to(&scene.get("/return/santander/PED-17").await, "/pedido/PED-17");
    assert_eq!(scene.told("PED-17"), 1);
}

#[tokio::test]
async fn a_cancel_asks_the_bank_first() {
    // the bank cannot be reached: nobody knows, so nothing is cancelled
    let lost = scene();
    lost.begun("PED-17", "caja").await;
    assert_leads_to(&lost.get("/cancel/caja/PED-17").await, "/pedido/PED-17");
    assert_eq!(lost.line.asked.lock().unwrap().len(), 1);
    assert_eq!(lost.states("PED-17").await, [OperationState::Pending]);

    let told = scene_at(Line::answering(|_| Some(NOT_KNOWN.to_owned())));
    let number = told.begun("PED-17", "caja").await;
    assert_leads_to(&told.get("/cancel/caja/PED-17").await, "/pedido/PED-17");
    assert_eq!(told.states("PED-17").await, [OperationState::Cancelled]);
    // good news wins: whoever called that address did no harm
    told.post("/notification/caja", redsys(&number, "0000")).await;
    assert_eq!(told.states("PED-17").await, [OperationState::Completed]);
    assert_leads_to(&told.get("/cancel/caja/PED-17").await, "/pedido/PED-17");
    assert_eq!((told.states("PED-17").await, told.told("PED-17")), (vec![OperationState::Completed], 1));
}

#[tokio::test]
async fn an_image_cancels_nothing() {
    let scene = scene_at(Line::answering(|_| Some(NOT_KNOWN.to_owned())));
    scene.begun("PED-17", "caja").await;
    let came = async |mode: &str| {
        let request = Request::get("/cancel/caja/PED-17").header("sec-fetch-mode", mode).header("sec-fetch-site", "cross-site");
        scene.send(request.body(Body::empty()).unwrap()).await
    };
    for mode in ["no-cors", "cors", "same-origin", "websocket", "navigate-x"] {
        let seen = came(mode).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{mode}");
        seen.assert_guarded();
    }
    assert_eq!(scene.states("PED-17").await, [OperationState::Pending]);
    assert!(scene.line.asked.lock().unwrap().is_empty(), "nobody was asked");
    // the buyer comes from the bank's site
    assert_leads_to(&came("navigate").await, "/pedido/PED-17");
    assert_eq!(scene.states("PED-17").await, [OperationState::Cancelled]);
}

#[tokio::test]
async fn paypal_s_token_is_taken_at_either_address() {
    for back in ["/notification/paypal", "/return/paypal/PED-17"] {
        let scene = scene_at(paypal(true));
        scene.begun("PED-17", "paypal").await;
        let seen = scene.get(&format!("{back}?token={PAYPAL_ORDER}&PayerID=QYR5Z8XDVJNXQ")).await;
        let page =
            if back.starts_with("/return") { "/pedido/PED-17" } else { "https://tienda.example/vpos/return/paypal/PED-17" };
        assert_leads_to(&seen, page);
        assert_eq!((scene.states("PED-17").await, scene.told("PED-17")), (vec![OperationState::Completed], 1), "{back}");
    }
}

#[tokio::test]
async fn a_buyer_who_left_paypal_has_not_paid() {
    let scene = scene_at(paypal(false));
    scene.begun("PED-17", "paypal").await;
    let seen = scene.get(&format!("/notification/paypal?token={PAYPAL_ORDER}")).await;
    assert_leads_to(&seen, "https://tienda.example/vpos/cancel/paypal/PED-17");
    assert_leads_to(&scene.get("/cancel/paypal/PED-17").await, "/pedido/PED-17");
    assert_eq!((scene.states("PED-17").await, scene.told("PED-17")), (vec![OperationState::Cancelled], 0));
    // somebody else's token leads nowhere, and says nothing
    let seen = scene.get("/notification/paypal?token=0000000000000000X&PayerID=A").await;
    assert_eq!((seen.status, seen.body.as_str()), (StatusCode::NOT_FOUND, ""));
}
