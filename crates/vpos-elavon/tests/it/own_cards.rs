//! Card data through the merchant's own server: sent where it must be, shown nowhere, its security code kept by nobody.

use vpos_core::operation::OperationState;
use vpos_core::{Lost, PaymentKind, Secret};
use vpos_elavon::{Card, CardPayment, CardScheme, Cvn, Settle, ThreeDSecure, Told};

use crate::scene::{ORDER, PASREF, answered, drive, elavon, now, operation};

const NUMBER: &str = "4263971921001307";

fn card() -> Card {
    let card = Card::new(Secret::new(NUMBER), 1, 2029, "Ana García", CardScheme::Visa).unwrap();
    card.with_cvn(Cvn::Present(Secret::new("731"))).unwrap()
}

#[test]
fn a_card_is_charged() {
    let elavon = elavon(Settle::OnConfirmation);
    let mut sale = operation(&elavon, PaymentKind::Sale);
    let how = CardPayment {
        authentication: Some(ThreeDSecure {
            eci: "5".into(),
            authentication_value: Secret::new("AAABBB"),
            ds_trans_id: "c272b04f".into(),
            message_version: "2.1.0".into(),
        }),
        comment: Some("a & b".into()),
        ..CardPayment::default()
    };
    assert!(elavon.charge_card(&sale, &card(), &how, now()).is_err(), "no charge was started");
    sale.start_charge().unwrap();
    let exchange = elavon.charge_card(&sale, &card(), &how, now()).unwrap();
    assert!(!format!("{exchange:?} {:?} {how:?}", card()).contains("4263"));
    let (report, sent) = drive(exchange, &[Ok(answered(ORDER, "00", PASREF, "12345", "1"))]);
    sale.settle(&report).unwrap();
    assert_eq!(sale.state(), OperationState::Completed);
    for part in [
        "<channel>ECOM</channel>",
        "<expdate>0129</expdate><chname>Ana García</chname><type>VISA</type><cvn><number>731</number><presind>1</presind></cvn>",
        "<mpi><eci>5</eci>",
        "<comment id=\"1\">a &amp; b</comment>",
    ] {
        assert!(sent[0].contains(part), "{}", sent[0]);
    }
}

#[test]
fn the_vault_gets_no_security_code() {
    let elavon = elavon(Settle::OnConfirmation);
    let number = ORDER.parse().unwrap();
    let exchange = elavon.store_card("ana", "visa01", &card(), &number, now()).unwrap();
    let (told, sent) = drive(exchange, &[Ok(answered(ORDER, "00", "", "", ""))]);
    assert!(matches!(told, Told::Done(_)));
    assert!(sent[0].contains(NUMBER) && !sent[0].contains("731") && !sent[0].contains("cvn"), "{}", sent[0]);
    let exchange = elavon.update_card("ana", "visa01", &card(), now()).unwrap();
    let (_, sent) = drive(exchange, &[Err(Lost::after_send("x"))]);
    assert!(sent[0].contains("card-update-card") && !sent[0].contains("orderid"));
    let exchange = elavon.check_card(&card(), &number, now()).unwrap();
    let (_, sent) = drive(exchange, &[Err(Lost::after_send("x"))]);
    assert!(sent[0].contains("type=\"otb\"") && sent[0].contains("731"));
}

#[test]
fn wrong_card_data_is_refused_without_being_shown() {
    let wrong = |number: &str, month, year| {
        let card = Card::new(Secret::new(number), month, year, "Ana", CardScheme::Mastercard);
        card.unwrap_err().to_string()
    };
    for error in [wrong("42639719210013O7", 1, 2029), wrong(NUMBER, 13, 2029), wrong(NUMBER, 1, 29)] {
        assert!(!error.contains("4263"), "{error}");
    }
    assert!(card().with_cvn(Cvn::Present(Secret::new("12"))).is_err());
}
