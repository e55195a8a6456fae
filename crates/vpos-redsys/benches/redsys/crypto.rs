//! Signing and checking beside the bare cryptography, over the parameters of a recorded notification (540 bytes).

use divan::Bencher;
use vpos_core::{OperationNumber, Secret};
use vpos_redsys::signature::{Key, SignatureVersion, check, sign};

use crate::floor;
use crate::messages::{KEY, VERSIONS};

fn message() -> Vec<u8> {
    b"eyJEc19EYXRlIjoiMjglMkYwNiUy".iter().copied().cycle().take(540).collect()
}

fn order() -> OperationNumber {
    "9768duGURR1L".parse().unwrap()
}

#[divan::bench(args = VERSIONS)]
fn floor_of_a_signature(bencher: Bencher<'_, '_>, version: SignatureVersion) {
    let (keys, order, message) = (floor::Keys::of(KEY), order(), message());
    bencher.bench(|| floor::mac(version, &keys, order.as_str(), &message));
}

#[divan::bench(name = "sign", args = VERSIONS)]
fn signing(bencher: Bencher<'_, '_>, version: SignatureVersion) {
    let (key, order, message) = (Key::parse(&Secret::new(KEY)).unwrap(), order(), message());
    bencher.bench(|| sign(version, &key, &order, &message));
}

#[divan::bench(name = "verify", args = VERSIONS)]
fn verifying(bencher: Bencher<'_, '_>, version: SignatureVersion) {
    let (key, order, message) = (Key::parse(&Secret::new(KEY)).unwrap(), order(), message());
    let signature = sign(version, &key, &order, &message);
    bencher.bench(|| check(version, &key, &order, &message, &signature).unwrap());
}
