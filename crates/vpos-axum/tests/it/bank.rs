//! A bank calls.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{Method, Request, StatusCode};
use axum::routing::any;
use vpos::OperationState;
use vpos::core::NOTIFICATION_LIMIT;
use vpos::flow::OperationId;
use vpos_axum::{BankReply, BankRequest, Proxies};

use crate::scene::{Scene, elavon, redsys, scene, send};

#[tokio::test]
async fn a_notification_pays_once_however_often_it_comes() {
    let scene = scene();
    let number = scene.begun("PED-17", "caja").await;
    for path in ["/notification/caja", "/bank/redsys", "/notification/caja"] {
        let seen = scene.post(path, redsys(&number, "0000")).await;
        assert_eq!((seen.status, seen.body.as_str()), (StatusCode::OK, ""), "{path}");
        seen.assert_guarded();
    }
    assert_eq!(scene.states("PED-17").await, [OperationState::Completed]);
    assert_eq!(scene.told("PED-17"), 1);
}

#[tokio::test]
async fn a_forged_one_moves_nothing() {
    let scene = scene();
    let number = scene.begun("PED-17", "caja").await;
    let forged = redsys(&number, "0000").replace("Ds_Signature=", "Ds_Signature=A");
    scene.post("/notification/caja", forged.clone()).await;
    scene.post("/bank/redsys", forged.clone()).await;
    scene.post("/return/caja/PED-17", forged.clone()).await;
    scene.get(&format!("/return/caja/PED-17?{forged}")).await;
    assert_eq!(scene.states("PED-17").await, [OperationState::Pending]);
    assert_eq!(scene.told("PED-17"), 0);
}

#[tokio::test]
async fn only_messages_of_a_bounded_size_by_get_or_post() {
    let scene = scene();
    for path in ["/notification/caja", "/bank/redsys", "/return/caja/PED-17", "/cancel/caja/PED-17"] {
        let seen = scene.post(path, vec![b'x'; NOTIFICATION_LIMIT + 1]).await;
        assert_eq!(seen.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        seen.assert_guarded();
        for method in [Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
            let request = Request::builder().method(method.clone()).uri(path).body(Body::empty()).unwrap();
            let seen = scene.send(request).await;
            assert_eq!((seen.status, seen.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, POST"), "{method} {path}");
        }
    }
    // exactly as much as the limit is read, and is then no message
    assert_eq!(scene.post("/notification/caja", vec![b'x'; NOTIFICATION_LIMIT]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_limit_is_ours_whatever_the_application_has() {
    let scene = scene();
    let number = scene.begun("PED-17", "caja").await;
    let small: Router = scene.routes.clone().into_router().layer(DefaultBodyLimit::max(10));
    let request = Request::post("/notification/caja").body(Body::from(redsys(&number, "0000"))).unwrap();
    assert_eq!(send(small, request).await.status, StatusCode::OK);
    assert_eq!(scene.told("PED-17"), 1);
    let none: Router = scene.routes.clone().into_router().layer(DefaultBodyLimit::disable());
    let request = Request::post("/notification/caja").body(Body::from(vec![b'x'; NOTIFICATION_LIMIT + 1])).unwrap();
    assert_eq!(send(none, request).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn who_is_not_known_is_404() {
    let scene = scene();
    for path in ["/notification/nadie", "/bank/ceca", "/bank/nobank", "/bank/%3Cscript%3E", "/return/nadie/x", "/nowhere"] {
        let seen = scene.post(path, "a=1").await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!seen.body.contains("script"), "{}", seen.body);
    }
}

#[tokio::test]
async fn elavon_s_page_runs_in_the_buyer_s_browser() {
    let scene = scene();
    let number = scene.begun("PED-17", "santander").await;
    let seen = scene.post("/notification/santander", elavon(&number, "00")).await;
    assert_eq!((seen.status, seen.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    seen.assert_guarded();
    // it leads on by a link and a refresh, and may stand in the frame that the bank's page stands in
    assert!(seen.body.contains("url=https://tienda.example/vpos/return/santander/PED-17"), "{}", seen.body);
    assert!(!seen.body.contains("<script") && !seen.body.contains("<style"), "{}", seen.body);
    assert!(!seen.header("content-security-policy").contains("frame-ancestors"));
    assert_eq!(scene.told("PED-17"), 1);
}

/// From where the evidence says that a notification came.
async fn sender(scene: &Scene, router: Router, request: Request<Body>) -> Option<String> {
    send(router, request).await;
    let evidence = scene.flow.evidence(OperationId::new(1), 10).await.unwrap();
    evidence.iter().rev().find_map(|row| row.from).map(|from| from.to_string())
}

fn from_proxy(number: &str) -> Request<Body> {
    let peer = ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711)));
    let request = Request::post("/notification/caja").extension(peer).header("x-forwarded-for", "6.6.6.6, 195.76.9.187");
    request.body(Body::from(redsys(number, "0190"))).unwrap()
}

#[tokio::test]
async fn the_sender_is_the_connection_unless_the_proxies_are_told() {
    let direct = scene();
    let number = direct.begun("PED-17", "caja").await;
    let router = direct.routes.clone().into_router();
    assert_eq!(sender(&direct, router, from_proxy(&number)).await.as_deref(), Some("10.0.0.1"));

    let behind = scene();
    let number = behind.begun("PED-17", "caja").await;
    let router = behind.routes.clone().behind(Proxies::new(1)).into_router();
    assert_eq!(sender(&behind, router, from_proxy(&number)).await.as_deref(), Some("195.76.9.187"));
}

#[tokio::test]
async fn a_handler_of_the_application_s_own() {
    let scene = scene();
    let number = scene.begun("PED-17", "caja").await;
    let handler = async |State(flow): State<vpos::PaymentFlow<_, _, _>>, request: BankRequest| -> BankReply {
        flow.confirm("caja", request).await.into()
    };
    let router: Router = Router::new()
        .route("/notification/caja", any(handler))
        .layer(axum::Extension(Proxies::new(1)))
        .with_state(scene.flow.clone());
    assert_eq!(sender(&scene, router.clone(), from_proxy(&number)).await.as_deref(), Some("195.76.9.187"));
    assert_eq!(scene.states("PED-17").await, [OperationState::Failed]);
    let large = Request::post("/notification/caja").body(Body::from(vec![b'x'; NOTIFICATION_LIMIT + 1])).unwrap();
    assert_eq!(send(router, large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_connection_that_closes_does_not_stop_a_payment() {
    let scene = scene();
    let number = scene.begun("PED-17", "caja").await;
    let (routes, message) = (scene.routes.clone(), redsys(&number, "0000"));
    let mut handler =
        Box::pin(async move { routes.notification("caja", Request::post("/").body(Body::from(message)).unwrap()).await });
    // once polled the message is with the flow; then the other side hangs up
    let polled = std::future::poll_fn(|context| std::task::Poll::Ready(handler.as_mut().poll(context))).await;
    assert!(polled.is_pending());
    drop(handler);
    for _ in 0..200 {
        if scene.told("PED-17") == 1 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.states("PED-17").await, [OperationState::Completed]);
}
