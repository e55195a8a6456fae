//! The platform by itself: what the page complains of, what the remote interface refuses, what stands in the books.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::{Method, MovementKind};

const SECRET: &str = "mysecret";
const ORDER: &str = "PED17K7Q2M9XA";

fn bank() -> ElavonBank {
    let mut merchant = ElavonMerchant::new("tienda", "internet", Secret::new(SECRET));
    merchant.rebate_password = Some(Secret::new("refund"));
    ElavonBank::new(merchant)
}

fn now() -> Timestamp {
    "2026-11-23T12:05:00Z".parse().unwrap()
}

fn tomorrow() -> Timestamp {
    "2026-11-24T12:05:00Z".parse().unwrap()
}

/// The hash as the merchant makes it.
fn hash(parts: &[&str]) -> String {
    ElavonHash::Sha1.of(&Secret::new(SECRET), parts)
}

fn form(changes: &[(&str, &str)]) -> FormPost {
    let mut fields: Vec<(String, String)> = [
        ("TIMESTAMP", "20261123120500"),
        ("MERCHANT_ID", "tienda"),
        ("ACCOUNT", "internet"),
        ("ORDER_ID", ORDER),
        ("AMOUNT", "12345"),
        ("CURRENCY", "EUR"),
        ("AUTO_SETTLE_FLAG", "0"),
        ("MERCHANT_RESPONSE_URL", "https://tienda.example/aviso"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    let text = |name: &str| fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let mut parts = ["TIMESTAMP", "MERCHANT_ID", "ORDER_ID", "AMOUNT", "CURRENCY"].map(text).to_vec();
    if text("CARD_STORAGE_ENABLE") == "1" {
        parts.extend(["PAYER_REF", "PMT_REF"].map(text));
    }
    let hash = hash(&parts);
    if !changes.iter().any(|(name, _)| *name == "SHA1HASH") {
        fields.push(("SHA1HASH".into(), hash));
    }
    FormPost { action: "https://hpp.example/pay".into(), method: Method::Post, fields }
}

/// What the buyer's browser brings to the shop.
fn response(visit: &Visit) -> Vec<(String, String)> {
    assert!(visit.notification.is_empty());
    let request = visit.browser.as_ref().unwrap();
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/aviso"));
    form_urlencoded::parse(request.body()).into_owned().collect()
}

fn field<'f>(fields: &'f [(String, String)], name: &str) -> &'f str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
}

/// A payment on the page; `pasref` and `authcode`.
fn paid(bank: &mut ElavonBank, flag: &str) -> (String, String) {
    let page = bank.open(&form(&[("AUTO_SETTLE_FLAG", flag)]), now()).unwrap();
    let fields = response(&bank.choose(&page, Choice::Pay, now()));
    assert_eq!(field(&fields, "RESULT"), "00");
    (field(&fields, "PASREF").to_owned(), field(&fields, "AUTHCODE").to_owned())
}

/// A request of the merchant: elements in order, hashed by the rule of its type. Result, `pasref` and the whole text.
fn sent(bank: &mut ElavonBank, kind: &str, values: &[(&str, &str)], at: Timestamp) -> (String, String, String) {
    let time = at.strftime("%Y%m%d%H%M%S").to_string();
    let value = |name: &str| values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| *value);
    let currency = if value("amount").is_empty() { "" } else { "EUR" };
    let hash = if kind == "card-cancel-card" {
        hash(&[&time, "tienda", value("card/payerref"), value("card/ref")])
    } else {
        hash(&[&time, "tienda", value("orderid"), value("amount"), currency, value("payerref")])
    };
    let mut body =
        format!("<request timestamp=\"{time}\" type=\"{kind}\"><merchantid>tienda</merchantid><account>internet</account>");
    for (name, value) in values {
        let _ = match *name {
            "amount" => write!(body, "<amount currency=\"EUR\">{value}</amount>"),
            "autosettle" => write!(body, "<autosettle flag=\"{value}\"/>"),
            "card/ref" => write!(body, "<card><ref>{value}</ref>"),
            "card/payerref" => write!(body, "<payerref>{value}</payerref></card>"),
            _ => write!(body, "<{name}>{value}</{name}>"),
        };
    }
    let _ = write!(body, "<sha1hash>{hash}</sha1hash></request>");
    raw(bank, &body, at)
}

fn raw(bank: &mut ElavonBank, body: &str, at: Timestamp) -> (String, String, String) {
    let request = Request::post("https://remote.example/remote").body(body.as_bytes().to_vec()).unwrap();
    let response = bank.answer(&request, at);
    assert_eq!(response.status(), 200);
    let text = String::from_utf8(response.into_body()).unwrap();
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>")).unwrap_or_default();
        rest.split('<').next().unwrap_or_default().to_owned()
    };
    (element("result"), element("pasref"), text)
}

#[test]
fn every_complaint_names_its_field() {
    for (changes, named) in [
        (&[("SHA1HASH", "0000000000000000000000000000000000000000")][..], "SHA1HASH"),
        (&[("MERCHANT_ID", "otra")], "MERCHANT_ID"),
        (&[("ACCOUNT", "otra")], "ACCOUNT"),
        (&[("ORDER_ID", "PED/17")], "ORDER_ID"),
        (&[("AMOUNT", "123.45")], "AMOUNT"),
        (&[("AMOUNT", "0")], "AMOUNT"),
        (&[("AMOUNT", "123456789012")], "AMOUNT"),
        (&[("CURRENCY", "euro")], "CURRENCY"),
        (&[("AUTO_SETTLE_FLAG", "2")], "AUTO_SETTLE_FLAG"),
        (&[("TIMESTAMP", "20261120120500")], "TIMESTAMP"),
        (&[("TIMESTAMP", "yesterday")], "TIMESTAMP"),
        (&[("MERCHANT_RESPONSE_URL", "/aviso")], "MERCHANT_RESPONSE_URL"),
        (&[("HPP_BILLING_COUNTRY", "ES")], "HPP_BILLING_COUNTRY"),
        (&[("HPP_CUSTOMER_PHONENUMBER_MOBILE", "600000000")], "HPP_CUSTOMER_PHONENUMBER_MOBILE"),
        (&[("CUST_NUM", "ñ")], "CUST_NUM"),
        (&[("HPP_VERSION", "3")], "HPP_VERSION"),
        (&[("CARD_PAYMENT_BUTTON", "Pagar ahora mismo y sin más")], "CARD_PAYMENT_BUTTON"),
    ] {
        let complaints = bank().open(&form(changes), now()).unwrap_err();
        assert!(complaints.iter().any(|complaint| complaint.field == named), "{changes:?}: {complaints:?}");
    }
    let mut twice = form(&[]);
    twice.fields.push(("AMOUNT".into(), "1".into()));
    assert!(bank().open(&twice, now()).unwrap_err().iter().any(|complaint| complaint.what.contains("twice")));
    let get = FormPost { method: Method::Get, ..form(&[]) };
    assert_eq!(bank().open(&get, now()).unwrap_err()[0].field, "method");
    let mut missing = form(&[]);
    missing.fields.retain(|(name, _)| name != "CURRENCY");
    assert!(bank().open(&missing, now()).unwrap_err().iter().any(|complaint| complaint.manual == "502"));
}

#[test]
fn a_number_is_used_once() {
    let mut bank = bank();
    let (first, second) = (bank.open(&form(&[]), now()).unwrap(), bank.open(&form(&[]), now()).unwrap());
    assert_eq!(field(&response(&bank.choose(&first, Choice::Decline("101".into()), now())), "RESULT"), "101");
    // another page of the same number, opened before: the number is used up
    assert_eq!(field(&response(&bank.choose(&second, Choice::Pay, now())), "RESULT"), "501");
    assert!(bank.choose(&first, Choice::Pay, now()).browser.is_none());
    assert_eq!(bank.open(&form(&[]), now()).unwrap_err()[0].manual, "501");
    assert!(bank.ledger().movements().is_empty());
}

#[test]
fn whoever_leaves_or_pays_twice_pays_never_or_once() {
    for (choice, charged) in [(Choice::Cancel, 0), (Choice::Close, 0), (Choice::PayTwice, 12_345), (Choice::Pay, 12_345)] {
        let mut bank = bank();
        let page = bank.open(&form(&[("AUTO_SETTLE_FLAG", "1")]), now()).unwrap();
        let visit = bank.choose(&page, choice.clone(), now());
        assert_eq!((bank.ledger().charged(ORDER), visit.browser.is_some()), (charged, charged > 0), "{choice:?}");
        assert_eq!(bank.ledger().count(ORDER, MovementKind::Charge), usize::from(charged > 0));
    }
}

#[test]
fn the_response_is_hashed_and_brings_the_merchants_own_fields_back() {
    let mut bank = bank();
    let page = bank.open(&form(&[("COMMENT1", "Zapatos ñandú"), ("MY_FIELD", "x")]), now()).unwrap();
    let fields = response(&bank.choose(&page, Choice::Pay, now()));
    let parts =
        ["TIMESTAMP", "MERCHANT_ID", "ORDER_ID", "RESULT", "MESSAGE", "PASREF", "AUTHCODE"].map(|name| field(&fields, name));
    assert_eq!(field(&fields, "SHA1HASH"), hash(&parts));
    for (name, value) in [("COMMENT1", "Zapatos ñandú"), ("MY_FIELD", "x"), ("AMOUNT", "12345"), ("BATCHID", "-1")] {
        assert_eq!(field(&fields, name), value, "{name}");
    }
}

#[test]
fn a_hold_is_settled_once() {
    let mut bank = bank();
    let (pasref, authcode) = paid(&mut bank, "0");
    assert_eq!((bank.ledger().held(ORDER), bank.ledger().charged(ORDER)), (12_345, 0));
    let part = [("orderid", ORDER), ("amount", "10000"), ("pasref", &pasref), ("authcode", &authcode)];
    let (result, own, text) = sent(&mut bank, "settle", &part, now());
    assert_eq!(result, "00");
    assert!(own != pasref && text.contains("<authcode>000000</authcode>"), "{text}");
    assert_eq!((bank.ledger().held(ORDER), bank.ledger().charged(ORDER)), (0, 10_000));
    // however little more is asked for
    let more = [("orderid", ORDER), ("amount", "1"), ("pasref", &pasref), ("authcode", &authcode)];
    let (result, _, text) = sent(&mut bank, "settle", &more, now());
    assert_eq!(result, "508");
    assert!(text.contains(&format!("<orderid>_settle_{ORDER}</orderid>")) && !text.contains("sha1hash"), "{text}");
    assert_eq!(bank.ledger().count(ORDER, MovementKind::Capture), 1);
}

#[test]
fn a_hold_in_parts_is_settled_up_to_115_percent() {
    let mut bank = bank();
    let (pasref, authcode) = paid(&mut bank, "MULTI");
    let mut settle = |amount: &str| {
        sent(&mut bank, "settle", &[("orderid", ORDER), ("amount", amount), ("pasref", &pasref), ("authcode", &authcode)], now())
            .0
    };
    assert_eq!(["10000", "4196", "4197", "1"].map(&mut settle), ["00", "00", "508", "508"].map(str::to_owned));
    assert_eq!(bank.ledger().charged(ORDER), 14_196);
}

#[test]
fn a_settle_without_an_amount_takes_all() {
    let mut bank = bank();
    let (pasref, authcode) = paid(&mut bank, "0");
    let whole = [("orderid", ORDER), ("pasref", pasref.as_str()), ("authcode", &authcode)];
    assert_eq!(sent(&mut bank, "settle", &whole, now()).0, "00");
    assert_eq!(bank.ledger().charged(ORDER), 12_345);
}

#[test]
fn a_void_undoes_a_hold_or_the_days_charge() {
    for (flag, at, result, left) in [("0", tomorrow(), "00", 0), ("1", now(), "00", 0), ("1", tomorrow(), "513", 12_345)] {
        let mut bank = bank();
        let (pasref, authcode) = paid(&mut bank, flag);
        let void = [("orderid", ORDER), ("pasref", pasref.as_str()), ("authcode", &authcode)];
        assert_eq!(sent(&mut bank, "void", &void, at).0, result, "{flag}");
        assert_eq!((bank.ledger().charged(ORDER), bank.ledger().held(ORDER)), (left, 0));
        let again = if result == "00" { "508" } else { "513" };
        assert_eq!(sent(&mut bank, "void", &void, at).0, again);
        assert_eq!(bank.ledger().count(ORDER, MovementKind::Void), usize::from(left == 0));
    }
}

#[test]
fn a_settled_hold_voided_holds_nothing() {
    let mut bank = bank();
    let (pasref, authcode) = paid(&mut bank, "0");
    let whole = [("orderid", ORDER), ("pasref", pasref.as_str()), ("authcode", &authcode)];
    assert_eq!(["settle", "void", "settle"].map(|kind| sent(&mut bank, kind, &whole, now()).0), ["00", "00", "508"]);
    assert_eq!((bank.ledger().charged(ORDER), bank.ledger().held(ORDER)), (0, 0));
}

#[test]
fn rebates_stop_at_what_was_taken() {
    let mut bank = bank();
    let (pasref, authcode) = paid(&mut bank, "1");
    let password = hash::of_rebate_password(&Secret::new("refund"));
    let rebate = |bank: &mut ElavonBank, amount: &str, password: &str| {
        let values = [
            ("orderid", ORDER),
            ("pasref", pasref.as_str()),
            ("authcode", &authcode),
            ("amount", amount),
            ("refundhash", password),
        ];
        sent(bank, "rebate", &values, now()).0
    };
    assert_eq!(rebate(&mut bank, "10000", "b51118f58785274e117efe1bf99d4d50ccb96940"), "505");
    assert_eq!(rebate(&mut bank, "10000", &password), "00");
    assert_eq!(rebate(&mut bank, "2346", &password), "512");
    bank.merchant.rebates_in_parts = false;
    assert_eq!(rebate(&mut bank, "2345", &password), "512");
    bank.merchant.rebates_in_parts = true;
    assert_eq!(rebate(&mut bank, "2345", &password), "00");
    assert_eq!((bank.ledger().refunded(ORDER), bank.ledger().charged(ORDER)), (12_345, 12_345));
    bank.merchant.rebate_password = None;
    assert_eq!(rebate(&mut bank, "1", &password), "505");
}

#[test]
fn a_hold_cannot_be_rebated() {
    let mut bank = bank();
    let (pasref, authcode) = paid(&mut bank, "0");
    let password = hash::of_rebate_password(&Secret::new("refund"));
    let values =
        [("orderid", ORDER), ("pasref", pasref.as_str()), ("authcode", &authcode), ("amount", "1"), ("refundhash", &password)];
    assert_eq!(sent(&mut bank, "rebate", &values, now()).0, "512");
}

#[test]
fn a_query_tells_the_authorisation_and_its_legs() {
    let mut bank = bank();
    let ask = |bank: &mut ElavonBank, order: &str| sent(bank, "query", &[("orderid", order)], now());
    assert_eq!(ask(&mut bank, ORDER).0, "508");
    let (pasref, authcode) = paid(&mut bank, "0");
    let (result, told, text) = ask(&mut bank, ORDER);
    assert_eq!((result.as_str(), told), ("00", pasref.clone()));
    assert!(text.contains("<batchid>-1</batchid>") && !text.contains("amount"), "{text}");
    let (void, rebate) = (format!("_void_{ORDER}"), format!("_rebate_{ORDER}"));
    assert_eq!((ask(&mut bank, &void).0, ask(&mut bank, &rebate).0), ("508".into(), "508".into()));

    let whole = [("orderid", ORDER), ("pasref", pasref.as_str()), ("authcode", &authcode)];
    sent(&mut bank, "settle", &whole, now());
    let (_, told, text) = ask(&mut bank, ORDER);
    assert!(told == pasref && text.contains("<batchid>20780</batchid>"), "{text}");
    let (_, own, _) = sent(&mut bank, "void", &whole, now());
    assert_eq!(ask(&mut bank, &void).1, own);
}

#[test]
fn what_the_remote_interface_refuses() {
    let mut bank = bank();
    let (pasref, authcode) = paid(&mut bank, "0");
    let whole = [("orderid", ORDER), ("pasref", pasref.as_str()), ("authcode", &authcode)];
    let other = [("orderid", ORDER), ("pasref", "1"), ("authcode", &authcode)];
    assert_eq!(sent(&mut bank, "settle", &other, now()).0, "508");
    assert_eq!(sent(&mut bank, "settle", &whole[..2], now()).0, "502");
    assert_eq!(sent(&mut bank, "settle", &[("orderid", "PED/1")], now()).0, "506");
    assert_eq!(sent(&mut bank, "settle", &[("orderid", &"1".repeat(51))], now()).0, "509");
    assert_eq!(sent(&mut bank, "auth", &whole, now()).0, "506");
    assert_eq!(raw(&mut bank, "<request", now()).0, "506");
    let body = |time: &str, merchant: &str, hash: &str| {
        format!(
            "<request timestamp=\"{time}\" type=\"query\"><merchantid>{merchant}</merchantid><orderid>{ORDER}</orderid>{hash}</request>"
        )
    };
    let wrong = "<sha1hash>0</sha1hash>";
    assert_eq!(raw(&mut bank, &body("20261123120500", "tienda", wrong), now()).0, "505");
    assert_eq!(raw(&mut bank, &body("20261123120500", "tienda", ""), now()).0, "502");
    assert_eq!(raw(&mut bank, &body("20261123120500", "otra", wrong), now()).0, "503");
    assert_eq!(raw(&mut bank, &body("20261120120500", "tienda", wrong), now()).0, "508");
    assert_eq!(bank.ledger().movements().len(), 1);
}

#[test]
fn a_saved_card_is_charged_and_forgotten() {
    let mut bank = bank();
    let saving = [("CARD_STORAGE_ENABLE", "1"), ("PAYER_REF", "payer1"), ("AUTO_SETTLE_FLAG", "1")];
    let page = bank.open(&form(&saving), now()).unwrap();
    let fields = response(&bank.choose(&page, Choice::Pay, now()));
    assert_eq!((field(&fields, "SAVED_PAYER_REF"), field(&fields, "PMT_SETUP")), ("payer1", "00"));
    let card = field(&fields, "SAVED_PMT_REF").to_owned();
    let charge = |order: &'static str, card| {
        [("orderid", order), ("amount", "500"), ("payerref", "payer1"), ("paymentmethod", card), ("autosettle", "1")]
    };
    assert_eq!(sent(&mut bank, "receipt-in", &charge("A", "no-card"), now()).0, "508");
    assert_eq!(sent(&mut bank, "receipt-in", &charge("A", &card), now()).0, "00");
    assert_eq!(sent(&mut bank, "receipt-in", &charge("A", &card), now()).0, "501");
    assert_eq!((bank.ledger().charged("A"), bank.ledger().count("A", MovementKind::Charge)), (500, 1));
    let forget = [("card/ref", card.as_str()), ("card/payerref", "payer1")];
    assert_eq!(["00", "508"].map(|_| sent(&mut bank, "card-cancel-card", &forget, now()).0), ["00", "508"].map(str::to_owned));
    assert_eq!(sent(&mut bank, "receipt-in", &charge("B", &card), now()).0, "508");
}

proptest! {
    /// Whatever is asked in whatever order: no more is taken than was authorised and 15 %, no more given back than taken, and
    /// a refused step writes nothing.
    #[test]
    fn money_is_neither_made_nor_lost(
        flag in prop::sample::select(vec!["0", "1", "MULTI"]),
        steps in prop::collection::vec((0..3_usize, 1..14_000_u32, any::<bool>()), 1..12),
    ) {
        let mut bank = bank();
        let (pasref, authcode) = paid(&mut bank, flag);
        let password = hash::of_rebate_password(&Secret::new("refund"));
        for (step, minor, next_day) in steps {
            let (before, amount) = (bank.ledger().movements().len(), minor.to_string());
            let mut values = vec![("orderid", ORDER), ("pasref", pasref.as_str()), ("authcode", &authcode)];
            if step != 1 {
                values.push(("amount", &amount));
            }
            if step == 2 {
                values.push(("refundhash", &password));
            }
            let at = if next_day { tomorrow() } else { now() };
            let (result, ..) = sent(&mut bank, ["settle", "void", "rebate"][step], &values, at);
            let ledger = bank.ledger();
            prop_assert_eq!(result == "00", ledger.movements().len() > before);
            prop_assert!(ledger.charged(ORDER) <= 14_196);
            prop_assert!(ledger.refunded(ORDER) <= ledger.charged(ORDER));
            prop_assert!(ledger.held(ORDER) <= 12_345);
        }
    }
}
