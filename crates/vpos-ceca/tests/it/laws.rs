//! What holds for any payment.

use proptest::prelude::*;
use vpos_ceca::vpos_core::http::Request;
use vpos_ceca::vpos_core::operation::OperationState;
use vpos_ceca::vpos_core::{Action, Amount, Currency, Entropy, Error, Outcome, PointOfSale as _, Refusal, Rejection};

use crate::scene::{CIPHERS, ceca, confirm, notified, now, number, operation, pairs, post, signature};

proptest! {
    #[test]
    fn what_the_bank_signs_is_believed_once_and_again(which in 0..3_usize, number in number(), minor in 1..u64::MAX) {
        let (cipher, amount) = (CIPHERS[which], minor.to_string());
        let ceca = ceca(cipher);
        let mut stored = operation(&ceca, &number, minor);
        let fields = notified(&number, &amount);
        let signature = signature(cipher, &fields);
        let request = post(&pairs(&fields, &signature));

        let confirmation = confirm(&ceca, &request, &stored).unwrap();
        prop_assert_eq!((confirmation.action(), confirmation.outcome()), (Action::Charge, Outcome::Approved));
        prop_assert_eq!(confirmation.amount(), Some(Amount::from_minor(minor, Currency::EUR)));
        stored.start_charge().unwrap();
        stored.settle(&ceca.charge(&confirmation, &stored, now()).unwrap().local().unwrap()).unwrap();
        prop_assert_eq!(stored.state(), OperationState::Completed);

        // the same again brings no news and the same answer
        let again = confirm(&ceca, &request, &stored).unwrap();
        prop_assert!(!stored.apply(&again).unwrap().moved());
        let notification = ceca.receive(&request).unwrap();
        let reply = ceca.accept(&notification, &stored);
        prop_assert_eq!(reply.body(), "$*$OKY$*$");
    }

    #[test]
    fn any_changed_field_is_refused(which in 0..3_usize, field in 0..8_usize, at: prop::sample::Index, to in "[A-Za-z0-9]") {
        let cipher = CIPHERS[which];
        let ceca = ceca(cipher);
        let stored = operation(&ceca, "PED17-A", 12_345);
        let fields = notified("PED17-A", "12345");
        let signature = signature(cipher, &fields);
        let mut pairs = pairs(&fields, &signature);
        let mut changed = pairs[field].1.to_owned();
        let at = at.index(changed.len());
        changed.replace_range(at..=at, &to);
        prop_assume!(changed != pairs[field].1);
        pairs[field].1 = &changed;
        prop_assert!(confirm(&ceca, &post(&pairs), &stored).is_err());
    }

    #[test]
    fn a_second_payment_is_refused(reference in "[0-9]{12}") {
        prop_assume!(reference != "120043981612");
        let cipher = CIPHERS[1];
        let ceca = ceca(cipher);
        let mut stored = operation(&ceca, "PED17-A", 12_345);
        let mut fields = notified("PED17-A", "12345");
        let first = signature(cipher, &fields);
        stored.apply(&confirm(&ceca, &post(&pairs(&fields, &first)), &stored).unwrap()).unwrap();
        fields.reference = &reference;
        let second = signature(cipher, &fields);
        let refused = confirm(&ceca, &post(&pairs(&fields, &second)), &stored).unwrap_err();
        prop_assert_eq!(refused.refusal(), Some(Refusal::Number));
    }

    #[test]
    fn any_bytes_are_received_or_refused(bytes: Vec<u8>, text in "[A-Za-z_=&%+0-9]*") {
        let ceca = ceca(CIPHERS[1]);
        for body in [bytes, text.into_bytes()] {
            let request = Request::post("/").body(body).unwrap();
            if let Ok(notification) = ceca.receive(&request) {
                let _ = notification.evidence();
            }
        }
    }

    #[test]
    fn a_number_of_ours_is_taken_by_our_form(seed: [u8; 16]) {
        let ceca = ceca(CIPHERS[1]);
        let number = ceca.number(Entropy::new(seed));
        let stored = operation(&ceca, number.as_str(), 1);
        let payment = crate::scene::builder(1).build().unwrap();
        prop_assert!(ceca.begin(&stored, &payment, now()).is_ok());
    }
}

#[test]
fn the_deadline_is_kept() {
    let cipher = CIPHERS[1];
    let ceca = ceca(cipher);
    let stored = operation(&ceca, "PED17-A", 12_345);
    let fields = notified("PED17-A", "12345");
    let signature = signature(cipher, &fields);
    let confirmation = confirm(&ceca, &post(&pairs(&fields, &signature)), &stored).unwrap();
    assert_eq!(confirmation.deadline(), Some("2026-01-01T00:00:10Z".parse().unwrap()));
    let charge = |at: &str| ceca.charge(&confirmation, &stored, at.parse().unwrap()).map(drop);
    assert!(charge("2026-01-01T00:00:10Z").is_ok());
    assert_eq!(charge("2026-01-01T00:00:10.001Z").unwrap_err().refusal(), Some(Refusal::Stale));

    let other = operation(&ceca, "PED17-B", 12_345);
    assert_eq!(ceca.charge(&confirmation, &other, now()).unwrap_err().refusal(), Some(Refusal::Number));
}

#[test]
fn what_is_not_kept_is_annulled() {
    let ceca = ceca(CIPHERS[1]);
    for why in
        [Rejection::Malformed, Rejection::UnknownOperation, Rejection::Refused(Refusal::Signature), Rejection::NotCommitted]
    {
        let reply = ceca.reject(None, None, &why).into_http();
        assert_eq!((reply.status().as_u16(), &reply.body()[..]), (200, &b"$*$NOK$*$"[..]));
        assert_eq!(reply.headers()["content-type"], "text/html");
    }
}

#[test]
fn only_a_post_of_a_bearable_size_is_read() {
    let ceca = ceca(CIPHERS[1]);
    let get = Request::get("/?Num_operacion=1").body(Vec::new()).unwrap();
    let long = Request::post("/").body(vec![b'a'; 64 * 1024 + 1]).unwrap();
    let many = Request::post("/").body((0..300).map(|i| format!("a{i}=1")).collect::<Vec<_>>().join("&").into_bytes()).unwrap();
    for request in [get, long, many] {
        assert!(matches!(ceca.receive(&request), Err(Error::Malformed { .. })));
    }
}

#[test]
fn the_evidence_holds_everything_but_card_numbers() {
    let fields = notified("PED17-A", "12345");
    let mut pairs = pairs(&fields, "00");
    pairs.push(("Tarjeta", "5540500001000004"));
    let evidence = ceca(CIPHERS[1]).receive(&post(&pairs)).unwrap().evidence();
    assert!(evidence.contains("Importe=12345\n") && evidence.contains("Tarjeta=554050******0004\n"), "{evidence}");
}
