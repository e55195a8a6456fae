//! Money that goes back, or is captured or let go: never more than there is, never twice, whatever answer is lost.

use std::time::Duration;

use vpos::flow::FlowError;
use vpos::{Error, OperationState, Outcome, RefundState, Report};
use vpos_sandbox::MovementKind;

use crate::scene::line::Fate;
use crate::scene::till::{Till, at_each};
use crate::scene::{LONG, Scene, euros, hold};

at_each! {
    refund_above_the_charge: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    two_refunds_at_once_that_together_exceed_it: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    refund_of_a_refund: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    refund_of_what_was_never_paid: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    a_refund_that_never_left: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    a_refund_like_an_unknown_one_waits: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    a_refund_like_one_whose_process_died_waits: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    a_refund_whose_answer_was_lost: elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    a_refund_whose_answer_was_lost_where_nobody_can_be_asked: ceca;
    a_capture_whose_answer_was_lost: elavon paypal_nvp paypal_rest redsys redsys_soap;
    capture_above_the_hold: elavon paypal_nvp paypal_rest redsys redsys_soap;
    two_captures_at_once: elavon paypal_nvp paypal_rest redsys redsys_soap;
    a_void_whose_answer_was_lost: elavon paypal_nvp paypal_rest redsys redsys_soap;
    capture_and_void_at_once: elavon paypal_nvp paypal_rest redsys redsys_soap;
}

fn is_payment_error<T: std::fmt::Debug>(result: &Result<T, FlowError>) -> bool {
    matches!(result, Err(FlowError::Payment(Error::Payment { .. } | Error::State(_) | Error::Refused(_))))
}

async fn refund_above_the_charge(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.paid("PED-17").await;
    let calls = scene.line.calls().len();
    for cents in [12_346, u64::MAX / 2, 0] {
        let result = scene.flow.refund("PED-17", euros(cents), "too much").await;
        assert!(is_payment_error(&result), "{cents}: {result:?}");
    }
    let dollars = vpos::Amount::from_minor(100, vpos::Currency::USD);
    assert!(is_payment_error(&scene.flow.refund(buyer.id, dollars, "in dollars").await));
    scene.flow.refund(buyer.id, euros(2_345), "a part").await.unwrap();
    assert!(is_payment_error(&scene.flow.refund(buyer.id, euros(10_001), "one cent too much").await));
    assert_eq!(scene.books(&buyer), (12_345, 2_345, 0));
    assert!(scene.line.calls().len() > calls);
    assert_eq!(scene.shop.count("refunded PED-17 23.45 EUR"), 1);
    assert_eq!(scene.shop.count("refunded"), 1);
}

async fn two_refunds_at_once_that_together_exceed_it(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.paid("PED-17").await;
    scene.line.takes(Duration::from_millis(5));
    let (first, second) =
        tokio::join!(scene.flow.refund(buyer.id, euros(10_000), "first"), scene.flow.refund(buyer.id, euros(10_000), "second"),);
    let good = [&first, &second].into_iter().filter(|result| result.is_ok()).count();
    assert_eq!(good, 1, "{first:?} {second:?}");
    assert!(is_payment_error(&first) || is_payment_error(&second), "{first:?} {second:?}");
    assert_eq!(scene.books(&buyer), (12_345, 10_000, 0));
    assert_eq!((scene.state(&buyer).await, scene.shop.count("refunded")), (OperationState::PartiallyRefunded, 1));
    // an unknown one counts too
    scene.line.next([Fate::Lost, Fate::Lost, Fate::Lost]);
    let report = scene.flow.refund(buyer.id, euros(2_000), "lost").await.unwrap();
    assert_eq!(report.outcome(), Outcome::Unknown);
    scene.line.next([]);
    assert!(is_payment_error(&scene.flow.refund(buyer.id, euros(346), "more than is left").await));
}

/// What was given back cannot be given back again, neither by us nor by the old approval.
async fn refund_of_a_refund(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&crate::scene::sale("PED-17")).await;
    let messages = scene.choose(&buyer, vpos_sandbox::Choice::Pay);
    for message in &messages {
        scene.deliver(&buyer, message).await;
    }
    scene.flow.refund(buyer.id, euros(12_345), "all").await.unwrap();
    scene.deliver_later(&buyer).await;
    assert_eq!(scene.state(&buyer).await, OperationState::Refunded);
    assert!(is_payment_error(&scene.flow.refund(buyer.id, euros(1), "again").await));
    assert!(is_payment_error(&scene.flow.void(buyer.id).await));
    for message in &messages {
        scene.flow.confirm(&buyer.pos, message.clone()).await;
    }
    assert_eq!((scene.state(&buyer).await, scene.books(&buyer)), (OperationState::Refunded, (12_345, 12_345, 0)));
    assert_eq!((scene.shop.count("paid"), scene.shop.count("refunded")), (1, 1), "{:?}", scene.shop.told());
}

async fn refund_of_what_was_never_paid(till: Till) {
    use OperationState as S;
    for state in [S::Pending, S::Failed, S::Cancelled, S::Superseded, S::Refunded] {
        let scene = Scene::new(till);
        let buyer = scene.at(state).await;
        let calls = scene.line.calls().len();
        assert!(is_payment_error(&scene.flow.refund(buyer.id, euros(100), "").await), "{state}");
        assert!(scene.flow.capture(buyer.id, euros(100)).await.is_err() && scene.flow.void(buyer.id).await.is_err(), "{state}");
        assert_eq!(scene.line.calls().len(), calls, "{state}: the bank was asked");
        assert_eq!(scene.state(&buyer).await, state);
    }
    let scene = Scene::new(till);
    assert!(matches!(scene.flow.refund("PED-99", euros(1), "").await, Err(FlowError::NotFound(_))));
}

/// It did not happen, and its amount is free again.
async fn a_refund_that_never_left(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.paid("PED-17").await;
    scene.line.next([Fate::NotSent, Fate::NotSent]);
    let report = scene.flow.refund(buyer.id, euros(12_345), "").await.unwrap();
    assert!(matches!(report, Report::NotSent { .. }), "{report:?}");
    scene.line.next([]);
    assert_eq!(scene.stored(&buyer).await.operation().refunds()[0].state, RefundState::Declined);
    let report = scene.flow.refund(buyer.id, euros(12_345), "").await.unwrap();
    assert_eq!(report.outcome(), Outcome::Approved, "{report:?}");
    assert_eq!((scene.state(&buyer).await, scene.books(&buyer).1), (OperationState::Refunded, 12_345));
    assert_eq!(scene.shop.count("refunded"), 1);
}

/// The bank did it and we do not know: reconcile asks, nobody asks for the money again.
async fn a_refund_whose_answer_was_lost(till: Till) {
    for cents in [12_345, 2_345] {
        let scene = Scene::new(till);
        let buyer = scene.paid("PED-17").await;
        scene.line.always(Fate::Lost);
        let report = scene.flow.refund(buyer.id, euros(cents), "").await.unwrap();
        assert_eq!(report.outcome(), Outcome::Unknown);
        scene.line.always(Fate::Answered);
        assert_eq!((scene.shop.count("refunded"), scene.books(&buyer).1), (0, cents));
        // within the lease nobody asks
        let calls = scene.line.calls().len();
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
        assert_eq!(scene.line.calls().len(), calls);
        for _ in 0..2 {
            scene.clock.advance(LONG);
            scene.flow.reconcile(Duration::ZERO).await.unwrap();
        }
        let refund = scene.stored(&buyer).await.operation().refunds()[0].clone();
        let told = scene.verdicts(&buyer).await;
        assert_eq!((scene.books(&buyer).1, scene.moved(&buyer, &[MovementKind::Refund])), (cents, 1), "{told:?}");
        let settled = refund.state == RefundState::Approved;
        assert_eq!(scene.shop.count("refunded"), usize::from(settled), "{told:?}");
        assert!(settled || refund.state == RefundState::Unknown, "{told:?}");
        // PayPal's NVP tells of a part of a payment only by IPN
        assert!(settled || till == Till::PaypalNvp, "{cents}: {told:?}");
        scene.deliver_later(&buyer).await;
        assert_eq!(scene.shop.count("refunded"), 1, "{cents}: {:?}", scene.verdicts(&buyer).await);
    }
}

/// The bank did it and we do not know. Whoever asks again means the same money; another amount is another refund.
async fn a_refund_like_an_unknown_one_waits(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.paid("PED-17").await;
    scene.line.always(Fate::Lost);
    scene.flow.refund(buyer.id, euros(2_000), "").await.unwrap();
    scene.line.always(Fate::Answered);
    let calls = scene.line.calls().len();
    let again = scene.flow.refund(buyer.id, euros(2_000), "").await;
    assert!(is_payment_error(&again) && again.unwrap_err().to_string().contains("reconcile first"));
    assert_eq!(scene.line.calls().len(), calls, "the bank was asked");
    scene.flow.refund(buyer.id, euros(1_000), "").await.unwrap();
    for _ in 0..2 {
        scene.clock.advance(LONG);
        scene.flow.reconcile(Duration::ZERO).await.unwrap();
    }
    scene.deliver_later(&buyer).await;
    let refund = scene.stored(&buyer).await.operation().refunds()[0].clone();
    if refund.is_open() {
        assert_eq!(till, Till::Ceca);
        return;
    }
    assert_eq!(refund.state, RefundState::Approved);
    scene.flow.refund(buyer.id, euros(2_000), "").await.unwrap();
    assert_eq!((scene.books(&buyer).1, scene.stored(&buyer).await.operation().refunded()), (5_000, euros(5_000)));
}

/// It was asked and never answered: after the lease it is as unknown as one whose answer was lost.
async fn a_refund_like_one_whose_process_died_waits(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.paid("PED-17").await;
    scene.line.next([Fate::Hangs]);
    let asked = scene.flow.refund(buyer.id, euros(2_000), "");
    assert!(tokio::time::timeout(Duration::from_millis(30), asked).await.is_err());
    scene.line.next([]);
    scene.clock.advance(LONG);
    let first = scene.stored(&buyer).await.operation().refunds()[0].clone();
    assert_eq!(first.state, RefundState::Pending);
    let again = scene.flow.refund(buyer.id, euros(2_000), "").await;
    assert!(is_payment_error(&again) && again.unwrap_err().to_string().contains("reconcile first"));
    scene.flow.abandon_refund(buyer.id, first.id, "Ana").await.unwrap();
    scene.flow.refund(buyer.id, euros(2_000), "").await.unwrap();
    assert_eq!(scene.books(&buyer).1, 2_000);
}

/// CECA has no query: the refund stays unknown until a person has looked into the panel.
async fn a_refund_whose_answer_was_lost_where_nobody_can_be_asked(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.paid("PED-17").await;
    scene.line.next([Fate::Lost]);
    scene.flow.refund(buyer.id, euros(12_345), "").await.unwrap();
    for _ in 0..3 {
        scene.clock.advance(LONG);
        let done = scene.flow.reconcile(Duration::ZERO).await.unwrap();
        assert_eq!((done.looked_at, done.open, done.errors.len()), (1, 1, 0));
    }
    let stored = scene.stored(&buyer).await;
    assert_eq!(stored.operation().refunds()[0].state, RefundState::Unknown);
    assert!(is_payment_error(&scene.flow.refund(buyer.id, euros(1), "again").await));
    assert_eq!(scene.moved(&buyer, &[MovementKind::Refund]), 1);
    let id = stored.operation().refunds()[0].id;
    scene.flow.abandon_refund(buyer.id, id, "Ana").await.unwrap();
    assert!(scene.verdicts(&buyer).await.last().unwrap().contains("Ana"));
}

async fn a_capture_whose_answer_was_lost(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.held("PED-17").await;
    scene.line.always(Fate::Lost);
    let report = scene.flow.capture(buyer.id, euros(12_345)).await.unwrap();
    assert_eq!(report.outcome(), Outcome::Unknown);
    scene.line.always(Fate::Answered);
    assert_eq!((scene.state(&buyer).await, scene.shop.count("paid")), (OperationState::Unknown, 0));
    assert!(scene.flow.capture(buyer.id, euros(12_345)).await.is_err(), "an unknown capture is not repeated");
    scene.clock.advance(LONG);
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    scene.assert_paid_once(&buyer, "PED-17").await;
    assert_eq!(scene.shop.count("authorized PED-17 "), 1);
}

async fn capture_above_the_hold(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.held("PED-17").await;
    let limit = {
        let pos = scene.contracts[0].pos();
        vpos::PointOfSale::capture_limit(&pos, scene.stored(&buyer).await.operation()).minor_units()
    };
    for cents in [limit + 1, u64::MAX / 2, 0] {
        let result = scene.flow.capture(buyer.id, euros(cents)).await;
        assert!(is_payment_error(&result), "{cents}: {result:?}");
    }
    assert_eq!((scene.state(&buyer).await, scene.books(&buyer)), (OperationState::Authorized, (0, 0, 12_345)));
    scene.flow.capture(buyer.id, euros(12_345)).await.unwrap();
    assert!(scene.flow.capture(buyer.id, euros(1)).await.is_err());
    scene.assert_paid_once(&buyer, "PED-17").await;
}

async fn two_captures_at_once(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.held("PED-17").await;
    scene.line.takes(Duration::from_millis(5));
    let (first, second) = tokio::join!(scene.flow.capture(buyer.id, euros(12_345)), scene.flow.capture(buyer.id, euros(12_345)));
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|ok| **ok).count(), 1, "{first:?} {second:?}");
    scene.assert_paid_once(&buyer, "PED-17").await;
}

async fn a_void_whose_answer_was_lost(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.held("PED-17").await;
    scene.line.always(Fate::Lost);
    let report = scene.flow.void(buyer.id).await.unwrap();
    assert_eq!(report.outcome(), Outcome::Unknown);
    scene.line.always(Fate::Answered);
    assert_eq!((scene.state(&buyer).await, scene.books(&buyer)), (OperationState::Authorized, (0, 0, 0)));
    assert!(scene.flow.capture(buyer.id, euros(12_345)).await.is_err(), "nothing is captured while a void runs");
    scene.clock.advance(LONG);
    scene.flow.reconcile(Duration::ZERO).await.unwrap();
    assert_eq!(scene.state(&buyer).await, OperationState::Cancelled, "{:?}", scene.verdicts(&buyer).await);
    assert_eq!((scene.moved(&buyer, &[MovementKind::Void]), scene.shop.count("paid")), (1, 0));
    // the sale can be begun again
    scene.begin(&hold("PED-17")).await;
}

async fn capture_and_void_at_once(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.held("PED-17").await;
    scene.line.takes(Duration::from_millis(5));
    let (captured, voided) = tokio::join!(scene.flow.capture(buyer.id, euros(12_345)), scene.flow.void(buyer.id));
    assert_ne!(captured.is_ok(), voided.is_ok(), "{captured:?} {voided:?}");
    let state = scene.state(&buyer).await;
    let expected = if captured.is_ok() { (OperationState::Completed, 12_345) } else { (OperationState::Cancelled, 0) };
    assert_eq!((state, scene.books(&buyer).0), expected);
    assert_eq!(scene.shop.count("paid"), usize::from(captured.is_ok()));
}
