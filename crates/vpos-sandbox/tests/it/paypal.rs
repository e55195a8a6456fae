//! PayPal: vpos-paypal at one end, the simulated PayPal at the other, by both protocols.

use vpos_core::http::Request;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Confirmation, Environment, Error, Exchange, Lost, Outcome, Payment, PointOfSale as _, Report, Secret, drive_blocking,
};
use vpos_paypal::{Config, Paypal};
use vpos_sandbox::{Choice, MovementKind, PaypalBank, PaypalMerchant, PaypalWebhook, SimulatedBank as _};

use crate::scene::{Shop, euros, hold, sale};

const NUMBER: &str = "PED17-K7Q2M9XA";
const PROTOCOLS: [&str; 2] = ["rest", "nvp"];

type PaypalShop = Shop<Paypal, PaypalBank>;

fn shop(protocol: &str) -> PaypalShop {
    let (config, merchant) = if protocol == "rest" {
        let mut config = Config::rest(Environment::Test, "AeA1", Secret::new("EGn5"));
        (config.webhook_id, config.merchant_id) = (Some("WH1".into()), Some("7C2LDBEMSAFLS".into()));
        let mut merchant = PaypalMerchant::rest("AeA1", Secret::new("EGn5"));
        merchant.webhook = Some(PaypalWebhook { id: "WH1".into(), url: "https://tienda.example/aviso".into() });
        (config, merchant)
    } else {
        let mut config = Config::nvp(Environment::Test, "tienda_api1.example", Secret::new("QFZC"), Secret::new("AFcW"));
        config.receiver_id = Some("7C2LDBEMSAFLS".into());
        let mut merchant = PaypalMerchant::nvp("tienda_api1.example", Secret::new("QFZC"), Secret::new("AFcW"));
        merchant.ipn_url = Some("https://tienda.example/aviso".into());
        (config, merchant)
    };
    Shop::new(Paypal::new(config).unwrap(), PaypalBank::new(merchant))
}

/// What the shop does with an approval: records the charge, asks for it, settles it.
fn charge(shop: &PaypalShop, confirmation: &Confirmation, operation: &mut Operation) -> Report {
    operation.start_charge().unwrap();
    let report = shop.ask(shop.pos.charge(confirmation, operation, shop.now())).unwrap();
    operation.settle(&report).unwrap();
    report
}

/// The buyer pays, comes back, and the shop charges.
fn paid(shop: &PaypalShop, payment: &Payment) -> Operation {
    let (mut operation, page) = shop.open(NUMBER, payment);
    let visit = shop.choose(&page, Choice::Pay);
    let confirmation = shop.verify(visit.browser.as_ref().unwrap(), &operation).unwrap();
    assert_eq!(confirmation.outcome(), Outcome::Approved);
    assert_eq!(shop.books(NUMBER), (0, 0, 0));
    charge(shop, &confirmation, &mut operation);
    operation
}

/// The call arrives; its answer does not.
fn lose<T: 'static>(shop: &PaypalShop, path: &str, exchange: Result<Exchange<T>, Error>) -> T {
    let paypal = |request: Request<Vec<u8>>, _| {
        let answer = shop.bank.borrow_mut().answer(&request, shop.now());
        if request.uri().path().ends_with(path) { Err(Lost::after_send("time-out")) } else { Ok(answer) }
    };
    drive_blocking(exchange.unwrap(), &paypal).unwrap()
}

#[test]
fn a_sale_is_charged_once_and_a_second_return_charges_nothing() {
    for protocol in PROTOCOLS {
        let shop = shop(protocol);
        let (mut operation, page) = shop.open(NUMBER, &sale());
        let visit = shop.choose(&page, Choice::Pay);
        let returned = visit.browser.unwrap();
        let confirmation = shop.verify(&returned, &operation).unwrap();
        charge(&shop, &confirmation, &mut operation);
        assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Completed, (12_345, 0, 0)), "{protocol}");
        let again = shop.verify(&returned, &operation).unwrap();
        assert_eq!(again.outcome(), Outcome::Approved);
        operation.apply(&again).unwrap();
        assert_eq!(operation.state(), OperationState::Completed, "{protocol}");
        assert_eq!(shop.bank.borrow().ledger().count(NUMBER, MovementKind::Charge), 1);
    }
}

#[test]
fn a_lost_charge_is_found_by_a_query() {
    for (protocol, path) in [("rest", "/capture"), ("nvp", "/nvp")] {
        let shop = shop(protocol);
        let (mut operation, page) = shop.open(NUMBER, &sale());
        let visit = shop.choose(&page, Choice::Pay);
        let confirmation = shop.verify(visit.browser.as_ref().unwrap(), &operation).unwrap();
        operation.start_charge().unwrap();
        let report = lose(&shop, path, shop.pos.charge(&confirmation, &operation, shop.now()));
        operation.settle(&report).unwrap();
        assert_eq!((report.outcome(), operation.state()), (Outcome::Unknown, OperationState::Unknown), "{protocol}");
        let report = shop.ask(shop.pos.query(&operation, shop.now())).unwrap();
        operation.settle_query(&report).unwrap();
        assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Completed, (12_345, 0, 0)), "{protocol}");
    }
}

#[test]
fn whoever_cancels_or_is_declined_pays_nothing() {
    for (protocol, code) in [("rest", "INSTRUMENT_DECLINED"), ("nvp", "10486")] {
        let shop = shop(protocol);
        let (operation, page) = shop.open(NUMBER, &sale());
        let visit = shop.choose(&page, Choice::Cancel);
        let confirmation = shop.verify(visit.browser.as_ref().unwrap(), &operation).unwrap();
        assert!(!confirmation.is_approved_payment(), "{protocol}");

        let (mut operation, page) = shop.open("PED18-K7Q2M9XA", &sale());
        let visit = shop.choose(&page, Choice::Decline(code.into()));
        let confirmation = shop.verify(visit.browser.as_ref().unwrap(), &operation).unwrap();
        let report = charge(&shop, &confirmation, &mut operation);
        assert_eq!((report.outcome(), report.code()), (Outcome::Declined, Some(code)), "{protocol}");
        assert!(shop.bank.borrow().ledger().movements().is_empty());
    }
}

#[test]
fn a_hold_is_captured_in_part() {
    for protocol in PROTOCOLS {
        let shop = shop(protocol);
        let mut operation = paid(&shop, &hold());
        assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Authorized, (0, 0, 12_345)), "{protocol}");
        operation.start_capture(euros(10_000), shop.pos.capture_limit(&operation)).unwrap();
        let report = shop.ask(shop.pos.capture(&operation, shop.now())).unwrap();
        operation.settle(&report).unwrap();
        assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Completed, (10_000, 0, 0)), "{protocol}");
    }
}

#[test]
fn a_hold_is_voided() {
    for protocol in PROTOCOLS {
        let shop = shop(protocol);
        let mut operation = paid(&shop, &hold());
        let report = shop.ask(shop.pos.void(&operation, shop.now())).unwrap();
        operation.settle(&report).unwrap();
        assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Cancelled, (0, 0, 0)), "{protocol}");
    }
}

#[test]
fn refunds_in_parts() {
    for protocol in PROTOCOLS {
        let shop = shop(protocol);
        let mut operation = paid(&shop, &sale());
        assert_eq!(shop.refund(&mut operation, 345).outcome(), Outcome::Approved, "{protocol}");
        assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::PartiallyRefunded, (12_345, 345, 0)));
        assert_eq!(shop.refund(&mut operation, 12_000).outcome(), Outcome::Approved, "{protocol}");
        assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Refunded, (12_345, 12_345, 0)), "{protocol}");
        assert_eq!(shop.bank.borrow().ledger().count(NUMBER, MovementKind::Refund), 2);
    }
}

#[test]
fn a_lost_refund_is_not_paid_twice() {
    for (protocol, path) in [("rest", "/refund"), ("nvp", "/nvp")] {
        let shop = shop(protocol);
        let mut operation = paid(&shop, &sale());
        let refund = operation.start_refund(euros(345), None).unwrap();
        let report = lose(&shop, path, shop.pos.refund(&operation, &refund, shop.now()));
        assert_eq!(report.outcome(), Outcome::Unknown, "{protocol}");
        // the same again, before it is settled: the same request id, so the first answer
        let report = shop.ask(shop.pos.refund(&operation, &refund, shop.now())).unwrap();
        assert_eq!((report.outcome(), shop.books(NUMBER).1), (Outcome::Approved, 345), "{protocol}");
        assert_eq!(shop.bank.borrow().ledger().count(NUMBER, MovementKind::Refund), 1);
    }
}

#[test]
fn a_webhook_that_was_sent_is_believed_and_an_altered_one_is_not() {
    let shop = shop("rest");
    let (mut operation, page) = shop.open(NUMBER, &sale());
    let webhook = shop.choose(&page, Choice::Pay).notification.remove(0);
    let (parts, body) = webhook.clone().into_parts();
    let altered = String::from_utf8(body).unwrap().replace("has been approved", "was approved");
    assert!(shop.verify(&Request::from_parts(parts, altered.into_bytes()), &operation).is_err());
    let confirmation = shop.verify(&webhook, &operation).unwrap();
    charge(&shop, &confirmation, &mut operation);
    assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Completed, (12_345, 0, 0)));
    // the capture is told too: nothing changes
    let told = shop.bank.borrow_mut().take_messages().remove(0);
    let again = shop.verify(&told, &operation).unwrap();
    operation.apply(&again).unwrap();
    assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Completed, (12_345, 0, 0)));
}

#[test]
fn an_ipn_that_was_sent_is_believed_and_an_altered_one_is_not() {
    let shop = shop("nvp");
    let mut operation = paid(&shop, &sale());
    let told = shop.bank.borrow_mut().take_messages().remove(0);
    let (parts, body) = told.clone().into_parts();
    let altered = String::from_utf8(body).unwrap().replace("residence_country=ES", "residence_country=FR");
    assert!(shop.verify(&Request::from_parts(parts, altered.into_bytes()), &operation).is_err());
    let again = shop.verify(&told, &operation).unwrap();
    operation.apply(&again).unwrap();
    assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Completed, (12_345, 0, 0)));
}
