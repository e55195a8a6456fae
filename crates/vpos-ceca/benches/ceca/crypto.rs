//! Signing and checking beside the bare cryptography, over the signed run of a notification.

use divan::Bencher;
use vpos_ceca::signature::{Cipher, Scheme, check, message, sign};

use crate::floor;
use crate::messages::{CIPHERS, FIELDS, NUMBER, key, secret};

#[divan::bench(args = CIPHERS)]
fn floor_of_a_signature(bencher: Bencher<'_, '_>, cipher: Cipher) {
    let run = message(Scheme::Notification, cipher, &FIELDS);
    bencher.bench(|| floor::mac(cipher, secret(cipher), NUMBER, run.as_bytes()));
}

#[divan::bench(name = "sign", args = CIPHERS)]
fn signing(bencher: Bencher<'_, '_>, cipher: Cipher) {
    let (key, number) = (key(cipher), NUMBER.parse().unwrap());
    bencher.bench(|| sign(&key, &number, message(Scheme::Notification, cipher, &FIELDS).as_bytes()));
}

#[divan::bench(name = "verify", args = CIPHERS)]
fn verifying(bencher: Bencher<'_, '_>, cipher: Cipher) {
    let (key, number) = (key(cipher), NUMBER.parse().unwrap());
    let run = message(Scheme::Notification, cipher, &FIELDS);
    let signature = sign(&key, &number, run.as_bytes());
    bencher.bench(|| check(&key, &number, run.as_bytes(), &signature).unwrap());
}
