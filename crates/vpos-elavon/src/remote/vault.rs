//! The vault: payers and their cards, and a check of a stored card.
//!
//! Source: rxp-remote-java, payer-new-, payer-edit-, card-new-, card-edit-, card-delete- and receipt-in-otb-payment-request
//! samples. Putting a card number into it is in `card` (feature `pci`); the hosted page does it without one.

use vpos_core::{Error, Exchange, OperationNumber, Timestamp};

use super::answer::{Told, ask_told};
use super::stored_card::cancel_document;
use crate::Elavon;
use crate::config::check_number;
use crate::signature::{self, Fields};
use crate::wire::document::Document;
use crate::wire::names::{kind, xml};

/// A buyer in the vault. Personal data: `Debug` shows the reference alone.
#[derive(Clone, Default)]
#[expect(clippy::exhaustive_structs, reason = "filled in by the caller, field by field")]
pub struct Payer {
    /// The merchant's own name for the buyer: 1 to 50 letters, digits, `_` and `-`.
    pub reference: String,
    /// What kind of buyer, in the merchant's words; empty: "Retail".
    pub kind: String,
    /// Mr, Ms, ...
    pub title: String,
    /// First name.
    pub first_name: String,
    /// Surname.
    pub surname: String,
    /// Company.
    pub company: String,
    /// Postal address.
    pub address: PayerAddress,
    /// Telephone at home.
    pub home_phone: String,
    /// Telephone at work.
    pub work_phone: String,
    /// Mobile.
    pub mobile_phone: String,
    /// E-mail.
    pub email: String,
}

/// Where a buyer of the vault lives. Personal data: `Debug` shows nothing.
#[derive(Clone, Default)]
#[expect(clippy::exhaustive_structs, reason = "filled in by the caller, field by field")]
pub struct PayerAddress {
    /// Up to three lines.
    pub lines: [String; 3],
    /// City.
    pub city: String,
    /// County or province.
    pub county: String,
    /// Post code.
    pub postcode: String,
    /// The country's two letters (ISO 3166).
    pub country_code: String,
    /// The country's name.
    pub country: String,
}

impl std::fmt::Debug for Payer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payer").field("reference", &self.reference).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PayerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PayerAddress([personal])")
    }
}

impl Elavon {
    /// Puts a buyer into the vault. `request` is a number that was used for nothing else.
    ///
    /// # Errors
    /// [`Error::Payment`] naming the field that breaks its rule.
    pub fn create_payer(&self, payer: &Payer, request: &OperationNumber, now: Timestamp) -> Result<Exchange<Told>, Error> {
        self.put_payer(kind::PAYER_NEW, payer, request, now)
    }

    /// Changes a buyer of the vault. `request` is a number that was used for nothing else.
    ///
    /// # Errors
    /// [`Error::Payment`] naming the field that breaks its rule.
    pub fn edit_payer(&self, payer: &Payer, request: &OperationNumber, now: Timestamp) -> Result<Exchange<Told>, Error> {
        self.put_payer(kind::PAYER_EDIT, payer, request, now)
    }

    fn put_payer(&self, kind: &str, payer: &Payer, request: &OperationNumber, now: Timestamp) -> Result<Exchange<Told>, Error> {
        check_number(request)?;
        check_payer_reference(&payer.reference)?;
        payer.check()?;
        let contract = &self.contract;
        let mut document = Document::about(contract, kind, request.as_str(), now);
        payer.write(&mut document);
        let fields = Fields { payerref: Some(&payer.reference), ..document.fields(contract) };
        let hash = signature::payer_new(contract.hash, &contract.secret, &fields);
        Ok(ask_told(contract, document.finish(contract, &hash)?, Some(request.to_string())))
    }

    /// Makes the vault forget a card.
    ///
    /// # Errors
    /// [`Error::Payment`] for a reference that is none.
    pub fn forget_card(&self, payer: &str, card: &str, now: Timestamp) -> Result<Exchange<Told>, Error> {
        check_payer_reference(payer)?;
        check_card_reference(card)?;
        let (document, hash) = cancel_document(&self.contract, payer, card, now);
        Ok(ask_told(&self.contract, document.finish(&self.contract, &hash)?, None))
    }

    /// Asks the issuer whether a stored card is good, without charging it. `request` is a number that was used for nothing
    /// else.
    ///
    /// # Errors
    /// [`Error::Payment`] for a reference or a number that is none.
    pub fn check_stored_card(
        &self,
        payer: &str,
        card: &str,
        request: &OperationNumber,
        now: Timestamp,
    ) -> Result<Exchange<Told>, Error> {
        check_number(request)?;
        check_payer_reference(payer)?;
        check_card_reference(card)?;
        let contract = &self.contract;
        let mut document = Document::about(contract, kind::RECEIPT_IN_OTB, request.as_str(), now);
        document.element(xml::PAYERREF, payer);
        document.element(xml::PAYMENTMETHOD, card);
        document.element_with(xml::AUTOSETTLE, (xml::FLAG, "1"), "");
        let fields = Fields { payerref: Some(payer), ..document.fields(contract) };
        let hash = signature::receipt_in_otb(contract.hash, &contract.secret, &fields);
        Ok(ask_told(contract, document.finish(contract, &hash)?, Some(request.to_string())))
    }
}

impl Payer {
    fn texts(&self) -> [(&'static str, &str); 15] {
        let PayerAddress { lines: [line1, line2, line3], city, county, postcode, country, .. } = &self.address;
        [
            ("kind", &self.kind),
            ("title", &self.title),
            ("first_name", &self.first_name),
            ("surname", &self.surname),
            ("company", &self.company),
            ("address.lines", line1),
            ("address.lines", line2),
            ("address.lines", line3),
            ("address.city", city),
            ("address.county", county),
            ("address.postcode", postcode),
            ("address.country", country),
            ("home_phone", &self.home_phone),
            ("work_phone", &self.work_phone),
            ("mobile_phone", &self.mobile_phone),
        ]
    }

    /// No public page gives these fields' lengths: what no shop needs is refused, and control characters.
    fn check(&self) -> Result<(), Error> {
        for (field, text) in self.texts().into_iter().chain([("email", self.email.as_str())]) {
            if text.chars().count() > 255 || text.chars().any(char::is_control) {
                return Err(Error::payment(format!("payer.{field}"), "longer than 255 characters, or with control characters"));
            }
        }
        let code = &self.address.country_code;
        if !code.is_empty() && (code.len() != 2 || !code.bytes().all(|b| b.is_ascii_alphabetic())) {
            return Err(Error::payment("payer.address.country_code", "not two letters"));
        }
        Ok(())
    }

    fn write(&self, document: &mut Document) {
        let kind = if self.kind.is_empty() { "Retail" } else { &self.kind };
        document.open_with(xml::PAYER, &[(xml::TYPE, kind), (xml::REF, &self.reference)]);
        for (name, text) in [
            (xml::TITLE, &self.title),
            (xml::FIRSTNAME, &self.first_name),
            (xml::SURNAME, &self.surname),
            (xml::COMPANY, &self.company),
        ] {
            document.element(name, text);
        }
        let PayerAddress { lines: [line1, line2, line3], city, county, postcode, country_code, country } = &self.address;
        document.open(xml::ADDRESS);
        for (name, text) in [
            (xml::LINE1, line1),
            (xml::LINE2, line2),
            (xml::LINE3, line3),
            (xml::CITY, city),
            (xml::COUNTY, county),
            (xml::POSTCODE, postcode),
        ] {
            document.element(name, text);
        }
        document.element_with(xml::COUNTRY, (xml::CODE, country_code), country);
        document.close(xml::ADDRESS);
        document.open(xml::PHONENUMBERS);
        for (name, text) in [(xml::HOME, &self.home_phone), (xml::WORK, &self.work_phone), (xml::MOBILE, &self.mobile_phone)] {
            document.element(name, text);
        }
        document.close(xml::PHONENUMBERS);
        document.element(xml::EMAIL, &self.email);
        document.close(xml::PAYER);
    }
}

/// `HppRequest`: payerReference, without the backslash and the space that it allows.
pub(crate) fn check_payer_reference(text: &str) -> Result<(), Error> {
    check_reference("payer.reference", text)
}

/// `HppRequest`: paymentReference.
pub(crate) fn check_card_reference(text: &str) -> Result<(), Error> {
    check_reference("card.reference", text)
}

fn check_reference(field: &'static str, text: &str) -> Result<(), Error> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if (1..=50).contains(&text.len()) && text.bytes().all(allowed) {
        return Ok(());
    }
    Err(Error::payment(field, "not 1 to 50 letters, digits, '_' and '-'"))
}
