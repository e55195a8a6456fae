//! The clerk: refunds, holds that are charged or let go, and a question to the bank, all by clicks.

use crate::books::{Books, charge, next_time};
use crate::stage::Stage;
use crate::steps::{TOTAL, at_the_bank, becomes, buys, choose, home, open_operation, order, pay_at, sign_in, states};
use crate::window::Window;
use crate::{Outcome, require};

pub(super) async fn refunds(stage: &Stage<'_>) -> Outcome {
    let (buyer, clerk) = (stage.window().await?, stage.window().await?);
    sign_in(stage, &clerk).await?;
    for contract in ["redsys", "ceca", "elavon", "paypal", "paypal-nvp"] {
        let books = Books::open(stage).await?;
        let code = buys(stage, &buyer, contract).await?;
        open_operation(&clerk, &code).await?;
        refund(stage, &clerk, "10.50", "partially-refunded").await?;
        becomes(stage, &buyer, "paid").await?;
        buyer.reload().await?;
        becomes(stage, &buyer, "part-refunded").await?;
        refund(stage, &clerk, "14.50", "refunded").await?;
        let mut wanted = charge(contract);
        wanted.extend(["refund 1050", "refund 1450"].map(|line| format!("{contract} {line}")));
        books.say(&wanted).await?;
        buyer.reload().await?;
        becomes(stage, &buyer, "refunded").await?;
    }
    Ok(())
}

async fn refund(stage: &Stage<'_>, clerk: &Window, amount: &str, wanted: &str) -> Outcome {
    clerk.fill("#refund-amount", amount).await?;
    clerk.fill("#refund-reason", "a handle was broken").await?;
    clerk.click("#refund-submit").await?;
    clerk.until_attribute("#operation-state", "data-state", wanted).await?;
    clerk.find("#notice").await?;
    stage.picture(clerk, wanted).await
}

pub(super) async fn holds(stage: &Stage<'_>) -> Outcome {
    let (buyer, clerk) = (stage.window().await?, stage.window().await?);
    sign_in(stage, &clerk).await?;
    let books = Books::open(stage).await?;
    let code = held(stage, &buyer).await?;
    open_operation(&clerk, &code).await?;
    stage.picture(&clerk, "held").await?;
    clerk.fill("#capture-amount", "20").await?;
    clerk.click("#capture-submit").await?;
    clerk.until_attribute("#operation-state", "data-state", "completed").await?;
    stage.picture(&clerk, "captured").await?;
    books.say(&[format!("redsys hold {TOTAL}"), "redsys capture 2000".into(), "redsys release 500".into()]).await?;

    let books = Books::open(stage).await?;
    let code = held(stage, &buyer).await?;
    open_operation(&clerk, &code).await?;
    clerk.click("#void").await?;
    clerk.until_attribute("#operation-state", "data-state", "cancelled").await?;
    stage.picture(&clerk, "let-go").await?;
    books.say(&[format!("redsys hold {TOTAL}"), format!("redsys void {TOTAL}")]).await
}

async fn held(stage: &Stage<'_>, buyer: &Window) -> Outcome<String> {
    let code = order(stage, buyer).await?;
    buyer.click("#hold").await?;
    pay_at(buyer, "redsys").await?;
    at_the_bank(stage, buyer).await?;
    choose(buyer, "pay").await?;
    home(buyer, &code).await?;
    becomes(stage, buyer, "held").await?;
    Ok(code)
}

pub(super) async fn reconciles(stage: &Stage<'_>) -> Outcome {
    let (books, buyer, clerk) = (Books::open(stage).await?, stage.window().await?, stage.window().await?);
    sign_in(stage, &clerk).await?;
    let code = order(stage, &buyer).await?;
    pay_at(&buyer, "redsys").await?;
    at_the_bank(stage, &buyer).await?;
    next_time(stage, "redsys", "never").await?;
    choose(&buyer, "pay").await?;
    home(&buyer, &code).await?;
    becomes(stage, &buyer, "waiting").await?;
    require("the operations", &states(&clerk, &code).await?, &vec!["pending".to_owned()])?;
    clerk.click("#reconcile").await?;
    clerk.find("#notice").await?;
    stage.picture(&clerk, "reconciled").await?;
    require("the operations", &states(&clerk, &code).await?, &vec!["completed".to_owned()])?;
    becomes(stage, &buyer, "paid").await?;
    books.say(&charge("redsys")).await
}
