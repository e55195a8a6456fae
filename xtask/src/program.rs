//! Programs that run beside this one, and end with it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::root;

/// How long a program may take to open.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program of the workspace, beside this one.
pub(crate) fn built(name: &str) -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let path = here.with_file_name(name).with_extension(std::env::consts::EXE_EXTENSION);
    if path.is_file() { Ok(path) } else { Err(format!("{}: was not built", path.display())) }
}

/// A program that runs until it is dropped. What it says on its error output goes to a file.
pub(crate) struct Program {
    name: &'static str,
    child: Child,
}

impl Program {
    /// Starts it and waits for the line that says where it is.
    pub(crate) fn start(
        name: &'static str,
        mut command: Command,
        line: &'static str,
        log: &Path,
    ) -> Result<(Self, String), String> {
        let say = |error: std::io::Error| format!("{name}: {error}");
        let file = fs::File::create(log).map_err(say)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file).current_dir(root());
        let mut program = Self { name, child: command.spawn().map_err(say)? };
        let Some(output) = program.child.stdout.take() else { return Err(format!("{}: no output", program.name)) };
        let (tell, told) = mpsc::channel();
        // it is read to its end, so that the program never waits for a reader
        thread::spawn(move || {
            for text in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(address) = text.strip_prefix(line) {
                    let _ = tell.send(address.to_owned());
                }
            }
        });
        let address = told.recv_timeout(PATIENCE).map_err(|_| {
            let why = fs::read_to_string(log).unwrap_or_default();
            format!("{} did not open: {}", program.name, why.trim())
        })?;
        Ok((program, address))
    }

    /// An error where it has ended.
    pub(crate) fn still_runs(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(Some(status)) => Err(format!("{} has ended: {status}", self.name)),
            _ => Ok(()),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
