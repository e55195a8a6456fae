//! An order: what was put into the basket, at the prices of that moment.

use vpos::{Amount, Timestamp};

/// How long a code is.
const CODE: usize = 16;

/// An order, as the shop stores it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Order {
    /// Its code, and the sale for the payment flow. It cannot be guessed: whoever knows it may see the order and pay it.
    pub code: String,
    /// How it stands.
    pub state: OrderState,
    /// What it costs.
    pub total: Amount,
    /// The language in which it was made.
    pub language: String,
    /// When it was made: microseconds since 1970 UTC.
    pub made_at: i64,
    /// What was ordered.
    pub lines: Vec<Line>,
}

/// A line of an order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// The product's short name in the catalogue.
    pub product: String,
    /// How many.
    pub quantity: u32,
    /// What one costs.
    pub price: Amount,
}

impl Line {
    /// What the line costs; none when that is more than an amount can hold.
    pub fn sum(&self) -> Option<Amount> {
        let minor = self.price.minor_units().checked_mul(u64::from(self.quantity))?;
        Some(Amount::from_minor(minor, self.price.currency()))
    }
}

impl Order {
    /// A new order of those lines under a new code; none when there is nothing to pay.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new(lines: Vec<Line>, language: &str) -> Result<Option<Self>, getrandom::Error> {
        let Some(total) = total(&lines).filter(|total| !total.is_zero()) else { return Ok(None) };
        Ok(Some(Self {
            code: code()?,
            state: OrderState::Open,
            total,
            language: language.to_owned(),
            made_at: Timestamp::now().as_microsecond(),
            lines,
        }))
    }
}

/// The sum of the lines; none when there are none.
pub(crate) fn total(lines: &[Line]) -> Option<Amount> {
    let (first, others) = lines.split_first()?;
    others.iter().try_fold(first.sum()?, |sum, line| sum.checked_add(line.sum()?))
}

/// Whether a text can be the code of an order: anything else, from an address, is not even looked for.
pub(crate) fn is_code(text: &str) -> bool {
    text.len() == CODE && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Eighty random bits in letters that nobody mistakes for each other.
fn code() -> Result<String, getrandom::Error> {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut bytes = [0_u8; CODE];
    getrandom::fill(&mut bytes)?;
    let letters = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32)));
    Ok(letters.map(|letter| char::from(*letter)).collect())
}

/// How an order stands, as the handlers of the payment flow marked it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OrderState {
    /// Not paid.
    Open,
    /// The amount is held.
    Held,
    /// Paid: to be sent.
    Paid,
    /// A part was given back.
    PartRefunded,
    /// All was given back.
    Refunded,
}

impl OrderState {
    const ALL: [Self; 5] = [Self::Open, Self::Held, Self::Paid, Self::PartRefunded, Self::Refunded];

    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Held => "held",
            Self::Paid => "paid",
            Self::PartRefunded => "part-refunded",
            Self::Refunded => "refunded",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use vpos::Currency;

    use super::*;

    fn line(quantity: u32, minor: u64) -> Line {
        Line { product: "mug".into(), quantity, price: Amount::from_minor(minor, Currency::EUR) }
    }

    #[test]
    fn a_total_is_exact_or_there_is_none() {
        assert_eq!(total(&[line(3, 1_010), line(1, 5)]).unwrap().minor_units(), 3_035);
        assert_eq!(total(&[]), None);
        assert_eq!(total(&[line(2, u64::MAX)]), None);
        assert_eq!(total(&[line(1, u64::MAX), line(1, 1)]), None);
        assert!(Order::new(vec![line(1, 0)], "es").unwrap().is_none());
    }

    #[test]
    fn codes_differ_and_go_into_an_address_as_they_are() {
        let (one, two) = (code().unwrap(), code().unwrap());
        assert_ne!(one, two);
        assert!(is_code(&one) && !is_code("") && !is_code("../../admin/login") && !is_code("ABCDEFGHJKLMNPQ\0"));
    }
}
