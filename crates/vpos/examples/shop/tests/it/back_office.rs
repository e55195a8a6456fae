//! The back office opens to its password alone, and does nothing without its session's token.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use tokio::time::timeout;

use crate::town::{Browser, Page, Town, send};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_in_without_the_password() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    for path in ["/admin", "/admin/operation/1"] {
        let page = browser.get(path).await;
        assert_eq!(page.path, "/admin/login", "{path}");
    }
    for path in ["/admin/reconcile", "/admin/operation/1/refund", "/admin/event/1"] {
        assert_eq!(browser.post(path, &[("token", "")]).await.path, "/admin/login", "{path}");
    }
    for password in ["", "wrong"] {
        let page = browser.post("/admin/login", &[("password", password)]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(browser.get("/admin").await.path, "/admin/login");
    let page = browser.sign_in().await;
    let token = page.attribute("name=\"token\"", "value");
    browser.post("/admin/logout", &[("token", &token)]).await;
    assert_eq!(browser.get("/admin").await.path, "/admin/login");
}

/// A wrong password, whose sender hangs up at once.
async fn guess_and_hang_up(town: &Town) -> Option<StatusCode> {
    let mut browser = Browser::new(town);
    let guess = browser.post("/admin/login", &[("password", "guess")]);
    timeout(Duration::from_millis(5), guess).await.ok().map(|page| page.status)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guess_that_hangs_up_holds_the_line_all_the_same() {
    let town = Town::new().await;
    for _ in 0..2 {
        assert_eq!(guess_and_hang_up(&town).await, None);
    }
    let asked = Instant::now();
    Browser::new(&town).sign_in().await;
    assert!(asked.elapsed() > Duration::from_millis(1_500), "{:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_at_the_door_has_an_end() {
    let town = Town::new().await;
    let mut last = None;
    for _ in 0..25 {
        last = guess_and_hang_up(&town).await.or(last);
    }
    assert_eq!(last, Some(StatusCode::TOO_MANY_REQUESTS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_session_does_nothing() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    let code = browser.order().await;
    let page = browser.at_the_bank(&code, &[("pos", "redsys")]).await;
    browser.choose(&page, "pay").await;
    browser.until(&code, "paid").await;
    let (mut one, mut two) = (Browser::new(&town), Browser::new(&town));
    let token = one.sign_in().await.attribute("name=\"token\"", "value");
    let id = two.sign_in().await.attribute(&format!("data-order=\"{code}\""), "id").replace("operation-", "");
    for token in [token.as_str(), "", "0"] {
        for action in ["refund", "void", "query"] {
            let path = format!("/admin/operation/{id}/{action}");
            let page = two.post(&path, &[("token", token), ("amount", "25.00")]).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{action}");
        }
    }
    browser.until(&code, "paid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_the_outbox_and_odd_amounts() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    let code = browser.order().await;
    let page = browser.at_the_bank(&code, &[("pos", "redsys")]).await;
    browser.choose(&page, "pay").await;
    browser.until(&code, "paid").await;
    let list = browser.sign_in().await;
    assert!(list.text.contains("data-kind=\"paid\"") && !list.text.contains("data-kind=\"begun\""));

    for amount in ["", "abc", "-1", "1.234", "1e3"] {
        let page = browser.act(&code, "refund", &[("amount", amount)]).await;
        assert!(page.text.contains("That amount cannot be read."), "{amount}");
    }
    let page = browser.act(&code, "refund", &[("amount", "25.01")]).await;
    assert!(page.text.contains("It was not done"), "{}", page.text);
    let page = browser.act(&code, "query", &[]).await;
    assert!(page.text.contains("The bank has answered. State: paid."), "{}", page.text);
    assert!(page.text.contains("notification") && page.text.contains("Ds_Amount=2500"), "{}", page.text);
    assert_eq!(browser.act(&code, "dance", &[]).await.status, StatusCode::NOT_FOUND);

    let list = browser.get("/admin").await;
    let (id, token) = (list.attribute("data-kind=\"paid\"", "id"), list.attribute("name=\"token\"", "value"));
    let path = format!("/admin/event/{}", id.replace("event-", ""));
    let list = browser.post(&path, &[("token", &token)]).await;
    assert!(!list.text.contains("data-kind=\"paid\"") && list.text.contains("id=\"outbox-empty\""));
    let page = browser.post("/admin/reconcile", &[("token", &token)]).await;
    assert!(page.text.contains("Looked at: 0;"), "{}", page.text);
}

/// How much of a paid order is left to refund.
fn left(page: &Page) -> &str {
    page.text.split("id=\"left\">").nth(1).unwrap().split('<').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_on_a_part_refund_refunds_once() {
    let town = Town::new().await;
    for pos in ["redsys", "paypal", "elavon"] {
        let mut clerk = Browser::new(&town);
        let code = clerk.buys(pos).await;
        clerk.sign_in().await;
        let operation = clerk.operation(&code).await;
        let (page, other_tab) = (clerk.get(&operation).await, clerk.get(&operation).await);
        let token = page.attribute("name=\"token\"", "value");
        let (once, other) = (page.once(), other_tab.once());
        let refund = format!("{operation}/refund");
        let fields = |once| [("token", token.as_str()), ("once", once), ("amount", "5.00")];
        let mut second = clerk.clone();
        // at once, and later by "back"
        let click = fields(&once);
        let (_, _) = tokio::join!(clerk.post(&refund, &click), second.post(&refund, &click));
        assert_eq!(left(&clerk.get(&operation).await), "€20.00", "{pos}");
        for once in [once.as_str(), ""] {
            let page = clerk.post(&refund, &fields(once)).await;
            assert!(page.text.contains("This was asked already: look at the operation."), "{}", page.text);
            assert_eq!(left(&page), "€20.00", "{pos}");
        }
        assert_eq!(left(&clerk.post(&refund, &fields(&other)).await), "€15.00", "{pos}: another tab");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reconcile_goes_on_when_the_clerk_hangs_up() {
    let town = Town::new().await;
    let mut clerk = Browser::new(&town);
    let code = clerk.order().await;
    let page = clerk.at_the_bank(&code, &[("pos", "redsys")]).await;
    town.next_time("redsys", "never", 0).await;
    clerk.choose(&page, "pay").await;
    clerk.until(&code, "waiting").await;
    let token = clerk.sign_in().await.attribute("name=\"token\"", "value");
    // the bank takes its time to answer, the clerk does not
    town.next_time("redsys", "slow", 1).await;
    let fields = [("token", token.as_str())];
    assert!(timeout(Duration::from_millis(200), clerk.post("/admin/reconcile", &fields)).await.is_err());
    clerk.until(&code, "paid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_of_the_outbox_comes_first_whatever_buyers_write() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    let code = browser.order().await;
    let page = browser.at_the_bank(&code, &[("pos", "elavon")]).await;
    let told = send(Method::POST, &page, "choice=decline".into()).await;
    let text = |name: &str| told.get("browser").unwrap().get(name).unwrap().as_str().unwrap().to_owned();
    // the hash does not cover the amount: a buyer can repeat that at will, and a person is told once
    let altered = text("body").replace("AMOUNT=2500", "AMOUNT=1");
    for _ in 0..30 {
        browser.ask(Method::POST, &text("url"), altered.clone(), &[]).await;
    }
    browser.buys("redsys").await;
    let list = browser.sign_in().await;
    assert_eq!(list.text.matches("data-kind=\"problem\"").count(), 1, "{}", list.text);
    assert!(list.text.find("data-kind=\"paid\"").unwrap() < list.text.find("data-kind=\"problem\"").unwrap());
    assert!(!list.text.contains("data-kind=\"begun\""), "{}", list.text);
    // a page is of 25
    for _ in 0..24 {
        browser.buys("redsys").await;
    }
    let list = browser.get("/admin").await;
    assert!(!list.text.contains("data-kind=\"problem\""), "{}", list.text);
    let older = list.attribute("id=\"older-events\"", "href");
    let list = browser.get(older.split('#').next().unwrap()).await;
    assert!(list.text.contains("data-kind=\"problem\"") && !list.text.contains("data-kind=\"paid\""), "{}", list.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_messages_do_not_hide_the_bank_s_own() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    let code = browser.order().await;
    let page = browser.at_the_bank(&code, &[("pos", "ceca")]).await;
    let number = send(Method::GET, &page, String::new()).await.get("order").unwrap().as_str().unwrap().to_owned();
    let forged = format!(
        "MerchantID=111950028&AcquirerBIN=0000554052&TerminalID=00000003&Num_operacion={number}&Importe=2500\
         &TipoMoneda=978&Exponente=2&Referencia=1&Firma={}",
        "0".repeat(64)
    );
    for _ in 0..205 {
        browser.ask(Method::POST, "/vpos/notification/ceca", forged.clone(), &[]).await;
    }
    browser.choose(&page, "pay").await;
    browser.until(&code, "paid").await;
    browser.sign_in().await;
    let operation = browser.operation(&code).await;
    let page = browser.get(&operation).await;
    assert_eq!(page.text.matches("refused: ").count(), 50, "{}", page.text);
    assert!(page.text.contains("charge approved") && page.text.contains("and 155 more refused."), "{}", page.text);
}
