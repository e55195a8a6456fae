//! The bare cryptography, with the crates of `RustCrypto` directly.

use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::Encryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use des::TdesEde3;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use vpos_ceca::signature::Cipher;

/// The least that a signature takes: a hash over key and message; for HMAC 3DES and an HMAC over both.
pub(crate) fn mac(cipher: Cipher, key: &str, number: &str, message: &[u8]) -> [u8; 32] {
    let mut mac = [0; 32];
    match cipher {
        Cipher::Sha1 => mac[..20].copy_from_slice(&Sha1::new().chain_update(key).chain_update(message).finalize()),
        Cipher::Sha2 => mac.copy_from_slice(&Sha256::new().chain_update(key).chain_update(message).finalize()),
        Cipher::Hmac => mac = hmac(key, number, message),
    }
    black_box(mac)
}

fn hmac(key: &str, number: &str, message: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 27];
    STANDARD.decode_slice(key, &mut bytes).unwrap();
    let bytes: &[u8; 24] = bytes.first_chunk().unwrap();
    let mut buffer = [0; 16];
    buffer[..number.len()].copy_from_slice(number.as_bytes());
    let length = number.len().next_multiple_of(8);
    let derived = Encryptor::<TdesEde3>::new(bytes.into(), &[0; 8].into());
    let derived = derived.encrypt_padded::<NoPadding>(&mut buffer, length).unwrap();
    let mut hmac = Hmac::<Sha256>::new_from_slice(derived).unwrap();
    hmac.update(key.as_bytes());
    hmac.update(message);
    hmac.finalize().into_bytes().into()
}
