//! The contracts that the sandbox knows, by default the test ones, and how they are read from a file.

use serde::Deserialize;
use vpos_core::Secret;

use crate::paypal::DEFAULT_WEBHOOK;
use crate::{CecaMerchant, ElavonMerchant, PaypalMerchant, RedsysMerchant, RedsysSignature};

/// What a sandbox is started with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SandboxConfig {
    /// The port; 0: any that is free.
    pub port: u16,
    /// Whether notifications may leave this machine.
    pub allow_remote: bool,
    /// Whether the control panel and its API are there.
    pub control: bool,
    /// Redsys's contract.
    pub redsys: RedsysMerchant,
    /// CECA's. Its notifications go to the address in the panel: `notification_url`.
    pub ceca: CecaMerchant,
    /// Elavon's.
    pub elavon: ElavonMerchant,
    /// PayPal's with REST. Its webhooks go to the one that is registered.
    pub paypal: PaypalMerchant,
    /// PayPal's with NVP. IPN goes to `ipn_url` where a call names no other.
    pub paypal_nvp: PaypalMerchant,
}

impl Default for SandboxConfig {
    /// The banks' public test contracts, or ones that look like them.
    fn default() -> Self {
        let mut ceca = CecaMerchant::new("111950028", "0000554052", "00000003", Secret::new("87401456"));
        ceca.rest_key = Some(Secret::new("12345678901234567890123456789012"));
        let mut elavon = ElavonMerchant::new("tienda", "internet", Secret::new("mysecret"));
        elavon.rebate_password = Some(Secret::new("refund"));
        Self {
            port: 0,
            allow_remote: false,
            control: true,
            // the one that Redsys publishes
            redsys: RedsysMerchant::new("999008881", 1, Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7")),
            ceca,
            elavon,
            paypal: PaypalMerchant::rest("sandbox-client", Secret::new("sandbox-client-secret")),
            paypal_nvp: PaypalMerchant::nvp("tienda_api1.example.com", Secret::new("sandbox-pwd"), Secret::new("sandbox-sig")),
        }
    }
}

impl SandboxConfig {
    /// The defaults, changed by a file: tables `[redsys]`, `[ceca]`, `[elavon]`, `[paypal]` and `[paypal-nvp]` with the keys of
    /// a `vpos.toml`, and `notification_url` for those banks that have it in their panel.
    ///
    /// ```
    /// use vpos_sandbox::SandboxConfig;
    ///
    /// let config = SandboxConfig::from_toml("[redsys]\nterminal = 2\nnotification = 'soap'").unwrap();
    /// assert!(config.redsys.soap);
    /// assert!(SandboxConfig::from_toml("[redsys]\ncolour = 'red'").is_err());
    /// ```
    ///
    /// # Errors
    /// A text that says what is wrong and holds no value.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        // a line of the file may hold a key: it is not shown
        let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let mut config = Self::default();
        config.set_redsys(file.redsys)?;
        config.set_ceca(file.ceca);
        config.set_elavon(file.elavon);
        config.set_paypal(file.paypal, file.nvp);
        Ok(config)
    }

    pub(super) fn webhook_id(&self) -> &str {
        self.paypal.webhook.as_ref().map_or(DEFAULT_WEBHOOK, |webhook| webhook.id.as_str())
    }

    fn set_redsys(&mut self, told: Redsys) -> Result<(), String> {
        let merchant = &mut self.redsys;
        set(&mut merchant.merchant_code, told.merchant_code);
        set(&mut merchant.terminal, told.terminal);
        set(&mut merchant.secret_key, told.secret_key);
        set(&mut merchant.fields_in_return, told.fields_in_return);
        for (version, text) in [(&mut merchant.signature, told.signature), (&mut merchant.rest_signature, told.rest_signature)] {
            set(version, text.map(|text| signature(&text)).transpose()?);
        }
        match told.notification.as_deref() {
            None => {}
            Some("http") => merchant.soap = false,
            Some("soap") => merchant.soap = true,
            Some(_) => return Err("redsys.notification: neither \"http\" nor \"soap\"".into()),
        }
        Ok(())
    }

    fn set_ceca(&mut self, told: Ceca) {
        let known = &self.ceca;
        let key = told.key.unwrap_or_else(|| known.key.clone());
        let mut merchant = CecaMerchant::new(
            told.merchant_id.unwrap_or_else(|| known.merchant_id.clone()),
            told.acquirer_bin.unwrap_or_else(|| known.acquirer_bin.clone()),
            told.terminal_id.unwrap_or_else(|| known.terminal_id.clone()),
            key,
        );
        merchant.rest_key = told.rest_key.or_else(|| known.rest_key.clone());
        merchant.notification_url = told.notification_url;
        merchant.registered_url_ok = told.registered_url_ok;
        self.ceca = merchant;
    }

    fn set_elavon(&mut self, told: Elavon) {
        let merchant = &mut self.elavon;
        set(&mut merchant.merchant_id, told.merchant_id);
        set(&mut merchant.account, told.account);
        set(&mut merchant.secret, told.secret);
        if told.rebate_password.is_some() {
            merchant.rebate_password = told.rebate_password;
        }
    }

    fn set_paypal(&mut self, rest: Paypal, nvp: Nvp) {
        if let (Some(id), Some(secret)) = (rest.client_id, rest.client_secret) {
            self.paypal = PaypalMerchant::rest(id, secret);
        }
        set(&mut self.paypal.merchant_id, rest.merchant_id);
        self.paypal.webhook = rest.notification_url.map(|url| crate::PaypalWebhook { id: DEFAULT_WEBHOOK.into(), url });
        if let (Some(username), Some(password), Some(signature)) = (nvp.username, nvp.password, nvp.signature) {
            self.paypal_nvp = PaypalMerchant::nvp(username, password, signature);
        }
        set(&mut self.paypal_nvp.merchant_id, nvp.receiver_id);
        self.paypal_nvp.ipn_url = nvp.notification_url;
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn signature(text: &str) -> Result<RedsysSignature, String> {
    let known = [RedsysSignature::Sha256V1, RedsysSignature::Sha512V1, RedsysSignature::Sha512V2];
    known.into_iter().find(|version| version.to_string() == text).ok_or_else(|| "redsys.signature: no such version".into())
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    redsys: Redsys,
    ceca: Ceca,
    elavon: Elavon,
    paypal: Paypal,
    #[serde(rename = "paypal-nvp")]
    nvp: Nvp,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Redsys {
    merchant_code: Option<String>,
    terminal: Option<u16>,
    secret_key: Option<Secret>,
    signature: Option<String>,
    rest_signature: Option<String>,
    notification: Option<String>,
    fields_in_return: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Ceca {
    merchant_id: Option<String>,
    acquirer_bin: Option<String>,
    terminal_id: Option<String>,
    key: Option<Secret>,
    rest_key: Option<Secret>,
    notification_url: Option<String>,
    registered_url_ok: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Elavon {
    merchant_id: Option<String>,
    account: Option<String>,
    secret: Option<Secret>,
    rebate_password: Option<Secret>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Paypal {
    client_id: Option<String>,
    client_secret: Option<Secret>,
    merchant_id: Option<String>,
    notification_url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Nvp {
    username: Option<String>,
    password: Option<Secret>,
    signature: Option<Secret>,
    receiver_id: Option<String>,
    notification_url: Option<String>,
}
