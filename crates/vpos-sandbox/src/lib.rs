//! The banks, simulated: what each would say to a shop, and books in which the money can be counted.
//!
//! Written from the bank's side and from the manuals alone: this crate shares no code with the bank crates, so that one
//! misreading of a manual does not agree with itself. Not part of a production build. It can be had in three ways:
//!
//! | you want | take |
//! |---|---|
//! | to see the banks' pages, and try a shop on your own machine | `cargo run -p vpos-sandbox --features bin`; with a shop beside it, `cargo xtask demo` |
//! | a test over real HTTP | feature `server`: `Sandbox::start` |
//! | a test that drives a bank call by call | what follows: no socket is opened and no clock is read |
//!
//! ```
//! use vpos_core::operation::{Operation, OperationState};
//! use vpos_core::{Amount, Currency, Environment, Payment, PointOfSale, Secret, Timestamp};
//! use vpos_redsys::{Config, Redsys};
//! use vpos_sandbox::{Choice, FormPost, Method, RedsysBank, RedsysMerchant, SimulatedBank};
//!
//! // a shop and a bank that have the same contract
//! let key = || Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7");
//! let shop = Redsys::new(Config::new(Environment::Test, "999008881", 1, key()))?;
//! let mut bank = RedsysBank::new(RedsysMerchant::new("999008881", 1, key()));
//!
//! // the shop's form, and the buyer's browser that takes it to the bank
//! let payment = Payment::builder("PED-17", Amount::parse("123.45", Currency::EUR)?)
//!     .notification_url("https://tienda.example/aviso")
//!     .url_ok("https://tienda.example/ok")
//!     .url_nok("https://tienda.example/nok")
//!     .build()?;
//! let mut operation = Operation::new(shop.acceptor().clone(), "2611A0001".parse()?, &payment);
//! let now: Timestamp = "2026-11-23T12:05:00Z".parse().unwrap();
//! let form = shop.begin(&operation, &payment, now)?.local()?.form;
//! let fields = form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
//! let post = FormPost { action: form.action().to_owned(), method: Method::Post, fields };
//! let page = bank.open(&post, now).expect("the bank has nothing against the form");
//!
//! // the buyer pays: what the bank sends is read, verified and believed
//! let visit = bank.choose(&page, Choice::Pay, now);
//! let notification = shop.receive(&visit.notification[0])?;
//! let confirmation = shop.verify(&notification, &operation, now)?.local()?;
//! operation.apply(&confirmation)?;
//! assert_eq!(operation.state(), OperationState::Completed);
//! assert_eq!(bank.ledger().charged("2611A0001"), 12_345); // the bank's own books, in cents
//! # Ok::<(), vpos_core::Error>(())
//! ```
//!
//! Read next: [`SimulatedBank`] and [`Ledger`]; for the program and its moods (late, twice, never, forged, lost)
//! `docs/sandbox.md` of the repository.
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
