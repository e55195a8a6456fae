//! `cargo xtask browser`: a real headless Chromium in the shop of `cargo xtask demo`, at the simulated banks.
//!
//! What the buyers do is in the shop's `tests/browser`; here is what they need: banks, shop, and a driver of the browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use http::{Request, Uri};
use vpos::TimeLimit;
use vpos::core::blocking::{Transport as _, UreqTransport};

use crate::demo::{self, Town};
use crate::program::Program;
use crate::root;
use crate::shell::{cargo, succeed};

/// Buy in the shop with a real headless Chromium: at each bank, without script, by keyboard, back, twice, and in the back office.
///
/// Needs Debian's packages `chromium` and `chromium-driver`, or others that bring `chromium` and `chromedriver`. A picture of each
/// step is in target/browser.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// Write the four pictures of the READMEs, docs/images, and do nothing else.
    #[arg(long)]
    images: bool,
    /// Only scenarios whose name contains this.
    #[arg(long, conflicts_with = "images")]
    only: Option<String>,
}

/// What has to be installed.
pub(crate) const PACKAGES: &str = "the packages `chromium` and `chromium-driver` are not installed";

/// The test that drives.
const TEST: [&str; 6] = ["test", "--quiet", "-p", "shop", "--test", "browser"];

const FAILED: &str = "the buyers did not get what they should";

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let (Some(chromium), true) = (chromium(), is_found("chromedriver")) else { return Err(PACKAGES.into()) };
    println!("browser: building the banks, the shop and its buyers");
    demo::build()?;
    succeed(cargo().args(TEST).arg("--no-run"), FAILED)?;
    let town = Town::open()?;
    let driver = Driver::start(town.folder())?;
    let pictures = if arguments.images { images()? } else { pictures()? };

    let mut command = cargo();
    command.args(TEST).arg("--");
    command.args(arguments.images.then_some("--images"));
    command.args(arguments.only.iter().flat_map(|only| ["--only", only]));
    command.env("VPOS_BROWSER_DRIVER", &driver.url).env("VPOS_BROWSER_CHROMIUM", chromium);
    command.env("VPOS_BROWSER_SHOP", &town.shop).env("VPOS_BROWSER_PASSWORD", &town.password);
    command.env("VPOS_BROWSER_BANKS", &town.banks);
    command.env("VPOS_BROWSER_PROFILES", &driver.profiles).env("VPOS_BROWSER_PICTURES", pictures);
    succeed(&mut command, FAILED)
}

/// Whether both programs are there.
pub(crate) fn is_installed() -> bool {
    chromium().is_some() && is_found("chromedriver")
}

/// The browser, under one of its names.
fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(found)
}

fn is_found(name: &str) -> bool {
    found(name).is_some()
}

fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// What the READMEs show.
fn images() -> Result<PathBuf, String> {
    let folder = root().join("docs/images");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// An empty folder in the target folder, wherever that is.
fn pictures() -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = here.parent().and_then(Path::parent).ok_or("this program is in no target folder")?;
    let folder = target.join("browser");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// The driver; dropped, it ends its browsers and itself.
struct Driver {
    url: String,
    profiles: PathBuf,
    program: Program,
}

/// How long the browsers may take to close.
const CLOSING: Duration = Duration::from_secs(5);

impl Driver {
    fn start(folder: &Path) -> Result<Self, String> {
        let profiles = folder.join("browsers");
        fs::create_dir_all(&profiles).map_err(|error| format!("{}: {error}", profiles.display()))?;
        let mut command = Command::new("chromedriver");
        // nothing of the person who runs this is read, and nothing stays
        command.arg("--port=0").env("XDG_CONFIG_HOME", &profiles).env("XDG_CACHE_HOME", &profiles);
        let log = folder.join("chromedriver.log");
        let (program, port) = Program::start("chromedriver", command, "ChromeDriver was started successfully on port ", &log)?;
        Ok(Self { url: format!("http://127.0.0.1:{}", port.trim_end_matches('.')), profiles, program })
    }

    /// Asks it to close its browsers.
    fn shut_down(&self) -> Result<(), String> {
        let uri: Uri = format!("{}/shutdown", self.url).parse().map_err(|error| format!("{error}"))?;
        let request = Request::builder().uri(uri).body(Vec::new()).map_err(|error| error.to_string())?;
        let answer = UreqTransport::new().send(request, TimeLimit::new("shutdown", CLOSING));
        answer.map(drop).map_err(|lost| lost.to_string())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.shut_down();
        let begun = Instant::now();
        while self.program.still_runs().is_ok() && begun.elapsed() < CLOSING {
            thread::sleep(Duration::from_millis(50));
        }
        for process in processes_with(&self.profiles.display().to_string()) {
            let _ = Command::new("kill").args(["-9", &process]).status();
        }
    }
}

/// The processes that have this in their words: no browser but ours uses the folder.
fn processes_with(text: &str) -> Vec<String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let ours = |process: &String| {
        let words = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        process.bytes().all(|byte| byte.is_ascii_digit()) && String::from_utf8_lossy(&words).contains(text)
    };
    names.filter(ours).collect()
}
