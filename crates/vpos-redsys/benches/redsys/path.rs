//! The whole path, bytes to confirmation: a recorded notification, a recorded SOAP call, and messages that grow.

use divan::Bencher;
use divan::counter::BytesCount;
use vpos_redsys::signature::SignatureVersion;

use crate::floor;
use crate::messages::{KEY, Scene, VERSIONS, recorded, recorded_soap, signed};

/// How many times the size of a real message.
const TIMES: [usize; 4] = [1, 4, 16, 64];

/// What a real message has beside its twelve leading members, in bytes of JSON: the body comes to some 640 bytes.
const REST: usize = 110;

#[divan::bench]
fn notification(bencher: Bencher<'_, '_>) {
    bench(bencher, &recorded());
}

#[divan::bench]
fn soap_notification(bencher: Bencher<'_, '_>) {
    bench(bencher, &recorded_soap());
}

#[divan::bench(args = VERSIONS)]
fn notification_signed_by(bencher: Bencher<'_, '_>, version: SignatureVersion) {
    bench(bencher, &signed(version, &one_long(1)));
}

/// The bare cryptography over as many bytes.
#[divan::bench(args = TIMES)]
fn floor_of_growing(bencher: Bencher<'_, '_>, times: usize) {
    let keys = floor::Keys::of(KEY);
    let message = vec![b'e'; signed(SignatureVersion::HmacSha256V1, &one_long(times)).request.body().len() - 110];
    let count = BytesCount::new(message.len());
    bencher.counter(count).bench(|| floor::mac(SignatureVersion::HmacSha256V1, &keys, "0726qI3H7sZx", &message));
}

#[divan::bench(args = TIMES)]
fn growing_by_one_long_member(bencher: Bencher<'_, '_>, times: usize) {
    bench(bencher, &signed(SignatureVersion::HmacSha256V1, &one_long(times)));
}

#[divan::bench(args = TIMES)]
fn growing_by_members(bencher: Bencher<'_, '_>, times: usize) {
    // to the 256 members that a message may have, then by their length
    let bytes = one_long(times)[0].1.len() + 16;
    let count = (bytes / 32).clamp(2, 240);
    let value = "x".repeat((bytes / count).saturating_sub(20));
    let more: Vec<_> = (0..count).map(|at| (format!("Ds_Unknown_{at:03}"), value.clone())).collect();
    bench(bencher, &signed(SignatureVersion::HmacSha256V1, &more));
}

fn one_long(times: usize) -> Vec<(String, String)> {
    // 300 bytes of JSON stand before it, and Base64 adds a third
    let length = if times == 1 { REST } else { 480 * times - 340 };
    vec![("Ds_MerchantData".to_owned(), "x".repeat(length))]
}

fn bench(bencher: Bencher<'_, '_>, scene: &Scene) {
    let count = BytesCount::new(scene.request.body().len());
    bencher.counter(count).bench(|| scene.confirm());
}
