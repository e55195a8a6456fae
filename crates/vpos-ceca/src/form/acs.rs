//! What the shop knows of the buyer, for the issuer's decision whether to ask for strong authentication (EMV 3DS 2).
//!
//! Source of the members: the bank's `PrestaShop` module 1.1.1; their meaning: EMV 3-D Secure 2.2, the fields of like names
//! (`SHIP_INDICATOR` is its `shipIndicator`), whose codes are two digits.

use std::fmt;

use vpos_core::PaymentBuilder;

use crate::wire::names::form;

/// A postal address.
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Address {
    /// First line.
    pub line1: Option<String>,
    /// Second line.
    pub line2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Post code.
    pub post_code: Option<String>,
    /// Country: three digits (ISO 3166-1).
    pub country: Option<String>,
}

/// How risky the sale is (`merchantRiskIndicator`). Each indicator is two digits of EMV 3DS.
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct MerchantRisk {
    /// `shipIndicator`
    pub ship_indicator: Option<String>,
    /// `deliveryTimeframe`
    pub delivery_timeframe: Option<String>,
    /// `deliveryEmailAddress`
    pub delivery_email: Option<String>,
    /// `reorderItemsInd`
    pub reorder_items: Option<String>,
    /// `preOrderPurchaseInd`
    pub pre_order_purchase: Option<String>,
}

/// The buyer's account at the shop (`acctInfo`). Indicators are two digits of EMV 3DS, dates `yyyymmdd`.
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct AccountInfo {
    /// `chAccAgeInd`
    pub age_indicator: Option<String>,
    /// `chAccDate`: when it was opened.
    pub opened: Option<String>,
    /// `chAccChangeInd`
    pub change_indicator: Option<String>,
    /// `chAccChange`: when it was last changed.
    pub changed: Option<String>,
    /// `paymentAccInd`
    pub payment_account_indicator: Option<String>,
    /// `paymentAccAge`: since when the card is known there.
    pub payment_account_since: Option<String>,
    /// `txnActivityDay`: transactions within a day.
    pub activity_day: Option<u32>,
    /// `txnActivityYear`: transactions within a year.
    pub activity_year: Option<u32>,
    /// `nbPurchaseAccount`: purchases within six months.
    pub purchases: Option<u32>,
    /// `shipNameIndicator`
    pub ship_name_indicator: Option<String>,
    /// `suspiciousAccActivity`
    pub suspicious_activity: Option<String>,
}

/// All of it. Personal data: `Debug` shows none.
///
/// ```
/// use vpos_ceca::{AcsData, Address};
/// use vpos_core::{Amount, Currency, Payment};
///
/// let mut home = Address::default();
/// home.line1 = Some("Calle Mayor 1".into());
/// home.post_code = Some("28013".into());
///
/// let mut data = AcsData::default();
/// data.name = Some("Ana Pérez".into());
/// data.billing = home;
///
/// let builder = Payment::builder("PED-17", Amount::parse("9.99", Currency::EUR)?);
/// let payment = data.attach(builder).build()?; // the form sends it in Base64, signed
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct AcsData {
    /// The card holder's name.
    pub name: Option<String>,
    /// The card holder's e-mail.
    pub email: Option<String>,
    /// The card holder's mobile number, without the country's prefix.
    pub mobile: Option<String>,
    /// Where the bill goes.
    pub billing: Address,
    /// Where the goods go.
    pub shipping: Address,
    /// How risky the sale is.
    pub risk: MerchantRisk,
    /// The buyer's account at the shop.
    pub account: AccountInfo,
}

impl AcsData {
    /// Adds it to a payment: as the extra field that the form signs.
    pub fn attach(&self, payment: PaymentBuilder) -> PaymentBuilder {
        payment.extra(form::ACS_DATA, self.to_json())
    }
}

macro_rules! personal {
    ($($type:ident),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($type), "([personal])"))
            }
        }
    )*};
}

personal!(AcsData, Address, MerchantRisk, AccountInfo);
