//! `cargo xtask demo`: the simulated banks and the shop on this machine; with `--once` a buyer who tries them all.

mod browser;
mod buyer;
mod page;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use browser::Browser;

use crate::postgres::{free_port, password};
use crate::root;

/// Start the simulated banks and the shop on free ports of this machine, and print where they are. No money moves.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Buy once with each contract, refund it, check both, and end.
    #[arg(long)]
    pub(crate) once: bool,
}

/// How long a program may take to open.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    println!("demo: building the banks and the shop (the first time this takes minutes)");
    build()?;
    let town = Town::open()?;
    if arguments.once {
        let told = buyer::tour(&town.shop, &town.password)?;
        println!("demo: {} banks, {} steps passed", told.banks, told.steps);
        return Ok(());
    }
    println!("demo: the shop:        {}", town.shop);
    println!("demo: its back office: {}/admin  password: {}", town.shop, town.password);
    println!("demo: the banks:       {}/control", town.banks);
    println!("demo: Ctrl-C ends it all");
    town.wait()
}

fn build() -> Result<(), String> {
    let words = ["build", "--quiet", "-p", "shop", "-p", "vpos-sandbox", "--features", "vpos-sandbox/bin"];
    let status = Command::new(env!("CARGO")).args(words).current_dir(root()).status().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err("the shop and the banks do not build".into()) }
}

/// The two programs, until this is dropped.
struct Town {
    banks: String,
    shop: String,
    password: String,
    programs: Vec<Program>,
    _folder: Folder,
}

impl Town {
    fn open() -> Result<Self, String> {
        let folder = Folder::new()?;
        // two of the banks know the shop's address from their own panel, so it is chosen before they open
        let port = free_port()?;
        let (shop, password) = (format!("http://127.0.0.1:{port}"), password()?);
        let told = |bank: &str| format!("[{bank}]\nnotification_url = \"{shop}/vpos/notification/{bank}\"\n");
        let panel = folder.write("banks.toml", &["ceca", "paypal", "paypal-nvp"].map(told).concat())?;

        let mut command = Command::new(program("vpos-sandbox")?);
        command.args(["--port", "0", "--config"]).arg(panel);
        let (banks_program, banks) = Program::start(command, "The banks are open at ", &folder.0.join("banks.log"))?;
        let contracts = folder.write("vpos.toml", &contracts(&banks)?)?;

        let mut command = Command::new(program("shop")?);
        command.env("SHOP_LISTEN", format!("127.0.0.1:{port}")).env("SHOP_URL", &shop).env("VPOS_TOML", contracts);
        command.env("SHOP_ADMIN_PASSWORD", &password).env_remove("SHOP_PROXIES");
        command.env("DATABASE_URL", format!("sqlite:{}", folder.0.join("shop.db").display()));
        let (shop_program, _) = Program::start(command, "The shop is open at ", &folder.0.join("shop.log"))?;
        Ok(Self { banks, shop, password, programs: vec![shop_program, banks_program], _folder: folder })
    }

    /// Until one of the two ends.
    fn wait(mut self) -> Result<(), String> {
        loop {
            for program in &mut self.programs {
                if let Ok(Some(status)) = program.child.try_wait() {
                    return Err(format!("{} has ended: {status}", program.name));
                }
            }
            thread::sleep(Duration::from_millis(500));
        }
    }
}

/// The contracts, as the banks' front page shows them.
fn contracts(banks: &str) -> Result<String, String> {
    let page = Browser::new().get(banks)?;
    page.text_of("pre").ok_or_else(|| format!("{banks}: no contracts are shown"))
}

/// A program of the workspace, beside this one.
fn program(name: &str) -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let path = here.with_file_name(name).with_extension(std::env::consts::EXE_EXTENSION);
    if path.is_file() { Ok(path) } else { Err(format!("{}: was not built", path.display())) }
}

/// A program that runs until it is dropped. What it says on its error output goes to a file.
struct Program {
    name: &'static str,
    child: Child,
}

impl Program {
    /// Starts it and waits for the line that says where it is.
    fn start(mut command: Command, line: &'static str, log: &Path) -> Result<(Self, String), String> {
        let say = |error: std::io::Error| format!("{}: {error}", command_name(line));
        let file = fs::File::create(log).map_err(say)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file).current_dir(root());
        let mut program = Self { name: command_name(line), child: command.spawn().map_err(say)? };
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
}

/// For messages: which of the two it is.
fn command_name(line: &str) -> &'static str {
    if line.contains("shop") { "the shop" } else { "the banks" }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder under target/ for this run; what runs that were killed left behind goes too.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, String> {
        let home = root().join("target/demo");
        for entry in fs::read_dir(&home).into_iter().flatten().flatten() {
            let ended = Path::new("/proc/self").exists() && !Path::new("/proc").join(entry.file_name()).exists();
            if ended {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let folder = home.join(std::process::id().to_string());
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self(folder))
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let path = self.0.join(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
