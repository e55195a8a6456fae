//! `cargo xtask demo`: the simulated banks and the shop on this machine; with `--once` a buyer who tries them all.

mod browser;
mod buyer;
mod page;
mod town;

pub(crate) use town::Town;

use crate::shell::{cargo, succeed};

/// Start the simulated banks and the shop on free ports of this machine, and print where they are. No money moves.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Buy once with each contract, refund it, check both, and end.
    #[arg(long)]
    pub(crate) once: bool,
}

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

/// The two programs, as they are now.
pub(crate) fn build() -> Result<(), String> {
    let words = ["build", "--quiet", "-p", "shop", "-p", "vpos-sandbox", "--features", "vpos-sandbox/bin"];
    succeed(cargo().args(words), "the shop and the banks do not build")
}
