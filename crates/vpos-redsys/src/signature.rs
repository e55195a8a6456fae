//! Every signature of Redsys, and nothing else: bytes in, [`Mac`] out.
//!
//! Source of all three: Redsys developer portal, page "Firmar una operación"; REST manual 4.0.1 (worked examples). The key of
//! a contract is never used itself: each operation has a key derived from it and the order number.

use std::fmt;
use std::str::FromStr;

use aes::Aes128;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use cbc::Encryptor;
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeEncrypt, KeyInit as _, KeyIvInit};
use des::TdesEde3;
use hmac::{Hmac, Mac as _};
use sha2::{Sha256, Sha512};
use vpos_core::{Authentic, Error, Mac, OperationNumber, Refusal, Secret};
use zeroize::Zeroizing;

/// A version of the signature, as `Ds_SignatureVersion` names it. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "a new version must break every match")]
pub enum SignatureVersion {
    /// 3DES and HMAC-SHA-256: older contracts, and everything in SOAP.
    #[cfg_attr(feature = "serde", serde(rename = "HMAC_SHA256_V1"))]
    HmacSha256V1,
    /// AES and HMAC-SHA-512, padded: the default for REST.
    #[cfg_attr(feature = "serde", serde(rename = "HMAC_SHA512_V1"))]
    HmacSha512V1,
    /// The same, unpadded: the default for the form.
    #[default]
    #[cfg_attr(feature = "serde", serde(rename = "HMAC_SHA512_V2"))]
    HmacSha512V2,
}

impl SignatureVersion {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256V1 => "HMAC_SHA256_V1",
            Self::HmacSha512V1 => "HMAC_SHA512_V1",
            Self::HmacSha512V2 => "HMAC_SHA512_V2",
        }
    }

    /// How the parameters travel in a request: Base64, for V2 in the URL alphabet without padding (a `=` there is refused by
    /// the bank, SIS0430).
    pub(crate) fn encode_parameters(self, json: &str) -> String {
        match self {
            Self::HmacSha256V1 | Self::HmacSha512V1 => STANDARD.encode(json),
            Self::HmacSha512V2 => URL_SAFE_NO_PAD.encode(json),
        }
    }

    fn encode_signature(self, mac: &Mac) -> String {
        match self {
            Self::HmacSha256V1 => STANDARD.encode(mac.as_bytes()),
            Self::HmacSha512V1 => URL_SAFE.encode(mac.as_bytes()),
            Self::HmacSha512V2 => URL_SAFE_NO_PAD.encode(mac.as_bytes()),
        }
    }
}

impl fmt::Display for SignatureVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SignatureVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let all = [Self::HmacSha256V1, Self::HmacSha512V1, Self::HmacSha512V2];
        let known = all.into_iter().find(|version| version.as_str() == text);
        known.ok_or_else(|| Error::config("signature", format!("there is no signature version {text:?}")))
    }
}

/// The key of a contract: Base64 text of 24 bytes. SHA-256 uses the bytes, SHA-512 the text's first 16 characters.
#[derive(Clone, Debug)]
pub struct Key {
    text: Secret,
    bytes: SecretBytes,
}

#[derive(Clone)]
struct SecretBytes(Zeroizing<[u8; 24]>);

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Key {
    /// Reads the key as the bank gives it.
    ///
    /// # Errors
    /// [`Error::Config`] with field `secret_key` when it is not Base64 of 24 bytes.
    pub fn parse(text: &Secret) -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; 24]);
        // 25 bytes: a longer key must be seen to be longer
        let mut buffer = Zeroizing::new([0; 27]);
        let length = STANDARD.decode_slice(text.expose(), buffer.as_mut_slice()).unwrap_or_default();
        match buffer.first_chunk::<24>() {
            Some(first) if length == 24 => *bytes = *first,
            _ => return Err(Error::config("secret_key", "not Base64 of 24 bytes (32 characters)")),
        }
        Ok(Self { text: text.clone(), bytes: SecretBytes(bytes) })
    }

    /// The first 16 characters of the text, the AES key. There are 32.
    fn aes(&self) -> [u8; 16] {
        self.text.expose().as_bytes().first_chunk().copied().unwrap_or_default()
    }
}

/// The key of one operation, as the bank's examples show it: Base64 of what 3DES makes of the order number (SHA-256), or the
/// text that is the HMAC's key (SHA-512). For comparing with a manual; nothing else needs it.
///
/// ```
/// use vpos_core::Secret;
/// use vpos_redsys::signature::{operation_key, Key, SignatureVersion};
///
/// let key = Key::parse(&Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7"))?;
/// let derived = operation_key(SignatureVersion::HmacSha512V1, &key, &"1234567890".parse()?);
/// assert_eq!(derived.expose(), "RWt3/IPTzYRMXsQtkiGRKg=="); // the manual's own example
/// # Ok::<(), vpos_core::Error>(())
/// ```
pub fn operation_key(version: SignatureVersion, key: &Key, order: &OperationNumber) -> Secret {
    match version {
        SignatureVersion::HmacSha256V1 => {
            let mut buffer = Zeroizing::new([0; 64]);
            Secret::new(STANDARD.encode(triple_des(key, order, &mut buffer)))
        }
        SignatureVersion::HmacSha512V1 | SignatureVersion::HmacSha512V2 => {
            let mut buffer = Zeroizing::new([0; 88]);
            Secret::new(String::from_utf8_lossy(aes_text(key, order, &mut buffer)))
        }
    }
}

/// `HMAC_SHA256_V1`: HMAC-SHA-256 with the order number, zero-padded to whole blocks, under 3DES-EDE-CBC with a zero IV.
///
/// # Panics
/// Never: HMAC takes a key of any length.
pub fn hmac_sha256_v1(key: &Key, order: &OperationNumber, message: &[u8]) -> Mac {
    let mut buffer = Zeroizing::new([0; 64]);
    let key = triple_des(key, order, &mut buffer);
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
    hmac.update(message);
    Mac::new::<32>(hmac.finalize().into_bytes().into())
}

/// `HMAC_SHA512_V1` and `HMAC_SHA512_V2`: HMAC-SHA-512 whose key is the Base64 *text* of the order number under
/// AES-128-CBC, PKCS#7, with a zero IV. The two versions differ in how their Base64 is padded.
///
/// # Panics
/// Never: HMAC takes a key of any length.
pub fn hmac_sha512(key: &Key, order: &OperationNumber, message: &[u8]) -> Mac {
    let mut buffer = Zeroizing::new([0; 88]);
    let key = aes_text(key, order, &mut buffer);
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut hmac = Hmac::<Sha512>::new_from_slice(key).expect("HMAC takes any key");
    hmac.update(message);
    Mac::new::<64>(hmac.finalize().into_bytes().into())
}

/// The signature of that version.
pub fn mac(version: SignatureVersion, key: &Key, order: &OperationNumber, message: &[u8]) -> Mac {
    match version {
        SignatureVersion::HmacSha256V1 => hmac_sha256_v1(key, order, message),
        SignatureVersion::HmacSha512V1 | SignatureVersion::HmacSha512V2 => hmac_sha512(key, order, message),
    }
}

/// The signature as text, in the alphabet that the bank expects of a request.
pub fn sign(version: SignatureVersion, key: &Key, order: &OperationNumber, message: &[u8]) -> String {
    version.encode_signature(&mac(version, key, order, message))
}

/// Checks a signature that came with a message: either Base64 alphabet, padded or not, compared by its bytes in constant time.
///
/// ```
/// use vpos_core::Secret;
/// use vpos_redsys::signature::{check, sign, Key, SignatureVersion};
///
/// let version = SignatureVersion::HmacSha512V2;
/// let key = Key::parse(&Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7"))?;
/// let order = "1234567890".parse()?;
/// let signature = sign(version, &key, &order, b"message");
/// assert!(check(version, &key, &order, b"message", &signature).is_ok());
/// assert!(check(version, &key, &order, b"another", &signature).is_err());
/// assert!(check(version, &key, &"1234567891".parse()?, b"message", &signature).is_err());
/// # Ok::<(), vpos_core::Error>(())
/// ```
///
/// # Errors
/// [`Refusal::Signature`].
pub fn check(
    version: SignatureVersion,
    key: &Key,
    order: &OperationNumber,
    message: &[u8],
    signature: &str,
) -> Result<Authentic, Refusal> {
    // the longest is 64 bytes; the buffer takes more, so that a longer one is seen to be longer
    let mut buffer = [0; 96];
    let engine = any_alphabet(signature);
    let length = engine.decode_slice(signature, &mut buffer).map_err(|_| Refusal::Signature)?;
    mac(version, key, order, message).check(buffer.get(..length).unwrap_or_default())
}

/// Decodes Base64 in either alphabet, padded or not.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    any_alphabet(text).decode(text).ok()
}

fn any_alphabet(text: &str) -> &'static GeneralPurpose {
    const ANY_PADDING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ANY_STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING);
    const ANY_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, ANY_PADDING);
    if text.bytes().any(|b| matches!(b, b'-' | b'_')) { &ANY_URL } else { &ANY_STANDARD }
}

/// The order number, zero-padded to whole blocks (none added when it is whole), under 3DES. A number has at most 50 bytes.
fn triple_des<'b>(key: &Key, order: &OperationNumber, buffer: &'b mut [u8; 64]) -> &'b [u8] {
    let order = order.as_str().as_bytes();
    let length = order.len().next_multiple_of(8).min(buffer.len());
    for (to, from) in buffer.iter_mut().zip(order) {
        *to = *from;
    }
    let cipher = Encryptor::<TdesEde3>::new((&*key.bytes.0).into(), &[0; 8].into());
    cipher.encrypt_padded::<NoPadding>(buffer, length).unwrap_or_default()
}

/// The Base64 text of the order number under AES.
fn aes_text<'b>(key: &Key, order: &OperationNumber, buffer: &'b mut [u8; 88]) -> &'b [u8] {
    let order = order.as_str().as_bytes();
    let mut block = Zeroizing::new([0; 64]);
    for (to, from) in block.iter_mut().zip(order) {
        *to = *from;
    }
    let aes_key = Zeroizing::new(key.aes());
    let cipher = Encryptor::<Aes128>::new((&*aes_key).into(), &[0; 16].into());
    let length = order.len().min(block.len());
    let encrypted = cipher.encrypt_padded::<Pkcs7>(block.as_mut_slice(), length).unwrap_or_default();
    let length = STANDARD.encode_slice(encrypted, buffer.as_mut_slice()).unwrap_or_default();
    buffer.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VERSIONS: [SignatureVersion; 3] =
        [SignatureVersion::HmacSha256V1, SignatureVersion::HmacSha512V1, SignatureVersion::HmacSha512V2];

    fn key() -> Key {
        Key::parse(&Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7")).unwrap()
    }

    #[test]
    fn a_key_is_base64_of_24_bytes() {
        for text in [
            "",
            "short",
            "sq7HjrUOBfKmC576ILgskD5srU870gJ",
            "sq7HjrUOBfKmC576ILgskD5srU870gJ7AA==",
            "ñq7HjrUOBfKmC576ILgskD5srU870gJ",
        ] {
            assert!(Key::parse(&Secret::new(text)).is_err(), "{text:?}");
        }
        let long = "A".repeat(100_000);
        let error = Key::parse(&Secret::new(long.as_str())).unwrap_err();
        assert!(!error.to_string().contains("AAAA"));
        assert!(!format!("{:?}", key()).contains("sq7H"));
    }

    #[test]
    fn every_version_is_read_back() {
        for version in VERSIONS {
            assert_eq!(version.as_str().parse::<SignatureVersion>().unwrap(), version);
        }
        assert!("HMAC_MD5".parse::<SignatureVersion>().is_err());
    }

    proptest! {
        #[test]
        fn sign_then_check_holds_and_any_change_does_not(
            which in 0..3_usize, order in "[0-9]{4}[A-Za-z0-9]{0,8}", message: Vec<u8>, at: prop::sample::Index, bit in 0..8_u8,
        ) {
            let (version, key, order) = (VERSIONS[which], key(), order.parse().unwrap());
            let signature = sign(version, &key, &order, &message);
            prop_assert!(check(version, &key, &order, &message, &signature).is_ok());
            prop_assert!(check(version, &key, &order, &message, signature.trim_end_matches('=')).is_ok());
            let other = signature.replace('+', "-").replace('/', "_");
            prop_assert!(check(version, &key, &order, &message, &other).is_ok());
            if !message.is_empty() {
                let mut changed = message.clone();
                changed[at.index(message.len())] ^= 1 << bit;
                prop_assert!(check(version, &key, &order, &changed, &signature).is_err());
            }
            let cut = &signature[..at.index(signature.len())];
            prop_assert!(cut.len() > signature.len() - 3 || check(version, &key, &order, &message, cut).is_err());
        }

        #[test]
        fn anything_can_be_checked(text in ".*", order in "[A-Za-z0-9_-]{1,50}") {
            for version in VERSIONS {
                prop_assert!(check(version, &key(), &order.parse().unwrap(), b"message", &text).is_err());
            }
        }
    }
}
