//! The whole path, bytes to confirmation: a notification of each cipher, and messages that grow.

use divan::Bencher;
use divan::counter::BytesCount;
use vpos_ceca::signature::{Cipher, Scheme, message};

use crate::floor;
use crate::messages::{CIPHERS, FIELDS, NUMBER, Scene, secret};

/// How many times the size of a real message.
const TIMES: [usize; 4] = [1, 4, 16, 64];

/// A real message, in bytes.
const REAL: usize = 280;

#[divan::bench(args = CIPHERS)]
fn floor_of_a_notification(bencher: Bencher<'_, '_>, cipher: Cipher) {
    let run = message(Scheme::Notification, cipher, &FIELDS);
    bencher.bench(|| floor::mac(cipher, secret(cipher), NUMBER, run.as_bytes()));
}

#[divan::bench(args = CIPHERS)]
fn notification(bencher: Bencher<'_, '_>, cipher: Cipher) {
    bench(bencher, &Scene::new(cipher, ""));
}

#[divan::bench(args = TIMES)]
fn growing_by_one_long_field(bencher: Bencher<'_, '_>, times: usize) {
    let more = format!("&Descripcion={}", "x".repeat(REAL * (times - 1)));
    bench(bencher, &Scene::new(Cipher::Sha2, &more));
}

#[divan::bench(args = TIMES)]
fn growing_by_fields(bencher: Bencher<'_, '_>, times: usize) {
    // to the 256 fields that a message may have, then by their length
    let bytes = REAL * (times - 1);
    let count = (bytes / 32).clamp(1, 240);
    let value = "x".repeat((bytes / count).saturating_sub(12));
    let more: Vec<_> = (0..count).map(|at| format!("&Campo{at:03}={value}")).collect();
    bench(bencher, &Scene::new(Cipher::Sha2, &more.concat()));
}

fn bench(bencher: Bencher<'_, '_>, scene: &Scene) {
    let count = BytesCount::new(scene.request.body().len());
    bencher.counter(count).bench(|| scene.confirm());
}
