//! The SOAP notification: believed by its signature alone, and acted on only in time.

use std::time::Duration;

use proptest::prelude::*;
use vpos_core::{PointOfSale as _, Refusal, Rejection, Report};
use vpos_redsys::signature::SignatureVersion;

use crate::scene::{
    ORDER, confirm, elements, escaped, now, paid, post, redsys, sale, signature, soap, soap_of, soap_redsys, with,
};

#[test]
fn what_was_not_charged_in_time_is_not_charged() {
    let redsys = soap_redsys();
    let operation = sale(&redsys);
    let confirmation = confirm(&redsys, &operation, &soap(&paid())).unwrap();
    let charge = |later: Duration| redsys.charge(&confirmation, &operation, now() + later);
    assert!(confirmation.deadline().is_some());
    assert!(matches!(charge(Duration::from_secs(20)).unwrap().local().unwrap(), Report::Confirmed(_)));
    let error = charge(Duration::from_secs(20) + Duration::from_nanos(1)).unwrap_err();
    assert_eq!(error.refusal(), Some(Refusal::Stale));

    // nobody waits for the answer to a form post
    let confirmation =
        confirm(&redsys, &operation, &crate::scene::notification(SignatureVersion::HmacSha256V1, &paid())).unwrap();
    assert!(redsys.charge(&confirmation, &operation, now() + Duration::from_secs(86_400)).is_ok());
}

#[test]
fn a_confirmation_charges_its_own_operation() {
    let redsys = soap_redsys();
    let confirmation = confirm(&redsys, &sale(&redsys), &soap(&paid())).unwrap();
    let mut record = sale(&redsys).record().clone();
    record.number = "1234".parse().unwrap();
    let other = vpos_core::operation::Operation::from_record(record).unwrap();
    assert_eq!(redsys.charge(&confirmation, &other, now()).unwrap_err().refusal(), Some(Refusal::Number));
}

#[test]
fn a_contract_without_soap_and_without_sha256_takes_none() {
    let v2 = redsys(SignatureVersion::HmacSha512V2);
    assert_eq!(confirm(&v2, &sale(&v2), &soap(&paid())).unwrap_err().refusal(), Some(Refusal::Signature));
}

#[test]
fn the_answer_is_signed_with_the_key_of_the_order() {
    let redsys = soap_redsys();
    let operation = sale(&redsys);
    let notification = redsys.receive(&soap(&paid())).unwrap();
    let answer = |word: &str| {
        let response = format!("<Response Ds_Version=\"0.0\"><Ds_Response_Merchant>{word}</Ds_Response_Merchant></Response>");
        let signature = signature(SignatureVersion::HmacSha256V1, ORDER, &response);
        escaped(&format!("<Message>{response}<Signature>{signature}</Signature></Message>"))
    };
    assert!(redsys.accept(&notification, &operation).body().contains(&answer("OK")));
    let refused = redsys.reject(Some(&notification), Some(&operation), &Rejection::NotCommitted);
    assert!(refused.body().contains(&answer("KO")));
    let unreadable = redsys.reject(None, None, &Rejection::Malformed);
    assert!(unreadable.body().contains("KO") && !unreadable.body().contains("OK&lt;"));
}

#[test]
fn what_stands_beside_the_request_is_not_read() {
    let redsys = soap_redsys();
    let request = |fields: &crate::scene::Fields| format!("<Request Ds_Version='0.0'>{}</Request>", elements(fields));
    let sign = |text: &str| format!("<Signature>{}</Signature>", signature(SignatureVersion::HmacSha256V1, ORDER, text));
    let (good, cheap) = (request(&paid()), request(&with(paid(), &[("Ds_Amount", "1")])));
    for message in [
        format!("<Message>{good}{cheap}{}</Message>", sign(&good)),
        format!("<Message>{cheap}{}{good}</Message>", sign(&good)),
        format!("<Message>{cheap}{}</Message>", sign(&good)),
        format!("<Message><x>{good}</x>{cheap}{}</Message>", sign(&good)),
        format!("<Message>{}{}</Message>", good.replace("</Request>", "<Ds_Amount>1</Ds_Amount></Request>"), sign(&good)),
        format!("<Message>{good}{}{}</Message>", sign(&good), sign(&cheap)),
        format!("\u{feff}<Message>{good}{}</Message>", sign(&good)),
    ] {
        assert!(confirm(&redsys, &sale(&redsys), &soap_of(&message)).is_err(), "{message}");
    }
    assert!(confirm(&redsys, &sale(&redsys), &soap_of(&format!("<Message>{good}{}</Message>", sign(&good)))).is_ok());
}

#[test]
fn a_signed_request_with_a_field_twice_is_malformed() {
    let redsys = soap_redsys();
    let message = with(paid(), &[("ds_amount", "4999")]);
    let error = confirm(&redsys, &sale(&redsys), &soap(&message)).unwrap_err();
    assert!(error.is_untrusted_message() && error.refusal().is_none(), "{error}");
}

proptest! {
    #[test]
    fn a_changed_byte_is_refused(at: prop::sample::Index, byte in 0x20..0x7f_u8) {
        let redsys = soap_redsys();
        let mut body = soap(&paid()).into_body();
        let start = body.windows(11).position(|part| part == b"&lt;Request").unwrap();
        let end = body.windows(14).position(|part| part == b"&lt;/Signature").unwrap();
        let at = start + at.index(end - start);
        // without its padding, a signature is the same one
        let changed = body[at] != byte && body[at] != b'=';
        body[at] = byte;
        let result = confirm(&redsys, &sale(&redsys), &post(body));
        prop_assert!(result.is_err() || !changed);
    }

    #[test]
    fn letter_case_and_order_of_fields_do_not_matter(message in Just(paid()).prop_shuffle(), upper: bool) {
        let redsys = soap_redsys();
        let spelled = |name: &str| if upper { name.to_uppercase() } else { name.to_lowercase() };
        let message = message.into_iter().map(|(name, text)| (spelled(&name), text)).collect();
        let confirmation = confirm(&redsys, &sale(&redsys), &soap(&message)).unwrap();
        prop_assert_eq!(confirmation.authorization(), Some("501602"));
    }
}
