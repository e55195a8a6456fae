//! A point of sale of whatever bank: an enum with one variant a feature.

use serde::de::DeserializeOwned;
use toml::{Table, Value};
use vpos_core::http::Request;
use vpos_core::operation::{Operation, Refund};
use vpos_core::{
    Acceptor, Amount, Bank, Begun, Capabilities, Confirmation, Entropy, Error, Exchange, Notification, OperationNumber, Payment,
    PointOfSale, Rejection, Reply, Report, Timestamp,
};

/// A point of sale of any of the banks that are built in. What only one bank has is reached by its variant:
///
/// ```
/// # #[cfg(feature = "redsys")] {
/// use vpos::AnyPos;
/// use vpos::redsys::{Config, Redsys};
/// # use vpos::{Environment, Secret};
///
/// # let config = Config::new(Environment::Test, "999008881", 1, Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7"));
/// let pos = AnyPos::Redsys(Redsys::new(config)?);
/// if let AnyPos::Redsys(redsys) = &pos {
///     let exchange = redsys.query_order(&"2611AbC00017".parse()?)?;
/// #   assert!(matches!(exchange, vpos::Exchange::Ask(_)));
/// }
/// # }
/// # Ok::<(), vpos::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnyPos {
    /// Redsys.
    #[cfg(feature = "redsys")]
    Redsys(vpos_redsys::Redsys),
    /// CECA.
    #[cfg(feature = "ceca")]
    Ceca(vpos_ceca::Ceca),
    /// Santander Elavon.
    #[cfg(feature = "elavon")]
    Elavon(vpos_elavon::Elavon),
    /// PayPal.
    #[cfg(feature = "paypal")]
    Paypal(vpos_paypal::Paypal),
}

/// The banks that can be built in.
const KNOWN: [&str; 4] = ["redsys", "ceca", "elavon", "paypal"];

impl AnyPos {
    /// A contract from its table, as it stands in a `vpos.toml`, keys in plain text.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key that is missing, unknown or wrong; for `bank`, whether its feature is off.
    ///
    /// ```
    /// # #[cfg(feature = "redsys")] {
    /// use vpos::AnyPos;
    ///
    /// let table = "environment = 'test'\nmerchant_code = '1'\nterminal = 1\nsecret_key = 'x'".parse().unwrap();
    /// let error = AnyPos::from_table("redsys", table).unwrap_err();
    /// assert_eq!(error.to_string(), "contract field `merchant_code`: not 9 digits");
    /// # }
    /// ```
    #[allow(clippy::needless_pass_by_value, reason = "it is consumed wherever a bank is built in")]
    pub fn from_table(bank: &str, table: Table) -> Result<Self, Error> {
        match bank {
            #[cfg(feature = "redsys")]
            "redsys" => vpos_redsys::Redsys::new(read(table, bank)?).map(Self::Redsys),
            #[cfg(feature = "ceca")]
            "ceca" => vpos_ceca::Ceca::new(read(table, bank)?).map(Self::Ceca),
            #[cfg(feature = "elavon")]
            "elavon" => vpos_elavon::Elavon::new(read(table, bank)?).map(Self::Elavon),
            #[cfg(feature = "paypal")]
            "paypal" => vpos_paypal::Paypal::new(read(table, bank)?).map(Self::Paypal),
            _ if KNOWN.contains(&bank) => {
                let _ = table;
                Err(Error::config("bank", format!("{bank:?} is not built in: switch the cargo feature {bank:?} on")))
            }
            _ => Err(Error::config("bank", format!("{bank:?} is none of {KNOWN:?}"))),
        }
    }

    /// The bank of that name, whether it is built in or not: for a store, which keeps the name.
    ///
    /// # Errors
    /// [`Error::Config`] when no bank is called so.
    pub fn bank_named(name: &str) -> Result<Bank, Error> {
        let known = KNOWN.into_iter().find(|known| *known == name);
        known.map(Bank::named).ok_or_else(|| Error::config("bank", format!("{name:?} is none of {KNOWN:?}")))
    }

    /// Whether the bank's feature is on.
    pub(crate) fn is_built_in(bank: &str) -> bool {
        let features = [
            ("redsys", cfg!(feature = "redsys")),
            ("ceca", cfg!(feature = "ceca")),
            ("elavon", cfg!(feature = "elavon")),
            ("paypal", cfg!(feature = "paypal")),
        ];
        features.contains(&(bank, true))
    }

    /// The keys of a bank's table that hold secrets.
    pub(crate) fn secrets(bank: &str) -> &'static [&'static str] {
        match bank {
            "redsys" => &["secret_key"],
            "ceca" => &["key", "rest_key", "rest_encryption_key", "rest_iv"],
            "elavon" => &["secret", "rebate_password"],
            // of both protocols: the contract itself says which do not belong there
            "paypal" => &["client_secret", "password", "signature"],
            _ => &[],
        }
    }
}

/// Reads a bank's configuration; an error names the key. The value of a secret is never shown, so it is looked at first.
#[cfg_attr(
    not(any(feature = "redsys", feature = "ceca", feature = "elavon", feature = "paypal")),
    expect(dead_code, reason = "no bank is built in")
)]
fn read<C: DeserializeOwned>(table: Table, bank: &str) -> Result<C, Error> {
    for name in AnyPos::secrets(bank) {
        if table.get(*name).is_some_and(|value| !value.is_str()) {
            return Err(Error::config(*name, "not text in quotes"));
        }
    }
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        let path = error.path().to_string();
        let mut reason = error.inner().message().trim().to_owned();
        // the value that is no variant may be a key in the wrong place
        if let Some((_, rest)) = reason.strip_prefix("unknown variant `").and_then(|rest| rest.split_once("`, ")) {
            reason = format!("unknown value, {rest}");
        }
        // an unknown or missing key is named in the reason, where the path is the table itself
        let named = reason.split('`').nth(1).map(str::to_owned);
        let field = if path == "." { named.unwrap_or(path) } else { path };
        Error::config(field, reason)
    })
}

/// Calls the same method of whatever bank it is.
macro_rules! of_each_bank {
    ($self:ident, $pos:ident => $call:expr) => {
        match $self {
            #[cfg(feature = "redsys")]
            AnyPos::Redsys($pos) => $call,
            #[cfg(feature = "ceca")]
            AnyPos::Ceca($pos) => $call,
            #[cfg(feature = "elavon")]
            AnyPos::Elavon($pos) => $call,
            #[cfg(feature = "paypal")]
            AnyPos::Paypal($pos) => $call,
            #[cfg(not(any(feature = "redsys", feature = "ceca", feature = "elavon", feature = "paypal")))]
            _ => unreachable_without_banks(),
        }
    };
}

/// Without a bank there is no value of `AnyPos`, so nothing comes here.
#[cfg(not(any(feature = "redsys", feature = "ceca", feature = "elavon", feature = "paypal")))]
#[expect(clippy::unreachable, reason = "AnyPos has no variant without a bank")]
fn unreachable_without_banks() -> ! {
    unreachable!("AnyPos has no variant without a bank")
}

#[cfg_attr(
    not(any(feature = "redsys", feature = "ceca", feature = "elavon", feature = "paypal")),
    expect(unused_variables, reason = "no bank is built in")
)]
impl PointOfSale for AnyPos {
    fn acceptor(&self) -> &Acceptor {
        of_each_bank!(self, pos => pos.acceptor())
    }

    fn capabilities(&self) -> Capabilities {
        of_each_bank!(self, pos => pos.capabilities())
    }

    fn number(&self, seed: Entropy) -> OperationNumber {
        of_each_bank!(self, pos => pos.number(seed))
    }

    fn begin(&self, operation: &Operation, payment: &Payment, now: Timestamp) -> Result<Exchange<Begun>, Error> {
        of_each_bank!(self, pos => pos.begin(operation, payment, now))
    }

    fn receive(&self, request: &Request<Vec<u8>>) -> Result<Notification, Error> {
        of_each_bank!(self, pos => pos.receive(request))
    }

    fn verify(
        &self,
        notification: &Notification,
        operation: &Operation,
        now: Timestamp,
    ) -> Result<Exchange<Confirmation>, Error> {
        of_each_bank!(self, pos => pos.verify(notification, operation, now))
    }

    fn charge(&self, confirmation: &Confirmation, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        of_each_bank!(self, pos => pos.charge(confirmation, operation, now))
    }

    fn accept(&self, notification: &Notification, operation: &Operation) -> Reply {
        of_each_bank!(self, pos => pos.accept(notification, operation))
    }

    fn listens_to(&self, notification: &Notification) -> bool {
        of_each_bank!(self, pos => pos.listens_to(notification))
    }

    fn reject(&self, notification: Option<&Notification>, operation: Option<&Operation>, why: &Rejection) -> Reply {
        of_each_bank!(self, pos => pos.reject(notification, operation, why))
    }

    fn refund(&self, operation: &Operation, refund: &Refund, now: Timestamp) -> Result<Exchange<Report>, Error> {
        of_each_bank!(self, pos => pos.refund(operation, refund, now))
    }

    fn capture_limit(&self, operation: &Operation) -> Amount {
        of_each_bank!(self, pos => pos.capture_limit(operation))
    }

    fn capture(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        of_each_bank!(self, pos => pos.capture(operation, now))
    }

    fn void(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        of_each_bank!(self, pos => pos.void(operation, now))
    }

    fn void_refund(&self, operation: &Operation, refund: &Refund, now: Timestamp) -> Result<Exchange<Report>, Error> {
        of_each_bank!(self, pos => pos.void_refund(operation, refund, now))
    }

    fn query(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        of_each_bank!(self, pos => pos.query(operation, now))
    }

    fn charge_reference(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        of_each_bank!(self, pos => pos.charge_reference(operation, now))
    }

    fn delete_reference(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        of_each_bank!(self, pos => pos.delete_reference(operation, now))
    }
}
