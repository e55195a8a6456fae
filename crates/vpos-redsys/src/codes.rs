//! What the bank's codes mean: `Ds_Response` of a message, `SISnnnn`, `XMLnnnn` and `BIZnnnnn` of an error, in English and
//! Spanish, with a class that says what to do.
//!
//! The tables are generated from `data/responses.tsv` and `data/errors.tsv` by `cargo xtask codes`; each row there names
//! where the code is public.

#[rustfmt::skip]
mod table;

use std::borrow::Cow;

use vpos_core::codes::find as lookup;
use vpos_core::{Action, Outcome, Refusal};

/// What a code asks of the merchant.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Class {
    /// Done.
    Approved,
    /// The issuer's no; another card, or another day, may do.
    Declined,
    /// The issuer's no for good: the card networks forbid to try that card again.
    DeclinedFinal,
    /// The issuer's no; not to be tried again within 72 hours.
    DeclinedLater,
    /// The issuer's no; the card is lost, stolen or to be kept.
    DeclinedPickup,
    /// The issuer wants strong authentication: repeat with EMV 3DS.
    RetryAuthenticated,
    /// Not decided yet.
    Pending,
    /// The buyer gave up.
    Cancelled,
    /// Our data or our contract is wrong: the same again will not do.
    Error,
    /// The bank's or the issuer's machine: the same again, under a new number, may do.
    ErrorRetryable,
}

impl Class {
    /// The outcome of a message with such a code.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Approved => Outcome::Approved,
            Self::Declined | Self::DeclinedFinal | Self::DeclinedLater | Self::DeclinedPickup | Self::RetryAuthenticated => {
                Outcome::Declined
            }
            Self::Pending => Outcome::Pending,
            Self::Cancelled => Outcome::Cancelled,
            Self::Error | Self::ErrorRetryable => Outcome::Error,
        }
    }
}

/// A code and what it means.
///
/// ```
/// use vpos_redsys::codes::{self, Class};
///
/// let code = codes::find("0190").unwrap();
/// assert_eq!(code.class(), Class::Declined);
/// assert_eq!(code.spanish(), "denegada sin especificar motivo");
/// assert_eq!(codes::find("SIS0042").unwrap().class(), Class::Error);
/// assert!(codes::find("no code").is_none());
/// ```
pub type Code = vpos_core::codes::Code<Class>;

/// Looks a code up: four digits, or `SIS0042`, `XML0024`, `BIZ00001`. None for one that no public list has.
pub fn find(code: &str) -> Option<&'static Code> {
    let digits = code.len() == 4 && code.bytes().all(|b| b.is_ascii_digit());
    if !digits {
        return lookup(table::ERRORS, code);
    }
    // one row stands for the hundred codes of an authorisation
    let code: Cow<'_, str> = if code.starts_with("00") { "0000-0099".into() } else { code.into() };
    // a response 9nnn is the twin of the error SIS0nnn
    let twin = || code.strip_prefix('9').and_then(|rest| lookup(table::ERRORS, &format!("SIS0{rest}")));
    lookup(table::RESPONSES, &code).or_else(twin)
}

/// How a message with that `Ds_Response` (four digits) about that action ended. A code that no list has is an error.
///
/// # Errors
/// [`Refusal::Type`] for a good code that is good for something else: 0000-0099 is an authorisation, 0900 a refund or a
/// capture, 0400 and 0481 a void [redirection manual 4.2, table of responses; `active_merchant` for 0481].
pub(crate) fn outcome(code: &str, action: Action) -> Result<Outcome, Refusal> {
    let outcome = find(code).map_or(Outcome::Error, |code| code.class().outcome());
    if outcome != Outcome::Approved {
        return Ok(outcome);
    }
    let good = match action {
        Action::Approval | Action::Charge | Action::Hold => code.starts_with("00"),
        Action::CardDeletion => code == "0000",
        Action::Capture | Action::Refund => code == "0900",
        Action::Void | Action::RefundVoid => matches!(code, "0400" | "0481"),
    };
    if good { Ok(outcome) } else { Err(Refusal::Type) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_every_row_is_found() {
        for rows in [table::RESPONSES, table::ERRORS] {
            assert!(rows.is_sorted_by(|a, b| a.code() < b.code()));
            for row in rows.iter().filter(|row| row.code() != "0000-0099") {
                assert_eq!(find(row.code()), Some(row));
                assert!(!row.english().is_empty() && !row.spanish().is_empty());
            }
        }
    }

    #[test]
    fn only_an_authorisation_code_authorises() {
        let approved = |action| (0..10_000).filter(|n| outcome(&format!("{n:04}"), action) == Ok(Outcome::Approved)).count();
        assert_eq!(approved(Action::Charge), 100);
        assert_eq!(approved(Action::Hold), 100);
        assert_eq!((approved(Action::Capture), approved(Action::Refund)), (1, 1));
        assert_eq!((approved(Action::Void), approved(Action::RefundVoid)), (2, 2));
        assert_eq!(approved(Action::CardDeletion), 1);
    }

    #[test]
    fn a_code_that_nobody_knows_is_an_error() {
        assert_eq!(outcome("0777", Action::Charge), Ok(Outcome::Error));
        assert_eq!(outcome("0500", Action::Charge), Err(Refusal::Type));
        assert_eq!(outcome("0190", Action::Refund), Ok(Outcome::Declined));
    }
}
