//! Where the banks are, and the `vpos.toml` that points a shop at them.

use std::fmt;

use super::SandboxConfig;
use crate::{CecaCipher, ElavonHash, PaypalAccess, RedsysSignature};

/// The addresses of a running sandbox.
#[derive(Clone)]
#[non_exhaustive]
pub struct Addresses {
    /// What all begin with: `http://127.0.0.1:PORT`. It is the `endpoint` of a Redsys and of a CECA contract, and the `api_url`
    /// of PayPal's REST.
    pub base: String,
    /// Elavon's `hpp_url`.
    pub elavon_hpp: String,
    /// Elavon's `remote_url`.
    pub elavon_remote: String,
    /// PayPal's `page_url`, for REST.
    pub paypal_page: String,
    /// PayPal's `api_url`, for NVP.
    pub nvp_api: String,
    /// PayPal's `page_url` and `ipn_url`, for NVP.
    pub nvp_page: String,
    /// The control panel; with `/state` and the like behind it the API.
    pub control: String,
    vpos_toml: String,
}

impl Addresses {
    pub(super) fn new(base: &str, config: &SandboxConfig) -> Self {
        let under = |path: &str| format!("{base}{path}");
        let mut addresses = Self {
            base: base.to_owned(),
            elavon_hpp: under("/pay"),
            elavon_remote: under("/epage-remote.cgi"),
            paypal_page: under("/checkoutnow"),
            nvp_api: under("/nvp"),
            nvp_page: under("/cgi-bin/webscr"),
            control: under("/control"),
            vpos_toml: String::new(),
        };
        addresses.vpos_toml = addresses.snippet(config);
        addresses
    }

    /// A ready `vpos.toml`: the contracts of the sandbox, whose addresses lead here. The keys stand in it: they are worth
    /// nothing anywhere else.
    pub fn vpos_toml(&self) -> &str {
        &self.vpos_toml
    }

    fn snippet(&self, config: &SandboxConfig) -> String {
        let tables = [self.redsys(config), self.ceca(config), self.elavon(config), self.paypal(config), self.nvp(config)];
        let mut text = String::new();
        for (name, lines) in ["redsys", "ceca", "elavon", "paypal", "paypal-nvp"].into_iter().zip(tables) {
            let bank = name.split('-').next().unwrap_or(name);
            text += &["[pos.", name, "]\nbank = \"", bank, "\"\nenvironment = \"test\"\n"].concat();
            for (key, value) in lines {
                // a string of TOML and one of JSON are written alike but for \u escapes, which no key here has
                let quoted = if key == "terminal" { value } else { serde_json::Value::from(value).to_string() };
                text += &[key, " = ", &quoted, "\n"].concat();
            }
            text.push('\n');
        }
        text
    }

    fn redsys(&self, config: &SandboxConfig) -> Vec<(&'static str, String)> {
        let merchant = &config.redsys;
        let signature = |signature: RedsysSignature| signature.to_string();
        let mut lines = vec![
            ("merchant_code", merchant.merchant_code.clone()),
            ("terminal", merchant.terminal.to_string()),
            ("secret_key", merchant.secret_key.expose().to_owned()),
            ("signature", signature(merchant.signature)),
            ("rest_signature", signature(merchant.rest_signature)),
            ("endpoint", self.base.clone()),
        ];
        if merchant.soap {
            lines.push(("notification", "soap".into()));
        }
        lines
    }

    fn ceca(&self, config: &SandboxConfig) -> Vec<(&'static str, String)> {
        let merchant = &config.ceca;
        let cipher = match merchant.cipher {
            CecaCipher::Hmac => "HMAC",
            CecaCipher::Sha1 => "SHA1",
            CecaCipher::Sha2 => "SHA2",
        };
        let mut lines = vec![
            ("merchant_id", merchant.merchant_id.clone()),
            ("acquirer_bin", merchant.acquirer_bin.clone()),
            ("terminal_id", merchant.terminal_id.clone()),
            ("key", merchant.key.expose().to_owned()),
            ("cipher", cipher.to_owned()),
            ("endpoint", self.base.clone()),
        ];
        lines.extend(merchant.rest_key.as_ref().map(|key| ("rest_key", key.expose().to_owned())));
        lines
    }

    fn elavon(&self, config: &SandboxConfig) -> Vec<(&'static str, String)> {
        let merchant = &config.elavon;
        let mut lines = vec![
            ("merchant_id", merchant.merchant_id.clone()),
            ("account", merchant.account.clone()),
            ("secret", merchant.secret.expose().to_owned()),
            ("hash", if merchant.hash == ElavonHash::Sha1 { "sha1" } else { "sha256" }.to_owned()),
            ("hpp_url", self.elavon_hpp.clone()),
            ("remote_url", self.elavon_remote.clone()),
        ];
        lines.extend(merchant.rebate_password.as_ref().map(|password| ("rebate_password", password.expose().to_owned())));
        lines
    }

    fn paypal(&self, config: &SandboxConfig) -> Vec<(&'static str, String)> {
        let merchant = &config.paypal;
        let mut lines = vec![("protocol", "rest".to_owned())];
        if let PaypalAccess::Rest { client_id, client_secret } = &merchant.access {
            lines.push(("client_id", client_id.clone()));
            lines.push(("client_secret", client_secret.expose().to_owned()));
        }
        lines.extend([
            ("webhook_id", config.webhook_id().to_owned()),
            ("merchant_id", merchant.merchant_id.clone()),
            ("api_url", self.base.clone()),
            ("page_url", self.paypal_page.clone()),
        ]);
        lines
    }

    fn nvp(&self, config: &SandboxConfig) -> Vec<(&'static str, String)> {
        let merchant = &config.paypal_nvp;
        let mut lines = vec![("protocol", "nvp".to_owned())];
        if let PaypalAccess::Nvp { username, password, signature } = &merchant.access {
            lines.push(("username", username.clone()));
            lines.push(("password", password.expose().to_owned()));
            lines.push(("signature", signature.expose().to_owned()));
        }
        lines.extend([
            ("receiver_id", merchant.merchant_id.clone()),
            ("api_url", self.nvp_api.clone()),
            ("page_url", self.nvp_page.clone()),
            ("ipn_url", self.nvp_page.clone()),
        ]);
        lines
    }
}

/// Shows no snippet: the keys stand in it.
impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Addresses").field("base", &self.base).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_shown_but_in_the_snippet() {
        let addresses = Addresses::new("http://127.0.0.1:8910", &SandboxConfig::default());
        assert!(addresses.vpos_toml().contains("mysecret"));
        assert_eq!(format!("{addresses:?}"), "Addresses { base: \"http://127.0.0.1:8910\", .. }");
    }
}
