//! What an attacker may send, of the greatest size that is read: each must be refused or read in a time that hurts nobody.

use std::fmt;

use divan::Bencher;
use divan::counter::BytesCount;
use vpos_core::http::Response;
use vpos_core::operation::Operation;
use vpos_core::{ANSWER_LIMIT, Exchange, NOTIFICATION_LIMIT, PaymentKind, PointOfSale as _, Report};
use vpos_redsys::signature::SignatureVersion;
use vpos_redsys::{NotificationKind, Redsys};

use crate::messages::{KEY, base64, contract, now, operation, post};

/// A body by the name of its trick.
#[derive(Clone)]
struct Hostile {
    name: &'static str,
    body: String,
}

impl fmt::Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Reads a notification as far as it goes; nothing of it is signed.
#[divan::bench(args = notifications())]
fn notification(bencher: Bencher<'_, '_>, hostile: &Hostile) {
    let redsys = contract(SignatureVersion::HmacSha256V1, KEY, NotificationKind::Soap);
    let operation = operation(&redsys, "0726qI3H7sZx", 4_999, PaymentKind::Sale);
    let request = post(hostile.body.as_str());
    bencher.counter(BytesCount::new(hostile.body.len())).bench(|| {
        let read = redsys.receive(&request).and_then(|message| redsys.verify(&message, &operation, now()));
        assert!(read.is_err());
    });
}

#[divan::bench(args = rest_answers())]
fn rest_answer(bencher: Bencher<'_, '_>, hostile: &Hostile) {
    answer(bencher, hostile, |redsys, operation| redsys.void(operation, now()).unwrap());
}

#[divan::bench(args = query_answers())]
fn query_answer(bencher: Bencher<'_, '_>, hostile: &Hostile) {
    answer(bencher, hostile, |redsys, operation| redsys.query(operation, now()).unwrap());
}

fn answer(bencher: Bencher<'_, '_>, hostile: &Hostile, ask: fn(&Redsys, &Operation) -> Exchange<Report>) {
    let redsys = contract(SignatureVersion::HmacSha256V1, KEY, NotificationKind::Http);
    let mut record = operation(&redsys, "0726qI3H7sZx", 4_999, PaymentKind::Sale).record().clone();
    record.state = vpos_core::operation::OperationState::Completed;
    let operation = Operation::from_record(record).unwrap();
    let input = || {
        let Exchange::Ask(question) = ask(&redsys, &operation) else { unreachable!("the bank has to be asked") };
        (question.split().2, Response::new(hostile.body.clone().into_bytes()))
    };
    bencher.counter(BytesCount::new(hostile.body.len())).with_inputs(input).bench_values(|(resume, response)| {
        let report = resume.with(Ok(response)).unwrap().local().unwrap();
        assert!(report.confirmation().is_none());
    });
}

fn notifications() -> Vec<Hostile> {
    let most = NOTIFICATION_LIMIT;
    // what remains of the limit for JSON when it travels in Base64
    let inner = (most - 100) / 4 * 3;
    let form =
        |json: String| format!("Ds_SignatureVersion=HMAC_SHA256_V1&Ds_Signature=AAAA&Ds_MerchantParameters={}", base64(&json));
    let fields = |names: &mut dyn Iterator<Item = String>| names.collect::<Vec<_>>().join("&");
    let soap = |inner: String| format!("<E><Envelope><Body><procesaNotificacionSIS><x>{inner}").replacen("<E>", "", 1);
    vec![
        hostile("members", form(filled("{\"Ds_Order\":\"1234\"", ",\"a\":1", "}", inner))),
        hostile("members, 255 with long names", form(long_members(inner))),
        hostile("nested arrays", form(filled("{\"a\":", "[", "", inner))),
        hostile("arrays side by side", form(filled("{\"Ds_Order\":\"1234\",\"a\":[[]", ",[]", "]}", inner))),
        hostile("nested objects", form(filled("", "{\"a\":", "", inner))),
        hostile("escapes", form(filled("{\"Ds_Order\":\"1234\",\"a\":\"", "\\u00e9", "\"}", inner))),
        hostile("form fields", fields(&mut (0..most / 6).map(|at| format!("{at:05}")))),
        hostile("form fields, 256 with long names", fields(&mut (0..256).map(|at| format!("{at:0>255}")))),
        hostile("form fields without names", "&".repeat(most)),
        hostile("form of escapes", filled("a=", "%41", "", most)),
        hostile("elements", filled("<a>", "<b/>", "</a>", most)),
        hostile("nested elements", filled("", "<a>", "", most)),
        hostile(
            "attributes",
            format!("{}/>", (0..most / 10).map(|at| format!(" a{at:04}=''")).fold("<a".to_owned(), |all, one| all + &one)),
        ),
        hostile("entities", filled(&soap(String::new()), "&lt;", "", most)),
        hostile("marks", "<".repeat(most)),
        hostile("one tag", filled("<", "a", "", most)),
    ]
}

fn long_members(inner: usize) -> String {
    let width = inner / 255 - 12;
    let members: Vec<_> = (0..254).map(|at| format!("\"{at:0>width$}\":\"\"")).collect();
    format!("{{\"Ds_Order\":\"1234\",{}}}", members.join(","))
}

fn rest_answers() -> Vec<Hostile> {
    let most = NOTIFICATION_LIMIT;
    vec![
        hostile("members", filled("{\"a\":1", ",\"a\":1", "}", most)),
        hostile("arrays side by side", filled("{\"a\":[[]", ",[]", "]}", most)),
        hostile("numbers", filled("{\"a\":[1", ",1", "]}", most)),
        hostile("nested arrays", filled("{\"a\":", "[", "", most)),
        hostile("an error's text", filled("{\"errorCode\":\"SIS9999\",\"errorCodeDescription\":\"", "4", "\"}", most)),
        hostile("1 MiB of junk", filled("", "junk ", "", ANSWER_LIMIT)),
        hostile("1 MiB of numbers", filled("{\"a\":[1", ",1", "]}", ANSWER_LIMIT)),
    ]
}

fn query_answers() -> Vec<Hostile> {
    let start = "<Envelope><Body><consultaOperacionesResponse><consultaOperacionesReturn>";
    vec![
        hostile("elements", filled("<a>", "<b/>", "</a>", ANSWER_LIMIT)),
        hostile("nested elements", filled("", "<a>", "", ANSWER_LIMIT)),
        hostile("entities", filled(start, "&lt;a>", "", ANSWER_LIMIT)),
        hostile("junk", filled("", "junk ", "", ANSWER_LIMIT)),
    ]
}

const fn hostile(name: &'static str, body: String) -> Hostile {
    Hostile { name, body }
}

/// A start, the same again and again up to the limit, and an end.
fn filled(start: &str, again: &str, end: &str, most: usize) -> String {
    let times = (most - start.len() - end.len()) / again.len();
    format!("{start}{}{end}", again.repeat(times))
}
