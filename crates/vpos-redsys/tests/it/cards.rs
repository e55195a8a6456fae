//! A card on file: asked for on the form, charged later, deleted.

use vpos_core::operation::Operation;
use vpos_core::{Payment, PaymentKind, PointOfSale as _, Reference};
use vpos_redsys::signature::SignatureVersion;
use vpos_redsys::{CofType, remember_card};

use crate::scene::{ORDER, confirm, euros, notification, now, opened, operation, paid, parameters, redsys, sale, with};

const VERSION: SignatureVersion = SignatureVersion::HmacSha512V1;
const CARD: &str = "7be1c04d5f3a49b2a86e0d1f2c3b4a5968778695";

fn with_card(operation: &Operation, network: Option<&str>) -> Operation {
    let mut record = operation.record().clone();
    record.references.insert(Reference::CardReference, CARD);
    record.references.insert(Reference::NetworkTransactionId, network.unwrap_or_default());
    let mut operation = Operation::from_record(record).unwrap();
    operation.start_charge().unwrap();
    operation
}

#[test]
fn the_form_asks_for_a_reference_and_the_notification_brings_it() {
    let redsys = redsys(VERSION);
    for (why, letter) in [
        (CofType::Instalments, "I"),
        (CofType::Recurring, "R"),
        (CofType::Reauthorization, "H"),
        (CofType::Resubmission, "E"),
        (CofType::Delayed, "D"),
        (CofType::Incremental, "M"),
        (CofType::NoShow, "N"),
        (CofType::Other, "C"),
    ] {
        let payment = remember_card(Payment::builder("PED-17", euros(4_999)), why).build().unwrap();
        let operation = Operation::new(redsys.acceptor().clone(), ORDER.parse().unwrap(), &payment);
        let form = redsys.begin(&operation, &payment, now()).unwrap().local().unwrap().form;
        let field = |name| form.field(name).unwrap();
        let sent = opened(field("Ds_SignatureVersion"), field("Ds_MerchantParameters"), field("Ds_Signature"));
        assert_eq!(sent["DS_MERCHANT_IDENTIFIER"], "REQUIRED");
        assert_eq!((&sent["DS_MERCHANT_COF_INI"], &sent["DS_MERCHANT_COF_TYPE"]), (&"S".into(), &letter.into()));
    }
    let told = with(
        paid(),
        &[("Ds_Merchant_Identifier", CARD), ("Ds_Merchant_Cof_Txnid", "261201123456789"), ("Ds_Card_Number", "454881******0004")],
    );
    let mut operation = sale(&redsys);
    operation.apply(&confirm(&redsys, &operation, &notification(VERSION, &told)).unwrap()).unwrap();
    assert_eq!(operation.references().get(Reference::CardReference), Some(CARD));
    assert_eq!(operation.references().get(Reference::NetworkTransactionId), Some("261201123456789"));
    assert_eq!(operation.references().get(Reference::MaskedCard), Some("454881******0004"));

    let declined = with(told, &[("Ds_Response", "0190")]);
    let confirmation = confirm(&redsys, &sale(&redsys), &notification(VERSION, &declined)).unwrap();
    assert!(confirmation.references().is_empty(), "a declined card is not kept");
}

#[test]
fn a_charge_names_the_card_and_says_why() {
    let redsys = redsys(VERSION);
    let operation_with_card = with_card(&sale(&redsys), Some("261201123456789"));
    let sent = parameters(redsys.charge_reference_as(&operation_with_card, CofType::Recurring).unwrap());
    for (name, text) in [
        ("DS_MERCHANT_TRANSACTIONTYPE", "0"),
        ("DS_MERCHANT_AMOUNT", "4999"),
        ("DS_MERCHANT_IDENTIFIER", CARD),
        ("DS_MERCHANT_DIRECTPAYMENT", "true"),
        ("DS_MERCHANT_COF_INI", "N"),
        ("DS_MERCHANT_COF_TYPE", "R"),
        ("DS_MERCHANT_COF_TXNID", "261201123456789"),
        ("DS_MERCHANT_EXCEP_SCA", "MIT"),
    ] {
        assert_eq!(sent[name], text, "{name}");
    }
    assert_eq!(sent.len(), 12);
    let hold = with_card(&operation(&redsys, PaymentKind::Preauthorization, euros(100)), None);
    let sent = parameters(redsys.charge_reference(&hold, now()).unwrap());
    assert_eq!((&sent["DS_MERCHANT_TRANSACTIONTYPE"], &sent["DS_MERCHANT_COF_TYPE"]), (&"1".into(), &"C".into()));
    assert!(!sent.contains_key("DS_MERCHANT_COF_TXNID"));
}

#[test]
fn a_charge_that_was_not_started_or_has_no_card_is_not_sent() {
    let redsys = redsys(VERSION);
    let mut without = sale(&redsys);
    without.start_charge().unwrap();
    assert!(redsys.charge_reference(&without, now()).is_err());
    let mut record = with_card(&sale(&redsys), None).record().clone();
    record.state = vpos_core::operation::OperationState::Completed;
    let paid = Operation::from_record(record).unwrap();
    assert!(redsys.charge_reference_as(&paid, CofType::Other).is_err());
    assert!(redsys.delete_reference(&sale(&redsys), now()).is_err());
    let sent = parameters(redsys.delete_reference(&paid, now()).unwrap());
    assert_eq!((&sent["DS_MERCHANT_TRANSACTIONTYPE"], &sent["DS_MERCHANT_IDENTIFIER"]), (&"44".into(), &CARD.into()));
}
