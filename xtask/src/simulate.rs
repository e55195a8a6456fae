//! `cargo xtask simulate`: the crash interpreter of vpos-store, on SQLite and on a PostgreSQL of its own.

use crate::postgres;
use crate::shell::{cargo, succeed};

/// Stop the payment flow at every await point, lose every answer, and compare the end with the banks' own books.
///
/// The tests run it too; here for more schedules, and to repeat a failing one: its print names seed, store and number.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// So many random schedules after the exhaustive ones.
    #[arg(long, default_value_t = 10_000)]
    schedules: u64,
    /// The dice of numbers and random schedules.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// This one alone.
    #[arg(long)]
    only: Option<u64>,
    /// On this store alone: sqlite, postgresql or memory.
    #[arg(long)]
    store: Option<String>,
    /// Paths alone whose name contains this.
    #[arg(long)]
    path: Option<String>,
    /// Die at both of the steps between two calls, although nothing happens between them.
    #[arg(long)]
    every_step: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let server = if std::env::var_os(postgres::VARIABLE).is_some() { None } else { postgres::Server::start()? };
    let mut command = cargo();
    command.args(["test", "--quiet", "-p", "vpos-store", "--all-features", "--test", "simulate", "--"]);
    command.args(["--schedules", &arguments.schedules.to_string(), "--seed", &arguments.seed.to_string()]);
    if let Some(only) = arguments.only {
        command.args(["--only", &only.to_string()]);
    }
    for (flag, value) in [("--store", &arguments.store), ("--path", &arguments.path)] {
        command.args(value.iter().flat_map(|value| [flag, value.as_str()]));
    }
    command.args(arguments.every_step.then_some("--every-step"));
    if let Some(server) = &server {
        command.env(postgres::VARIABLE, server.url());
    }
    succeed(&mut command, "simulate failed")
}
