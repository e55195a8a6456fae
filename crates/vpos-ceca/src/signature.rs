//! Every signature of CECA, and nothing else: bytes in, [`Mac`] out.
//!
//! What is signed is a run of fields without separators ([`message`]), with the key's text in front of it. Three ciphers:
//! [`sha1()`] (django-virtual-pos 1.7.1), [`sha2()`] (the bank's manual 8.9 and its `PrestaShop` module 1.1.1) and [`hmac()`] (the
//! module, for contracts whose key is not 8 characters long).
//!
//! Since there are no separators, a signature of one kind of message must not pass for another. The buyer sees the form's:
//! it is a run that ends in two addresses, and the notification's ends in the bank's reference, which is read as letters and
//! digits alone (see `wire`). A length extension of SHA-1 or SHA-256 ends in bytes that no field may hold.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use cbc::Encryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use des::TdesEde3;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use vpos_core::{Authentic, Error, Mac, OperationNumber, Refusal, Secret};
use zeroize::Zeroizing;

/// `Cifrado`: how a contract signs. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "a new cipher must break every match")]
pub enum Cipher {
    /// SHA-1 over key and message: the oldest contracts.
    #[cfg_attr(feature = "serde", serde(rename = "SHA1"))]
    Sha1,
    /// SHA-256 over key and message.
    #[cfg_attr(feature = "serde", serde(rename = "SHA2"))]
    Sha2,
    /// HMAC-SHA-256 with a key of the operation's own, made by 3DES.
    #[cfg_attr(feature = "serde", serde(rename = "HMAC"))]
    Hmac,
}

impl Cipher {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha2 => "SHA2",
            Self::Hmac => "HMAC",
        }
    }

    /// What a key is for when nobody says: SHA2 for one of exactly 8 characters, HMAC for any other [`PrestaShop` module].
    pub fn of_key(key: &Secret) -> Self {
        if key.expose().chars().count() == 8 { Self::Sha2 } else { Self::Hmac }
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Cipher {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = [Self::Sha1, Self::Sha2, Self::Hmac].into_iter().find(|cipher| cipher.as_str() == text);
        known.ok_or_else(|| Error::config("cipher", format!("there is no cipher {text:?}")))
    }
}

/// The key of a contract ("clave de cifrado") and the cipher that it is for.
#[derive(Clone, Debug)]
pub struct Key(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Sha1(Secret),
    Sha2(Secret),
    Hmac(HmacKey),
}

impl Key {
    /// Reads the key as the bank gives it.
    ///
    /// # Errors
    /// [`Error::Config`] with field `key` when it is empty or, for HMAC, not Base64 of 24 bytes.
    pub fn parse(cipher: Cipher, text: &Secret) -> Result<Self, Error> {
        if text.expose().is_empty() {
            return Err(Error::config("key", "empty"));
        }
        Ok(Self(match cipher {
            Cipher::Sha1 => Kind::Sha1(text.clone()),
            Cipher::Sha2 => Kind::Sha2(text.clone()),
            Cipher::Hmac => Kind::Hmac(HmacKey::parse(text)?),
        }))
    }

    /// Its cipher.
    pub const fn cipher(&self) -> Cipher {
        match self.0 {
            Kind::Sha1(_) => Cipher::Sha1,
            Kind::Sha2(_) => Cipher::Sha2,
            Kind::Hmac(_) => Cipher::Hmac,
        }
    }
}

/// A key for HMAC: its text, and the 24 bytes of which it is the Base64.
#[derive(Clone)]
pub struct HmacKey {
    text: Secret,
    bytes: Zeroizing<[u8; 24]>,
}

impl HmacKey {
    /// Reads the key as the bank gives it.
    ///
    /// # Errors
    /// [`Error::Config`] with field `key` when it is not Base64 of 24 bytes.
    pub fn parse(text: &Secret) -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; 24]);
        // 27 bytes: a longer key must be seen to be longer
        let mut buffer = Zeroizing::new([0; 27]);
        let length = STANDARD.decode_slice(text.expose(), buffer.as_mut_slice()).unwrap_or_default();
        match buffer.first_chunk::<24>() {
            Some(first) if length == 24 => *bytes = *first,
            _ => return Err(Error::config("key", "for HMAC, not Base64 of 24 bytes (32 characters)")),
        }
        Ok(Self { text: text.clone(), bytes })
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Which run of fields is signed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Scheme {
    /// The form that the buyer takes to the bank.
    Form,
    /// What the bank tells of a payment.
    Notification,
    /// A refund asked by form post.
    Refund,
}

/// The texts of the fields that are signed, exactly as they travel. Those that a scheme does not have are left out.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "the manual's list")]
pub struct SignedFields<'a> {
    /// `MerchantID`
    pub merchant_id: &'a str,
    /// `AcquirerBIN`
    pub acquirer_bin: &'a str,
    /// `TerminalID`
    pub terminal_id: &'a str,
    /// `Num_operacion`
    pub number: &'a str,
    /// `Importe`
    pub amount: &'a str,
    /// `TipoMoneda`
    pub currency: &'a str,
    /// `Exponente`
    pub exponent: &'a str,
    /// `Referencia`: in notifications and refunds, and in the form of a payment by reference.
    pub reference: &'a str,
    /// `URL_OK`
    pub url_ok: &'a str,
    /// `URL_NOK`
    pub url_nok: &'a str,
    /// `Exencion_SCA`, when it is sent.
    pub sca_exemption: &'a str,
    /// `fechaTope`, when it is sent.
    pub pay_until: &'a str,
}

/// The run of fields that is signed [manual 8.9, page 13; `PrestaShop` module for notifications and refunds].
///
/// ```
/// use vpos_ceca::signature::{message, sign, Cipher, Key, Scheme, SignedFields};
/// use vpos_core::Secret;
///
/// // the manual's own example
/// let fields = SignedFields {
///     merchant_id: "111950028",
///     acquirer_bin: "0000554052",
///     terminal_id: "00000003",
///     number: "123",
///     amount: "500",
///     currency: "978",
///     exponent: "2",
///     url_ok: "http://www.ceca.es",
///     url_nok: "http://www.ceca.es",
///     ..SignedFields::default()
/// };
/// let key = Key::parse(Cipher::Sha2, &Secret::new("99888888"))?;
/// let signed = message(Scheme::Form, Cipher::Sha2, &fields);
/// let signature = sign(&key, &"123".parse()?, signed.as_bytes());
/// assert_eq!(signature, "2b7f686593f1a424c510321e4bc354d21924e02e980a90f4d46c41f92a06f5a9");
/// # Ok::<(), vpos_core::Error>(())
/// ```
pub fn message(scheme: Scheme, cipher: Cipher, fields: &SignedFields<'_>) -> String {
    let f = fields;
    let common = [f.merchant_id, f.acquirer_bin, f.terminal_id, f.number, f.amount, f.currency, f.exponent, f.reference];
    let cipher = cipher.as_str();
    let rest: &[&str] = match scheme {
        Scheme::Form => &[cipher, f.url_ok, f.url_nok, f.sca_exemption, f.pay_until],
        Scheme::Notification => &[],
        Scheme::Refund => &[cipher],
    };
    let mut run = String::with_capacity(128 + f.url_ok.len() + f.url_nok.len());
    for field in common.iter().chain(rest) {
        run.push_str(field);
    }
    run
}

/// `SHA1`: SHA-1 over the key's text and the message.
pub fn sha1(key: &Secret, message: &[u8]) -> Mac {
    let digest = Sha1::new().chain_update(key.expose()).chain_update(message).finalize();
    Mac::new::<20>(digest.into())
}

/// `SHA2`: SHA-256 over the key's text and the message. REST signs its parameters so too, with the REST key.
pub fn sha2(key: &Secret, message: &[u8]) -> Mac {
    let digest = Sha256::new().chain_update(key.expose()).chain_update(message).finalize();
    Mac::new::<32>(digest.into())
}

/// `HMAC`: HMAC-SHA-256 over the key's text and the message. Its own key is the operation's number, zero-padded to whole
/// blocks (none added when it is whole), under 3DES-EDE-CBC with a zero IV.
///
/// # Panics
/// Never: HMAC takes a key of any length.
pub fn hmac(key: &HmacKey, number: &OperationNumber, message: &[u8]) -> Mac {
    let mut buffer = Zeroizing::new([0; 64]);
    let number = number.as_str().as_bytes();
    // a number has at most 50 bytes
    let length = number.len().next_multiple_of(8).min(buffer.len());
    for (to, from) in buffer.iter_mut().zip(number) {
        *to = *from;
    }
    let cipher = Encryptor::<TdesEde3>::new((&*key.bytes).into(), &[0; 8].into());
    let derived = cipher.encrypt_padded::<NoPadding>(buffer.as_mut_slice(), length).unwrap_or_default();
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut hmac = Hmac::<Sha256>::new_from_slice(derived).expect("HMAC takes any key");
    hmac.update(key.text.expose().as_bytes());
    hmac.update(message);
    Mac::new::<32>(hmac.finalize().into_bytes().into())
}

/// The signature by the key's cipher.
pub fn mac(key: &Key, number: &OperationNumber, message: &[u8]) -> Mac {
    match &key.0 {
        Kind::Sha1(key) => sha1(key, message),
        Kind::Sha2(key) => sha2(key, message),
        Kind::Hmac(key) => hmac(key, number, message),
    }
}

/// The signature as text: lower-case hex, for HMAC Base64.
pub fn sign(key: &Key, number: &OperationNumber, message: &[u8]) -> String {
    let mac = mac(key, number, message);
    match key.cipher() {
        Cipher::Sha1 | Cipher::Sha2 => hex(mac.as_bytes()),
        Cipher::Hmac => STANDARD.encode(mac.as_bytes()),
    }
}

/// Checks a signature that came with a message, by its bytes in constant time: hex in either case, Base64 padded or not.
///
/// ```
/// use vpos_ceca::signature::{check, sign, Cipher, Key};
/// use vpos_core::Secret;
///
/// let key = Key::parse(Cipher::Hmac, &Secret::new("BwgJCgsMDQ4PEBESExQVFhcYGRobHB0e"))?;
/// let number = "PED17-K7Q2M9XA".parse()?;
/// let signature = sign(&key, &number, b"message");
/// assert!(check(&key, &number, b"message", &signature).is_ok());
/// assert!(check(&key, &number, b"another", &signature).is_err());
/// assert!(check(&key, &"PED18".parse()?, b"message", &signature).is_err()); // HMAC: each number has a key of its own
/// # Ok::<(), vpos_core::Error>(())
/// ```
///
/// # Errors
/// [`Refusal::Signature`].
pub fn check(key: &Key, number: &OperationNumber, message: &[u8], signature: &str) -> Result<Authentic, Refusal> {
    // the longest is 32 bytes; the buffer takes more, so that a longer one is seen to be longer
    let mut buffer = [0; 48];
    let length = match key.cipher() {
        Cipher::Sha1 | Cipher::Sha2 => unhex(signature, &mut buffer),
        Cipher::Hmac => ANY_PADDING.decode_slice(signature, &mut buffer).ok(),
    };
    let length = length.ok_or(Refusal::Signature)?;
    mac(key, number, message).check(buffer.get(..length).unwrap_or_default())
}

/// The signature of REST parameters: [`sha2()`] over their Base64 text, in lower-case hex.
pub(crate) fn sign_rest(key: &Secret, parameters: &str) -> String {
    hex(sha2(key, parameters.as_bytes()).as_bytes())
}

/// Checks the signature of a REST answer.
pub(crate) fn check_rest(key: &Secret, parameters: &str, signature: &str) -> Result<Authentic, Refusal> {
    let mut buffer = [0; 48];
    let length = unhex(signature, &mut buffer).ok_or(Refusal::Signature)?;
    sha2(key, parameters.as_bytes()).check(buffer.get(..length).unwrap_or_default())
}

const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads hex in either case; how many bytes it was.
pub(crate) fn unhex(text: &str, to: &mut [u8]) -> Option<usize> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || pairs.len() > to.len() {
        return None;
    }
    for (to, [high, low]) in to.iter_mut().zip(pairs) {
        *to = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(pairs.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CIPHERS: [Cipher; 3] = [Cipher::Sha1, Cipher::Sha2, Cipher::Hmac];

    fn key(cipher: Cipher) -> Key {
        let text = if cipher == Cipher::Hmac { "BwgJCgsMDQ4PEBESExQVFhcYGRobHB0e" } else { "87401456" };
        Key::parse(cipher, &Secret::new(text)).unwrap()
    }

    #[test]
    fn a_key_fits_its_cipher() {
        for text in ["", "87401456", "BwgJCgsMDQ4PEBESExQVFhcYGRobHB0", "BwgJCgsMDQ4PEBESExQVFhcYGRobHB0eAA==", "ñwgJ"] {
            assert!(Key::parse(Cipher::Hmac, &Secret::new(text)).is_err(), "{text:?}");
        }
        assert!(Key::parse(Cipher::Sha1, &Secret::new("")).is_err());
        for text in ["1", "123456789", "BwgJCgsMDQ4PEBESExQVFhcYGRobHB0e"] {
            assert!(Key::parse(Cipher::Sha2, &Secret::new(text)).is_ok(), "{text:?}");
        }
        for (text, cipher) in [("87401456", Cipher::Sha2), ("ñ7401456", Cipher::Sha2), ("874014567", Cipher::Hmac)] {
            assert_eq!(Cipher::of_key(&Secret::new(text)), cipher);
        }
        for cipher in CIPHERS {
            assert_eq!(cipher.as_str().parse::<Cipher>().unwrap(), cipher);
            let shown = format!("{:?}", key(cipher));
            assert!(!shown.contains("8740") && !shown.contains("Bwg"), "{shown}");
        }
        assert!("sha2".parse::<Cipher>().is_err());
    }

    #[test]
    fn sha1_as_any_other_program_makes_it() {
        // printf 87401456abc | sha1sum
        let signature = sign(&key(Cipher::Sha1), &"1".parse().unwrap(), b"abc");
        assert_eq!(signature, "4b42903c99d3d6742ae95ebadfdb4a1a19dff146");
    }

    proptest! {
        #[test]
        fn sign_then_check_holds_and_any_change_does_not(
            which in 0..3_usize, number in "[A-Z0-9-]{1,40}", message: Vec<u8>, at: prop::sample::Index, bit in 0..8_u8,
        ) {
            let (key, number) = (key(CIPHERS[which]), number.parse().unwrap());
            let signature = sign(&key, &number, &message);
            prop_assert!(check(&key, &number, &message, &signature).is_ok());
            if key.cipher() == Cipher::Hmac {
                prop_assert!(check(&key, &number, &message, signature.trim_end_matches('=')).is_ok());
            } else {
                prop_assert!(check(&key, &number, &message, &signature.to_uppercase()).is_ok());
            }
            if !message.is_empty() {
                let mut changed = message.clone();
                changed[at.index(message.len())] ^= 1 << bit;
                prop_assert!(check(&key, &number, &changed, &signature).is_err());
            }
            let cut = &signature[..at.index(signature.len())];
            prop_assert!(cut.len() > signature.len() - 2 || check(&key, &number, &message, cut).is_err());
            let longer = format!("{}00", signature.trim_end_matches('='));
            prop_assert!(check(&key, &number, &message, &longer).is_err());
        }

        #[test]
        fn anything_can_be_checked(text in ".*", number in "[A-Za-z0-9_-]{1,50}") {
            for cipher in CIPHERS {
                prop_assert!(check(&key(cipher), &number.parse().unwrap(), b"message", &text).is_err());
            }
        }

        #[test]
        fn hex_is_read_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut buffer = [0; 40];
            prop_assert_eq!(unhex(&hex(&bytes), &mut buffer), Some(bytes.len()));
            prop_assert_eq!(&buffer[..bytes.len()], &bytes[..]);
        }
    }
}
