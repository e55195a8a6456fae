//! Who takes the payment: a bank's name, an environment, and the merchant's identity in a contract.
//!
//! "Card acceptor" is ISO 8583's word for the merchant (fields 41 and 42: terminal and acceptor identification).

use std::fmt;
use std::str::FromStr;

use crate::{Error, Refusal};

/// A bank's name. Core knows none: each bank crate has its own as a constant.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Bank(&'static str);

impl Bank {
    /// Names a bank: one lower-case word, the one used in fixtures and in `vpos.toml`.
    pub const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bank({})", self.0)
    }
}

/// Play money or real money. Exhaustive on purpose: a third one must break every `match`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[expect(clippy::exhaustive_enums, reason = "a third environment must break every match")]
pub enum Environment {
    /// The bank's test system.
    Test,
    /// Real cards.
    Live,
}

impl Environment {
    /// The word for it, as in `vpos.toml` and in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

impl FromStr for Environment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = [Self::Test, Self::Live].into_iter().find(|known| known.as_str() == text);
        known.ok_or_else(|| Error::config("environment", format!("{text:?} is neither \"test\" nor \"live\"")))
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A contract's identity, without its keys: what an operation is stored with, and what every message must name.
///
/// ```
/// use vpos_core::{Acceptor, Bank, Environment};
///
/// let shop = Acceptor::new(Bank::named("example"), Environment::Test, "999008881", Some("1"));
/// assert_eq!(shop.merchant(), "999008881");
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Acceptor {
    bank: Bank,
    environment: Environment,
    merchant: Box<str>,
    terminal: Option<Box<str>>,
}

impl Acceptor {
    /// Put together by a bank crate, merchant and terminal in the one spelling which that crate compares.
    pub fn new(bank: Bank, environment: Environment, merchant: &str, terminal: Option<&str>) -> Self {
        Self { bank, environment, merchant: merchant.into(), terminal: terminal.map(Into::into) }
    }

    /// The bank.
    pub const fn bank(&self) -> Bank {
        self.bank
    }

    /// Test or live.
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// The merchant's code at the bank.
    pub const fn merchant(&self) -> &str {
        &self.merchant
    }

    /// The terminal or account, at banks that have one.
    pub fn terminal(&self) -> Option<&str> {
        self.terminal.as_deref()
    }

    /// Checks that another contract is this one.
    ///
    /// # Errors
    /// The first part that differs: [`Refusal::Merchant`] (the bank too), [`Refusal::Terminal`] or [`Refusal::Environment`].
    ///
    /// ```
    /// use vpos_core::{Acceptor, Bank, Environment, Refusal};
    ///
    /// let contract = |environment, terminal| Acceptor::new(Bank::named("example"), environment, "999008881", Some(terminal));
    /// let live = contract(Environment::Live, "1");
    /// assert_eq!(live.require(&live.clone()), Ok(()));
    /// assert_eq!(live.require(&contract(Environment::Live, "2")), Err(Refusal::Terminal));
    /// assert_eq!(live.require(&contract(Environment::Test, "1")), Err(Refusal::Environment));
    /// ```
    pub fn require(&self, other: &Self) -> Result<(), Refusal> {
        if self.bank != other.bank || self.merchant != other.merchant {
            Err(Refusal::Merchant)
        } else if self.terminal != other.terminal {
            Err(Refusal::Terminal)
        } else if self.environment != other.environment {
            Err(Refusal::Environment)
        } else {
            Ok(())
        }
    }
}
