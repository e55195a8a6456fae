//! The name under which an application knows a contract.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use vpos_core::Error;

/// 1 to 64 lower-case letters, digits, `-` and `_`: the key of the contract's table in `vpos.toml`.
///
/// ```
/// use vpos::PosId;
///
/// let id: PosId = "caja".parse()?;
/// assert_eq!(id.as_str(), "caja");
/// assert!("Caja 1".parse::<PosId>().is_err());
/// # Ok::<(), vpos::Error>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PosId(Box<str>);

impl PosId {
    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PosId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        if !(1..=64).contains(&text.len()) || !text.bytes().all(allowed) {
            return Err(Error::config("pos", "a name is not 1 to 64 lower-case letters, digits, '-' and '_'"));
        }
        Ok(Self(text.into()))
    }
}

impl Borrow<str> for PosId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PosId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
