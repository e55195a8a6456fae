//! What an attacker may send, of the greatest size that is read: each must be refused or read in a time that hurts nobody.

use std::fmt;

use divan::Bencher;
use divan::counter::BytesCount;
use vpos_core::http::Response;
use vpos_core::{ANSWER_LIMIT, Exchange, NOTIFICATION_LIMIT, PointOfSale as _};
use vpos_elavon::signature::HashVersion;

use crate::messages::{contract, now, operation, post};

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

/// Reads a response as far as it goes; nothing of it is signed.
#[divan::bench(args = notifications())]
fn notification(bencher: Bencher<'_, '_>, hostile: &Hostile) {
    let elavon = contract(HashVersion::Sha1);
    let operation = operation(&elavon);
    let request = post(hostile.body.as_str());
    bencher.counter(BytesCount::new(hostile.body.len())).bench(|| {
        let read = elavon.receive(&request).and_then(|message| elavon.verify(&message, &operation, now()));
        assert!(read.is_err());
    });
}

#[divan::bench(args = answers())]
fn answer(bencher: Bencher<'_, '_>, hostile: &Hostile) {
    let elavon = contract(HashVersion::Sha1);
    let operation = operation(&elavon);
    let input = || {
        let Exchange::Ask(ask) = elavon.query(&operation, now()).unwrap() else { unreachable!("the platform has to be asked") };
        (ask.split().2, Response::new(hostile.body.clone().into_bytes()))
    };
    bencher.counter(BytesCount::new(hostile.body.len())).with_inputs(input).bench_values(|(resume, response)| {
        let report = resume.with(Ok(response)).unwrap().local().unwrap();
        assert!(report.confirmation().is_none());
    });
}

fn notifications() -> Vec<Hostile> {
    let most = NOTIFICATION_LIMIT;
    vec![
        hostile("form fields", (0..most / 6).map(|at| format!("{at:05}")).collect::<Vec<_>>().join("&")),
        hostile("form fields, 255 with long names", (0..255).map(|at| format!("{at:0>255}")).collect::<Vec<_>>().join("&")),
        hostile("form of escapes", filled("a=", "%41", "", most)),
        hostile("members", filled("hppResponse={\"ORDER_ID\":\"1\"", ",\"a\":1", "}", most)),
        hostile("nested arrays", filled("hppResponse={\"a\":", "[", "", most)),
        hostile("one long value", filled("hppResponse={\"a\":\"", "x", "\"}", most)),
    ]
}

fn answers() -> Vec<Hostile> {
    let start = "<response timestamp='1'><message>";
    vec![
        hostile("elements", filled("<a>", "<b/>", "</a>", ANSWER_LIMIT)),
        hostile("nested elements", filled("", "<a>", "", ANSWER_LIMIT)),
        hostile("entities", filled(start, "&lt;", "</message></response>", ANSWER_LIMIT)),
        hostile("stray ampersands", filled(start, "& ", "</message></response>", ANSWER_LIMIT)),
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
