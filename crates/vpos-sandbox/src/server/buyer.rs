//! The buyer at the bank's page: the page, what is chosen there, and where the browser goes next.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response as Outgoing};
use http::header::LOCATION;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use serde_json::json;

use super::calls::{json_answer, wants_json};
use super::deliver::{Delivered, carry, deliver};
use super::desk::Left;
use super::language::Language;
use super::shared::{Shared, entry, now};
use super::{BankName, html};
use crate::{Choice, Page, SimulatedBank as _};

/// How long a second click waits for what comes of the first: a notification may take 30 s.
const SECOND_CLICK: u32 = 350;

pub(super) async fn page(
    State(shared): State<Arc<Shared>>,
    Path((bank, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Outgoing {
    let language = Language::of(uri.query(), &headers);
    let Ok(bank) = bank.parse::<BankName>() else { return html::nothing_here(language) };
    let shown = shared.with(|desks| desks.desk(bank).bank.shown(&Page::new(id.as_str())));
    match shown {
        None => html::closed(language, bank),
        Some(shown) if wants_json(&headers) => {
            let amount = shown.amount;
            json_answer(
                StatusCode::OK,
                &json!({
                    "page": id,
                    "order": shown.order,
                    "amount": amount.minor_units(),
                    "currency": amount.currency().code(),
                    "description": shown.description,
                }),
            )
        }
        Some(shown) => html::buyer(language, bank, &id, &shown),
    }
}

pub(super) async fn choose(
    State(shared): State<Arc<Shared>>,
    Path((bank, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Outgoing {
    let language = Language::of(uri.query(), &headers);
    let Ok(bank) = bank.parse::<BankName>() else { return html::nothing_here(language) };
    let Some((word, choice)) = chosen(bank, &body) else {
        return (StatusCode::BAD_REQUEST, "choice: none of pay, decline, cancel, pay-twice, close\n").into_response();
    };
    // a task of its own: a browser that is closed meanwhile does not keep the bank from what it is doing
    let task = tokio::spawn(chosen_once(Arc::clone(&shared), bank, id.clone(), word, choice));
    let Ok(Some((left, delivered))) = task.await else { return html::closed(language, bank) };
    if wants_json(&headers) {
        return told(&left, &delivered);
    }
    let again = shared.with(|desks| desks.desk(bank).bank.shown(&Page::new(id.as_str()))).is_some();
    match left.browser {
        Some(next) if again => html::declined(language, bank, &id, &next),
        Some(next) if next.method() == Method::GET => {
            (StatusCode::SEE_OTHER, [(LOCATION, next.uri().to_string())]).into_response()
        }
        Some(next) => html::onward(language, bank, &next),
        None => html::left(language, bank, left.choice),
    }
}

fn chosen(bank: BankName, body: &[u8]) -> Option<(&'static str, Choice)> {
    let field = |name: &str| form_urlencoded::parse(body).find(|(field, _)| field == name).map(|(_, value)| value.into_owned());
    let usual = bank.declines().first().map_or("", |(code, ..)| code);
    Some(match field("choice")?.as_str() {
        "pay" => ("pay", Choice::Pay),
        "decline" => {
            let code = field("own").filter(|code| !code.is_empty()).or_else(|| field("code")).filter(|code| !code.is_empty());
            // the banks' codes are short words
            let fits = |code: &String| code.len() <= 40 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            ("decline", Choice::Decline(code.filter(fits).unwrap_or_else(|| usual.to_owned())))
        }
        "cancel" => ("cancel", Choice::Cancel),
        "pay-twice" => ("pay-twice", Choice::PayTwice),
        "close" => ("close", Choice::Close),
        _ => return None,
    })
}

/// The choice, its notifications, and where the browser goes. A second click on a page that is left leads where the first
/// led.
async fn chosen_once(
    shared: Arc<Shared>,
    bank: BankName,
    id: String,
    word: &'static str,
    choice: Choice,
) -> Option<(Left, Delivered)> {
    let (page, title) = (Page::new(id.as_str()), format!("{choice:?} on page {id}"));
    let visit = shared.with(|desks| {
        let desk = desks.desk_mut(bank);
        desk.bank.shown(&page)?;
        desk.left.insert(id.clone(), None);
        Some(desk.bank.choose(&page, choice, now()))
    });
    let Some(visit) = visit else { return Some((first_click(&shared, bank, &id).await?, Delivered::default())) };
    shared.record().add(entry(bank, "choice", title));
    let mut delivered = deliver(&shared, bank, visit.notification).await;
    let browser = delivered.browser.take().or(visit.browser);
    let browser = match browser {
        Some(message) if message.method() == Method::POST => carry(&shared, bank, message).await,
        other => other,
    };
    let left = Left { choice: word, browser };
    shared.with(|desks| desks.desk_mut(bank).left.insert(id, Some(left.clone())));
    Some((left, delivered))
}

async fn first_click(shared: &Shared, bank: BankName, id: &str) -> Option<Left> {
    for _ in 0..SECOND_CLICK {
        let left = shared.with(|desks| desks.desk(bank).left.get(id).cloned())?;
        if left.is_some() {
            return left;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    None
}

/// For a program: what was sent, and where the browser would go.
fn told(left: &Left, delivered: &Delivered) -> Outgoing {
    let browser = left.browser.as_ref().map(|next: &Request<Vec<u8>>| {
        json!({
            "method": next.method().as_str(),
            "url": next.uri().to_string(),
            "body": String::from_utf8_lossy(next.body()),
        })
    });
    json_answer(StatusCode::OK, &json!({"choice": left.choice, "sent": delivered.sent, "browser": browser}))
}
