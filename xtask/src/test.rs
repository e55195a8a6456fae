//! `cargo xtask test`: everything that the README promises.

use crate::shell::Steps;
use crate::{browser, codes, demo, features, postgres, replay, tidy};

/// Run everything that the README promises: unit tests, doc tests, examples, every feature set, replay, tidy.
///
/// Needs a stable Rust toolchain; for the tests on PostgreSQL Debian's package `postgresql` too, or the address of a server in
/// `VPOS_TEST_POSTGRES`; for those in a browser `chromium` and `chromium-driver`. Without them those are skipped, and the last line
/// says so.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> Result<(), String> {
    let mut steps = Steps::default();
    // kept until the end: it stops when it is dropped
    let _postgres = postgres(&mut steps)?;
    steps.cargo("test --workspace --all-features")?;
    // the step above has every feature on
    for set in features::all()?.into_iter().filter(|set| set.flags != "--all-features") {
        steps.cargo(&format!("test --quiet -p {} {}", set.package, set.flags))?;
    }
    for example in [
        "-p vpos-ceca --example ceca_form_and_notification",
        "-p vpos-redsys --example redsys_form_and_notification",
        "-p vpos --features redsys --example notification_handler",
        "-p vpos --features paypal --example paypal_handler",
    ] {
        steps.cargo(&format!("run --quiet {example}"))?;
    }
    steps.cargo("run --quiet -p vpos --features redsys --example refund")?;
    steps.cargo("run --quiet -p vpos-elavon --example elavon_form_and_notification")?;
    steps.cargo("run --quiet -p vpos-paypal --example paypal_form_and_return")?;
    steps.step("demo --once", || demo::run(&demo::Arguments { once: true }))?;
    if browser::is_installed() {
        steps.step("browser", || browser::run(&browser::Arguments::default()))?;
    } else {
        steps.skip(&format!("every page in a real browser: {}", browser::PACKAGES));
    }
    steps.step("replay fixtures/", || replay::run(&replay::Arguments::default()))?;
    steps.step("codes --check", || codes::run(&codes::Arguments { check: true }))?;
    steps.step("tidy", || tidy::run(&tidy::Arguments {}))?;
    steps.finish();
    Ok(())
}

/// The server for the tests, unless there is one already.
fn postgres(steps: &mut Steps) -> Result<Option<postgres::Server>, String> {
    if std::env::var_os(postgres::VARIABLE).is_some() {
        return Ok(None);
    }
    let server = postgres::Server::start().map_err(|reason| format!("PostgreSQL does not start: {reason}"))?;
    match &server {
        Some(server) => steps.set(postgres::VARIABLE, server.url().to_owned()),
        None => steps.skip("every test on PostgreSQL: the package `postgresql` is not installed"),
    }
    Ok(server)
}
