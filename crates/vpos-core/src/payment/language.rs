//! The language of the bank's page.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Two lower-case letters (ISO 639-1, and `va` for Valencian). Each bank crate maps those that its bank has.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Language([u8; 2]);

impl Language {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Language {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let letters: Option<[u8; 2]> = text.as_bytes().try_into().ok();
        letters
            .filter(|letters| letters.iter().all(u8::is_ascii_lowercase))
            .map(Self)
            .ok_or_else(|| Error::payment("language", format!("{text:?} is not two lower-case letters")))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
