//! ISO 4217 currencies: code, number, and how many decimals the minor unit has.
//!
//! The table is generated from `data/iso4217.tsv` by `cargo xtask codes`.

#[rustfmt::skip]
mod table;

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// A currency of ISO 4217.
///
/// ```
/// use vpos_core::Currency;
///
/// let euro: Currency = "EUR".parse()?;
/// assert_eq!(euro, Currency::EUR);
/// assert_eq!((euro.number(), euro.exponent()), (978, 2));
/// assert_eq!(Currency::from_number(392), Some(Currency::JPY));
/// assert!("EURO".parse::<Currency>().is_err());
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Currency {
    code: [u8; 3],
    number: u16,
    exponent: u8,
}

impl Currency {
    const fn row(code: [u8; 3], number: u16, exponent: u8) -> Self {
        Self { code, number, exponent }
    }

    /// Every currency of the table, by code.
    pub const fn all() -> &'static [Self] {
        table::ALL
    }

    /// The currency with this three-digit number, as banks send it.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::all().iter().copied().find(|currency| currency.number == number)
    }

    /// The three letters, upper case.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// The number, up to three digits (36 for AUD; where a bank wants "036" its crate pads).
    pub const fn number(self) -> u16 {
        self.number
    }

    /// How many decimals the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub const fn exponent(self) -> u8 {
        self.exponent
    }
}

impl FromStr for Currency {
    type Err = Error;

    /// Reads the three upper-case letters.
    fn from_str(text: &str) -> Result<Self, Error> {
        let rows = Self::all();
        rows.binary_search_by(|row| row.code().cmp(text))
            .ok()
            .and_then(|at| rows.get(at).copied())
            .ok_or_else(|| Error::payment("currency", format!("{text:?} is not a currency code of ISO 4217")))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_row_is_found_both_ways() {
        assert!(Currency::all().len() > 150);
        assert!(Currency::all().is_sorted_by(|a, b| a.code < b.code));
        for currency in Currency::all() {
            assert_eq!(currency.code().parse::<Currency>().unwrap(), *currency);
            assert_eq!(Currency::from_number(currency.number()), Some(*currency));
        }
        assert_eq!(Currency::from_number(0), None);
    }
}
