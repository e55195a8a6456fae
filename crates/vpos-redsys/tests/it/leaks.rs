//! Nothing that is shown, sent, logged or kept as evidence holds the key, or a card number whose middle can be read.

use proptest::prelude::*;
use vpos_core::http::Response;
use vpos_core::operation::OperationState;
use vpos_core::{Environment, Exchange, Payment, PointOfSale as _, Rejection, Secret};
use vpos_redsys::signature::{Key, SignatureVersion, mac, operation_key};
use vpos_redsys::{Config, Redsys};

use crate::scene::{
    KEY, ORDER, VERSIONS, answered, base64, confirm, encoded, euros, in_state, json, now, paid, post, redsys, rest_answer, sale,
    sealed, soap, soap_redsys, with,
};

/// The key in every shape in which it could be written.
fn shapes_of_the_key() -> Vec<String> {
    use ::base64::Engine as _;
    let bytes = ::base64::engine::general_purpose::STANDARD.decode(KEY).unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let list = bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let text = KEY.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
    vec![KEY.into(), KEY[..16].into(), hex, list, text, base64(KEY), base64(&KEY[..16])]
}

fn check(what: &str, shown: &str) {
    for shape in shapes_of_the_key() {
        assert!(!shown.contains(&shape), "{what} shows the key: {shown}");
    }
}

/// Everything that can be seen of a contract and of a payment under it.
fn shown(redsys: &Redsys) -> Vec<(&'static str, String)> {
    let payment = Payment::builder("PED-17", euros(4_999)).buyer_name("Ana").build().unwrap();
    let operation = sale(redsys);
    let begun = redsys.begin(&operation, &payment, now()).unwrap().local().unwrap();
    let charged = in_state(&operation, OperationState::Completed);
    let exchange = redsys.void(&charged, now()).unwrap();
    let exchange_shown = format!("{exchange:?}");
    let Exchange::Ask(ask) = exchange else { panic!("there was nothing to ask") };
    let (request, limit, resume) = ask.split();
    let report = resume.with(Ok(Response::new(b"{}".to_vec()))).unwrap().local().unwrap();
    let listing = redsys.query_order(operation.number()).unwrap();
    vec![
        ("Redsys", format!("{redsys:?} {redsys:#?}")),
        ("form", format!("{begun:?} {} {}", begun.form.to_html(), begun.form.to_json())),
        ("operation", format!("{operation:?}")),
        ("exchange", format!("{exchange_shown} {limit:?} {listing:?}")),
        ("request", format!("{request:?} {}", String::from_utf8_lossy(request.body()))),
        ("report", format!("{report:?}")),
        ("reply", format!("{:?}", redsys.reject(None, None, &Rejection::Malformed))),
    ]
}

#[test]
fn the_key_is_nowhere() {
    let config = Config::new(Environment::Test, "999008881", 1, Secret::new(KEY));
    check("Config", &format!("{config:?} {config:#?}"));
    let key = Key::parse(&Secret::new(KEY)).unwrap();
    check("Key", &format!("{key:?} {key:#?}"));
    for version in VERSIONS {
        let mac = mac(version, &key, &ORDER.parse().unwrap(), b"message");
        let derived = operation_key(version, &key, &ORDER.parse().unwrap());
        check("Mac", &format!("{mac:?} {derived:?}"));
        assert!(!format!("{mac:?} {derived:?}").contains(derived.expose()));
    }
    for redsys in VERSIONS.map(redsys).into_iter().chain([soap_redsys()]) {
        for (what, text) in shown(&redsys) {
            check(what, &text);
        }
    }
    // a key that is refused is not told either
    for wrong in [&KEY[..31], &format!("{KEY}A"), &format!(" {KEY}")] {
        let error = Redsys::new(Config::new(Environment::Test, "999008881", 1, Secret::new(wrong))).unwrap_err();
        check("error", &format!("{error} {error:?}"));
    }
}

#[test]
fn what_messages_leave_behind_holds_no_key() {
    let (http, listening) = (redsys(SignatureVersion::HmacSha256V1), soap_redsys());
    let requests = [
        (&http, crate::scene::notification(SignatureVersion::HmacSha256V1, &paid())),
        (&listening, soap(&paid())),
        (&http, post(encoded(&sealed(SignatureVersion::HmacSha512V2, ORDER, &json(&paid()))))),
    ];
    for (redsys, request) in requests {
        let notification = redsys.receive(&request).unwrap();
        check("Notification", &format!("{notification:?} {}", notification.evidence()));
        check("result", &format!("{:?}", confirm(redsys, &sale(redsys), &request)));
        check("reply", &format!("{:?}", redsys.accept(&notification, &sale(redsys))));
        check("reply", &format!("{:?}", redsys.reject(Some(&notification), None, &Rejection::NotCommitted)));
    }
}

proptest! {
    #[test]
    fn no_card_number_is_kept_or_shown(pan in "[1-9][0-9]{12,18}", name in "[A-Za-z_]{0,12}", text in "[^0-9 -]{0,12}") {
        let message = with(paid(), &[
            ("Ds_Card_Number", pan.as_str()),
            ("Ds_MerchantData", &format!("{text}{pan}{text}")),
            (&format!("x{name}{pan}"), "1"),
        ]);
        let version = SignatureVersion::HmacSha512V1;
        let http = redsys(version);
        let request = crate::scene::notification(version, &message);
        let notification = http.receive(&request).unwrap();
        let confirmation = confirm(&http, &sale(&http), &request).unwrap();
        let mut operation = sale(&http);
        operation.apply(&confirmation).unwrap();
        let mut seen = vec![notification.evidence(), format!("{notification:?} {confirmation:?} {operation:?}")];

        let listening = soap_redsys();
        let message = with(paid(), &[("Ds_Card_Number", pan.as_str()), ("Ds_MerchantData", &format!("{text}{pan}"))]);
        let request = soap(&message);
        let notification = listening.receive(&request).unwrap();
        let confirmation = confirm(&listening, &sale(&listening), &request).unwrap();
        seen.extend([notification.evidence(), format!("{notification:?} {confirmation:?}")]);

        let charged = in_state(&sale(&http), OperationState::Completed);
        let told = with(Vec::new(), &[("errorCode", "SIS7777"), ("errorCodeDescription", &format!("{text}{pan}{text}"))]);
        for response in [Response::new(json(&told).into_bytes()), Response::new(pan.clone().into_bytes()), rest_answer(version, &message)] {
            seen.push(format!("{:?}", answered(http.void(&charged, now()).unwrap(), Ok(response)).unwrap()));
        }
        let rows = [with(message, &[("Ds_State", "F")])];
        let listing = answered(http.query_order(&ORDER.parse().unwrap()).unwrap(), Ok(crate::scene::query_answer(&rows))).unwrap();
        seen.push(format!("{listing:?}"));
        seen.push(format!("{:?}", listing.collect::<Vec<_>>()));
        seen.push(format!("{:?}", http.receive(&post(format!("{text}={pan}&{pan}={pan}")))));
        for shown in seen {
            prop_assert!(!shown.contains(&pan), "{}", shown);
        }
    }
}
