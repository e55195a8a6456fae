//! Nothing that is shown, logged or kept as evidence holds a secret, a token, or a card number whose middle can be read.

use serde_json::json;
use vpos_core::operation::OperationState;
use vpos_core::{Exchange, PaymentKind, PointOfSale as _};
use vpos_paypal::Paypal;

use crate::scene::{SECRET, TOKEN, config, drive, now, operation, order, payment, paypal, returned, sale, says, token};

fn check(what: &str, shown: &str) {
    for secret in [SECRET, TOKEN] {
        assert!(!shown.contains(secret), "{what} shows a secret: {shown}");
    }
}

#[test]
fn the_secrets_are_nowhere() {
    let paypal = paypal();
    let pending = sale(&paypal);
    let (report, sent) = drive(paypal.query(&pending, now()), &[token(), says(200, &order("CAPTURE", "CREATED", &json!({})))]);
    check("report", &format!("{report:?}"));
    check("Config", &format!("{:?} {:#?}", config(), config()));
    check("Paypal", &format!("{paypal:?} {paypal:#?}"));
    for sent in &sent {
        check("request", &format!("{:?}", sent.request));
    }
    let mut paid = operation(&paypal, PaymentKind::Sale, OperationState::Completed);
    let refund = paid.start_refund(paid.amount(), None).unwrap();
    let begun = paypal.begin(&pending, &payment(PaymentKind::Sale), now());
    let Exchange::Ask(ask) = begun.unwrap() else { panic!("there was nothing to ask") };
    check("request", &format!("{ask:?} {}", String::from_utf8_lossy(ask.request().body())));
    check("refund", &format!("{:?}", paypal.refund(&paid, &refund, now())));
    let mut wrong = config();
    wrong.brand_name = Some(String::new());
    check("error", &format!("{:?}", Paypal::new(wrong).unwrap_err()));
}

#[test]
fn evidence_masks_card_numbers() {
    let paypal = paypal();
    let notification = paypal.receive(&returned("token=4263971921001307")).unwrap();
    assert!(!notification.evidence().contains("4263971921001307"));
    assert!(!format!("{notification:?}").contains("PayerID"));
}
