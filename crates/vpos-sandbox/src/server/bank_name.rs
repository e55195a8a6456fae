//! The five desks at which the four banks sit: PayPal has one a protocol.

use std::fmt;
use std::str::FromStr;

/// One of the simulated banks, as the control API names it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum BankName {
    /// `ceca`.
    Ceca,
    /// `elavon`.
    Elavon,
    /// `paypal`: REST.
    Paypal,
    /// `paypal-nvp`.
    PaypalNvp,
    /// `redsys`.
    Redsys,
}

impl BankName {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Redsys, Self::Ceca, Self::Elavon, Self::Paypal, Self::PaypalNvp];

    /// As the API has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ceca => "ceca",
            Self::Elavon => "elavon",
            Self::Paypal => "paypal",
            Self::PaypalNvp => "paypal-nvp",
            Self::Redsys => "redsys",
        }
    }

    /// For people.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Ceca => "CECA",
            Self::Elavon => "Santander Elavon",
            Self::Paypal => "PayPal",
            Self::PaypalNvp => "PayPal Express Checkout",
            Self::Redsys => "Redsys",
        }
    }

    /// Codes with which it declines; the first is the usual one. Others can be typed.
    pub(super) const fn declines(self) -> &'static [(&'static str, &'static str, &'static str)] {
        match self {
            Self::Redsys => &[
                ("0190", "denegada sin motivo", "declined without a reason"),
                ("0101", "tarjeta caducada", "expired card"),
                ("0116", "saldo insuficiente", "not enough money"),
                ("0129", "CVV2 incorrecto", "wrong CVV2"),
                ("0184", "error de autenticación", "authentication failed"),
            ],
            Self::Ceca => &[("27", "denegada: CECA no avisa de ello", "declined: CECA tells nobody")],
            Self::Elavon => &[
                ("101", "denegada", "declined"),
                ("102", "llamar al banco", "referral"),
                ("103", "tarjeta perdida o robada", "card lost or stolen"),
                ("107", "filtro de fraude", "fraud filter"),
            ],
            Self::Paypal => &[
                ("INSTRUMENT_DECLINED", "el pagador puede elegir otro medio", "the payer may choose another card"),
                ("DECLINED", "cobro denegado", "the capture is declined"),
            ],
            Self::PaypalNvp => &[("10486", "el pagador puede elegir otro medio", "the payer may choose another card")],
        }
    }
}

impl fmt::Display for BankName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BankName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|bank| bank.as_str() == text);
        found.ok_or_else(|| format!("no such bank: {:?}", text.chars().take(40).collect::<String>()))
    }
}
