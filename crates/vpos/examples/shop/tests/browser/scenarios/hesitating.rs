//! Buyers who go back, reload, click twice, or pay in two tabs: one order, one charge, or a second one that a person sees.

use crate::books::{Books, charge};
use crate::stage::{Manner, Stage};
use crate::steps::{
    TOTAL, at_the_bank, becomes, buys, choice, choose, home, open_operation, operations, order, pay_at, pays, sign_in, states,
};
use crate::{Outcome, require};

/// What Chromium says of a page that is answered 410.
const GONE: &str = "status of 410";

pub(super) async fn goes_back(stage: &Stage<'_>) -> Outcome {
    let window = stage.window().await?;
    for contract in ["redsys", "paypal"] {
        let books = Books::open(stage).await?;
        let code = order(stage, &window).await?;
        pay_at(&window, contract).await?;
        at_the_bank(stage, &window).await?;
        window.back().await?;
        home(&window, &code).await?;
        becomes(stage, &window, "waiting").await?;
        pays(stage, &window, &code, contract).await?;
        books.say(&charge(contract)).await?;
    }
    Ok(())
}

pub(super) async fn reloads(stage: &Stage<'_>) -> Outcome {
    stage.expect_message(GONE).await;
    let window = stage.window().await?;
    for contract in ["redsys", "ceca", "elavon", "paypal"] {
        let books = Books::open(stage).await?;
        let code = buys(stage, &window, contract).await?;
        let wanted = charge(contract);
        window.reload().await?;
        becomes(stage, &window, "paid").await?;
        books.say(&wanted).await?;
        // to the bank's page, or to what it has become, and all that can be done there once more
        window.back().await?;
        window.reload().await?;
        stage.picture(&window, "back-and-reloaded").await?;
        if window.has(&choice("pay")).await? {
            choose(&window, "pay").await?;
        }
        window.open(&format!("/order/{code}")).await?;
        becomes(stage, &window, "paid").await?;
        books.say(&wanted).await?;
    }
    reloads_the_return(stage).await
}

/// Elavon's response is carried by the buyer: without script its page stays, can be reloaded, and so can what comes after it.
async fn reloads_the_return(stage: &Stage<'_>) -> Outcome {
    let window = stage.window_with(Manner { script: false, ..Manner::default() }).await?;
    let books = Books::open(stage).await?;
    let code = order(stage, &window).await?;
    pay_at(&window, "elavon").await?;
    at_the_bank(stage, &window).await?;
    choose(&window, "pay").await?;
    // the bank's page, which carries the response by a button: sent anew, it leads where it led
    window.until_gone(&choice("pay")).await?;
    window.reload().await?;
    window.click("main button").await?;
    let landed = async || {
        let at = window.address().await?;
        if at.starts_with(&stage.settings.shop) { Ok(()) } else { Err(at.into()) }
    };
    window.until("the shop's answer to the bank's response", landed).await?;
    for _ in 0..2 {
        window.reload().await?;
        stage.picture(&window, "return-reloaded").await?;
    }
    window.open(&format!("/order/{code}")).await?;
    becomes(stage, &window, "paid").await?;
    books.say(&charge("elavon")).await
}

pub(super) async fn double_clicks(stage: &Stage<'_>) -> Outcome {
    let (clerk, window) = (stage.window().await?, stage.window().await?);
    sign_in(stage, &clerk).await?;
    for contract in ["redsys", "ceca", "elavon", "paypal"] {
        let books = Books::open(stage).await?;
        let code = order(stage, &window).await?;
        window.click(&format!("#pos-{contract}")).await?;
        window.double_click("#pay").await?;
        at_the_bank(stage, &window).await?;
        window.double_click(&choice("pay")).await?;
        home(&window, &code).await?;
        becomes(stage, &window, "paid").await?;
        books.say(&charge(contract)).await?;
        require("the operations", &states(&clerk, &code).await?, &vec!["completed".to_owned()])?;
    }
    Ok(())
}

pub(super) async fn two_tabs(stage: &Stage<'_>) -> Outcome {
    let (books, window) = (Books::open(stage).await?, stage.window().await?);
    let code = order(stage, &window).await?;
    pay_at(&window, "redsys").await?;
    at_the_bank(stage, &window).await?;
    let (first, second) = window.new_tab().await?;
    window.turn_to(&second).await?;
    window.look_like(Manner::default()).await?;
    window.open(&format!("/order/{code}")).await?;
    pay_at(&window, "ceca").await?;
    at_the_bank(stage, &window).await?;

    window.turn_to(&first).await?;
    choose(&window, "pay").await?;
    home(&window, &code).await?;
    becomes(stage, &window, "paid").await?;
    books.say(&charge("redsys")).await?;

    window.turn_to(&second).await?;
    choose(&window, "pay").await?;
    home(&window, &code).await?;
    becomes(stage, &window, "paid").await?;
    books.say(&[format!("redsys charge {TOTAL}"), format!("ceca charge {TOTAL}")]).await?;

    sign_in(stage, &window).await?;
    require("the operations", &operations(&window, &code).await?.len(), &2)?;
    stage.picture(&window, "admin").await?;
    open_operation(&window, &code).await?;
    require("the second payment's mark", &window.has("#operation-state .double").await?, &true)?;
    stage.picture(&window, "double").await?;
    window.click("#refund-double").await?;
    window.until_attribute("#operation-state", "data-state", "refunded").await?;
    stage.picture(&window, "given-back").await?;
    let charged = [format!("redsys charge {TOTAL}"), format!("ceca charge {TOTAL}"), format!("ceca refund {TOTAL}")];
    books.say(&charged).await?;
    window.open(&format!("/order/{code}")).await?;
    becomes(stage, &window, "paid").await
}
