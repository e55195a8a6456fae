//! The Elavon crate against the simulated platform: each call does in the platform's books what its report says.

use std::cell::RefCell;

use vpos_core::http::{Request, Response};
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Action, Amount, Currency, Environment, Exchange, FormMethod, Lost, Outcome, Payment, PaymentForm, PaymentKind, PointOfSale,
    Reference, References, Report, Secret, Timestamp, drive_blocking,
};
use vpos_elavon::signature::HashVersion;
use vpos_elavon::{Config, Elavon, Settle};
use vpos_sandbox::{Choice, ElavonBank, ElavonHash, ElavonMerchant, FormPost, Method, MovementKind, SimulatedBank, Visit};

const NUMBER: &str = "PED17K7Q2M9XA";

/// A shop with this contract, and its bank.
struct Shop {
    pos: Elavon,
    bank: RefCell<ElavonBank>,
}

impl Shop {
    fn new(settle: Settle) -> Self {
        Self::hashing(settle, HashVersion::Sha1, ElavonHash::Sha1)
    }

    fn hashing(settle: Settle, ours: HashVersion, theirs: ElavonHash) -> Self {
        let mut config = Config::new(Environment::Test, "tienda", "internet", Secret::new("mysecret"));
        config.settle = settle;
        config.hash = ours;
        config.rebate_password = Some(Secret::new("refund"));
        let mut merchant = ElavonMerchant::new("tienda", "internet", Secret::new("mysecret"));
        merchant.rebate_password = Some(Secret::new("refund"));
        merchant.hash = theirs;
        Self { pos: Elavon::new(config).unwrap(), bank: RefCell::new(ElavonBank::new(merchant)) }
    }

    fn drive<T: 'static>(&self, exchange: Exchange<T>) -> T {
        let platform = |request: Request<Vec<u8>>, _| Ok::<_, Lost>(self.bank.borrow_mut().answer(&request, now()));
        drive_blocking(exchange, &platform).unwrap()
    }

    /// The call arrives; its answer does not.
    fn lose<T: 'static>(&self, exchange: Exchange<T>) -> T {
        let platform = |request: Request<Vec<u8>>, _| {
            let _: Response<_> = self.bank.borrow_mut().answer(&request, now());
            Err(Lost::after_send("time-out"))
        };
        drive_blocking(exchange, &platform).unwrap()
    }

    /// The buyer goes to the page and chooses.
    fn visit(&self, kind: PaymentKind, choice: Choice, extra: &[(&str, &str)]) -> (Operation, Visit) {
        let mut builder = Payment::builder("PED-17", euros(12_345))
            .kind(kind)
            .description("Zapatos ñandú & cía")
            .notification_url("https://tienda.example/aviso")
            .url_ok("https://tienda.example/ok")
            .url_nok("https://tienda.example/nok");
        for (name, value) in extra {
            builder = builder.extra(*name, *value);
        }
        let payment = builder.build().unwrap();
        let mut operation = Operation::new(self.pos.acceptor().clone(), NUMBER.parse().unwrap(), &payment);
        let begun = self.pos.begin(&operation, &payment, now()).unwrap().local().unwrap();
        operation.learn(&begun.references);
        let mut bank = self.bank.borrow_mut();
        let page = bank.open(&brought(&begun.form), now()).unwrap();
        let visit = bank.choose(&page, choice, now());
        (operation, visit)
    }

    /// The response reaches the shop: verified, charged where something has to follow.
    fn confirm(&self, operation: &mut Operation, visit: &Visit) -> Report {
        let notification = self.pos.receive(visit.browser.as_ref().unwrap()).unwrap();
        let confirmation = self.pos.verify(&notification, operation, now()).unwrap().local().unwrap();
        if confirmation.outcome() != Outcome::Approved {
            operation.apply(&confirmation).unwrap();
            return Report::Confirmed(confirmation);
        }
        operation.start_charge().unwrap();
        let report = self.drive(self.pos.charge(&confirmation, operation, now()).unwrap());
        operation.settle(&report).unwrap();
        report
    }

    fn paid(&self, kind: PaymentKind) -> Operation {
        let (mut operation, visit) = self.visit(kind, Choice::Pay, &[]);
        self.confirm(&mut operation, &visit);
        operation
    }

    fn books(&self) -> (u64, u64, u64) {
        let bank = self.bank.borrow();
        (bank.ledger().charged(NUMBER), bank.ledger().held(NUMBER), bank.ledger().refunded(NUMBER))
    }
}

fn now() -> Timestamp {
    "2026-11-23T12:05:00Z".parse().unwrap()
}

fn euros(minor: u64) -> Amount {
    Amount::from_minor(minor, Currency::EUR)
}

fn brought(form: &PaymentForm) -> FormPost {
    let method = if form.method() == FormMethod::Post { Method::Post } else { Method::Get };
    let fields = form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    FormPost { action: form.action().to_owned(), method, fields }
}

#[test]
fn a_sale_is_charged_once_however_it_is_settled() {
    for settle in [Settle::OnConfirmation, Settle::Auto, Settle::Multi] {
        let shop = Shop::new(settle);
        let operation = shop.paid(PaymentKind::Sale);
        assert_eq!((operation.state(), shop.books()), (OperationState::Completed, (12_345, 0, 0)), "{settle:?}");
        let bank = shop.bank.borrow();
        let taken = [MovementKind::Charge, MovementKind::Capture].map(|kind| bank.ledger().count(NUMBER, kind));
        assert_eq!(taken.iter().sum::<usize>(), 1, "{settle:?}");
    }
}

#[test]
fn both_sides_speak_sha256() {
    let shop = Shop::hashing(Settle::OnConfirmation, HashVersion::Sha256, ElavonHash::Sha256);
    assert_eq!(shop.paid(PaymentKind::Sale).state(), OperationState::Completed);
}

#[test]
fn a_declined_card_and_a_buyer_who_leaves() {
    let shop = Shop::new(Settle::OnConfirmation);
    let (mut operation, visit) = shop.visit(PaymentKind::Sale, Choice::Decline("103".into()), &[]);
    let report = shop.confirm(&mut operation, &visit);
    assert_eq!((report.code(), operation.state(), shop.books()), (Some("103"), OperationState::Failed, (0, 0, 0)));

    let shop = Shop::new(Settle::OnConfirmation);
    let (mut operation, visit) = shop.visit(PaymentKind::Sale, Choice::Cancel, &[]);
    assert!(visit.browser.is_none());
    let report = shop.drive(shop.pos.query(&operation, now()).unwrap());
    operation.settle_query(&report).unwrap();
    assert_eq!((report.code(), operation.state()), (Some("508"), OperationState::Pending));
}

#[test]
fn an_altered_form_or_response_is_seen() {
    let shop = Shop::new(Settle::OnConfirmation);
    let (operation, visit) = shop.visit(PaymentKind::Sale, Choice::Decline("101".into()), &[]);
    let (parts, body) = visit.browser.unwrap().into_parts();
    let body = String::from_utf8(body).unwrap().replace("RESULT=101", "RESULT=00");
    let notification = shop.pos.receive(&Request::from_parts(parts, body.into_bytes())).unwrap();
    assert!(shop.pos.verify(&notification, &operation, now()).is_err());
}

#[test]
fn a_lost_settle_is_found_by_a_query_and_not_repeated() {
    let shop = Shop::new(Settle::OnConfirmation);
    let (mut operation, visit) = shop.visit(PaymentKind::Sale, Choice::Pay, &[]);
    let notification = shop.pos.receive(visit.browser.as_ref().unwrap()).unwrap();
    let confirmation = shop.pos.verify(&notification, &operation, now()).unwrap().local().unwrap();
    operation.start_charge().unwrap();
    let report = shop.lose(shop.pos.charge(&confirmation, &operation, now()).unwrap());
    operation.settle(&report).unwrap();
    assert_eq!(operation.state(), OperationState::Unknown);
    let report = shop.drive(shop.pos.query(&operation, now()).unwrap());
    operation.settle_query(&report).unwrap();
    assert_eq!((operation.state(), shop.books()), (OperationState::Completed, (12_345, 0, 0)));
}

#[test]
fn a_hold_is_captured_in_part_and_the_rest_let_go() {
    let shop = Shop::new(Settle::OnConfirmation);
    let mut operation = shop.paid(PaymentKind::Preauthorization);
    assert_eq!((operation.state(), shop.books()), (OperationState::Authorized, (0, 12_345, 0)));
    operation.start_capture(euros(10_000), shop.pos.capture_limit(&operation)).unwrap();
    let report = shop.drive(shop.pos.capture(&operation, now()).unwrap());
    operation.settle(&report).unwrap();
    assert_eq!((operation.state(), shop.books()), (OperationState::Completed, (10_000, 0, 0)));
}

#[test]
fn a_hold_and_a_charge_are_voided() {
    for (kind, state) in
        [(PaymentKind::Preauthorization, OperationState::Cancelled), (PaymentKind::Sale, OperationState::Refunded)]
    {
        let shop = Shop::new(Settle::OnConfirmation);
        let mut operation = shop.paid(kind);
        let before = operation.clone();
        let report = shop.drive(shop.pos.void(&operation, now()).unwrap());
        operation.settle(&report).unwrap();
        assert_eq!((operation.state(), shop.books()), (state, (0, 0, 0)), "{kind:?}");
        // the same is told to whoever lost the answer
        let mut asker = before;
        let report = shop.drive(shop.pos.query(&asker, now()).unwrap());
        assert_eq!(report.action(), Action::Void);
        asker.settle_query(&report).unwrap();
        assert_eq!(asker.state(), state);
    }
}

#[test]
fn refunds_in_parts_and_a_lost_one() {
    let shop = Shop::new(Settle::OnConfirmation);
    let mut operation = shop.paid(PaymentKind::Sale);
    let refund = operation.start_refund(euros(345), None).unwrap();
    let report = shop.lose(shop.pos.refund(&operation, &refund, now()).unwrap());
    operation.settle_refund(refund.id, &report).unwrap();
    let report = shop.drive(shop.pos.query(&operation, now()).unwrap());
    operation.settle_query(&report).unwrap();
    assert_eq!((operation.state(), shop.books()), (OperationState::PartiallyRefunded, (12_345, 0, 345)));

    let refund = operation.start_refund(euros(12_000), None).unwrap();
    let report = shop.drive(shop.pos.refund(&operation, &refund, now()).unwrap());
    operation.settle_refund(refund.id, &report).unwrap();
    assert_eq!((operation.state(), shop.books()), (OperationState::Refunded, (12_345, 0, 12_345)));
    assert_eq!(shop.bank.borrow().ledger().count(NUMBER, MovementKind::Refund), 2);
}

#[test]
fn a_saved_card_is_charged_without_the_buyer() {
    let shop = Shop::new(Settle::Auto);
    let extra = [("CARD_STORAGE_ENABLE", "1"), ("PAYER_REF", "ana"), ("PMT_REF", "visa1"), ("PAYER_EXIST", "0")];
    let (mut first, visit) = shop.visit(PaymentKind::Sale, Choice::Pay, &extra);
    shop.confirm(&mut first, &visit);
    assert_eq!(first.references().get(Reference::CardReference), Some("visa1"));

    let payment = Payment::builder("PED-18", euros(500)).build().unwrap();
    let mut second = Operation::new(shop.pos.acceptor().clone(), "PED18".parse().unwrap(), &payment);
    // what names the card, not what names the first payment
    for name in [Reference::PayerId, Reference::CardReference] {
        let known = first.references().get(name).unwrap().to_owned();
        second.learn(&References::from_iter([(name, known)]));
    }
    second.start_charge().unwrap();
    let exchange = shop.pos.charge_reference(&second, now()).unwrap();
    let report = shop.drive(exchange);
    let again = shop.drive(shop.pos.charge_reference(&second, now()).unwrap());
    assert_eq!((report.outcome(), again.code()), (Outcome::Approved, Some("501")));
    second.settle(&report).unwrap();
    assert_eq!(second.state(), OperationState::Completed);
    assert_eq!(shop.bank.borrow().ledger().charged("PED18"), 500);

    let report = shop.drive(shop.pos.delete_reference(&second, now()).unwrap());
    assert_eq!(report.outcome(), Outcome::Approved);
    let third = shop.drive(shop.pos.delete_reference(&second, now()).unwrap());
    assert_eq!(third.code(), Some("508"));
}
