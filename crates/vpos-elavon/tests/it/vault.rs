//! Stored cards, payers, hold, release and credit.

use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Lost, PaymentKind, PointOfSale as _, Reference, References};
use vpos_elavon::{Payer, PayerAddress, ReasonCode, Recurring, RecurringKind, RecurringSequence, Settle, StoredCard, Told};

use crate::scene::{ORDER, PASREF, answered, basic, drive, elavon, euros, known, now, operation};

fn with_card(operation: &Operation) -> Operation {
    let mut operation = operation.clone();
    let card = [(Reference::PayerId, "ana".to_owned()), (Reference::CardReference, "visa01".to_owned())];
    operation.learn(&References::from_iter(card));
    operation
}

#[test]
fn a_stored_card_is_charged_at_once() {
    let elavon = elavon(Settle::OnConfirmation);
    let mut sale = with_card(&operation(&elavon, PaymentKind::Sale));
    assert!(elavon.charge_reference(&sale, now()).is_err(), "no charge was started");
    sale.start_charge().unwrap();
    let mut how = StoredCard::default();
    how.recurring = Some(Recurring { kind: RecurringKind::Variable, sequence: RecurringSequence::Subsequent });
    let exchange = elavon.charge_reference_as(&sale, &how, now()).unwrap();
    let (report, sent) = drive(exchange, &[Ok(answered(ORDER, "00", PASREF, "12345", "1"))]);
    sale.settle(&report).unwrap();
    for part in [
        "type=\"receipt-in\"",
        "<payerref>ana</payerref><paymentmethod>visa01</paymentmethod><autosettle flag=\"1\">",
        "<recurring type=\"variable\" sequence=\"subsequent\">",
    ] {
        assert!(sent[0].contains(part), "{}", sent[0]);
    }
    assert_eq!(sale.state(), OperationState::Completed);
    assert_eq!(sale.references().get(Reference::BankReference), Some(PASREF));

    let mut hold = with_card(&operation(&elavon, PaymentKind::Preauthorization));
    hold.start_charge().unwrap();
    let exchange = elavon.charge_reference(&hold, now()).unwrap();
    let (report, sent) = drive(exchange, &[Ok(answered(ORDER, "00", PASREF, "12345", "-1"))]);
    hold.settle(&report).unwrap();
    assert!(sent[0].contains("flag=\"0\""));
    assert_eq!(hold.state(), OperationState::Authorized);

    let mut without = operation(&elavon, PaymentKind::Sale);
    without.start_charge().unwrap();
    assert!(elavon.charge_reference(&without, now()).is_err());
}

#[test]
fn a_card_is_forgotten_without_an_order() {
    let elavon = elavon(Settle::OnConfirmation);
    let sale = with_card(&operation(&elavon, PaymentKind::Sale));
    let exchange = elavon.delete_reference(&sale, now()).unwrap();
    let (report, sent) = drive(exchange, &[Ok(answered("", "00", "", "", ""))]);
    assert!(sent[0].contains("card-cancel-card") && !sent[0].contains("orderid"), "{}", sent[0]);
    assert!(report.confirmation().is_some());
    let exchange = elavon.forget_card("ana", "visa01", now()).unwrap();
    let (told, again) = drive(exchange, &[Ok(answered("", "00", "", "", ""))]);
    assert_eq!(again, sent);
    assert!(matches!(told, Told::Done(_)));
    assert!(elavon.forget_card("ana", "vi sa", now()).is_err());
}

#[test]
fn payers_are_escaped_and_checked() {
    let elavon = elavon(Settle::OnConfirmation);
    let payer = Payer {
        reference: "ana".into(),
        kind: "\"><x>".into(),
        first_name: "Ana & <Eva>".into(),
        address: PayerAddress { country_code: "ES".into(), country: "España".into(), ..PayerAddress::default() },
        ..Payer::default()
    };
    let number = ORDER.parse().unwrap();
    let exchange = elavon.create_payer(&payer, &number, now()).unwrap();
    let (told, sent) = drive(exchange, &[Ok(answered(ORDER, "00", "", "", ""))]);
    assert!(matches!(told, Told::Done(_)), "{told:?}");
    assert!(sent[0].contains("type=\"&quot;&gt;&lt;x&gt;\"") && sent[0].contains("Ana &amp; &lt;Eva&gt;"), "{}", sent[0]);
    assert!(!format!("{payer:?}").contains("Eva"));
    for wrong in [
        Payer { reference: "a b".into(), ..payer.clone() },
        Payer { surname: "x".repeat(256), ..payer.clone() },
        Payer { address: PayerAddress { country_code: "ESP".into(), ..PayerAddress::default() }, ..payer },
    ] {
        assert!(elavon.edit_payer(&wrong, &number, now()).is_err());
    }
}

#[test]
fn endings_of_calls_that_move_no_operation() {
    let elavon = elavon(Settle::OnConfirmation);
    let held = known(&elavon, PaymentKind::Preauthorization, OperationState::Authorized);
    let ended = |answer| drive(elavon.hold(&held, ReasonCode::Fraud, now()).unwrap(), &[answer]).0;
    assert!(matches!(ended(Ok(answered(ORDER, "00", "1", "", ""))), Told::Done(_)));
    assert!(matches!(ended(Ok(answered(ORDER, "101", "1", "", ""))), Told::Refused { .. }));
    assert!(matches!(ended(Ok(basic(ORDER, "508"))), Told::Refused { .. }));
    assert!(matches!(ended(Ok(basic(ORDER, "00"))), Told::Unknown { .. }));
    assert!(matches!(ended(Ok(basic(ORDER, "205"))), Told::Unknown { code: Some(_), .. }));
    assert!(matches!(ended(Ok(answered("OTHER", "00", "1", "", ""))), Told::Unknown { .. }));
    assert!(matches!(ended(Ok(answered(ORDER, "00", "1", "", "").replace("<pasref>1", "<pasref>2"))), Told::Unknown { .. }));
    assert!(matches!(ended(Err(Lost::before_send("x"))), Told::NotSent { .. }));
    assert!(matches!(ended(Err(Lost::after_send("x"))), Told::Unknown { .. }));

    let exchange = elavon.release(&held, ReasonCode::FalsePositive, now()).unwrap();
    let (_, sent) = drive(exchange, &[Err(Lost::after_send("x"))]);
    assert!(sent[0].contains("<reasoncode>FALSEPOSITIVE</reasoncode>"));
    let exchange = elavon.credit(&held, euros(500), now()).unwrap();
    let (_, sent) = drive(exchange, &[Err(Lost::after_send("x"))]);
    assert!(sent[0].contains("type=\"credit\"") && sent[0].contains("<refundhash>"));
    assert!(elavon.credit(&held, euros(0), now()).is_err());
    let exchange = elavon.check_stored_card("ana", "visa01", &ORDER.parse().unwrap(), now()).unwrap();
    let (_, sent) = drive(exchange, &[Err(Lost::after_send("x"))]);
    assert!(sent[0].contains("type=\"receipt-in-otb\""));
}
