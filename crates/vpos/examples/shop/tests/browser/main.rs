//! A real browser in the shop and at the simulated banks. `cargo xtask browser` starts all three and tells where they are; without
//! them this says that it is skipped.
//!
//! | module | holds |
//! |---|---|
//! | `books` | the banks' own books: who was charged, and how often |
//! | `scenarios` | what the buyers and the clerk do |
//! | `stage` | a scenario with its windows and pictures |
//! | `steps` | what most of them do: order, pay, go back to the shop |
//! | `window` | a browser: find, click, wait, look |

mod books;
mod scenarios;
mod stage;
mod steps;
mod window;

use std::process::ExitCode;

use scenarios::Scenario;
use stage::{Settings, Stage};

/// What came instead of what should: one sentence for whoever reads the run.
pub(crate) struct Failure(pub(crate) String);

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        // the driver's errors go on with a backtrace
        let text = error.to_string();
        let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("0:") && !line.contains("acktrace"));
        Self(lines.take(5).collect::<Vec<_>>().join(" ").trim().to_owned())
    }
}

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// An error unless the two are the same.
pub(crate) fn require<T: std::fmt::Debug + PartialEq>(what: &str, seen: &T, wanted: &T) -> Outcome {
    if seen == wanted { Ok(()) } else { Err(format!("{what}: expected {wanted:?}, seen {seen:?}").into()) }
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(settings) = Settings::read() else {
        println!("SKIPPED (no VPOS_BROWSER_DRIVER): a real browser; `cargo xtask browser` runs it");
        return ExitCode::SUCCESS;
    };
    // the driver is asked over plain HTTP; its client wants to know all the same
    let _ = rustls::crypto::ring::default_provider().install_default();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let chosen = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--images"] => scenarios::images(),
        ["--only", text] => scenarios::all().into_iter().filter(|scenario| scenario.name.contains(text)).collect(),
        _ => scenarios::all(),
    };
    run(&settings, &chosen).await
}

async fn run(settings: &Settings, scenarios: &[Scenario]) -> ExitCode {
    let mut failed = 0;
    for scenario in scenarios {
        match play(settings, scenario).await {
            Ok(()) => println!("browser: {}", scenario.name),
            Err(Failure(why)) => {
                failed += 1;
                println!("browser: FAILED: {}: {why}", scenario.name);
            }
        }
    }
    let passed = scenarios.len() - failed;
    if failed > 0 || passed == 0 {
        println!("browser: {passed} scenarios passed, {failed} failed");
        return ExitCode::FAILURE;
    }
    println!("browser: {passed} scenarios passed");
    ExitCode::SUCCESS
}

/// Its windows are closed whatever comes.
async fn play(settings: &Settings, scenario: &Scenario) -> Outcome {
    let stage = Stage::new(settings, scenario);
    let mut outcome = (scenario.play)(&stage).await;
    if outcome.is_ok() {
        outcome = stage.quiet().await;
    }
    if let Err(Failure(why)) = &mut outcome {
        why.push_str(&stage.picture_of_failure().await);
    }
    stage.close().await;
    outcome
}
