//! The workspace's chores. `cargo xtask help` lists them; each is one file.

mod browser;
mod ci;
mod codes;
mod demo;
mod features;
mod postgres;
mod program;
mod replay;
mod shell;
mod simulate;
mod test;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The workspace's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = false)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Browser(browser::Arguments),
    Ci(ci::Arguments),
    Codes(codes::Arguments),
    Demo(demo::Arguments),
    Postgres(postgres::Arguments),
    Replay(replay::Arguments),
    Simulate(simulate::Arguments),
    Test(test::Arguments),
    Tidy(tidy::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Browser(arguments) => browser::run(&arguments),
        Command::Ci(arguments) => ci::run(&arguments),
        Command::Codes(arguments) => codes::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Postgres(arguments) => postgres::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Tidy(arguments) => tidy::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if !message.is_empty() {
                eprintln!("xtask: {message}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The folder with the workspace's Cargo.toml.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(PathBuf::from).unwrap_or(here)
}
