//! Whichever bank: for a test that runs the same schedule over all of them.

use http::{Request, Response};
use vpos_core::Timestamp;

use crate::{
    CecaBank, Choice, Complaint, ElavonBank, FormPost, Ledger, Page, PaypalBank, RedsysBank, Shown, SimulatedBank, Visit,
};

/// One of the simulated banks.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "a test has a few of them")]
pub enum AnyBank {
    /// CECA.
    Ceca(CecaBank),
    /// Santander Elavon.
    Elavon(ElavonBank),
    /// PayPal.
    Paypal(PaypalBank),
    /// Redsys.
    Redsys(RedsysBank),
}

impl AnyBank {
    fn bank(&self) -> &dyn SimulatedBank {
        match self {
            Self::Ceca(bank) => bank,
            Self::Elavon(bank) => bank,
            Self::Paypal(bank) => bank,
            Self::Redsys(bank) => bank,
        }
    }

    fn bank_mut(&mut self) -> &mut dyn SimulatedBank {
        match self {
            Self::Ceca(bank) => bank,
            Self::Elavon(bank) => bank,
            Self::Paypal(bank) => bank,
            Self::Redsys(bank) => bank,
        }
    }
}

impl SimulatedBank for AnyBank {
    fn open(&mut self, form: &FormPost, now: Timestamp) -> Result<Page, Vec<Complaint>> {
        self.bank_mut().open(form, now)
    }

    fn shown(&self, page: &Page) -> Option<Shown> {
        self.bank().shown(page)
    }

    fn choose(&mut self, page: &Page, choice: Choice, now: Timestamp) -> Visit {
        self.bank_mut().choose(page, choice, now)
    }

    fn answer(&mut self, request: &Request<Vec<u8>>, now: Timestamp) -> Response<Vec<u8>> {
        self.bank_mut().answer(request, now)
    }

    fn reply(
        &mut self,
        notification: &Request<Vec<u8>>,
        reply: Option<&Response<Vec<u8>>>,
        now: Timestamp,
    ) -> Option<Request<Vec<u8>>> {
        self.bank_mut().reply(notification, reply, now)
    }

    fn take_messages(&mut self) -> Vec<Request<Vec<u8>>> {
        self.bank_mut().take_messages()
    }

    fn ledger(&self) -> &Ledger {
        self.bank().ledger()
    }
}
