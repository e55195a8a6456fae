//! `PayGold`: what is asked, and which answers hold a link.

use vpos_core::http::Response;
use vpos_core::{Error, Outcome, PaymentKind, Report};
use vpos_redsys::signature::SignatureVersion;
use vpos_redsys::{PayGold, PayGoldExpiry, PayGoldLink};

use crate::scene::{Fields, answered, euros, operation, paid, parameters, redsys, rest_answer, sale, with};

const VERSION: SignatureVersion = SignatureVersion::HmacSha512V1;

fn by_mail() -> PayGold {
    PayGold { email: Some("ana@example.com".into()), ..PayGold::default() }
}

/// The bank's word that a link was made.
fn made(changes: &[(&str, &str)]) -> Fields {
    let link = "https://sis-t.redsys.es:25443/sis/p2f?t=F2A16D1B";
    let made = [("Ds_Response", "9998"), ("Ds_TransactionType", "15"), ("Ds_AuthorisationCode", ""), ("Ds_UrlPago2Fases", link)];
    with(with(paid(), &made), changes)
}

fn answer(message: &Fields) -> PayGoldLink {
    let redsys = redsys(VERSION);
    answered(redsys.paygold(&sale(&redsys), &by_mail()).unwrap(), Ok(rest_answer(VERSION, message))).unwrap()
}

#[test]
fn everything_that_the_bank_is_told_is_there() {
    let redsys = redsys(VERSION);
    let link = PayGold {
        mobile: Some("+34600000000".into()),
        email: Some("ana@example.com".into()),
        expiry: Some(PayGoldExpiry::At("2026-02-03T04:05:06.078".parse().unwrap())),
        sms_text: Some("Su pedido: @URL@".into()),
        xml_data: Some("<nombreComprador>Ana</nombreComprador>".into()),
        description: Some("Zapatos rojos".into()),
    };
    let sent = parameters(redsys.paygold(&sale(&redsys), &link).unwrap());
    for (name, text) in [
        ("DS_MERCHANT_TRANSACTIONTYPE", "15"),
        ("DS_MERCHANT_AMOUNT", "4999"),
        ("DS_MERCHANT_CUSTOMER_MOBILE", "+34600000000"),
        ("DS_MERCHANT_CUSTOMER_MAIL", "ana@example.com"),
        ("DS_MERCHANT_P2F_EXPIRYDATE", "2026-02-03-04.05.06.078"),
        ("DS_MERCHANT_CUSTOMER_SMS_TEXT", "Su pedido: @URL@"),
        ("DS_MERCHANT_P2F_XMLDATA", "<nombreComprador>Ana</nombreComprador>"),
        ("DS_MERCHANT_PRODUCTDESCRIPTION", "Zapatos rojos"),
    ] {
        assert_eq!(sent[name], text, "{name}");
    }
    assert_eq!(sent.len(), 12);
    let minutes = PayGold { expiry: Some(PayGoldExpiry::Minutes(1_440)), ..by_mail() };
    let sent = parameters(redsys.paygold(&sale(&redsys), &minutes).unwrap());
    assert_eq!(sent["DS_MERCHANT_P2F_EXPIRYDATE"], "1440");
    assert_eq!(sent.len(), 8);
}

#[test]
fn a_link_that_cannot_be_asked_for_is_not() {
    let redsys = redsys(VERSION);
    let long = |length| Some("x".repeat(length));
    for (field, link) in [
        ("paygold", PayGold::default()),
        ("paygold", PayGold { email: Some(String::new()), ..PayGold::default() }),
        ("mobile", PayGold { mobile: long(20), ..PayGold::default() }),
        ("email", PayGold { email: long(101), ..PayGold::default() }),
        ("sms_text", PayGold { sms_text: Some("pague".into()), ..by_mail() }),
        ("sms_text", PayGold { sms_text: Some(format!("@URL@{}", "x".repeat(156))), ..by_mail() }),
        ("xml_data", PayGold { xml_data: long(1_001), ..by_mail() }),
        ("description", PayGold { description: long(126), ..by_mail() }),
    ] {
        let error = redsys.paygold(&sale(&redsys), &link).unwrap_err();
        assert!(matches!(&error, Error::Payment { field: named, .. } if named == field), "{field}: {error}");
    }
    let hold = operation(&redsys, PaymentKind::Preauthorization, euros(4_999));
    assert!(redsys.paygold(&hold, &by_mail()).is_err());
}

#[test]
fn a_signed_9998_brings_the_link() {
    match answer(&made(&[])) {
        PayGoldLink::Sent(link) => assert_eq!(link, "https://sis-t.redsys.es:25443/sis/p2f?t=F2A16D1B"),
        PayGoldLink::Failed(report) => panic!("{report:?}"),
    }
}

#[test]
fn what_is_no_link_is_unknown() {
    for changes in [
        ("Ds_UrlPago2Fases", ""),
        ("Ds_UrlPago2Fases", "/sis/p2f"),
        ("Ds_UrlPago2Fases", "http://sis-t.redsys.es/sis/p2f"),
        ("Ds_UrlPago2Fases", "javascript:alert(1)"),
        ("Ds_UrlPago2Fases", "https://"),
        ("Ds_UrlPago2Fases", "https://sis-t.redsys.es/ \n"),
        ("ds_urlpago2fases", "https://evil.example/"),
        ("Ds_Response", "0000"),
        ("Ds_Response", "0190"),
        ("Ds_Amount", "1"),
        ("Ds_Currency", "840"),
        ("Ds_Order", "1234"),
        ("Ds_MerchantCode", "999008882"),
        ("Ds_Terminal", "2"),
        ("Ds_TransactionType", "3"),
    ] {
        match answer(&made(&[changes])) {
            PayGoldLink::Failed(report) => assert_eq!(report.outcome(), Outcome::Unknown, "{changes:?}"),
            PayGoldLink::Sent(link) => panic!("{changes:?}: {link}"),
        }
    }
    let without: Fields = made(&[]).into_iter().filter(|(name, _)| name != "Ds_UrlPago2Fases").collect();
    assert!(matches!(answer(&without), PayGoldLink::Failed(Report::Unknown { .. })));
}

#[test]
fn a_no_is_a_no() {
    let redsys = redsys(VERSION);
    let exchange = redsys.paygold(&sale(&redsys), &by_mail()).unwrap();
    let no = Response::new(br#"{"errorCode":"SIS0327"}"#.to_vec());
    let link = answered(exchange, Ok(no)).unwrap();
    assert!(matches!(link, PayGoldLink::Failed(Report::Rejected { code, .. }) if code == "SIS0327"));
}

#[test]
fn personal_data_is_not_shown() {
    let link = PayGold { mobile: Some("+34600000000".into()), sms_text: Some("Ana @URL@".into()), ..by_mail() };
    let shown = format!("{link:?}");
    assert!(!shown.contains("600000000") && !shown.contains("ana@") && !shown.contains("Ana"), "{shown}");
}
