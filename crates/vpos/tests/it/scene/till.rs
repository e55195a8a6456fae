//! The contracts of a scene: the merchant's side for a flow, the bank's side for the simulated bank.

use vpos::ceca::{Ceca, signature::Cipher};
use vpos::elavon::signature::HashVersion;
use vpos::elavon::{Elavon, Settle};
use vpos::http::Request;
use vpos::paypal::Paypal;
use vpos::redsys::signature::SignatureVersion;
use vpos::redsys::{NotificationKind, Redsys};
use vpos::{AnyPos, Environment, Secret, ceca, elavon, paypal, redsys};
use vpos_sandbox::{
    CecaBank, CecaCipher, CecaMerchant, ElavonBank, ElavonHash, ElavonMerchant, PaypalBank, PaypalMerchant, PaypalWebhook,
    RedsysBank, RedsysMerchant, RedsysSignature, SimulatedBank,
};

use super::NOTIFICATION_URL;

/// A simulated bank, and what it sends because of a call.
pub(crate) trait AtBank: SimulatedBank + Send {
    fn later(&mut self) -> Vec<Request<Vec<u8>>> {
        Vec::new()
    }
}

impl AtBank for CecaBank {}
impl AtBank for ElavonBank {}
impl AtBank for RedsysBank {}

impl AtBank for PaypalBank {
    fn later(&mut self) -> Vec<Request<Vec<u8>>> {
        self.take_messages()
    }
}

pub(crate) type Simulated = Box<dyn AtBank>;

/// A bank, and how it is spoken with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Till {
    Ceca,
    Elavon,
    ElavonAuto,
    PaypalNvp,
    PaypalRest,
    Redsys,
    RedsysSoap,
}

macro_rules! by_name {
    ($($name:ident: $till:ident,)+) => {
        /// The tills by the names that tests have.
        pub(crate) mod named {
            $(pub(crate) const fn $name() -> super::Till {
                super::Till::$till
            })+
        }
    };
}

by_name! {
    ceca: Ceca,
    elavon: Elavon,
    elavon_auto: ElavonAuto,
    paypal_nvp: PaypalNvp,
    paypal_rest: PaypalRest,
    redsys: Redsys,
    redsys_soap: RedsysSoap,
}

/// A test at each of these tills: `forged::redsys` runs `forged(Till::Redsys)`.
macro_rules! at_each {
    ($($test:ident: $($till:ident)+;)+) => {$(
        mod $test {
            $(#[tokio::test]
            async fn $till() {
                super::$test(crate::scene::till::named::$till()).await;
            })+
        }
    )+};
}

pub(crate) use at_each;

/// A contract; tests change parts of it for an attacker's one.
#[derive(Clone, Debug)]
pub(crate) struct Contract {
    pub(crate) till: Till,
    /// Its name in the registry.
    pub(crate) name: String,
    pub(crate) environment: Environment,
    pub(crate) merchant: String,
    pub(crate) terminal: String,
    pub(crate) key: String,
    /// The older one of two signatures.
    pub(crate) older: bool,
}

impl Till {
    pub(crate) const ALL: [Self; 7] =
        [Self::Ceca, Self::Elavon, Self::ElavonAuto, Self::PaypalNvp, Self::PaypalRest, Self::Redsys, Self::RedsysSoap];

    pub(crate) fn contract(self) -> Contract {
        let (name, merchant, terminal, key) = match self {
            Self::Ceca => ("ceca", "111950028", "00000003", "87401456"),
            Self::Elavon => ("elavon", "tienda", "internet", "e1av0n-mysecret"),
            Self::ElavonAuto => ("elavon-auto", "comercio", "internet", "e1av0n-auto-secret"),
            Self::PaypalNvp => ("paypal-nvp", "7C2LDBEMSAFLS", "", "nvp-P4ssw0rd-of-tests"),
            Self::PaypalRest => ("paypal-rest", "7C2LDBEMSAFLS", "", "EGnHDxD-rest-client-s3cret"),
            Self::Redsys => ("redsys", "999008881", "1", "sq7HjrUOBfKmC576ILgskD5srU870gJ7"),
            Self::RedsysSoap => ("redsys-soap", "999008882", "1", "Mk9m98IfEblmPfrpsawt7BmxObt98Jev"),
        };
        Contract {
            till: self,
            name: name.into(),
            environment: Environment::Test,
            merchant: merchant.into(),
            terminal: terminal.into(),
            key: key.into(),
            older: false,
        }
    }

    /// Whether the money moves by a call of ours after the message.
    pub(crate) const fn charges_by_call(self) -> bool {
        matches!(self, Self::Elavon | Self::PaypalNvp | Self::PaypalRest)
    }

    /// Whether a form can ask for a hold.
    pub(crate) const fn holds(self) -> bool {
        !matches!(self, Self::Ceca)
    }

    /// Whether a call is for that bank.
    pub(crate) fn is_asked(self, request: &Request<Vec<u8>>) -> bool {
        let host = request.uri().host().unwrap_or_default();
        let classic = matches!(request.uri().path(), "/nvp" | "/cgi-bin/webscr");
        match self {
            Self::Ceca => host.contains("ceca"),
            Self::Elavon | Self::ElavonAuto => host.contains("elavon") && self.is_named_in(request),
            Self::PaypalNvp => host.contains("paypal") && classic,
            Self::PaypalRest => host.contains("paypal") && !classic,
            Self::Redsys | Self::RedsysSoap => host.contains("redsys") && self.is_named_in(request),
        }
    }

    /// Two contracts of a bank in one scene: the message says whose it is, at Redsys in Base64 too.
    fn is_named_in(self, request: &Request<Vec<u8>>) -> bool {
        let other = match self {
            Self::Elavon => Self::ElavonAuto,
            Self::ElavonAuto => Self::Elavon,
            Self::Redsys => Self::RedsysSoap,
            _ => Self::Redsys,
        };
        let text = super::messages::readable(request);
        !text.contains(&other.contract().merchant)
    }
}

impl Contract {
    fn secret(&self) -> Secret {
        Secret::new(self.key.clone())
    }

    /// Every text that must never be seen.
    pub(crate) fn secrets(&self) -> Vec<String> {
        vec![self.key.clone(), "r3bate-passw0rd".into(), "nvp-S1gnature-of-tests".into()]
    }

    /// The merchant's side.
    pub(crate) fn pos(&self) -> AnyPos {
        let (environment, merchant) = (self.environment, self.merchant.clone());
        match self.till {
            Till::Ceca => {
                let mut config = ceca::Config::new(environment, merchant, "0000554052", self.terminal.clone(), self.secret());
                config.cipher = Some(if self.older { Cipher::Sha1 } else { Cipher::Sha2 });
                AnyPos::Ceca(Ceca::new(config).unwrap())
            }
            Till::Elavon | Till::ElavonAuto => {
                let mut config = elavon::Config::new(environment, merchant, self.terminal.clone(), self.secret());
                config.settle = if self.till == Till::ElavonAuto { Settle::Auto } else { Settle::OnConfirmation };
                config.hash = if self.older { HashVersion::Sha1 } else { HashVersion::Sha256 };
                config.rebate_password = Some(Secret::new("r3bate-passw0rd"));
                AnyPos::Elavon(Elavon::new(config).unwrap())
            }
            Till::PaypalNvp => {
                let signature = Secret::new("nvp-S1gnature-of-tests");
                let mut config = paypal::Config::nvp(environment, "tienda_api1.example", self.secret(), signature);
                config.receiver_id = Some(merchant);
                AnyPos::Paypal(Paypal::new(config).unwrap())
            }
            Till::PaypalRest => {
                let mut config = paypal::Config::rest(environment, "AeA1QIZXiflr1", self.secret());
                (config.merchant_id, config.webhook_id) = (Some(merchant), Some("1JE4291016473214C".into()));
                AnyPos::Paypal(Paypal::new(config).unwrap())
            }
            Till::Redsys | Till::RedsysSoap => {
                let mut config = redsys::Config::new(environment, merchant, self.terminal.parse().unwrap(), self.secret());
                if self.older {
                    config.signature = SignatureVersion::HmacSha256V1;
                }
                if self.till == Till::RedsysSoap {
                    config.notification = NotificationKind::Soap;
                }
                AnyPos::Redsys(Redsys::new(config).unwrap())
            }
        }
    }

    /// The bank's side.
    pub(crate) fn bank(&self) -> Simulated {
        match self.till {
            Till::Ceca => {
                let mut merchant = CecaMerchant::new(&self.merchant, "0000554052", &self.terminal, self.secret());
                merchant.cipher = if self.older { CecaCipher::Sha1 } else { CecaCipher::Sha2 };
                merchant.notification_url = Some(NOTIFICATION_URL.into());
                Box::new(CecaBank::new(merchant))
            }
            Till::Elavon | Till::ElavonAuto => {
                let mut merchant = ElavonMerchant::new(&self.merchant, &self.terminal, self.secret());
                merchant.rebate_password = Some(Secret::new("r3bate-passw0rd"));
                merchant.hash = if self.older { ElavonHash::Sha1 } else { ElavonHash::Sha256 };
                Box::new(ElavonBank::new(merchant))
            }
            Till::PaypalNvp => {
                let signature = Secret::new("nvp-S1gnature-of-tests");
                let mut merchant = PaypalMerchant::nvp("tienda_api1.example", self.secret(), signature);
                merchant.merchant_id.clone_from(&self.merchant);
                merchant.ipn_url = Some(NOTIFICATION_URL.into());
                Box::new(PaypalBank::new(merchant))
            }
            Till::PaypalRest => {
                let mut merchant = PaypalMerchant::rest("AeA1QIZXiflr1", self.secret());
                merchant.merchant_id.clone_from(&self.merchant);
                merchant.webhook = Some(PaypalWebhook { id: "1JE4291016473214C".into(), url: NOTIFICATION_URL.into() });
                Box::new(PaypalBank::new(merchant))
            }
            Till::Redsys | Till::RedsysSoap => Box::new(RedsysBank::new(self.redsys())),
        }
    }

    fn redsys(&self) -> RedsysMerchant {
        let mut merchant = RedsysMerchant::new(&self.merchant, self.terminal.parse().unwrap(), self.secret());
        if self.older {
            (merchant.signature, merchant.rest_signature) = (RedsysSignature::Sha256V1, RedsysSignature::Sha256V1);
        }
        (merchant.soap, merchant.fields_in_return) = (self.till == Till::RedsysSoap, true);
        merchant
    }
}
