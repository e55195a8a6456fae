//! The vault: a card saved by the page, charged by `receipt-in`, forgotten by `card-cancel-card`.
//!
//! Source: banks/ELAVON.md, sections 2, 4 and 5; the response's fields of a saved card: rxp-hpp-java sample-json.

use vpos_core::{Amount, Currency, Timestamp};

use super::ElavonBank;
use super::form::Accepted;
use super::order::{AutoSettle, Told};
use super::remote::{No, Outcome};
use super::xml::Message;

impl ElavonBank {
    /// Keeps the buyer's card when the form asks for it; the response's fields that say so.
    pub(super) fn save_card(&mut self, form: &Accepted) -> Vec<(&'static str, String)> {
        let Some((payer, card)) = form.saves.clone() else { return Vec::new() };
        let payer = if payer.is_empty() { format!("payer-{}", self.next()) } else { payer };
        let card = if card.is_empty() { format!("card-{}", self.next()) } else { card };
        self.vault.insert((payer.clone(), card.clone()));
        vec![
            ("PAYER_SETUP", "00".into()),
            ("PAYER_SETUP_MSG", "Successful".into()),
            ("SAVED_PAYER_REF", payer),
            ("PMT_SETUP", "00".into()),
            ("PMT_SETUP_MSG", "Successful".into()),
            ("SAVED_PMT_REF", card),
            ("SAVED_PMT_TYPE", "VISA".into()),
            ("SAVED_PMT_DIGITS", "426397xxxxxx5262".into()),
            ("SAVED_PMT_EXPDATE", "1230".into()),
            ("SAVED_PMT_NAME", "Comprador".into()),
        ]
    }

    /// Charges or holds on a stored card, under a number of its own.
    pub(super) fn receipt_in(&mut self, message: &Message, number: &str, now: Timestamp) -> Outcome {
        for path in ["amount", "amount@currency", "payerref", "paymentmethod", "autosettle@flag"] {
            if message.slot(path).is_empty() {
                return Err(No::because("502", format!("mandatory field not present: {path}")));
            }
        }
        let Some(flag) = AutoSettle::read(message.slot("autosettle@flag")) else {
            return Err(No::because("506", "autosettle: none of 0, 1 and MULTI"));
        };
        let currency = message.slot("amount@currency").parse::<Currency>().ok();
        let amount = currency.and_then(|currency| Amount::parse_minor(message.slot("amount"), currency).ok());
        let Some(amount) = amount.filter(|amount| !amount.is_zero()) else {
            return Err(No::because("506", "amount: not minor units above nothing in a currency of ISO 4217"));
        };
        if self.orders.contains_key(number) {
            return Err(No::because("501", "This transaction has already been processed"));
        }
        self.stored(message.slot("payerref"), message.slot("paymentmethod"))?;
        let order = self.authorize(number, amount, flag, now);
        let answer = (order.told.clone(), order.batch());
        self.orders.insert(number.to_owned(), order);
        Ok(answer)
    }

    /// Forgets a card.
    pub(super) fn cancel_card(&mut self, message: &Message) -> Outcome {
        let (payer, card) = (message.slot("card/payerref"), message.slot("card/ref"));
        self.stored(payer, card)?;
        self.vault.remove(&(payer.to_owned(), card.to_owned()));
        let message = "[ test system ] OK".to_owned();
        Ok((Told { result: "00".into(), message, pasref: self.pasref(), authcode: String::new() }, String::new()))
    }

    /// No source shows the code for a card that is not there: 508, whose text tells, is the page's word for what is not found.
    fn stored(&self, payer: &str, card: &str) -> Result<(), No> {
        let there = self.vault.contains(&(payer.to_owned(), card.to_owned()));
        if there { Ok(()) } else { Err(No::because("508", "no such payer or card in the vault")) }
    }
}
