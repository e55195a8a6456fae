//! What is too large, too deep or too many is refused, signed or not.

use vpos_core::http::{Request, Response};
use vpos_core::{ANSWER_LIMIT, Error, NOTIFICATION_LIMIT, PointOfSale as _, Report};
use vpos_redsys::signature::SignatureVersion;

use crate::scene::{
    Fields, ORDER, answered, base64, confirm, encoded, json, now, paid, post, query_answer, redsys, sale, sealed, soap,
    soap_redsys, with,
};

/// A megabyte of anything: the same text again and again.
const ANYTHING: [&str; 12] = ["a", "<", "<a>", "<a/>", "&", "a&", "a=b&", "%", "[", "{\"a\":", "\"a\":1,", "\u{feff}"];

fn filled(again: &str, most: usize) -> String {
    again.repeat(most / again.len())
}

fn is_malformed(error: &Error) -> bool {
    matches!(error, Error::Malformed { .. })
}

#[test]
fn a_megabyte_of_anything_is_no_notification() {
    let redsys = soap_redsys();
    for again in ANYTHING {
        for most in [NOTIFICATION_LIMIT, ANSWER_LIMIT] {
            let error = redsys.receive(&post(filled(again, most))).unwrap_err();
            assert!(is_malformed(&error), "{again:?}: {error}");
        }
        let inside =
            format!("Ds_SignatureVersion=HMAC_SHA256_V1&Ds_Signature=AA&Ds_MerchantParameters={}", base64(filled(again, 48_000)));
        assert!(is_malformed(&redsys.receive(&post(inside)).unwrap_err()), "{again:?}");
    }
    let query = format!("/?{}", "a=b&".repeat(16_000));
    assert!(is_malformed(&redsys.receive(&Request::get(query).body(Vec::new()).unwrap()).unwrap_err()));
}

#[test]
fn a_megabyte_of_anything_is_no_answer() {
    let redsys = redsys(SignatureVersion::HmacSha256V1);
    let paid = crate::scene::in_state(&sale(&redsys), vpos_core::operation::OperationState::Completed);
    for again in ANYTHING {
        for most in [NOTIFICATION_LIMIT, ANSWER_LIMIT, ANSWER_LIMIT + 8] {
            let response = || Ok(Response::new(filled(again, most).into_bytes()));
            let report = answered(redsys.void(&paid, now()).unwrap(), response()).unwrap();
            assert!(matches!(report, Report::Unknown { .. }), "{again:?}: {report:?}");
            let report = answered(redsys.query(&sale(&redsys), now()).unwrap(), response()).unwrap();
            assert!(matches!(report, Report::Unknown { .. }), "{again:?}: {report:?}");
            assert!(answered(redsys.query_order(&ORDER.parse().unwrap()).unwrap(), response()).is_err());
        }
    }
}

#[test]
fn the_limits_of_a_message_hold_for_a_signed_one_too() {
    let version = SignatureVersion::HmacSha256V1;
    let redsys = redsys(version);
    let result = |message: &Fields| confirm(&redsys, &sale(&redsys), &post(encoded(&sealed(version, ORDER, &json(message)))));
    let more = |count: usize| (0..count).map(|at| (format!("Ds_Unknown_{at}"), "x".to_owned())).collect::<Fields>();
    assert!(result(&[paid(), more(256 - paid().len())].concat()).is_ok());
    assert!(is_malformed(&result(&[paid(), more(257 - paid().len())].concat()).unwrap_err()));
    assert!(result(&with(paid(), &[("Ds_MerchantData", &"x".repeat(40_000))])).is_ok());
    assert!(is_malformed(&result(&with(paid(), &[("Ds_MerchantData", &"x".repeat(60_000))])).unwrap_err()));
    let doubled = [paid(), vec![("DS_UNKNOWN".into(), "1".into()), ("Ds_Unknown".into(), "2".into())]].concat();
    assert!(is_malformed(&result(&doubled).unwrap_err()));
}

#[test]
fn the_fields_of_a_form_are_counted() {
    let version = SignatureVersion::HmacSha256V1;
    let redsys = redsys(version);
    let body = encoded(&sealed(version, ORDER, &json(&paid())));
    let more = |count: usize| (0..count).map(|at| format!("&a{at}=")).collect::<Vec<_>>().concat();
    assert!(confirm(&redsys, &sale(&redsys), &post(format!("{body}{}", more(253)))).is_ok());
    assert!(redsys.receive(&post(format!("{body}{}", more(254)))).is_err());
    assert!(redsys.receive(&post(format!("{body}&other=1&OTHER=1"))).is_err());
    assert!(redsys.receive(&post(format!("{body}&ds_merchantparameters=e30"))).is_err());
}

#[test]
fn a_large_signed_listing_is_read() {
    let redsys = redsys(SignatureVersion::HmacSha256V1);
    let rows = vec![with(paid(), &[("Ds_State", "F")]); 1_000];
    let answer = query_answer(&rows);
    assert!(answer.body().len() > 500_000);
    let listing = answered(redsys.query_order(&ORDER.parse().unwrap()).unwrap(), Ok(answer)).unwrap();
    assert_eq!(listing.flatten().count(), 1_000);
    let long = soap(&with(paid(), &[("Ds_MerchantData", &"<&>".repeat(2_000))]));
    let redsys = soap_redsys();
    assert!(confirm(&redsys, &sale(&redsys), &long).is_ok());
}
