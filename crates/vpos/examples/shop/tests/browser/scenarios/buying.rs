//! The usual way, at each bank; a card that is declined; a buyer who cancels.

use crate::books::{Books, charge};
use crate::stage::{Manner, Stage};
use crate::steps::{at_the_bank, becomes, buys, choice, choose, home, order, pay_at, pays, sign_in, states};
use crate::{Outcome, require};

/// The shop's contracts, which have the names of the simulated desks.
const CONTRACTS: [&str; 5] = ["redsys", "ceca", "elavon", "paypal", "paypal-nvp"];

pub(super) async fn redsys(stage: &Stage<'_>) -> Outcome {
    bought(stage, "redsys").await
}

pub(super) async fn ceca(stage: &Stage<'_>) -> Outcome {
    bought(stage, "ceca").await
}

pub(super) async fn elavon(stage: &Stage<'_>) -> Outcome {
    bought(stage, "elavon").await
}

pub(super) async fn paypal(stage: &Stage<'_>) -> Outcome {
    bought(stage, "paypal").await
}

pub(super) async fn paypal_nvp(stage: &Stage<'_>) -> Outcome {
    bought(stage, "paypal-nvp").await
}

async fn bought(stage: &Stage<'_>, contract: &str) -> Outcome {
    let (books, window) = (Books::open(stage).await?, stage.window().await?);
    let code = buys(stage, &window, contract).await?;
    books.say(&charge(contract)).await?;
    sign_in(stage, &window).await?;
    require("the operations", &states(&window, &code).await?, &vec!["completed".to_owned()])
}

pub(super) async fn without_script(stage: &Stage<'_>) -> Outcome {
    let window = stage.window_with(Manner { script: false, ..Manner::default() }).await?;
    for contract in CONTRACTS {
        let books = Books::open(stage).await?;
        buys(stage, &window, contract).await?;
        books.say(&charge(contract)).await?;
    }
    Ok(())
}

pub(super) async fn declined_then_paid(stage: &Stage<'_>) -> Outcome {
    let (books, window) = (Books::open(stage).await?, stage.window().await?);
    let code = order(stage, &window).await?;
    // Elavon's page is left by a declined card; at Redsys another could be tried there
    pay_at(&window, "elavon").await?;
    at_the_bank(stage, &window).await?;
    choose(&window, "decline").await?;
    home(&window, &code).await?;
    becomes(stage, &window, "declined").await?;
    books.say(&[]).await?;
    pays(stage, &window, &code, "elavon").await?;
    books.say(&charge("elavon")).await?;
    sign_in(stage, &window).await?;
    require("the operations", &states(&window, &code).await?, &vec!["completed".to_owned(), "failed".to_owned()])?;

    // a bank whose page stays after a declined card
    let books = Books::open(stage).await?;
    let code = order(stage, &window).await?;
    pay_at(&window, "redsys").await?;
    at_the_bank(stage, &window).await?;
    choose(&window, "decline").await?;
    window.find("a.button").await?;
    stage.picture(&window, "declined").await?;
    window.click("main p:last-of-type a.button").await?;
    home(&window, &code).await?;
    becomes(stage, &window, "declined").await?;
    pays(stage, &window, &code, "ceca").await?;
    books.say(&charge("ceca")).await
}

pub(super) async fn cancelled_then_paid(stage: &Stage<'_>) -> Outcome {
    let window = stage.window().await?;
    for contract in ["redsys", "ceca", "paypal", "paypal-nvp"] {
        let books = Books::open(stage).await?;
        let code = order(stage, &window).await?;
        pay_at(&window, contract).await?;
        at_the_bank(stage, &window).await?;
        choose(&window, "cancel").await?;
        home(&window, &code).await?;
        let seen = window.attribute("#order-state", "data-state").await?;
        if !["cancelled", "declined"].contains(&seen.as_str()) {
            return Err(format!("{contract}: expected the order cancelled, seen {seen:?}").into());
        }
        stage.picture(&window, &seen).await?;
        books.say(&[]).await?;
        pays(stage, &window, &code, contract).await?;
        books.say(&charge(contract)).await?;
    }
    // Elavon sends nobody back
    let code = order(stage, &window).await?;
    pay_at(&window, "elavon").await?;
    at_the_bank(stage, &window).await?;
    choose(&window, "cancel").await?;
    window.until_gone(&choice("pay")).await?;
    stage.picture(&window, "left").await?;
    window.open(&format!("/order/{code}")).await?;
    becomes(stage, &window, "waiting").await?;
    pays(stage, &window, &code, "elavon").await
}
