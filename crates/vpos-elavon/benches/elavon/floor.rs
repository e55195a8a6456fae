//! The bare cryptography, with the `RustCrypto` crates directly: two hashes, the second over the first in hex and the secret.

use std::hint::black_box;

use sha1::Sha1;
use sha2::{Digest, Sha256};
use vpos_elavon::signature::HashVersion;

/// The least that a hash of the platform takes.
pub(crate) fn hash(version: HashVersion, secret: &str, text: &[u8]) -> String {
    match version {
        HashVersion::Sha1 => twice::<Sha1>(secret, text),
        HashVersion::Sha256 => twice::<Sha256>(secret, text),
    }
}

fn twice<D: Digest>(secret: &str, text: &[u8]) -> String {
    let mut joined = hex(&D::digest(text));
    joined.push('.');
    joined.push_str(secret);
    black_box(hex(&D::digest(joined.as_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 })).collect()
}
