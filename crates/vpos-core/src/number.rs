//! The number of an operation: what the bank calls the order. The bank's messages find the operation by it.
//!
//! Each bank has a rule of its own (its crate checks it and makes numbers by it); this type holds what all have in common.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The most characters that a number has at any bank.
const MAX_LENGTH: usize = 50;

/// An operation's number: 1 to 50 ASCII letters, digits, `-` and `_`. A number is used once, for ever.
///
/// ```
/// use vpos_core::OperationNumber;
///
/// let number: OperationNumber = "2611AbC00017".parse()?;
/// assert_eq!(number.as_str(), "2611AbC00017");
/// assert!("<script>".parse::<OperationNumber>().is_err());
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct OperationNumber(Box<str>);

impl OperationNumber {
    /// The number's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OperationNumber {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if text.is_empty() || text.len() > MAX_LENGTH || !text.bytes().all(allowed) {
            return Err(Error::payment("number", "not 1 to 50 ASCII letters, digits, '-' and '_'"));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for OperationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OperationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// Sixteen random bytes from which a bank crate makes a number. Core and banks roll no dice: the caller does, with a
/// cryptographic source, so that nobody can guess a number that is to come.
#[derive(Clone, Copy, Debug)]
pub struct Entropy([u8; 16]);

impl Entropy {
    /// Wraps random bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Draws so many characters of an alphabet; what was drawn is used up (16 bytes are good for 25 letters and digits).
    ///
    /// ```
    /// use vpos_core::Entropy;
    ///
    /// let mut seed = Entropy::new([7; 16]);
    /// let number = format!("{}{}", seed.draw(b"0123456789", 4), seed.draw(b"ABCDEFGH", 8));
    /// assert_eq!(number.len(), 12);
    /// ```
    pub fn draw(&mut self, alphabet: &[u8], count: usize) -> String {
        let mut rest = u128::from_le_bytes(self.0);
        let base = alphabet.len().max(1);
        let mut drawn = String::with_capacity(count);
        for _ in 0..count {
            let at = usize::try_from(rest % base as u128).unwrap_or_default();
            rest /= base as u128;
            drawn.extend(alphabet.get(at).map(|b| char::from(*b)));
        }
        self.0 = rest.to_le_bytes();
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number() {
        for text in ["", " ", "a b", "ñ", "a/b", "a\n", &"1".repeat(51)] {
            assert!(text.parse::<OperationNumber>().is_err(), "{text:?}");
        }
        assert!("1".repeat(50).parse::<OperationNumber>().is_ok());
    }

    #[test]
    fn entropy_decides_every_character() {
        let text = |byte| Entropy::new([byte; 16]).draw(b"0123456789ABCDEF", 12);
        assert_ne!(text(1), text(2));
        assert_eq!(Entropy::new([0; 16]).draw(b"", 3), "");
        let mut seed = Entropy::new([0xA5; 16]);
        assert_ne!(seed.draw(b"0123456789", 8), seed.draw(b"0123456789", 8));
    }
}
