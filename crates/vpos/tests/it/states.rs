//! The scene itself: every state that a bank's operation can be in is reached in one call.

use vpos::OperationState as S;

use crate::scene::Scene;
use crate::scene::till::Till;

#[tokio::test]
async fn every_state_is_reached_in_one_call() {
    for till in Till::ALL {
        for state in [S::Pending, S::Completed, S::Failed, S::Cancelled, S::Superseded, S::PartiallyRefunded, S::Refunded] {
            Scene::new(till).at(state).await;
        }
        if till.holds() {
            Scene::new(till).at(S::Authorized).await;
        }
        if till.charges_by_call() {
            Scene::new(till).at(S::Charging).await;
            Scene::new(till).at(S::Unknown).await;
        }
    }
}

#[tokio::test]
async fn each_bank_charges_once_and_tells_once() {
    for till in Till::ALL {
        let scene = Scene::new(till);
        let buyer = scene.paid("PED-17").await;
        scene.assert_paid_once(&buyer, "PED-17").await;
        assert_eq!(scene.shop.told(), ["paid PED-17 123.45 EUR"], "{till:?}");
        assert_eq!(scene.shop.problems(), Vec::<String>::new(), "{till:?}");
    }
}
