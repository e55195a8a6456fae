//! What the bank remembers: orders with every transaction of theirs, cards on file, and the money.

use std::collections::BTreeMap;

use vpos_core::{Amount, Timestamp};

use crate::{Ledger, Movement, MovementKind};

/// An order number that the bank has seen.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) amount: Amount,
    /// "0" or "1".
    pub(super) transaction: &'static str,
    pub(super) notify: Option<String>,
    pub(super) ok: Option<String>,
    pub(super) ko: Option<String>,
    pub(super) description: String,
    pub(super) merchant_data: String,
    pub(super) language: String,
    /// A reference of the card is asked for.
    pub(super) remember: bool,
    /// The card on file that pays.
    pub(super) identifier: Option<String>,
    pub(super) rows: Vec<Row>,
}

/// One transaction of an order.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) transaction: &'static str,
    pub(super) at: Timestamp,
    pub(super) amount: Amount,
    /// None while the merchant's SOAP answer is waited for.
    pub(super) response: Option<String>,
    pub(super) authorization: Option<String>,
    /// The line of the ledger.
    pub(super) movement: Option<String>,
    /// Whether the buyer was there.
    pub(super) secure: bool,
}

/// A card on file.
#[derive(Clone, Debug)]
pub(super) struct Card {
    pub(super) identifier: String,
    /// The network's id of the first payment: digits, at most 15.
    pub(super) network: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    orders: BTreeMap<String, Order>,
    cards: Vec<Card>,
    pub(super) ledger: Ledger,
    count: u64,
}

impl Books {
    /// The next number of the counter from which every id is made.
    pub(super) fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub(super) fn order(&self, number: &str) -> Option<&Order> {
        self.orders.get(number)
    }

    pub(super) fn orders(&self) -> impl Iterator<Item = (&str, &Order)> {
        self.orders.iter().map(|(number, order)| (number.as_str(), order))
    }

    pub(super) fn enter(&mut self, number: &str, order: Order) {
        self.orders.insert(number.to_owned(), order);
    }

    pub(super) fn card(&self, identifier: &str) -> Option<&Card> {
        self.cards.iter().find(|card| card.identifier == identifier)
    }

    pub(super) fn forget_card(&mut self, identifier: &str) {
        self.cards.retain(|card| card.identifier != identifier);
    }

    /// Takes or holds the money of an order. `response` is none when the merchant has a say in it.
    pub(super) fn pay(&mut self, number: &str, response: Option<&str>, secure: bool, now: Timestamp) -> Option<Row> {
        let order = self.orders.get(number)?.clone();
        let kind = if order.transaction == "0" { MovementKind::Charge } else { MovementKind::Hold };
        if order.remember && order.identifier.is_none() {
            let card = self.new_card();
            self.orders.get_mut(number)?.identifier = Some(card);
        }
        let movement = (kind, None);
        self.write(number, order.transaction, order.amount, response, Some(movement), secure, now)
    }

    /// An attempt that moved no money.
    pub(super) fn fail(&mut self, number: &str, response: &str, secure: bool, now: Timestamp) -> Option<Row> {
        let order = self.orders.get(number)?;
        let (transaction, amount) = (order.transaction, order.amount);
        self.write(number, transaction, amount, Some(response), None, secure, now)
    }

    /// The merchant's answer has decided, or its absence: all but "0000" gives the money back.
    pub(super) fn decide(&mut self, number: &str, movement: &str, response: &str, now: Timestamp) {
        let Some(order) = self.orders.get_mut(number) else { return };
        let row = order.rows.iter_mut().find(|row| row.movement.as_deref() == Some(movement) && row.response.is_none());
        let Some(row) = row else { return };
        row.response = Some(response.to_owned());
        let amount = row.amount;
        if response != "0000" {
            let id = self.id();
            self.ledger.record(now, number, MovementKind::Void, amount, id, Some(movement));
        }
    }

    /// Writes a transaction down, and the money that it moves.
    #[expect(clippy::too_many_arguments, reason = "a line of the books has that many columns")]
    pub(super) fn write(
        &mut self,
        number: &str,
        transaction: &'static str,
        amount: Amount,
        response: Option<&str>,
        movement: Option<(MovementKind, Option<&str>)>,
        secure: bool,
        at: Timestamp,
    ) -> Option<Row> {
        let mut row =
            Row { transaction, at, amount, response: response.map(str::to_owned), authorization: None, movement: None, secure };
        if let Some((kind, about)) = movement {
            let id = self.id();
            self.ledger.record(at, number, kind, amount, id.as_str(), about);
            row.movement = Some(id);
            row.authorization = Some(format!("{:06}", 100_000 + self.count % 900_000));
        }
        self.orders.get_mut(number)?.rows.push(row.clone());
        Some(row)
    }

    /// A hold's rest, let go.
    pub(super) fn release(&mut self, number: &str, amount: Amount, about: &str, now: Timestamp) {
        let id = self.id();
        self.ledger.record(now, number, MovementKind::Release, amount, id, Some(about));
    }

    /// The last movement of a kind that no other has made undone.
    pub(super) fn standing(&self, number: &str, kinds: &[MovementKind]) -> Option<&Movement> {
        let lines: Vec<&Movement> = self.ledger.of(number).collect();
        let undone = |id: &str| lines.iter().any(|line| line.kind == MovementKind::Void && line.about.as_deref() == Some(id));
        lines.iter().rev().copied().find(|line| kinds.contains(&line.kind) && !undone(&line.id))
    }

    fn id(&mut self) -> String {
        format!("redsys-{}", self.next())
    }

    fn new_card(&mut self) -> String {
        let count = self.next();
        let identifier = format!("{:040x}", 0x00ca_4d00_0000_0000_u128 + u128::from(count));
        self.cards.push(Card { identifier: identifier.clone(), network: format!("{:015}", 201_000_000_000_000 + count) });
        identifier
    }
}
