//! A charge, or a hold, of a card that the buyer typed in the shop (feature `pci`), over REST.
//!
//! Source: `active_merchant`'s `cecabank_json`, for the 3DS and the recurrent fields too.

use std::fmt;

use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Action, Error, Exchange, PaymentForm, PaymentKind, Report, Secret};

use super::rest::{Call, require};
use crate::config::{Contract, check_number};
use crate::wire::card::Card;
use crate::wire::names::rest_action;
use crate::{Ceca, form};

/// Why no strong authentication is asked for (`exencionSCA`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ScaExemption {
    /// A low value.
    LowValue,
    /// The merchant initiates it, without the buyer.
    MerchantInitiated,
    /// No exemption.
    None,
    /// The transaction's risk was analysed.
    RiskAnalysis,
}

impl ScaExemption {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LowValue => "LOW",
            Self::MerchantInitiated => "MIT",
            Self::None => "NONE",
            Self::RiskAnalysis => "TRA",
        }
    }
}

/// Why a card is charged again and again (`tipoCOF`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CofType {
    /// I: the price is paid in parts.
    Instalments,
    /// R: the same service again and again, at fixed times.
    Recurring,
    /// C: anything else, at no fixed time.
    Unscheduled,
}

impl CofType {
    /// The letter on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Instalments => "I",
            Self::Recurring => "R",
            Self::Unscheduled => "C",
        }
    }
}

/// Who begins a charge of a series (`inicioRec`), and what goes with it. Exhaustive on purpose.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the buyer is there or not")]
pub enum Series {
    /// S: the buyer, by the first payment: until when (year, month) and every how many days the others follow.
    First {
        /// `finRec`
        until: Option<(u16, u8)>,
        /// `frecRec`
        every_days: Option<u16>,
    },
    /// N: the merchant, by a later one.
    Later {
        /// `mmppTxId`: the network's id of the first, as its confirmation brought it.
        network_transaction_id: Option<String>,
    },
}

/// A charge of a series: why, and which.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct Recurrence {
    /// Why the card is charged again.
    pub kind: CofType,
    /// First or later.
    pub series: Series,
}

/// What an authentication that the shop made elsewhere brought (`ThreeDsResponse`). The texts are those of EMV 3DS.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ThreeDs {
    /// `three_ds_version`
    pub version: Option<String>,
    /// `directory_server_transaction_id`
    pub ds_transaction_id: Option<String>,
    /// `acs_transaction_id`
    pub acs_transaction_id: Option<String>,
    /// `three_ds_server_trans_id`
    pub server_transaction_id: Option<String>,
    /// `authentication_response_status`: Y, A, ...
    pub status: Option<String>,
    /// `ecommerce_indicator`: "05", "02", ...
    pub eci: Option<String>,
    /// `enrolled`: Y or N.
    pub enrolled: Option<String>,
    /// `authentication_value` (CAVV)
    pub authentication_value: Option<Secret>,
}

/// What may go with a charge of a card.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CardOptions {
    /// Why no strong authentication is asked for. A charge of a series is MIT whatever stands here.
    pub exemption: Option<ScaExemption>,
    /// An authentication that was made already.
    pub three_ds: Option<ThreeDs>,
    /// When it is one of a series.
    pub recurrence: Option<Recurrence>,
}

impl Ceca {
    /// The form of [`begin`](vpos_core::PointOfSale::begin) with the card that the buyer typed in the shop. The buyer's
    /// browser carries it to the bank.
    ///
    /// # Errors
    /// As `begin`.
    pub fn begin_with_card(
        &self,
        operation: &Operation,
        payment: &vpos_core::Payment,
        card: &Card,
    ) -> Result<PaymentForm, Error> {
        form::card_form(&self.contract, operation, payment, card)
    }

    /// Charges a card, or holds when the operation is a pre-authorisation. The operation was moved by
    /// [`Operation::start_charge`] before, and is by [`Operation::settle`] after.
    ///
    /// # Errors
    /// [`Error::Unsupported`] without REST keys; [`Error::Payment`] when no charge was started, or for a currency that the
    /// bank cannot express.
    pub fn charge_card(&self, operation: &Operation, card: &Card, options: &CardOptions) -> Result<Exchange<Report>, Error> {
        charge(&self.contract, operation, card, options)
    }
}

fn charge(contract: &Contract, operation: &Operation, card: &Card, options: &CardOptions) -> Result<Exchange<Report>, Error> {
    let keys = require(contract, "charge of a card")?;
    check_number(operation.number())?;
    if operation.state() != OperationState::Charging || operation.capturing().is_some() {
        return Err(Error::payment("state", "no charge was started: start_charge records it first"));
    }
    let (what, action) = match operation.kind() {
        PaymentKind::Sale => (rest_action::CHARGE, Action::Charge),
        PaymentKind::Preauthorization => (rest_action::HOLD, Action::Hold),
    };
    let mut more = card.members(keys.encryption.as_ref());
    more.extend(options.members(operation.amount())?);
    Call { what, action, amount: operation.amount(), more }.ask(contract, operation, "charge of a card")
}

impl fmt::Display for ScaExemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
