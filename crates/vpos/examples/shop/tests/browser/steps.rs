//! What most buyers do, by clicks: order two mugs, go to the bank, choose there, come back.

use crate::stage::Stage;
use crate::window::Window;
use crate::{Outcome, require};

/// Two mugs, in cents.
pub(crate) const TOTAL: u64 = 2_500;

/// The button that the bank's page has for a choice.
pub(crate) fn choice(word: &str) -> String {
    format!("button[name=choice][value='{word}']")
}

/// From the catalogue to the page of the order, whose code is told.
pub(crate) async fn order(stage: &Stage<'_>, window: &Window) -> Outcome<String> {
    window.open("/").await?;
    stage.picture(window, "catalogue").await?;
    window.fill("#quantity-mug", "2").await?;
    window.click("#add-mug").await?;
    window.find("#basket-total").await?;
    stage.picture(window, "basket").await?;
    window.click("#basket-order").await?;
    let code = window.text("#order-code").await?;
    require("the new order", &standing(window).await?, &"open".to_owned())?;
    stage.picture(window, "order").await?;
    Ok(code)
}

pub(crate) async fn standing(window: &Window) -> Outcome<String> {
    window.attribute("#order-state", "data-state").await
}

/// The order's page turns so, by its own script or refresh.
pub(crate) async fn becomes(stage: &Stage<'_>, window: &Window, wanted: &str) -> Outcome {
    window.until_attribute("#order-state", "data-state", wanted).await?;
    stage.picture(window, wanted).await
}

/// Presses "pay" on the order's page.
pub(crate) async fn pay_at(window: &Window, contract: &str) -> Outcome {
    window.click(&format!("#pos-{contract}")).await?;
    window.click("#pay").await
}

/// On to the bank's page, which shows the price of two mugs.
pub(crate) async fn at_the_bank(stage: &Stage<'_>, window: &Window) -> Outcome {
    on_to(window, &choice("pay")).await?;
    let amount = window.text(".amount").await?;
    require("the amount on the bank's page", &amount.as_str(), &"25.00 EUR")?;
    stage.picture(window, "bank").await
}

pub(crate) async fn choose(window: &Window, word: &str) -> Outcome {
    window.click(&choice(word)).await
}

/// Back to the page of the order.
pub(crate) async fn home(window: &Window, code: &str) -> Outcome {
    on_to(window, "#order-code").await?;
    let address = window.address().await?;
    if address.ends_with(&format!("/order/{code}")) {
        Ok(())
    } else {
        Err(format!("expected order {code}, seen {address}").into())
    }
}

/// Where the pages lead: by themselves, or, where there is no script, by the one button or link of each.
pub(crate) async fn on_to(window: &Window, css: &str) -> Outcome {
    window
        .until(&format!("a page with {css}"), async || {
            if window.has(css).await? {
                return Ok(());
            }
            let at = window.address().await?;
            if !window.script {
                let ways = window.all("main button, main a, body > form button, body > p a").await?;
                if let [way] = ways.as_slice() {
                    way.click().await?;
                }
            }
            Err(at.into())
        })
        .await
}

/// Orders, pays at that contract and sees the order paid.
pub(crate) async fn buys(stage: &Stage<'_>, window: &Window, contract: &str) -> Outcome<String> {
    let code = order(stage, window).await?;
    pays(stage, window, &code, contract).await?;
    Ok(code)
}

pub(crate) async fn pays(stage: &Stage<'_>, window: &Window, code: &str, contract: &str) -> Outcome {
    pay_at(window, contract).await?;
    at_the_bank(stage, window).await?;
    choose(window, "pay").await?;
    home(window, code).await?;
    becomes(stage, window, "paid").await
}

/// The back office, signed in.
pub(crate) async fn sign_in(stage: &Stage<'_>, window: &Window) -> Outcome {
    window.open("/admin").await?;
    window.fill("#password", &stage.settings.password).await?;
    window.click("#login").await?;
    window.find("#operations").await.map(drop)
}

/// The operations of an order in the back office, newest first: name of the row, and state.
pub(crate) async fn operations(window: &Window, code: &str) -> Outcome<Vec<(String, String)>> {
    window.open("/admin").await?;
    window.find("#operations-table").await?;
    let mut all = Vec::new();
    for row in window.all(&format!("tr[data-order='{code}']")).await? {
        all.push((row.attr("id").await?.unwrap_or_default(), row.attr("data-state").await?.unwrap_or_default()));
    }
    Ok(all)
}

/// Their states alone.
pub(crate) async fn states(window: &Window, code: &str) -> Outcome<Vec<String>> {
    Ok(operations(window, code).await?.into_iter().map(|(_, state)| state).collect())
}

/// The page of the newest operation of an order.
pub(crate) async fn open_operation(window: &Window, code: &str) -> Outcome {
    let all = operations(window, code).await?;
    let (row, _) = all.first().ok_or_else(|| format!("expected an operation of order {code}, seen none"))?;
    window.click(&format!("#{row} a")).await?;
    window.find("#operation-state").await.map(drop)
}
