//! What PayPal's codes mean, in English and Spanish, with a class that says what to do: the issues of the REST API by name,
//! the error codes of NVP by number.
//!
//! The table is generated from `data/codes.tsv` by `cargo xtask codes`; each row there names where the code is public.

#[rustfmt::skip]
mod table;

use vpos_core::Outcome;

/// What a code asks of the merchant.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Class {
    /// The buyer's way to pay was declined; another may do.
    Declined,
    /// Not decided yet.
    Pending,
    /// Nobody knows yet: query.
    Unknown,
    /// Our data or our contract is wrong: the same again will not do.
    Error,
    /// PayPal's machine: the same again may do.
    ErrorRetryable,
}

impl Class {
    /// The outcome of an answer with such a code.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Declined => Outcome::Declined,
            Self::Pending => Outcome::Pending,
            Self::Unknown => Outcome::Unknown,
            Self::Error | Self::ErrorRetryable => Outcome::Error,
        }
    }
}

/// A code and what it means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Code {
    row: &'static Row,
}

#[derive(Debug, Eq, PartialEq)]
struct Row {
    code: &'static str,
    class: Class,
    english: &'static str,
    spanish: &'static str,
}

impl Code {
    /// The class.
    pub const fn class(self) -> Class {
        self.row.class
    }

    /// What it means, in English.
    pub const fn english(self) -> &'static str {
        self.row.english
    }

    /// What it means, in Spanish.
    pub const fn spanish(self) -> &'static str {
        self.row.spanish
    }
}

/// Looks a code up: an issue as `INSTRUMENT_DECLINED`, or an NVP code as `10486`.
pub fn find(code: &str) -> Option<Code> {
    let at = table::CODES.binary_search_by(|row| row.code.cmp(code)).ok()?;
    table::CODES.get(at).map(|row| Code { row })
}
