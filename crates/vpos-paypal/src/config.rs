//! The merchant's contract: which of PayPal's two protocols it speaks, its credentials, where PayPal is, and the rule for numbers.
//!
//! Sources: developer.paypal.com, API requests (hosts) and NVP/SOAP API endpoints; django-virtual-pos 1.7.1 `VPOSPaypal`.

use std::sync::{Arc, Mutex};

use http::Uri;
use vpos_core::{Acceptor, Bank, Entropy, Environment, Error, OperationNumber, Secret, WebAddress};

use crate::Paypal;
use crate::remote::rest::token::Token;

/// The bank's name.
pub const BANK: Bank = Bank::named("paypal");

/// What the contract speaks. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[expect(clippy::exhaustive_enums, reason = "PayPal has these")]
pub enum Protocol {
    /// REST, Orders v2, with webhooks: what a new merchant gets.
    #[default]
    Rest,
    /// NVP, Express Checkout, with IPN: kept by PayPal for merchants who have it.
    Nvp,
}

/// The contract as it is written in `vpos.toml`, not yet checked: [`Paypal::new`] does that.
///
/// ```
/// use vpos_core::{Environment, Secret};
/// use vpos_paypal::{Config, Paypal};
///
/// let mut config = Config::rest(Environment::Test, "AeA1QIZXiflr1", Secret::new("EGnHDxD_qRPd"));
/// config.webhook_id = Some("1JE4291016473214C".into());
/// let paypal = Paypal::new(config.clone())?;
///
/// config.username = Some("tienda_api1.example".into());
/// let error = Paypal::new(config).unwrap_err();
/// assert!(error.to_string().starts_with("contract field `username`: of the protocol nvp, and the contract speaks rest"));
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Config {
    /// PayPal's sandbox, or real money.
    pub environment: Environment,
    /// What the contract speaks; the keys below are of one protocol or the other.
    #[cfg_attr(feature = "serde", serde(default))]
    pub protocol: Protocol,
    /// REST: the application's client id.
    #[cfg_attr(feature = "serde", serde(default))]
    pub client_id: Option<String>,
    /// REST: its secret.
    #[cfg_attr(feature = "serde", serde(default))]
    pub client_secret: Option<Secret>,
    /// REST: the id that PayPal gave the shop's webhook. Without it no webhook is believed: a shop that enters no webhook at PayPal
    /// needs none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub webhook_id: Option<String>,
    /// REST: the payer id of the account that is paid. With it the payee of every answer must be this one.
    #[cfg_attr(feature = "serde", serde(default))]
    pub merchant_id: Option<String>,
    /// REST: how many seconds a webhook's time may be away from ours: 3600 unless given.
    #[cfg_attr(feature = "serde", serde(default))]
    pub webhook_tolerance: Option<u32>,
    /// REST: the shop's name on PayPal's page, where it is not the account's: at most 127 characters.
    #[cfg_attr(feature = "serde", serde(default))]
    pub brand_name: Option<String>,
    /// NVP: `USER`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub username: Option<String>,
    /// NVP: `PWD`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub password: Option<Secret>,
    /// NVP: `SIGNATURE`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub signature: Option<Secret>,
    /// NVP: `VERSION`: 95 unless given, 94 at least.
    #[cfg_attr(feature = "serde", serde(default))]
    pub version: Option<String>,
    /// NVP: the payer id of the account that is paid. With it the receiver of every message must be this one.
    #[cfg_attr(feature = "serde", serde(default))]
    pub receiver_id: Option<String>,
    /// The API, where it is not the environment's: https, or http on this machine. For REST the address before `/v1` and
    /// `/v2`, for NVP the whole.
    #[cfg_attr(feature = "serde", serde(default))]
    pub api_url: Option<String>,
    /// PayPal's pages (`…/cgi-bin/webscr`), where they are not the environment's: https, or http on this machine. Links for the buyer
    /// may then lead to that host alone.
    #[cfg_attr(feature = "serde", serde(default))]
    pub page_url: Option<String>,
    /// Where IPN messages are posted back, where it is not the environment's: https, or http on this machine.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ipn_url: Option<String>,
}

impl Config {
    /// A contract that speaks REST.
    pub fn rest(environment: Environment, client_id: impl Into<String>, client_secret: Secret) -> Self {
        let empty = Self::empty(environment, Protocol::Rest);
        Self { client_id: Some(client_id.into()), client_secret: Some(client_secret), ..empty }
    }

    /// A contract that speaks NVP.
    pub fn nvp(environment: Environment, username: impl Into<String>, password: Secret, signature: Secret) -> Self {
        let empty = Self::empty(environment, Protocol::Nvp);
        Self { username: Some(username.into()), password: Some(password), signature: Some(signature), ..empty }
    }

    const fn empty(environment: Environment, protocol: Protocol) -> Self {
        Self {
            environment,
            protocol,
            client_id: None,
            client_secret: None,
            webhook_id: None,
            merchant_id: None,
            webhook_tolerance: None,
            brand_name: None,
            username: None,
            password: None,
            signature: None,
            version: None,
            receiver_id: None,
            api_url: None,
            page_url: None,
            ipn_url: None,
        }
    }
}

/// The contract, checked.
#[derive(Clone, Debug)]
pub(crate) enum Contract {
    Rest(Arc<Rest>),
    Nvp(Arc<Nvp>),
}

impl Contract {
    pub(crate) fn acceptor(&self) -> &Acceptor {
        match self {
            Self::Rest(rest) => &rest.acceptor,
            Self::Nvp(nvp) => &nvp.acceptor,
        }
    }
}

/// A contract that speaks REST.
#[derive(Debug)]
pub(crate) struct Rest {
    pub(crate) acceptor: Acceptor,
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
    pub(crate) webhook_id: Option<String>,
    pub(crate) merchant_id: Option<String>,
    /// In seconds.
    pub(crate) tolerance: u32,
    pub(crate) brand_name: Option<String>,
    /// The address before `/v1` and `/v2`, without a slash at its end.
    pub(crate) api: String,
    /// The only host to which a buyer may be sent; none: PayPal's own.
    pub(crate) page: Option<Uri>,
    pub(crate) ipn: Uri,
    /// The access token that was asked for last.
    pub(crate) token: Mutex<Option<Token>>,
}

/// A contract that speaks NVP.
#[derive(Debug)]
pub(crate) struct Nvp {
    pub(crate) acceptor: Acceptor,
    pub(crate) username: String,
    pub(crate) password: Secret,
    pub(crate) signature: Secret,
    pub(crate) version: String,
    pub(crate) receiver_id: Option<String>,
    pub(crate) api: Uri,
    pub(crate) page: WebAddress,
    pub(crate) ipn: Uri,
}

/// Checks a contract.
pub(crate) fn check(config: Config) -> Result<Paypal, Error> {
    let contract = match config.protocol {
        Protocol::Rest => Contract::Rest(Arc::new(rest(config)?)),
        Protocol::Nvp => Contract::Nvp(Arc::new(nvp(config)?)),
    };
    Ok(Paypal { contract })
}

fn rest(config: Config) -> Result<Rest, Error> {
    const FOREIGN: &str = "of the protocol nvp, and the contract speaks rest: set protocol = \"nvp\", or leave the key out";
    foreign([
        ("username", config.username.is_some(), FOREIGN),
        ("password", config.password.is_some(), FOREIGN),
        ("signature", config.signature.is_some(), FOREIGN),
        ("version", config.version.is_some(), FOREIGN),
        (
            "receiver_id",
            config.receiver_id.is_some(),
            "of the protocol nvp, and the contract speaks rest: there it is merchant_id",
        ),
    ])?;
    let client_id = plain("client_id", config.client_id)?;
    // RFC 7617: what stands before the colon has none
    if client_id.contains(':') {
        return Err(Error::config("client_id", "has a colon"));
    }
    let webhook_id = config.webhook_id.map(|id| plain("webhook_id", Some(id))).transpose()?;
    // api/webhooks/v1, verify-webhook-signature: webhook_id
    if webhook_id.as_ref().is_some_and(|id| id.len() > 50 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')) {
        return Err(Error::config("webhook_id", "not 1 to 50 letters and digits"));
    }
    if config.brand_name.as_ref().is_some_and(|name| name.is_empty() || name.chars().count() > 127) {
        return Err(Error::config("brand_name", "not 1 to 127 characters"));
    }
    let host = match config.environment {
        Environment::Test => "https://api-m.sandbox.paypal.com",
        Environment::Live => "https://api-m.paypal.com",
    };
    let api = address("api_url", config.api_url.as_deref().unwrap_or(host))?.to_string();
    if api.contains('?') {
        return Err(Error::config("api_url", "has a query"));
    }
    let merchant_id = payer_id("merchant_id", config.merchant_id)?;
    Ok(Rest {
        acceptor: Acceptor::new(BANK, config.environment, merchant_id.as_deref().unwrap_or(&client_id), None),
        client_secret: secret("client_secret", config.client_secret)?,
        client_id,
        webhook_id,
        merchant_id,
        tolerance: config.webhook_tolerance.unwrap_or(3_600),
        brand_name: config.brand_name,
        api: api.trim_end_matches('/').to_owned(),
        page: config.page_url.as_deref().map(|page| uri("page_url", page)).transpose()?,
        ipn: ipn(config.environment, config.ipn_url.as_deref())?,
        token: Mutex::new(None),
    })
}

fn nvp(config: Config) -> Result<Nvp, Error> {
    const FOREIGN: &str = "of the protocol rest, and the contract speaks nvp: leave the key out, or the protocol";
    foreign([
        ("client_id", config.client_id.is_some(), FOREIGN),
        ("client_secret", config.client_secret.is_some(), FOREIGN),
        ("webhook_id", config.webhook_id.is_some(), FOREIGN),
        ("webhook_tolerance", config.webhook_tolerance.is_some(), FOREIGN),
        (
            "merchant_id",
            config.merchant_id.is_some(),
            "of the protocol rest, and the contract speaks nvp: there it is receiver_id",
        ),
        ("brand_name", config.brand_name.is_some(), FOREIGN),
    ])?;
    let username = plain("username", config.username)?;
    let version = version(config.version)?;
    let (api, page) = match config.environment {
        Environment::Test => ("https://api-3t.sandbox.paypal.com/nvp", "https://www.sandbox.paypal.com/cgi-bin/webscr"),
        Environment::Live => ("https://api-3t.paypal.com/nvp", "https://www.paypal.com/cgi-bin/webscr"),
    };
    let receiver_id = payer_id("receiver_id", config.receiver_id)?;
    let page = address("page_url", config.page_url.as_deref().unwrap_or(page))?;
    if page.as_str().contains('?') {
        return Err(Error::config("page_url", "has a query"));
    }
    Ok(Nvp {
        acceptor: Acceptor::new(BANK, config.environment, receiver_id.as_deref().unwrap_or(&username), None),
        username,
        password: secret("password", config.password)?,
        signature: secret("signature", config.signature)?,
        version,
        receiver_id,
        api: uri("api_url", config.api_url.as_deref().unwrap_or(api))?,
        page,
        ipn: ipn(config.environment, config.ipn_url.as_deref())?,
    })
}

/// A key of the other protocol is a contract that somebody thinks is another.
fn foreign<const N: usize>(keys: [(&'static str, bool, &'static str); N]) -> Result<(), Error> {
    match keys.into_iter().find(|(_, given, _)| *given) {
        Some((key, _, reason)) => Err(Error::config(key, reason)),
        None => Ok(()),
    }
}

/// `VERSION`. Below 94 PayPal knows no `MSGSUBID` in every call that moves money, and a repetition would move it twice [NVP API
/// reference, `DoVoid`: `MSGSUBID`, "available since version 94.0"; others since 92.0].
fn version(given: Option<String>) -> Result<String, Error> {
    let version = given.unwrap_or_else(|| "95".into());
    let digits = |part: &str| (1..=5).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, part) = version.split_once('.').unwrap_or((&version, "0"));
    if !digits(whole) || !digits(part) {
        return Err(Error::config("version", "not a number as 95 or 124.0"));
    }
    if whole.parse::<u32>().is_ok_and(|whole| whole < 94) {
        return Err(Error::config("version", "below 94: PayPal knows no request ids there, and a repeated call would act twice"));
    }
    Ok(version)
}

/// A key that must be there: visible ASCII.
fn plain(field: &'static str, value: Option<String>) -> Result<String, Error> {
    let value = value.ok_or_else(|| Error::config(field, "missing"))?;
    if value.is_empty() || value.len() > 255 || !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Error::config(field, "not 1 to 255 visible ASCII characters"));
    }
    Ok(value)
}

fn secret(field: &'static str, value: Option<Secret>) -> Result<Secret, Error> {
    let value = value.ok_or_else(|| Error::config(field, "missing"))?;
    let text = value.expose();
    if text.is_empty() || text.len() > 255 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::config(field, "empty, too long, or with white space"));
    }
    Ok(value)
}

/// The id of a PayPal account [api/orders/v2: `payer_id`, 13 characters]. An e-mail address is not one: it may change hands.
fn payer_id(field: &'static str, value: Option<String>) -> Result<Option<String>, Error> {
    let good = |id: &str| id.len() == 13 && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    match value {
        Some(id) if !good(&id) => Err(Error::config(field, "not 13 capitals and digits")),
        value => Ok(value),
    }
}

/// https, or http to this machine alone: PayPal's answers are believed because of TLS.
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

fn uri(field: &'static str, text: &str) -> Result<Uri, Error> {
    address(field, text)?.as_str().parse().map_err(|_| Error::config(field, "not an absolute https address"))
}

/// Where IPN messages are posted back [developer.paypal.com, IPN guide].
fn ipn(environment: Environment, given: Option<&str>) -> Result<Uri, Error> {
    let host = match environment {
        Environment::Test => "https://ipnpb.sandbox.paypal.com/cgi-bin/webscr",
        Environment::Live => "https://ipnpb.paypal.com/cgi-bin/webscr",
    };
    uri("ipn_url", given.unwrap_or(host))
}

/// PayPal takes 127 characters of whatever kind; ours can be read out, and leave room for what a refund's number adds.
pub(crate) fn check_number(number: &OperationNumber) -> Result<(), Error> {
    let text = number.as_str();
    if text.len() > 36 || !text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-') {
        return Err(Error::payment("number", "not 1 to 36 capitals, digits and '-'"));
    }
    Ok(())
}

/// Twenty characters. No I, O: people read these numbers to each other.
pub(crate) fn number(mut seed: Entropy) -> OperationNumber {
    let text = seed.draw(b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", 20);
    #[expect(clippy::expect_used, reason = "twenty characters of an alphabet that numbers have")]
    text.parse().expect("a number by the rule")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest() -> Config {
        Config::rest(Environment::Test, "AeA1", Secret::new("EGn5"))
    }

    fn nvp() -> Config {
        Config::nvp(Environment::Live, "tienda_api1.example", Secret::new("QFZC"), Secret::new("AFcW"))
    }

    fn field_of(config: Config) -> String {
        match Paypal::new(config) {
            Err(Error::Config { field, .. }) => field.into_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wrong_contract_names_its_field() {
        assert!(Paypal::new(rest()).is_ok() && Paypal::new(nvp()).is_ok());
        assert_eq!(field_of(Config { client_id: None, ..rest() }), "client_id");
        assert_eq!(field_of(Config { client_id: Some("a:b".into()), ..rest() }), "client_id");
        assert_eq!(field_of(Config { client_secret: None, ..rest() }), "client_secret");
        assert_eq!(field_of(Config { client_secret: Some(Secret::new("a b")), ..rest() }), "client_secret");
        assert_eq!(field_of(Config { webhook_id: Some("a/b".into()), ..rest() }), "webhook_id");
        assert_eq!(field_of(Config { merchant_id: Some("tienda@example.com".into()), ..rest() }), "merchant_id");
        assert_eq!(field_of(Config { brand_name: Some("x".repeat(128)), ..rest() }), "brand_name");
        assert_eq!(field_of(Config { username: None, ..nvp() }), "username");
        assert_eq!(field_of(Config { password: None, ..nvp() }), "password");
        assert_eq!(field_of(Config { signature: Some(Secret::new("")), ..nvp() }), "signature");
        assert_eq!(field_of(Config { receiver_id: Some("x".into()), ..nvp() }), "receiver_id");
        for version in ["", "95.", "v95", "9 5", "1.2.3", "123456"] {
            assert_eq!(field_of(Config { version: Some(version.into()), ..nvp() }), "version", "{version}");
        }
        for version in ["94", "94.0", "95", "124.0"] {
            assert!(Paypal::new(Config { version: Some(version.into()), ..nvp() }).is_ok(), "{version}");
        }
        for version in ["93", "93.9", "0", "51.0"] {
            let reason = Paypal::new(Config { version: Some(version.into()), ..nvp() }).unwrap_err().to_string();
            assert!(reason.contains("`version`: below 94"), "{reason}");
        }
    }

    #[test]
    fn a_key_of_the_other_protocol_is_named() {
        assert_eq!(field_of(Config { signature: Some(Secret::new("AFcW")), ..rest() }), "signature");
        assert_eq!(field_of(Config { version: Some("95".into()), ..rest() }), "version");
        assert_eq!(field_of(Config { client_secret: Some(Secret::new("EGn5")), ..nvp() }), "client_secret");
        assert_eq!(field_of(Config { webhook_id: Some("WH1".into()), ..nvp() }), "webhook_id");
        assert_eq!(field_of(Config { webhook_tolerance: Some(1), ..nvp() }), "webhook_tolerance");
        assert_eq!(field_of(Config { protocol: Protocol::Nvp, ..rest() }), "client_id");
        for (config, word) in [
            (Config { username: Some("tienda".into()), ..rest() }, "protocol = \"nvp\""),
            (Config { receiver_id: Some("7C2LDBEMSAFLS".into()), ..rest() }, "merchant_id"),
            (Config { merchant_id: Some("7C2LDBEMSAFLS".into()), ..nvp() }, "receiver_id"),
        ] {
            let reason = Paypal::new(config).unwrap_err().to_string();
            assert!(reason.contains(word), "{reason}");
        }
    }

    #[test]
    fn another_address_is_https_or_this_machine() {
        for url in ["http://api.example/", "ftp://api.example/", "api.example", "http://localhost.evil.example/", ""] {
            for config in [rest(), nvp()] {
                assert_eq!(field_of(Config { api_url: Some(url.into()), ..config.clone() }), "api_url", "{url}");
                assert_eq!(field_of(Config { page_url: Some(url.into()), ..config.clone() }), "page_url", "{url}");
                assert_eq!(field_of(Config { ipn_url: Some(url.into()), ..config }), "ipn_url", "{url}");
            }
        }
        for url in ["https://api.example", "http://127.0.0.1:8080/paypal", "http://localhost/"] {
            assert!(Paypal::new(Config { api_url: Some(url.into()), ..rest() }).is_ok(), "{url}");
        }
    }

    #[test]
    fn no_secret_is_shown() {
        for config in [rest(), nvp()] {
            let shown = format!("{config:?} {:?}", Paypal::new(config.clone()).unwrap());
            assert!(!["EGn5", "QFZC", "AFcW"].iter().any(|secret| shown.contains(secret)), "{shown}");
        }
    }

    #[test]
    fn numbers() {
        let check = |text: &str| check_number(&text.parse().unwrap());
        assert!(check("PED17-K7Q2M9XA").is_ok() && check(&"A".repeat(36)).is_ok());
        for text in [&*"A".repeat(37), "ped17", "A_B"] {
            assert!(check(text).is_err(), "{text}");
        }
        assert!(check_number(&number(Entropy::new([0xA5; 16]))).is_ok());
    }
}
