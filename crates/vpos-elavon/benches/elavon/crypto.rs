//! Hashing and checking beside the bare cryptography, over the parts of a real response (100 bytes).

use divan::Bencher;
use vpos_core::Secret;
use vpos_elavon::signature::{HashVersion, check, hex, parts};

use crate::floor;
use crate::messages::{SECRET, VERSIONS};

const PARTS: [&str; 7] =
    ["20261123120455", "tienda", "PED17K7Q2M9XA", "00", "[ test system ] Authorised 12345", "13276780809850", "12345"];

#[divan::bench(args = VERSIONS)]
fn floor_of_a_hash(bencher: Bencher<'_, '_>, version: HashVersion) {
    let text = PARTS.join(".");
    bencher.bench(|| floor::hash(version, SECRET, text.as_bytes()));
}

#[divan::bench(name = "sign", args = VERSIONS)]
fn signing(bencher: Bencher<'_, '_>, version: HashVersion) {
    let secret = Secret::new(SECRET);
    bencher.bench(|| hex(&parts(version, &secret, &PARTS)));
}

#[divan::bench(name = "verify", args = VERSIONS)]
fn verifying(bencher: Bencher<'_, '_>, version: HashVersion) {
    let secret = Secret::new(SECRET);
    let received = hex(&parts(version, &secret, &PARTS));
    bencher.bench(|| check(&parts(version, &secret, &PARTS), &received).unwrap());
}
