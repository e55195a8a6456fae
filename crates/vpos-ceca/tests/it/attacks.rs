//! What is signed has no separators, and the buyer sees two signatures of the merchant's key: the form's and that of its 3DS2
//! data. Neither may pass for the bank's word.

use proptest::prelude::*;
use vpos_ceca::signature::{Cipher, Key, Scheme, message, sign};
use vpos_ceca::vpos_core::operation::Operation;
use vpos_ceca::vpos_core::{Error, Payment, PaymentForm, PointOfSale as _, Refusal};
use vpos_ceca::{AcsData, Ceca};

use crate::scene::{CIPHERS, builder, ceca, confirm, notified, now, operation, pairs, post, secret, signature};

fn form(ceca: &Ceca, stored: &Operation, payment: &Payment) -> PaymentForm {
    ceca.begin(stored, payment, now()).unwrap().local().unwrap().form
}

#[test]
fn a_buyers_form_posted_back_is_no_notification() {
    for cipher in CIPHERS {
        let ceca = ceca(cipher);
        let stored = operation(&ceca, "PED17-A", 12_345);
        let form = form(&ceca, &stored, &builder(12_345).build().unwrap());
        let rest = format!("{cipher}{}{}", form.field("URL_OK").unwrap(), form.field("URL_NOK").unwrap());
        let mut fields = notified("PED17-A", "12345");
        fields.reference = &rest;
        // the attack is a real one: the signature is good
        assert_eq!(signature(cipher, &fields), form.field("Firma").unwrap());
        let refused = confirm(&ceca, &post(&pairs(&fields, form.field("Firma").unwrap())), &stored).unwrap_err();
        assert!(matches!(refused, Error::Malformed { ref what, .. } if what == "Referencia"), "{refused}");
    }
}

#[test]
fn no_cut_of_a_form_is_a_notification() {
    // wherever the signed run is cut into fields, something does not fit
    let cipher = Cipher::Sha2;
    let ceca = ceca(cipher);
    let stored = operation(&ceca, "PED17-A", 12_345);
    let form = form(&ceca, &stored, &builder(12_345).build().unwrap());
    let run = format!("PED17-A123459782SHA2{}{}", form.field("URL_OK").unwrap(), form.field("URL_NOK").unwrap());
    let firma = form.field("Firma").unwrap();
    for number in 1..14 {
        for amount in number..14 {
            for currency in amount..16 {
                for exponent in currency..18 {
                    let mut fields = notified(&run[..number], &run[number..amount]);
                    fields.currency = &run[amount..currency];
                    fields.exponent = &run[currency..exponent];
                    fields.reference = &run[exponent..];
                    assert!(confirm(&ceca, &post(&pairs(&fields, firma)), &stored).is_err(), "{fields:?}");
                }
            }
        }
    }
}

#[test]
fn the_signature_of_3ds_data_is_no_notification() {
    let ceca = ceca(Cipher::Sha2);
    let stored = operation(&ceca, "PED17-A", 12_345);
    let mut data = AcsData::default();
    data.name = Some("11195002800005540520000000".into());
    let form = form(&ceca, &stored, &data.attach(builder(12_345)).build().unwrap());
    let (text, firma) = (form.field("datos_acs_20").unwrap(), form.field("firma_acs_20").unwrap());
    let key = Key::parse(Cipher::Sha2, &secret(Cipher::Sha2)).unwrap();
    assert_eq!(firma, sign(&key, stored.number(), text.as_bytes()));
    // it begins as a JSON object does in Base64, and no code of a merchant begins so
    assert!(text.starts_with("ey"));
    let mut fields = notified("PED17-A", "12345");
    fields.merchant_id = text;
    assert!(confirm(&ceca, &post(&pairs(&fields, firma)), &stored).is_err());
}

#[test]
fn a_signature_of_the_number_itself_moves_no_other() {
    // "PED17-A1" + "2345" is the same run as "PED17-A" + "12345"
    for (cipher, word) in [(Cipher::Sha1, Refusal::Number), (Cipher::Sha2, Refusal::Number), (Cipher::Hmac, Refusal::Signature)] {
        let ceca = ceca(cipher);
        let firma = signature(cipher, &notified("PED17-A", "12345"));
        let shifted = notified("PED17-A1", "2345");
        let request = post(&pairs(&shifted, &firma));
        let stored = operation(&ceca, "PED17-A", 12_345);
        let refused = confirm(&ceca, &request, &stored).unwrap_err();
        assert_eq!(refused.refusal(), Some(word), "{cipher}");
    }
}

proptest! {
    #[test]
    fn two_numbers_of_ours_never_share_a_run(a in "[A-Z0-9-]{0,9}[A-Z]", b in "[A-Z0-9-]{0,9}[A-Z]", x in 1..u64::MAX, y in 1..u64::MAX) {
        prop_assume!(a != b || x != y);
        let (x, y) = (x.to_string(), y.to_string());
        let run = |number: &str, amount: &str| message(Scheme::Notification, Cipher::Sha2, &notified(number, amount));
        prop_assert_ne!(run(&a, &x), run(&b, &y));
    }
}
