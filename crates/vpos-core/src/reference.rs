//! What the bank told us about an operation and later calls need: its own ids, the authorisation code, a card on file.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::card::mask_pans;

/// The name of a reference. The words (`as_str`) are those of the fixtures and of the stores.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Reference {
    /// The issuer's authorisation number (ISO 8583 field 38).
    AuthorizationCode,
    /// The bank's own id of the payment.
    BankReference,
    /// The bank's own id of the order or session in which the buyer pays.
    OrderId,
    /// The bank's id of the buyer.
    PayerId,
    /// The bank's id of the charge, where it differs from the order's.
    CaptureId,
    /// The bank's id of the hold, where it differs from the order's: of the first one, where it was renewed since.
    AuthorizationId,
    /// The bank's id of the hold's last renewal: a capture says this one, a void the first one.
    RenewalId,
    /// The token under which the bank keeps the buyer's card.
    CardReference,
    /// The card network's id of the first payment with a card on file.
    NetworkTransactionId,
    /// The card number with its middle left out.
    MaskedCard,
    /// The bank's id of the last refund.
    RefundId,
    /// What tells one agreement of the buyer from the next, where a buyer whose charge was declined may agree again: a charge
    /// is asked under it.
    ApprovalId,
    /// The bank's id of the void by which the payment was undone, or its code for it: no approval that comes late or again
    /// wakes an operation that has it.
    VoidId,
}

impl Reference {
    const ALL: [Self; 13] = [
        Self::AuthorizationCode,
        Self::BankReference,
        Self::OrderId,
        Self::PayerId,
        Self::CaptureId,
        Self::AuthorizationId,
        Self::RenewalId,
        Self::CardReference,
        Self::NetworkTransactionId,
        Self::MaskedCard,
        Self::RefundId,
        Self::ApprovalId,
        Self::VoidId,
    ];

    /// The word for it, in `snake_case`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::BankReference => "bank_reference",
            Self::OrderId => "order_id",
            Self::PayerId => "payer_id",
            Self::CaptureId => "capture_id",
            Self::AuthorizationId => "authorization_id",
            Self::RenewalId => "renewal_id",
            Self::CardReference => "card_reference",
            Self::NetworkTransactionId => "network_transaction_id",
            Self::MaskedCard => "masked_card",
            Self::RefundId => "refund_id",
            Self::ApprovalId => "approval_id",
            Self::VoidId => "void_id",
        }
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|name| name.as_str() == text);
        known.ok_or_else(|| Error::payment("references", format!("there is no reference {text:?}")))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A small map from [`Reference`] to text.
///
/// ```
/// use vpos_core::{Reference, References};
///
/// let mut learnt = References::new();
/// learnt.insert(Reference::AuthorizationCode, "501602");
/// learnt.insert(Reference::MaskedCard, "4548812049400004");
/// assert_eq!(learnt.get(Reference::MaskedCard), Some("454881******0004"));
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
pub struct References(Vec<(Reference, Box<str>)>);

impl References {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Keeps a value, the last one of a name. Empty text is no value. A masked card that was not masked is masked.
    pub fn insert(&mut self, name: Reference, value: &str) {
        if value.is_empty() {
            return;
        }
        let value: Box<str> = match name {
            Reference::MaskedCard => mask_pans(value).into(),
            // no store takes a NUL in a text
            _ => value.replace('\0', "").into(),
        };
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, kept)) => *kept = value,
            None => self.0.push((name, value)),
        }
    }

    /// The value of a name.
    pub fn get(&self, name: Reference) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Reference, &str)> {
        self.0.iter().map(|(name, value)| (*name, &**value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets a value.
    pub(crate) fn remove(&mut self, name: Reference) {
        self.0.retain(|(known, _)| *known != name);
    }

    /// Adds those of another map whose name is not known here.
    pub(crate) fn add_missing(&mut self, other: &Self) {
        for (name, value) in other.iter() {
            if self.get(name).is_none() {
                self.insert(name, value);
            }
        }
    }
}

/// Shows the names and values, but not the token of a card on file.
impl fmt::Debug for References {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().map(|(name, value)| match name {
            Reference::CardReference => (name, "[redacted]"),
            _ => (name, value),
        });
        f.debug_map().entries(shown).finish()
    }
}

impl FromIterator<(Reference, String)> for References {
    fn from_iter<I: IntoIterator<Item = (Reference, String)>>(entries: I) -> Self {
        let mut all = Self::new();
        for (name, value) in entries {
            all.insert(name, &value);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        for name in Reference::ALL {
            assert_eq!(name.as_str().parse::<Reference>().unwrap(), name);
        }
        assert!("iban".parse::<Reference>().is_err());
    }

    #[test]
    fn the_token_of_a_card_is_not_shown() {
        let entries = [(Reference::CardReference, "abc".to_owned()), (Reference::OrderId, "X1".to_owned())];
        let shown = format!("{:?}", entries.into_iter().collect::<References>());
        assert!(shown.contains("X1") && !shown.contains("abc"), "{shown}");
    }
}
