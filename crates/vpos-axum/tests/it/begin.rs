//! A buyer presses "pay".

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use vpos::OperationState;
use vpos_axum::Addresses;

use crate::scene::{Line, paypal, redsys, scene, scene_at, send};

#[tokio::test]
async fn the_page_runs_one_script_and_sends_to_the_bank_alone() {
    let scene = scene();
    let seen = scene.post("/begin/PED-17", "").await;
    assert_eq!((seen.status, seen.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    seen.assert_guarded();
    let csp = seen.header("content-security-policy");
    let nonce = csp.split("script-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(seen.body.contains(&format!("<script nonce=\"{nonce}\">")), "{}", seen.body);
    assert_eq!(seen.body.matches("<script").count(), 1);
    assert!(!seen.body.contains("style=") && !seen.body.contains("onload") && seen.body.contains("<button type=\"submit\">"));
    let action = seen.body.split("action=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(action.starts_with("https://sis-t.redsys.es:25443/"), "{action}");
    assert!(csp.contains("form-action https://sis-t.redsys.es:25443;") && csp.contains("frame-ancestors 'none'"), "{csp}");
    let again = scene.post("/begin/PED-17", "").await;
    assert!(!again.header("content-security-policy").contains(nonce), "a nonce twice");
    assert_eq!(scene.states("PED-17").await, [OperationState::Superseded, OperationState::Pending]);
}

#[tokio::test]
async fn a_script_gets_the_form_as_json() {
    let scene = scene();
    let request = Request::post("/begin/PED-17").header("accept", "application/json").body(Body::empty()).unwrap();
    let seen = scene.send(request).await;
    assert_eq!((seen.status, seen.header("content-type")), (StatusCode::OK, "application/json"));
    seen.assert_guarded();
    let form = seen.json();
    assert_eq!(form["method"], "POST");
    assert!(
        form["fields"]["Ds_Signature"].is_string() && form["action"].as_str().unwrap().starts_with("https://sis-t"),
        "{form}"
    );
    // a browser's own Accept is no script's
    let browser = Request::post("/begin/PED-17").header("accept", "text/html,application/json;q=0.9,*/*;q=0.8");
    let seen = scene.send(browser.body(Body::empty()).unwrap()).await;
    assert!(seen.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn the_buyer_chooses_among_the_banks() {
    let scene = scene();
    let seen = scene.post("/begin/PED-17", "x=1&pos=santander").await;
    assert!(seen.header("content-security-policy").contains("form-action https://"), "{seen:?}");
    assert!(seen.body.contains("name=\"SHA1HASH\""), "{}", seen.body);
    // a contract that is not there is no secret and no crash
    for pos in ["nadie", "%3Cscript%3E", "..%2F.."] {
        let seen = scene.post("/begin/PED-18", format!("pos={pos}")).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{pos}");
        assert!(!seen.body.contains("nadie") && !seen.body.contains("script"), "{}", seen.body);
    }
}

#[tokio::test]
async fn paypal_is_asked_for_its_page_and_may_be_away() {
    let scene = scene_at(paypal(true));
    let seen = scene.post("/begin/PED-17", "pos=paypal").await;
    assert_eq!(seen.status, StatusCode::OK, "{seen:?}");
    assert!(seen.header("content-security-policy").contains("form-action https://www.sandbox.paypal.com;"), "{seen:?}");
    let away = scene_at(Line::down());
    let seen = away.post("/begin/PED-17", "pos=paypal").await;
    assert_eq!(seen.status, StatusCode::BAD_GATEWAY);
    assert!(seen.body.contains("No se ha cobrado nada") && !seen.body.contains("no line"), "{}", seen.body);
}

#[tokio::test]
async fn a_link_begins_nothing_nor_does_another_site() {
    let scene = scene();
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let request = Request::builder().method(method.clone()).uri("/begin/PED-17").body(Body::empty()).unwrap();
        let seen = scene.send(request).await;
        assert_eq!((seen.status, seen.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"), "{method}");
        seen.assert_guarded();
    }
    let foreign = Request::post("/begin/PED-17").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    assert_eq!(scene.send(foreign).await.status, StatusCode::FORBIDDEN);
    assert!(scene.states("PED-17").await.is_empty());
    let own = Request::post("/begin/PED-17").header("sec-fetch-site", "same-origin").body(Body::empty()).unwrap();
    assert_eq!(scene.send(own).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_old_browser_s_origin_must_be_our_own() {
    let scene = scene();
    let at = Addresses::new("https://tienda.example/vpos").unwrap();
    let (plain, told) = (scene.routes.clone(), scene.routes.clone().at(&at));
    for (origin, host, by_host, by_address) in [
        ("https://tienda.example", "tienda.example", true, true),
        ("https://tienda.example", "10.0.0.7:8000", false, true),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", true, true),
        ("https://evil.example", "tienda.example", false, false),
        ("https://tienda.example.evil.example", "tienda.example", false, false),
        ("https://tienda.example:444", "tienda.example", false, false),
        ("null", "tienda.example", false, false),
        ("", "", false, false),
    ] {
        for (routes, good) in [(&plain, by_host), (&told, by_address)] {
            let request = Request::post("/begin/PED-17").header("origin", origin).header("host", host).body(Body::empty());
            let seen = send(routes.clone().into_router(), request.unwrap()).await;
            let wanted = if good { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(seen.status, wanted, "{origin} at {host}");
        }
    }
}

#[tokio::test]
async fn a_refusal_has_words_in_both_languages_and_nothing_internal() {
    let scene = scene();
    let number = scene.begun("PED-17", "caja").await;
    assert_eq!(scene.post("/notification/caja", redsys(&number, "0000")).await.status, StatusCode::OK);
    let page = scene.post("/begin/PED-17", "").await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.assert_guarded();
    assert!(
        page.body.contains("Este pedido ya está pagado.") && page.body.contains("<p lang=\"en\">This order is already paid.")
    );
    assert!(page.body.contains("<a href=\"/pedido/PED-17\">") && !page.body.contains(&number), "{}", page.body);
    let style = page.body.split("<style nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(page.header("content-security-policy").contains(&format!("style-src 'nonce-{style}'")));

    let request = Request::post("/begin/PED-17").header("accept", "application/json").body(Body::empty()).unwrap();
    let seen = scene.send(request).await;
    assert_eq!((seen.status, seen.json()["error"].as_str()), (StatusCode::CONFLICT, Some("already-paid")));
    assert_eq!(seen.json()["message"]["es"], "Este pedido ya está pagado.");
    assert_eq!(scene.told("PED-17"), 1);
}

#[tokio::test]
async fn the_application_says_no_in_its_own_words() {
    let scene = scene();
    let seen = scene.post("/begin/none", "").await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    assert!(
        seen.body.contains("No existe &lt;ese&gt; pedido.") && seen.body.contains("There is no such order."),
        "{}",
        seen.body
    );
    let seen = scene.post("/begin/login", "").await;
    assert_eq!((seen.status, seen.header("location")), (StatusCode::SEE_OTHER, "/entrar"));
    let seen = scene.post("/begin/dear", "").await;
    assert_eq!(seen.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!seen.body.contains("decimal") && !seen.body.contains("2.501"), "{}", seen.body);
}

#[tokio::test]
async fn hostile_sales_stay_where_they_belong() {
    let scene = scene();
    for sale in ["<script>alert(1)</script>", "\"><img src=x>", "../../etc", "PED 17/ñ", "'--", "//evil.example"] {
        let path = format!("/begin/{}", vpos_axum::segment(sale));
        let seen = scene.post(&path, "").await;
        assert_eq!(seen.status, StatusCode::OK, "{sale}: {seen:?}");
        assert!(!seen.body.contains("<img") && !seen.body.contains("<script>alert"), "{}", seen.body);
        assert_eq!(scene.states(sale).await, [OperationState::Pending], "{sale}");
    }
    assert_eq!(scene.post("/begin/%FF", "").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(scene.post("/begin/a", vec![b'x'; 64 * 1024 + 1]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(scene.states("a").await.is_empty());
}

#[tokio::test]
async fn the_router_may_be_nested_under_a_path_with_parts_of_its_own() {
    let scene = scene();
    let nested: Router = Router::new().nest("/{language}/vpos", scene.routes.clone().into_router());
    let seen = send(nested, Request::post("/es/vpos/begin/PED-17").body(Body::empty()).unwrap()).await;
    assert_eq!(seen.status, StatusCode::OK, "{seen:?}");
    assert_eq!(scene.states("PED-17").await, [OperationState::Pending]);
}
