//! How Redsys signs and checks, read anew from "Firmar una operación" and the manuals; nothing is taken from a bank crate.

use std::fmt;

use aes::Aes128;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use cbc::Encryptor;
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use des::TdesEde3;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Sha256, Sha512};
use vpos_core::Secret;

/// What the bank takes from a merchant's signature: either alphabet, padded or not.
const URL_ANY: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How a Redsys contract signs. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a new version must break every match")]
pub enum RedsysSignature {
    /// `HMAC_SHA256_V1`.
    Sha256V1,
    /// `HMAC_SHA512_V1`.
    Sha512V1,
    /// `HMAC_SHA512_V2`.
    Sha512V2,
}

impl RedsysSignature {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sha256V1 => "HMAC_SHA256_V1",
            Self::Sha512V1 => "HMAC_SHA512_V1",
            Self::Sha512V2 => "HMAC_SHA512_V2",
        }
    }

    /// Parameters as the bank sends them.
    pub(super) fn encode_parameters(self, json: &str) -> String {
        match self {
            Self::Sha256V1 | Self::Sha512V1 => STANDARD.encode(json),
            Self::Sha512V2 => URL_SAFE_NO_PAD.encode(json),
        }
    }

    /// Parameters as the merchant must send them; V2 with a `=` is SIS0430.
    pub(super) fn decode_parameters(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Sha256V1 | Self::Sha512V1 => STANDARD.decode(text).ok(),
            Self::Sha512V2 => URL_SAFE_NO_PAD.decode(text).ok(),
        }
    }

    /// The signature of a notification or of an answer: URL alphabet, padded but for V2.
    pub(super) fn sign(self, key: &Secret, order: &str, message: &str) -> String {
        let mac = self.mac(key, order, message.as_bytes()).unwrap_or_default();
        match self {
            Self::Sha256V1 | Self::Sha512V1 => URL_SAFE.encode(mac),
            Self::Sha512V2 => URL_SAFE_NO_PAD.encode(mac),
        }
    }

    /// Whether the merchant's signature is right.
    pub(super) fn is_right(self, key: &Secret, order: &str, message: &str, signature: &str) -> bool {
        let sent = URL_ANY.decode(signature.replace('+', "-").replace('/', "_"));
        let ours = self.mac(key, order, message.as_bytes());
        ours.is_some() && sent.ok() == ours
    }

    fn mac(self, key: &Secret, order: &str, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Sha256V1 => {
                let mut mac = Hmac::<Sha256>::new_from_slice(&des_key(key, order)?).ok()?;
                mac.update(message);
                Some(mac.finalize().into_bytes().to_vec())
            }
            Self::Sha512V1 | Self::Sha512V2 => {
                let mut mac = Hmac::<Sha512>::new_from_slice(aes_key(key, order)?.as_bytes()).ok()?;
                mac.update(message);
                Some(mac.finalize().into_bytes().to_vec())
            }
        }
    }
}

impl fmt::Display for RedsysSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The signature inside SOAP: always SHA-256, in standard Base64 (SOAP query guide 2.5).
pub(super) fn sign_soap(key: &Secret, order: &str, text: &str) -> String {
    STANDARD.encode(RedsysSignature::Sha256V1.mac(key, order, text.as_bytes()).unwrap_or_default())
}

/// The key of an operation for SHA-256: the order number under 3DES, filled up with zero bytes to whole blocks.
fn des_key(key: &Secret, order: &str) -> Option<Vec<u8>> {
    let mut text = order.as_bytes().to_vec();
    text.resize(text.len().next_multiple_of(8), 0);
    let key = STANDARD.decode(key.expose()).ok()?;
    let cipher = Encryptor::<TdesEde3>::new_from_slices(&key, &[0; 8]).ok()?;
    Some(cipher.encrypt_padded_vec::<NoPadding>(&text))
}

/// The key of an operation for SHA-512: the Base64 text of the order number under AES, whose key is the first half of the
/// secret's text.
fn aes_key(key: &Secret, order: &str) -> Option<String> {
    let half = key.expose().as_bytes().get(..16)?;
    let cipher = Encryptor::<Aes128>::new_from_slices(half, &[0; 16]).ok()?;
    Some(STANDARD.encode(cipher.encrypt_padded_vec::<Pkcs7>(order.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_the_manuals() {
        let key = Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7");
        assert_eq!(aes_key(&key, "1234567890").unwrap(), "RWt3/IPTzYRMXsQtkiGRKg==");
        let key = Secret::new("Mk9m98IfEblmPfrpsawt7BmxObt98Jev");
        assert_eq!(STANDARD.encode(des_key(&key, "165441").unwrap()), "9vgc3PPtGIU=");
    }

    #[test]
    fn the_answer_to_a_soap_notification_as_recorded() {
        let key = Secret::new("Mk9m98IfEblmPfrpsawt7BmxObt98Jev");
        let ok = "<Response Ds_Version=\"0.0\"><Ds_Response_Merchant>OK</Ds_Response_Merchant></Response>";
        assert_eq!(sign_soap(&key, "165441", ok), "yQOHa14Yk2fpjHuO69+1cANLes6Z2/VwaoTWluiXe50=");
    }

    #[test]
    fn a_key_of_another_length_signs_nothing() {
        for version in [RedsysSignature::Sha256V1, RedsysSignature::Sha512V2] {
            assert!(!version.is_right(&Secret::new("short"), "1234", "message", ""));
        }
    }

    /// Every recorded signature of the project's fixtures, whatever program made it.
    #[test]
    fn recorded_signatures() {
        let mut seen = 0;
        for fixture in crate::fixtures::signatures("redsys") {
            let text = |name: &str| fixture.get(name).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
            let version = match text("scheme").as_str() {
                "HMAC_SHA256_V1" => RedsysSignature::Sha256V1,
                "HMAC_SHA512_V1" => RedsysSignature::Sha512V1,
                "HMAC_SHA512_V2" => RedsysSignature::Sha512V2,
                _ => continue,
            };
            let key = Secret::new(text("secret"));
            assert!(version.is_right(&key, &text("order"), &text("message"), &text("value")), "{fixture:?}");
            assert!(!version.is_right(&key, &text("order"), &(text("message") + "x"), &text("value")), "{fixture:?}");
            seen += 1;
        }
        assert!(seen >= 20, "{seen} signatures found");
    }
}
