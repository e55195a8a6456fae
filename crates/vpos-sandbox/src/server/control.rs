//! `/control`: the panel for people, and the API by which tests script the banks. JSON in and out; the panel's forms send the
//! same fields.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response as Outgoing};
use axum::routing::{get, post};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use vpos_core::{Amount, Currency};

use super::calls::json_answer;
use super::language::Language;
use super::mood::Mood;
use super::shared::{Shared, entry, now};
use super::{BankName, deliver, html};
use crate::{AnyBank, Ledger, Movement};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/control", get(panel))
        .route("/control/state", get(state))
        .route("/control/moods", post(set_mood))
        .route("/control/calm", post(calm))
        .route("/control/address", post(address))
        .route("/control/refund", post(refund))
        .route("/control/reset", post(reset))
        .route("/control/events", get(events))
        .route("/control/ledger", get(ledger))
}

async fn panel(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Outgoing {
    html::panel(Language::of(uri.query(), &headers), &shared)
}

async fn state(State(shared): State<Arc<Shared>>) -> Outgoing {
    let banks: Vec<Value> = shared.with(|desks| {
        let one = |bank: BankName| {
            let desk = desks.desk(bank);
            let movements = desk.ledger().movements().len();
            json!({"bank": bank.as_str(), "moods": desk.moods.all(), "held": desk.held.len(), "movements": movements})
        };
        BankName::ALL.map(one).to_vec()
    });
    json_answer(StatusCode::OK, &json!({"base": shared.addresses.base, "banks": banks}))
}

/// A message to the API: who asks, and what.
struct Told {
    fields: Map<String, Value>,
    /// A form of the panel: the browser is sent back to it.
    from_panel: Option<Language>,
}

impl Told {
    fn read(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Self, String> {
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            let body = if body.is_empty() { b"{}" } else { body };
            let fields = serde_json::from_slice(body).map_err(|error| format!("not a JSON object: {error}"))?;
            return Ok(Self { fields, from_panel: None });
        }
        let mut fields = Map::new();
        // a field that a person left empty is not there
        for (name, value) in form_urlencoded::parse(body).filter(|(_, value)| !value.is_empty()) {
            let number = value.parse::<u64>().ok().filter(|_| name == "seconds").map(Value::from);
            let value = number.unwrap_or_else(|| if value == "true" { true.into() } else { value.as_ref().into() });
            fields.insert(name.into_owned(), value);
        }
        Ok(Self { fields, from_panel: Some(Language::of(uri.query(), headers)) })
    }

    fn bank(&mut self) -> Result<BankName, String> {
        self.optional_bank()?.ok_or_else(|| "bank: missing".to_owned())
    }

    fn optional_bank(&mut self) -> Result<Option<BankName>, String> {
        let Some(bank) = self.fields.remove("bank") else { return Ok(None) };
        bank.as_str().ok_or("bank: not a text")?.parse().map(Some)
    }

    fn rest<T: DeserializeOwned>(&mut self) -> Result<T, String> {
        serde_json::from_value(Value::Object(std::mem::take(&mut self.fields))).map_err(|error| error.to_string())
    }
}

/// Reads a message, does what it says, and answers.
fn act(uri: &Uri, headers: &HeaderMap, body: &[u8], does: impl FnOnce(&mut Told) -> Result<Value, String>) -> Outgoing {
    let done = Told::read(uri, headers, body).and_then(|mut told| does(&mut told).map(|value| (told.from_panel, value)));
    match done {
        Ok((None, value)) => json_answer(StatusCode::OK, &value),
        Ok((Some(language), _)) => {
            (StatusCode::SEE_OTHER, [(LOCATION, format!("/control?lang={}", language.code()))]).into_response()
        }
        Err(error) => json_answer(StatusCode::BAD_REQUEST, &json!({"error": error})),
    }
}

async fn set_mood(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Outgoing {
    act(&uri, &headers, &body, |told| {
        let bank = told.bank()?;
        let mood: Mood = told.rest()?;
        let noted = entry(bank, "mood", format!("set: {}", mood.kind.as_str()));
        let moods = shared.with(|desks| {
            let moods = &mut desks.desk_mut(bank).moods;
            moods.add(mood);
            moods.all().to_vec()
        });
        shared.record().add(noted);
        Ok(json!({"bank": bank.as_str(), "moods": moods}))
    })
}

/// No moods any more, and what was held back is sent.
async fn calm(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Outgoing {
    act(&uri, &headers, &body, |told| {
        let bank = told.optional_bank()?;
        let mut held = 0;
        for bank in BankName::ALL.into_iter().filter(|one| bank.is_none_or(|bank| bank == *one)) {
            held += shared.with(|desks| {
                let desk = desks.desk_mut(bank);
                desk.moods.clear();
                desk.held.len()
            });
            let shared = Arc::clone(&shared);
            tokio::spawn(async move { deliver::release(&shared, bank).await });
        }
        Ok(json!({"released": held}))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Address {
    notification_url: Option<String>,
}

/// The shop registers its address for notifications in the bank's panel.
async fn address(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Outgoing {
    act(&uri, &headers, &body, |told| {
        let bank = told.bank()?;
        let address: Address = told.rest()?;
        let url = address.notification_url.as_deref();
        if url.is_some_and(|url| !url.parse::<Uri>().is_ok_and(|uri| uri.host().is_some() && uri.scheme().is_some())) {
            return Err("notification_url: not an absolute address".into());
        }
        shared.with(|desks| desks.desk_mut(bank).register(url))?;
        shared.record().add(entry(bank, "panel", format!("notification_url: {}", url.unwrap_or("none"))));
        Ok(json!({"bank": bank.as_str(), "notification_url": url}))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refund {
    order: String,
    /// Minor units.
    amount: u64,
    currency: Option<String>,
}

/// A person refunds in Redsys's panel; the shop is notified.
async fn refund(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Outgoing {
    act(&uri, &headers, &body, |told| {
        if told.bank()? != BankName::Redsys {
            return Err("bank: only redsys's panel is simulated".into());
        }
        let asked: Refund = told.rest()?;
        let currency = asked.currency.as_deref().unwrap_or("EUR").parse::<Currency>().map_err(|error| error.to_string())?;
        let amount = Amount::from_minor(asked.amount, currency);
        let visit = shared.with(|desks| match &mut desks.desk_mut(BankName::Redsys).bank {
            AnyBank::Redsys(bank) => bank.refund_in_panel(&asked.order, amount, now()).map_err(|complaint| complaint.to_string()),
            AnyBank::Ceca(_) | AnyBank::Elavon(_) | AnyBank::Paypal(_) => Err("no panel".into()),
        })?;
        shared.record().add(entry(BankName::Redsys, "panel", format!("refund of {amount} on {}", asked.order)));
        let shared = Arc::clone(&shared);
        tokio::spawn(async move { deliver::deliver(&shared, BankName::Redsys, visit.notification).await });
        Ok(json!({"order": asked.order, "refunded": asked.amount}))
    })
}

async fn reset(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Outgoing {
    act(&uri, &headers, &body, |told| {
        let bank = told.optional_bank()?;
        for bank in BankName::ALL.into_iter().filter(|one| bank.is_none_or(|bank| bank == *one)) {
            shared.with(|desks| desks.desk_mut(bank).reset());
        }
        shared.record().forget(bank);
        Ok(json!({"reset": bank.map_or("all", BankName::as_str)}))
    })
}

/// A value of the query.
fn asked(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query().unwrap_or_default().as_bytes();
    form_urlencoded::parse(query).find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
}

/// The bank of the query; none: all.
fn asked_bank(uri: &Uri) -> Result<Option<BankName>, String> {
    asked(uri, "bank").map(|bank| bank.parse()).transpose()
}

async fn events(State(shared): State<Arc<Shared>>, uri: Uri) -> Outgoing {
    let after = asked(&uri, "after").and_then(|after| after.parse().ok()).unwrap_or(0);
    match asked_bank(&uri) {
        Ok(bank) => {
            let events: Vec<_> = shared.record().since(bank, after).cloned().collect();
            json_answer(StatusCode::OK, &json!({"events": events}))
        }
        Err(error) => json_answer(StatusCode::BAD_REQUEST, &json!({"error": error})),
    }
}

async fn ledger(State(shared): State<Arc<Shared>>, uri: Uri) -> Outgoing {
    let bank = match asked_bank(&uri) {
        Ok(Some(bank)) => bank,
        Ok(None) => return json_answer(StatusCode::BAD_REQUEST, &json!({"error": "bank: missing"})),
        Err(error) => return json_answer(StatusCode::BAD_REQUEST, &json!({"error": error})),
    };
    let order = asked(&uri, "order");
    let books = shared.with(|desks| books(desks.desk(bank).ledger(), order.as_deref()));
    json_answer(StatusCode::OK, &books)
}

/// The lines of an order with its sums, or all lines.
fn books(ledger: &Ledger, order: Option<&str>) -> Value {
    let line = |line: &Movement| {
        json!({
            "at": line.at.to_string(),
            "order": line.order,
            "kind": format!("{:?}", line.kind).to_lowercase(),
            "amount": line.amount.minor_units(),
            "currency": line.amount.currency().code(),
            "id": line.id,
            "about": line.about,
        })
    };
    match order {
        None => json!({"movements": ledger.movements().iter().map(line).collect::<Vec<_>>()}),
        Some(order) => json!({
            "order": order,
            "charged": ledger.charged(order),
            "held": ledger.held(order),
            "refunded": ledger.refunded(order),
            "movements": ledger.of(order).map(line).collect::<Vec<_>>(),
        }),
    }
}
