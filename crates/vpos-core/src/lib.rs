//! What a card payment is, whatever bank takes it.
//!
//! ```text
//! Payment ──begin──▶ PaymentForm ──(buyer at the bank)──▶ Notification ──verify──▶ Confirmation ──charge──▶ Reply
//!                                                                                           └──▶ refund · capture · void · query
//! ```
//!
//! This crate knows no bank, no database and no HTTP client. It holds the words that all of them share and the ideas that
//! keep a shop's money safe:
//!
//! - **Unverified and verified are different types.** A [`Notification`] tells which [`Operation`](operation::Operation) it is about and nothing of the
//!   outcome. A [`Confirmation`] has one constructor, which demands proof of origin ([`Authentic`]) and compares every part
//!   with what was stored.
//! - **Sans-IO.** What must be asked of a bank is an [`Exchange`]: requests out, answers *or their loss* in. Time and
//!   randomness are arguments.
//! - **Unknown is an outcome.** A lost answer is neither a decline nor a success ([`Report::Unknown`]).
//! - **Money is exact.** An [`Amount`] is a whole number of minor units.
//! - **An operation is a state machine**, one table: [`OperationState::after`](operation::OperationState::after).
//!
//! You will use it through a bank crate, or through the facade `vpos`: begin there. To add a bank, implement [`PointOfSale`]:
//! `docs/adding-a-bank.md` of the repository. How the parts fit together: `docs/architecture.md`. What follows is what no shop
//! writes, a bank crate's part of a payment:
//!
//! ```
//! use vpos_core::operation::{Operation, OperationState};
//! use vpos_core::{Acceptor, Action, Amount, Authentic, Bank, Claim, ClaimedAmount, Confirmation, Currency, Environment};
//! use vpos_core::{Mac, Outcome, Payment, Reference, References};
//!
//! // what the merchant stored before the buyer left
//! let shop = Acceptor::new(Bank::named("example"), Environment::Test, "999008881", Some("1"));
//! let amount = Amount::parse("123.45", Currency::EUR)?;
//! let payment = Payment::builder("PED-17", amount).build()?;
//! let mut operation = Operation::new(shop.clone(), "2611AbC00017".parse()?, &payment);
//!
//! // what a bank crate makes of a message: a proof of its origin, and what it claims
//! let proof: Authentic = Mac::new([7; 32]).check(&[7; 32])?;
//! let claim = Claim {
//!     contract: shop,
//!     merchant: "999008881".into(),
//!     terminal: Some("1".into()),
//!     number: "2611AbC00017".parse()?,
//!     amount: ClaimedAmount::Stated(amount),
//!     action: Action::Charge,
//!     outcome: Outcome::Approved,
//!     code: Some("0000".into()),
//!     identity: Some(Reference::AuthorizationCode),
//!     references: References::new(),
//!     deadline: None,
//! };
//! let confirmation = Confirmation::new(claim, proof, &operation)?;
//! operation.apply(&confirmation)?;
//! assert_eq!(operation.state(), OperationState::Completed);
//! # Ok::<(), vpos_core::Error>(())
//! ```

mod acceptor;
mod amount;
mod card;
pub mod codes;
mod confirmation;
mod currency;
mod doubles;
mod error;
mod exchange;
mod form;
mod notification;
mod number;
pub mod operation;
mod outcome;
mod payment;
mod pos;
mod reference;
mod refusal;
mod reply;
mod report;
mod secret;
mod transport;
#[cfg(feature = "xml")]
pub mod xml;

pub use acceptor::{Acceptor, Bank, Environment};
pub use amount::Amount;
pub use card::mask_pans;
pub use confirmation::{Claim, ClaimedAmount, Confirmation};
pub use currency::Currency;
pub use doubles::is_one_twice;
pub use error::Error;
pub use exchange::{ANSWER_LIMIT, Answer, Ask, Exchange, Lost, Resume, TimeLimit, drive, drive_blocking};
pub use form::{FormMethod, PaymentForm, escape_html};
pub use notification::{Lookup, Message, NOTIFICATION_LIMIT, Notification};
pub use number::{Entropy, OperationNumber};
pub use outcome::{Action, Outcome};
pub use payment::{Buyer, Language, Payment, PaymentBuilder, PaymentKind, WebAddress};
pub use pos::{Begun, Capabilities, PointOfSale};
pub use reference::{Reference, References};
pub use refusal::Refusal;
pub use reply::{Rejection, Reply};
pub use report::Report;
pub use secret::{Authentic, Mac, Secret};
#[cfg(feature = "reqwest")]
pub use transport::ReqwestTransport;
pub use transport::{Transport, blocking};

// what the signatures of this crate speak, so that a program needs no version of its own
pub use http;
pub use jiff;
pub use jiff::Timestamp;
pub use rust_decimal::Decimal;
