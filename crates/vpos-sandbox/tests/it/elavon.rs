//! Elavon: vpos-elavon at one end, the simulated platform at the other. Each call does in the books what its report says.

use vpos_core::http::Request;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Action, Environment, Error, Exchange, Lost, Outcome, Payment, PointOfSale as _, Reference, References, Report, Secret,
    drive_blocking,
};
use vpos_elavon::signature::HashVersion;
use vpos_elavon::{Config, Elavon, Settle};
use vpos_sandbox::{Choice, ElavonBank, ElavonHash, ElavonMerchant, MovementKind, SimulatedBank as _, Visit};

use crate::scene::{Shop, builder, euros, hold, sale};

const NUMBER: &str = "PED17K7Q2M9XA";

type ElavonShop = Shop<Elavon, ElavonBank>;

fn shop(settle: Settle) -> ElavonShop {
    hashing(settle, HashVersion::Sha1, ElavonHash::Sha1)
}

fn hashing(settle: Settle, ours: HashVersion, theirs: ElavonHash) -> ElavonShop {
    let mut config = Config::new(Environment::Test, "tienda", "internet", Secret::new("mysecret"));
    (config.settle, config.hash, config.rebate_password) = (settle, ours, Some(Secret::new("refund")));
    let mut merchant = ElavonMerchant::new("tienda", "internet", Secret::new("mysecret"));
    (merchant.hash, merchant.rebate_password) = (theirs, Some(Secret::new("refund")));
    Shop::new(Elavon::new(config).unwrap(), ElavonBank::new(merchant))
}

/// The call arrives; its answer does not.
fn lose<T: 'static>(shop: &ElavonShop, exchange: Result<Exchange<T>, Error>) -> T {
    let platform = |request: Request<Vec<u8>>, _| {
        drop(shop.bank.borrow_mut().answer(&request, shop.now()));
        Err(Lost::after_send("time-out"))
    };
    drive_blocking(exchange.unwrap(), &platform).unwrap()
}

/// The response reaches the shop: verified, and charged where something has to follow.
fn confirm(shop: &ElavonShop, operation: &mut Operation, visit: &Visit) -> Report {
    let confirmation = shop.verify(visit.browser.as_ref().unwrap(), operation).unwrap();
    if confirmation.outcome() != Outcome::Approved {
        operation.apply(&confirmation).unwrap();
        return Report::Confirmed(confirmation);
    }
    operation.start_charge().unwrap();
    let report = shop.ask(shop.pos.charge(&confirmation, operation, shop.now())).unwrap();
    operation.settle(&report).unwrap();
    report
}

fn paid(shop: &ElavonShop, payment: &Payment) -> Operation {
    let (mut operation, page) = shop.open(NUMBER, payment);
    let visit = shop.choose(&page, Choice::Pay);
    confirm(shop, &mut operation, &visit);
    operation
}

/// Asks what became of it, and believes the answer.
fn query(shop: &ElavonShop, operation: &mut Operation) -> Report {
    let report = shop.ask(shop.pos.query(operation, shop.now())).unwrap();
    operation.settle_query(&report).unwrap();
    report
}

#[test]
fn a_sale_is_charged_once_however_it_is_settled() {
    for settle in [Settle::OnConfirmation, Settle::Auto, Settle::Multi] {
        let shop = shop(settle);
        let operation = paid(&shop, &sale());
        assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Completed, (12_345, 0, 0)), "{settle:?}");
        let bank = shop.bank.borrow();
        let taken = [MovementKind::Charge, MovementKind::Capture].map(|kind| bank.ledger().count(NUMBER, kind));
        assert_eq!(taken.iter().sum::<usize>(), 1, "{settle:?}");
    }
}

#[test]
fn both_sides_speak_sha256() {
    let shop = hashing(Settle::OnConfirmation, HashVersion::Sha256, ElavonHash::Sha256);
    assert_eq!(paid(&shop, &sale()).state(), OperationState::Completed);
}

#[test]
fn a_declined_card_and_a_buyer_who_leaves() {
    let declining = shop(Settle::OnConfirmation);
    let (mut operation, page) = declining.open(NUMBER, &sale());
    let visit = declining.choose(&page, Choice::Decline("103".into()));
    let report = confirm(&declining, &mut operation, &visit);
    assert_eq!((report.code(), operation.state()), (Some("103"), OperationState::Failed));
    assert_eq!(declining.books(NUMBER), (0, 0, 0));

    let left = shop(Settle::OnConfirmation);
    let (mut operation, page) = left.open(NUMBER, &sale());
    assert!(left.choose(&page, Choice::Cancel).browser.is_none());
    let report = query(&left, &mut operation);
    assert_eq!((report.code(), operation.state()), (Some("508"), OperationState::Pending));
}

#[test]
fn an_altered_response_is_seen() {
    let shop = shop(Settle::OnConfirmation);
    let (operation, page) = shop.open(NUMBER, &sale());
    let (parts, body) = shop.choose(&page, Choice::Decline("101".into())).browser.unwrap().into_parts();
    let body = String::from_utf8(body).unwrap().replace("RESULT=101", "RESULT=00");
    assert!(shop.verify(&Request::from_parts(parts, body.into_bytes()), &operation).is_err());
}

#[test]
fn a_lost_settle_is_found_by_a_query() {
    let shop = shop(Settle::OnConfirmation);
    let (mut operation, page) = shop.open(NUMBER, &sale());
    let visit = shop.choose(&page, Choice::Pay);
    let confirmation = shop.verify(visit.browser.as_ref().unwrap(), &operation).unwrap();
    operation.start_charge().unwrap();
    operation.settle(&lose(&shop, shop.pos.charge(&confirmation, &operation, shop.now()))).unwrap();
    assert_eq!(operation.state(), OperationState::Unknown);
    query(&shop, &mut operation);
    assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Completed, (12_345, 0, 0)));
}

#[test]
fn a_hold_is_captured_in_part_and_the_rest_let_go() {
    let shop = shop(Settle::OnConfirmation);
    let mut operation = paid(&shop, &hold());
    assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Authorized, (0, 0, 12_345)));
    operation.start_capture(euros(10_000), shop.pos.capture_limit(&operation)).unwrap();
    let report = shop.ask(shop.pos.capture(&operation, shop.now())).unwrap();
    operation.settle(&report).unwrap();
    assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Completed, (10_000, 0, 0)));
}

#[test]
fn a_hold_and_a_charge_are_voided() {
    for (payment, state) in [(hold(), OperationState::Cancelled), (sale(), OperationState::Refunded)] {
        let shop = shop(Settle::OnConfirmation);
        let mut operation = paid(&shop, &payment);
        // whoever lost the answer learns the same by asking
        let mut asker = operation.clone();
        let report = shop.ask(shop.pos.void(&operation, shop.now())).unwrap();
        operation.settle(&report).unwrap();
        assert_eq!((operation.state(), shop.books(NUMBER)), (state, (0, 0, 0)));
        assert_eq!((query(&shop, &mut asker).action(), asker.state()), (Action::Void, state));
    }
}

#[test]
fn a_charge_of_yesterday_is_not_voided() {
    let shop = shop(Settle::OnConfirmation);
    let operation = paid(&shop, &sale());
    shop.wait(24);
    let report = shop.ask(shop.pos.void(&operation, shop.now())).unwrap();
    assert_eq!((report.code(), shop.books(NUMBER)), (Some("513"), (12_345, 0, 0)));
}

#[test]
fn refunds_in_parts_and_a_lost_one() {
    let shop = shop(Settle::OnConfirmation);
    let mut operation = paid(&shop, &sale());
    let refund = operation.start_refund(euros(345), None).unwrap();
    let report = lose(&shop, shop.pos.refund(&operation, &refund, shop.now()));
    operation.settle_refund(refund.id, &report).unwrap();
    query(&shop, &mut operation);
    assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::PartiallyRefunded, (12_345, 345, 0)));
    shop.refund(&mut operation, 12_000);
    assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Refunded, (12_345, 12_345, 0)));
    assert_eq!(shop.bank.borrow().ledger().count(NUMBER, MovementKind::Refund), 2);
}

#[test]
fn a_saved_card_is_charged_without_the_buyer() {
    let shop = shop(Settle::Auto);
    let saving = builder().extra("CARD_STORAGE_ENABLE", "1").extra("PAYER_REF", "ana").extra("PMT_REF", "visa1");
    let first = paid(&shop, &saving.extra("PAYER_EXIST", "0").build().unwrap());
    assert_eq!(first.references().get(Reference::CardReference), Some("visa1"));

    let payment = Payment::builder("PED-18", euros(500)).build().unwrap();
    let mut second = Operation::new(shop.pos.acceptor().clone(), "PED18".parse().unwrap(), &payment);
    // what names the card, not what names the first payment
    for name in [Reference::PayerId, Reference::CardReference] {
        second.learn(&References::from_iter([(name, first.references().get(name).unwrap().to_owned())]));
    }
    second.start_charge().unwrap();
    let report = shop.ask(shop.pos.charge_reference(&second, shop.now())).unwrap();
    let again = shop.ask(shop.pos.charge_reference(&second, shop.now())).unwrap();
    assert_eq!((report.outcome(), again.code()), (Outcome::Approved, Some("501")));
    second.settle(&report).unwrap();
    assert_eq!((second.state(), shop.books("PED18")), (OperationState::Completed, (500, 0, 0)));

    let forgets = || shop.ask(shop.pos.delete_reference(&second, shop.now())).unwrap();
    assert_eq!(forgets().outcome(), Outcome::Approved);
    assert_eq!(forgets().code(), Some("508"));
}
