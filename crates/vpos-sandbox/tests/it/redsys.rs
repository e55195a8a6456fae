//! Redsys: vpos-redsys at one end, the simulated bank at the other.

use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Environment, Outcome, PointOfSale as _, Reference, Secret};
use vpos_redsys::signature::SignatureVersion;
use vpos_redsys::{Config, NotificationKind, Redsys, remember_card};
use vpos_sandbox::{Choice, MovementKind, RedsysBank, RedsysMerchant, RedsysSignature, SimulatedBank as _};

use crate::scene::{Shop, builder, euros, hold, sale};

const KEY: &str = "sq7HjrUOBfKmC576ILgskD5srU870gJ7";
const ORDER: &str = "2611AbC00017";

const VERSIONS: [(SignatureVersion, RedsysSignature); 3] = [
    (SignatureVersion::HmacSha256V1, RedsysSignature::Sha256V1),
    (SignatureVersion::HmacSha512V1, RedsysSignature::Sha512V1),
    (SignatureVersion::HmacSha512V2, RedsysSignature::Sha512V2),
];

fn shop_with(at: usize, soap: bool, fields_in_return: bool) -> Shop<Redsys, RedsysBank> {
    let (ours, theirs) = VERSIONS[at];
    let mut config = Config::new(Environment::Test, "999008881", 1, Secret::new(KEY));
    (config.signature, config.rest_signature) = (ours, Some(ours));
    let mut merchant = RedsysMerchant::new("999008881", 1, Secret::new(KEY));
    (merchant.signature, merchant.rest_signature) = (theirs, theirs);
    (merchant.soap, merchant.fields_in_return) = (soap, fields_in_return);
    if soap {
        config.notification = NotificationKind::Soap;
        config.accepted_signatures = Some(vec![ours, SignatureVersion::HmacSha256V1]);
    }
    Shop::new(Redsys::new(config).unwrap(), RedsysBank::new(merchant))
}

fn shop() -> Shop<Redsys, RedsysBank> {
    shop_with(2, false, false)
}

fn query(shop: &Shop<Redsys, RedsysBank>, operation: &Operation) -> (Outcome, Option<String>) {
    let report = shop.ask(shop.pos.query(operation, shop.now())).unwrap();
    (report.outcome(), report.code().map(str::to_owned))
}

#[test]
fn a_sale_is_charged_once_under_every_signature() {
    for at in 0..VERSIONS.len() {
        let shop = shop_with(at, false, false);
        let (mut operation, page) = shop.open(ORDER, &sale());
        let visit = shop.choose(&page, Choice::Pay);
        assert_eq!(visit.browser.unwrap().uri(), "https://tienda.example/ok?a=1&b=2");
        let [notification] = visit.notification.as_slice() else { panic!("not one notification") };
        assert_eq!(notification.uri(), "https://tienda.example/aviso");
        shop.take(notification, &mut operation);
        assert_eq!(operation.state(), OperationState::Completed);
        assert_eq!(shop.books(ORDER), (12_345, 0, 0));
        assert_eq!(shop.bank.borrow().ledger().count(ORDER, MovementKind::Charge), 1);
        // the page is gone
        assert!(shop.choose(&page, Choice::Pay).notification.is_empty());
        assert_eq!(shop.books(ORDER).0, 12_345);
    }
}

#[test]
fn a_number_that_was_seen_is_refused() {
    let shop = shop();
    shop.paid(ORDER);
    let (_, form) = shop.begin(ORDER, &sale());
    let found = crate::scene::complaints(shop.bank.borrow_mut().open(&form, shop.now()));
    assert_eq!(found, [("DS_MERCHANT_ORDER".to_owned(), "SIS0051")]);
}

#[test]
fn declined_then_paid_with_another_card() {
    let shop = shop();
    let (mut operation, page) = shop.open(ORDER, &sale());
    assert_eq!(query(&shop, &operation).0, Outcome::Pending);
    let visit = shop.choose(&page, Choice::Decline("116".into()));
    assert_eq!(visit.browser.unwrap().uri(), "https://tienda.example/nok");
    shop.take(&visit.notification[0], &mut operation);
    assert_eq!(operation.state(), OperationState::Failed);
    assert_eq!(query(&shop, &operation), (Outcome::Declined, Some("0116".into())));
    assert_eq!(shop.books(ORDER), (0, 0, 0));
    let visit = shop.choose(&page, Choice::Pay);
    shop.take(&visit.notification[0], &mut operation);
    assert_eq!((operation.state(), shop.books(ORDER).0), (OperationState::Completed, 12_345));
    assert_eq!(query(&shop, &operation), (Outcome::Approved, Some("0000".into())));
}

#[test]
fn cancelled_closed_and_paid_twice() {
    let shop = shop();
    let (mut operation, page) = shop.open("2611A0001", &sale());
    let visit = shop.choose(&page, Choice::Cancel);
    shop.take(&visit.notification[0], &mut operation);
    assert_eq!(visit.browser.unwrap().uri(), "https://tienda.example/nok");
    assert_eq!((operation.state(), shop.books("2611A0001").0), (OperationState::Cancelled, 0));

    let (operation, page) = shop.open("2611A0002", &sale());
    let visit = shop.choose(&page, Choice::Close);
    assert!(visit.notification.is_empty() && visit.browser.is_none());
    assert_eq!((query(&shop, &operation).0, shop.books("2611A0002").0), (Outcome::Pending, 0));

    let (mut operation, page) = shop.open("2611A0003", &sale());
    let visit = shop.choose(&page, Choice::PayTwice);
    assert_eq!(visit.notification.len(), 2);
    shop.take(&visit.notification[0], &mut operation);
    let second = shop.verify(&visit.notification[1], &operation).unwrap();
    assert_eq!(second.code(), Some("9051"));
    operation.apply(&second).unwrap();
    assert_eq!(operation.state(), OperationState::Completed);
    assert_eq!(shop.bank.borrow().ledger().count("2611A0003", MovementKind::Charge), 1);
}

#[test]
fn the_browser_may_carry_the_fields() {
    for at in 0..VERSIONS.len() {
        let shop = shop_with(at, false, true);
        let (mut operation, page) = shop.open(ORDER, &sale());
        let back = shop.choose(&page, Choice::Pay).browser.unwrap();
        assert!(back.uri().to_string().starts_with("https://tienda.example/ok?a=1&b=2&Ds_SignatureVersion="));
        shop.take(&back, &mut operation);
        assert_eq!(operation.state(), OperationState::Completed);
    }
}

#[test]
fn refunds_up_to_the_charge_and_their_void() {
    for at in 0..VERSIONS.len() {
        let shop = shop_with(at, false, false);
        let mut operation = shop.paid(ORDER);
        assert_eq!(shop.refund(&mut operation, 2_345).outcome(), Outcome::Approved);
        assert_eq!(shop.refund(&mut operation, 10_000).code(), Some("0900"));
        assert_eq!(operation.state(), OperationState::Refunded);
        assert_eq!(shop.books(ORDER), (12_345, 12_345, 0));
        // a shop that has forgotten them is told
        let mut record = operation.record().clone();
        (record.refunds, record.state) = (Vec::new(), OperationState::Completed);
        let mut forgetful = Operation::from_record(record).unwrap();
        assert_eq!(shop.refund(&mut forgetful, 1).code(), Some("SIS0057"));

        let last = operation.refunds().last().unwrap().clone();
        let report = shop.ask(shop.pos.void_refund(&operation, &last, shop.now())).unwrap();
        assert_eq!(report.outcome(), Outcome::Approved, "{report:?}");
        assert_eq!(shop.books(ORDER), (12_345, 2_345, 0));
    }
}

#[test]
fn a_refund_in_the_panel_is_notified() {
    for at in 0..VERSIONS.len() {
        let shop = shop_with(at, false, false);
        let mut operation = shop.paid(ORDER);
        let visit = shop.bank.borrow_mut().refund_in_panel(ORDER, euros(2_345), shop.now()).unwrap();
        let confirmation = shop.verify(&visit.notification[0], &operation).unwrap();
        operation.apply(&confirmation).unwrap();
        assert_eq!((operation.state(), operation.refunded()), (OperationState::PartiallyRefunded, euros(2_345)));
        let complaint = shop.bank.borrow_mut().refund_in_panel(ORDER, euros(10_001), shop.now()).unwrap_err();
        assert_eq!((complaint.manual, shop.books(ORDER)), ("SIS0057", (12_345, 2_345, 0)));
    }
}

#[test]
fn a_hold_is_captured_once_and_the_rest_let_go() {
    let shop = shop();
    let (mut operation, page) = shop.open(ORDER, &hold());
    let visit = shop.choose(&page, Choice::Pay);
    shop.take(&visit.notification[0], &mut operation);
    assert_eq!((operation.state(), shop.books(ORDER)), (OperationState::Authorized, (0, 0, 12_345)));
    assert_eq!(query(&shop, &operation).0, Outcome::Approved);
    let twin = operation.clone();
    operation.start_capture(euros(10_000), operation.amount()).unwrap();
    let report = shop.ask(shop.pos.capture(&operation, shop.now())).unwrap();
    operation.settle(&report).unwrap();
    assert_eq!((operation.state(), shop.books(ORDER)), (OperationState::Completed, (10_000, 0, 0)));
    // another machine that did not see it
    let mut twin = twin;
    twin.start_capture(euros(12_345), twin.amount()).unwrap();
    let report = shop.ask(shop.pos.capture(&twin, shop.now())).unwrap();
    assert_eq!(report.code(), Some("SIS0060"));
    assert_eq!(query(&shop, &twin).0, Outcome::Unknown, "captured with another amount than asked");
    assert_eq!(shop.refund(&mut operation, 10_000).outcome(), Outcome::Approved);
    assert_eq!(shop.books(ORDER), (10_000, 10_000, 0));
}

/// The bank did it, the answer got lost on its way: the books answer, and the money moves once.
#[test]
fn what_was_lost_is_found_in_the_books() {
    let shop = shop();
    let lost = |request: vpos_core::http::Request<Vec<u8>>, _: vpos_core::TimeLimit| {
        shop.bank.borrow_mut().answer(&request, shop.now());
        Err(vpos_core::Lost::after_send("time-out"))
    };
    let mut operation = shop.paid(ORDER);
    let refund = operation.start_refund(euros(2_345), None).unwrap();
    let exchange = shop.pos.refund(&operation, &refund, shop.now()).unwrap();
    let report = vpos_core::drive_blocking(exchange, &lost).unwrap();
    assert_eq!((report.outcome(), shop.books(ORDER).1), (Outcome::Unknown, 2_345));
    operation.settle_refund(refund.id, &report).unwrap();
    let report = shop.ask(shop.pos.query(&operation, shop.now())).unwrap();
    operation.settle_query(&report).unwrap();
    assert_eq!((operation.state(), operation.refunded()), (OperationState::PartiallyRefunded, euros(2_345)));
    assert_eq!(shop.bank.borrow().ledger().count(ORDER, MovementKind::Refund), 1);

    let (mut operation, page) = shop.open("2611A0002", &hold());
    shop.take(&shop.choose(&page, Choice::Pay).notification[0], &mut operation);
    operation.start_capture(euros(10_000), operation.amount()).unwrap();
    let report = vpos_core::drive_blocking(shop.pos.capture(&operation, shop.now()).unwrap(), &lost).unwrap();
    operation.settle(&report).unwrap();
    assert_eq!((operation.state(), shop.books("2611A0002")), (OperationState::Unknown, (10_000, 0, 0)));
    let report = shop.ask(shop.pos.query(&operation, shop.now())).unwrap();
    operation.settle_query(&report).unwrap();
    assert_eq!((operation.state(), operation.charged()), (OperationState::Completed, Some(euros(10_000))));
}

#[test]
fn voids_of_a_hold_and_of_a_charge_of_the_day() {
    let shop = shop();
    let (mut operation, page) = shop.open(ORDER, &hold());
    shop.take(&shop.choose(&page, Choice::Pay).notification[0], &mut operation);
    let report = shop.ask(shop.pos.void(&operation, shop.now())).unwrap();
    operation.settle(&report).unwrap();
    assert_eq!((operation.state(), shop.books(ORDER)), (OperationState::Cancelled, (0, 0, 0)));

    let sold = shop.paid("2611A0002");
    let report = shop.ask(shop.pos.void(&sold, shop.now())).unwrap();
    assert_eq!((report.code(), shop.books("2611A0002")), (Some("0400"), (0, 0, 0)));
    let report = shop.ask(shop.pos.void(&sold, shop.now())).unwrap();
    assert_eq!(report.code(), Some("SIS0072"));

    let old = shop.paid("2611A0003");
    shop.wait(24);
    let report = shop.ask(shop.pos.void(&old, shop.now())).unwrap();
    assert_eq!((report.code(), shop.books("2611A0003").0), (Some("SIS0072"), 12_345));
}

#[test]
fn a_hold_is_too_old_to_capture_after_a_week() {
    let shop = shop();
    let (mut operation, page) = shop.open(ORDER, &hold());
    shop.take(&shop.choose(&page, Choice::Pay).notification[0], &mut operation);
    shop.wait(7 * 24 + 1);
    operation.start_capture(euros(12_345), operation.amount()).unwrap();
    let report = shop.ask(shop.pos.capture(&operation, shop.now())).unwrap();
    assert_eq!((report.code(), shop.books(ORDER)), (Some("SIS0132"), (0, 0, 12_345)));
}

#[test]
fn a_soap_answer_decides() {
    for at in [0, 2] {
        let shop = shop_with(at, true, false);
        let (mut operation, page) = shop.open(ORDER, &sale());
        let visit = shop.choose(&page, Choice::Pay);
        assert_eq!(query(&shop, &operation).0, Outcome::Pending, "the bank waits for the shop");
        assert_eq!(shop.take(&visit.notification[0], &mut operation).map(|to| to.uri().to_string()), None);
        assert_eq!((operation.state(), shop.books(ORDER).0), (OperationState::Completed, 12_345));
        assert_eq!(query(&shop, &operation), (Outcome::Approved, Some("0000".into())));
        // said once, heard once
        assert!(shop.refuse(&visit.notification[0], &operation).is_none());
        assert_eq!(shop.books(ORDER).0, 12_345);
    }
}

#[test]
fn a_soap_no_and_no_answer_annul() {
    let shop = shop_with(0, true, false);
    let (operation, page) = shop.open("2611A0001", &sale());
    let visit = shop.choose(&page, Choice::Pay);
    assert_eq!(shop.books("2611A0001").0, 12_345);
    let browser = shop.refuse(&visit.notification[0], &operation).unwrap();
    assert_eq!(browser.uri(), "https://tienda.example/nok");
    assert_eq!(shop.books("2611A0001").0, 0);
    assert_eq!(query(&shop, &operation), (Outcome::Declined, Some("9914".into())));

    for (number, reply) in [("2611A0002", None), ("2611A0003", Some(vpos_core::http::Response::new(b"OK".to_vec())))] {
        let (operation, page) = shop.open(number, &sale());
        let visit = shop.choose(&page, Choice::Pay);
        assert!(shop.hear(&visit.notification[0], reply.as_ref()).is_some());
        let ledger_count = shop.bank.borrow().ledger().count(number, MovementKind::Void);
        assert_eq!((shop.books(number).0, ledger_count), (0, 1));
        assert_eq!(query(&shop, &operation).1, Some("9913".into()));
    }

    let (mut operation, page) = shop.open("2611A0004", &sale());
    let visit = shop.choose(&page, Choice::Pay);
    shop.wait(1);
    assert!(shop.take(&visit.notification[0], &mut operation).is_some(), "too late");
    assert_eq!(shop.books("2611A0004").0, 0);
}

#[test]
fn a_card_on_file() {
    let shop = shop();
    let payment = remember_card(builder(), vpos_redsys::CofType::Other).build().unwrap();
    let (mut first, page) = shop.open("2611A0001", &payment);
    shop.take(&shop.choose(&page, Choice::Pay).notification[0], &mut first);
    let card = first.references().get(Reference::CardReference).unwrap().to_owned();
    let with_card = |number: &str| {
        let mut operation = Operation::new(shop.pos.acceptor().clone(), number.parse().unwrap(), &sale());
        let mut card = vpos_core::References::new();
        for name in [Reference::CardReference, Reference::NetworkTransactionId] {
            card.insert(name, first.references().get(name).unwrap());
        }
        operation.learn(&card);
        operation.start_charge().unwrap();
        operation
    };
    let mut operation = with_card("2611A0002");
    let report = shop.ask(shop.pos.charge_reference(&operation, shop.now())).unwrap();
    operation.settle(&report).unwrap();
    assert_eq!((operation.state(), shop.books("2611A0002").0), (OperationState::Completed, 12_345), "{report:?}");
    let again = shop.ask(shop.pos.charge_reference(&with_card("2611A0002"), shop.now())).unwrap();
    assert_eq!((again.code(), shop.books("2611A0002").0), (Some("SIS0051"), 12_345));

    shop.bank.borrow_mut().decline_next("190");
    let report = shop.ask(shop.pos.charge_reference(&with_card("2611A0003"), shop.now())).unwrap();
    assert_eq!((report.outcome(), shop.books("2611A0003").0), (Outcome::Declined, 0));

    let report = shop.ask(shop.pos.delete_reference(&first, shop.now())).unwrap();
    assert_eq!(report.outcome(), Outcome::Approved, "{report:?}");
    let report = shop.ask(shop.pos.charge_reference(&with_card("2611A0004"), shop.now())).unwrap();
    assert_eq!((report.code(), shop.books("2611A0004").0), (Some("SIS0321"), 0), "{card} is forgotten");
}

#[test]
fn an_order_that_the_bank_never_saw() {
    let shop = shop();
    let (operation, _) = shop.begin(ORDER, &sale());
    assert_eq!(query(&shop, &operation), (Outcome::Pending, Some("XML0024".into())));
    let mut record = operation.record().clone();
    record.state = OperationState::Completed;
    let mut operation = Operation::from_record(record).unwrap();
    assert_eq!(shop.refund(&mut operation, 100).code(), Some("SIS0054"));
}

#[test]
fn listings_of_an_order_and_of_a_span() {
    let shop = shop();
    let mut first = shop.paid("2611A0001");
    shop.refund(&mut first, 45);
    shop.wait(48);
    shop.paid("2611A0002");
    let listed = shop.ask(shop.pos.query_order(first.number())).unwrap();
    let listed: Vec<_> = listed.map(|row| row.unwrap()).map(|row| (row.transaction, row.amount.minor_units())).collect();
    assert_eq!(listed, [("0".to_owned(), 12_345), ("3".to_owned(), 45)]);
    let moment = |text: &str| text.parse::<vpos_core::jiff::civil::DateTime>().unwrap();
    let span = vpos_redsys::Span { from: moment("2026-11-24T00:00:00"), to: moment("2026-11-26T00:00:00") };
    let listed = shop.ask(shop.pos.query_all(span, first.number())).unwrap();
    let listed: Vec<_> = listed.map(|row| row.unwrap().number.to_string()).collect();
    assert_eq!(listed, ["2611A0002"]);
    let span = vpos_redsys::Span { from: moment("2026-11-01T00:00:00"), to: moment("2026-11-26T00:00:00") };
    let error = shop.ask(shop.pos.query_all(span, first.number())).unwrap_err();
    assert!(error.to_string().contains("XML0039"), "{error}");
}
