//! The notification: a form post about an authorised payment.
//!
//! Sources: django-virtual-pos 1.7.1 and the bank's `PrestaShop` module 1.1.1.

use std::fmt::Write as _;

use vpos_core::{
    Action, Authentic, Claim, ClaimedAmount, Error, OperationNumber, Outcome, Reference, References, Timestamp, mask_pans,
};

use super::fields;
use super::names::form;
use crate::config::Contract;
use crate::signature::{self, Scheme, SignedFields};

/// More fields than any message of the bank has, many times over.
const MOST_FIELDS: usize = 256;

/// A notification, not believed.
#[derive(Debug)]
pub(crate) struct Notice {
    fields: Vec<(String, String)>,
    number: OperationNumber,
}

impl Notice {
    /// Reads the body. Every field that the signature needs must be there.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if fields.len() >= MOST_FIELDS || fields.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                return Err(Error::malformed("form", "a field is there twice, or there are too many"));
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        let number = required(&fields, form::NUMBER)?.parse();
        let number = number.map_err(|_| Error::malformed(form::NUMBER, "not an operation number"))?;
        let notice = Self { fields, number };
        notice.signed()?;
        notice.required(form::SIGNATURE)?;
        Ok(notice)
    }

    /// The number of the operation.
    pub(crate) const fn number(&self) -> &OperationNumber {
        &self.number
    }

    /// Checks the signature: over the texts as they came, by the contract's cipher, whatever the message may say of one.
    pub(crate) fn check(&self, contract: &Contract) -> Result<Authentic, Error> {
        let message = signature::message(Scheme::Notification, contract.key.cipher(), &self.signed()?);
        let signature = self.required(form::SIGNATURE)?;
        Ok(signature::check(&contract.key, &self.number, message.as_bytes(), signature)?)
    }

    /// What it says. The bank notifies of authorised charges alone, so there is no code to read.
    pub(crate) fn claim(&self, contract: &Contract, deadline: Option<Timestamp>) -> Result<Claim, Error> {
        let signed = self.signed()?;
        let mut references = References::new();
        references.insert(Reference::BankReference, fields::reference(form::REFERENCE, signed.reference)?);
        // not signed: recorded, and nothing is decided by it
        let authorization = self.get(form::AUTHORIZATION).unwrap_or_default().trim();
        if authorization.len() <= 64 {
            references.insert(Reference::AuthorizationCode, authorization);
        }
        Ok(Claim {
            contract: contract.acceptor.clone(),
            merchant: Contract::merchant(signed.merchant_id, signed.acquirer_bin).into(),
            terminal: Some(Contract::terminal(signed.terminal_id).into()),
            number: self.number.clone(),
            amount: ClaimedAmount::Stated(fields::amount(signed.amount, signed.currency, signed.exponent)?),
            action: Action::Charge,
            outcome: Outcome::Approved,
            code: None,
            identity: Some(Reference::BankReference),
            references,
            deadline,
        })
    }

    /// The whole message, a field a line, card numbers masked.
    pub(crate) fn evidence(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.fields {
            let _ = writeln!(text, "{}={}", mask_pans(name), mask_pans(value));
        }
        text
    }

    fn signed(&self) -> Result<SignedFields<'_>, Error> {
        Ok(SignedFields {
            merchant_id: self.required(form::MERCHANT_ID)?,
            acquirer_bin: self.required(form::ACQUIRER_BIN)?,
            terminal_id: self.required(form::TERMINAL_ID)?,
            number: self.required(form::NUMBER)?,
            amount: self.required(form::AMOUNT)?,
            currency: self.required(form::CURRENCY)?,
            exponent: self.required(form::EXPONENT)?,
            reference: self.required(form::REFERENCE)?,
            ..SignedFields::default()
        })
    }

    fn get(&self, name: &'static str) -> Option<&str> {
        get(&self.fields, name)
    }

    fn required(&self, name: &'static str) -> Result<&str, Error> {
        required(&self.fields, name)
    }
}

fn get<'a>(fields: &'a [(String, String)], name: &'static str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn required<'a>(fields: &'a [(String, String)], name: &'static str) -> Result<&'a str, Error> {
    get(fields, name).ok_or_else(|| Error::malformed(name, "missing"))
}
