//! The four pictures of the READMEs: `cargo xtask browser --images`.

use crate::Outcome;
use crate::stage::{Manner, Stage};
use crate::steps::{becomes, choice, choose, home, on_to, open_operation, pay_at, sign_in};
use crate::window::Window;

/// Small enough to be read beside the text.
const SIZE: (u32, u32) = (1120, 720);

/// Basket, bank's page, paid order, back office.
pub(super) async fn write(stage: &Stage<'_>) -> Outcome {
    let window = stage.window_with(Manner { size: SIZE, ..Manner::default() }).await?;
    filled(&window).await?;
    stage.image(&window, "basket").await?;
    window.click("#basket-order").await?;
    let code = window.text("#order-code").await?;
    pay_at(&window, "redsys").await?;
    on_to(&window, &choice("pay")).await?;
    stage.image(&window, "bank-page").await?;
    choose(&window, "pay").await?;
    home(&window, &code).await?;
    becomes(stage, &window, "paid").await?;
    stage.image(&window, "paid-order").await?;
    history(stage, &window).await?;
    window.open("/admin").await?;
    stage.image(&window, "admin").await
}

async fn filled(window: &Window) -> Outcome {
    for (product, quantity) in [("mug", "2"), ("notebook", "1"), ("lamp", "1")] {
        window.open("/").await?;
        window.fill(&format!("#quantity-{product}"), quantity).await?;
        window.click(&format!("#add-{product}")).await?;
        window.find("#basket-total").await?;
    }
    Ok(())
}

/// Something of each kind for the back office: declined, held, refunded in part, left.
async fn history(stage: &Stage<'_>, window: &Window) -> Outcome {
    for (contract, does, hold) in [("elavon", "decline", false), ("redsys", "pay", true), ("ceca", "pay", false)] {
        let code = ordered(window, contract, hold).await?;
        on_to(window, &choice("pay")).await?;
        choose(window, does).await?;
        home(window, &code).await?;
        window.until_gone("[data-poll]").await?;
        if contract == "ceca" {
            sign_in(stage, window).await?;
            open_operation(window, &code).await?;
            window.fill("#refund-amount", "5").await?;
            window.click("#refund-submit").await?;
            window.until_attribute("#operation-state", "data-state", "partially-refunded").await?;
        }
    }
    ordered(window, "paypal", false).await?;
    on_to(window, &choice("pay")).await
}

async fn ordered(window: &Window, contract: &str, hold: bool) -> Outcome<String> {
    filled(window).await?;
    window.click("#basket-order").await?;
    let code = window.text("#order-code").await?;
    if hold {
        window.click("#hold").await?;
    }
    pay_at(window, contract).await?;
    Ok(code)
}
