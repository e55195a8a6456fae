//! Nothing that is secret is ever seen: not in a log line, an error, a row of evidence, an event, a problem, or a `Debug`.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use vpos::flow::{Incoming, Store as _};
use vpos::http::Request;
use vpos_sandbox::Choice;

use crate::scene::line::Fate;
use crate::scene::messages::{fields, with_fields, with_text};
use crate::scene::till::{Contract, Till};
use crate::scene::{Buyer, LONG, Scene, euros, hold, sale};

/// A card number that passes the check of Luhn, in the ways in which it is written.
const CARDS: [&str; 3] = ["4548812049400004", "4548 8120 4940 0004", "4548-8120-4940-0004"];

/// Everything that is emitted at every level, as text.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl Visit for Everything {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0.lock().unwrap(), " {}={value:?}", field.name());
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let _ = write!(self.0.lock().unwrap(), "\nspan {}", span.metadata().name());
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let _ = write!(self.0.lock().unwrap(), "\n{} {}", event.metadata().level(), event.metadata().target());
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// One for the whole binary, so that the flows of all its tests are heard.
fn heard() -> &'static Everything {
    static HEARD: OnceLock<Everything> = OnceLock::new();
    HEARD.get_or_init(|| {
        let everything = Everything::default();
        tracing::subscriber::set_global_default(everything.clone()).unwrap();
        everything
    })
}

/// What must be nowhere: keys, passwords, access tokens, references of stored cards are the store's alone.
fn secrets(scene: &Scene) -> Vec<String> {
    let mut all: Vec<String> = scene.contracts.iter().flat_map(Contract::secrets).collect();
    all.extend(CARDS.map(str::to_owned));
    for answer in scene.line.answers() {
        let token = serde_json::from_slice::<serde_json::Value>(&answer).ok();
        let token = token.and_then(|json| json.get("access_token").and_then(|token| token.as_str().map(str::to_owned)));
        all.extend(token);
    }
    for call in scene.line.calls() {
        let basic = call.headers().get("authorization").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        all.extend(basic.and_then(|basic| basic.split(' ').nth(1).map(str::to_owned)));
    }
    all
}

/// The message with a card number in it: where the buyer's browser carries it, in a field of its own; else anywhere.
fn with_a_card(message: &Request<Vec<u8>>, card: &str) -> Request<Vec<u8>> {
    let body = String::from_utf8_lossy(message.body()).into_owned();
    if body.starts_with('<') {
        return with_text(
            message,
            "&lt;Ds_Order&gt;",
            &format!("&lt;Ds_Card_Number&gt;{card}&lt;/Ds_Card_Number&gt;&lt;Ds_Order&gt;"),
        );
    }
    if body.starts_with('{') {
        return with_text(message, "{", &format!("{{\"note\":\"{card}\","));
    }
    let mut more = fields(message);
    more.push(("PAN".into(), card.into()));
    with_fields(message, &more)
}

/// Every path of a flow that there is, good and bad; everything that it says.
async fn everything_said(scene: &Scene) -> String {
    let mut said = String::new();
    let mut note = |text: String| {
        said.push_str(&text);
        said.push('\n');
    };
    let first = scene.begin(&sale("PED-1")).await;
    for message in scene.choose(&first, Choice::Pay) {
        for card in CARDS {
            let incoming = Incoming::new(with_a_card(&message, card)).from_address("195.76.9.187".parse().unwrap());
            note(format!("{:?}", scene.flow.confirm(scene.pos(), incoming).await));
        }
        let mut cut = message.clone();
        cut.body_mut().truncate(20);
        note(format!("{:?}", scene.flow.confirm(scene.pos(), cut).await));
        note(format!("{:?}", scene.deliver(&first, &message).await));
    }
    for card in CARDS {
        let junk = Request::post("/aviso").body(format!("PAN={card}&Ds_Card_Number={card}\0").into_bytes()).unwrap();
        note(format!("{:?}", scene.flow.confirm(scene.pos(), junk).await));
    }
    scene.deliver_later(&first).await;
    lost_and_refused(scene, &first, &mut note).await;
    scene.clock.advance(LONG);
    note(format!("{:?}", scene.flow.reconcile(Duration::ZERO).await));
    note(format!("{:?}", scene.flow.expire(Duration::ZERO).await));
    for stored in scene.flow.newest(None, 100).await.unwrap() {
        note(format!("{stored:?}"));
        for row in scene.flow.evidence(stored.id, 1_000).await.unwrap() {
            note(format!("{row:?} {} {}", row.message, row.verdict));
        }
    }
    for (_, event) in scene.flow.events(1_000).await.unwrap() {
        note(format!("{event:?}"));
    }
    for problem in scene.shop.all_problems() {
        note(format!("{problem} {problem:?}"));
    }
    note(format!("{:?} {:?} {:?}", scene.flow, scene.flow.registry(), scene.flow.store()));
    said
}

/// Calls that go well, that are refused, and whose answers are lost or nonsense.
async fn lost_and_refused(scene: &Scene, paid: &Buyer, note: &mut impl FnMut(String)) {
    scene.shop.fail(1);
    note(format!("{:?}", scene.flow.refund(paid.id, euros(45), "a scratch").await));
    let too_much = scene.flow.refund(paid.id, euros(99_999), "too much").await.unwrap_err();
    note(format!("{too_much} {too_much:?}"));
    for fate in [Fate::Lost, Fate::NotSent, Fate::Instead(format!("{} {}", CARDS[0], "x".repeat(100)).into_bytes())] {
        scene.line.always(fate);
        note(format!("{:?}", scene.flow.refund(paid.id, euros(100), "").await));
        note(format!("{:?}", scene.flow.void(paid.id).await));
        note(format!("{:?}", scene.flow.query(paid.id).await));
        match scene.flow.begin(scene.pos(), &sale("PED-2")).await {
            Ok(checkout) => note(format!("{checkout:?}")),
            Err(error) => note(format!("{error} {error:?}")),
        }
        scene.line.always(Fate::Answered);
    }
    let second = scene.begin(&sale("PED-3")).await;
    scene.line.always(Fate::Lost);
    for message in scene.choose(&second, Choice::Pay) {
        note(format!("{:?}", scene.deliver(&second, &message).await));
    }
    scene.line.always(Fate::Answered);
    note(format!("{:?}", scene.flow.begin(scene.pos(), &sale("PED-3")).await));
    if scene.till().holds() {
        let held = scene.held("PED-4").await;
        note(format!("{:?}", scene.flow.capture(held.id, euros(99_999_999)).await));
        note(format!("{:?}", scene.flow.capture(held.id, euros(12_345)).await));
    }
    note(format!("{:?}", scene.flow.begin("nobody", &hold("PED-5")).await));
}

#[tokio::test]
async fn no_secret_and_no_card_number_is_ever_seen() {
    let log = heard();
    for till in Till::ALL {
        let scene = Scene::new(till);
        let said = everything_said(&scene).await;
        let log = log.0.lock().unwrap().clone();
        assert!(log.contains("confirm") && said.len() > 5_000, "{till:?}: {} bytes said, {} logged", said.len(), log.len());
        let secrets = secrets(&scene);
        assert!(secrets.len() >= 6);
        for secret in secrets {
            for (place, text) in [("the log", &log), ("what was said", &said)] {
                let at = text.find(&secret);
                let around = at.map(|at| text.get(at.saturating_sub(150)..at).unwrap_or_default());
                assert!(at.is_none(), "{till:?}: {secret} is in {place}, after {around:?}");
            }
        }
        // whatever the log tells is about an operation by its number
        let number = scene.flow.store().newest(None, 1).await.unwrap()[0].operation().number().to_string();
        assert!(log.contains(&number), "{till:?}: the spans do not name the operation");
    }
}
