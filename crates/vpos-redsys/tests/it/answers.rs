//! Answers to calls: only one that is signed and about what was asked is confirmed. Losses keep what they are.

use proptest::prelude::*;
use vpos_core::http::{Response, StatusCode};
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Action, Exchange, Lost, Outcome, PaymentKind, PointOfSale as _, Reference, Report};
use vpos_redsys::signature::SignatureVersion;
use vpos_redsys::{PayGold, PayGoldLink, Redsys, Span};

use crate::scene::{
    Fields, ORDER, answered, base64, euros, fields, in_state, json, now, operation, paid, parameters, redsys, rest_answer, sale,
    sealed, with,
};

const VERSION: SignatureVersion = SignatureVersion::HmacSha512V1;

/// The calls whose answer is a report.
const CALLS: [&str; 8] =
    ["refund", "capture", "void", "void refund", "charge reference", "delete reference", "query", "query refund"];

/// A call, and what a good answer to it says.
fn call(redsys: &Redsys, name: &str) -> (Exchange<Report>, Fields) {
    let paid = in_state(&sale(redsys), OperationState::Completed);
    let good = |code: &str, kind: &str, amount: &str| {
        with(crate::scene::paid(), &[("Ds_Response", code), ("Ds_TransactionType", kind), ("Ds_Amount", amount)])
    };
    match name {
        "refund" => (refund(redsys, &paid), good("0900", "3", "1000")),
        "capture" => {
            let mut hold = in_state(&operation(redsys, PaymentKind::Preauthorization, euros(4_999)), OperationState::Authorized);
            hold.start_capture(euros(4_000), hold.amount()).unwrap();
            (redsys.capture(&hold, now()).unwrap(), good("0900", "2", "4000"))
        }
        "void" => (redsys.void(&paid, now()).unwrap(), good("0400", "9", "4999")),
        "void refund" => (void_refund(redsys, &paid), good("0400", "46", "1000")),
        "charge reference" => {
            let mut operation = with_card(&sale(redsys));
            operation.start_charge().unwrap();
            (redsys.charge_reference(&operation, now()).unwrap(), good("0000", "0", "4999"))
        }
        "delete reference" => (redsys.delete_reference(&with_card(&paid), now()).unwrap(), good("0000", "44", "4999")),
        "query" => (redsys.query(&sale(redsys), now()).unwrap(), Vec::new()),
        _ => {
            let mut refunding = paid;
            refunding.start_refund(euros(1_000), None).unwrap();
            (redsys.query(&refunding, now()).unwrap(), Vec::new())
        }
    }
}

fn refund(redsys: &Redsys, paid: &Operation) -> Exchange<Report> {
    let mut operation = paid.clone();
    let refund = operation.start_refund(euros(1_000), None).unwrap();
    redsys.refund(&operation, &refund, now()).unwrap()
}

fn void_refund(redsys: &Redsys, paid: &Operation) -> Exchange<Report> {
    let mut record = paid.clone();
    record.start_refund(euros(1_000), None).unwrap();
    let mut record = record.record().clone();
    record.refunds[0].state = vpos_core::operation::RefundState::Approved;
    record.state = OperationState::PartiallyRefunded;
    let operation = Operation::from_record(record).unwrap();
    redsys.void_refund(&operation, &operation.refunds()[0], now()).unwrap()
}

fn with_card(operation: &Operation) -> Operation {
    let mut record = operation.record().clone();
    record.references.insert(Reference::CardReference, "7be1c04d5f3a49b2a86e0d1f2c3b4a5968778695");
    Operation::from_record(record).unwrap()
}

fn is_rest(name: &str) -> bool {
    !name.starts_with("query")
}

proptest! {
    #[test]
    fn any_bytes_are_no_answer(which in 0..CALLS.len(), status in 100..600_u16, body: Vec<u8>, text in ".*", look in 0..4_usize) {
        let front = ["", "{\"Ds_MerchantParameters\":\"", "<s:Envelope><s:Body>", "{\"errorCode\":\"SIS"][look];
        for body in [[front.as_bytes(), &body].concat(), format!("{front}{text}").into_bytes()] {
            let response = Response::builder().status(status).body(body).unwrap();
            let (exchange, _) = call(&redsys(VERSION), CALLS[which]);
            let report = answered(exchange, Ok(response)).unwrap();
            prop_assert!(matches!(report, Report::Unknown { .. } | Report::Rejected { .. }), "{report:?}");
        }
    }

    #[test]
    fn any_bytes_are_no_list_and_no_link(body: Vec<u8>, text in ".*") {
        let redsys = redsys(VERSION);
        let order = ORDER.parse().unwrap();
        let from = "2026-01-01T00:00:00".parse().unwrap();
        let span = Span { from, to: from };
        for body in [body, text.into_bytes()] {
            let response = || Ok(Response::new(body.clone()));
            prop_assert!(answered(redsys.query_order(&order).unwrap(), response()).is_err());
            prop_assert!(answered(redsys.query_all(span, &order).unwrap(), response()).is_err());
            prop_assert!(answered(redsys.query_transactions("0", span, &order).unwrap(), response()).is_err());
            let link = PayGold { email: Some("ana@example.com".into()), ..PayGold::default() };
            let link = answered(redsys.paygold(&sale(&redsys), &link).unwrap(), response()).unwrap();
            prop_assert!(matches!(link, PayGoldLink::Failed(_)));
        }
    }

    /// A signed answer with another text in one field: confirmed only when the field is none that counts.
    #[test]
    fn an_answer_about_something_else_is_unknown(
        which in 0..6_usize, at: prop::sample::Index,
        text in prop_oneof!["[0-9]{0,6}", Just("0000".to_owned()), Just("0900".into()), Just("0400".into()), Just("4999".into())],
    ) {
        let redsys = redsys(VERSION);
        let (exchange, good) = call(&redsys, CALLS[which]);
        let name = good[at.index(good.len())].0.clone();
        let message = with(good.clone(), &[(&name, &text)]);
        let report = answered(exchange, Ok(rest_answer(VERSION, &message))).unwrap();
        let counts = ["Ds_Amount", "Ds_Currency", "Ds_Order", "Ds_MerchantCode", "Ds_Terminal", "Ds_TransactionType"];
        let same = good.iter().zip(&message).all(|((_, a), (_, b))| a.trim_start_matches('0') == b.trim_start_matches('0'));
        if counts.contains(&name.as_str()) && !same {
            prop_assert!(matches!(report, Report::Unknown { .. }), "{name}={text}: {report:?}");
        }
        if name == "Ds_Response" && report.outcome() == Outcome::Approved {
            let code = report.code().unwrap();
            let good = match report.action() {
                Action::Charge => code.starts_with("00"),
                Action::CardDeletion => code == "0000",
                Action::Capture | Action::Refund => code == "0900",
                _ => code == "0400" || code == "0481",
            };
            prop_assert!(good, "{report:?}");
        }
    }
}

#[test]
fn a_good_answer_is_confirmed_and_a_forged_one_is_not() {
    let redsys = redsys(VERSION);
    for name in CALLS.into_iter().filter(|name| is_rest(name)) {
        let (exchange, good) = call(&redsys, name);
        let report = answered(exchange, Ok(rest_answer(VERSION, &good))).unwrap();
        assert_eq!(report.outcome(), Outcome::Approved, "{name}: {report:?}");

        let mut forged = sealed(VERSION, ORDER, &json(&good));
        forged[2].1 = base64([7; 64]);
        let other_version = sealed(SignatureVersion::HmacSha256V1, ORDER, &json(&good));
        let of_another_order = sealed(VERSION, "1234", &json(&good));
        let unsigned = good.clone();
        for message in [forged, other_version, of_another_order, unsigned] {
            let (exchange, _) = call(&redsys, name);
            let report = answered(exchange, Ok(Response::new(json(&message).into_bytes()))).unwrap();
            assert!(matches!(report, Report::Unknown { .. }), "{name}: {report:?}");
        }
    }
}

#[test]
fn a_lost_request_is_not_sent_and_a_lost_answer_is_unknown() {
    let redsys = redsys(VERSION);
    for name in CALLS {
        let (exchange, _) = call(&redsys, name);
        let report = answered(exchange, Err(Lost::before_send("no network"))).unwrap();
        assert!(matches!(report, Report::NotSent { .. }), "{name}: {report:?}");
        let (exchange, _) = call(&redsys, name);
        let report = answered(exchange, Err(Lost::after_send("timed out"))).unwrap();
        assert!(matches!(report, Report::Unknown { .. }), "{name}: {report:?}");
    }
    let order = ORDER.parse().unwrap();
    let error = answered(redsys.query_order(&order).unwrap(), Err(Lost::before_send("no network"))).unwrap_err();
    assert!(error.is_retryable());
    let error = answered(redsys.query_order(&order).unwrap(), Err(Lost::after_send("timed out"))).unwrap_err();
    assert!(error.is_unknown_outcome());
}

#[test]
fn the_answer_names_the_type_that_was_asked() {
    let redsys = redsys(VERSION);
    for (name, kind, confirmed) in [
        ("void", "9", true),
        ("void", "09", true),
        ("void", "45", false),
        ("capture", "48", false),
        ("charge reference", "00", true),
        ("charge reference", "15", false),
        ("charge reference", "0000", false),
    ] {
        let (exchange, good) = call(&redsys, name);
        let message = with(good, &[("Ds_TransactionType", kind)]);
        let report = answered(exchange, Ok(rest_answer(VERSION, &message))).unwrap();
        assert_eq!(report.confirmation().is_some(), confirmed, "{name} {kind}: {report:?}");
        assert!(confirmed || matches!(report, Report::Unknown { .. }), "{name} {kind}: {report:?}");
    }
}

#[test]
fn what_a_status_tells() {
    let redsys = redsys(VERSION);
    for (status, confirmed) in [(200, true), (400, true), (204, false), (302, false), (500, false), (503, false)] {
        let (exchange, good) = call(&redsys, "void");
        let mut response = rest_answer(VERSION, &good);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let report = answered(exchange, Ok(response)).unwrap();
        assert_eq!(report.confirmation().is_some(), confirmed, "{status}");
    }
}

#[test]
fn an_error_code_is_a_no_unless_a_signed_message_stands_beside_it() {
    let redsys = redsys(VERSION);
    let answer = |message: &Fields| {
        let (exchange, _) = call(&redsys, "void");
        answered(exchange, Ok(Response::new(json(message).into_bytes()))).unwrap()
    };
    let no = fields(&[("errorCode", "SIS0063"), ("errorCodeDescription", "x")]);
    assert!(matches!(answer(&no), Report::Rejected { code, .. } if code == "SIS0063"));
    assert!(matches!(answer(&fields(&[("errorCode", "SIS0063 4548812049400004")])), Report::Unknown { .. }));
    assert!(matches!(answer(&fields(&[("errorCode", "SIS0063"), ("ERRORCODE", "SIS0063")])), Report::Unknown { .. }));

    let (_, good) = call(&redsys, "void");
    let signed = sealed(VERSION, ORDER, &json(&good));
    assert_eq!(answer(&[no.clone(), signed].concat()).outcome(), Outcome::Approved);
    let mut forged = sealed(VERSION, ORDER, &json(&good));
    forged[2].1 = base64([7; 64]);
    assert!(matches!(answer(&[no, forged].concat()), Report::Unknown { .. }));
}

#[test]
fn our_own_request_sent_back_is_no_answer() {
    let redsys = redsys(VERSION);
    for name in CALLS {
        let (exchange, _) = call(&redsys, name);
        let Exchange::Ask(ask) = exchange else { panic!("there was nothing to ask") };
        let (request, _, resume) = ask.split();
        let report = resume.with(Ok(Response::new(request.into_body()))).unwrap().local().unwrap();
        assert!(matches!(report, Report::Unknown { .. }), "{name}: {report:?}");
    }
}

#[test]
fn the_void_of_a_refund_asks_for_its_amount() {
    let redsys = redsys(VERSION);
    let (exchange, _) = call(&redsys, "void refund");
    let sent = parameters(exchange);
    assert_eq!(sent["DS_MERCHANT_TRANSACTIONTYPE"], "46");
    assert_eq!(sent["DS_MERCHANT_AMOUNT"], "1000");
    assert_eq!(sent["DS_MERCHANT_ORDER"], ORDER);
    assert_eq!(sent.len(), 6);

    let mut operation = in_state(&sale(&redsys), OperationState::Completed);
    let pending = operation.start_refund(euros(1_000), None).unwrap();
    assert!(redsys.void_refund(&operation, &pending, now()).is_err(), "only an approved refund can be voided");
    assert!(redsys.void(&sale(&redsys), now()).is_err(), "nothing was charged");
    assert!(redsys.capture(&sale(&redsys), now()).is_err(), "no capture was started");
    assert_eq!(json(&paid()).matches("Ds_Order").count(), 1);
}
