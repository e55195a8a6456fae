//! What is said when something is missing: the error names what to do about it.

use vpos_core::http::Request;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Lookup, PaymentKind, PointOfSale as _, Reference};

use crate::{nvp_scene, scene};

#[test]
fn a_query_of_what_was_never_begun_says_begin_again() {
    for paypal in [scene::paypal(), nvp_scene::paypal()] {
        for (kind, state) in [
            (PaymentKind::Sale, OperationState::Pending),
            (PaymentKind::Preauthorization, OperationState::Pending),
            (PaymentKind::Sale, OperationState::Unknown),
        ] {
            let mut record =
                Operation::new(paypal.acceptor().clone(), scene::NUMBER.parse().unwrap(), &scene::payment(kind)).record().clone();
            record.state = state;
            let operation = Operation::from_record(record).unwrap();
            let error = paypal.query(&operation, scene::now()).unwrap_err().to_string();
            assert!(error.contains("order id was never learnt") && error.contains("begin again"), "{error}");
        }
    }
}

#[test]
fn an_empty_post_is_said_to_be_empty() {
    for paypal in [scene::paypal(), nvp_scene::paypal()] {
        let error = paypal.receive(&Request::post("/vuelta").body(Vec::new()).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "malformed body: empty");
    }
}

#[test]
fn a_message_about_no_payment_names_nothing_that_is_stored() {
    let body =
        br#"{"id":"WH-1","event_type":"CUSTOMER.DISPUTE.CREATED","resource_type":"dispute","resource":{"dispute_id":"PP-1"}}"#;
    let request = Request::post("/vuelta")
        .header("content-type", "application/json")
        .header("paypal-transmission-id", "69cd13f0-d67a-11e5-baa3-778b53f4ae55")
        .header("paypal-transmission-time", "2026-11-23T12:05:01Z")
        .header("paypal-transmission-sig", "lmI95Jx3Y9nhR5SJ")
        .header("paypal-cert-url", "https://api.paypal.com/v1/notifications/certs/CERT-1")
        .header("paypal-auth-algo", "SHA256withRSA");
    let paypal = scene::paypal();
    let notification = paypal.receive(&request.body(body.to_vec()).unwrap()).unwrap();
    let Lookup::Reference(name, value) = notification.lookup() else { panic!("{:?}", notification.lookup()) };
    assert_ne!(*name, Reference::OrderId);
    assert_eq!(value, "no payment: CUSTOMER.DISPUTE.CREATED");
}
