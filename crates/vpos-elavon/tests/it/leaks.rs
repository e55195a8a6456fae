//! Nothing that is shown, sent, logged or kept as evidence holds a secret, or a card number whose middle can be read.

use vpos_core::operation::OperationState;
use vpos_core::{Exchange, PaymentKind, PointOfSale as _};
use vpos_elavon::signature::{HashVersion, parts};
use vpos_elavon::{Elavon, Settle};

use crate::scene::{PASSWORD, SECRET, config, elavon, encoded, euros, known, now, payment, responded, with};

fn check(what: &str, shown: &str) {
    for secret in [SECRET, PASSWORD] {
        assert!(!shown.contains(secret), "{what} shows a secret: {shown}");
    }
}

#[test]
fn the_secrets_are_nowhere() {
    let elavon = elavon(Settle::OnConfirmation);
    check("Config", &format!("{:?} {:#?}", config(), config()));
    check("Elavon", &format!("{elavon:?} {elavon:#?}"));
    check("Mac", &format!("{:?}", parts(HashVersion::Sha256, &config().secret, &["x"])));
    let mut paid = known(&elavon, PaymentKind::Sale, OperationState::Completed);
    let begun = elavon.begin(&paid, &payment(PaymentKind::Sale), now()).unwrap().local().unwrap();
    check("form", &format!("{begun:?} {} {}", begun.form.to_html(), begun.form.to_json()));
    let refund = paid.start_refund(euros(1), None).unwrap();
    for exchange in [elavon.refund(&paid, &refund, now()), elavon.void(&paid, now()), elavon.query(&paid, now())] {
        let exchange = exchange.unwrap();
        let shown = format!("{exchange:?}");
        let Exchange::Ask(ask) = exchange else { panic!("there was nothing to ask") };
        check("request", &format!("{shown} {}", String::from_utf8_lossy(ask.request().body())));
    }
    let mut wrong = config();
    wrong.account = "a_b".into();
    check("error", &format!("{:?}", Elavon::new(wrong).unwrap_err()));
}

#[test]
fn evidence_masks_card_numbers() {
    let fields = with(responded("00", "card 4263971921001307"), "MINE", "4263 9719 2100 1307");
    let notification = elavon(Settle::OnConfirmation).receive(&encoded(&fields)).unwrap();
    let evidence = notification.evidence();
    assert!(evidence.contains("RESULT=00") && !evidence.contains("4263971921001307"), "{evidence}");
    assert!(!evidence.contains("4263 9719 2100 1307"), "{evidence}");
    assert!(!format!("{notification:?}").contains("RESULT"));
}
