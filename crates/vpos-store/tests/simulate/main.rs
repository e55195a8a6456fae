//! The crash interpreter: stops the flow after every await point, loses every answer of every bank, goes on in every way, and
//! compares the end with the banks' own books. `cargo xtask simulate --schedules N --seed S` runs more of it.
//!
//! A store, the line to the bank, the merchant and the clock are wrapped ([`stepped`]): before and after each call is a numbered
//! step, and at the chosen one the call never comes back ([`control`]). Time is virtual; nothing sleeps.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod bank;
mod control;
mod oracle;
mod path;
mod run;
mod schedule;
mod shop;
mod stepped;
mod stores;
mod world;

use std::process::ExitCode;

use run::{Tally, Wanted};

/// So many schedules are played at least.
const AT_LEAST: u64 = 10_000;

fn main() -> ExitCode {
    let Some(arguments) = Arguments::read(std::env::args().skip(1)) else { return ExitCode::SUCCESS };
    let begun = std::time::Instant::now();
    let tallies = stores::run(&arguments);
    let (mut played, mut failed, mut stores) = (0, 0, Vec::new());
    for (store, tally) in &tallies {
        print(store, tally);
        played += tally.played;
        failed += tally.failed;
        stores.push(format!("{store} {}", tally.played));
    }
    println!(
        "simulate: {played} schedules ({}), {failed} failed, seed {}, {:.0?}",
        stores.join(", "),
        arguments.wanted.seed,
        begun.elapsed()
    );
    if failed > 0 || played == 0 {
        return ExitCode::FAILURE;
    }
    if arguments.is_whole() && played < AT_LEAST {
        println!("simulate: fewer than {AT_LEAST} schedules");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn print(store: &str, tally: &Tally) {
    let Tally { played, crashed, crashed_twice, with_losses, paths, .. } = tally;
    println!(
        "{store}: {paths} paths, {played} schedules, {crashed} died, {crashed_twice} died twice, {with_losses} lost answers"
    );
    for (path, count) in &tally.failed_paths {
        println!("{store}: FAILED {count} times: {path:?}");
    }
    for (hole, count) in &tally.holes {
        println!("{store}: allowed, {count} times: {}", hole.words());
    }
}

/// What the command line asks for.
struct Arguments {
    wanted: Wanted,
    store: Option<String>,
}

impl Arguments {
    /// None when a filter of `cargo test` means other tests.
    fn read(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let wanted = Wanted { seed: 1, random: 500, every_step: false, only: None, path: None, every_way: false };
        let mut arguments = Self { wanted, store: None };
        let number = |word: Option<String>| word.and_then(|word| word.parse::<u64>().ok()).expect("a number");
        while let Some(word) = words.next() {
            // whoever asks for something wants all of it
            arguments.wanted.every_way |= ["--schedules", "--seed", "--only", "--path", "--store"].contains(&word.as_str());
            match word.as_str() {
                "--schedules" => arguments.wanted.random = number(words.next()),
                "--seed" => arguments.wanted.seed = number(words.next()),
                "--only" => arguments.wanted.only = Some(number(words.next())),
                "--path" => arguments.wanted.path = words.next(),
                "--store" => arguments.store = words.next(),
                "--every-step" => arguments.wanted.every_step = true,
                "--list" => return None,
                "--test-threads" | "--skip" | "--format" | "--color" => drop(words.next()),
                flag if flag.starts_with('-') => {}
                filter if "simulate".contains(filter) => {}
                _ => return None,
            }
        }
        Some(arguments)
    }

    fn is_whole(&self) -> bool {
        self.wanted.only.is_none() && self.wanted.path.is_none() && self.store.is_none()
    }
}
