//! The program `vpos-sandbox`: the four banks on a port of this machine, until it is ended.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Parser};
use vpos_sandbox::{Sandbox, SandboxConfig};

/// The banks, simulated over HTTP: pages, notifications, calls, and a control panel. No money moves.
#[derive(Debug, Parser)]
#[command(name = "vpos-sandbox", version)]
struct Arguments {
    /// The port on 127.0.0.1; 0: any that is free.
    #[arg(long, default_value_t = 8910)]
    port: u16,
    /// A TOML file with contracts other than the test ones.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Whether the control panel and its API are there.
    #[arg(long, action = ArgAction::Set, default_value_t = true, value_name = "BOOL")]
    control: bool,
    /// Send notifications to other machines too.
    #[arg(long)]
    allow_remote: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(sandbox) => sandbox.serve_for_ever(),
        Err(error) => {
            eprintln!("vpos-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<Sandbox, String> {
    let mut config = match &arguments.config {
        Some(path) => {
            let say = |error: String| format!("{}: {error}", path.display());
            SandboxConfig::from_toml(&read(path).map_err(say)?).map_err(say)?
        }
        None => SandboxConfig::default(),
    };
    (config.port, config.control, config.allow_remote) = (arguments.port, arguments.control, arguments.allow_remote);
    let sandbox = Sandbox::start(config).map_err(|error| format!("port {}: {error}", arguments.port))?;
    let addresses = sandbox.addresses();
    println!("The banks are open at {}", addresses.base);
    if arguments.control {
        println!("Control panel: {}", addresses.control);
    }
    println!("\n# vpos.toml\n{}", addresses.vpos_toml());
    Ok(sandbox)
}

#[expect(clippy::disallowed_methods, reason = "a program reads its configuration")]
fn read(path: &std::path::Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}
