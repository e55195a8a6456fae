//! Recorded messages, torn and put together again: nothing panics, and what is confirmed is about the operation.

use base64::Engine as _;
use proptest::prelude::*;
use serde_json::{Map, Value};
use vpos_core::http::Request;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Action, Amount, Currency, Environment, Outcome, Payment, PaymentKind, PointOfSale as _, Secret};
use vpos_redsys::signature::{Key, SignatureVersion, sign};
use vpos_redsys::{Config, NotificationKind, Redsys};

use crate::scene::{Fields, confirm, encoded, euros, fields, json, post};

/// The key of the bank's older examples.
const OLDER_KEY: &str = "Mk9m98IfEblmPfrpsawt7BmxObt98Jev";

const RECORDED: [&str; 7] = [
    include_str!("../../../../fixtures/redsys/given/notification-recorded-0069-6DVp.toml"),
    include_str!("../../../../fixtures/redsys/given/notification-recorded-0726qI3H7sZx-52nP.toml"),
    include_str!("../../../../fixtures/redsys/given/notification-recorded-2681dq0KyQBo-eujB.toml"),
    include_str!("../../../../fixtures/redsys/given/notification-recorded-9768duGURR1L-KDb9.toml"),
    include_str!("../../../../fixtures/redsys/given/notification-recorded-9768duGURR1L-cgLd.toml"),
    include_str!("../../../../fixtures/redsys/given/notification-soap11.toml"),
    include_str!("../../../../fixtures/redsys/notification-soap-recorded-12.toml"),
];

/// A recorded message, the contract it was sent under and the operation it is about.
struct Recorded {
    redsys: Redsys,
    operation: Operation,
    body: Vec<u8>,
}

fn recorded(fixture: &str) -> Recorded {
    let text = |table: &str, key: &str| table_of(fixture, table).get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let terminal = table_of(fixture, "pos")["terminal"].as_integer().unwrap().try_into().unwrap();
    let secret = Secret::new(text("pos", "secret_key").unwrap());
    let mut config = Config::new(Environment::Test, text("pos", "merchant_code").unwrap(), terminal, secret);
    config.signature = text("pos", "signature").unwrap().parse().unwrap();
    if text("pos", "notification").as_deref() == Some("soap") {
        config.notification = NotificationKind::Soap;
    }
    let redsys = Redsys::new(config).unwrap();
    let amount = Amount::parse(&text("operation", "amount").unwrap(), Currency::EUR).unwrap();
    let hold = text("operation", "kind").as_deref() == Some("preauthorization");
    let kind = if hold { PaymentKind::Preauthorization } else { PaymentKind::Sale };
    let payment = Payment::builder("PED-17", amount).kind(kind).build().unwrap();
    let operation = Operation::new(redsys.acceptor().clone(), text("operation", "number").unwrap().parse().unwrap(), &payment);
    Recorded { redsys, operation, body: text("request", "body").unwrap().into_bytes() }
}

fn table_of(fixture: &str, name: &str) -> toml::Table {
    fixture.parse::<toml::Table>().unwrap()[name].as_table().unwrap().clone()
}

fn contract() -> Redsys {
    let mut config = Config::new(Environment::Test, "999008881", 1, Secret::new(OLDER_KEY));
    config.signature = SignatureVersion::HmacSha256V1;
    Redsys::new(config).unwrap()
}

/// The operation of the messages that are signed anew.
fn stored(redsys: &Redsys, kind: PaymentKind) -> Operation {
    let payment = Payment::builder("PED-17", euros(4_999)).kind(kind).build().unwrap();
    Operation::new(redsys.acceptor().clone(), "0726qI3H7sZx".parse().unwrap(), &payment)
}

/// What of a body is signed.
fn signed_part(body: &[u8]) -> String {
    if body.first() == Some(&b'<') {
        let text = String::from_utf8_lossy(body).into_owned();
        let start = text.find("&lt;Request").unwrap_or_default();
        let end = text.find("&lt;/Request").unwrap_or(text.len());
        return text.get(start..end).unwrap_or_default().to_owned();
    }
    let is_signed = |name: &str| name.eq_ignore_ascii_case("Ds_MerchantParameters");
    let found = form_urlencoded::parse(body).find(|(name, _)| is_signed(name));
    found.map(|(_, text)| text.into_owned()).unwrap_or_default()
}

/// The parameters of a recorded form post.
fn members(body: &[u8]) -> Fields {
    let all: Vec<_> = form_urlencoded::parse(body).collect();
    let parameters = all.iter().find(|(name, _)| name == "Ds_MerchantParameters").unwrap().1.trim_end_matches('=').to_owned();
    let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(parameters.replace('-', "+").replace('_', "/")).unwrap();
    let object: Map<String, Value> = serde_json::from_slice(&bytes).unwrap();
    object.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// Signs with the key of whatever order the message names, as the bank would.
fn resealed(message: &Fields) -> Option<Request<Vec<u8>>> {
    let named = message.iter().find(|(name, _)| name.eq_ignore_ascii_case("Ds_Order"))?;
    let parameters = crate::scene::base64(json(message));
    let key = Key::parse(&Secret::new(OLDER_KEY)).unwrap();
    let signature = sign(SignatureVersion::HmacSha256V1, &key, &named.1.parse().ok()?, parameters.as_bytes());
    Some(post(encoded(&fields(&[
        ("Ds_SignatureVersion", "HMAC_SHA256_V1"),
        ("Ds_MerchantParameters", &parameters),
        ("Ds_Signature", &signature),
    ]))))
}

/// What a message says of itself, read in another way than the crate does: each name once, whatever its case.
fn said<'m>(message: &'m Fields, name: &str) -> Option<&'m str> {
    let mut named = message.iter().filter(|(known, _)| known.to_lowercase() == name.to_lowercase());
    let first = named.next()?;
    named.next().is_none().then_some(first.1.as_str())
}

/// The part of the operation that the message contradicts, if any.
fn contradiction(message: &Fields, operation: &Operation, action: Action) -> Option<&'static str> {
    let number = |name| said(message, name).and_then(|text| text.parse::<u64>().ok());
    let types: &[&str] = match action {
        Action::Charge => &["0", "00", "15", "F", "f", "38"],
        Action::Hold => &["1", "01"],
        Action::Capture => &["2", "02", "48"],
        Action::Refund => &["3", "03"],
        Action::Void => &["9", "09", "45"],
        Action::RefundVoid => &["46"],
        _ => &["44"],
    };
    let minor = operation.amount().minor_units();
    let amount = number("Ds_Amount");
    let amount_fits = match action {
        // core compares a refund with what is left; where nothing was charged, `apply` refuses it. A deletion moves no money.
        Action::Refund if !operation.state().is_paid() => amount.is_some(),
        Action::CardDeletion => amount.is_some(),
        Action::Charge | Action::Hold | Action::Void => amount == Some(minor),
        _ => amount.is_some_and(|amount| amount <= minor),
    };
    let kind_fits = match operation.kind() {
        PaymentKind::Sale => !matches!(action, Action::Hold | Action::Capture),
        PaymentKind::Preauthorization => !matches!(action, Action::Charge),
    };
    [
        (said(message, "Ds_Order") == Some(operation.number().as_str()), "order"),
        (said(message, "Ds_MerchantCode") == Some("999008881"), "merchant"),
        (number("Ds_Terminal") == Some(1), "terminal"),
        (number("Ds_Currency") == Some(978), "currency"),
        (said(message, "Ds_TransactionType").is_some_and(|text| types.contains(&text)), "type"),
        (amount_fits, "amount"),
        (kind_fits, "kind"),
    ]
    .into_iter()
    .find_map(|(fits, what)| (!fits).then_some(what))
}

/// A change to the members of a message.
#[derive(Clone, Debug)]
enum Change {
    Swap(prop::sample::Index, prop::sample::Index),
    Drop(prop::sample::Index),
    Repeat(prop::sample::Index, bool),
    Text(prop::sample::Index, String),
    /// Another type, with the code that is good for it.
    Type(&'static str, &'static str),
}

const TYPES: [(&str, &str); 11] = [
    ("0", "0000"),
    ("15", "0099"),
    ("1", "0000"),
    ("2", "0900"),
    ("48", "0900"),
    ("3", "0900"),
    ("9", "0400"),
    ("45", "0481"),
    ("46", "0400"),
    ("44", "0000"),
    ("34", "0900"),
];

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    let text = prop_oneof![
        Just("4999".to_owned()),
        Just("978".into()),
        Just("0".into()),
        Just("1".into()),
        Just("0000".into()),
        Just("0900".into()),
        Just("0400".into()),
        Just("3".into()),
        Just("9".into()),
        Just("0726qI3H7sZx".into()),
        "[0-9]{0,6}",
        "[A-Z0-9 +-]{0,3}",
    ];
    prop_oneof![
        (at(), at()).prop_map(|(a, b)| Change::Swap(a, b)),
        at().prop_map(Change::Drop),
        (at(), any::<bool>()).prop_map(|(at, upper)| Change::Repeat(at, upper)),
        (at(), text).prop_map(|(at, text)| Change::Text(at, text)),
        prop::sample::select(&TYPES[..]).prop_map(|(kind, code)| Change::Type(kind, code)),
    ]
}

fn apply(message: &mut Fields, change: &Change) {
    if message.is_empty() {
        return;
    }
    let length = message.len();
    match change {
        Change::Swap(a, b) => message.swap(a.index(length), b.index(length)),
        Change::Drop(at) => drop(message.remove(at.index(length))),
        Change::Repeat(at, upper) => {
            let (name, text) = message[at.index(length)].clone();
            message.push((if *upper { name.to_uppercase() } else { name }, text));
        }
        Change::Text(at, text) => text.clone_into(&mut message[at.index(length)].1),
        Change::Type(kind, code) => {
            for (name, text) in message {
                match name.as_str() {
                    "Ds_TransactionType" => (*kind).clone_into(text),
                    "Ds_Response" => (*code).clone_into(text),
                    _ => {}
                }
            }
        }
    }
}

/// A message about the operation, cut down to what the crate reads, so that changes meet what matters.
fn short() -> Fields {
    crate::scene::paid().split_off(3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Even the bank's own signature over a changed message confirms nothing but the operation.
    #[test]
    fn what_is_signed_anew_is_about_the_operation(
        whole: bool, hold: bool, charged: bool, changes in prop::collection::vec(change(), 0..4),
    ) {
        let redsys = contract();
        let mut operation = stored(&redsys, if hold { PaymentKind::Preauthorization } else { PaymentKind::Sale });
        if charged {
            operation = crate::scene::in_state(&operation, OperationState::Completed);
        }
        let mut message = if whole { members(&recorded(RECORDED[1]).body) } else { short() };
        for change in &changes {
            apply(&mut message, change);
        }
        let Some(request) = resealed(&message) else { return Ok(()) };
        if let Ok(confirmation) = confirm(&redsys, &operation, &request) {
            prop_assert_eq!(contradiction(&message, &operation, confirmation.action()), None, "{:?}", message);
            prop_assert_eq!(confirmation.number(), operation.number());
            let mut after = operation.clone();
            if after.apply(&confirmation).is_ok_and(|applied| applied.paid_now()) {
                prop_assert!(matches!(confirmation.action(), Action::Charge | Action::Capture));
                prop_assert_eq!(confirmation.outcome(), Outcome::Approved);
            }
        }
    }
}

proptest! {
    /// A recorded message with flipped bits, cut, or with a piece of another in it: believed only when what is signed is whole.
    #[test]
    fn a_torn_message_is_not_believed(
        which in 0..RECORDED.len(), other in 0..RECORDED.len(), how in 0..4_u8,
        at: prop::sample::Index, to: prop::sample::Index, bit in 0..8_u8,
    ) {
        let Recorded { redsys, operation, body } = recorded(RECORDED[which]);
        prop_assert!(confirm(&redsys, &operation, &post(body.clone())).is_ok());
        let mut bytes = body.clone();
        let (start, end) = (at.index(bytes.len()), to.index(bytes.len()));
        match how {
            0 => bytes[start] ^= 1 << bit,
            1 => bytes.truncate(start),
            2 => drop(bytes.drain(start.min(end)..start.max(end))),
            _ => {
                let piece = recorded(RECORDED[other]).body;
                let (from, until) = (at.index(piece.len()), to.index(piece.len()));
                bytes.splice(start.min(end)..start.max(end), piece[from.min(until)..from.max(until)].iter().copied());
            }
        }
        if let Ok(confirmation) = confirm(&redsys, &operation, &post(bytes.clone())) {
            prop_assert_eq!(signed_part(&bytes), signed_part(&body));
            prop_assert_eq!(confirmation.amount(), Some(operation.amount()));
        }
        // an operation that the message is not about
        let redsys = contract();
        prop_assert!(confirm(&redsys, &stored(&redsys, PaymentKind::Sale), &post(bytes)).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused(body: Vec<u8>, look in 0..4_usize, target in "/[ -~]{0,80}") {
        let redsys = crate::scene::soap_redsys();
        let front: [&[u8]; 4] = [b"", b"<", b"\xEF\xBB\xBF <", b"Ds_SignatureVersion=HMAC_SHA256_V1&Ds_Signature=&Ds_MerchantParameters="];
        let request = post([front[look], &body].concat());
        prop_assert!(confirm(&redsys, &stored(&redsys, PaymentKind::Sale), &request).is_err());
        if let Ok(request) = Request::get(target).body(body) {
            prop_assert!(redsys.receive(&request).is_err());
        }
    }

    #[test]
    fn any_text_in_our_own_envelope_is_read_or_refused(
        text in ".*", order in "[0-9]{4}", pairs in prop::collection::vec(("[ -~]{0,12}", ".{0,12}"), 0..9),
    ) {
        let redsys = contract();
        let mut message: Fields = pairs;
        message.push(("ds_order".into(), order));
        let unsigned = format!("Ds_SignatureVersion=HMAC_SHA256_V1&Ds_Signature=AA&Ds_MerchantParameters={}", crate::scene::base64(text));
        for request in [resealed(&message), Some(post(unsigned))].into_iter().flatten() {
            prop_assert!(confirm(&redsys, &stored(&redsys, PaymentKind::Sale), &request).is_err());
        }
    }
}
