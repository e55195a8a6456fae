//! Running cargo, a step at a time, and saying which step failed.

use std::process::Command;
use std::time::Instant;

use crate::root;

/// Cargo in the workspace's folder.
///
/// What the cargo that started this program told it about itself is taken away: build scripts look at it (ring's does), and would
/// compile most of the workspace anew each time that the two take turns.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// Runs a command to its end; `failed` is said where that is a bad one.
pub(crate) fn succeed(command: &mut Command, failed: &str) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if status.success() { Ok(()) } else { Err(failed.to_owned()) }
}

/// Steps with a name each; the first that fails ends the run.
#[derive(Default)]
pub(crate) struct Steps {
    passed: usize,
    skipped: Vec<String>,
    variables: Vec<(&'static str, String)>,
}

impl Steps {
    /// Sets an environment variable for all steps that follow.
    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.variables.push((name, value));
    }

    /// Says that something could not be done here; the last line counts it.
    pub(crate) fn skip(&mut self, what: &str) {
        println!("── SKIPPED: {what}");
        self.skipped.push(what.to_owned());
    }

    /// Runs cargo with those words (parted by spaces) in the workspace's folder.
    pub(crate) fn cargo(&mut self, words: &str) -> Result<(), String> {
        self.cargo_with(words, &[])
    }

    /// The same with environment variables.
    pub(crate) fn cargo_with(&mut self, words: &str, variables: &[(&str, &str)]) -> Result<(), String> {
        let set: Vec<(&str, String)> = self.variables.clone();
        self.step(&format!("cargo {words}"), || {
            let mut command = cargo();
            command.args(words.split_whitespace()).envs(variables.iter().copied()).envs(set);
            let status = command.status().map_err(|error| error.to_string())?;
            if status.success() { Ok(()) } else { Err(format!("exit code {}", status.code().unwrap_or(-1))) }
        })
    }

    /// Runs something of our own.
    pub(crate) fn step(&mut self, name: &str, run: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
        println!("── {name}");
        let begun = Instant::now();
        run().map_err(|reason| format!("{name}: {reason}"))?;
        println!("── {name}: ok in {:.1?}", begun.elapsed());
        self.passed += 1;
        Ok(())
    }

    /// The line that says it all.
    pub(crate) fn finish(&self) {
        for what in &self.skipped {
            println!("── SKIPPED: {what}");
        }
        let skipped = if self.skipped.is_empty() { String::new() } else { format!(", {} skipped", self.skipped.len()) };
        println!("steps: {} passed, 0 failed{skipped}", self.passed);
    }
}
