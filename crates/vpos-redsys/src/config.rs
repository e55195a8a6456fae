//! The merchant's contract: its codes, its keys, which signatures it accepts, and the rule for order numbers.
//!
//! Source: banks' redirection manual 4.2; addresses from the same.

use std::sync::Arc;

use vpos_core::{Acceptor, Bank, Entropy, Environment, Error, OperationNumber, Secret, WebAddress};

use crate::Redsys;
use crate::signature::{Key, SignatureVersion};

/// The bank's name.
pub const BANK: Bank = Bank::named("redsys");

/// How the terminal notifies: set in the bank's panel. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[expect(clippy::exhaustive_enums, reason = "the panel has these")]
pub enum NotificationKind {
    /// A form post whose answer nobody reads.
    #[default]
    Http,
    /// SOAP ("synchronous SOAP"): the answer decides the payment.
    Soap,
}

/// The contract as it is written in `vpos.toml`, not yet checked: [`Redsys::new`] does that.
///
/// The bank gives the FUC (its nine digits for the merchant) and the terminal (one till of it). The key is in the bank's
/// administration portal, under "Consulta datos del Comercio": the key icon beside the terminal, or the button "Ver clave de
/// firma" on the terminal's page. Each terminal has its own, and the test system another than the live one.
///
/// ```
/// use vpos_core::{Environment, Secret};
/// use vpos_redsys::{Config, Redsys};
///
/// // the bank's public test contract
/// let config = Config::new(Environment::Test, "999008881", 1, Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7"));
/// let redsys = Redsys::new(config)?;
///
/// let config = Config::new(Environment::Test, "99900888", 1, Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7"));
/// assert_eq!(Redsys::new(config).unwrap_err().to_string(), "contract field `merchant_code`: not 9 digits");
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Config {
    /// The bank's test system, or real cards.
    pub environment: Environment,
    /// FUC: the bank's 9 digits for the merchant.
    pub merchant_code: String,
    /// The terminal, 1 to 999.
    pub terminal: u32,
    /// The key of the terminal: 32 characters, Base64 of 24 bytes, from the bank's panel.
    pub secret_key: Secret,
    /// The signature of the form: the version that the terminal takes, else the bank answers SIS0042.
    #[cfg_attr(feature = "serde", serde(default))]
    pub signature: SignatureVersion,
    /// The signature of REST calls; none: `HMAC_SHA512_V1`, or `HMAC_SHA256_V1` when the form's is that.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rest_signature: Option<SignatureVersion>,
    /// What is accepted from the bank; none: the two above. More only while a contract moves to another version. A message in
    /// another version is refused, well signed or not.
    #[cfg_attr(feature = "serde", serde(default))]
    pub accepted_signatures: Option<Vec<SignatureVersion>>,
    /// The shop's name on the bank's page, at most 25 characters.
    #[cfg_attr(feature = "serde", serde(default))]
    pub merchant_name: Option<String>,
    /// How the terminal notifies.
    #[cfg_attr(feature = "serde", serde(default))]
    pub notification: NotificationKind,
    /// For a simulated bank (`vpos-sandbox`): what the addresses of form, REST and query begin with instead of the
    /// environment's: https, or http on this machine and `test` alone. What is signed does not change.
    #[cfg_attr(feature = "serde", serde(default))]
    pub endpoint: Option<String>,
}

impl Config {
    /// A contract with the defaults.
    pub fn new(environment: Environment, merchant_code: impl Into<String>, terminal: u32, secret_key: Secret) -> Self {
        Self {
            environment,
            merchant_code: merchant_code.into(),
            terminal,
            secret_key,
            signature: SignatureVersion::default(),
            rest_signature: None,
            accepted_signatures: None,
            merchant_name: None,
            notification: NotificationKind::Http,
            endpoint: None,
        }
    }
}

/// The contract, checked.
#[derive(Clone, Debug)]
pub(crate) struct Contract {
    pub(crate) acceptor: Acceptor,
    pub(crate) terminal: u16,
    pub(crate) key: Key,
    pub(crate) signature: SignatureVersion,
    pub(crate) rest_signature: SignatureVersion,
    pub(crate) merchant_name: Option<String>,
    pub(crate) notification: NotificationKind,
    accepted: Vec<SignatureVersion>,
    host: String,
}

impl Contract {
    pub(crate) fn accepts(&self, version: SignatureVersion) -> bool {
        self.accepted.contains(&version)
    }

    /// SOAP has no version in it and is documented with `HMAC_SHA256_V1` alone: believed where the contract says that its
    /// terminal notifies by SOAP, or accepts that version anyway.
    pub(crate) fn accepts_soap(&self) -> bool {
        self.notification == NotificationKind::Soap || self.accepts(SignatureVersion::HmacSha256V1)
    }

    /// Where the buyer goes.
    pub(crate) fn form_address(&self) -> Result<WebAddress, Error> {
        WebAddress::parse("action", format!("{}/sis/realizarPago", self.host))
    }

    /// Where REST operations go.
    pub(crate) fn rest_address(&self) -> String {
        format!("{}/sis/rest/trataPeticionREST", self.host)
    }

    /// Where SOAP queries go.
    pub(crate) fn query_address(&self) -> String {
        format!("{}/apl02/services/SerClsWSConsulta", self.host)
    }
}

pub(crate) fn check(config: Config) -> Result<Redsys, Error> {
    if config.merchant_code.len() != 9 || !config.merchant_code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::config("merchant_code", "not 9 digits"));
    }
    let terminal = u16::try_from(config.terminal).ok().filter(|terminal| (1..=999).contains(terminal));
    let terminal = terminal.ok_or_else(|| Error::config("terminal", "not 1 to 999"))?;
    if let Some(name) = &config.merchant_name {
        check_merchant_name(name)?;
    }
    let rest_signature = config.rest_signature.unwrap_or(match config.signature {
        SignatureVersion::HmacSha256V1 => SignatureVersion::HmacSha256V1,
        SignatureVersion::HmacSha512V1 | SignatureVersion::HmacSha512V2 => SignatureVersion::HmacSha512V1,
    });
    let accepted = config.accepted_signatures.unwrap_or_else(|| vec![config.signature, rest_signature]);
    if accepted.is_empty() {
        return Err(Error::config("accepted_signatures", "empty: no message could ever be believed"));
    }
    let contract = Contract {
        acceptor: Acceptor::new(BANK, config.environment, &config.merchant_code, Some(&terminal.to_string())),
        terminal,
        key: Key::parse(&config.secret_key)?,
        signature: config.signature,
        rest_signature,
        merchant_name: config.merchant_name,
        notification: config.notification,
        accepted,
        host: host(config.environment, config.endpoint.as_deref())?,
    };
    Ok(Redsys { contract: Arc::new(contract) })
}

/// What every address begins with.
fn host(environment: Environment, endpoint: Option<&str>) -> Result<String, Error> {
    let host = match (environment, endpoint) {
        (_, Some(endpoint)) => {
            let address = WebAddress::parse_endpoint("endpoint", endpoint, environment)?;
            return Ok(address.as_str().trim_end_matches('/').to_owned());
        }
        (Environment::Test, None) => "https://sis-t.redsys.es:25443",
        (Environment::Live, None) => "https://sis.redsys.es",
    };
    Ok(host.to_owned())
}

fn check_merchant_name(name: &str) -> Result<(), Error> {
    // manual 4.2: Ds_Merchant_MerchantName, 25 characters
    let fits = (1..=25).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Error::config("merchant_name", "not 1 to 25 characters")) }
}

/// Four digits, then up to eight letters or digits (manual 4.2: `Ds_Merchant_Order`).
pub(crate) fn check_number(number: &OperationNumber) -> Result<(), Error> {
    let text = number.as_str();
    let digits = text.len() >= 4 && text.bytes().take(4).all(|b| b.is_ascii_digit());
    if !digits || text.len() > 12 || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Error::payment("number", "not 4 digits and up to 8 letters or digits"));
    }
    Ok(())
}

/// Twelve characters by that rule. Upper case only, and no I, O: people read these numbers to each other.
pub(crate) fn number(mut seed: Entropy) -> OperationNumber {
    let digits = seed.draw(b"0123456789", 4);
    let letters = seed.draw(b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", 8);
    #[expect(clippy::expect_used, reason = "twelve characters of an alphabet that numbers have")]
    format!("{digits}{letters}").parse().expect("a number by the bank's rule")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(environment: Environment, endpoint: Option<&str>) -> Result<Redsys, Error> {
        let key = Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7");
        let mut config = Config::new(environment, "999008881", 1, key);
        config.endpoint = endpoint.map(str::to_owned);
        Redsys::new(config)
    }

    #[test]
    fn every_address_goes_to_the_endpoint() {
        for endpoint in ["http://127.0.0.1:8910", "http://127.0.0.1:8910/"] {
            let contract = built(Environment::Test, Some(endpoint)).unwrap().contract;
            assert_eq!(contract.form_address().unwrap().as_str(), "http://127.0.0.1:8910/sis/realizarPago");
            assert_eq!(contract.rest_address(), "http://127.0.0.1:8910/sis/rest/trataPeticionREST");
            assert_eq!(contract.query_address(), "http://127.0.0.1:8910/apl02/services/SerClsWSConsulta");
        }
        let contract = built(Environment::Live, None).unwrap().contract;
        assert_eq!(contract.rest_address(), "https://sis.redsys.es/sis/rest/trataPeticionREST");
    }

    #[test]
    fn no_endpoint_without_tls_but_on_this_machine_and_never_with_real_money() {
        let cases = [
            (Environment::Test, "http://bank.example"),
            (Environment::Test, "http://localhost.bank.example"),
            (Environment::Test, "127.0.0.1:8910"),
            (Environment::Test, "http://127.0.0.1:8910/?a=1"),
            (Environment::Live, "http://127.0.0.1:8910"),
        ];
        for (environment, endpoint) in cases {
            let error = built(environment, Some(endpoint)).unwrap_err();
            assert!(error.to_string().starts_with("contract field `endpoint`"), "{endpoint}: {error}");
        }
        assert!(built(Environment::Live, Some("https://bank.example")).is_ok());
    }
}
