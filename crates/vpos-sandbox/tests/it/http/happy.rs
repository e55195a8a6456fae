//! A sale at each bank, from the form to the refund, with the real bank crates.

use vpos_ceca::Ceca;
use vpos_core::http::Request;
use vpos_core::operation::OperationState;
use vpos_core::{Environment, Outcome, PointOfSale, Secret};
use vpos_elavon::Elavon;
use vpos_paypal::Paypal;
use vpos_redsys::Redsys;
use vpos_sandbox::{BankName, Sandbox, SandboxConfig};

use super::street::{Street, send, text};
use crate::scene::euros;

pub(crate) fn redsys(sandbox: &Sandbox) -> Redsys {
    let key = Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7");
    let mut config = vpos_redsys::Config::new(Environment::Test, "999008881", 1, key);
    config.endpoint = Some(sandbox.addresses().base.clone());
    Redsys::new(config).unwrap()
}

pub(crate) fn ceca(sandbox: &Sandbox) -> Ceca {
    let mut config = vpos_ceca::Config::new(Environment::Test, "111950028", "554052", "3", Secret::new("87401456"));
    config.endpoint = Some(sandbox.addresses().base.clone());
    config.rest_key = Some(Secret::new("12345678901234567890123456789012"));
    Ceca::new(config).unwrap()
}

pub(crate) fn elavon(sandbox: &Sandbox) -> Elavon {
    let mut config = vpos_elavon::Config::new(Environment::Test, "tienda", "internet", Secret::new("mysecret"));
    config.rebate_password = Some(Secret::new("refund"));
    config.hpp_url = Some(sandbox.addresses().elavon_hpp.clone());
    config.remote_url = Some(sandbox.addresses().elavon_remote.clone());
    Elavon::new(config).unwrap()
}

pub(crate) fn paypal(sandbox: &Sandbox) -> Paypal {
    let secret = Secret::new("sandbox-client-secret");
    let mut config = vpos_paypal::Config::rest(Environment::Test, "sandbox-client", secret);
    config.webhook_id = Some("8PT597110X687430LKGECATA".into());
    config.merchant_id = Some("7C2LDBEMSAFLS".into());
    config.api_url = Some(sandbox.addresses().base.clone());
    config.page_url = Some(sandbox.addresses().paypal_page.clone());
    Paypal::new(config).unwrap()
}

pub(crate) fn nvp(sandbox: &Sandbox) -> Paypal {
    let (password, signature) = (Secret::new("sandbox-pwd"), Secret::new("sandbox-sig"));
    let mut config = vpos_paypal::Config::nvp(Environment::Test, "tienda_api1.example.com", password, signature);
    config.receiver_id = Some("7C2LDBEMSAFLS".into());
    config.api_url = Some(sandbox.addresses().nvp_api.clone());
    config.page_url = Some(sandbox.addresses().nvp_page.clone());
    config.ipn_url = Some(sandbox.addresses().nvp_page.clone());
    Paypal::new(config).unwrap()
}

/// The buyer pays in a browser; the shop hears of it, charges, and gives some of it back.
fn bought_and_refunded<P: PointOfSale + Send + Sync + 'static>(street: &Street<P>) {
    let page = street.at_the_bank();
    let shown = text(&send(Request::get(&*page).body(Vec::new()).unwrap()).unwrap());
    assert!(shown.contains("123.45 EUR"), "{shown}");
    let back = street.choose(&page, "pay");
    assert!(back.status().is_success() || back.status().is_redirection(), "{}", text(&back));
    street.until("completed", |street| street.state() == OperationState::Completed);
    assert_eq!((street.books(), street.seen.lock().unwrap().refused.len()), ((12_345, 0, 1), 0));
    assert_eq!(street.refund(345).outcome(), Outcome::Approved);
    assert_eq!((street.state(), street.books()), (OperationState::PartiallyRefunded, (12_345, 345, 1)));
}

#[test]
fn redsys_by_http() {
    let street = Street::new(BankName::Redsys, redsys);
    bought_and_refunded(&street);
    assert_eq!(street.query().outcome(), Outcome::Approved);
    // a refund by a person in the panel is told too
    let number = street.operation().number().to_string();
    street.control("refund", &serde_json::json!({"bank": "redsys", "order": number, "amount": 1_000}));
    street.until("the panel's refund", |street| street.operation().refunded() == euros(1_345));
}

#[test]
fn redsys_by_soap() {
    let config = SandboxConfig::from_toml("[redsys]\nnotification = 'soap'").unwrap();
    let street = Street::with(config, BankName::Redsys, |sandbox| {
        let key = Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7");
        let mut config = vpos_redsys::Config::new(Environment::Test, "999008881", 1, key);
        config.endpoint = Some(sandbox.addresses().base.clone());
        config.notification = vpos_redsys::NotificationKind::Soap;
        Redsys::new(config).unwrap()
    });
    bought_and_refunded(&street);
}

#[test]
fn ceca_by_http() {
    bought_and_refunded(&Street::new(BankName::Ceca, ceca));
}

#[test]
fn elavon_by_http() {
    let street = Street::new(BankName::Elavon, elavon);
    bought_and_refunded(&street);
    assert_eq!(street.query().outcome(), Outcome::Approved);
}

#[test]
fn paypal_by_http() {
    let street = Street::new(BankName::Paypal, paypal);
    bought_and_refunded(&street);
    street.until("three webhooks", |street| street.count("notification") == 3);
}

#[test]
fn paypal_nvp_by_http() {
    let street = Street::new(BankName::PaypalNvp, nvp);
    let page = street.at_the_bank();
    street.choose(&page, "pay");
    street.until("completed", |street| street.state() == OperationState::Completed);
    assert_eq!(street.books(), (12_345, 0, 1));
    street.until("an IPN that is believed", |street| street.seen.lock().unwrap().believed.len() == 2);
    assert_eq!(street.refund(345).outcome(), Outcome::Approved);
}

#[test]
fn a_contract_is_read_from_the_snippet_of_the_sandbox() {
    let sandbox = Sandbox::start(SandboxConfig::default()).unwrap();
    let registry = vpos::Registry::parse(sandbox.addresses().vpos_toml(), |_| None).unwrap();
    assert_eq!(registry.len(), 5, "{}", sandbox.addresses().vpos_toml());
}

#[test]
fn declined_cancelled_and_closed() {
    let street = Street::new(BankName::Redsys, redsys);
    let page = street.at_the_bank();
    let declined = street.choose(&page, "decline");
    assert_eq!(street.state(), OperationState::Failed, "{}", text(&declined));
    // the page stays open: another card pays
    street.choose(&page, "pay");
    street.until("paid late", |street| street.state() == OperationState::Completed);
    assert_eq!(street.books(), (12_345, 0, 1));

    for (choice, state) in [("cancel", OperationState::Cancelled), ("close", OperationState::Pending)] {
        let street = Street::new(BankName::Redsys, redsys);
        let page = street.at_the_bank();
        street.choose(&page, choice);
        assert_eq!((street.state(), street.books()), (state, (0, 0, 0)), "{choice}");
        // a second click leads where the first led, and moves nothing
        street.choose(&page, "pay");
        assert_eq!((street.state(), street.books()), (state, (0, 0, 0)), "{choice}");
    }
}

#[test]
fn paying_twice_is_two_charges_at_ceca_and_the_shop_annuls_the_second() {
    let street = Street::new(BankName::Ceca, ceca);
    let page = street.at_the_bank();
    street.choose(&page, "pay-twice");
    assert_eq!((street.state(), street.books()), (OperationState::Completed, (12_345, 0, 2)));
}
