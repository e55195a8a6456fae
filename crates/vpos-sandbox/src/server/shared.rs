//! What every handler shares: the desks, the record, and the clock, which nothing else here reads.
#![expect(clippy::disallowed_methods, reason = "the server is the driver: it has the clock")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use vpos_core::Timestamp;

use super::desk::Desks;
use super::record::{Entry, Record};
use super::{Addresses, BankName, SandboxConfig};

/// The state of a running sandbox. No lock is held while anything is sent.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) addresses: Addresses,
    pub(super) allow_remote: bool,
    pub(super) control: bool,
    desks: Mutex<Desks>,
    record: Mutex<Record>,
}

impl Shared {
    pub(super) fn new(mut config: SandboxConfig, addresses: Addresses) -> Self {
        for paypal in [&mut config.paypal, &mut config.paypal_nvp] {
            addresses.base.clone_into(&mut paypal.api_url);
            addresses.base.clone_into(&mut paypal.page_url);
        }
        Self {
            addresses,
            allow_remote: config.allow_remote,
            control: config.control,
            desks: Mutex::new(Desks::new(config)),
            record: Mutex::default(),
        }
    }

    /// Does something with the banks.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Desks) -> T) -> T {
        act(&mut unpoisoned(&self.desks))
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        unpoisoned(&self.record)
    }
}

/// A panic elsewhere is no reason to stop answering.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

/// Something that happens now, to be added to the record.
pub(super) fn entry(bank: BankName, what: &'static str, title: impl AsRef<str>) -> Entry {
    Entry::new(bank, what, title.as_ref(), now())
}
