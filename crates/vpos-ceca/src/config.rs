//! The merchant's contract: its codes, its keys and ciphers, where refunds go, and the rule for operation numbers.
//!
//! Sources: the bank's `PrestaShop` module 1.1.1 (codes, padding, addresses), django-virtual-pos 1.7.1 (numbers),
//! `active_merchant`'s `cecabank_json` (REST keys).

use std::sync::Arc;

use vpos_core::{Acceptor, Bank, Entropy, Environment, Error, OperationNumber, Secret, WebAddress};
use zeroize::Zeroizing;

use crate::Ceca;
use crate::signature::{Cipher, Key, unhex};
use crate::wire::fields::pad;

/// The bank's name.
pub const BANK: Bank = Bank::named("ceca");

/// Where refunds are asked. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[expect(clippy::exhaustive_enums, reason = "the bank has these")]
pub enum RefundPath {
    /// The console's address, as the bank's own shop modules do.
    Console,
    /// `tpvweb/anulaciones`, beside the form's address.
    Tpvweb,
    /// The JSON REST API; needs the REST key.
    Rest,
}

/// The contract as it is written in `vpos.toml`, not yet checked: [`Ceca::new`] does that.
///
/// ```
/// use vpos_ceca::{Ceca, Config};
/// use vpos_core::{Environment, PointOfSale, Secret};
///
/// // the codes may be written without the zeros in front
/// let config = Config::new(Environment::Test, "111950028", "554052", "3", Secret::new("87401456"));
/// let ceca = Ceca::new(config)?;
/// assert_eq!(ceca.acceptor().merchant(), "111950028/0000554052");
/// assert_eq!(ceca.acceptor().terminal(), Some("00000003"));
///
/// let config = Config::new(Environment::Test, "1119500281", "554052", "3", Secret::new("87401456"));
/// assert_eq!(Ceca::new(config).unwrap_err().to_string(), "contract field `merchant_id`: not 1 to 9 digits");
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Config {
    /// The bank's test system, or real cards. Each has keys of its own.
    pub environment: Environment,
    /// `MerchantID`: up to 9 digits.
    pub merchant_id: String,
    /// `AcquirerBIN`: up to 10 digits.
    pub acquirer_bin: String,
    /// `TerminalID`: up to 8 digits.
    pub terminal_id: String,
    /// The key ("clave de cifrado") from the bank's panel.
    pub key: Secret,
    /// How messages are signed; none: SHA2 when the key has 8 characters, else HMAC.
    #[cfg_attr(feature = "serde", serde(default))]
    pub cipher: Option<Cipher>,
    /// Where refunds are asked; none: at the console; REST, for contracts with a REST key, by its name.
    #[cfg_attr(feature = "serde", serde(default))]
    pub refund_path: Option<RefundPath>,
    /// The key of the JSON REST API, where the contract has one: captures, voids and charges of a card need it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rest_key: Option<Secret>,
    /// The AES-256 key for card data in REST: 64 hex digits.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rest_encryption_key: Option<Secret>,
    /// The initiator vector that goes with it: 16 digits.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rest_iv: Option<Secret>,
    /// Whether a good REST answer must be signed. Its formula is public in one source only, with a scrubbed key; switched off,
    /// an answer is believed because it came over TLS from the bank's address.
    #[cfg_attr(feature = "serde", serde(default = "yes"))]
    pub verify_rest_answers: bool,
    /// For a simulated bank (`vpos-sandbox`): what the addresses of form, refunds (console too) and REST begin with instead of
    /// the environment's: https, or http on this machine and `test` alone. What is signed does not change.
    #[cfg_attr(feature = "serde", serde(default))]
    pub endpoint: Option<String>,
}

impl Config {
    /// A contract with the defaults.
    pub fn new(
        environment: Environment,
        merchant_id: impl Into<String>,
        acquirer_bin: impl Into<String>,
        terminal_id: impl Into<String>,
        key: Secret,
    ) -> Self {
        Self {
            environment,
            merchant_id: merchant_id.into(),
            acquirer_bin: acquirer_bin.into(),
            terminal_id: terminal_id.into(),
            key,
            cipher: None,
            refund_path: None,
            rest_key: None,
            rest_encryption_key: None,
            rest_iv: None,
            verify_rest_answers: true,
            endpoint: None,
        }
    }
}

#[cfg(feature = "serde")]
const fn yes() -> bool {
    true
}

/// The contract, checked.
#[derive(Clone, Debug)]
pub(crate) struct Contract {
    pub(crate) acceptor: Acceptor,
    pub(crate) merchant_id: String,
    pub(crate) acquirer_bin: String,
    pub(crate) terminal_id: String,
    pub(crate) key: Key,
    pub(crate) refund_path: RefundPath,
    pub(crate) rest: Option<Rest>,
    /// What the addresses begin with: the form's and REST's, and the console's.
    host: String,
    console: String,
}

/// The keys of the REST API.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    pub(crate) key: Secret,
    #[cfg_attr(not(feature = "pci"), expect(dead_code, reason = "only card data is encrypted"))]
    pub(crate) encryption: Option<Encryption>,
    pub(crate) verify_answers: bool,
}

/// The keys for card data, in their text.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "pci"), expect(dead_code, reason = "only card data is encrypted"))]
pub(crate) struct Encryption {
    pub(crate) key: Secret,
    pub(crate) iv: Secret,
}

impl Contract {
    /// The acceptor's merchant, from the two codes that make it.
    pub(crate) fn merchant(merchant_id: &str, acquirer_bin: &str) -> String {
        format!("{}/{}", pad(merchant_id, MERCHANT_ID), pad(acquirer_bin, ACQUIRER_BIN))
    }

    /// The acceptor's terminal.
    pub(crate) fn terminal(terminal_id: &str) -> String {
        pad(terminal_id, TERMINAL_ID)
    }

    /// Where the buyer goes.
    pub(crate) fn form_address(&self) -> Result<WebAddress, Error> {
        WebAddress::parse("action", format!("{}/tpvweb/tpv/compra.action", self.host))
    }

    /// Where the console takes refunds.
    pub(crate) fn console_address(&self) -> String {
        format!("{}/webapp/ConsTpvVirtWeb/ConsTpvVirtS?modo=anularOperacionExt", self.console)
    }

    /// Where `tpvweb` takes refunds.
    pub(crate) fn tpvweb_refund_address(&self) -> String {
        format!("{}/tpvweb/anulaciones/anularParcial.action", self.host)
    }

    /// Where a REST operation goes.
    pub(crate) fn rest_address(&self, process: &str) -> String {
        format!("{}/tpvweb/rest/procesos/{process}", self.host)
    }
}

const MERCHANT_ID: usize = 9;
const ACQUIRER_BIN: usize = 10;
const TERMINAL_ID: usize = 8;

pub(crate) fn check(config: Config) -> Result<Ceca, Error> {
    let merchant_id = code("merchant_id", &config.merchant_id, MERCHANT_ID)?;
    let acquirer_bin = code("acquirer_bin", &config.acquirer_bin, ACQUIRER_BIN)?;
    let terminal_id = code("terminal_id", &config.terminal_id, TERMINAL_ID)?;
    let key = Key::parse(config.cipher.unwrap_or_else(|| Cipher::of_key(&config.key)), &config.key)?;
    let (path, environment) = (config.refund_path, config.environment);
    let (host, console) = hosts(environment, config.endpoint.as_deref())?;
    let rest = rest(config)?;
    let refund_path = match path {
        Some(RefundPath::Rest) if rest.is_none() => return Err(Error::config("refund_path", "rest needs a rest_key")),
        Some(path) => path,
        None => RefundPath::Console,
    };
    let merchant = Contract::merchant(&merchant_id, &acquirer_bin);
    let acceptor = Acceptor::new(BANK, environment, &merchant, Some(&terminal_id));
    let contract = Contract { acceptor, merchant_id, acquirer_bin, terminal_id, key, refund_path, rest, host, console };
    Ok(Ceca { contract: Arc::new(contract) })
}

/// What the addresses begin with: the form's and REST's, and the console's.
fn hosts(environment: Environment, endpoint: Option<&str>) -> Result<(String, String), Error> {
    let (host, console) = match (environment, endpoint) {
        (_, Some(endpoint)) => {
            let address = WebAddress::parse_endpoint("endpoint", endpoint, environment)?;
            let host = address.as_str().trim_end_matches('/').to_owned();
            return Ok((host.clone(), host));
        }
        (Environment::Test, None) => ("https://tpv.ceca.es", "https://democonsolatpvvirtual.ceca.es"),
        (Environment::Live, None) => ("https://pgw.ceca.es", "https://comercios.ceca.es"),
    };
    Ok((host.to_owned(), console.to_owned()))
}

/// A code of so many digits at most, padded to as many.
fn code(field: &'static str, text: &str, digits: usize) -> Result<String, Error> {
    if !(1..=digits).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::config(field, format!("not 1 to {digits} digits")));
    }
    Ok(pad(text, digits))
}

fn rest(config: Config) -> Result<Option<Rest>, Error> {
    let encryption = match (config.rest_encryption_key, config.rest_iv) {
        (None, None) => None,
        (Some(_), None) => return Err(Error::config("rest_iv", "missing: it goes with rest_encryption_key")),
        (None, Some(_)) => return Err(Error::config("rest_encryption_key", "missing: it goes with rest_iv")),
        (Some(key), Some(iv)) => Some(check_encryption(key, iv)?),
    };
    match config.rest_key {
        None if encryption.is_some() => Err(Error::config("rest_key", "missing: it goes with rest_encryption_key")),
        None => Ok(None),
        Some(key) if key.expose().is_empty() => Err(Error::config("rest_key", "empty")),
        Some(key) => Ok(Some(Rest { key, encryption, verify_answers: config.verify_rest_answers })),
    }
}

fn check_encryption(key: Secret, iv: Secret) -> Result<Encryption, Error> {
    // 33 bytes: a longer key must be seen to be longer
    let mut bytes = Zeroizing::new([0; 33]);
    if unhex(key.expose(), bytes.as_mut_slice()) != Some(32) {
        return Err(Error::config("rest_encryption_key", "not 64 hex digits"));
    }
    if iv.expose().len() != 16 || !iv.expose().bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::config("rest_iv", "not 16 digits"));
    }
    Ok(Encryption { key, iv })
}

/// 1 to 40 upper-case letters, digits and hyphens (django-virtual-pos makes such ones, and the bank takes them).
pub(crate) fn check_number(number: &OperationNumber) -> Result<(), Error> {
    let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
    if number.as_str().len() > 40 || !number.as_str().bytes().all(allowed) {
        return Err(Error::payment("number", "not 1 to 40 upper-case letters, digits and '-'"));
    }
    Ok(())
}

/// Sixteen characters by that rule, without those that people take for another. The last is a letter: the number stands
/// before the amount in what is signed, and nothing parts them, so that digits could pass from one to the other.
pub(crate) fn number(mut seed: Entropy) -> OperationNumber {
    let first = seed.draw(b"23456789ABCDEFGHJKMNPQRSTUVWXYZ", 15);
    let last = seed.draw(b"ABCDEFGHJKMNPQRSTUVWXYZ", 1);
    #[expect(clippy::expect_used, reason = "sixteen characters of an alphabet that numbers have")]
    format!("{first}{last}").parse().expect("a number by the bank's rule")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::new(Environment::Test, "111950028", "0000554052", "00000003", Secret::new("87401456"));
        change(&mut config);
        match Ceca::new(config) {
            Err(Error::Config { field, reason }) => {
                assert!(!reason.contains("8740"), "{reason}");
                field.into_owned()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(wrong(|c| c.merchant_id = "12345678x".into()), "merchant_id");
        assert_eq!(wrong(|c| c.acquirer_bin = String::new()), "acquirer_bin");
        assert_eq!(wrong(|c| c.terminal_id = "123456789".into()), "terminal_id");
        assert_eq!(wrong(|c| c.key = Secret::new("874014567")), "key");
        assert_eq!(wrong(|c| c.cipher = Some(Cipher::Hmac)), "key");
        assert_eq!(wrong(|c| c.refund_path = Some(RefundPath::Rest)), "refund_path");
        assert_eq!(wrong(|c| c.rest_iv = Some(Secret::new("1234567890123456"))), "rest_encryption_key");
        assert_eq!(wrong(|c| c.rest_key = Some(Secret::new(""))), "rest_key");
        let encryption = |key: &str, iv: &str| {
            let (key, iv) = (Secret::new(key), Secret::new(iv));
            move |c: &mut Config| (c.rest_encryption_key, c.rest_iv) = (Some(key), Some(iv))
        };
        assert_eq!(wrong(|c| c.endpoint = Some("http://bank.example".into())), "endpoint");
        let live = |c: &mut Config| (c.environment, c.endpoint) = (Environment::Live, Some("http://127.0.0.1:8910".into()));
        assert_eq!(wrong(live), "endpoint");
        let key = "00".repeat(32);
        assert_eq!(wrong(encryption(&key, "1234567890123456")), "rest_key");
        assert_eq!(wrong(encryption(&key, "123456789012345x")), "rest_iv");
        assert_eq!(wrong(encryption(&"00".repeat(33), "1234567890123456")), "rest_encryption_key");
        assert_eq!(wrong(encryption(&"0g".repeat(32), "1234567890123456")), "rest_encryption_key");
    }

    #[test]
    fn every_address_goes_to_the_endpoint() {
        let mut config = Config::new(Environment::Test, "111950028", "0000554052", "00000003", Secret::new("87401456"));
        config.endpoint = Some("http://127.0.0.1:8910/".into());
        let contract = Ceca::new(config).unwrap().contract;
        let console = "http://127.0.0.1:8910/webapp/ConsTpvVirtWeb/ConsTpvVirtS?modo=anularOperacionExt";
        assert_eq!(contract.form_address().unwrap().as_str(), "http://127.0.0.1:8910/tpvweb/tpv/compra.action");
        assert_eq!(contract.console_address(), console);
        assert_eq!(contract.tpvweb_refund_address(), "http://127.0.0.1:8910/tpvweb/anulaciones/anularParcial.action");
        assert_eq!(contract.rest_address("compra"), "http://127.0.0.1:8910/tpvweb/rest/procesos/compra");
    }

    #[test]
    fn a_number_ends_in_a_letter() {
        for byte in 0..=255 {
            let number = number(Entropy::new([byte; 16]));
            check_number(&number).unwrap();
            assert!(number.as_str().ends_with(|c: char| c.is_ascii_uppercase()), "{number}");
        }
        for bad in ["ped-1", "A_1", &"1".repeat(41)] {
            assert!(check_number(&bad.parse().unwrap()).is_err(), "{bad}");
        }
    }
}
