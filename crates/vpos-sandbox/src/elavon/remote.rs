//! Remote XML: a request is read, its hash checked, and what it asks for done or refused with the platform's code.
//!
//! Source: banks/ELAVON.md, sections 5 and 6. Every outcome is HTTP 200; errors are basic answers that nobody signs and that
//! echo the order with a prefix (seen live: hyperswitch-prism).

use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use vpos_core::{Amount, Timestamp};

use super::hash::of_rebate_password;
use super::order::{AutoSettle, Order, Settled, Told, batch_of};
use super::xml::{Answer, Message};
use super::{ElavonBank, is_fresh, server_time};
use crate::MovementKind;

/// The platform's no: a code, and a text for people.
pub(super) struct No(pub(super) &'static str, pub(super) String);

/// Or a yes: the answer's elements that are hashed, and the batch.
pub(super) type Outcome = Result<(Told, String), No>;

impl No {
    pub(super) fn because(code: &'static str, text: impl Into<String>) -> Self {
        Self(code, text.into())
    }
}

impl ElavonBank {
    pub(super) fn remote(&mut self, request: &Request<Vec<u8>>, now: Timestamp) -> Response<Vec<u8>> {
        if request.method() != Method::POST {
            return http(StatusCode::METHOD_NOT_ALLOWED, Vec::new());
        }
        let message = match Message::read(request.body()) {
            Ok(message) => message,
            Err(what) => return http(StatusCode::OK, basic("", &No::because("506", what), now)),
        };
        let number = message.slot("orderid").to_owned();
        let done = self.check(&message, now).and_then(|()| self.dispatch(&message, &number, now));
        let body = match done {
            Ok((told, batch)) => self.full(&message, &told, &batch, now),
            Err(no) => basic(&format!("{}{number}", prefix(&message.kind)), &no, now),
        };
        http(StatusCode::OK, body)
    }

    /// Whose message it is, and whether it is one at all: before anything is looked up.
    fn check(&self, message: &Message, now: Timestamp) -> Result<(), No> {
        let merchant = &self.merchant;
        if message.text_of("merchantid").is_none() {
            return Err(No::because("502", "mandatory field not present: merchantid"));
        }
        let account = message.slot("account");
        if message.slot("merchantid") != merchant.merchant_id || !(account.is_empty() || account == merchant.account) {
            return Err(No::because("503", "no such merchant or account"));
        }
        if !is_fresh(&message.timestamp, now) {
            return Err(No::because("508", "the timestamp is not of now"));
        }
        let number = message.slot("orderid");
        let fits = number.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        if !fits {
            return Err(No::because("506", "orderid: not letters, digits, '_' and '-'"));
        }
        if number.len() > 50 {
            return Err(No::because("509", "orderid: longer than 50 characters"));
        }
        let (element, expected) = (merchant.hash.element(), self.hash_of(message)?);
        match message.text_of(element) {
            None => Err(No::because("502", format!("mandatory field not present: {element}"))),
            Some(hash) if hash != expected => Err(No::because("505", "the hash does not fit")),
            Some(_) => Ok(()),
        }
    }

    /// Each slot mirrors the body: what is absent is empty and keeps its dot (section 3).
    fn hash_of(&self, message: &Message) -> Result<String, No> {
        let slot = |path| message.slot(path);
        let order = ["merchantid", "orderid", "amount", "amount@currency"].map(slot);
        let last: &[&str] = match message.kind.as_str() {
            "settle" | "rebate" | "void" | "query" => &[""],
            "receipt-in" => &[slot("payerref")],
            "card-cancel-card" => &["card/payerref", "card/ref"].map(slot),
            other => return Err(No::because("506", format!("no such type of request here: {other}"))),
        };
        let head: &[&str] = if message.kind == "card-cancel-card" { &[order[0]] } else { &order };
        let parts: Vec<&str> = [&[message.timestamp.as_str()], head, last].concat();
        Ok(self.merchant.hash.of(&self.merchant.secret, &parts))
    }

    fn dispatch(&mut self, message: &Message, number: &str, now: Timestamp) -> Outcome {
        if number.is_empty() && message.kind != "card-cancel-card" {
            return Err(No::because("502", "mandatory field not present: orderid"));
        }
        match message.kind.as_str() {
            "settle" => self.settle(message, number, now),
            "void" => self.void(message, number, now),
            "rebate" => self.rebate(message, number, now),
            "query" => self.query(number),
            "receipt-in" => self.receipt_in(message, number, now),
            _ => self.cancel_card(message),
        }
    }

    /// Charges a hold, once, or in parts when it was made so; 115 % at most.
    fn settle(&mut self, message: &Message, number: &str, now: Timestamp) -> Outcome {
        let order = self.original(message, number)?;
        let hold = order.amount;
        let amount = amount(message, hold)?.unwrap_or(hold);
        let again = !order.settled.is_empty() && order.flag != AutoSettle::InParts;
        if order.void.is_some() || again {
            // that a second settle is refused is seen in (seen live: hyperswitch-prism); 508 is the code whose text tells
            return Err(No::because("508", if again { "already been settled" } else { "already been voided" }));
        }
        let most = u128::from(hold.minor_units()) * 115 / 100;
        let so_far = u128::from(order.taken());
        if so_far + u128::from(amount.minor_units()) > most {
            return Err(No::because("508", "more than 115 % of what was authorised"));
        }
        let (flag, original) = (order.flag, order.told.pasref.clone());
        let told = self.told("000000", "[ test system ] settled");
        self.ledger.record(now, number, MovementKind::Capture, amount, &told.pasref, Some(&original));
        if flag != AutoSettle::InParts {
            self.release(number, &original, now);
        }
        let settled = Settled { id: told.pasref.clone(), amount: amount.minor_units(), at: now };
        if let Some(order) = self.orders.get_mut(number) {
            order.settled.push(settled);
        }
        Ok((told, batch_of(now).to_string()))
    }

    /// Undoes what the day's batch has not taken. A hold is in no batch.
    fn void(&mut self, message: &Message, number: &str, now: Timestamp) -> Outcome {
        let order = self.original(message, number)?;
        if order.void.is_some() {
            return Err(No::because("508", "already been voided"));
        }
        if order.rebate.is_some() {
            return Err(No::because("508", "already been rebated"));
        }
        if order.settled.iter().any(|settled| batch_of(settled.at) != batch_of(now)) {
            return Err(No::because("513", "the batch is closed: use rebate"));
        }
        let (settled, original, currency) = (order.settled.clone(), order.told.pasref.clone(), order.amount.currency());
        let told = self.told("000000", "[ test system ] voided");
        for (at, settled) in settled.iter().enumerate() {
            let id = if at == 0 { told.pasref.clone() } else { self.pasref() };
            let amount = Amount::from_minor(settled.amount, currency);
            self.ledger.record(now, number, MovementKind::Void, amount, id, Some(&settled.id));
        }
        if settled.is_empty() {
            let held = Amount::from_minor(self.ledger.held(number), currency);
            self.ledger.record(now, number, MovementKind::Void, held, &told.pasref, Some(&original));
        } else {
            self.release(number, &original, now);
        }
        if let Some(order) = self.orders.get_mut(number) {
            order.void = Some(told.clone());
        }
        Ok((told, "-1".into()))
    }

    /// Gives back what was settled, whole or in part. 512: rebated already, more than was captured, or nothing captured
    /// (seen live: hyperswitch-prism).
    fn rebate(&mut self, message: &Message, number: &str, now: Timestamp) -> Outcome {
        let password = self.merchant.rebate_password.as_ref().map(of_rebate_password);
        match message.text_of("refundhash") {
            None => return Err(No::because("502", "mandatory field not present: refundhash")),
            given if given != password.as_deref() => return Err(No::because("505", "the rebate password does not fit")),
            Some(_) => {}
        }
        let in_parts = self.merchant.rebates_in_parts;
        let order = self.original(message, number)?;
        let Some(amount) = amount(message, order.amount)? else {
            return Err(No::because("502", "mandatory field not present: amount"));
        };
        if order.void.is_some() {
            return Err(No::because("508", "already been voided"));
        }
        if order.rebate.is_some() && !in_parts {
            return Err(No::because("512", "already been rebated"));
        }
        if order.rebated.saturating_add(amount.minor_units()) > order.taken() {
            return Err(No::because("512", "more than what was captured and not rebated yet"));
        }
        let (batch, original) = (batch_of(now).to_string(), order.told.pasref.clone());
        let authcode = format!("{:06}", self.counter.wrapping_mul(104_729) % 1_000_000);
        let told = self.told(&authcode, "[ test system ] rebated");
        self.ledger.record(now, number, MovementKind::Refund, amount, &told.pasref, Some(&original));
        if let Some(order) = self.orders.get_mut(number) {
            order.rebated = order.rebated.saturating_add(amount.minor_units());
            order.rebate.get_or_insert_with(|| told.clone());
        }
        Ok((told, batch))
    }

    /// The good authorisation that a message names by `pasref` and `authcode`, always the original's
    /// (seen live: hyperswitch-prism).
    fn original(&self, message: &Message, number: &str) -> Result<&Order, No> {
        for path in ["pasref", "authcode"] {
            if message.slot(path).is_empty() {
                return Err(No::because("502", format!("mandatory field not present: {path}")));
            }
        }
        let named = |order: &&Order| {
            order.is_good() && order.told.pasref == message.slot("pasref") && order.told.authcode == message.slot("authcode")
        };
        let order = self.orders.get(number).filter(named);
        order.ok_or_else(|| No::because("508", "Original transaction not found."))
    }

    /// A yes with a `pasref` of its own.
    fn told(&mut self, authcode: &str, message: &str) -> Told {
        Told { result: "00".into(), message: message.into(), pasref: self.pasref(), authcode: authcode.into() }
    }

    /// Lets go of what is still held of an order.
    fn release(&mut self, number: &str, original: &str, now: Timestamp) {
        let (held, order) = (self.ledger.held(number), self.orders.get(number));
        if let Some(order) = order.filter(|_| held > 0) {
            let rest = Amount::from_minor(held, order.amount.currency());
            let id = self.pasref();
            self.ledger.record(now, number, MovementKind::Release, rest, id, Some(original));
        }
    }

    fn full(&self, message: &Message, told: &Told, batch: &str, now: Timestamp) -> Vec<u8> {
        let (merchant, time, order) = (&self.merchant, server_time(now), message.slot("orderid"));
        let parts = [time.as_str(), &merchant.merchant_id, order, &told.result, &told.message, &told.pasref, &told.authcode];
        let mut hash = merchant.hash.of(&merchant.secret, &parts);
        if message.kind == "query" {
            // a query's answer has a hash whose recipe nobody knows (seen live: hyperswitch-prism): here, one that fits nothing
            hash = merchant.hash.of(&merchant.secret, &[&hash, "query"]);
        }
        Answer::at(&time)
            .with("merchantid", &merchant.merchant_id)
            .with("account", &merchant.account)
            .with("orderid", order)
            .with("result", &told.result)
            .with("authcode", &told.authcode)
            .with("message", &told.message)
            .with("pasref", &told.pasref)
            .with("cvnresult", "U")
            .with("batchid", batch)
            .with("timetaken", "1")
            .with(merchant.hash.element(), &hash)
            .end()
    }
}

/// The amount that a message names, in the order's currency; none when it names none.
fn amount(message: &Message, order: Amount) -> Result<Option<Amount>, No> {
    let Some(text) = message.text_of("amount") else { return Ok(None) };
    if message.slot("amount@currency") != order.currency().code() {
        return Err(No::because("508", "not the currency of the original transaction"));
    }
    let amount = Amount::parse_minor(text, order.currency()).ok().filter(|amount| !amount.is_zero() && text.len() <= 11);
    amount.map(Some).ok_or_else(|| No::because("506", "amount: not minor units above nothing"))
}

/// How an error echoes the order: `_settle_ORDER` (seen live: hyperswitch-prism).
fn prefix(kind: &str) -> String {
    if matches!(kind, "settle" | "void" | "rebate") { format!("_{kind}_") } else { String::new() }
}

fn basic(order: &str, No(code, text): &No, now: Timestamp) -> Vec<u8> {
    Answer::at(&server_time(now)).with("orderid", order).with("result", code).with("message", text).end()
}

fn http(status: StatusCode, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("text/xml; charset=utf-8"));
    response
}
