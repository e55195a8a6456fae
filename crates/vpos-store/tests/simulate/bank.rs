//! Contracts: a point of sale, and the simulated bank that knows the same contract.

use vpos::core::PaymentBuilder;
use vpos::{AnyPos, Environment, Secret};
use vpos_sandbox::{
    AnyBank, CecaBank, CecaMerchant, ElavonBank, ElavonMerchant, PaypalBank, PaypalMerchant, PaypalWebhook, RedsysBank,
    RedsysMerchant,
};

const REDSYS_KEY: &str = "sq7HjrUOBfKmC576ILgskD5srU870gJ7";

/// Which contract.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Contract {
    /// Notification by HTTP; the buyer's return carries the signed fields too.
    Redsys,
    /// Notification by SOAP, whose answer decides.
    RedsysSoap,
    Ceca,
    /// Settled by a call of the shop.
    Elavon,
    /// Settled by the bank at once.
    ElavonAuto,
    /// REST with webhooks.
    PaypalRest,
    /// NVP with IPN.
    PaypalNvp,
}

impl Contract {
    /// Whether the bank annuls what is not answered with a yes.
    pub(crate) const fn listens(self) -> bool {
        matches!(self, Self::RedsysSoap | Self::Ceca)
    }

    /// Asks the bank to remember the card.
    pub(crate) fn remember(self, payment: PaymentBuilder) -> PaymentBuilder {
        match self {
            Self::Elavon | Self::ElavonAuto => payment
                .extra("CARD_STORAGE_ENABLE", "1")
                .extra("PAYER_REF", "ana")
                .extra("PMT_REF", "visa1")
                .extra("PAYER_EXIST", "0"),
            _ => vpos::redsys::remember_card(payment, vpos::redsys::CofType::Other),
        }
    }

    pub(crate) fn both_ends(self) -> (AnyPos, AnyBank) {
        match self {
            Self::Redsys => redsys(false),
            Self::RedsysSoap => redsys(true),
            Self::Ceca => ceca(),
            Self::Elavon => elavon(vpos::elavon::Settle::OnConfirmation),
            Self::ElavonAuto => elavon(vpos::elavon::Settle::Auto),
            Self::PaypalRest => paypal_rest(),
            Self::PaypalNvp => paypal_nvp(),
        }
    }
}

fn redsys(soap: bool) -> (AnyPos, AnyBank) {
    use vpos::redsys::signature::SignatureVersion;
    use vpos::redsys::{Config, NotificationKind, Redsys};

    let mut config = Config::new(Environment::Test, "999008881", 1, Secret::new(REDSYS_KEY));
    let mut merchant = RedsysMerchant::new("999008881", 1, Secret::new(REDSYS_KEY));
    (merchant.soap, merchant.fields_in_return) = (soap, !soap);
    if soap {
        config.notification = NotificationKind::Soap;
        config.accepted_signatures = Some(vec![SignatureVersion::HmacSha512V2, SignatureVersion::HmacSha256V1]);
    }
    (AnyPos::Redsys(Redsys::new(config).unwrap()), AnyBank::Redsys(RedsysBank::new(merchant)))
}

fn ceca() -> (AnyPos, AnyBank) {
    use vpos::ceca::{Ceca, Config};

    let config = Config::new(Environment::Test, "111950028", "0000554052", "00000003", Secret::new("87401456"));
    let mut merchant = CecaMerchant::new("111950028", "554052", "3", Secret::new("87401456"));
    merchant.notification_url = Some("https://tienda.example/aviso".into());
    (AnyPos::Ceca(Ceca::new(config).unwrap()), AnyBank::Ceca(CecaBank::new(merchant)))
}

fn elavon(settle: vpos::elavon::Settle) -> (AnyPos, AnyBank) {
    use vpos::elavon::{Config, Elavon};

    let mut config = Config::new(Environment::Test, "tienda", "internet", Secret::new("mysecret"));
    config.settle = settle;
    config.rebate_password = Some(Secret::new("refund"));
    let mut merchant = ElavonMerchant::new("tienda", "internet", Secret::new("mysecret"));
    merchant.rebate_password = Some(Secret::new("refund"));
    (AnyPos::Elavon(Elavon::new(config).unwrap()), AnyBank::Elavon(ElavonBank::new(merchant)))
}

fn paypal_rest() -> (AnyPos, AnyBank) {
    use vpos::paypal::{Config, Paypal};

    let mut config = Config::rest(Environment::Test, "AeA1", Secret::new("EGn5"));
    (config.webhook_id, config.merchant_id) = (Some("WH1".into()), Some("7C2LDBEMSAFLS".into()));
    let mut merchant = PaypalMerchant::rest("AeA1", Secret::new("EGn5"));
    merchant.webhook = Some(PaypalWebhook { id: "WH1".into(), url: "https://tienda.example/aviso".into() });
    (AnyPos::Paypal(Paypal::new(config).unwrap()), AnyBank::Paypal(PaypalBank::new(merchant)))
}

fn paypal_nvp() -> (AnyPos, AnyBank) {
    use vpos::paypal::{Config, Paypal};

    let mut config = Config::nvp(Environment::Test, "tienda_api1.example", Secret::new("QFZC"), Secret::new("AFcW"));
    config.receiver_id = Some("7C2LDBEMSAFLS".into());
    let mut merchant = PaypalMerchant::nvp("tienda_api1.example", Secret::new("QFZC"), Secret::new("AFcW"));
    merchant.ipn_url = Some("https://tienda.example/aviso".into());
    (AnyPos::Paypal(Paypal::new(config).unwrap()), AnyBank::Paypal(PaypalBank::new(merchant)))
}
