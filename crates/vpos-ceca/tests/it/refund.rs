//! Refunds asked by form post: what is sent, and what the answers are taken for.

use proptest::prelude::*;
use vpos_ceca::vpos_core::http::{Request, Response};
use vpos_ceca::vpos_core::operation::{OperationState, RefundState};
use vpos_ceca::vpos_core::{Amount, Currency, Error, Lost, Outcome, PointOfSale as _, Reference, References, Report};
use vpos_ceca::{Ceca, RefundPath};

use crate::scene::{CIPHERS, asked, ceca, config, now, ok, stored};

/// Refunds so many cents of 123.45 and reports what an answer led to.
fn refund(
    ceca: &Ceca,
    minor: u64,
    answer: Result<Response<Vec<u8>>, Lost>,
) -> (Request<Vec<u8>>, Report, OperationState, RefundState) {
    let mut operation = stored(ceca, OperationState::Completed, |_| {});
    let refund = operation.start_refund(Amount::from_minor(minor, Currency::EUR), None).unwrap();
    let (request, report) = asked(ceca.refund(&operation, &refund, now()).unwrap(), answer);
    operation.settle_refund(refund.id, &report).unwrap();
    let state = operation.refund(refund.id).unwrap().state;
    (request, report, operation.state(), state)
}

fn good(importe: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<TRANSACCION valor=\"OK\" numeroOperacion=\"PED17-A\">\
         <OPERACION tipo=\"900\"><importe>{importe}</importe><numeroAutorizacion>101000</numeroAutorizacion>\
         <referencia>120043981999</referencia></OPERACION></TRANSACCION>"
    )
}

#[test]
fn a_part_is_called_one_at_the_console_alone() {
    let body = |path, minor| {
        let mut config = config(CIPHERS[1]);
        config.refund_path = Some(path);
        let (request, ..) = refund(&Ceca::new(config).unwrap(), minor, ok("x"));
        (request.uri().to_string(), String::from_utf8(request.into_body()).unwrap())
    };
    let (address, whole) = body(RefundPath::Console, 12_345);
    assert!(address.ends_with("/ConsTpvVirtS?modo=anularOperacionExt") && !whole.contains("TIPO_ANU"), "{address} {whole}");
    assert!(body(RefundPath::Console, 12_344).1.contains("&TIPO_ANU=P&"));
    let (address, part) = body(RefundPath::Tpvweb, 1);
    assert_eq!(address, "https://tpv.ceca.es/tpvweb/anulaciones/anularParcial.action");
    assert!(part.contains("&Pagina=anulacion_xml&") && !part.contains("TIPO_ANU"), "{part}");
}

#[test]
fn a_good_answer_is_a_refund() {
    let (_, report, state, refund) = refund(&ceca(CIPHERS[1]), 12_345, ok(good("  123.45  Euros")));
    assert_eq!((report.outcome(), state, refund), (Outcome::Approved, OperationState::Refunded, RefundState::Approved));
    assert_eq!(report.confirmation().unwrap().references().get(Reference::RefundId), Some("120043981999"));
    assert_eq!(report.code(), Some("900"));
}

#[test]
fn a_no_is_the_banks_own() {
    let no = |code: &str| {
        format!(
            "<TRANSACCION valor='ERROR'><ERROR><codigo>{code}</codigo><descripcion><![CDATA[Petici&oacute;n de 5540500001000004]]></descripcion></ERROR></TRANSACCION>"
        )
    };
    let (_, report, state, refund_state) = refund(&ceca(CIPHERS[1]), 1, ok(no("999")));
    assert_eq!((report.outcome(), state, refund_state), (Outcome::Error, OperationState::Completed, RefundState::Declined));
    assert!(matches!(report, Report::Rejected { ref message, .. } if message == "Petición de 554050******0004"), "{report:?}");
    let (_, report, ..) = refund(&ceca(CIPHERS[1]), 1, ok(no("15")));
    assert!(matches!(report, Report::Rejected { ref message, .. } if message == "there is no such operation"), "{report:?}");
}

#[test]
fn what_tells_nothing_is_unknown() {
    let page = "<html><body>Servicio no disponible</body></html>";
    for answer in [
        ok(""),
        ok(page),
        ok(good("1.00 Euros")),
        ok(good("1,234.5")),
        ok(good("123.45").replace("900", "000")),
        ok(good("123.45").replace("900", "400")),
        ok(good("123.45").replace("PED17-A", "PED17-B")),
        ok(good("123.45").replace("\"OK\"", "\"OK \"")),
        ok("<TRANSACCION valor='OK'/>"),
        ok(good("123.45").replace("</TRANSACCION>", "<OPERACION tipo='900'/></TRANSACCION>")),
        Ok(Response::builder().status(500).body(good("123.45").into_bytes()).unwrap()),
        Ok(Response::builder().status(302).body(Vec::new()).unwrap()),
        Err(Lost::after_send("time-out")),
    ] {
        let (_, report, state, refund) = refund(&ceca(CIPHERS[1]), 12_345, answer.clone());
        let ended = (report.outcome(), state, refund);
        assert_eq!(ended, (Outcome::Unknown, OperationState::Completed, RefundState::Unknown), "{answer:?}");
    }
    let (_, report, ..) = refund(&ceca(CIPHERS[1]), 12_345, Err(Lost::before_send("no route")));
    assert!(matches!(report, Report::NotSent { .. }));
}

#[test]
fn nothing_is_sent_without_what_the_bank_needs() {
    let ceca = ceca(CIPHERS[1]);
    let mut operation = stored(&ceca, OperationState::Completed, |record| record.references = References::default());
    let refund = operation.start_refund(Amount::from_minor(1, Currency::EUR), None).unwrap();
    let error = ceca.refund(&operation, &refund, now()).unwrap_err();
    assert!(matches!(error, Error::Payment { field, .. } if field == "references.bank_reference"));
    let not_recorded = stored(&ceca, OperationState::Completed, |_| {});
    assert!(ceca.refund(&not_recorded, &refund, now()).is_err());
    assert!(matches!(ceca.query(&operation, now()), Err(Error::Unsupported { .. })));
}

proptest! {
    #[test]
    fn no_noise_is_a_refund(bytes: Vec<u8>) {
        let (_, report, ..) = refund(&ceca(CIPHERS[1]), 12_345, ok(bytes));
        prop_assert_eq!(report.outcome(), Outcome::Unknown);
    }
}
