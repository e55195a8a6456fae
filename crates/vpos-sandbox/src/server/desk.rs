//! A bank at its desk: the simulated bank, its moods, what it holds back, and how it was when the sandbox started.

use std::collections::BTreeMap;

use http::Request;

use super::mood::Moods;
use super::{BankName, SandboxConfig};
use crate::{AnyBank, CecaBank, ElavonBank, Ledger, PaypalBank, RedsysBank, SimulatedBank as _};

/// One bank.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) bank: AnyBank,
    pub(super) moods: Moods,
    /// Messages that wait for another to go first.
    pub(super) held: Vec<Request<Vec<u8>>>,
    /// Which life of the bank it is: what an earlier one meant to send is not sent.
    pub(super) life: u64,
    /// Where the browser went from a page; none while the bank is still busy with it.
    pub(super) left: BTreeMap<String, Option<Left>>,
    fresh: AnyBank,
}

/// How a page was left.
#[derive(Clone, Debug)]
pub(super) struct Left {
    pub(super) choice: &'static str,
    pub(super) browser: Option<Request<Vec<u8>>>,
}

impl Desk {
    fn new(bank: AnyBank) -> Self {
        Self { fresh: bank.clone(), bank, moods: Moods::default(), held: Vec::new(), life: 0, left: BTreeMap::new() }
    }

    pub(super) fn ledger(&self) -> &Ledger {
        self.bank.ledger()
    }

    /// Empty books, no mood.
    pub(super) fn reset(&mut self) {
        *self = Self { life: self.life + 1, ..Self::new(self.fresh.clone()) };
    }

    /// The merchant gives the address for notifications in the bank's panel. It outlives a reset.
    ///
    /// # Errors
    /// When the bank has no such panel.
    pub(super) fn register(&mut self, address: Option<&str>) -> Result<(), &'static str> {
        for bank in [&mut self.bank, &mut self.fresh] {
            match bank {
                AnyBank::Ceca(bank) => bank.register_notification_url(address.map(str::to_owned)),
                AnyBank::Paypal(bank) => bank.register_notification_url(address.map(str::to_owned)),
                AnyBank::Elavon(_) | AnyBank::Redsys(_) => return Err("this bank takes the address from the form"),
            }
        }
        Ok(())
    }
}

/// All five.
#[derive(Debug)]
pub(super) struct Desks {
    redsys: Desk,
    ceca: Desk,
    elavon: Desk,
    paypal: Desk,
    paypal_nvp: Desk,
}

impl Desks {
    pub(super) fn new(config: SandboxConfig) -> Self {
        Self {
            redsys: Desk::new(AnyBank::Redsys(RedsysBank::new(config.redsys))),
            ceca: Desk::new(AnyBank::Ceca(CecaBank::new(config.ceca))),
            elavon: Desk::new(AnyBank::Elavon(ElavonBank::new(config.elavon))),
            paypal: Desk::new(AnyBank::Paypal(PaypalBank::new(config.paypal))),
            paypal_nvp: Desk::new(AnyBank::Paypal(PaypalBank::new(config.paypal_nvp))),
        }
    }

    pub(super) fn desk(&self, bank: BankName) -> &Desk {
        match bank {
            BankName::Ceca => &self.ceca,
            BankName::Elavon => &self.elavon,
            BankName::Paypal => &self.paypal,
            BankName::PaypalNvp => &self.paypal_nvp,
            BankName::Redsys => &self.redsys,
        }
    }

    pub(super) fn desk_mut(&mut self, bank: BankName) -> &mut Desk {
        match bank {
            BankName::Ceca => &mut self.ceca,
            BankName::Elavon => &mut self.elavon,
            BankName::Paypal => &mut self.paypal,
            BankName::PaypalNvp => &mut self.paypal_nvp,
            BankName::Redsys => &mut self.redsys,
        }
    }
}
