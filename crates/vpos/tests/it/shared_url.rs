//! Several contracts of a bank behind one URL: the operation that is found decides the contract, and its key verifies.

use vpos::flow::Options;
use vpos::{Bank, OperationState};
use vpos_sandbox::Choice;

use crate::scene::till::{Contract, Till};
use crate::scene::{Buyer, Scene, sale};

fn bank_of(till: Till) -> Bank {
    vpos::PointOfSale::bank(&till.contract().pos())
}

/// Both are paid through one URL, in both orders of names; and one's message does nothing for the other.
async fn side_by_side(first: &Contract, second: &Contract) {
    let scene = Scene::of(&[first.clone(), second.clone()], Options::default());
    let bank = bank_of(first.till);
    for (contract, code) in [(first, "PED-1"), (second, "PED-2")] {
        let buyer = scene.begin_at(&contract.name, &sale(code)).await;
        let messages = scene.choose(&buyer, Choice::Pay);
        assert!(!messages.is_empty());
        for message in &messages {
            let reply = scene.flow.confirm_bank(bank, message.clone()).await;
            let heard = reply.clone().into_http();
            let now = vpos::flow::Clock::now(&scene.clock);
            scene.line.bank(&buyer.pos, |bank| bank.reply(message, Some(&heard), now));
        }
        for message in scene.line.bank(&buyer.pos, |bank| bank.later()) {
            assert!(scene.flow.confirm_bank(bank, message).await.status().is_success());
        }
        scene.assert_paid_once(&buyer, code).await;
        assert_eq!(scene.stored(&buyer).await.pos().as_str(), contract.name);
    }
    assert_eq!((scene.shop.told().len(), scene.shop.problems().len()), (2, 0), "{:?}", scene.shop.problems());
    // begun under one contract, at the other's own URL: not believed
    let buyer = scene.begin_at(&first.name, &sale("PED-3")).await;
    for message in scene.choose(&buyer, Choice::Pay) {
        scene.flow.confirm(&second.name, message).await;
        assert_eq!(scene.state(&buyer).await, OperationState::Pending, "{:?}", scene.verdicts(&buyer).await);
    }
    assert_eq!(scene.shop.told().len(), 2);
}

async fn in_both_orders(first: Till, second: Till) {
    let named = |till: Till, name: &str| Contract { name: name.into(), ..till.contract() };
    side_by_side(&named(first, "a"), &named(second, "b")).await;
    side_by_side(&named(first, "b"), &named(second, "a")).await;
}

#[tokio::test]
async fn redsys_http_and_soap() {
    in_both_orders(Till::Redsys, Till::RedsysSoap).await;
}

#[tokio::test]
async fn elavon_on_confirmation_and_auto() {
    in_both_orders(Till::Elavon, Till::ElavonAuto).await;
}

#[tokio::test]
async fn paypal_rest_and_nvp() {
    in_both_orders(Till::PaypalRest, Till::PaypalNvp).await;
}

/// A message for an operation of one contract, signed with the other contract's key.
#[tokio::test]
async fn the_other_contracts_key_verifies_nothing() {
    let second = Contract {
        name: "other".into(),
        merchant: "999008881".into(),
        terminal: "2".into(),
        key: "qwertyasdf0123456789qwertyasdf01".into(),
        ..Till::Redsys.contract()
    };
    let twin = Scene::of(std::slice::from_ref(&second), Options::default());
    let theirs = twin.begin(&sale("PED-17")).await;
    let messages = twin.choose(&theirs, Choice::Pay);
    let scene = Scene::of(&[Till::Redsys.contract(), second], Options::default());
    let buyer: Buyer = scene.begin(&sale("PED-17")).await;
    assert_eq!(buyer.number, theirs.number);
    for message in messages {
        scene.flow.confirm_bank(bank_of(Till::Redsys), message.clone()).await;
        scene.assert_pending(&buyer).await;
        scene.flow.confirm("other", message).await;
        scene.assert_pending(&buyer).await;
    }
    scene.pay(&buyer).await;
    scene.assert_paid_once(&buyer, "PED-17").await;
}

#[tokio::test]
async fn a_contract_or_a_bank_that_is_not_there() {
    let scene = Scene::new(Till::Redsys);
    let buyer = scene.begin(&sale("PED-17")).await;
    for message in scene.choose(&buyer, Choice::Pay) {
        assert_eq!(scene.flow.confirm("nobody", message.clone()).await.status().as_u16(), 404);
        assert_eq!(scene.flow.confirm_bank(bank_of(Till::Ceca), message).await.status().as_u16(), 404);
    }
    scene.assert_pending(&buyer).await;
}
