//! What the bank's codes mean: `codAut` of a good answer, `codigo` and `codResult` of an error, in English and Spanish, with a
//! class that says what to do.
//!
//! The bank publishes no list; the table is generated from `data/codes.tsv` by `cargo xtask codes`, and each row there names
//! where the code was seen in public. For any other code the bank's own text is kept.

#[rustfmt::skip]
mod table;

use vpos_core::Outcome;

/// What a code asks of the merchant.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Class {
    /// Done.
    Approved,
    /// The issuer's no; another card, or another day, may do.
    Declined,
    /// Our data or our contract is wrong: the same again will not do.
    Error,
}

impl Class {
    /// The outcome of a message with such a code.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Approved => Outcome::Approved,
            Self::Declined => Outcome::Declined,
            Self::Error => Outcome::Error,
        }
    }
}

/// A code and what it means.
///
/// ```
/// use vpos_ceca::codes::{self, Class};
///
/// let code = codes::find("15").unwrap();
/// assert_eq!(code.class(), Class::Error);
/// assert_eq!(code.spanish(), "operación inexistente");
/// assert!(codes::find("no code").is_none());
/// ```
pub type Code = vpos_core::codes::Code<Class>;

/// Looks a code up. None for one that was seen nowhere in public.
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
            assert_eq!(find(row.code()), Some(row));
            assert!(!row.english().is_empty() && !row.spanish().is_empty());
        }
    }

    #[test]
    fn only_the_three_codes_of_good_answers_approve() {
        let approved: Vec<&str> =
            table::CODES.iter().filter(|row| row.class().outcome() == Outcome::Approved).map(Code::code).collect();
        assert_eq!(approved, ["000", "400", "900"]);
    }
}
