//! A purchase at each bank, by real HTTP: paid, refunded in two parts, and what does not go well.

use axum::http::{Method, StatusCode};
use vpos_sandbox::BankName;
use vpos_store::sqlx::{self, Connection as _, PgConnection};
use vpos_store::{PostgresStore, SqliteStore};

use crate::town::{Browser, Town};

/// Two mugs.
const TOTAL: u64 = 2_500;

async fn bought_and_refunded(town: &Town, bank: BankName) {
    let mut browser = Browser::new(town);
    let code = browser.order().await;
    browser.until(&code, "open").await;
    let page = browser.at_the_bank(&code, &[("pos", bank.as_str())]).await;
    browser.until(&code, "waiting").await;
    let shown = browser.choose(&page, "pay").await;
    assert!(shown.status.is_success(), "{}: {}", shown.status, shown.text);
    browser.until(&code, "paid").await;
    let again = browser.post(&format!("/vpos/begin/{code}"), &[("pos", bank.as_str())]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);

    browser.sign_in().await;
    let page = browser.act(&code, "refund", &[("amount", "1,50"), ("reason", "a crack")]).await;
    assert!(page.attribute("id=\"operation-state\"", "data-state") == "partially-refunded", "{}", page.text);
    browser.until(&code, "part-refunded").await;
    let page = browser.act(&code, "refund", &[("amount", "23.50")]).await;
    assert!(page.attribute("id=\"operation-state\"", "data-state") == "refunded", "{}", page.text);
    browser.until(&code, "refunded").await;
    let (charged, refunded) = town.sandbox.ledger(bank, |ledger| {
        let order = ledger.movements().first().unwrap().order.clone();
        (ledger.charged(&order), ledger.refunded(&order))
    });
    assert_eq!((charged, refunded), (TOTAL, TOTAL), "{bank}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bank_is_paid_once_and_gives_all_back() {
    let town = Town::new().await;
    for bank in BankName::ALL {
        bought_and_refunded(&town, bank).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_a_cancelled_page_and_then_a_payment() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    let code = browser.order().await;
    let page = browser.at_the_bank(&code, &[("pos", "redsys")]).await;
    browser.choose(&page, "decline").await;
    browser.until(&code, "declined").await;
    let page = browser.at_the_bank(&code, &[("pos", "elavon")]).await;
    browser.choose(&page, "pay").await;
    browser.until(&code, "paid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_charged_in_part_or_let_go() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    browser.sign_in().await;

    let code = browser.order().await;
    let page = browser.at_the_bank(&code, &[("pos", "redsys"), ("hold", "1")]).await;
    browser.choose(&page, "pay").await;
    browser.until(&code, "held").await;
    let page = browser.act(&code, "capture", &[("amount", "20")]).await;
    assert_eq!(page.attribute("id=\"operation-state\"", "data-state"), "completed", "{}", page.text);
    browser.until(&code, "paid").await;

    let code = browser.order().await;
    let page = browser.at_the_bank(&code, &[("pos", "redsys"), ("hold", "1")]).await;
    browser.choose(&page, "pay").await;
    browser.until(&code, "held").await;
    let page = browser.act(&code, "void", &[]).await;
    assert_eq!(page.attribute("id=\"operation-state\"", "data-state"), "cancelled", "{}", page.text);
    // and can be paid after all
    browser.until(&code, "cancelled").await;
    let page = browser.at_the_bank(&code, &[("pos", "redsys")]).await;
    browser.choose(&page, "pay").await;
    browser.until(&code, "paid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_form_only_the_way_to_pay_is_believed() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    let code = browser.order().await;
    let begin = format!("/vpos/begin/{code}");
    for (fields, status) in [
        (&[("pos", "nobody")][..], StatusCode::UNPROCESSABLE_ENTITY),
        (&[], StatusCode::UNPROCESSABLE_ENTITY),
        (&[("pos", "ceca"), ("hold", "1")], StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(browser.post(&begin, fields).await.status, status, "{fields:?}");
    }
    assert_eq!(browser.post("/vpos/begin/NOSUCHORDERATALL", &[("pos", "redsys")]).await.status, StatusCode::NOT_FOUND);
    let foreign = [("sec-fetch-site", "cross-site")];
    assert_eq!(browser.ask(Method::POST, &begin, "pos=redsys".into(), &foreign).await.status, StatusCode::FORBIDDEN);
    browser.at_the_bank(&code, &[("pos", "redsys"), ("amount", "0.01"), ("total", "1")]).await;
    browser.sign_in().await;
    assert!(browser.get("/admin").await.text.contains("€25.00"));
}

/// A test card pays at a test contract: beside a live one that would be goods for nothing.
#[tokio::test(flavor = "multi_thread")]
async fn beside_a_live_contract_no_test_contract_is_offered() {
    let live = "[pos.caja]\nbank = \"redsys\"\nenvironment = \"live\"\nmerchant_code = \"123456789\"\nterminal = 1\n\
                secret_key = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\"\n";
    let town = Town::with_more(SqliteStore::in_memory().await.unwrap(), live).await;
    let mut browser = Browser::new(&town);
    let code = browser.order().await;
    let page = browser.get(&format!("/order/{code}")).await;
    assert!(page.text.contains("id=\"pos-caja\"") && page.text.matches("name=\"pos\"").count() == 1, "{}", page.text);
    let begin = format!("/vpos/begin/{code}");
    for bank in BankName::ALL {
        let page = browser.post(&begin, &[("pos", bank.as_str())]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{bank}");
    }
    browser.until(&code, "open").await;
    let page = browser.post(&begin, &[("pos", "caja")]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_begun_twenty_times_an_hour_at_most() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    let (code, another) = (browser.order().await, browser.order().await);
    let begin = format!("/vpos/begin/{code}");
    for time in 1..=20 {
        assert_eq!(browser.post(&begin, &[("pos", "redsys")]).await.status, StatusCode::OK, "{time}");
    }
    let page = browser.post(&begin, &[("pos", "redsys")]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.text.contains("Pruebe dentro de una hora.") && page.text.contains("Try again in an hour."), "{}", page.text);
    browser.at_the_bank(&another, &[("pos", "redsys")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_nobody_is_told_that_nothing_was_charged() {
    let store = SqliteStore::in_memory().await.unwrap();
    let town = Town::with(store.clone()).await;
    let mut browser = Browser::new(&town);
    let code = browser.buys("redsys").await;
    store.close().await;
    for path in [format!("/vpos/return/redsys/{code}"), format!("/vpos/cancel/redsys/{code}"), format!("/order/{code}")] {
        let page = browser.get(&path).await;
        assert!(page.status.is_server_error(), "{path}: {}", page.status);
        assert!(!page.text.contains("Nothing was charged") && !page.text.contains("No se ha cobrado"), "{}", page.text);
        assert!(page.text.contains("We could not look. Do not pay again: look at your order in a moment."), "{}", page.text);
        assert!(page.text.contains("No pague otra vez: mire su pedido en un momento."), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_at_a_bank_that_cannot_be_asked_claims_nothing() {
    let town = Town::new().await;
    let mut browser = Browser::new(&town);
    for (pos, charged_nothing) in [("redsys", true), ("ceca", false)] {
        let code = browser.order().await;
        let page = browser.at_the_bank(&code, &[("pos", pos)]).await;
        // a stranger who knows the code, while the buyer is on the bank's page
        Browser::new(&town).get(&format!("/vpos/cancel/{pos}/{code}")).await;
        browser.until(&code, "cancelled").await;
        let shown = browser.get(&format!("/order/{code}")).await;
        assert_eq!(shown.text.contains("Nothing was charged."), charged_nothing, "{pos}: {}", shown.text);
        browser.choose(&page, "pay").await;
        browser.until(&code, "paid").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_as_good() {
    let Ok(server) = std::env::var("VPOS_TEST_POSTGRES") else {
        eprintln!("SKIPPED (no VPOS_TEST_POSTGRES): postgres_is_as_good");
        return;
    };
    let name = format!("shop_{}", std::process::id());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
    let (address, _) = server.rsplit_once('/').unwrap();
    let store = PostgresStore::connect(&format!("{address}/{name}")).await.unwrap();
    let town = Town::with(store.clone()).await;
    bought_and_refunded(&town, BankName::Redsys).await;
    bought_and_refunded(&town, BankName::Paypal).await;
    drop(town);
    store.close().await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut connection).await.unwrap();
}
