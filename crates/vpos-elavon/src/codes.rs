//! What the platform's results mean, in English and Spanish, with a class that says what to do.
//!
//! The table is generated from `data/codes.tsv` by `cargo xtask codes`; each row there names where the code is public. Most
//! results are families: `1xx` stands for every result that has no row of its own.

#[rustfmt::skip]
mod table;

use vpos_core::Outcome;

/// What a result asks of the merchant.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Class {
    /// Done.
    Approved,
    /// The bank's no; another card may do.
    Declined,
    /// The bank's no; the issuer wants to be called.
    DeclinedReferral,
    /// The bank's no; the card is lost or stolen.
    DeclinedPickup,
    /// Nobody knows yet: query. Another attempt takes a new order number.
    Unknown,
    /// Our data or our contract is wrong: the same again will not do.
    Error,
    /// The platform's machine: the same again, under a new number, may do.
    ErrorRetryable,
}

impl Class {
    /// The outcome of a message with such a result.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Approved => Outcome::Approved,
            Self::Declined | Self::DeclinedReferral | Self::DeclinedPickup => Outcome::Declined,
            Self::Unknown => Outcome::Unknown,
            Self::Error | Self::ErrorRetryable => Outcome::Error,
        }
    }
}

/// A result and what it means.
///
/// ```
/// use vpos_elavon::codes::{self, Class};
///
/// let code = codes::find("103").unwrap();
/// assert_eq!(code.class(), Class::DeclinedPickup);
/// assert_eq!(code.spanish(), "tarjeta perdida o robada");
/// assert_eq!(codes::find("142").unwrap().class(), Class::Declined); // of the family 1xx
/// assert!(codes::find("no code").is_none());
/// ```
pub type Code = vpos_core::codes::Code<Class>;

/// Looks a result up: `00` or three digits. None for one that is in no family.
pub fn find(code: &str) -> Option<&'static Code> {
    let by_code = |code: &str| vpos_core::codes::find(table::CODES, code);
    let family = || {
        let digits = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| code.get(..1)).flatten().and_then(|first| by_code(&format!("{first}xx")))
    };
    // a family's own row is no result
    if code.contains('x') { None } else { by_code(code).or_else(family) }
}

/// How a message with that result and text ended. A result of no family is an error.
///
/// Failed authentications come as 110, or as a 5xx that only its text tells from others [banks/ELAVON.md, section 6].
pub(crate) fn outcome(code: &str, message: &str) -> Outcome {
    let outcome = find(code).map_or(Outcome::Error, |code| code.class().outcome());
    let text = message.to_ascii_lowercase();
    let about_3ds = ["3d secure", "3d-secure", "3dsecure", "3ds", "authentication fail"].iter().any(|word| text.contains(word));
    if code.starts_with('5') && about_3ds { Outcome::Declined } else { outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_row_is_found() {
        assert!(table::CODES.is_sorted_by(|a, b| a.code() < b.code()));
        for row in table::CODES {
            assert!(!row.english().is_empty() && !row.spanish().is_empty());
            let code = row.code().replace("xx", "99");
            assert_eq!(find(&code), Some(row));
        }
    }

    #[test]
    fn only_00_authorises() {
        let approved = (0..1_000).filter(|n| outcome(&format!("{n:03}"), "Successful") == Outcome::Approved).count();
        assert_eq!(approved, 0);
        assert_eq!(outcome("00", ""), Outcome::Approved);
        assert!((1..100).all(|n| outcome(&format!("{n:02}"), "Successful") == Outcome::Error));
    }

    #[test]
    fn families() {
        for (code, message, expected) in [
            ("101", "", Outcome::Declined),
            ("110", "", Outcome::Declined),
            ("199", "", Outcome::Declined),
            ("205", "3DS", Outcome::Unknown),
            ("301", "", Outcome::Error),
            ("501", "", Outcome::Error),
            ("520", "3D Secure authentication failed", Outcome::Declined),
            ("666", "", Outcome::Error),
            ("999", "", Outcome::Error),
        ] {
            assert_eq!(outcome(code, message), expected, "{code}");
        }
        assert!(find("1xx").is_none() && find("xxx").is_none() && find("").is_none());
    }
}
