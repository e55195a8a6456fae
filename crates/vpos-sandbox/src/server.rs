//! The banks behind a real HTTP server: the buyer's pages, notifications that are really sent, the banks' moods, and a control
//! panel with a small API. For tests, demos and a developer's machine; it listens on the loopback interface alone.
//!
//! | module | holds |
//! |---|---|
//! | `addresses` | [`Addresses`]: what a shop's contract has to say |
//! | `bank_name` | [`BankName`]: one of the five desks |
//! | `buyer` | the page on which the buyer chooses, and where the browser goes next |
//! | `calls` | what comes to a bank's own addresses |
//! | `config` | [`SandboxConfig`]: the contracts, by default the test ones |
//! | `control` | `/control`: panel and API |
//! | `deliver` | notifications to the shop, and how it answers |
//! | `desk` | a bank with its moods and what is held back |
//! | `html` | every page |
//! | `language` | Spanish or English |
//! | `listen` | sockets, and connections that are cut |
//! | `mood` | what can go wrong |
//! | `record` | all that happened |
//! | `shared` | what handlers share, and the clock |

mod addresses;
mod bank_name;
mod buyer;
mod calls;
mod config;
mod control;
mod deliver;
mod desk;
mod html;
mod language;
mod listen;
mod mood;
mod record;
mod shared;

use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

pub use addresses::Addresses;
pub use bank_name::BankName;
pub use config::SandboxConfig;
use listen::Listener;
use shared::Shared;

use crate::Ledger;

/// The running server. It stops when this is dropped.
///
/// ```
/// use vpos_sandbox::{BankName, Sandbox, SandboxConfig};
///
/// let sandbox = Sandbox::start(SandboxConfig::default())?;
/// assert!(sandbox.addresses().base.starts_with("http://127.0.0.1:"));
/// assert!(sandbox.addresses().vpos_toml().contains("[pos.redsys]"));
/// assert_eq!(sandbox.ledger(BankName::Redsys, |ledger| ledger.movements().len()), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Sandbox {
    addresses: Addresses,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

impl Sandbox {
    /// Opens the port (0: any that is free) and serves, on threads of its own.
    ///
    /// # Errors
    /// When the port cannot be opened.
    pub fn start(config: SandboxConfig) -> io::Result<Self> {
        let listener = Listener::bind(config.port)?;
        let base = format!("http://127.0.0.1:{}", listener.port());
        let addresses = Addresses::new(&base, &config);
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("vpos-sandbox").enable_all().build()?;
        let shared = Arc::new(Shared::new(config, addresses.clone()));
        runtime.spawn(listener.serve(calls::router(Arc::clone(&shared))));
        Ok(Self { addresses, shared, runtime: Some(runtime) })
    }

    /// Where everything is.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// A look into a bank's books.
    pub fn ledger<T>(&self, bank: BankName, look: impl FnOnce(&Ledger) -> T) -> T {
        self.shared.with(|desks| look(desks.desk(bank).ledger()))
    }

    /// Serves until the program is ended from outside.
    pub fn serve_for_ever(self) -> ! {
        loop {
            std::thread::park();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // a wait for the tasks would not be allowed inside another runtime
            runtime.shutdown_background();
        }
    }
}
