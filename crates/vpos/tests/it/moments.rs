//! True messages at the wrong moment: before the operation is stored, after it was given up, after it was paid, twice; and
//! dice and clocks that are wrong.

use std::time::Duration;

use vpos::flow::FlowError;
use vpos::http::Request;
use vpos::{Error, OperationState, PointOfSale as _};
use vpos_sandbox::{Choice, MovementKind};

use crate::scene::clock::Dice;
use crate::scene::till::{Till, at_each};
use crate::scene::{Buyer, LONG, Scene, sale};

at_each! {
    dice_that_repeat: ceca elavon paypal_nvp paypal_rest redsys;
    dice_that_never_change: ceca elavon paypal_nvp paypal_rest redsys;
    before_the_operation_commits: ceca elavon elavon_auto redsys redsys_soap;
    after_cancel: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    after_expiry: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    late_approval_after_failure: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    approval_after_a_declined_card: redsys redsys_soap;
    decline_after_approval: elavon elavon_auto redsys redsys_soap;
    cancel_after_approval: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    the_same_message_again_and_again: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    a_second_approval_of_one_number: ceca elavon elavon_auto redsys redsys_soap;
    paid_twice_on_one_page: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    a_clock_in_the_past: ceca elavon_auto redsys redsys_soap;
    a_clock_in_the_future: ceca elavon_auto redsys redsys_soap;
    a_clock_that_is_wrong_while_charging: elavon paypal_nvp paypal_rest;
}

async fn dice_that_repeat(till: Till) {
    let scene = Scene::new(till);
    scene.clock.throw(Dice::Stuck(1));
    let first = scene.begin(&sale("PED-1")).await;
    scene.clock.throw(Dice::Stuck(5));
    let second = scene.begin(&sale("PED-2")).await;
    assert_ne!(first.number, second.number);
    scene.pay(&second).await;
    scene.assert_paid_once(&second, "PED-2").await;
    assert_eq!(scene.state(&first).await, OperationState::Pending, "another sale's operation was not superseded");
}

async fn dice_that_never_change(till: Till) {
    let scene = Scene::new(till);
    scene.clock.throw(Dice::Stuck(u64::MAX));
    scene.begin(&sale("PED-1")).await;
    let calls = scene.line.calls().len();
    let error = scene.flow.begin(scene.pos(), &sale("PED-2")).await.unwrap_err();
    assert!(matches!(error, FlowError::Payment(Error::Config { .. })), "{error:?}");
    assert_eq!(scene.line.calls().len(), calls, "the bank was asked");
    assert!(scene.flow.operations("PED-2").await.unwrap().is_empty());
}

/// What the bank will say of the number that is thrown next: from a twin with the same key and dice.
async fn foretold(till: Till, choice: Choice) -> Vec<Request<Vec<u8>>> {
    let twin = Scene::twin(till, |_| {});
    // other names for other payments: the counters of the two banks go different ways
    twin.clock.throw(Dice::Counting(500));
    for code in ["A", "B", "C"] {
        twin.paid(code).await;
    }
    twin.clock.throw(Dice::Counting(0));
    let buyer = twin.begin(&sale("PED-17")).await;
    twin.choose(&buyer, choice)
}

/// The bank is faster than our commit: its message is kept as evidence of no operation; when it comes again, it pays.
async fn before_the_operation_commits(till: Till) {
    let messages = foretold(till, Choice::Pay).await;
    let scene = Scene::new(till);
    for message in &messages {
        let reply = scene.flow.confirm(scene.pos(), message.clone()).await;
        assert!(!reply.body().contains("OKY") && !reply.body().contains(">OK<"), "{}", reply.body());
    }
    let buyer = scene.begin(&sale("PED-17")).await;
    scene.assert_pending(&buyer).await;
    // at the bank of the scene too, which settles it where a call must follow
    let own = scene.choose(&buyer, Choice::Pay);
    let again = if till.charges_by_call() { own } else { messages };
    for message in &again {
        scene.flow.confirm(scene.pos(), message.clone()).await;
    }
    scene.assert_paid_once(&buyer, "PED-17").await;
}

/// It pays, is told as late, and a person hears of it.
async fn paid_late(scene: &Scene, buyer: &Buyer) {
    assert_eq!(scene.shop.told(), ["paid PED-17 123.45 EUR late"], "{:?}", scene.verdicts(buyer).await);
    assert_eq!(scene.shop.problems(), ["LatePayment"]);
    assert_eq!((scene.state(buyer).await, scene.books(buyer).0), (OperationState::Completed, 12_345));
    assert_eq!(scene.moved(buyer, &[MovementKind::Charge, MovementKind::Capture]), 1);
}

async fn after_cancel(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.at(OperationState::Cancelled).await;
    scene.pay(&buyer).await;
    paid_late(&scene, &buyer).await;
}

async fn after_expiry(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    scene.clock.advance(LONG);
    let young = scene.flow.expire(2 * LONG).await.unwrap();
    assert_eq!((young.looked_at, scene.state(&buyer).await), (0, OperationState::Pending));
    let done = scene.flow.expire(LONG).await.unwrap();
    assert_eq!((done.looked_at, done.settled, done.errors.len()), (1, 1, 0));
    assert_eq!(scene.state(&buyer).await, OperationState::Cancelled);
    scene.pay(&buyer).await;
    paid_late(&scene, &buyer).await;
}

async fn late_approval_after_failure(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.at(OperationState::Failed).await;
    scene.pay(&buyer).await;
    paid_late(&scene, &buyer).await;
}

/// The first card is declined, the second one on the same page is not.
async fn approval_after_a_declined_card(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    for message in scene.choose(&buyer, Choice::Decline("190".into())) {
        scene.deliver(&buyer, &message).await;
    }
    assert_eq!(scene.state(&buyer).await, OperationState::Failed);
    scene.pay(&buyer).await;
    paid_late(&scene, &buyer).await;
}

/// Bad news that comes late, or was held back by somebody, moves nothing.
async fn decline_after_approval(till: Till) {
    let declined = foretold(till, Choice::Decline("101".into())).await;
    assert!(!declined.is_empty());
    let scene = Scene::new(till);
    let buyer = scene.paid("PED-17").await;
    for message in &declined {
        scene.flow.confirm(scene.pos(), message.clone()).await;
    }
    scene.assert_paid_once(&buyer, "PED-17").await;
}

async fn cancel_after_approval(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.paid("PED-17").await;
    scene.flow.cancel(buyer.id).await.unwrap();
    scene.flow.cancel("PED-17").await.unwrap();
    scene.clock.advance(LONG);
    scene.flow.expire(Duration::ZERO).await.unwrap();
    scene.assert_paid_once(&buyer, "PED-17").await;
}

async fn the_same_message_again_and_again(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    let messages = scene.choose(&buyer, Choice::Pay);
    let mut replies = Vec::new();
    for _ in 0..5 {
        for (at, message) in messages.iter().enumerate() {
            let reply = scene.deliver(&buyer, message).await;
            replies.push((at, reply));
        }
    }
    let first = |at: usize| replies.iter().find(|(known, _)| *known == at).unwrap().1.clone();
    assert!(replies.iter().all(|(at, reply)| *reply == first(*at)), "{replies:?}");
    scene.assert_paid_once(&buyer, "PED-17").await;
    assert_eq!(scene.shop.problems(), Vec::<String>::new());
}

/// Two payments under one number at the bank: the second is refused, kept as evidence, and a person hears of it.
async fn a_second_approval_of_one_number(till: Till) {
    let second = foretold(till, Choice::Pay).await;
    let scene = Scene::new(till);
    let buyer = scene.paid("PED-17").await;
    let before = scene.stored(&buyer).await;
    for message in &second {
        let reply = scene.flow.confirm(scene.pos(), message.clone()).await;
        assert!(!reply.body().contains("OKY") && !reply.body().contains(">OK<"), "{}", reply.body());
    }
    assert_eq!(scene.stored(&buyer).await, before);
    // the buyer brings what the bank's message said: one payment, told once
    let mut problems = scene.shop.problems();
    problems.dedup();
    assert_eq!(problems, ["SecondApproval"]);
    assert!(scene.verdicts(&buyer).await.last().unwrap().contains("refused: number"));
    let told = scene.flow.events(100).await.unwrap();
    assert!(told.iter().any(|(_, event)| event.detail.contains("approved a second time")), "{told:?}");
    scene.assert_paid_once(&buyer, "PED-17").await;
}

/// The buyer pays, goes back, and pays again: whatever the bank does, the shop is paid once and the books agree.
async fn paid_twice_on_one_page(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    for message in scene.choose(&buyer, Choice::PayTwice) {
        scene.deliver(&buyer, &message).await;
    }
    scene.deliver_later(&buyer).await;
    assert_eq!((scene.state(&buyer).await, scene.books(&buyer).0), (OperationState::Completed, 12_345));
    assert_eq!(scene.shop.count("paid PED-17 "), 1);
}

async fn a_clock_in_the_past(till: Till) {
    wrong_clock(till, "1990-01-01T00:00:00Z").await;
}

async fn a_clock_in_the_future(till: Till) {
    wrong_clock(till, "2199-12-31T23:59:59Z").await;
}

/// Between begin and confirm the shop's clock jumps.
async fn wrong_clock(till: Till, to: &str) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    let messages = scene.choose(&buyer, Choice::Pay);
    let right = vpos::flow::Clock::now(&scene.clock);
    scene.clock.set(to.parse().unwrap());
    for message in &messages {
        scene.flow.confirm(scene.pos(), message.clone()).await;
    }
    scene.assert_paid_once(&buyer, "PED-17").await;
    for older_than in [Duration::ZERO, Duration::MAX] {
        scene.flow.reconcile(older_than).await.unwrap();
        scene.flow.expire(older_than).await.unwrap();
    }
    scene.clock.set(right);
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    scene.assert_paid_once(&buyer, "PED-17").await;
}

/// The process died while charging, and the clock was put back, then forward: what the bank did is found out, once.
async fn a_clock_that_is_wrong_while_charging(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.at(OperationState::Charging).await;
    let right = vpos::flow::Clock::now(&scene.clock);
    let moved = scene.moved(&buyer, &[MovementKind::Charge, MovementKind::Capture]);
    assert_eq!(moved, 0, "the call hung before the bank did it");
    scene.clock.set("1990-01-01T00:00:00Z".parse().unwrap());
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!(scene.state(&buyer).await, OperationState::Charging, "nobody may think that the lease has passed");
    scene.clock.set(right + LONG);
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    scene.clock.advance(LONG);
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    scene.assert_paid_once(&buyer, "PED-17").await;
}

#[tokio::test]
async fn numbers_are_unique_in_a_thousand_throws() {
    for till in Till::ALL {
        let scene = Scene::new(till);
        let pos = scene.contracts[0].pos();
        let throw = || pos.number(vpos::flow::Clock::entropy(&scene.clock).unwrap()).to_string();
        let numbers: std::collections::BTreeSet<_> = (0..1_000).map(|_| throw()).collect();
        assert_eq!(numbers.len(), 1_000, "{till:?}");
    }
}
