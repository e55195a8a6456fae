//! What a message of the bank says of an operation, whatever it came in: fields by name in, a [`Claim`] out.

use vpos_core::Timestamp;
use vpos_core::xml::Element;
use vpos_core::{
    Action, Amount, Claim, ClaimedAmount, Currency, Error, OperationNumber, Outcome, Reference, References, Refusal,
};

use super::names::answer;
use crate::codes;
use crate::config::Contract;

/// Fields by name.
pub(crate) trait Fields {
    /// The text of a field; none when it is missing.
    fn text(&self, name: &'static str) -> Result<Option<&str>, Error>;

    /// The text of a field that must be there.
    fn required(&self, name: &'static str) -> Result<&str, Error> {
        self.text(name)?.ok_or_else(|| Error::malformed(name, "missing"))
    }
}

impl Fields for super::parameters::Parameters {
    fn text(&self, name: &'static str) -> Result<Option<&str>, Error> {
        Self::text(self, name)
    }
}

impl Fields for Element<'_> {
    fn text(&self, name: &'static str) -> Result<Option<&str>, Error> {
        self.field(name)
    }
}

/// Reads everything that the confirmation compares. The outcome is that of `Ds_Response`.
pub(crate) fn read(
    fields: &impl Fields,
    order: &OperationNumber,
    contract: &Contract,
    deadline: Option<Timestamp>,
) -> Result<Claim, Error> {
    let mut claim = read_undecided(fields, order, contract, Outcome::Pending)?;
    let code = response(fields.required(answer::RESPONSE)?)?;
    claim.outcome = codes::outcome(&code, claim.action)?;
    claim.code = Some(code.into());
    claim.deadline = deadline;
    if claim.outcome == Outcome::Approved {
        claim.references = references(fields)?;
    }
    if claim.action == Action::Refund {
        claim.references.insert(Reference::RefundId, &refund_id(fields)?);
    }
    Ok(claim)
}

/// The same where the bank has decided nothing yet, so that there is no `Ds_Response` to read.
pub(crate) fn read_undecided(
    fields: &impl Fields,
    order: &OperationNumber,
    contract: &Contract,
    outcome: Outcome,
) -> Result<Claim, Error> {
    let merchant = fields.required(answer::MERCHANT_CODE)?;
    let terminal = terminal(fields.required(answer::TERMINAL)?)?;
    let amount = amount(fields)?;
    let action = action(fields.required(answer::TRANSACTION_TYPE)?)?;
    // the bank gives a payment no other id of its own than the authorisation code
    let identity = if action == Action::Refund { Reference::RefundId } else { Reference::AuthorizationCode };
    Ok(Claim {
        contract: contract.acceptor.clone(),
        merchant: merchant.into(),
        terminal: Some(terminal.into()),
        number: order.clone(),
        amount: ClaimedAmount::Stated(amount),
        action,
        outcome,
        code: None,
        identity: Some(identity),
        references: References::new(),
        deadline: None,
    })
}

/// "1", "01" and "001" are one terminal: compared as numbers.
pub(crate) fn terminal(text: &str) -> Result<String, Error> {
    let number: Option<u16> = digits(text).then(|| text.parse().ok()).flatten();
    number.map(|number| number.to_string()).ok_or_else(|| Error::malformed(answer::TERMINAL, "not a number"))
}

/// Minor units, in a currency that comes with or without leading zeros.
pub(crate) fn amount(fields: &impl Fields) -> Result<Amount, Error> {
    let number = fields.required(answer::CURRENCY)?;
    if !digits(number) {
        return Err(Error::malformed(answer::CURRENCY, "not a number"));
    }
    let currency = number.parse().ok().and_then(Currency::from_number).ok_or(Refusal::Currency)?;
    Amount::parse_minor(fields.required(answer::AMOUNT)?, currency)
        .map_err(|_| Error::malformed(answer::AMOUNT, "not a whole number of minor units"))
}

/// A transaction type in its short spelling: "3" and "03" occur.
pub(crate) fn transaction(text: &str) -> &str {
    text.strip_prefix('0').filter(|rest| rest.len() == 1).unwrap_or(text)
}

/// What a transaction type does to an operation (manual 4.2, table of operations).
pub(crate) fn action(text: &str) -> Result<Action, Refusal> {
    match transaction(text) {
        // 15, F, 38: a PayGold link that was paid [python-redsys 2.1.0 api/transactions.py: 38 is sent by the bank alone]
        "0" | "15" | "F" | "f" | "38" => Ok(Action::Charge),
        "1" => Ok(Action::Hold),
        "2" | "48" => Ok(Action::Capture),
        "3" => Ok(Action::Refund),
        "9" | "45" => Ok(Action::Void),
        "46" => Ok(Action::RefundVoid),
        "44" => Ok(Action::CardDeletion),
        // authentications, deferred and recurring payments and the like are not made by this crate
        _ => Err(Refusal::Type),
    }
}

/// `Ds_Response`: four digits, leading zeros left out at times.
pub(crate) fn response(text: &str) -> Result<String, Error> {
    if !digits(text) || text.len() > 4 {
        return Err(Error::malformed(answer::RESPONSE, "not up to four digits"));
    }
    Ok(format!("{text:0>4}"))
}

/// What later calls need.
pub(crate) fn references(fields: &impl Fields) -> Result<References, Error> {
    let mut learnt = References::new();
    // six characters, padded with spaces; '+' where a form encoded them twice
    let code = fields.text(answer::AUTHORISATION_CODE)?.unwrap_or_default();
    learnt.insert(Reference::AuthorizationCode, code.trim_matches([' ', '+']));
    for (name, reference) in [
        (answer::IDENTIFIER, Reference::CardReference),
        (answer::COF_TXNID, Reference::NetworkTransactionId),
        (answer::CARD_NUMBER, Reference::MaskedCard),
        (answer::CARD_NUMBER_REST, Reference::MaskedCard),
    ] {
        learnt.insert(reference, fields.text(name)?.unwrap_or_default().trim());
    }
    Ok(learnt)
}

/// What tells one refund of an operation from another: its authorisation code, else the minute in which it was made.
fn refund_id(fields: &impl Fields) -> Result<String, Error> {
    let part = |name| Ok::<_, Error>(fields.text(name)?.unwrap_or_default());
    let code = part(answer::AUTHORISATION_CODE)?.trim_matches([' ', '+']);
    if !code.is_empty() {
        return Ok(code.to_owned());
    }
    Ok(format!("{} {}", part(answer::DATE)?, part(answer::HOUR)?).trim().to_owned())
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_type_are_one() {
        for (text, expected) in [("0", Action::Charge), ("00", Action::Charge), ("3", Action::Refund), ("03", Action::Refund)] {
            assert_eq!(action(text), Ok(expected), "{text}");
        }
        for text in ["", "7", "34", "A", "O", "-1", "3 ", "000", "0000", "003", "015", "00015"] {
            assert_eq!(action(text), Err(Refusal::Type), "{text}");
        }
    }

    #[test]
    fn a_response_has_four_digits() {
        assert_eq!(response("0").unwrap(), "0000");
        assert_eq!(response("101").unwrap(), "0101");
        for text in ["", "00000", "-1", "SIS0042", " 0"] {
            assert!(response(text).is_err(), "{text:?}");
        }
    }
}
