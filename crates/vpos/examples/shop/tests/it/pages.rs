//! The pages: languages, policies, forms of other sites, and what goes wrong.

use axum::http::{Method, StatusCode};

use crate::town::{Browser, Page, Town};

/// Nothing stands inline, nothing comes from elsewhere, each field has a label, each id is there once.
fn is_decent(page: &Page) {
    let policy = page.headers.get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let text = &page.text;
    for inline in [" style=", "<style", " onclick=", "<script>", "javascript:", "src=\"http", "href=\"http"] {
        assert!(!text.contains(inline), "{}: {inline}", page.path);
    }
    let ids: Vec<&str> = text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let once: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(once.len(), ids.len(), "{}: {ids:?}", page.path);
    let shown = |tag: &&str| tag.starts_with("input") && !tag.contains("type=\"hidden\"");
    for tag in text.split('<').filter(shown) {
        let id = tag.split(" id=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("{tag}"));
        assert!(text.contains(&format!("<label for=\"{id}\"")), "{}: {id} has no label", page.path);
    }
    assert!(text.contains("<main id=\"content\""), "{}", page.path);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_decent_in_both_languages() {
    let town = Town::new().await;
    for (language, word) in [("es", "Mercadillo"), ("en", "Mercadillo")] {
        let mut browser = Browser::new(&town);
        browser.language = language;
        browser.post("/basket/add", &[("product", "lamp"), ("quantity", "1")]).await;
        is_decent(&browser.get("/basket").await);
        let code = browser.order().await;
        browser.post("/basket/add", &[("product", "bag"), ("quantity", "3")]).await;
        let page = browser.at_the_bank(&code, &[("pos", "redsys")]).await;
        browser.choose(&page, "pay").await;
        browser.until(&code, "paid").await;
        is_decent(&browser.get("/admin").await);
        browser.sign_in().await;
        let id = browser.get("/admin").await.attribute(&format!("data-order=\"{code}\""), "id");
        let operation = format!("/admin/operation/{}", id.replace("operation-", ""));
        for path in ["/", "/basket", &format!("/order/{code}"), "/admin", &operation] {
            let page = browser.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(page.text.contains(&format!("<html lang=\"{language}\">")) && page.text.contains(word));
            is_decent(&page);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_language_stays() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    assert!(browser.get("/").await.text.contains("Catalogue"));
    assert!(browser.get("/?lang=es").await.text.contains("Catálogo"));
    assert!(browser.get("/basket").await.text.contains("La cesta está vacía."));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_pages_in_both_languages() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    let long = format!("product={}", "x".repeat(20_000));
    for (method, path, body, status) in [
        (Method::GET, "/nowhere", "", StatusCode::NOT_FOUND),
        (Method::GET, "/order/ABCDEFGHJKLMNPQR", "", StatusCode::NOT_FOUND),
        (Method::GET, "/order/ABCDEFGHJKLMNPQR/state", "", StatusCode::NOT_FOUND),
        (Method::GET, "/order/%00", "", StatusCode::NOT_FOUND),
        (Method::GET, "/order/%FF", "", StatusCode::NOT_FOUND),
        (Method::DELETE, "/basket", "", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/basket/add", "", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/basket/add", "product=gold&quantity=1", StatusCode::NOT_FOUND),
        (Method::POST, "/basket/add", "product=mug&quantity=-1", StatusCode::UNPROCESSABLE_ENTITY),
        (Method::POST, "/basket/add", &long, StatusCode::UNPROCESSABLE_ENTITY),
        (Method::POST, "/basket", "go=order", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let page = browser.ask(method, path, body.into(), &[]).await;
        assert_eq!(page.status, status, "{path}");
        assert!(page.text.contains("Volver a la tienda") && page.text.contains("Back to the shop"), "{path}");
        is_decent(&page);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_posts_nothing() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    for site in ["cross-site", "same-site"] {
        for path in ["/basket/add", "/basket", "/admin/login"] {
            let page = browser.ask(Method::POST, path, "product=mug&quantity=1".into(), &[("sec-fetch-site", site)]).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    // an old browser tells the origin alone
    for origin in ["https://evil.example", "null", "http://127.0.0.1"] {
        for path in ["/basket/add", "/basket", "/admin/login", "/vpos/begin/ABCDEFGHJKLMNPQR"] {
            let page = browser.ask(Method::POST, path, "product=mug&quantity=1".into(), &[("origin", origin)]).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert!(browser.get("/basket").await.text.contains("The basket is empty."));
    let own = town.base.clone();
    let page = browser.ask(Method::POST, "/basket/add", "product=mug&quantity=1".into(), &[("origin", &own)]).await;
    assert_eq!(page.status, StatusCode::OK);
}
