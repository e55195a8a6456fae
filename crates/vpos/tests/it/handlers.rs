//! The application's own handlers fail: the money is given back where the bank listens, and nowhere is a payment forgotten or
//! an order marked twice.

use std::time::Duration;

use vpos::OperationState;
use vpos_sandbox::{Choice, MovementKind};

use crate::scene::till::{Till, at_each};
use crate::scene::{LONG, Scene, URL_NOK, euros, sale};

at_each! {
    on_paid_fails_and_is_repeated_until_it_commits: elavon elavon_auto paypal_nvp paypal_rest redsys;
    on_paid_fails_and_a_listening_bank_is_told_no: ceca redsys_soap;
    an_annulled_approval_is_not_believed_again: ceca redsys_soap;
    on_authorized_fails_and_is_repeated: elavon paypal_nvp paypal_rest redsys;
    a_hold_that_is_let_go_is_told: elavon paypal_nvp paypal_rest redsys redsys_soap;
    on_released_fails_and_is_repeated: elavon paypal_nvp paypal_rest redsys redsys_soap;
    on_refunded_fails_and_is_repeated: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    a_listening_bank_is_told_no_when_it_is_too_late: ceca redsys_soap;
}

/// The money is taken: the operation is `Completed`, `on_paid` is due, reconcile repeats it.
async fn on_paid_fails_and_is_repeated_until_it_commits(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    scene.shop.fail(3);
    let replies = scene.pay(&buyer).await;
    // the reply is the same as ever
    let well = Scene::new(till);
    let other = well.begin(&sale("PED-17")).await;
    assert_eq!(replies, well.pay(&other).await);
    let stored = scene.stored(&buyer).await;
    assert_eq!((stored.operation().state(), stored.record.duties.paid), (OperationState::Completed, true));
    assert!(stored.record.due_since.is_some());
    assert_eq!((scene.shop.told().len(), scene.books(&buyer).0), (0, 12_345));
    assert_eq!(scene.shop.problems(), ["HandlerFailed"]);
    assert!(scene.shop.all_problems()[0].to_string().contains("no such order in the shop"));
    for told in [0, 0, 1, 1] {
        scene.clock.advance(LONG);
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
        assert_eq!(scene.shop.count("paid PED-17 123.45 EUR"), told);
    }
    assert!(scene.stored(&buyer).await.record.duties.is_empty());
    scene.assert_paid_once(&buyer, "PED-17").await;
}

async fn on_paid_fails_and_a_listening_bank_is_told_no(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    scene.shop.fail(1);
    let message = scene.choose(&buyer, Choice::Pay).remove(0);
    let reply = scene.deliver(&buyer, &message).await;
    let no = if till == Till::Ceca { "$*$NOK$*$" } else { "KO" };
    assert!(reply.body().contains(no), "{}", reply.body());
    let stored = scene.stored(&buyer).await;
    assert_eq!((stored.operation().state(), stored.record.duties.is_empty()), (OperationState::Failed, true));
    assert_eq!((scene.books(&buyer).0, scene.moved(&buyer, &[MovementKind::Void])), (0, 1));
    assert_eq!(scene.shop.told(), Vec::<String>::new());
    assert_eq!(scene.shop.problems(), ["Annulled"]);
    // the buyer tries again
    let again = scene.begin(&sale("PED-17")).await;
    scene.pay(&again).await;
    scene.assert_paid_once(&again, "PED-17").await;
    scene.clock.advance(LONG);
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!((scene.state(&buyer).await, scene.shop.count("paid")), (OperationState::Failed, 1));
}

/// Whoever has a copy of the message that was answered with a no sends it again: the bank has given the money back.
async fn an_annulled_approval_is_not_believed_again(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    scene.shop.fail(1);
    let message = scene.choose(&buyer, Choice::Pay).remove(0);
    let no = scene.deliver(&buyer, &message).await;
    let again = scene.flow.confirm(&buyer.pos, message).await;
    assert_eq!(again.body(), no.body(), "{:?}", scene.verdicts(&buyer).await);
    assert_eq!((scene.state(&buyer).await, scene.books(&buyer).0), (OperationState::Failed, 0));
    assert_eq!(scene.shop.told(), Vec::<String>::new());
}

/// A store or a shop that is slower than the bank's patience: nothing is kept.
async fn a_listening_bank_is_told_no_when_it_is_too_late(till: Till) {
    let scene = slow::scene(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    let message = scene.choose(&buyer, Choice::Pay).remove(0);
    let reply = scene.deliver(&buyer, &message).await;
    let no = if till == Till::Ceca { "$*$NOK$*$" } else { "KO" };
    assert!(reply.body().contains(no), "{}", reply.body());
    assert_eq!((scene.state(&buyer).await, scene.books(&buyer).0), (OperationState::Failed, 0));
    assert!(scene.verdicts(&buyer).await.iter().any(|verdict| verdict.contains("too late")));
    // a copy of it, with a deadline that is ahead again, wakes nothing
    let again = scene.flow.confirm(&buyer.pos, message).await;
    assert!(again.body().contains(no), "{}", again.body());
    assert_eq!(scene.state(&buyer).await, OperationState::Failed);
    let events = scene.flow.events(100).await.unwrap();
    assert!(events.iter().all(|(_, event)| event.kind != vpos::flow::EventKind::Paid), "{events:?}");
}

/// A shop whose handler takes a minute of virtual time.
mod slow {
    use std::time::Duration;

    use vpos::flow::{MemoryStore, MemoryTx, Merchant, Options, Paid};

    use crate::scene::Scene;
    use crate::scene::clock::TestClock;
    use crate::scene::shop::{NoRoom, Shop};
    use crate::scene::till::Till;

    pub(super) struct Slow(TestClock);

    impl Merchant<MemoryStore> for Slow {
        type Error = NoRoom;

        async fn on_paid(&self, _: &Paid, _: &mut MemoryTx) -> Result<(), NoRoom> {
            self.0.advance(Duration::from_secs(60));
            Ok(())
        }
    }

    pub(super) fn scene(till: Till) -> Scene<MemoryStore, Slow> {
        let clock = TestClock::at_noon();
        Scene::with(MemoryStore::new(), Slow(clock.clone()), Shop::default(), clock, &[till.contract()], Options::default())
    }
}

async fn on_authorized_fails_and_is_repeated(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&crate::scene::hold("PED-17")).await;
    scene.shop.fail(1);
    scene.pay(&buyer).await;
    let stored = scene.stored(&buyer).await;
    assert_eq!((stored.operation().state(), stored.record.duties.authorized), (OperationState::Authorized, true));
    scene.clock.advance(LONG);
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!(scene.shop.told(), ["authorized PED-17 123.45 EUR"]);
}

/// By our call, or by reconcile where its answer was lost; a charge that is voided is money back, not a hold let go.
async fn a_hold_that_is_let_go_is_told(till: Till) {
    for lost in [false, true] {
        let scene = Scene::new(till);
        let buyer = scene.held("PED-17").await;
        if lost {
            scene.line.always(crate::scene::line::Fate::Lost);
        }
        scene.flow.void(buyer.id).await.unwrap();
        scene.line.always(crate::scene::line::Fate::Answered);
        scene.clock.advance(LONG);
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
        scene.deliver_later(&buyer).await;
        assert_eq!(scene.state(&buyer).await, OperationState::Cancelled);
        assert_eq!(scene.shop.told(), ["authorized PED-17 123.45 EUR", "released PED-17 123.45 EUR"]);
    }
    // nothing was held of a sale that nobody paid
    let scene = Scene::new(till);
    scene.at(OperationState::Cancelled).await;
    assert_eq!(scene.shop.told(), Vec::<String>::new());
}

async fn on_released_fails_and_is_repeated(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.held("PED-17").await;
    scene.shop.fail(1);
    scene.flow.void(buyer.id).await.unwrap();
    let stored = scene.stored(&buyer).await;
    assert_eq!((stored.operation().state(), stored.record.duties.voided), (OperationState::Cancelled, true));
    assert_eq!((scene.shop.count("released"), scene.shop.problems()), (0, vec!["HandlerFailed".to_owned()]));
    for _ in 0..2 {
        scene.clock.advance(LONG);
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
        assert_eq!(scene.shop.count("released PED-17 123.45 EUR"), 1);
    }
    assert_eq!(scene.shop.count("refunded"), 0);
}

async fn on_refunded_fails_and_is_repeated(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.paid("PED-17").await;
    scene.shop.fail(1);
    scene.flow.refund(buyer.id, euros(2_345), "").await.unwrap();
    assert_eq!((scene.shop.count("refunded"), scene.books(&buyer).1), (0, 2_345));
    assert_eq!(scene.shop.problems(), ["HandlerFailed"]);
    // another refund meanwhile
    scene.flow.refund(buyer.id, euros(1_000), "").await.unwrap();
    assert_eq!(scene.shop.count("refunded PED-17 10.00 EUR"), 1);
    scene.clock.advance(LONG);
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!(scene.shop.count("refunded PED-17 23.45 EUR"), 1);
    assert_eq!((scene.shop.count("refunded"), scene.books(&buyer).1), (2, 3_345));
}

/// Over SOAP the bank reads our answer; a buyer who comes back does not. What the browser brings is kept, and its reply is an
/// address of the shop's, whatever the handler does.
#[tokio::test]
async fn a_buyer_who_returns_at_a_soap_contract_is_not_told_no() {
    let scene = Scene::new(Till::RedsysSoap);
    let buyer = scene.begin(&sale("PED-17")).await;
    let messages = scene.choose(&buyer, Choice::Pay);
    let [soap, back] = messages.as_slice() else { panic!("{messages:?}") };
    scene.shop.fail(1);
    let reply = scene.flow.confirm(&buyer.pos, back.clone()).await;
    assert_eq!(reply.location().map(|address| address.as_str().to_owned()).as_deref(), Some(crate::scene::URL_OK));
    let stored = scene.stored(&buyer).await;
    assert_eq!((stored.operation().state(), stored.record.duties.paid), (OperationState::Completed, true));
    assert_eq!(scene.shop.problems(), ["HandlerFailed"]);
    let reply = scene.deliver(&buyer, soap).await;
    assert!(reply.body().contains(">OK<") || reply.body().contains("&gt;OK&lt;"), "{}", reply.body());
    scene.clock.advance(LONG);
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    scene.assert_paid_once(&buyer, "PED-17").await;
    // one who did not pay goes to the other address
    let other = scene.begin(&sale("PED-18")).await;
    let back = scene.choose(&other, Choice::Cancel).pop().unwrap();
    let reply = scene.flow.confirm(&other.pos, back).await;
    assert_eq!(reply.location().map(|address| address.as_str().to_owned()).as_deref(), Some(URL_NOK));
}
