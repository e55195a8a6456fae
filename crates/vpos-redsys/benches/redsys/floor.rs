//! The bare cryptography, with the `RustCrypto` crates directly: the key of one operation and the HMAC over a message.

use std::hint::black_box;

use aes::Aes128;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::Encryptor;
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeEncrypt as _, KeyInit as _, KeyIvInit as _};
use des::TdesEde3;
use hmac::{Hmac, Mac as _};
use sha2::{Sha256, Sha512};
use vpos_redsys::signature::SignatureVersion;

/// The least that a signature takes: 3DES and HMAC-SHA-256, or AES, Base64 and HMAC-SHA-512.
pub(crate) fn mac(version: SignatureVersion, keys: &Keys, order: &str, message: &[u8]) -> [u8; 64] {
    match version {
        SignatureVersion::HmacSha256V1 => hmac_sha256(keys, order, message),
        SignatureVersion::HmacSha512V1 | SignatureVersion::HmacSha512V2 => hmac_sha512(keys, order, message),
    }
}

/// The key of the contract in its two shapes.
pub(crate) struct Keys {
    triple_des: [u8; 24],
    aes: [u8; 16],
}

impl Keys {
    pub(crate) fn of(text: &str) -> Self {
        let triple_des = STANDARD.decode(text).unwrap().try_into().unwrap();
        let aes = text.as_bytes()[..16].try_into().unwrap();
        Self { triple_des, aes }
    }
}

fn hmac_sha256(keys: &Keys, order: &str, message: &[u8]) -> [u8; 64] {
    let mut buffer = [0; 16];
    buffer[..order.len()].copy_from_slice(order.as_bytes());
    let length = order.len().next_multiple_of(8);
    let cipher = Encryptor::<TdesEde3>::new((&keys.triple_des).into(), &[0; 8].into());
    let key = cipher.encrypt_padded::<NoPadding>(&mut buffer, length).unwrap();
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    hmac.update(message);
    let mut mac = [0; 64];
    mac[..32].copy_from_slice(&hmac.finalize().into_bytes());
    black_box(mac)
}

fn hmac_sha512(keys: &Keys, order: &str, message: &[u8]) -> [u8; 64] {
    let mut buffer = [0; 16];
    buffer[..order.len()].copy_from_slice(order.as_bytes());
    let cipher = Encryptor::<Aes128>::new((&keys.aes).into(), &[0; 16].into());
    let encrypted = cipher.encrypt_padded::<Pkcs7>(&mut buffer, order.len()).unwrap();
    let mut key = [0; 24];
    let length = STANDARD.encode_slice(encrypted, &mut key).unwrap();
    let mut hmac = Hmac::<Sha512>::new_from_slice(&key[..length]).unwrap();
    hmac.update(message);
    black_box(hmac.finalize().into_bytes().into())
}
