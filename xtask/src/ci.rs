//! `cargo xtask ci`: what must hold before a change lands.

use std::process::Stdio;

use crate::shell::{Steps, cargo};
use crate::{features, test, tidy};

/// Run what must hold before a change lands: fmt, clippy, doc, deny, fuzz and benches that build, tidy, and `test`.
///
/// Needs rustfmt, clippy and cargo-deny besides the toolchain; a C++ compiler for the fuzz targets.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leave `test` out: it has just been run
    #[arg(long)]
    tested: bool,
}

/// The version that .ci/run installs.
const DENY: &str = "cargo install --locked cargo-deny@0.20.2";

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let mut steps = Steps::default();
    steps.cargo("fmt --all --check")?;
    // crate by crate, so that features are not unified
    for set in features::all()? {
        steps.cargo(&format!("clippy --quiet -p {} {} --all-targets -- -D warnings", set.package, set.flags))?;
    }
    steps.cargo("clippy --quiet -p xtask --all-targets -- -D warnings")?;
    steps.cargo_with(
        "doc --quiet --workspace --all-features --no-deps --document-private-items",
        &[("RUSTDOCFLAGS", "-D warnings")],
    )?;
    if !is_installed("deny") {
        return Err(format!("cargo-deny is not installed: {DENY}"));
    }
    // advisories need a database that not every machine can fetch: `cargo deny check` where it can
    steps.cargo("deny --all-features check bans licenses sources")?;
    steps.cargo("build --quiet --manifest-path fuzz/Cargo.toml")?;
    steps.cargo("bench --quiet --workspace --no-run")?;
    steps.step("tidy", || tidy::run(&tidy::Arguments {}))?;
    if !arguments.tested {
        steps.step("cargo xtask test", || test::run(&test::Arguments {}))?;
    }
    steps.finish();
    Ok(())
}

fn is_installed(command: &str) -> bool {
    let status = cargo().args([command, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
