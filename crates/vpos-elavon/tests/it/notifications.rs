//! What the page sends back: any change of what is hashed is refused, and what is not hashed is believed of nothing.

use proptest::prelude::*;
use vpos_core::http::Request;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Action, Outcome, PaymentKind, PointOfSale as _, Reference, References, Refusal, Rejection};
use vpos_elavon::Settle;

use crate::scene::{ORDER, PASREF, confirm, elavon, encoded, known, operation, responded, with};

const HASHED: [&str; 7] = ["TIMESTAMP", "MERCHANT_ID", "ORDER_ID", "RESULT", "MESSAGE", "PASREF", "AUTHCODE"];

proptest! {
    #[test]
    fn any_change_of_a_hashed_field_is_refused(which in 0..7_usize, value in "[A-Za-z0-9 .&]{0,20}") {
        let elavon = elavon(Settle::OnConfirmation);
        let fields = responded("00", "Authorised & good");
        let changed = with(fields.clone(), HASHED[which], &value);
        prop_assume!(changed != fields);
        let result = confirm(&elavon, &operation(&elavon, PaymentKind::Sale), &encoded(&changed));
        prop_assert!(result.is_err());
    }

    #[test]
    fn any_change_of_the_hash_is_refused(at in 0..40_usize, digit in "[0-9a-fA-F]", cut in 0..40_usize) {
        let elavon = elavon(Settle::OnConfirmation);
        let fields = responded("00", "Authorised");
        let hash = fields.last().unwrap().1.clone();
        let changed = format!("{}{digit}{}", &hash[..at], &hash[at + 1..]);
        for wrong in [changed.as_str(), &hash[..cut], &hash.to_uppercase(), &format!("{hash}0")] {
            if wrong != hash {
                let request = encoded(&with(fields.clone(), "SHA1HASH", wrong));
                let error = confirm(&elavon, &operation(&elavon, PaymentKind::Sale), &request).unwrap_err();
                prop_assert_eq!(error.refusal(), Some(Refusal::Signature));
            }
        }
    }

    #[test]
    fn any_text_for_people_is_hashed_as_it_came(message in "[^\\p{C}]{0,80}") {
        let elavon = elavon(Settle::OnConfirmation);
        let confirmation = confirm(&elavon, &operation(&elavon, PaymentKind::Sale), &encoded(&responded("00", &message)));
        prop_assert_eq!(confirmation.unwrap().outcome(), Outcome::Approved);
    }

    #[test]
    fn any_bytes_are_read_or_refused(body: Vec<u8>) {
        let _ = elavon(Settle::OnConfirmation).receive(&Request::post("/").body(body).unwrap());
    }

    #[test]
    fn no_result_but_00_approves(result in "[0-9]{1,4}") {
        let elavon = elavon(Settle::Auto);
        let confirmation = confirm(&elavon, &operation(&elavon, PaymentKind::Sale), &encoded(&responded(&result, "Successful")));
        let approved = confirmation.is_ok_and(|confirmation| confirmation.outcome() == Outcome::Approved);
        prop_assert_eq!(approved, result == "00");
    }
}

#[test]
fn what_an_approval_means_is_the_contracts_to_say() {
    for (settle, kind, action) in [
        (Settle::OnConfirmation, PaymentKind::Sale, Action::Approval),
        (Settle::Multi, PaymentKind::Sale, Action::Approval),
        (Settle::Auto, PaymentKind::Sale, Action::Charge),
        (Settle::OnConfirmation, PaymentKind::Preauthorization, Action::Hold),
        (Settle::Multi, PaymentKind::Preauthorization, Action::Hold),
        (Settle::Auto, PaymentKind::Preauthorization, Action::Hold),
    ] {
        let elavon = elavon(settle);
        let confirmation = confirm(&elavon, &operation(&elavon, kind), &encoded(&responded("00", "ok"))).unwrap();
        assert_eq!(confirmation.action(), action, "{settle:?} {kind:?}");
    }
}

#[test]
fn what_the_hash_does_not_cover_is_compared() {
    let elavon = elavon(Settle::OnConfirmation);
    for (name, value, refusal) in
        [("AMOUNT", "12344", Refusal::Amount), ("AMOUNT", "1234500", Refusal::Amount), ("ACCOUNT", "moto", Refusal::Terminal)]
    {
        let request = encoded(&with(responded("00", "ok"), name, value));
        let error = confirm(&elavon, &operation(&elavon, PaymentKind::Sale), &request).unwrap_err();
        assert_eq!(error.refusal(), Some(refusal), "{name}={value}");
    }
    let without: Vec<_> = responded("00", "ok").into_iter().filter(|(name, _)| name != "AMOUNT").collect();
    assert!(confirm(&elavon, &operation(&elavon, PaymentKind::Sale), &encoded(&without)).is_ok());
}

#[test]
fn a_second_payment_for_the_number_is_refused() {
    let elavon = elavon(Settle::Auto);
    let paid = known(&elavon, PaymentKind::Sale, OperationState::Completed);
    assert!(confirm(&elavon, &paid, &encoded(&responded("00", "ok"))).is_ok());
    let mut record = paid.record().clone();
    record.references.insert(Reference::BankReference, "another");
    let other = Operation::from_record(record).unwrap();
    let error = confirm(&elavon, &other, &encoded(&responded("00", "ok"))).unwrap_err();
    assert_eq!(error.refusal(), Some(Refusal::Number));
}

#[test]
fn a_saved_card_is_believed_beside_the_payer_that_we_named() {
    let elavon = elavon(Settle::OnConfirmation);
    let saved = ["PMT_SETUP=00", "SAVED_PAYER_REF=ana", "SAVED_PMT_REF=visa01"];
    let fields = saved.iter().fold(responded("00", "ok"), |fields, field| {
        let (name, value) = field.split_once('=').unwrap();
        with(fields, name, value)
    });
    let card = |payer: &str| {
        let mut operation = operation(&elavon, PaymentKind::Sale);
        operation.learn(&References::from_iter([(Reference::PayerId, payer.to_owned())]));
        let confirmation = confirm(&elavon, &operation, &encoded(&fields)).unwrap();
        confirmation.references().get(Reference::CardReference).map(str::to_owned)
    };
    assert_eq!(card("ana").as_deref(), Some("visa01"));
    assert_eq!(card("eva"), None, "a buyer may write whatever payer there");
    assert_eq!(card(""), None);
}

#[test]
fn replies_lead_to_the_shop_without_a_script() {
    let elavon = elavon(Settle::OnConfirmation);
    let notification = elavon.receive(&encoded(&responded("00", "ok"))).unwrap();
    let paid = known(&elavon, PaymentKind::Sale, OperationState::Completed);
    let pending = operation(&elavon, PaymentKind::Sale);
    let ok = elavon.accept(&notification, &paid);
    assert!(ok.body().contains("href=\"https://tienda.example/ok?a=1&amp;b=2\""), "{}", ok.body());
    assert_eq!(ok, elavon.accept(&notification, &paid));
    assert!(elavon.accept(&notification, &pending).body().contains("https://tienda.example/nok"));
    let forged = elavon.reject(Some(&notification), Some(&pending), &Rejection::Refused(Refusal::Signature));
    assert!(forged.body().contains("https://tienda.example/nok"));
    let unknown = elavon.reject(Some(&notification), None, &Rejection::UnknownOperation);
    assert!(!unknown.body().contains("href") && !unknown.body().contains("refresh"));
    for reply in [ok, forged, unknown] {
        assert!(!reply.body().contains("<script") && reply.status().as_u16() == 200);
        assert!(!reply.body().contains(ORDER) && !reply.body().contains(PASREF));
    }
}
