//! The banks, simulated: what each would say to a shop, and books in which the money can be counted.
//!
//! Written from the bank's side and from the manuals alone: this crate shares no code with the bank crates, so that one
//! misreading of a manual does not agree with itself. It opens no socket and reads no clock; a test drives it call by call.
//! Feature `server` puts a real HTTP server around it, and feature `bin` makes a program of that.
//! Not part of a production build.
//!
//! | module | holds |
//! |---|---|
//! | `any_bank` | [`AnyBank`], whichever of them |
//! | `bank` | [`SimulatedBank`], what all of them do |
//! | `browser` | [`FormPost`], [`Page`], [`Choice`], [`Visit`]: the buyer |
//! | `ceca` | [`CecaBank`] |
//! | `complaint` | [`Complaint`]: what is wrong with a merchant's message |
//! | `elavon` | [`ElavonBank`]: the hosted page and remote XML |
//! | `ledger` | [`Ledger`]: every movement of money |
//! | `paypal` | [`PaypalBank`]: REST orders with webhooks, NVP with IPN |
//! | `redsys` | [`RedsysBank`] |
//! | `server` | `Sandbox`: the banks over HTTP (feature `server`) |

mod any_bank;
mod bank;
mod browser;
mod ceca;
mod complaint;
mod elavon;
#[cfg(test)]
mod fixtures;
mod ledger;
mod paypal;
mod redsys;
#[cfg(feature = "server")]
mod server;

pub use any_bank::AnyBank;
pub use bank::SimulatedBank;
pub use browser::{Choice, FormPost, Method, Page, Shown, Visit};
pub use ceca::{CecaBank, CecaCipher, CecaMerchant};
pub use complaint::Complaint;
pub use elavon::{ElavonBank, ElavonHash, ElavonMerchant};
pub use ledger::{Ledger, Movement, MovementKind};
pub use paypal::{PaypalAccess, PaypalBank, PaypalMerchant, PaypalWebhook};
pub use redsys::{RedsysBank, RedsysMerchant, RedsysSignature};
#[cfg(feature = "server")]
pub use server::{Addresses, BankName, Sandbox, SandboxConfig};
