//! Money, exactly: a whole number of a currency's minor units.
//!
//! Banks speak minor units ("12345" for 123.45 EUR), people decimals. Both are exact here: there is no float
//! and no rounding; what a currency cannot hold is an error.

use std::cmp::Ordering;
use std::fmt;

use rust_decimal::Decimal;

use crate::{Currency, Error};

/// An amount of money in one currency, never negative.
///
/// ```
/// use vpos_core::{Amount, Currency};
///
/// let price = Amount::parse("123.45", Currency::EUR)?;
/// assert_eq!(price.minor_units(), 12_345);
/// assert_eq!(price.to_string(), "123.45 EUR");
/// assert_eq!(Amount::parse("1500", Currency::JPY)?.minor_units(), 1_500);
///
/// let error = Amount::parse("0.001", Currency::EUR).unwrap_err();
/// assert_eq!(error.to_string(), "payment field `amount`: \"0.001\" has 3 decimals, EUR has 2");
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Amount {
    minor: u64,
    currency: Currency,
}

impl Amount {
    /// So many minor units (cents of a euro, fils of a dinar, whole yen).
    pub const fn from_minor(minor: u64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads plain decimal text: digits, and a point with digits behind it.
    ///
    /// # Errors
    /// [`Error::Payment`] with field `amount` for anything else (a sign, an exponent, spaces, a thousands separator),
    /// for more decimals than the currency has, and for more than fits.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, Error> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(decimals) {
            return Err(Error::payment("amount", format!("{text:?} is not a plain decimal number")));
        }
        let written = if text.contains('.') { decimals.len() } else { 0 };
        if written > usize::from(currency.exponent()) {
            let exponent = currency.exponent();
            let reason = format!("{text:?} has {written} decimals, {currency} has {exponent}");
            return Err(Error::payment("amount", reason));
        }
        let value = Decimal::from_str_exact(text).map_err(|_| Error::payment("amount", format!("{text:?} is too large")))?;
        Self::from_decimal(value, currency)
    }

    /// A decimal number of whole currency units. Zeros at the end do not count as decimals: a database's `12.3400` is 12.34.
    ///
    /// # Errors
    /// [`Error::Payment`] with field `amount` when the value is negative, has more decimals than the currency, or does not fit.
    ///
    /// ```
    /// use rust_decimal::Decimal;
    /// use vpos_core::{Amount, Currency};
    ///
    /// assert_eq!(Amount::from_decimal(Decimal::new(123_400, 4), Currency::EUR)?.minor_units(), 1_234);
    /// assert!(Amount::from_decimal(Decimal::new(-1, 0), Currency::EUR).is_err());
    /// # Ok::<(), vpos_core::Error>(())
    /// ```
    pub fn from_decimal(value: Decimal, currency: Currency) -> Result<Self, Error> {
        let value = value.normalize();
        if value.is_sign_negative() && !value.is_zero() {
            return Err(Error::payment("amount", format!("{value} is negative")));
        }
        let exponent = u32::from(currency.exponent());
        let Some(missing) = exponent.checked_sub(value.scale()) else {
            let reason = format!("{value} has {} decimals, {currency} has {exponent}", value.scale());
            return Err(Error::payment("amount", reason));
        };
        let minor = 10_i128
            .checked_pow(missing)
            .and_then(|factor| value.mantissa().checked_mul(factor))
            .and_then(|minor| u64::try_from(minor).ok())
            .ok_or_else(|| Error::payment("amount", format!("{value} is too large")))?;
        Ok(Self { minor, currency })
    }

    /// Reads minor units as banks send them: digits only, leading zeros allowed.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything else.
    pub fn parse_minor(text: &str, currency: Currency) -> Result<Self, Error> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let minor = digits.then(|| text.parse().ok()).flatten();
        let minor = minor.ok_or_else(|| Error::malformed("amount", "not a whole number of minor units"))?;
        Ok(Self { minor, currency })
    }

    /// The number of minor units.
    pub const fn minor_units(self) -> u64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount as a decimal number with the currency's decimals.
    pub fn to_decimal(self) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(self.minor), u32::from(self.currency.exponent()))
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Nothing, in the same currency.
    #[must_use]
    pub const fn zero(self) -> Self {
        Self { minor: 0, currency: self.currency }
    }

    /// The sum; none when the currencies differ or it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_add(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }

    /// The difference; none when the currencies differ or it would be negative.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_sub(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }
}

/// Amounts of different currencies have no order.
impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.minor.cmp(&other.minor))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Amount({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_plain_decimals_are_read() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1 ", "1_000", "٣", "0x1", "1.2.3"] {
            assert!(Amount::parse(text, Currency::EUR).is_err(), "{text:?} was read");
        }
        assert!(Amount::parse("99999999999999999999999999999999", Currency::EUR).is_err());
        assert!(Amount::parse("184467440737095516.16", Currency::EUR).is_err());
        assert_eq!(Amount::parse("184467440737095516.15", Currency::EUR).unwrap().minor_units(), u64::MAX);
        assert!(Amount::parse("1.0", Currency::JPY).is_err());
        assert_eq!(Amount::parse("1.234", Currency::KWD).unwrap().minor_units(), 1_234);
    }

    #[test]
    fn currencies_do_not_mix() {
        let (euro, dollar) = (Amount::from_minor(1, Currency::EUR), Amount::from_minor(1, Currency::USD));
        assert_eq!(euro.checked_add(dollar), None);
        assert_eq!(euro.checked_sub(dollar), None);
        assert_eq!(euro.partial_cmp(&dollar), None);
        assert_eq!(euro.checked_sub(Amount::from_minor(2, Currency::EUR)), None);
    }

    proptest! {
        #[test]
        fn text_and_minor_units_are_the_same_number(minor: u64, index in 0..Currency::all().len()) {
            let currency = Currency::all()[index];
            let amount = Amount::from_minor(minor, currency);
            let text = amount.to_decimal().to_string();
            prop_assert_eq!(Amount::parse(&text, currency).unwrap(), amount);
            prop_assert_eq!(Amount::parse_minor(&minor.to_string(), currency).unwrap(), amount);
            prop_assert_eq!(Amount::from_decimal(amount.to_decimal(), currency).unwrap(), amount);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = Amount::parse(&text, Currency::EUR);
            let _ = Amount::parse_minor(&text, Currency::EUR);
        }
    }
}
