//! Well-signed notifications are believed, whatever their spelling; a changed byte makes them worthless.

use proptest::prelude::*;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Error, Outcome, PointOfSale as _, Refusal};
use vpos_redsys::signature::SignatureVersion;

use crate::scene::{ORDER, VERSIONS, confirm, encoded, fields, json, notification, paid, post, redsys, sale, sealed, with};

/// Whether two Base64 texts, in either alphabet, padded or not, are the same bytes.
fn same_bytes(a: &str, b: &str) -> bool {
    let plain = |text: &str| text.trim_end_matches('=').replace('-', "+").replace('_', "/");
    plain(a) == plain(b)
}

fn spelled(name: &str, how: &[bool]) -> String {
    let upper = |(at, c): (usize, char)| if how[at % how.len()] { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    name.chars().enumerate().map(upper).collect()
}

proptest! {
    #[test]
    fn a_changed_byte_is_refused(which in 0..3_usize, in_signature: bool, at: prop::sample::Index, byte in 0x21..0x7f_u8) {
        let (redsys, version) = (redsys(VERSIONS[which]), VERSIONS[which]);
        let mut message = sealed(version, ORDER, &json(&paid()));
        let text = &mut message[if in_signature { 2 } else { 1 }].1;
        let before = text.clone();
        let at = at.index(text.len());
        text.replace_range(at..=at, char::from(byte).encode_utf8(&mut [0; 4]));
        let same = *text == before || (in_signature && same_bytes(text, &before));
        let result = confirm(&redsys, &sale(&redsys), &post(encoded(&message)));
        match result {
            Ok(_) => prop_assert!(same, "{message:?}"),
            Err(Error::Refused(refusal)) => prop_assert_eq!(refusal, Refusal::Signature),
            Err(Error::Malformed { .. }) => prop_assert!(!in_signature),
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn letter_case_and_order_of_names_do_not_matter(
        which in 0..3_usize, how in prop::collection::vec(any::<bool>(), 1..9), message in Just(paid()).prop_shuffle(),
        outer in Just([0_usize, 1, 2]).prop_shuffle(),
    ) {
        let redsys = redsys(VERSIONS[which]);
        let respelled = message.iter().map(|(name, text)| (spelled(name, &how), text.clone())).collect();
        let envelope = sealed(VERSIONS[which], ORDER, &json(&respelled));
        let envelope = outer.iter().map(|at| (spelled(&envelope[*at].0, &how), envelope[*at].1.clone())).collect();
        let confirmation = confirm(&redsys, &sale(&redsys), &post(encoded(&envelope))).unwrap();
        prop_assert!(confirmation.is_approved_payment());
        prop_assert_eq!(confirmation.authorization(), Some("501602"));
    }

    #[test]
    fn numbers_are_as_good_as_texts(as_number in prop::collection::vec(any::<bool>(), 11)) {
        let redsys = redsys(SignatureVersion::HmacSha512V2);
        // those whose text has no leading zero
        let numeric = ["Ds_SecurePayment", "Ds_Amount", "Ds_Currency", "Ds_MerchantCode", "Ds_TransactionType", "Ds_AuthorisationCode"];
        let member = |((name, text), number): (&(String, String), &bool)| {
            let quote = if *number && numeric.contains(&name.as_str()) { "" } else { "\"" };
            format!("\"{name}\":{quote}{text}{quote}")
        };
        let members: Vec<_> = paid().iter().zip(&as_number).map(member).collect();
        let envelope = sealed(SignatureVersion::HmacSha512V2, ORDER, &format!("{{{}}}", members.join(",")));
        let confirmation = confirm(&redsys, &sale(&redsys), &post(encoded(&envelope))).unwrap();
        prop_assert!(confirmation.is_approved_payment());
    }

    #[test]
    fn a_version_that_the_contract_does_not_accept_is_refused(contract in 0..3_usize, message in 0..3_usize) {
        let redsys = redsys(VERSIONS[contract]);
        let result = confirm(&redsys, &sale(&redsys), &notification(VERSIONS[message], &paid()));
        match result {
            Ok(_) => prop_assert_eq!(contract, message),
            Err(error) => {
                prop_assert_eq!(error.refusal(), Some(Refusal::Signature));
                prop_assert_ne!(contract, message);
            }
        }
    }

    #[test]
    fn only_an_authorisation_is_approved(code in 0..10_000_u32) {
        let redsys = redsys(SignatureVersion::HmacSha256V1);
        let message = with(paid(), &[("Ds_Response", &format!("{code:04}"))]);
        let result = confirm(&redsys, &sale(&redsys), &notification(SignatureVersion::HmacSha256V1, &message));
        let approved = result.as_ref().is_ok_and(|confirmation| confirmation.outcome() == Outcome::Approved);
        prop_assert_eq!(approved, code < 100);
    }
}

#[test]
fn the_signature_is_judged_before_what_is_signed() {
    let redsys = redsys(SignatureVersion::HmacSha256V1);
    for changes in [("Ds_Amount", "1"), ("Ds_MerchantCode", "1"), ("Ds_TransactionType", "99"), ("Ds_Response", "x")] {
        let mut message = sealed(SignatureVersion::HmacSha256V1, ORDER, &json(&with(paid(), &[changes])));
        message[2].1 = "AAAA".into();
        let error = confirm(&redsys, &sale(&redsys), &post(encoded(&message))).unwrap_err();
        assert_eq!(error.refusal(), Some(Refusal::Signature), "{changes:?}");
    }
}

#[test]
fn a_notification_of_another_contract_is_refused() {
    let redsys = redsys(SignatureVersion::HmacSha256V1);
    for (changes, refusal) in [
        (("Ds_MerchantCode", "999008882"), Refusal::Merchant),
        (("Ds_Terminal", "2"), Refusal::Terminal),
        (("Ds_TransactionType", "1"), Refusal::Type),
        (("Ds_TransactionType", "34"), Refusal::Type),
        (("Ds_Currency", "840"), Refusal::Currency),
        (("Ds_Amount", "49990"), Refusal::Amount),
    ] {
        let request = notification(SignatureVersion::HmacSha256V1, &with(paid(), &[changes]));
        assert_eq!(confirm(&redsys, &sale(&redsys), &request).unwrap_err().refusal(), Some(refusal), "{changes:?}");
    }
}

#[test]
fn a_second_payment_and_another_number_are_refused() {
    let redsys = redsys(SignatureVersion::HmacSha256V1);
    let mut operation = sale(&redsys);
    let first = confirm(&redsys, &operation, &notification(SignatureVersion::HmacSha256V1, &paid())).unwrap();
    operation.apply(&first).unwrap();
    assert_eq!(operation.state(), OperationState::Completed);
    let again = notification(SignatureVersion::HmacSha256V1, &with(paid(), &[("Ds_AuthorisationCode", "999999")]));
    assert_eq!(confirm(&redsys, &operation, &again).unwrap_err().refusal(), Some(Refusal::Number));

    let mut record = operation.record().clone();
    record.number = "0726qi3h7szx".parse().unwrap(); // another letter case is another number
    let other = Operation::from_record(record).unwrap();
    let request = notification(SignatureVersion::HmacSha256V1, &paid());
    assert_eq!(confirm(&redsys, &other, &request).unwrap_err().refusal(), Some(Refusal::Number));
}

#[test]
fn the_buyers_return_passes_the_same_checks() {
    let redsys = redsys(SignatureVersion::HmacSha512V2);
    let query = encoded(&sealed(SignatureVersion::HmacSha512V2, ORDER, &json(&paid())));
    let get = |query: &str| vpos_core::http::Request::get(format!("/vuelta?a=1&a=2&{query}")).body(Vec::new()).unwrap();
    assert!(confirm(&redsys, &sale(&redsys), &get(&query)).is_ok());
    assert!(redsys.receive(&get(&format!("{query}&ds_signature=x"))).is_err());
    let forged =
        encoded(&fields(&[("Ds_SignatureVersion", "HMAC_SHA512_V2"), ("Ds_Signature", ""), ("Ds_MerchantParameters", "e30")]));
    assert!(redsys.receive(&get(&forged)).is_err());
}

#[test]
fn an_evidence_line_is_one_member() {
    let redsys = redsys(SignatureVersion::HmacSha512V2);
    let message = with(paid(), &[("Ds_MerchantData", "x\nDs_Response=0000\u{85}y"), ("a\r\nDs_Amount", "1")]);
    let notification = redsys.receive(&notification(SignatureVersion::HmacSha512V2, &message)).unwrap();
    let evidence = notification.evidence();
    for name in ["Ds_Response=", "Ds_Amount="] {
        assert_eq!(evidence.lines().filter(|line| line.starts_with(name)).count(), 1, "{evidence}");
    }
}
