//! The merchant's contract: its codes, its secrets, when money is settled, where the platform is, and the rule for order numbers.
//!
//! Sources: rxp-hpp-java 1.3.4 `HppRequest` (the fields' rules); django-virtual-pos 1.7.1 `VPOSSantanderElavon` (the addresses).

use std::sync::Arc;

use http::Uri;
use vpos_core::{Acceptor, Amount, Bank, Entropy, Environment, Error, OperationNumber, PaymentKind, Secret, WebAddress};

use crate::Elavon;
use crate::signature::HashVersion;
use crate::wire::names::leg;

/// The bank's name.
pub const BANK: Bank = Bank::named("elavon");

/// When an authorised payment is charged (`AUTO_SETTLE_FLAG`). Exhaustive on purpose.
///
/// The flag travels in the buyer's browser and no hash covers it. Only `OnConfirmation` and `Multi` ask the platform itself
/// to charge, for the amount that was stored.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_enums, reason = "the platform has these")]
pub enum Settle {
    /// 0: the page only authorises; `charge` settles the stored amount when the response was verified.
    #[default]
    OnConfirmation,
    /// 1: the page charges at once.
    Auto,
    /// MULTI: the page only authorises; settled in parts, up to 115 % together. A sale is settled whole when confirmed.
    Multi,
}

/// The contract as it is written in `vpos.toml`, not yet checked: [`Elavon::new`] does that.
///
/// ```
/// use vpos_core::{Environment, Secret};
/// use vpos_elavon::{Config, Elavon};
///
/// let config = Config::new(Environment::Test, "tienda", "internet", Secret::new("mysecret"));
/// let elavon = Elavon::new(config)?;
///
/// let config = Config::new(Environment::Test, "mi tienda", "internet", Secret::new("mysecret"));
/// let error = Elavon::new(config).unwrap_err();
/// assert_eq!(error.to_string(), "contract field `merchant_id`: not 1 to 50 letters, digits and '.'");
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Config {
    /// The platform's test system, or real cards.
    pub environment: Environment,
    /// The platform's name for the merchant.
    pub merchant_id: String,
    /// The merchant's sub-account; empty: the merchant's default one.
    #[cfg_attr(feature = "serde", serde(default))]
    pub account: String,
    /// The shared secret of all hashes.
    pub secret: Secret,
    /// The password for giving money back; without it nothing can be refunded.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rebate_password: Option<Secret>,
    /// When an authorised payment is charged.
    #[cfg_attr(feature = "serde", serde(default))]
    pub settle: Settle,
    /// The hash of all messages. Never more than one is accepted.
    #[cfg_attr(feature = "serde", serde(default))]
    pub hash: HashVersion,
    /// The hosted page, where it is not the environment's: https, or http on this machine.
    #[cfg_attr(feature = "serde", serde(default))]
    pub hpp_url: Option<String>,
    /// The remote interface, where it is not the environment's: https, or http on this machine.
    #[cfg_attr(feature = "serde", serde(default))]
    pub remote_url: Option<String>,
}

impl Config {
    /// A contract with the defaults.
    pub fn new(environment: Environment, merchant_id: impl Into<String>, account: impl Into<String>, secret: Secret) -> Self {
        Self {
            environment,
            merchant_id: merchant_id.into(),
            account: account.into(),
            secret,
            rebate_password: None,
            settle: Settle::default(),
            hash: HashVersion::default(),
            hpp_url: None,
            remote_url: None,
        }
    }
}

/// The contract, checked.
#[derive(Clone, Debug)]
pub(crate) struct Contract {
    pub(crate) acceptor: Acceptor,
    pub(crate) secret: Secret,
    pub(crate) rebate_password: Option<Secret>,
    pub(crate) settle: Settle,
    pub(crate) hash: HashVersion,
    pub(crate) hpp: WebAddress,
    pub(crate) remote: Uri,
}

impl Contract {
    /// The merchant's name at the platform.
    pub(crate) const fn merchant(&self) -> &str {
        self.acceptor.merchant()
    }

    /// The sub-account, empty where the contract names none.
    pub(crate) fn account(&self) -> &str {
        self.acceptor.terminal().unwrap_or_default()
    }

    /// The flag of a request that authorises. A hold is never settled by itself.
    pub(crate) const fn settle_flag(&self, kind: PaymentKind) -> &'static str {
        match (self.settle, kind) {
            (Settle::Multi, _) => "MULTI",
            (Settle::Auto, PaymentKind::Sale) => "1",
            (Settle::OnConfirmation, _) | (Settle::Auto, PaymentKind::Preauthorization) => "0",
        }
    }

    /// The most that settles may take of a hold [banks/ELAVON.md, section 5: settle, partial or up to 115 %].
    pub(crate) fn capture_limit(held: Amount) -> Amount {
        let most = u128::from(held.minor_units()) * 115 / 100;
        u64::try_from(most).map_or(held, |most| Amount::from_minor(most, held.currency()))
    }
}

pub(crate) fn check(config: Config) -> Result<Elavon, Error> {
    let id = &config.merchant_id;
    // HppRequest: merchantId
    if !(1..=50).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.') {
        return Err(Error::config("merchant_id", "not 1 to 50 letters, digits and '.'"));
    }
    // HppRequest: account; VPOSSantanderElavon allows '.' too
    let account = &config.account;
    if account.len() > 30 || !account.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'.')) {
        return Err(Error::config("account", "not up to 30 letters, digits, spaces and '.'"));
    }
    if config.secret.expose().is_empty() {
        return Err(Error::config("secret", "empty"));
    }
    if config.rebate_password.as_ref().is_some_and(|password| password.expose().is_empty()) {
        return Err(Error::config("rebate_password", "empty"));
    }
    let (hpp, remote) = match config.environment {
        Environment::Test => {
            ("https://hpp.prueba.santanderelavontpvvirtual.es/pay", "https://remote.prueba.santanderelavontpvvirtual.es/remote")
        }
        Environment::Live => {
            ("https://hpp.santanderelavontpvvirtual.es/pay", "https://remote.santanderelavontpvvirtual.es/remote")
        }
    };
    let hpp = address("hpp_url", config.hpp_url.as_deref().unwrap_or(hpp))?;
    let remote = address("remote_url", config.remote_url.as_deref().unwrap_or(remote))?;
    let terminal = (!account.is_empty()).then_some(account.as_str());
    let contract = Contract {
        acceptor: Acceptor::new(BANK, config.environment, id, terminal),
        remote: remote.as_str().parse().map_err(|_| Error::config("remote_url", "not an address"))?,
        hpp,
        secret: config.secret,
        rebate_password: config.rebate_password,
        settle: config.settle,
        hash: config.hash,
    };
    Ok(Elavon { contract: Arc::new(contract) })
}

/// https, or http to this machine alone: a query's answer is believed because of TLS.
fn address(field: &'static str, text: &str) -> Result<WebAddress, Error> {
    let address = WebAddress::parse(field, text).map_err(|_| Error::config(field, "not an absolute https address"))?;
    let uri: Uri = text.parse().map_err(|_| Error::config(field, "not an absolute https address"))?;
    let loopback = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match uri.scheme_str() {
        Some("https") => Ok(address),
        Some("http") if loopback => Ok(address),
        _ => Err(Error::config(field, "not https (http is for this machine alone)")),
    }
}

/// The platform takes 50 characters; 42 leave room for its own prefixes, with which no number of ours may begin.
pub(crate) fn check_number(number: &OperationNumber) -> Result<(), Error> {
    let text = number.as_str();
    if text.len() > 42 || leg::ALL.iter().any(|prefix| text.starts_with(prefix)) {
        return Err(Error::payment("number", "not 1 to 42 characters that begin with none of _settle_, _void_, _rebate_"));
    }
    Ok(())
}

/// Twenty characters. Upper case only, and no I, O: people read these numbers to each other.
pub(crate) fn number(mut seed: Entropy) -> OperationNumber {
    let text = seed.draw(b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", 20);
    #[expect(clippy::expect_used, reason = "twenty characters of an alphabet that numbers have")]
    text.parse().expect("a number by the bank's rule")
}

#[cfg(test)]
mod tests {
    use vpos_core::Currency;

    use super::*;

    fn config() -> Config {
        Config::new(Environment::Test, "tienda", "internet", Secret::new("mysecret"))
    }

    fn field_of(config: Config) -> String {
        match Elavon::new(config) {
            Err(Error::Config { field, .. }) => field.into_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wrong_contract_names_its_field() {
        assert_eq!(field_of(Config { merchant_id: String::new(), ..config() }), "merchant_id");
        assert_eq!(field_of(Config { merchant_id: "a".repeat(51), ..config() }), "merchant_id");
        assert_eq!(field_of(Config { account: "a_b".into(), ..config() }), "account");
        assert_eq!(field_of(Config { secret: Secret::new(""), ..config() }), "secret");
        assert_eq!(field_of(Config { rebate_password: Some(Secret::new("")), ..config() }), "rebate_password");
        for url in ["http://hpp.example/pay", "ftp://hpp.example/", "hpp.example", "http://localhost.evil.example/", ""] {
            assert_eq!(field_of(Config { hpp_url: Some(url.into()), ..config() }), "hpp_url", "{url}");
            assert_eq!(field_of(Config { remote_url: Some(url.into()), ..config() }), "remote_url", "{url}");
        }
        for url in ["https://epage.payandshop.com/epage.cgi", "http://127.0.0.1:8080/pay", "http://localhost/pay"] {
            assert!(Elavon::new(Config { hpp_url: Some(url.into()), ..config() }).is_ok(), "{url}");
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let config = Config { rebate_password: Some(Secret::new("refund")), ..config() };
        let shown = format!("{config:?} {:?}", Elavon::new(config.clone()).unwrap());
        assert!(!shown.contains("mysecret") && !shown.contains("\"refund\""), "{shown}");
    }

    #[test]
    fn numbers_leave_room_for_the_platforms_prefixes() {
        let check = |text: &str| check_number(&text.parse().unwrap());
        assert!(check(&"a".repeat(42)).is_ok() && check(&"a".repeat(43)).is_err());
        for text in ["_settle_1", "_void_1", "_rebate_1"] {
            assert!(check(text).is_err(), "{text}");
        }
        assert!(check("_settl_1").is_ok());
        assert!(check_number(&number(Entropy::new([0xA5; 16]))).is_ok());
    }

    #[test]
    fn a_hold_may_be_exceeded_by_fifteen_in_a_hundred() {
        let most = |minor| Contract::capture_limit(Amount::from_minor(minor, Currency::EUR)).minor_units();
        assert_eq!((most(20_000), most(1_999), most(1)), (23_000, 2_298, 1));
        assert_eq!(most(u64::MAX), u64::MAX);
    }
}
