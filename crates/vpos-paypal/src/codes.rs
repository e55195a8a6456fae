//! What PayPal's words for trouble mean, in English and Spanish, with a class that says what to do: the issues of the REST
//! API (`INSTRUMENT_DECLINED`) and the error codes of NVP (`10486`), in one table.
//!
//! The table is generated from `data/codes.tsv` by `cargo xtask codes`; each row there names where the code is public.

#[rustfmt::skip]
mod table;

use vpos_core::Outcome;

/// What a code asks of the merchant.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Class {
    /// PayPal's no to this funding source or this buyer; another may do.
    Declined,
    /// Nothing is decided yet.
    Pending,
    /// It may have been done, now or before: query, do not repeat.
    Unknown,
    /// Our data or our contract is wrong: the same again will not do.
    Error,
    /// PayPal's machine, and nothing was done: the same again may do.
    ErrorRetryable,
}

impl Class {
    /// The outcome of a call that ended with such a code.
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
///
/// ```
/// use vpos_paypal::codes::{self, Class};
///
/// assert_eq!(codes::find("INSTRUMENT_DECLINED").unwrap().class(), Class::Declined);
/// assert_eq!(codes::find("10411").unwrap().spanish(), "el token ha caducado: el comprador debe empezar de nuevo");
/// assert!(codes::find("no code").is_none());
/// ```
pub type Code = vpos_core::codes::Code<Class>;

/// Looks a code up, as PayPal writes it: an issue, the name of a REST error, or five digits.
pub fn find(code: &str) -> Option<&'static Code> {
    vpos_core::codes::find(table::CODES, code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_row_is_found() {
        assert!(table::CODES.is_sorted_by(|a, b| a.code() < b.code()));
        for row in table::CODES {
            assert!(!row.english().is_empty() && !row.spanish().is_empty());
            assert_eq!(find(row.code()), Some(row));
        }
    }

    #[test]
    fn nothing_that_may_have_been_done_is_a_no() {
        for code in ["10001", "10412", "10415", "11607", "13751", "DUPLICATE_INVOICE_ID", "ORDER_ALREADY_CAPTURED"] {
            assert_eq!(find(code).unwrap().class().outcome(), Outcome::Unknown, "{code}");
        }
        for code in ["10417", "10422", "10486", "INSTRUMENT_DECLINED"] {
            assert_eq!(find(code).unwrap().class().outcome(), Outcome::Declined, "{code}");
        }
        assert_eq!(find("ORDER_NOT_APPROVED").unwrap().class().outcome(), Outcome::Pending);
        assert_eq!(find("10009").unwrap().class().outcome(), Outcome::Error);
        // no word of PayPal's for trouble is a success
        assert!(table::CODES.iter().all(|row| row.class().outcome() != Outcome::Approved));
    }
}
