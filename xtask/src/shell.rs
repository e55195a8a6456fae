//! Running cargo, a step at a time, and saying which step failed.

use std::process::Command;
use std::time::Instant;

use crate::root;

/// Steps with a name each; the first that fails ends the run.
#[derive(Default)]
pub(crate) struct Steps {
    passed: usize,
}

impl Steps {
    /// Runs cargo with those words (parted by spaces) in the workspace's folder.
    pub(crate) fn cargo(&mut self, words: &str) -> Result<(), String> {
        self.cargo_with(words, &[])
    }

    /// The same with environment variables.
    pub(crate) fn cargo_with(&mut self, words: &str, variables: &[(&str, &str)]) -> Result<(), String> {
        self.step(&format!("cargo {words}"), || {
            let mut command = Command::new(env!("CARGO"));
            command.args(words.split_whitespace()).envs(variables.iter().copied()).current_dir(root());
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
        println!("steps: {} passed, 0 failed", self.passed);
    }
}
