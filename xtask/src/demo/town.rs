//! The simulated banks and the shop, each a program of its own on a free port, with a folder for what they keep.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::browser::Browser;
use crate::postgres::{free_port, password};
use crate::program::{Program, built};
use crate::root;

/// The two programs, until this is dropped.
pub(crate) struct Town {
    pub(crate) banks: String,
    pub(crate) shop: String,
    pub(crate) password: String,
    programs: Vec<Program>,
    folder: Folder,
}

impl Town {
    pub(crate) fn open() -> Result<Self, String> {
        let folder = Folder::new()?;
        // two of the banks know the shop's address from their own panel, so it is chosen before they open
        let port = free_port()?;
        let (shop, password) = (format!("http://127.0.0.1:{port}"), password()?);
        let told = |bank: &str| format!("[{bank}]\nnotification_url = \"{shop}/vpos/notification/{bank}\"\n");
        let panel = folder.write("banks.toml", &["ceca", "paypal", "paypal-nvp"].map(told).concat())?;

        let mut command = Command::new(built("vpos-sandbox")?);
        command.args(["--port", "0", "--config"]).arg(panel);
        let (banks_program, banks) = Program::start("the banks", command, "The banks are open at ", &folder.0.join("banks.log"))?;
        let contracts = folder.write("vpos.toml", &contracts(&banks)?)?;

        let mut command = Command::new(built("shop")?);
        command.env("SHOP_LISTEN", format!("127.0.0.1:{port}")).env("SHOP_URL", &shop).env("VPOS_TOML", contracts);
        command.env("SHOP_ADMIN_PASSWORD", &password).env_remove("SHOP_PROXIES");
        command.env("DATABASE_URL", format!("sqlite:{}", folder.0.join("shop.db").display()));
        let (shop_program, _) = Program::start("the shop", command, "The shop is open at ", &folder.0.join("shop.log"))?;
        Ok(Self { banks, shop, password, programs: vec![shop_program, banks_program], folder })
    }

    /// A folder that goes with the town.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// Until one of the two ends.
    pub(crate) fn wait(mut self) -> Result<(), String> {
        loop {
            for program in &mut self.programs {
                program.still_runs()?;
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
