//! Whether it ended right: the store, the shop's table, the evidence and the outbox against the bank's own books.

use std::sync::PoisonError;

use vpos::core::operation::{OperationState, RefundState};
use vpos::flow::{EventKind, Stored};
use vpos_sandbox::{Ledger, MovementKind, SimulatedBank as _};

use crate::bank::Contract;
use crate::path::{Move, PART};
use crate::shop::{Row, ShopStore, Word};
use crate::world::World;

/// The named differences that are allowed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Hole {
    /// A bank that listens did not hear our yes after our commit: it annulled, and only its panel knows.
    AnswerLostAfterCommit,
    /// The buyer agreed at Elavon and was not charged, since another operation had paid: the hold lapses by itself.
    HoldLeft,
    /// A call that never reached Redsys or Elavon, or a refund that never reached PayPal by NVP: their books have no row of it,
    /// which is no answer. A person says so.
    NotInBooks,
    /// A part captured or given back by NVP whose answer was lost: `GetTransactionDetails` does not tell it, IPN does.
    NvpUntilIpn,
    /// A refund whose answer was lost, at a bank that cannot be asked.
    RefundUnknown,
}

impl Hole {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::AnswerLostAfterCommit => {
                "the answer to CECA or Redsys SOAP lost after our commit: annulled, known to the bank alone"
            }
            Self::HoldLeft => "approved at Elavon and not charged, since the sale was paid: the hold is left to lapse",
            Self::NotInBooks => {
                "a call died before it reached Redsys or Elavon, or a refund NVP, whose books have no row of it: open until a person says"
            }
            Self::NvpUntilIpn => "a part captured or refunded by NVP whose answer was lost: open until the IPN message comes",
            Self::RefundUnknown => "a refund whose answer was lost at CECA, which cannot be asked",
        }
    }
}

/// Looks at everything that a schedule left behind.
pub(crate) async fn check<S: ShopStore>(world: &World<'_, S>) -> Result<Vec<Hole>, String> {
    let mut holes = Vec::new();
    let mut moved = false;
    if nvp_waits_for_ipn(world).await {
        return Ok(vec![Hole::NvpUntilIpn]);
    }
    for sale in [world.sale.clone(), world.second_sale()] {
        let operations = world.store.of_sale(&sale).await.unwrap();
        let told = world.store.told(&sale).await;
        for stored in &operations {
            let look = Look { stored, books: Books::of(world, stored), told: &told };
            look.state(world, &mut holes).map_err(|why| look.failed(&why))?;
            look.refunds(world, &mut holes).map_err(|why| look.failed(&why))?;
            look.once().map_err(|why| look.failed(&why))?;
            look.told().map_err(|why| look.failed(&why))?;
            look.evidence(world).await.map_err(|why| look.failed(&why))?;
            look.outbox(world).await.map_err(|why| look.failed(&why))?;
            moved |= look.books.moved;
        }
        one_pays(world, &sale, &operations, &told).await?;
    }
    every_order_is_known(world, moved).await?;
    holes.sort_unstable();
    holes.dedup();
    Ok(holes)
}

/// A part whose answer was lost, before the IPN message has come: what is stored must at least say that it is open.
async fn nvp_waits_for_ipn<S: ShopStore>(world: &World<'_, S>) -> bool {
    let part = matches!(world.path.act, Move::Capture(PART) | Move::Refund(PART));
    if world.echoed || world.path.contract != Contract::PaypalNvp || !part {
        return false;
    }
    let known = world.store.of_sale(&world.sale).await.unwrap();
    known.iter().all(|stored| {
        let operation = stored.operation();
        let capture = operation.state() == OperationState::Unknown && operation.capturing().is_some();
        capture || operation.refunds().iter().any(vpos::core::operation::Refund::is_open)
    })
}

/// What the bank's books say of an operation.
#[derive(Clone, Copy, Debug)]
struct Books {
    charged: u64,
    refunded: u64,
    held: u64,
    /// Lines of the books by kind.
    charges: usize,
    holds: usize,
    captures: usize,
    refunds: usize,
    voids: usize,
    moved: bool,
}

impl Books {
    fn of<S: ShopStore>(world: &World<'_, S>, stored: &Stored) -> Self {
        let bank = world.bank.lock().unwrap_or_else(PoisonError::into_inner);
        Self::in_ledger(bank.ledger(), stored.operation().number().as_str())
    }

    fn in_ledger(ledger: &Ledger, number: &str) -> Self {
        let count = |kind| ledger.count(number, kind);
        Self {
            charged: ledger.charged(number),
            refunded: ledger.refunded(number),
            held: ledger.held(number),
            charges: count(MovementKind::Charge),
            holds: count(MovementKind::Hold),
            captures: count(MovementKind::Capture),
            refunds: count(MovementKind::Refund),
            voids: count(MovementKind::Void),
            moved: ledger.of(number).next().is_some(),
        }
    }
}

struct Look<'a> {
    stored: &'a Stored,
    books: Books,
    told: &'a [Row],
}

impl Look<'_> {
    fn failed(&self, why: &str) -> String {
        let operation = self.stored.operation();
        let refunds: Vec<String> =
            operation.refunds().iter().map(|refund| format!("{} {}", refund.amount, refund.state.as_str())).collect();
        format!(
            "{why}: operation {} is {} (duplicate {}, voiding {}, refunds {refunds:?}, owed {:?}), told {:?}, books {:?}",
            operation.number(),
            operation.state(),
            self.stored.record.duplicate,
            operation.voiding(),
            self.stored.record.duties,
            self.told,
            self.books
        )
    }

    /// Where the operation stands is where the bank's books stand.
    fn state<S: ShopStore>(&self, world: &World<'_, S>, holes: &mut Vec<Hole>) -> Result<(), String> {
        use OperationState as S;
        let Books { charged, refunded, held, holds, voids, .. } = self.books;
        let operation = self.stored.operation();
        if !self.stored.record.duties.is_empty() {
            return Err("a handler is still owed".into());
        }
        let right = match operation.state() {
            S::Completed => charged > 0 && refunded == 0,
            S::PartiallyRefunded => refunded > 0 && refunded < charged,
            S::Refunded => (charged > 0 && charged == refunded) || (charged == 0 && voids > 0),
            S::Authorized => held > 0 && charged == 0,
            S::Cancelled if holds > 0 => charged == 0 && held == 0,
            S::Failed | S::Cancelled | S::Superseded => charged == 0 && held == 0,
            S::Pending | S::Charging | S::Unknown => false,
        };
        let checkout = world.checkouts.iter().find(|checkout| checkout.number == *operation.number());
        let annulled = charged == 0 && held == 0 && voids == 1 && checkout.is_some_and(|checkout| checkout.heard_nothing);
        if !right && annulled && matches!(operation.state(), S::Completed | S::Authorized) {
            holes.push(Hole::AnswerLostAfterCommit);
            return Ok(());
        }
        let nothing_moved = charged == 0 && voids == 0 && refunded == 0;
        if operation.state() == S::Unknown && nothing_moved && world.books_keep_silent() {
            holes.push(Hole::NotInBooks);
            return Ok(());
        }
        let other_paid = self.told.iter().any(|row| row.1 == Word::Paid && row.0 != self.stored.id.get());
        let given_up = matches!(operation.state(), S::Failed | S::Cancelled | S::Superseded);
        if given_up && held > 0 && charged == 0 && other_paid && world.path.contract == Contract::Elavon {
            holes.push(Hole::HoldLeft);
            return Ok(());
        }
        let open_refund = operation.refunds().iter().any(vpos::core::operation::Refund::is_open);
        if !right && open_refund && !world.capabilities.query {
            return Ok(()); // the refunds are looked at next
        }
        if !right {
            return Err("the state is not the bank's".into());
        }
        let amount_is_right = !operation.state().is_paid() || operation.charged().map(vpos::Amount::minor_units) == Some(charged);
        if !amount_is_right && operation.state() != S::Refunded {
            return Err("what is stored as charged is not what the bank charged".into());
        }
        Ok(())
    }

    fn refunds<S: ShopStore>(&self, world: &World<'_, S>, holes: &mut Vec<Hole>) -> Result<(), String> {
        let operation = self.stored.operation();
        let never_arrived = operation.voiding() && self.books.voids == 0 && world.books_keep_silent();
        let unknown_capture = operation.state() == OperationState::Unknown;
        if never_arrived {
            holes.push(Hole::NotInBooks);
        } else if operation.voiding() || (operation.capturing().is_some() && !unknown_capture) {
            return Err("a void or a capture is still open".into());
        }
        let sum = |wanted: fn(RefundState) -> bool| -> u64 {
            operation.refunds().iter().filter(|refund| wanted(refund.state)).map(|refund| refund.amount.minor_units()).sum()
        };
        let approved = sum(|state| state == RefundState::Approved);
        let open = sum(|state| matches!(state, RefundState::Pending | RefundState::Unknown));
        if open > 0 && !world.capabilities.query {
            holes.push(Hole::RefundUnknown);
            let possible = self.books.refunded >= approved && self.books.refunded <= approved + open;
            return if possible { Ok(()) } else { Err("the open refund cannot explain the books".into()) };
        }
        if open > 0 && approved == self.books.refunded && world.books_keep_silent_of_refunds() {
            holes.push(Hole::NotInBooks);
            return Ok(());
        }
        if open > 0 {
            return Err("a refund is still open".into());
        }
        if approved == self.books.refunded { Ok(()) } else { Err("the refunds are not the bank's".into()) }
    }

    /// Each kind of movement happened once.
    fn once(&self) -> Result<(), String> {
        let Books { charges, holds, captures, refunds, voids, .. } = self.books;
        let counted = self.stored.operation().refunds().iter().filter(|refund| refund.state.counts()).count();
        if charges + captures > 1 || holds > 1 || voids > 1 || refunds > counted {
            return Err("money moved more often than once".into());
        }
        Ok(())
    }

    fn is_paid(&self) -> bool {
        let operation = self.stored.operation();
        operation.state().is_paid() && !self.stored.record.duplicate
    }

    fn words(&self, word: Word) -> Vec<i64> {
        let id = self.stored.id.get();
        self.told.iter().filter(|row| row.0 == id && row.1 == word).map(|row| row.2).collect()
    }

    /// The merchant was told, once, by the commit itself.
    fn told(&self) -> Result<(), String> {
        let operation = self.stored.operation();
        if self.words(Word::Paid).len() != usize::from(self.is_paid()) {
            return Err("on_paid was not committed exactly once".into());
        }
        let authorized = self.words(Word::Authorized).len();
        let held = operation.state() == OperationState::Authorized && !self.stored.record.duplicate;
        if authorized > 1 || (held && authorized != 1) {
            return Err("on_authorized was not committed exactly once".into());
        }
        let approved = operation.refunds().iter().filter(|refund| refund.state == RefundState::Approved);
        let mut expected: Vec<i64> = approved.map(|refund| i64::try_from(refund.amount.minor_units()).unwrap()).collect();
        let voided = operation.state() == OperationState::Refunded && expected.is_empty();
        expected.extend(voided.then(|| i64::try_from(operation.amount().minor_units()).unwrap()));
        if self.stored.record.duplicate {
            expected.clear();
        }
        let mut told = self.words(Word::Refunded);
        told.sort_unstable();
        expected.sort_unstable();
        if told != expected {
            return Err(format!("on_refunded: expected {expected:?}"));
        }
        Ok(())
    }

    /// Each move has its row, and the charge has one.
    async fn evidence<S: ShopStore>(&self, world: &World<'_, S>) -> Result<(), String> {
        let rows = world.store.evidence(self.stored.id, 1_000).await.unwrap();
        let verdicts: Vec<&str> = rows.iter().map(|row| row.verdict.as_str()).collect();
        let told = |row: &&&str, words: &[&str]| {
            let row = row.strip_prefix("asked: ").unwrap_or(row);
            words.iter().any(|word| row.starts_with(&format!("{word} approved")))
        };
        // a handler that failed stands behind a semicolon
        let leads_to =
            |row: &&&str, state: &str| row.split(';').next().is_some_and(|moved| moved.ends_with(&format!("→ {state}")));
        if !verdicts.first().is_some_and(|first| first.starts_with("begun → ")) {
            return Err(format!("no evidence of the begin: {verdicts:?}"));
        }
        // a question about a void may be answered by the charge that still stands
        let news = verdicts.iter().filter(|row| !row.starts_with("asked: ") || !verdicts.contains(&"void asked "));
        let charges = news.filter(|row| told(row, &["charge", "capture"]) && leads_to(row, "completed")).count();
        if charges != usize::from(self.stored.operation().state().is_paid()) {
            return Err(format!("not one row of evidence of the charge: {verdicts:?}"));
        }
        let refunds = verdicts
            .iter()
            .filter(|row| told(row, &["refund"]) && (leads_to(row, "refunded") || leads_to(row, "partially-refunded")))
            .count();
        let approved = self.stored.operation().refunds().iter().filter(|refund| refund.state == RefundState::Approved).count();
        if refunds < approved {
            return Err(format!("no evidence of a refund: {verdicts:?}"));
        }
        let voids = verdicts.iter().filter(|row| told(row, &["void"])).count();
        let voided = self.books.voids > 0
            && matches!(self.stored.operation().state(), OperationState::Refunded | OperationState::Cancelled)
            && !world.path.contract.listens();
        if voided && voids == 0 {
            return Err(format!("no evidence of the void: {verdicts:?}"));
        }
        Ok(())
    }

    /// The outbox tells each thing once.
    async fn outbox<S: ShopStore>(&self, world: &World<'_, S>) -> Result<(), String> {
        let events = world.store.events(1_000).await.unwrap();
        let events = events.iter().map(|(_, event)| event).filter(|event| event.operation == self.stored.id);
        let kinds: Vec<EventKind> = events.filter(|event| !event.detail.starts_with("shop ")).map(|event| event.kind).collect();
        let count = |kind| kinds.iter().filter(|known| **known == kind).count();
        if count(EventKind::Begun) != 1 || count(EventKind::Paid) != usize::from(self.is_paid()) {
            return Err(format!("the outbox tells {kinds:?}"));
        }
        if count(EventKind::Refunded) != self.words(Word::Refunded).len() {
            return Err(format!("the outbox tells other refunds than the handler: {kinds:?}"));
        }
        Ok(())
    }
}

/// One operation pays a sale; what was paid twice is marked, and given back where the options say so.
async fn one_pays<S: ShopStore>(world: &World<'_, S>, sale: &str, operations: &[Stored], told: &[Row]) -> Result<(), String> {
    let paid = told.iter().filter(|row| row.1 == Word::Paid).count();
    let secured =
        |stored: &&Stored| stored.operation().state().is_paid() || stored.operation().state() == OperationState::Authorized;
    let first = operations.iter().filter(secured).filter(|stored| !stored.record.duplicate).count();
    if paid > 1 || first > 1 {
        return Err(format!("sale {sale} is paid by {first} operations, told {paid} times"));
    }
    if operations.iter().any(|stored| stored.record.duplicate) && first == 0 {
        return Err(format!("sale {sale} has a second payment and no first one"));
    }
    for stored in operations.iter().filter(|stored| stored.record.duplicate && world.path.refund_duplicates) {
        let books = Books::of(world, stored);
        let unknown = stored.operation().refunds().iter().any(vpos::core::operation::Refund::is_open)
            && (!world.capabilities.query || world.books_keep_silent_of_refunds());
        if (books.charged > books.refunded || books.held > 0) && !unknown {
            return Err(format!("the second payment {} was not given back: {books:?}", stored.operation().number()));
        }
    }
    let problems = world.problems();
    let duplicates = operations.iter().filter(|stored| stored.record.duplicate).count();
    let events = world.store.events(1_000).await.unwrap();
    let written = events.iter().filter(|(_, event)| event.sale == sale && event.detail.contains("was paid twice")).count();
    if written != duplicates {
        return Err(format!("{duplicates} second payments, and the outbox tells of {written}; problems {problems:?}"));
    }
    Ok(())
}

/// No money moved at the bank for a number that the store does not have.
async fn every_order_is_known<S: ShopStore>(world: &World<'_, S>, moved: bool) -> Result<(), String> {
    let orders: Vec<String> = {
        let bank = world.bank.lock().unwrap_or_else(PoisonError::into_inner);
        bank.ledger().movements().iter().map(|line| line.order.clone()).collect()
    };
    if !orders.is_empty() && !moved {
        return Err("the bank's books have movements of no operation".into());
    }
    for order in orders {
        let mut known = false;
        for sale in [world.sale.clone(), world.second_sale()] {
            let operations = world.store.of_sale(&sale).await.unwrap();
            known |= operations.iter().any(|stored| stored.operation().number().as_str() == order);
        }
        if !known {
            return Err(format!("the bank moved money for {order}, which the store does not have"));
        }
    }
    Ok(())
}
