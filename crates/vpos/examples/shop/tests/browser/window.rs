//! A browser, as a buyer uses it: what is not there yet is waited for.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::stage::Manner;
use crate::{Failure, Outcome};

/// How long something may take to come. An order turns within seconds; a machine under load takes its time.
const PATIENCE: Duration = Duration::from_secs(40);
const MOMENT: Duration = Duration::from_millis(60);

#[derive(Clone)]
pub(crate) struct Window {
    driver: WebDriver,
    shop: String,
    pub(crate) script: bool,
}

impl Window {
    pub(crate) fn new(driver: WebDriver, shop: &str, manner: Manner) -> Self {
        Self { driver, shop: shop.to_owned(), script: manner.script }
    }

    /// Sizes the page, and says which colours its visitor likes.
    pub(crate) async fn look_like(&self, manner: Manner) -> Outcome {
        let (width, height) = manner.size;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await?;
        let scheme = if manner.dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", media).await
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Outcome {
        self.driver.cdp().send_raw(command, parameters).await?;
        Ok(())
    }

    /// A page of the shop, or a whole address.
    pub(crate) async fn open(&self, page: &str) -> Outcome {
        let address = if page.starts_with('/') { format!("{}{page}", self.shop) } else { page.to_owned() };
        Ok(self.driver.goto(address).await?)
    }

    pub(crate) async fn address(&self) -> Outcome<String> {
        Ok(self.driver.current_url().await?.to_string())
    }

    /// Asks until it gets something. What it sees instead is told when time is up.
    pub(crate) async fn until<T>(&self, wanted: &str, mut look: impl AsyncFnMut() -> Outcome<T>) -> Outcome<T> {
        let begun = Instant::now();
        loop {
            match look().await {
                Ok(found) => return Ok(found),
                Err(Failure(seen)) if begun.elapsed() > PATIENCE => {
                    return Err(format!("expected {wanted}, seen {seen}").into());
                }
                Err(_) => tokio::time::sleep(MOMENT).await,
            }
        }
    }

    pub(crate) async fn find(&self, css: &str) -> Outcome<WebElement> {
        self.until(css, async || Ok(self.driver.find(By::Css(css)).await?)).await
    }

    pub(crate) async fn all(&self, css: &str) -> Outcome<Vec<WebElement>> {
        Ok(self.driver.find_all(By::Css(css)).await?)
    }

    /// Whether it is on the page now.
    pub(crate) async fn has(&self, css: &str) -> Outcome<bool> {
        Ok(!self.all(css).await?.is_empty())
    }

    /// Waits until it is not on the page any more.
    pub(crate) async fn until_gone(&self, css: &str) -> Outcome {
        self.until(&format!("a page without {css}"), async || if self.has(css).await? { Err("it".into()) } else { Ok(()) }).await
    }

    /// A page may be changing: it is tried again until the click arrives.
    pub(crate) async fn click(&self, css: &str) -> Outcome {
        self.until(&format!("a click on {css}"), async || Ok(self.driver.find(By::Css(css)).await?.click().await?)).await
    }

    pub(crate) async fn double_click(&self, css: &str) -> Outcome {
        let element = self.find(css).await?;
        element.scroll_into_view().await?;
        let chain = self.driver.action_chain_with_delay(Some(Duration::ZERO), Some(Duration::ZERO));
        Ok(chain.double_click_element(&element).perform().await?)
    }

    /// Types into a field what replaces its text.
    pub(crate) async fn fill(&self, css: &str, text: &str) -> Outcome {
        let field = self.find(css).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    pub(crate) async fn text(&self, css: &str) -> Outcome<String> {
        self.until(css, async || Ok(self.driver.find(By::Css(css)).await?.text().await?)).await
    }

    /// The value of an attribute; none where the element has not got it.
    pub(crate) async fn attribute(&self, css: &str, name: &str) -> Outcome<String> {
        let look = async || Ok(self.driver.find(By::Css(css)).await?.attr(name).await?.unwrap_or_default());
        self.until(css, look).await
    }

    /// Waits until an attribute has that value; the page changes by itself.
    pub(crate) async fn until_attribute(&self, css: &str, name: &str, value: &str) -> Outcome {
        self.until(&format!("{css} with {name} {value:?}"), async || {
            let seen = self.driver.find(By::Css(css)).await?.attr(name).await?.unwrap_or_default();
            if seen == value { Ok(()) } else { Err(format!("{seen:?}").into()) }
        })
        .await
    }

    /// Presses one key, wherever the focus is.
    pub(crate) async fn press(&self, key: Key) -> Outcome {
        Ok(self.driver.action_chain().send_keys(String::from(key.value())).perform().await?)
    }

    /// Tab after Tab, until what has the focus is that. Each stop must show that it has it.
    pub(crate) async fn tab_to(&self, css: &str) -> Outcome {
        for _ in 0..60 {
            self.press(Key::Tab).await?;
            let script = "const it = document.activeElement; const style = getComputedStyle(it); \
                          return [it.matches(arguments[0]), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, \
                          it.outerHTML.slice(0, 80)]";
            let seen: (bool, bool, String) = self.ask(script, vec![json!(css)]).await?;
            let (there, shown, what) = seen;
            if !shown && !what.starts_with("<body") {
                return Err(format!("expected an outline on what has the focus, seen none on {what}").into());
            }
            if there {
                return Ok(());
            }
        }
        Err(format!("expected Tab to lead to {css}, seen everything else").into())
    }

    /// The value of a script of ours, which a policy of the page does not stop.
    pub(crate) async fn ask<T: serde::de::DeserializeOwned>(&self, script: &str, words: Vec<Value>) -> Outcome<T> {
        Ok(self.driver.execute(script, words).await?.convert()?)
    }

    pub(crate) async fn back(&self) -> Outcome {
        Ok(self.driver.back().await?)
    }

    pub(crate) async fn reload(&self) -> Outcome {
        Ok(self.driver.refresh().await?)
    }

    /// Another tab of this browser, and the name of the one before.
    pub(crate) async fn new_tab(&self) -> Outcome<(WindowHandle, WindowHandle)> {
        let first = self.driver.window().await?;
        let second = self.driver.new_tab().await?;
        Ok((first, second))
    }

    pub(crate) async fn turn_to(&self, tab: &WindowHandle) -> Outcome {
        Ok(self.driver.switch_to_window(tab.clone()).await?)
    }

    pub(crate) async fn picture(&self, path: &Path) -> Outcome {
        Ok(self.driver.screenshot(path).await?)
    }

    /// What its console says that no page should make it say.
    pub(crate) async fn complaints(&self) -> Outcome<Vec<String>> {
        let said = self.driver.browser_log().await?;
        let bad = said.into_iter().filter(|line| line.level == "SEVERE" || line.message.contains("Content Security Policy"));
        Ok(bad.map(|line| format!("{}: {}", line.level, line.message)).collect())
    }

    pub(crate) async fn close(self) {
        if let Err(error) = self.driver.quit().await {
            eprintln!("a browser did not close: {error}");
        }
    }
}
