//! Card data that passes through the merchant's own server (feature `pci`; PCI DSS applies): auth, otb, card-new,
//! card-update-card.
//!
//! Source: rxp-remote-java, payment-request-sample, otb-, card-new- and card-edit-replace-card-payment-request-sample.

use std::fmt;

use vpos_core::operation::Operation;
use vpos_core::{Error, Exchange, OperationNumber, Report, Secret, Timestamp};

use super::answer::{Learn, Told, ask_told};
use super::payment::{about, expected};
use super::stored_card::{Recurring, autosettle, payment_action};
use super::vault::{check_card_reference, check_payer_reference};
use crate::Elavon;
use crate::config::check_number;
use crate::signature::{self, Fields};
use crate::wire::document::{Document, minor_units};
use crate::wire::names::{kind, xml};

/// A card. `Debug` shows its scheme alone.
#[derive(Clone)]
pub struct Card {
    number: Secret,
    expiry: String,
    holder: String,
    scheme: CardScheme,
    cvn: Option<Cvn>,
}

/// The card's network, as the platform names it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CardScheme {
    /// American Express.
    Amex,
    /// Diners Club.
    Diners,
    /// Mastercard.
    Mastercard,
    /// Visa.
    Visa,
}

impl CardScheme {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Amex => "AMEX",
            Self::Diners => "DINERS",
            Self::Mastercard => "MC",
            Self::Visa => "VISA",
        }
    }
}

/// The card's security code, or why there is none. Exhaustive on purpose.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the platform's presind has these four")]
pub enum Cvn {
    /// 1: three or four digits.
    Present(Secret),
    /// 2: on the card, and not readable.
    Illegible,
    /// 3: the card has none.
    NotOnCard,
    /// 4: not asked for.
    NotRequested,
}

impl Card {
    /// Checks a card's data. `month` is 1 to 12, `year` has four digits.
    ///
    /// # Errors
    /// [`Error::Payment`] naming the field; it never shows the value.
    ///
    /// ```
    /// use vpos_core::Secret;
    /// use vpos_elavon::{Card, CardScheme};
    ///
    /// let card = Card::new(Secret::new("4263971921001307"), 10, 2029, "Ana García", CardScheme::Visa)?;
    /// assert!(!format!("{card:?}").contains("4263"));
    /// # Ok::<(), vpos_core::Error>(())
    /// ```
    pub fn new(number: Secret, month: u8, year: u16, holder: impl Into<String>, scheme: CardScheme) -> Result<Self, Error> {
        let digits = number.expose();
        if !(13..=19).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::payment("card.number", "not 13 to 19 digits"));
        }
        if !(1..=12).contains(&month) || !(2000..=2099).contains(&year) {
            return Err(Error::payment("card.expiry", "not a month of this century"));
        }
        let holder = holder.into();
        if !(1..=100).contains(&holder.chars().count()) || holder.chars().any(char::is_control) {
            return Err(Error::payment("card.holder", "not 1 to 100 characters"));
        }
        Ok(Self { number, expiry: format!("{month:02}{:02}", year % 100), holder, scheme, cvn: None })
    }

    /// With its security code.
    ///
    /// # Errors
    /// [`Error::Payment`] when it is not three or four digits.
    pub fn with_cvn(mut self, cvn: Cvn) -> Result<Self, Error> {
        if let Cvn::Present(number) = &cvn {
            checked_cvn(number)?;
        }
        self.cvn = Some(cvn);
        Ok(self)
    }

    /// The elements inside `card`.
    fn write(&self, document: &mut Document) {
        document.element(xml::NUMBER, self.number.expose());
        document.element(xml::EXPDATE, &self.expiry);
        document.element(xml::CHNAME, &self.holder);
        document.element(xml::TYPE, self.scheme.as_str());
        let Some(cvn) = &self.cvn else { return };
        let (number, presence) = match cvn {
            Cvn::Present(number) => (number.expose(), "1"),
            Cvn::Illegible => ("", "2"),
            Cvn::NotOnCard => ("", "3"),
            Cvn::NotRequested => ("", "4"),
        };
        document.open(xml::CVN);
        document.element(xml::NUMBER, number);
        document.element(xml::PRESIND, presence);
        document.close(xml::CVN);
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

/// Three or four digits.
pub(crate) fn checked_cvn(cvn: &Secret) -> Result<&str, Error> {
    let text = cvn.expose();
    let fits = (3..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { Ok(text) } else { Err(Error::payment("card.cvn", "not three or four digits")) }
}

/// What goes with a card that is charged.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "filled in by the caller, field by field")]
pub struct CardPayment {
    /// How the card data came to the merchant.
    pub channel: Channel,
    /// The result of an authentication that was made before.
    pub authentication: Option<ThreeDSecure>,
    /// One of a series of charges.
    pub recurring: Option<Recurring>,
    /// A comment for the platform's reports, at most 255 characters.
    pub comment: Option<String>,
}

/// How card data came to the merchant. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the platform has these two")]
pub enum Channel {
    /// Over the net.
    #[default]
    Ecommerce,
    /// By mail or telephone.
    Moto,
}

/// The result of an EMV 3DS authentication (`mpi`). `Debug` shows the indicator and the version alone.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "the platform's element has these")]
pub struct ThreeDSecure {
    /// The electronic commerce indicator.
    pub eci: String,
    /// The authentication value (CAVV, AAV).
    pub authentication_value: Secret,
    /// The directory server's id of the authentication.
    pub ds_trans_id: String,
    /// The version of the message: 2.1.0, 2.2.0.
    pub message_version: String,
}

impl fmt::Debug for ThreeDSecure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ThreeDSecure");
        shown.field("eci", &self.eci).field("message_version", &self.message_version).finish_non_exhaustive()
    }
}

impl Elavon {
    /// Charges a card, or holds on it for a pre-authorisation. The operation was moved by [`Operation::start_charge`] before,
    /// and is by [`Operation::settle`] after.
    ///
    /// # Errors
    /// [`Error::Payment`] when `start_charge` was not called, or naming the field that breaks its rule.
    pub fn charge_card(
        &self,
        operation: &Operation,
        card: &Card,
        how: &CardPayment,
        now: Timestamp,
    ) -> Result<Exchange<Report>, Error> {
        let contract = &self.contract;
        let action = payment_action(operation)?;
        let mut document = about(contract, operation, kind::AUTH, now)?;
        document.element(xml::CHANNEL, if how.channel == Channel::Moto { "MOTO" } else { "ECOM" });
        document.amount(operation.amount());
        document.open(xml::CARD);
        card.write(&mut document);
        document.close(xml::CARD);
        autosettle(&mut document, contract, operation.kind());
        how.write(&mut document)?;
        let (minor, currency) = (minor_units(operation.amount())?, operation.amount().currency());
        let number = card.number.expose();
        let fields = Fields { amount: &minor, currency: currency.code(), number, ..document.fields(contract) };
        let hash = signature::auth(contract.hash, &contract.secret, &fields);
        Ok(expected(contract, operation, action, Learn::Authorisation).ask(document.finish(contract, &hash)?))
    }

    /// Asks the issuer whether a card is good, without charging it (otb). `request` is a number that was used for nothing else.
    ///
    /// # Errors
    /// [`Error::Payment`] for a number that is none.
    pub fn check_card(&self, card: &Card, request: &OperationNumber, now: Timestamp) -> Result<Exchange<Told>, Error> {
        check_number(request)?;
        let contract = &self.contract;
        let mut document = Document::about(contract, kind::OTB, request.as_str(), now);
        document.open(xml::CARD);
        card.write(&mut document);
        document.close(xml::CARD);
        document.element_with(xml::AUTOSETTLE, (xml::FLAG, "1"), "");
        let fields = Fields { number: card.number.expose(), ..document.fields(contract) };
        let hash = signature::otb(contract.hash, &contract.secret, &fields);
        Ok(ask_told(contract, document.finish(contract, &hash)?, Some(request.to_string())))
    }

    /// Puts a card into the vault, for a payer who is there. `request` is a number that was used for nothing else.
    ///
    /// # Errors
    /// [`Error::Payment`] for a reference or a number that is none.
    pub fn store_card(
        &self,
        payer: &str,
        reference: &str,
        card: &Card,
        request: &OperationNumber,
        now: Timestamp,
    ) -> Result<Exchange<Told>, Error> {
        check_number(request)?;
        let contract = &self.contract;
        let mut document = Document::about(contract, kind::CARD_NEW, request.as_str(), now);
        vault_card(&mut document, payer, reference, card)?;
        let fields =
            Fields { payerref: Some(payer), chname: &card.holder, number: card.number.expose(), ..document.fields(contract) };
        let hash = signature::card_new(contract.hash, &contract.secret, &fields);
        Ok(ask_told(contract, document.finish(contract, &hash)?, Some(request.to_string())))
    }

    /// Replaces a card of the vault.
    ///
    /// # Errors
    /// [`Error::Payment`] for a reference that is none.
    pub fn update_card(&self, payer: &str, reference: &str, card: &Card, now: Timestamp) -> Result<Exchange<Told>, Error> {
        let contract = &self.contract;
        let mut document = Document::new(contract, kind::CARD_UPDATE, now);
        vault_card(&mut document, payer, reference, card)?;
        let fields = Fields {
            payerref: Some(payer),
            cardref: reference,
            expdate: &card.expiry,
            number: card.number.expose(),
            ..document.fields(contract)
        };
        let hash = signature::card_update_card(contract.hash, &contract.secret, &fields);
        Ok(ask_told(contract, document.finish(contract, &hash)?, None))
    }
}

/// `card` as the vault takes it: its own name and its payer's first, and no security code, which nobody may keep.
fn vault_card(document: &mut Document, payer: &str, reference: &str, card: &Card) -> Result<(), Error> {
    check_payer_reference(payer)?;
    check_card_reference(reference)?;
    document.open(xml::CARD);
    document.element(xml::REF, reference);
    document.element(xml::PAYERREF, payer);
    Card { cvn: None, ..card.clone() }.write(document);
    document.close(xml::CARD);
    Ok(())
}

impl CardPayment {
    fn write(&self, document: &mut Document) -> Result<(), Error> {
        if let Some(comment) = &self.comment {
            if comment.chars().count() > 255 || comment.chars().any(char::is_control) {
                return Err(Error::payment("comment", "longer than 255 characters, or with control characters"));
            }
            document.open(xml::COMMENTS);
            document.element_with(xml::COMMENT, (xml::ID, "1"), comment);
            document.close(xml::COMMENTS);
        }
        if let Some(authentication) = &self.authentication {
            document.open(xml::MPI);
            document.element(xml::ECI, &authentication.eci);
            document.element(xml::AUTHENTICATION_VALUE, authentication.authentication_value.expose());
            document.element(xml::DS_TRANS_ID, &authentication.ds_trans_id);
            document.element(xml::MESSAGE_VERSION, &authentication.message_version);
            document.close(xml::MPI);
        }
        if let Some(recurring) = self.recurring {
            recurring.write(document);
        }
        Ok(())
    }
}
