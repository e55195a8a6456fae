//! A scenario while it is played: where shop and banks are, its windows, and its pictures.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use thirtyfour::LoggingPrefsLogLevel;
use thirtyfour::prelude::*;
use tokio::sync::Mutex;

use crate::scenarios::Scenario;
use crate::window::Window;
use crate::{Failure, Outcome};

/// Where everything is, as `cargo xtask browser` tells it.
pub(crate) struct Settings {
    driver: String,
    chromium: String,
    pub(crate) shop: String,
    pub(crate) password: String,
    pub(crate) banks: String,
    profiles: PathBuf,
    pub(crate) pictures: PathBuf,
}

impl Settings {
    /// None where nothing was started.
    pub(crate) fn read() -> Option<Self> {
        let told = |name: &str| std::env::var(format!("VPOS_BROWSER_{name}")).ok();
        Some(Self {
            driver: told("DRIVER")?,
            chromium: told("CHROMIUM")?,
            shop: told("SHOP")?,
            password: told("PASSWORD")?,
            banks: told("BANKS")?,
            profiles: told("PROFILES")?.into(),
            pictures: told("PICTURES")?.into(),
        })
    }
}

/// How a browser is set.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) script: bool,
    /// As in `Accept-Language`.
    pub(crate) languages: &'static str,
    /// Of the page, in CSS pixels.
    pub(crate) size: (u32, u32),
    pub(crate) dark: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self { script: true, languages: "en-GB,en", size: (1280, 900), dark: false }
    }
}

/// A scenario that is played.
pub(crate) struct Stage<'a> {
    pub(crate) settings: &'a Settings,
    scenario: &'a Scenario,
    windows: Mutex<Vec<Window>>,
    /// Messages of the console that a scenario brings about on purpose.
    expected: Mutex<Vec<&'static str>>,
    pictures: AtomicU32,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(settings: &'a Settings, scenario: &'a Scenario) -> Self {
        Self { settings, scenario, windows: Mutex::default(), expected: Mutex::default(), pictures: AtomicU32::new(0) }
    }

    /// A browser with script, in English.
    pub(crate) async fn window(&self) -> Outcome<Window> {
        self.window_with(Manner::default()).await
    }

    /// A browser of its own: no cookie, no history.
    pub(crate) async fn window_with(&self, manner: Manner) -> Outcome<Window> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let profile = self.settings.profiles.join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(&self.settings.chromium)?;
        // --no-sandbox: the machines of CI are root; QUIC, updates and sync would ask somebody outside
        for word in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ] {
            wanted.add_arg(word)?;
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.display()))?;
        // 1: allowed, 2: blocked
        let script = if manner.script { 1 } else { 2 };
        wanted.add_experimental_option(
            "prefs",
            json!({ "intl.accept_languages": manner.languages, "profile.managed_default_content_settings.javascript": script }),
        )?;
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        let driver = WebDriver::new(&self.settings.driver, wanted).await?;
        let window = Window::new(driver, &self.settings.shop, manner);
        self.windows.lock().await.push(window.clone());
        window.look_like(manner).await?;
        Ok(window)
    }

    /// A picture of the step that was just made.
    pub(crate) async fn picture(&self, window: &Window, step: &str) -> Outcome {
        if !self.scenario.has_pictures {
            return Ok(());
        }
        let number = self.pictures.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("{}-{number:02}-{step}.png", self.scenario.slug());
        window.picture(&self.settings.pictures.join(name)).await
    }

    /// A picture that a page of the documentation names.
    pub(crate) async fn image(&self, window: &Window, name: &str) -> Outcome {
        window.picture(&self.settings.pictures.join(format!("{name}.png"))).await
    }

    /// A message of the console that has this text is no fault in this scenario.
    pub(crate) async fn expect_message(&self, text: &'static str) {
        self.expected.lock().await.push(text);
    }

    /// No window's console has an error, nor tells of something that a Content-Security-Policy kept out.
    pub(crate) async fn quiet(&self) -> Outcome {
        let expected = self.expected.lock().await.clone();
        for window in self.windows.lock().await.iter() {
            let said = window.complaints().await?;
            let odd: Vec<String> = said.into_iter().filter(|line| !expected.iter().any(|text| line.contains(text))).collect();
            if !odd.is_empty() {
                return Err(format!("the browser's console: expected nothing, seen {}", odd.join(" | ")).into());
            }
        }
        Ok(())
    }

    /// Where the picture is of each window, and which page it shows.
    pub(crate) async fn picture_of_failure(&self) -> String {
        let mut told = String::new();
        for (index, window) in self.windows.lock().await.iter().enumerate() {
            let path = self.settings.pictures.join(format!("{}-FAILED-{index}.png", self.scenario.slug()));
            let at = window.address().await.unwrap_or_else(|Failure(why)| why);
            let shown = match window.picture(&path).await {
                Ok(()) => path.display().to_string(),
                Err(Failure(why)) => format!("none, {why}"),
            };
            let _ = write!(told, "\n  at {at}, picture: {shown}");
        }
        told
    }

    pub(crate) async fn close(&self) {
        for window in self.windows.lock().await.drain(..) {
            window.close().await;
        }
    }
}
