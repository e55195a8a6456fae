//! The whole path: a response from bytes to a confirmation, the settle's answer from bytes to a report, and both as they grow.

use divan::Bencher;
use divan::counter::BytesCount;
use vpos_core::http::Response;
use vpos_core::{Exchange, PointOfSale as _};
use vpos_elavon::signature::HashVersion;

use crate::floor;
use crate::messages::{SECRET, VERSIONS, now, responded, settled};

/// How many times the size of a real message.
const TIMES: [usize; 4] = [1, 4, 16, 64];

/// A real text for people has some 30 bytes.
const fn text_length(times: usize) -> usize {
    if times == 1 { 30 } else { 400 * times }
}

#[divan::bench(args = VERSIONS)]
fn notification(bencher: Bencher<'_, '_>, version: HashVersion) {
    let scene = responded(version, text_length(1));
    bencher.counter(BytesCount::new(scene.request.body().len())).bench(|| scene.confirm());
}

/// The bare cryptography over as many bytes.
#[divan::bench(args = TIMES)]
fn floor_of_growing(bencher: Bencher<'_, '_>, times: usize) {
    let text = vec![b'x'; text_length(times) + 70];
    bencher.counter(BytesCount::new(text.len())).bench(|| floor::hash(HashVersion::Sha1, SECRET, &text));
}

#[divan::bench(args = TIMES)]
fn growing(bencher: Bencher<'_, '_>, times: usize) {
    let scene = responded(HashVersion::Sha1, text_length(times));
    bencher.counter(BytesCount::new(scene.request.body().len())).bench(|| scene.confirm());
}

#[divan::bench(args = TIMES)]
fn settle(bencher: Bencher<'_, '_>, times: usize) {
    let scene = responded(HashVersion::Sha1, text_length(1));
    let confirmation = scene.confirm();
    let mut operation = scene.operation.clone();
    operation.start_charge().unwrap();
    let answer = settled(&"x".repeat(text_length(times)));
    bencher.counter(BytesCount::new(answer.len())).bench(|| {
        let exchange = scene.elavon.charge(&confirmation, &operation, now()).unwrap();
        let Exchange::Ask(ask) = exchange else { unreachable!("the platform has to be asked") };
        let report = ask.split().2.with(Ok(Response::new(answer.clone().into_bytes()))).unwrap().local().unwrap();
        assert!(report.confirmation().is_some());
    });
}
