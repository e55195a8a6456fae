//! How CECA signs and checks, read anew from its module 1.1.1: a hash of the key's text and the message, or an HMAC under a
//! key made for the operation.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::Encryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use des::TdesEde3;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use vpos_core::Secret;

/// How a CECA contract signs. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a new cipher must break every match")]
pub enum CecaCipher {
    /// HMAC-SHA-256 under a 3DES key: keys of Base64.
    Hmac,
    /// SHA-1: older contracts.
    Sha1,
    /// SHA-256: keys of eight characters.
    Sha2,
}

impl CecaCipher {
    /// As the field `Cifrado` names it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Hmac => "HMAC",
            Self::Sha1 => "SHA1",
            Self::Sha2 => "SHA2",
        }
    }

    /// The text of `Firma`; empty when the key cannot sign.
    pub(super) fn sign(self, key: &Secret, number: &str, message: &str) -> String {
        let text = [key.expose(), message].concat();
        match self {
            Self::Sha1 => hex(&Sha1::digest(&text)),
            Self::Sha2 => hex(&Sha256::digest(&text)),
            Self::Hmac => hmac(key, number, &text).map(|mac| STANDARD.encode(mac)).unwrap_or_default(),
        }
    }

    /// Whether a `Firma` is right: hex without regard to case, Base64 by its bytes.
    pub(super) fn is_right(self, key: &Secret, number: &str, message: &str, signature: &str) -> bool {
        let ours = self.sign(key, number, message);
        let same = match self {
            Self::Sha1 | Self::Sha2 => ours.eq_ignore_ascii_case(signature),
            Self::Hmac => STANDARD.decode(&ours).ok() == STANDARD.decode(signature).ok(),
        };
        same && !ours.is_empty()
    }
}

/// The key's text is hashed too, in front of the message (module 1.1.1).
fn hmac(key: &Secret, number: &str, text: &str) -> Option<Vec<u8>> {
    let mut block = number.as_bytes().to_vec();
    block.resize(block.len().next_multiple_of(8), 0);
    let secret = STANDARD.decode(key.expose()).ok()?;
    let derived = Encryptor::<TdesEde3>::new_from_slices(&secret, &[0; 8]).ok()?.encrypt_padded_vec::<NoPadding>(&block);
    let mut mac = Hmac::<Sha256>::new_from_slice(&derived).ok()?;
    mac.update(text.as_bytes());
    Some(mac.finalize().into_bytes().to_vec())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use toml::{Table, Value};

    use super::*;

    const PADDED: [&str; 7] = ["MerchantID", "AcquirerBIN", "TerminalID", "Num_operacion", "Importe", "TipoMoneda", "Exponente"];

    /// The message of a fixture, put together as the manual's table says.
    fn message(kind: &str, cipher: CecaCipher, fields: &Table) -> String {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let head: String = PADDED.iter().map(|name| text(name)).collect();
        match kind {
            "form" => {
                let tail = [cipher.name(), text("URL_OK"), text("URL_NOK"), text("Exencion_SCA"), text("fechaTope")];
                format!("{head}{}{}", text("Referencia"), tail.concat())
            }
            "notification" => head + text("Referencia"),
            _ => head + text("Referencia") + cipher.name(),
        }
    }

    #[test]
    fn recorded_signatures() {
        let mut seen = 0;
        for fixture in crate::fixtures::signatures("ceca") {
            let text = |name: &str| fixture.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let scheme = text("scheme");
            let (kind, name) = scheme.split_once(':').unwrap_or(("", &scheme));
            let all = [CecaCipher::Hmac, CecaCipher::Sha1, CecaCipher::Sha2];
            let Some(cipher) = all.into_iter().find(|cipher| cipher.name() == name) else { continue };
            let fields = fixture.get("fields").and_then(Value::as_table).cloned().unwrap_or_default();
            let number = fields.get("Num_operacion").and_then(Value::as_str).map_or_else(|| text("number"), str::to_owned);
            let message = if kind.is_empty() { text("message") } else { message(kind, cipher, &fields) };
            let key = Secret::new(text("secret"));
            assert_eq!(cipher.sign(&key, &number, &message), text("value"), "{fixture:?}");
            assert!(cipher.is_right(&key, &number, &message, &text("value")));
            assert!(!cipher.is_right(&key, &number, &(message + "x"), &text("value")));
            seen += 1;
        }
        assert!(seen >= 20, "{seen} signatures found");
    }

    #[test]
    fn a_key_that_is_no_3des_key_signs_no_hmac() {
        assert!(!CecaCipher::Hmac.is_right(&Secret::new("87401456"), "1", "message", ""));
    }
}
