//! What an attacker may send, of the greatest size that is read: each must be refused or read in a time that hurts nobody.

use std::fmt;

use divan::Bencher;
use divan::counter::BytesCount;
use vpos_core::NOTIFICATION_LIMIT;
use vpos_core::PointOfSale as _;
use vpos_core::http::Request;

use crate::messages::{contract, post};

/// A request by the name of its trick.
#[derive(Clone)]
struct Hostile {
    name: &'static str,
    request: Request<Vec<u8>>,
}

impl fmt::Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[divan::bench(args = requests())]
fn notification(bencher: Bencher<'_, '_>, hostile: &Hostile) {
    let paypal = contract();
    bencher.counter(BytesCount::new(hostile.request.body().len())).bench(|| {
        assert!(paypal.receive(&hostile.request).is_err());
    });
}

fn requests() -> Vec<Hostile> {
    let names: Vec<String> = (0..6_400).map(|at| format!("\"{at:05}\":0")).collect();
    let twice = format!("{{{},\"00000\":0}}", names.join(","));
    let fields = (0..10_000).map(|at| format!("{at:05}")).collect::<Vec<_>>().join("&");
    vec![
        hostile("nested arrays", post(filled("{\"a\":", "[", ""))),
        hostile("nested objects", post(filled("", "{\"a\":", ""))),
        hostile("many names, one twice", post(twice)),
        hostile("escapes", post(filled("{\"a\":\"", "\\u0041", "\"}"))),
        hostile("numbers", post(filled("{\"a\":[0", ",1e9", "]}"))),
        hostile("return with many parameters", Request::get(format!("/?{fields}")).body(Vec::new()).unwrap()),
    ]
}

const fn hostile(name: &'static str, request: Request<Vec<u8>>) -> Hostile {
    Hostile { name, request }
}

/// A start, the same again and again up to the limit, and an end.
fn filled(start: &str, again: &str, end: &str) -> String {
    let times = (NOTIFICATION_LIMIT - start.len() - end.len()) / again.len();
    format!("{start}{}{end}", again.repeat(times))
}
