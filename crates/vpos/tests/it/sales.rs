//! One sale and several operations: two tabs, a second begin, a late approval, and a card on file.

use std::time::Duration;

use vpos::flow::{FlowError, Options};
use vpos::{OperationState, Outcome, Report};
use vpos_sandbox::{Choice, MovementKind};

use crate::scene::line::Fate;
use crate::scene::till::{Till, at_each};
use crate::scene::{Buyer, LONG, Scene, euros, hold, sale};

at_each! {
    begin_supersedes_and_a_late_approval_pays: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    two_tabs_are_a_double_payment: ceca elavon_auto redsys redsys_soap;
    two_tabs_where_the_charge_is_ours: elavon paypal_nvp paypal_rest;
    two_tabs_of_a_hold: elavon paypal_nvp paypal_rest redsys redsys_soap;
    a_double_payment_is_refunded_by_one_call: ceca elavon_auto redsys redsys_soap;
    a_double_payment_is_refunded_by_itself: ceca elavon_auto redsys redsys_soap;
    a_second_hold_is_let_go_by_itself: elavon paypal_nvp paypal_rest redsys redsys_soap;
    begin_of_a_paid_sale: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    begin_while_a_charge_is_open: elavon paypal_nvp paypal_rest;
    a_refunded_sale_can_be_paid_again: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    begin_whose_answer_was_lost: paypal_nvp paypal_rest;
}

async fn begin_supersedes_and_a_late_approval_pays(till: Till) {
    let scene = Scene::new(till);
    let first = scene.begin(&sale("PED-17")).await;
    let second = scene.begin(&sale("PED-17")).await;
    assert_ne!(first.number, second.number);
    assert_eq!(scene.state(&first).await, OperationState::Superseded);
    assert_eq!(scene.state(&second).await, OperationState::Pending);
    scene.pay(&first).await;
    assert_eq!(scene.shop.told(), ["paid PED-17 123.45 EUR late"]);
    assert_eq!(scene.shop.problems(), ["LatePayment"]);
    assert_eq!(scene.state(&first).await, OperationState::Completed);
    let error = scene.flow.begin(scene.pos(), &sale("PED-17")).await.unwrap_err();
    assert!(matches!(error, FlowError::AlreadyPaid { .. }), "{error:?}");
}

/// Two tabs of one sale, both paid at the bank.
async fn both_paid(till: Till, options: Options) -> (Scene, Buyer, Buyer) {
    let scene = Scene::of(&[till.contract()], options);
    let first = scene.begin(&sale("PED-17")).await;
    let second = scene.begin(&sale("PED-17")).await;
    scene.pay(&second).await;
    scene.pay(&first).await;
    (scene, first, second)
}

async fn two_tabs_are_a_double_payment(till: Till) {
    let (scene, first, second) = both_paid(till, Options::default()).await;
    assert_eq!(scene.shop.told(), ["paid PED-17 123.45 EUR"]);
    assert_eq!(scene.shop.problems(), ["DoublePayment"]);
    assert_eq!((scene.books(&first).0, scene.books(&second).0), (12_345, 12_345));
    let stored = scene.stored(&first).await;
    assert!(stored.record.duplicate && stored.operation().state() == OperationState::Completed);
    assert!(!scene.stored(&second).await.record.duplicate);
    assert_eq!(scene.flow.payment_of("PED-17").await.unwrap().unwrap().id, second.id);
    // a person decides: nothing happens by itself
    scene.clock.advance(LONG);
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!(scene.books(&first), (12_345, 0, 0));
    let told = scene.flow.events(100).await.unwrap();
    assert!(told.iter().any(|(_, event)| event.detail.contains("paid twice")), "{told:?}");
}

/// Where the bank waits for our charge the second one is not made.
async fn two_tabs_where_the_charge_is_ours(till: Till) {
    let (scene, first, second) = both_paid(till, Options::default()).await;
    assert_eq!(scene.shop.told(), ["paid PED-17 123.45 EUR"]);
    assert!(scene.shop.problems().iter().all(|problem| problem == "NotCharged"), "{:?}", scene.shop.problems());
    assert!(!scene.shop.problems().is_empty());
    assert_eq!((scene.books(&first).0, scene.books(&second).0), (0, 12_345));
}

async fn two_tabs_of_a_hold(till: Till) {
    let scene = Scene::new(till);
    let first = scene.begin(&hold("PED-17")).await;
    let second = scene.begin(&hold("PED-17")).await;
    scene.pay(&second).await;
    scene.pay(&first).await;
    assert_eq!(scene.shop.told(), ["authorized PED-17 123.45 EUR"]);
    assert_eq!(scene.state(&second).await, OperationState::Authorized);
    let held = scene.books(&first).2;
    if held == 0 {
        assert!(scene.shop.problems().contains(&"NotCharged".to_owned()));
    } else {
        assert_eq!(scene.shop.problems(), ["DoublePayment"]);
        scene.flow.refund_duplicate(first.id).await.unwrap();
        assert_eq!((scene.books(&first), scene.state(&first).await), ((0, 0, 0), OperationState::Cancelled));
    }
    scene.flow.capture("PED-17", euros(12_345)).await.unwrap();
    assert_eq!((scene.books(&first), scene.books(&second).0, scene.shop.count("paid")), ((0, 0, 0), 12_345, 1));
}

async fn a_double_payment_is_refunded_by_one_call(till: Till) {
    let (scene, first, second) = both_paid(till, Options::default()).await;
    let report = scene.flow.refund_duplicate(first.id).await.unwrap();
    assert_eq!(report.outcome(), Outcome::Approved, "{report:?}");
    assert_eq!((scene.books(&first), scene.books(&second)), ((12_345, 12_345, 0), (12_345, 0, 0)));
    // it is no refund of the sale, which stays paid
    assert_eq!(scene.shop.told(), ["paid PED-17 123.45 EUR"]);
    assert_eq!(scene.state(&second).await, OperationState::Completed);
    assert!(scene.flow.refund_duplicate(first.id).await.is_err(), "nothing is left of it");
    assert!(scene.flow.refund_duplicate(second.id).await.is_err(), "it is no second payment");
    assert_eq!(scene.moved(&first, &[MovementKind::Refund]), 1);
}

async fn a_double_payment_is_refunded_by_itself(till: Till) {
    let (scene, first, second) = both_paid(till, Options::default().refund_duplicates(true)).await;
    for _ in 0..3 {
        scene.clock.advance(LONG);
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
    }
    assert_eq!((scene.books(&first), scene.books(&second)), ((12_345, 12_345, 0), (12_345, 0, 0)));
    assert_eq!(scene.moved(&first, &[MovementKind::Refund]), 1);
    assert_eq!(scene.shop.told(), ["paid PED-17 123.45 EUR"]);
    assert_eq!(scene.shop.problems(), ["DoublePayment"]);
    let done = scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!((done.looked_at, done.open), (0, 0), "nothing is left to do");
}

async fn a_second_hold_is_let_go_by_itself(till: Till) {
    let scene = Scene::of(&[till.contract()], Options::default().refund_duplicates(true));
    let first = scene.begin(&hold("PED-17")).await;
    let second = scene.begin(&hold("PED-17")).await;
    scene.pay(&first).await;
    scene.pay(&second).await;
    for _ in 0..2 {
        scene.clock.advance(LONG);
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
    }
    assert_eq!((scene.books(&first).2, scene.books(&second).2), (12_345, 0), "{:?}", scene.verdicts(&second).await);
    assert_eq!(scene.shop.told(), ["authorized PED-17 123.45 EUR"]);
}

async fn begin_of_a_paid_sale(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.paid("PED-17").await;
    let calls = scene.line.calls().len();
    let error = scene.flow.begin(scene.pos(), &sale("PED-17")).await.unwrap_err();
    let FlowError::AlreadyPaid { sale: code, number, state } = &error else { panic!("{error:?}") };
    assert_eq!((code.as_str(), number.to_string(), *state), ("PED-17", buyer.number.clone(), OperationState::Completed));
    scene.flow.refund(buyer.id, euros(100), "a part").await.unwrap();
    let error = scene.flow.begin(scene.pos(), &sale("PED-17")).await.unwrap_err();
    assert!(matches!(error, FlowError::AlreadyPaid { .. }), "{error:?}");
    assert_eq!(scene.flow.operations("PED-17").await.unwrap().len(), 1);
    assert!(scene.line.calls().len() > calls);
}

async fn begin_while_a_charge_is_open(till: Till) {
    for state in [OperationState::Charging, OperationState::Unknown] {
        let scene = Scene::new(till);
        let buyer = scene.at(state).await;
        let error = scene.flow.begin(scene.pos(), &sale("PED-17")).await.unwrap_err();
        assert!(matches!(error, FlowError::Unsettled { .. }), "{error:?}");
        assert_eq!(scene.state(&buyer).await, state);
        scene.clock.advance(LONG);
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
        scene.assert_paid_once(&buyer, "PED-17").await;
    }
}

async fn a_refunded_sale_can_be_paid_again(till: Till) {
    let scene = Scene::new(till);
    let first = scene.paid("PED-17").await;
    scene.flow.refund("PED-17", euros(12_345), "wrong size").await.unwrap();
    let second = scene.begin(&sale("PED-17")).await;
    scene.pay(&second).await;
    assert_eq!((scene.books(&first), scene.books(&second)), ((12_345, 12_345, 0), (12_345, 0, 0)));
    let told = ["paid PED-17 123.45 EUR", "refunded PED-17 123.45 EUR", "paid PED-17 123.45 EUR"];
    assert_eq!(scene.shop.told(), told);
    assert_eq!(scene.flow.payment_of("PED-17").await.unwrap().unwrap().id, second.id);
}

/// PayPal is asked for an order before the buyer leaves. Nobody was sent anywhere: begin says so, and the next one works.
async fn begin_whose_answer_was_lost(till: Till) {
    for fate in [Fate::Lost, Fate::NotSent, Fate::Instead(b"<html>busy</html>".to_vec())] {
        let scene = Scene::new(till);
        scene.line.always(fate.clone());
        let error = scene.flow.begin(scene.pos(), &sale("PED-17")).await.unwrap_err();
        scene.line.always(Fate::Answered);
        assert!(matches!(error, FlowError::Payment(_)), "{fate:?}: {error:?}");
        let buyer = scene.begin(&sale("PED-17")).await;
        let older = scene.flow.operations("PED-17").await.unwrap()[0].operation().state();
        assert!(matches!(older, OperationState::Superseded | OperationState::Cancelled), "{fate:?}: {older}");
        scene.pay(&buyer).await;
        scene.assert_paid_once(&buyer, "PED-17").await;
        scene.clock.advance(LONG);
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
        scene.assert_paid_once(&buyer, "PED-17").await;
    }
}

/// A card on file is charged, and the answer is lost: unknown, then asked, once.
#[tokio::test]
async fn a_charge_by_reference_whose_answer_was_lost() {
    let scene = Scene::new(Till::Redsys);
    let first = vpos::redsys::remember_card(
        vpos::Payment::builder("PED-1", euros(12_345))
            .notification_url(crate::scene::NOTIFICATION_URL)
            .url_ok(crate::scene::URL_OK)
            .url_nok(crate::scene::URL_NOK),
        vpos::redsys::CofType::Other,
    );
    let buyer = scene.begin(&first.build().unwrap()).await;
    scene.pay(&buyer).await;
    let card = scene.stored(&buyer).await.operation().references().clone();
    let mut file = vpos::core::References::new();
    for name in [vpos::core::Reference::CardReference, vpos::core::Reference::NetworkTransactionId] {
        file.insert(name, card.get(name).unwrap());
    }
    for (code, fate, moved) in [("PED-2", Fate::Lost, 1), ("PED-3", Fate::Instead(b"nonsense".to_vec()), 1)] {
        scene.line.always(fate);
        let report = scene.flow.charge_reference(scene.pos(), &sale(code), &file).await.unwrap();
        scene.line.always(Fate::Answered);
        assert_eq!(report.outcome(), Outcome::Unknown, "{report:?}");
        let stored = scene.flow.operations(code).await.unwrap().remove(0);
        assert_eq!((stored.operation().state(), scene.shop.count(&format!("paid {code} "))), (OperationState::Unknown, 0));
        assert!(matches!(scene.flow.begin(scene.pos(), &sale(code)).await, Err(FlowError::Unsettled { .. })));
        let again = scene.flow.charge_reference(scene.pos(), &sale(code), &file).await;
        assert!(matches!(again, Err(FlowError::Unsettled { .. })), "{again:?}");
        scene.clock.advance(LONG);
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
        let buyer = Buyer { id: stored.id, number: stored.operation().number().to_string(), ..buyer.clone() };
        assert_eq!((scene.state(&buyer).await, scene.books(&buyer).0), (OperationState::Completed, 12_345));
        assert_eq!(scene.moved(&buyer, &[MovementKind::Charge]), moved);
        assert_eq!(scene.shop.count(&format!("paid {code} ")), 1);
    }
    // one that never left is none: the sale is free
    scene.line.next([Fate::NotSent]);
    let report = scene.flow.charge_reference(scene.pos(), &sale("PED-4"), &file).await.unwrap();
    assert!(matches!(report, Report::NotSent { .. }), "{report:?}");
    let report = scene.flow.charge_reference(scene.pos(), &sale("PED-4"), &file).await.unwrap();
    assert_eq!(report.outcome(), Outcome::Approved, "{report:?}");
    assert_eq!(scene.shop.count("paid PED-4 "), 1);
}

/// A person gave up what was charged after all: the bank's word, when it comes, is stronger. (Elavon refuses a second settle and
/// does not say that there was a first: such a one stays given up.)
#[tokio::test]
async fn what_was_abandoned_by_mistake_is_found() {
    for till in [Till::PaypalRest, Till::PaypalNvp] {
        let scene = Scene::new(till);
        let buyer = scene.begin(&sale("PED-17")).await;
        let messages = scene.choose(&buyer, Choice::Pay);
        let last = messages.last().unwrap();
        scene.line.always(Fate::Lost);
        scene.deliver(&buyer, last).await;
        scene.line.always(Fate::Answered);
        if scene.state(&buyer).await == OperationState::Unknown {
            scene.flow.abandon(buyer.id, "Ana").await.unwrap();
            assert_eq!(scene.state(&buyer).await, OperationState::Failed);
        }
        scene.deliver(&buyer, last).await;
        assert_eq!((scene.state(&buyer).await, scene.shop.count("paid")), (OperationState::Completed, 1), "{till:?}");
        assert_eq!(scene.books(&buyer).0, 12_345);
        assert_eq!(scene.moved(&buyer, &[MovementKind::Charge, MovementKind::Capture]), 1);
    }
}
