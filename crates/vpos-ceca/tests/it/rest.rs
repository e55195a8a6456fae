//! The JSON REST API: what is sent, and what the answers are taken for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vpos_ceca::vpos_core::http::Response;
use vpos_ceca::vpos_core::operation::{Operation, OperationState};
use vpos_ceca::vpos_core::{
    Action, Amount, Currency, Error, Exchange, Mac, Outcome, PaymentKind, PointOfSale as _, Reference, Report, Secret,
};
use vpos_ceca::{Ceca, signature};

use crate::scene::{CIPHERS, REST_KEY, asked, ceca, config, now, ok, stored, with_rest};

/// An answer as the bank signs it.
pub(crate) fn answer(parameters: &Value) -> Value {
    let encoded = STANDARD.encode(parameters.to_string());
    let mac = signature::sha2(&Secret::new(REST_KEY), encoded.as_bytes());
    json!({"cifrado": "SHA2", "parametros": encoded, "firma": hex(&mac).to_uppercase(), "fecha": "231114190359182", "idProceso": "106900640-x"})
}

/// The decoded parameters of a request.
pub(crate) fn parameters(body: &[u8]) -> Value {
    let body: Value = serde_json::from_slice(body).unwrap();
    let text = body["parametros"].as_str().unwrap();
    let mac = signature::sha2(&Secret::new(REST_KEY), text.as_bytes());
    assert_eq!((body["firma"].as_str(), body["cifrado"].as_str()), (Some(hex(&mac).as_str()), Some("SHA2")));
    serde_json::from_slice(&STANDARD.decode(text).unwrap()).unwrap()
}

fn hex(mac: &Mac) -> String {
    mac.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn held(ceca: &Ceca, capturing: Option<u64>) -> Operation {
    let state = if capturing.is_some() { OperationState::Charging } else { OperationState::Authorized };
    stored(ceca, state, |record| {
        record.kind = PaymentKind::Preauthorization;
        record.capturing = capturing.map(|minor| Amount::from_minor(minor, Currency::EUR));
    })
}

/// What an answer to a capture of 100.00 leads to.
fn captured(ceca: &Ceca, body: &str) -> (Report, Operation) {
    let mut operation = held(ceca, Some(10_000));
    let (_, report) = asked(ceca.capture(&operation, now()).unwrap(), ok(body));
    operation.settle(&report).unwrap();
    (report, operation)
}

#[test]
fn each_call_goes_to_its_process_with_its_action() {
    let ceca = with_rest();
    let check = |exchange: Exchange<Report>, process: &str, accion: &str, importe: &str| {
        let (request, _) = asked(exchange, ok(""));
        assert_eq!(request.uri().to_string(), format!("https://tpv.ceca.es/tpvweb/rest/procesos/{process}"));
        let expected = json!({
            "accion": accion, "numOperacion": "PED17-A", "importe": importe, "tipoMoneda": "978", "exponente": "2",
            "referencia": "120043981612", "merchantID": "111950028", "acquirerBIN": "0000554052", "terminalID": "00000003",
        });
        assert_eq!(parameters(request.body()), expected);
    };
    check(ceca.capture(&held(&ceca, Some(10_000)), now()).unwrap(), "compra", "REST_COBRO_PREAUTORIZACION", "10000");
    check(ceca.void(&held(&ceca, None), now()).unwrap(), "anulacion", "REST_ANULACION", "12345");
    let mut paid = stored(&ceca, OperationState::Completed, |_| {});
    check(ceca.void(&paid, now()).unwrap(), "anulacion", "REST_ANULACION", "12345");
    let refund = paid.start_refund(Amount::from_minor(7, Currency::EUR), None).unwrap();
    check(ceca.refund(&paid, &refund, now()).unwrap(), "anulacion", "REST_DEVOLUCION", "7");
}

#[test]
fn a_signed_answer_about_what_was_asked_is_believed() {
    let ceca = with_rest();
    let good =
        json!({"codAut": "900", "numAut": "101000", "referencia": "130000000001", "importe": 10000, "numOperacion": "PED17-A"});
    let (report, operation) = captured(&ceca, &answer(&good).to_string());
    assert_eq!((report.action(), report.outcome(), report.code()), (Action::Capture, Outcome::Approved, Some("900")));
    assert_eq!(operation.charged(), Some(Amount::from_minor(10_000, Currency::EUR)));
    // a refund is of the capture from now on
    assert_eq!(operation.references().get(Reference::CaptureId), Some("130000000001"));
    let mut operation = operation;
    let refund = operation.start_refund(Amount::from_minor(1, Currency::EUR), None).unwrap();
    let done =
        json!({"codAut": "900", "tipoOperacion": "D", "referencia": "130000000002", "merchantID": 111_950_028, "pais": "724"});
    let (request, report) = asked(ceca.refund(&operation, &refund, now()).unwrap(), ok(answer(&done).to_string()));
    assert_eq!(parameters(request.body())["referencia"], "130000000001");
    operation.settle_refund(refund.id, &report).unwrap();
    assert_eq!(operation.state(), OperationState::PartiallyRefunded);
}

#[test]
fn anything_else_tells_nothing() {
    let ceca = with_rest();
    let good = json!({"codAut": "900", "importe": "10000", "numOperacion": "PED17-A"});
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        answer(&changed).to_string()
    };
    let outer = |name: &str, value: Value| {
        let mut changed = answer(&good);
        changed[name] = value;
        changed.to_string()
    };
    assert_eq!(captured(&ceca, &answer(&good).to_string()).0.outcome(), Outcome::Approved);
    for body in [
        with("codAut", json!("000")),
        with("codAut", json!("101")),
        with("codAut", Value::Null),
        with("importe", json!("9999")),
        with("importe", json!("100.00")),
        with("numOperacion", json!("PED17-B")),
        with("merchantID", json!("111950029")),
        with("terminalID", json!("4")),
        with("tipoMoneda", json!("840")),
        outer("firma", json!("00")),
        outer("firma", Value::Null),
        outer("cifrado", json!("SHA1")),
        outer("parametros", json!(STANDARD.encode(r#"{"codAut":"900"}"#))),
        outer("codResult", json!("27")),
        json!({"codResult": "0"}).to_string(),
        json!({"codResult": "<script>"}).to_string(),
        json!({"fecha": "1"}).to_string(),
        r#"{"codResult":"27","codResult":"28"}"#.to_owned(),
        "<html></html>".to_owned(),
        String::new(),
    ] {
        let (report, operation) = captured(&ceca, &body);
        assert_eq!((report.outcome(), operation.state()), (Outcome::Unknown, OperationState::Unknown), "{body}");
    }
}

#[test]
fn the_banks_no_is_not_signed() {
    let ceca = with_rest();
    for (body, code) in [
        (json!({"fecha": "1", "idProceso": "x", "codResult": "807"}), "807"),
        (json!({"codResult": 27}), "27"),
        (json!({"paramsEntradaError": {"importe": "formato"}}), "paramsEntradaError"),
    ] {
        let (report, operation) = captured(&ceca, &body.to_string());
        assert_eq!((report.outcome(), report.code()), (Outcome::Error, Some(code)));
        assert_eq!(operation.state(), OperationState::Authorized);
    }
    let operation = held(&ceca, Some(10_000));
    let response = Response::builder().status(400).body(br#"{"codResult":"27"}"#.to_vec()).unwrap();
    assert_eq!(asked(ceca.capture(&operation, now()).unwrap(), Ok(response)).1.outcome(), Outcome::Error);
    let response = Response::builder().status(503).body(br#"{"codResult":"27"}"#.to_vec()).unwrap();
    assert_eq!(asked(ceca.capture(&operation, now()).unwrap(), Ok(response)).1.outcome(), Outcome::Unknown);
}

#[test]
fn a_contract_may_trust_tls_alone() {
    let mut config = config(CIPHERS[1]);
    config.rest_key = Some(Secret::new(REST_KEY));
    config.verify_rest_answers = false;
    let ceca = Ceca::new(config).unwrap();
    let mut unsigned = answer(&json!({"codAut": "900"}));
    unsigned["firma"] = "00".into();
    assert_eq!(captured(&ceca, &unsigned.to_string()).0.outcome(), Outcome::Approved);
}

#[test]
fn without_keys_there_is_no_rest() {
    let plain = ceca(CIPHERS[1]);
    let hold = held(&plain, None);
    assert!(matches!(plain.void(&hold, now()), Err(Error::Unsupported { operation: "void", .. })));
    assert!(matches!(plain.capture(&held(&plain, Some(1)), now()), Err(Error::Unsupported { operation: "capture", .. })));
    assert!(!plain.capabilities().void && with_rest().capabilities().void);

    // with them a refund still goes to the console, unless the contract says otherwise
    let mut config = config(CIPHERS[1]);
    config.rest_key = Some(Secret::new(REST_KEY));
    let ceca = Ceca::new(config).unwrap();
    let mut paid = stored(&ceca, OperationState::Completed, |_| {});
    let refund = paid.start_refund(paid.amount(), None).unwrap();
    let (request, _) = asked(ceca.refund(&paid, &refund, now()).unwrap(), ok(""));
    assert_eq!(request.uri().host(), Some("democonsolatpvvirtual.ceca.es"));
}
