//! What a buyer does on the hosted page, and the response that the buyer's browser then posts to the shop.
//!
//! Source: banks/ELAVON.md, section 4 (rxp-hpp-java `HppResponse`).

use vpos_core::{Amount, Timestamp};

use super::form::Accepted;
use super::order::{AutoSettle, Order, Settled, Told};
use super::{ElavonBank, server_time};
use crate::browser::post_form;
use crate::{Choice, MovementKind, Page, Visit};

impl ElavonBank {
    /// A page is used once. Left, it tells nobody: the platform sends no message then (section 4).
    pub(super) fn chosen(&mut self, page: &Page, choice: Choice, now: Timestamp) -> Visit {
        let Some(form) = self.pages.remove(&page.id) else { return Visit::nothing() };
        let declined = match choice {
            Choice::Cancel | Choice::Close => return Visit::nothing(),
            // the number is used up by the first payment: a second one is a 501 on the page, and no money moves
            Choice::Pay | Choice::PayTwice => None,
            Choice::Decline(code) => Some(code),
        };
        if self.orders.contains_key(&form.order) {
            let message = "This transaction has already been processed";
            let told = Told { result: "501".into(), message: message.into(), pasref: String::new(), authcode: String::new() };
            return self.respond(&form, &told, "", &[], now);
        }
        let order = match declined {
            Some(code) => self.decline(&form, code),
            None => self.authorize(&form.order, form.amount, form.flag, now),
        };
        let saved = if order.is_good() { self.save_card(&form) } else { Vec::new() };
        let (told, batch) = (order.told.clone(), order.batch());
        self.orders.insert(form.order.clone(), order);
        self.respond(&form, &told, &batch, &saved, now)
    }

    /// A good card: the amount is charged or held.
    pub(super) fn authorize(&mut self, number: &str, amount: Amount, flag: AutoSettle, now: Timestamp) -> Order {
        let pasref = self.pasref();
        // six digits, as issuers give them
        let authcode = format!("{:06}", self.counter.wrapping_mul(7_919) % 1_000_000);
        let told = Told { result: "00".into(), message: format!("[ test system ] Authorised {authcode}"), pasref, authcode };
        let mut order = Order { amount, flag, told, settled: Vec::new(), void: None, rebate: None, rebated: 0 };
        if amount.is_zero() {
            return order;
        }
        let id = order.told.pasref.clone();
        if flag == AutoSettle::AtOnce {
            self.ledger.record(now, number, MovementKind::Charge, amount, &id, None);
            order.settled.push(Settled { id, amount: amount.minor_units(), at: now });
        } else {
            self.ledger.record(now, number, MovementKind::Hold, amount, &id, None);
        }
        order
    }

    fn decline(&mut self, form: &Accepted, code: String) -> Order {
        let message = match code.as_str() {
            "101" => "[ test system ] DECLINED",
            "102" => "[ test system ] REFERRAL B",
            "103" => "[ test system ] CARD LOST/STOLEN",
            "107" => "[ test system ] FRAUD FILTER",
            _ => "[ test system ] NOT AUTHORISED",
        };
        let told = Told { result: code, message: message.into(), pasref: self.pasref(), authcode: String::new() };
        Order { amount: form.amount, flag: form.flag, told, settled: Vec::new(), void: None, rebate: None, rebated: 0 }
    }

    /// The response, hashed over time, merchant, order, result, message, `pasref` and `authcode` (section 3).
    fn respond(&self, form: &Accepted, told: &Told, batch: &str, saved: &[(&str, String)], now: Timestamp) -> Visit {
        let merchant = &self.merchant;
        let (time, amount) = (server_time(now), form.amount.minor_units().to_string());
        let parts = [&time, &merchant.merchant_id, &form.order, &told.result, &told.message, &told.pasref, &told.authcode];
        let hash = merchant.hash.of(&merchant.secret, &parts.map(String::as_str));
        let mut fields = vec![
            ("MERCHANT_ID", merchant.merchant_id.as_str()),
            ("ACCOUNT", &merchant.account),
            ("ORDER_ID", &form.order),
            ("TIMESTAMP", &time),
            ("AMOUNT", &amount),
            ("RESULT", &told.result),
            ("MESSAGE", &told.message),
            ("PASREF", &told.pasref),
            ("AUTHCODE", &told.authcode),
            ("BATCHID", batch),
            ("CVNRESULT", "M"),
            ("ECI", "5"),
            ("CAVV", ""),
            ("XID", ""),
        ];
        fields.extend(saved.iter().map(|(name, value)| (*name, value.as_str())));
        fields.extend(form.echoed.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        fields.push((merchant.hash.page_field(), &hash));
        Visit { notification: Vec::new(), browser: post_form(&form.response_url, &fields) }
    }
}
