//! Notifications: sent over HTTP as the bank's mood has it; what the shop answers is heard by the bank.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, Response, Uri};
use serde::Serialize;
use vpos_core::TimeLimit;
use vpos_core::blocking::{Transport as _, UreqTransport};

use super::BankName;
use super::mood::{MoodKind, Now};
use super::shared::{Shared, entry, now};
use crate::SimulatedBank as _;

type Message = Request<Vec<u8>>;

/// Banks are said to wait for 30 s.
const PATIENCE: TimeLimit = TimeLimit::new("notification", Duration::from_secs(30));

/// What was sent, and where the shop's answer leads the browser instead.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    pub(super) sent: Vec<Sent>,
    pub(super) browser: Option<Message>,
}

/// A message that was sent, for the API.
#[derive(Debug, Serialize)]
pub(super) struct Sent {
    url: String,
    /// `notification`, `forged`, or `second`.
    what: &'static str,
    /// How it was answered; none when it was not.
    status: Option<u16>,
}

/// Sends messages to the shop, or does with them what the bank's mood says.
pub(super) async fn deliver(shared: &Arc<Shared>, bank: BankName, messages: Vec<Message>) -> Delivered {
    let moods = met(shared, bank, &messages);
    if messages.is_empty() {
        return Delivered::default();
    }
    if moods.is(MoodKind::Never) {
        let unheard = messages.iter().map(|message| hear(shared, bank, message, None));
        return Delivered { sent: Vec::new(), browser: unheard.fold(None, Option::or) };
    }
    if let Some(seconds) = moods.seconds(MoodKind::Late) {
        let (shared, life) = (Arc::clone(shared), life(shared, bank));
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            if self::life(&shared, bank) == life {
                send_all(&shared, bank, messages, &moods).await;
            }
        });
        return Delivered::default();
    }
    if let Some(seconds) = moods.seconds(MoodKind::OutOfOrder) {
        hold(shared, bank, messages, seconds);
        return Delivered::default();
    }
    let delivered = send_all(shared, bank, messages, &moods).await;
    release(shared, bank).await;
    delivered
}

/// Sends what was held back.
pub(super) async fn release(shared: &Arc<Shared>, bank: BankName) -> usize {
    let held = shared.with(|desks| std::mem::take(&mut desks.desk_mut(bank).held));
    let count = held.len();
    send_all(shared, bank, held, &Now::default()).await;
    count
}

/// A message that the buyer's browser carries to the shop (Elavon): the same moods, as far as they make sense. None: the
/// browser does not get it.
pub(super) async fn carry(shared: &Arc<Shared>, bank: BankName, message: Message) -> Option<Message> {
    let moods = met(shared, bank, std::slice::from_ref(&message));
    if moods.is(MoodKind::Never) {
        return None;
    }
    if let Some(seconds) = moods.seconds(MoodKind::Late) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    if moods.is(MoodKind::Forged) {
        post(shared, bank, "forged", &forged(&message)).await;
    }
    if moods.is(MoodKind::Twice) {
        post(shared, bank, "second", &message).await;
    }
    Some(message)
}

/// The moods that these messages meet; they are written down.
fn met(shared: &Shared, bank: BankName, messages: &[Message]) -> Now {
    let texts: Vec<String> = messages.iter().map(told).collect();
    let moods = shared.with(|desks| desks.desk_mut(bank).moods.of_messages(&texts));
    if !moods.names().is_empty() {
        let noted = entry(bank, "mood", format!("{} messages: {}", messages.len(), moods.names()));
        shared.record().add(noted);
    }
    moods
}

fn told(message: &Message) -> String {
    format!("{} {}", message.uri(), String::from_utf8_lossy(message.body()))
}

fn life(shared: &Shared, bank: BankName) -> u64 {
    shared.with(|desks| desks.desk(bank).life)
}

/// Holds messages back, the last first, until another was sent or time is up.
fn hold(shared: &Arc<Shared>, bank: BankName, mut messages: Vec<Message>, seconds: u64) {
    messages.reverse();
    shared.with(|desks| desks.desk_mut(bank).held.append(&mut messages));
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        // a reset has emptied it
        release(&shared, bank).await;
    });
}

async fn send_all(shared: &Arc<Shared>, bank: BankName, messages: Vec<Message>, moods: &Now) -> Delivered {
    let mut delivered = Delivered::default();
    for message in messages {
        if moods.is(MoodKind::Forged) {
            delivered.sent.push(post(shared, bank, "forged", &forged(&message)).await.0);
        }
        let (sent, reply) = post(shared, bank, "notification", &message).await;
        delivered.sent.push(sent);
        delivered.browser = delivered.browser.or(hear(shared, bank, &message, reply.as_ref()));
        if moods.is(MoodKind::Twice) {
            delivered.sent.push(post(shared, bank, "second", &message).await.0);
        }
    }
    delivered
}

/// The bank hears what the shop answered.
fn hear(shared: &Shared, bank: BankName, message: &Message, reply: Option<&Response<Vec<u8>>>) -> Option<Message> {
    shared.with(|desks| desks.desk_mut(bank).bank.reply(message, reply, now()))
}

async fn post(shared: &Arc<Shared>, bank: BankName, what: &'static str, message: &Message) -> (Sent, Option<Response<Vec<u8>>>) {
    let url = message.uri().to_string();
    if !shared.allow_remote && !is_loopback(message.uri()) {
        let noted = entry(bank, what, format!("not sent: {url} is not on this machine (allow remote addresses?)"));
        shared.record().add(noted.request(message));
        return (Sent { url, what, status: None }, None);
    }
    let outgoing = message.clone();
    // a task that was ended before it began is a message that got no answer
    let result = tokio::task::spawn_blocking(move || UreqTransport::new().send(outgoing, PATIENCE)).await;
    let result = result.unwrap_or_else(|_| Err(vpos_core::Lost::before_send("the sandbox is ending")));
    let title = match &result {
        Ok(reply) => format!("{url} answered {}", reply.status()),
        Err(lost) => format!("{url}: {lost}"),
    };
    let noted = entry(bank, what, title).request(message);
    let noted = if let Ok(reply) = &result { noted.response(reply) } else { noted };
    shared.record().add(noted);
    let reply = result.ok();
    (Sent { url, what, status: reply.as_ref().map(|reply| reply.status().as_u16()) }, reply)
}

/// Whether an address is on this machine. A name other than `localhost` may lead anywhere.
fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// A copy whose signature fits nothing.
fn forged(message: &Message) -> Message {
    let mut copy = message.clone();
    if let Some(signature) = copy.headers_mut().get_mut("paypal-transmission-sig") {
        *signature = HeaderValue::from_static("Zm9yZ2Vk");
    }
    let mut body = String::from_utf8_lossy(copy.body()).into_owned();
    // where the signatures of the banks' messages begin
    for mark in ["Ds_Signature=", "Firma=", "SHA1HASH=", "SHA256HASH=", "verify_sign=", "&lt;Signature&gt;"] {
        let Some(at) = body.find(mark).map(|at| at + mark.len()) else { continue };
        if let Some(first) = body.get(at..at + 1) {
            let other = if first == "0" { "1" } else { "0" };
            body.replace_range(at..=at, other);
        }
    }
    *copy.body_mut() = body.into_bytes();
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine() {
        for (address, here) in [
            ("http://127.0.0.1:80/a", true),
            ("http://[::1]:80/a", true),
            ("http://localhost/a", true),
            ("http://localhost.evil.example/a", false),
            ("http://127.0.0.1.evil.example/a", false),
            ("http://192.168.0.1/a", false),
            ("https://tienda.example/a", false),
        ] {
            assert_eq!(is_loopback(&address.parse().unwrap()), here, "{address}");
        }
    }

    #[test]
    fn a_forged_copy_differs_in_its_signature_alone() {
        let message = |body: &str| Request::post("http://localhost/").body(body.as_bytes().to_vec()).unwrap();
        for (body, other) in [("a=1&Firma=0f", "a=1&Firma=1f"), ("SHA1HASH=ab", "SHA1HASH=0b"), ("a=1", "a=1")] {
            assert_eq!(String::from_utf8_lossy(forged(&message(body)).body()), other);
        }
    }
}
