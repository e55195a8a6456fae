//! Keys, and the proof that a message was made with one.
//!
//! [`Secret`] never prints. [`Mac`] is what a bank's message should carry; comparing it with what the message does carry,
//! in constant time, is the one way from a signature to an [`Authentic`]. This is the only file that compares signatures.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::Refusal;

/// A key, a password or card data: wiped from memory when dropped, shown by nothing.
///
/// ```
/// use vpos_core::Secret;
///
/// let key = Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7");
/// assert_eq!(format!("{key:?}"), "[redacted]");
/// ```
///
/// ```compile_fail,E0277
/// // there is no Display
/// println!("{}", vpos_core::Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7"));
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the code that signs with it. Search for this name when you audit.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Secret {
    /// Reads text. There is no Serialize on purpose.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// The shortest signature that any bank uses is a SHA-1.
const SHORTEST: usize = 20;

/// The signature that a message must carry, computed with our key: between 20 and 64 bytes. It has no `==`; it can only be
/// [checked](Mac::check) against what the message carries.
///
/// ```
/// use vpos_core::{Mac, Refusal};
///
/// let expected = Mac::new([7; 32]);
/// assert!(expected.check(&[7; 32]).is_ok());
/// assert_eq!(expected.check(&[7; 31]).unwrap_err(), Refusal::Signature);
/// assert_eq!(expected.check(&[]).unwrap_err(), Refusal::Signature);
/// ```
#[derive(Clone)]
pub struct Mac {
    bytes: [u8; 64],
    length: usize,
}

impl Mac {
    /// Wraps the computed bytes. Called in the `signature.rs` of each bank and nowhere else (tidy checks).
    pub fn new<const N: usize>(bytes: [u8; N]) -> Self {
        const { assert!(N >= SHORTEST && N <= 64, "a signature has 20 to 64 bytes") };
        let mut all = [0; 64];
        for (to, from) in all.iter_mut().zip(bytes) {
            *to = from;
        }
        Self { bytes: all, length: N }
    }

    /// The bytes, to be sent.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Compares, in constant time, with what a message carries.
    ///
    /// # Errors
    /// [`Refusal::Signature`] when a byte or the length differs.
    pub fn check(&self, received: &[u8]) -> Result<Authentic, Refusal> {
        let same = bool::from(self.as_bytes().ct_eq(received));
        if same { Ok(Authentic(())) } else { Err(Refusal::Signature) }
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mac([redacted])")
    }
}

/// Proof that one message came from the bank: a checked signature ([`Mac::check`]), or the answer to a https request that
/// the bank crate built ([`Answer::authentic`](crate::Answer::authentic)). It is used up by the confirmation made from it.
///
/// ```compile_fail,E0423
/// // it cannot be made by hand
/// let forged = vpos_core::Authentic(());
/// ```
#[derive(Debug)]
pub struct Authentic(());

impl Authentic {
    /// For `exchange.rs`, where the other proof is found.
    pub(crate) const fn by_transport() -> Self {
        Self(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_changed_bit_is_refused(bytes: [u8; 32], at in 0..32_usize, bit in 0..8_u8) {
            let mut changed = bytes;
            changed[at] ^= 1 << bit;
            prop_assert!(Mac::new(bytes).check(&bytes).is_ok());
            prop_assert!(Mac::new(bytes).check(&changed).is_err());
        }

        #[test]
        fn any_other_length_is_refused(bytes: [u8; 32], cut in 0..32_usize) {
            prop_assert!(Mac::new(bytes).check(&bytes[..cut]).is_err());
            let longer = [&bytes[..], &[0]].concat();
            prop_assert!(Mac::new(bytes).check(&longer).is_err());
        }
    }

    #[test]
    fn nothing_is_shown() {
        let shown = format!("{:?} {:?}", Secret::new("hunter2"), Mac::new([65; 20]));
        assert_eq!(shown, "[redacted] Mac([redacted])");
    }
}
