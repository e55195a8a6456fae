//! A throw-away PostgreSQL server for the tests, from Debian's package: its own data, its own port, gone at the end.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::root;

/// Where the tests look for a server.
pub(crate) const VARIABLE: &str = "VPOS_TEST_POSTGRES";

/// Debian keeps each version in a folder of its own.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Start a throw-away PostgreSQL server, run a command with its address in `VPOS_TEST_POSTGRES`, stop it.
///
/// For instance: cargo xtask postgres cargo test -p vpos-store --all-features
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The command and its words.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let Some(server) = Server::start()? else { return Err("the package `postgresql` is not installed".into()) };
    let Some((program, words)) = arguments.command.split_first() else { return Err("no command".into()) };
    let status = Command::new(program).args(words).env(VARIABLE, server.url()).status();
    let status = status.map_err(|error| format!("{program}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program}: exit code {}", status.code().unwrap_or(-1))) }
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    url: String,
}

impl Server {
    /// Starts one; none where the package is not installed.
    pub(crate) fn start() -> Result<Option<Self>, String> {
        let Some(programs) = programs() else { return Ok(None) };
        sweep(&programs);
        let folder = folder()?;
        let password = password()?;
        let port = free_port()?;
        let server = Self { programs, folder, url: format!("postgres://vpos:{password}@127.0.0.1:{port}/postgres") };
        server.make(&password, port)?;
        Ok(Some(server))
    }

    /// Its address, for the tests.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn make(&self, password: &str, port: u16) -> Result<(), String> {
        let (data, secret, log) = (self.folder.join("data"), self.folder.join("password"), self.folder.join("log"));
        fs::write(&secret, password).map_err(|error| format!("{}: {error}", secret.display()))?;
        let mut init = as_its_user(&self.programs.join("initdb"));
        init.args(["--auth=scram-sha-256", "--username=vpos", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        init.arg("--pgdata").arg(&data).arg("--pwfile").arg(&secret);
        quietly(init)?;
        // the data are thrown away, so nothing waits for the disk
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c max_connections=400 \
             -c fsync=off -c full_page_writes=off"
        );
        let mut start = as_its_user(&self.programs.join("pg_ctl"));
        start.args(["start", "--wait", "--pgdata"]).arg(&data).arg("--log").arg(&log).args(["--options", &options]);
        quietly(start)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&self.programs, &self.folder);
    }
}

/// The programs of the newest version that is installed.
fn programs() -> Option<PathBuf> {
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = fs::read_dir(VERSIONS).ok()?.flatten().map(|entry| entry.path());
    let newest = versions.filter(|path| path.join("bin/initdb").is_file()).max_by_key(version)?;
    Some(newest.join("bin"))
}

/// A folder for this run; below target/, or in the system's temporary folder where the server's user may not go there.
fn folder() -> Result<PathBuf, String> {
    let places = [home(), std::env::temp_dir().join("vpos-postgres")];
    for place in &places {
        let folder = place.join(std::process::id().to_string());
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        if !is_root() {
            return Ok(folder);
        }
        quietly(words("chmod", &["700"], &folder))?;
        quietly(words("chown", &["postgres"], &folder))?;
        let mut look = as_its_user(Path::new("ls"));
        look.arg(&folder);
        if quietly(look).is_ok() {
            return Ok(folder);
        }
        let _ = fs::remove_dir_all(&folder);
    }
    Err(format!("the user postgres may go neither to {} nor to {}", places[0].display(), places[1].display()))
}

fn home() -> PathBuf {
    root().join("target/postgres")
}

/// Ends what a run left behind that was killed.
fn sweep(programs: &Path) {
    for place in [home(), std::env::temp_dir().join("vpos-postgres")] {
        for entry in fs::read_dir(place).into_iter().flatten().flatten() {
            let alive = Path::new("/proc").join(entry.file_name()).exists();
            if !alive {
                end(programs, &entry.path());
            }
        }
    }
}

fn end(programs: &Path, folder: &Path) {
    let mut stop = as_its_user(&programs.join("pg_ctl"));
    stop.args(["stop", "--mode=immediate", "--pgdata"]).arg(folder.join("data"));
    let _ = quietly(stop);
    let _ = fs::remove_dir_all(folder);
}

/// Nobody else on the machine shall reach the server.
pub(crate) fn password() -> Result<String, String> {
    let mut bytes = [0_u8; 16];
    let read = fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(|error| format!("/dev/urandom: {error}"))?;
    Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
}

pub(crate) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

/// PostgreSQL does not run as root: Debian's package has made a user for it.
fn as_its_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
    command
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn words(program: &str, arguments: &[&str], path: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).arg(path);
    command
}

/// Runs a program; what it says is told only where it fails.
fn quietly(mut command: Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&said).trim()))
}
