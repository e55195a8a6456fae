//! Card payments through Spain's virtual points of sale ("TPV virtual"): one API, a cargo feature a bank.
//!
//! You send the buyer to the bank's page, and must learn beyond doubt and exactly once whether it took the money. **Most programs want
//! the payment flow** (module `flow`): two calls, `begin` and `confirm`, over your own database. `docs/flow.md` of the repository
//! begins with a whole program; in an axum application `vpos-axum` has its routes.
//!
//! | feature | bank |
//! |---|---|
//! | `redsys` | Redsys, the platform of most Spanish banks |
//! | `ceca` | CECA (Cecabank), of many savings banks |
//! | `elavon` | Santander Elavon, the Realex / Global Payments platform |
//! | `paypal` | PayPal: REST with webhooks, and NVP with IPN |
//! | `flow` | the payment flow (module `flow`): exactly once, over a store; `vpos-store` has SQLite and PostgreSQL |
//! | `pci` | card data through the shop's own server, at the banks that take it |
//! | `ureq`, `reqwest` | a real HTTP client, blocking or async, for the calls to the bank |
//!
//! A contract is written once, in a `vpos.toml`, its keys elsewhere ([`Registry`]). An application knows it by a name of its
//! own ([`PosId`]) and talks to it through [`AnyPos`], which is a [`PointOfSale`] whatever the bank. By hand, without the flow:
//!
//! ```
//! # #[cfg(feature = "redsys")] {
//! use vpos::{Amount, Currency, Entropy, Operation, Payment, PointOfSale, Registry, Timestamp};
//!
//! let text = r#"
//!     [pos.caja]
//!     bank = "redsys"
//!     environment = "test"
//!     merchant_code = "999008881"
//!     terminal = 1
//!     secret_key_env = "CAJA_KEY"
//! "#;
//! // in a program: Registry::open("vpos.toml"), which reads the environment
//! let registry = Registry::parse(text, |name: &str| (name == "CAJA_KEY").then(|| "sq7HjrUOBfKmC576ILgskD5srU870gJ7".into()))?;
//! let pos = registry.get("caja").unwrap();
//!
//! let payment = Payment::builder("PED-17", Amount::parse("123.45", Currency::EUR)?)
//!     .notification_url("https://tienda.example/aviso")
//!     .url_ok("https://tienda.example/ok")
//!     .url_nok("https://tienda.example/nok")
//!     .build()?;
//! let number = pos.number(Entropy::new([7; 16])); // from your random number generator
//! let operation = Operation::new(pos.acceptor().clone(), number, &payment); // store it now
//! let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap(); // in a program: Timestamp::now()
//! let page = pos.begin(&operation, &payment, now)?.local()?.form.to_html(); // send it to the browser
//! assert!(page.contains("Ds_MerchantParameters"));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Then [`receive`](PointOfSale::receive), [`verify`](PointOfSale::verify), [`charge`](PointOfSale::charge) and
//! [`accept`](PointOfSale::accept) handle what the bank sends; `examples/` has a whole notification handler, one for PayPal, and a web
//! shop (`examples/shop`).
//!
//! # What to read next
//!
//! | you want | read |
//! |---|---|
//! | to see it work | `cargo xtask demo` in the repository: the banks simulated, and a shop |
//! | the whole of it, over a database | module `flow`, `docs/flow.md`; then the crate `vpos-store` |
//! | to know your bank | `docs/redsys.md`, `ceca.md`, `elavon.md`, `paypal.md`; [`Registry`] for the `vpos.toml` |
//! | a program without async | [`blocking`] |
//! | a refund, a capture, a question to the bank | [`PointOfSale`], [`Exchange`], [`Report`] |
//! | to test your integration | the crate `vpos-sandbox`, `docs/sandbox.md` |
//! | to take money | `docs/going-live.md`; at night `docs/troubleshooting.md` |

mod any_pos;
pub mod blocking;
#[cfg(feature = "flow")]
pub mod flow;
mod pos_id;
mod registry;

pub use any_pos::AnyPos;
#[cfg(feature = "flow")]
pub use flow::{FlowError, Merchant, PaymentFlow};
pub use pos_id::PosId;
pub use registry::{Registry, RegistryError};

// the paved path; everything else is at `vpos::core`
#[cfg(feature = "ceca")]
pub use vpos_ceca as ceca;
pub use vpos_core as core;
pub use vpos_core::operation::{Applied, Operation, OperationState, RefundState};
pub use vpos_core::{
    Amount, Bank, Confirmation, Currency, Entropy, Environment, Error, Exchange, Lookup, Lost, Notification, OperationNumber,
    Outcome, Payment, PaymentForm, PaymentKind, PointOfSale, Refusal, Rejection, Reply, Report, Secret, TimeLimit, Timestamp,
    Transport, drive, drive_blocking, http,
};
#[cfg(feature = "elavon")]
pub use vpos_elavon as elavon;
#[cfg(feature = "paypal")]
pub use vpos_paypal as paypal;
#[cfg(feature = "redsys")]
pub use vpos_redsys as redsys;

/// The README and the pages of docs/: their code is compiled as doctests. `docs/flow.md` is, in vpos-store.
#[cfg(all(doctest, feature = "redsys", feature = "ureq"))]
mod pages {
    #[doc = include_str!("../../../README.md")]
    mod readme {}
    #[doc = include_str!("../../../README.es.md")]
    mod readme_es {}
    #[doc = include_str!("../../../docs/architecture.md")]
    mod architecture {}
    #[cfg(feature = "flow")]
    #[doc = include_str!("../../../docs/from-django-virtual-pos.md")]
    mod from_django_virtual_pos {}
    #[cfg(feature = "paypal")]
    #[doc = include_str!("../../../docs/paypal.md")]
    mod paypal {}
    #[doc = include_str!("../../../docs/redsys.md")]
    mod redsys {}
}
