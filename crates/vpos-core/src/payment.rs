//! What the buyer shall pay: the merchant's side of a sale, before any bank is involved.

mod buyer;
mod language;
mod web_address;

pub use buyer::Buyer;
pub use language::Language;
pub use web_address::WebAddress;

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::{Amount, Error};

/// How much text a field may hold before any bank's own rule is asked.
const MAX_TEXT: usize = 1_024;

/// The same for an extra field: some hold a JSON object (EMV 3DS).
const MAX_EXTRA_TEXT: usize = 4_096;

/// How many extra fields a payment may have.
const MAX_EXTRA: usize = 64;

/// Charge now, or hold now and capture later. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a third kind must break every match")]
pub enum PaymentKind {
    /// The money is charged at once.
    #[default]
    Sale,
    /// A pre-authorisation: the bank holds the amount on the card; `capture` charges it, whole or in part, `void` lets it go.
    Preauthorization,
}

impl PaymentKind {
    /// The word for it, as in fixtures and in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Preauthorization => "preauthorization",
        }
    }
}

impl FromStr for PaymentKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = [Self::Sale, Self::Preauthorization].into_iter().find(|known| known.as_str() == text);
        known.ok_or_else(|| Error::payment("kind", format!("there is no kind {text:?}")))
    }
}

/// What the buyer shall pay, and where the browser goes afterwards. Made by [`Payment::builder`].
///
/// ```
/// use vpos_core::{Amount, Currency, Payment};
///
/// let payment = Payment::builder("PED-17", Amount::parse("123.45", Currency::EUR)?)
///     .description("Zapatos rojos, 2 pares")
///     .url_ok("https://tienda.example/ok")
///     .url_nok("https://tienda.example/nok")
///     .notification_url("https://tienda.example/aviso")
///     .language("es")
///     .build()?;
/// assert_eq!(payment.sale(), "PED-17");
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Payment {
    sale: String,
    amount: Amount,
    kind: PaymentKind,
    description: Option<String>,
    url_ok: Option<WebAddress>,
    url_nok: Option<WebAddress>,
    notification_url: Option<WebAddress>,
    language: Option<Language>,
    buyer: Buyer,
    extra: BTreeMap<String, String>,
}

impl Payment {
    /// Begins a payment for one sale (the merchant's own code of the order) of one amount.
    pub fn builder(sale: impl Into<String>, amount: Amount) -> PaymentBuilder {
        PaymentBuilder { sale: sale.into(), amount, texts: Texts::default(), kind: PaymentKind::Sale, extra: Vec::new() }
    }

    /// The merchant's own code of the order.
    pub fn sale(&self) -> &str {
        &self.sale
    }

    /// What the buyer pays; never zero.
    pub const fn amount(&self) -> Amount {
        self.amount
    }

    /// Charge or hold.
    pub const fn kind(&self) -> PaymentKind {
        self.kind
    }

    /// What is sold, as the buyer may read it on the bank's page.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Where the buyer returns after paying.
    pub const fn url_ok(&self) -> Option<&WebAddress> {
        self.url_ok.as_ref()
    }

    /// Where the buyer returns without having paid.
    pub const fn url_nok(&self) -> Option<&WebAddress> {
        self.url_nok.as_ref()
    }

    /// Where the bank sends its notification.
    pub const fn notification_url(&self) -> Option<&WebAddress> {
        self.notification_url.as_ref()
    }

    /// The language of the bank's page.
    pub const fn language(&self) -> Option<Language> {
        self.language
    }

    /// Who pays.
    pub const fn buyer(&self) -> &Buyer {
        &self.buyer
    }

    /// Further fields of the bank, by their wire names. A bank crate refuses those that it sets itself.
    pub fn extra(&self) -> impl Iterator<Item = (&str, &str)> {
        self.extra.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Collects the parts of a [`Payment`]; [`build`](Self::build) checks them.
#[derive(Clone, Debug)]
#[must_use]
pub struct PaymentBuilder {
    sale: String,
    amount: Amount,
    kind: PaymentKind,
    texts: Texts,
    extra: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default)]
struct Texts {
    description: Option<String>,
    url_ok: Option<String>,
    url_nok: Option<String>,
    notification_url: Option<String>,
    language: Option<String>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

impl PaymentBuilder {
    /// Hold instead of charge.
    pub const fn kind(mut self, kind: PaymentKind) -> Self {
        self.kind = kind;
        self
    }

    /// What is sold.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.texts.description = Some(text.into());
        self
    }

    /// Where the buyer returns after paying: an absolute http or https address.
    pub fn url_ok(mut self, address: impl Into<String>) -> Self {
        self.texts.url_ok = Some(address.into());
        self
    }

    /// Where the buyer returns without having paid.
    pub fn url_nok(mut self, address: impl Into<String>) -> Self {
        self.texts.url_nok = Some(address.into());
        self
    }

    /// Where the bank sends its notification.
    pub fn notification_url(mut self, address: impl Into<String>) -> Self {
        self.texts.notification_url = Some(address.into());
        self
    }

    /// Two letters (ISO 639-1); `va` for Valencian, which banks list beside Catalan.
    pub fn language(mut self, code: impl Into<String>) -> Self {
        self.texts.language = Some(code.into());
        self
    }

    /// The buyer's name.
    pub fn buyer_name(mut self, name: impl Into<String>) -> Self {
        self.texts.name = Some(name.into());
        self
    }

    /// The buyer's e-mail address.
    pub fn buyer_email(mut self, email: impl Into<String>) -> Self {
        self.texts.email = Some(email.into());
        self
    }

    /// The buyer's telephone number.
    pub fn buyer_phone(mut self, phone: impl Into<String>) -> Self {
        self.texts.phone = Some(phone.into());
        self
    }

    /// A further field of the bank, by its wire name.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    /// [`Error::Payment`] naming the field: an amount of nothing, an empty sale, a control character or more than 1,024
    /// bytes in a text (4,096 in an extra field), an address that is not absolute http(s), a language that is not two letters, an extra field twice.
    pub fn build(self) -> Result<Payment, Error> {
        if self.amount.is_zero() {
            return Err(Error::payment("amount", "nothing to pay"));
        }
        let address = |field, address: Option<String>| address.map(|text| WebAddress::parse(field, text)).transpose();
        let optional = |field, value: Option<String>| value.map(|value| text(field, value)).transpose();
        let texts = self.texts;
        Ok(Payment {
            sale: text("sale", self.sale)?,
            amount: self.amount,
            kind: self.kind,
            description: optional("description", texts.description)?,
            url_ok: address("url_ok", texts.url_ok)?,
            url_nok: address("url_nok", texts.url_nok)?,
            notification_url: address("notification_url", texts.notification_url)?,
            language: texts.language.map(|code| code.parse()).transpose()?,
            buyer: Buyer::new(
                optional("buyer.name", texts.name)?,
                optional("buyer.email", texts.email)?,
                optional("buyer.phone", texts.phone)?,
            ),
            extra: extra(self.extra)?,
        })
    }
}

/// Text that is there, is not endless, and holds no control characters.
fn text(field: &'static str, value: String) -> Result<String, Error> {
    if value.is_empty() {
        return Err(Error::payment(field, "empty"));
    }
    check_text(field, &value)?;
    Ok(value)
}

fn check_text(field: &'static str, value: &str) -> Result<(), Error> {
    check_text_within(field, value, MAX_TEXT)
}

fn check_text_within(field: &'static str, value: &str, most: usize) -> Result<(), Error> {
    if value.len() > most {
        return Err(Error::payment(field, format!("longer than {most} bytes")));
    }
    if value.chars().any(char::is_control) {
        return Err(Error::payment(field, "has a control character"));
    }
    Ok(())
}

fn extra(fields: Vec<(String, String)>) -> Result<BTreeMap<String, String>, Error> {
    if fields.len() > MAX_EXTRA {
        return Err(Error::payment("extra", format!("more than {MAX_EXTRA} fields")));
    }
    let mut all = BTreeMap::new();
    for (name, value) in fields {
        let name = text("extra", name)?;
        check_text_within("extra", &value, MAX_EXTRA_TEXT)?;
        if all.contains_key(&name) {
            return Err(Error::payment("extra", format!("{name:?} is there twice")));
        }
        all.insert(name, value);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    fn field_of(builder: PaymentBuilder) -> String {
        match builder.build() {
            Err(Error::Payment { field, .. }) => field.into_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_bad_part_is_named() {
        let euro = Amount::from_minor(100, Currency::EUR);
        let good = || Payment::builder("PED-17", euro);
        assert!(good().build().is_ok());
        assert_eq!(field_of(Payment::builder("PED-17", euro.zero())), "amount");
        assert_eq!(field_of(Payment::builder("", euro)), "sale");
        assert_eq!(field_of(good().description("a\0b")), "description");
        assert_eq!(field_of(good().description("x".repeat(1_025))), "description");
        assert_eq!(field_of(good().url_ok("javascript:alert(1)")), "url_ok");
        assert_eq!(field_of(good().language("spa")), "language");
        assert_eq!(field_of(good().buyer_email("")), "buyer.email");
        assert!(good().extra("A", "x".repeat(4_096)).build().is_ok());
        assert_eq!(field_of(good().extra("A", "x".repeat(4_097))), "extra");
        assert_eq!(field_of(good().extra("A", "1").extra("A", "2")), "extra");
        assert_eq!(field_of((0..65).fold(good(), |b, i| b.extra(format!("F{i}"), ""))), "extra");
    }
}
