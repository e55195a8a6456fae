//! Buyers without a mouse, in another language, on a small and dark screen.

use thirtyfour::prelude::*;

use crate::books::{Books, charge};
use crate::stage::{Manner, Stage};
use crate::steps::{at_the_bank, becomes, choice, choose, home, open_operation, order, pay_at, sign_in};
use crate::window::Window;
use crate::{Outcome, require};

pub(super) async fn keyboard(stage: &Stage<'_>) -> Outcome {
    let (books, window) = (Books::open(stage).await?, stage.window().await?);
    window.open("/").await?;
    window.tab_to("#skip").await?;
    stage.picture(&window, "skip").await?;
    for _ in 0..2 {
        window.tab_to("#add-mug").await?;
        stage.picture(&window, "add").await?;
        window.press(Key::Enter).await?;
        window.find("#basket-order").await?;
        window.open("/").await?;
    }
    window.tab_to("#nav-basket").await?;
    window.press(Key::Enter).await?;
    window.find("#basket-order").await?;
    window.tab_to("#basket-order").await?;
    stage.picture(&window, "basket").await?;
    window.press(Key::Enter).await?;
    let code = window.text("#order-code").await?;
    window.tab_to("#pos-redsys, #pos-ceca, #pos-elavon").await?;
    for _ in 0..5 {
        if window.find("#pos-redsys").await?.is_selected().await? {
            break;
        }
        window.press(Key::Down).await?;
    }
    stage.picture(&window, "choice").await?;
    window.tab_to("#pay").await?;
    window.press(Key::Enter).await?;
    at_the_bank(stage, &window).await?;
    window.tab_to(&choice("pay")).await?;
    stage.picture(&window, "bank-focus").await?;
    window.press(Key::Enter).await?;
    home(&window, &code).await?;
    becomes(stage, &window, "paid").await?;
    books.say(&charge("redsys")).await
}

pub(super) async fn languages(stage: &Stage<'_>) -> Outcome {
    for (languages, code, basket, pay, bank) in [
        ("es-ES,es", "es", "Cesta", "Pagar 25,00 €", "Pago con tarjeta"),
        ("en-GB,en", "en", "Basket", "Pay €25.00", "Card payment"),
    ] {
        let window = stage.window_with(Manner { languages, ..Manner::default() }).await?;
        window.open("/basket").await?;
        speaks(&window, code, "h1", basket).await?;
        let order = order(stage, &window).await?;
        speaks(&window, code, "#pay", pay).await?;
        pay_at(&window, "redsys").await?;
        at_the_bank(stage, &window).await?;
        speaks(&window, code, "h1", bank).await?;
        choose(&window, "pay").await?;
        home(&window, &order).await?;
        becomes(stage, &window, "paid").await?;
        speaks(&window, code, "#order-state", if code == "es" { "Pagado" } else { "Paid" }).await?;
    }
    // the switch, against what the browser prefers; it stays chosen
    let window = stage.window().await?;
    window.open("/").await?;
    window.click("#nav-language").await?;
    speaks(&window, "es", "h1", "Catálogo").await?;
    window.open("/basket").await?;
    speaks(&window, "es", "h1", "Cesta").await?;
    window.click("#nav-language").await?;
    speaks(&window, "en", "h1", "Basket").await
}

/// The page's language, and a text in it.
async fn speaks(window: &Window, language: &str, css: &str, text: &str) -> Outcome {
    window.until_attribute("html", "lang", language).await?;
    let seen = window.text(css).await?.replace('\u{a0}', " ");
    require(css, &seen.as_str(), &text)
}

/// A narrow, dark page: nothing sticks out to the right, from the catalogue to the back office.
pub(super) async fn telephone(stage: &Stage<'_>) -> Outcome {
    let manner = Manner { languages: "es-ES,es", size: (390, 844), dark: true, ..Manner::default() };
    let window = stage.window_with(manner).await?;
    window.open("/").await?;
    fits(&window).await?;
    let code = order(stage, &window).await?;
    fits(&window).await?;
    window.open("/basket").await?;
    fits(&window).await?;
    window.open(&format!("/order/{code}")).await?;
    pay_at(&window, "redsys").await?;
    at_the_bank(stage, &window).await?;
    fits(&window).await?;
    choose(&window, "pay").await?;
    home(&window, &code).await?;
    becomes(stage, &window, "paid").await?;
    fits(&window).await?;
    sign_in(stage, &window).await?;
    fits(&window).await?;
    stage.picture(&window, "admin").await?;
    open_operation(&window, &code).await?;
    fits(&window).await?;
    stage.picture(&window, "operation").await?;
    window.open(&format!("{}/control", stage.settings.banks)).await?;
    fits(&window).await?;
    stage.picture(&window, "control").await
}

async fn fits(window: &Window) -> Outcome {
    let script = "return [document.documentElement.scrollWidth, innerWidth]";
    let (page, screen): (u32, u32) = window.ask(script, Vec::new()).await?;
    if page <= screen {
        Ok(())
    } else {
        Err(format!("{}: expected a page {screen} wide, seen {page}", window.address().await?).into())
    }
}
