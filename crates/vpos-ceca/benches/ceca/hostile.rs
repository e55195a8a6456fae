//! What an attacker may send, of the greatest size that is read: each must be refused or read in a time that hurts nobody.

use std::fmt;

use divan::Bencher;
use divan::counter::BytesCount;
use vpos_ceca::signature::Cipher;
use vpos_core::http::Response;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{ANSWER_LIMIT, Exchange, NOTIFICATION_LIMIT, PointOfSale as _, Reference};

use crate::messages::{contract, now, operation, post};

/// A body by the name of its trick.
#[derive(Clone)]
struct Hostile {
    name: &'static str,
    body: String,
}

impl fmt::Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Reads a notification as far as it goes; nothing of it is signed.
#[divan::bench(args = notifications())]
fn notification(bencher: Bencher<'_, '_>, hostile: &Hostile) {
    let ceca = contract(Cipher::Hmac);
    let operation = operation(&ceca);
    let request = post(hostile.body.as_str());
    bencher.counter(BytesCount::new(hostile.body.len())).bench(|| {
        let read = ceca.receive(&request).and_then(|message| ceca.verify(&message, &operation, now()));
        assert!(read.is_err());
    });
}

#[divan::bench(args = refund_answers())]
fn refund_answer(bencher: Bencher<'_, '_>, hostile: &Hostile) {
    let ceca = contract(Cipher::Sha2);
    let mut record = operation(&ceca).record().clone();
    record.state = OperationState::Completed;
    record.references.insert(Reference::BankReference, "120043981612");
    let mut operation = Operation::from_record(record).unwrap();
    let refund = operation.start_refund(operation.amount(), None).unwrap();
    let input = || {
        let Exchange::Ask(question) = ceca.refund(&operation, &refund, now()).unwrap() else { unreachable!("a question") };
        (question.split().2, Response::new(hostile.body.clone().into_bytes()))
    };
    bencher.counter(BytesCount::new(hostile.body.len())).with_inputs(input).bench_values(|(resume, response)| {
        let report = resume.with(Ok(response)).unwrap().local().unwrap();
        assert!(report.confirmation().is_none());
    });
}

fn notifications() -> Vec<Hostile> {
    let most = NOTIFICATION_LIMIT;
    let fields = |names: &mut dyn Iterator<Item = String>| names.collect::<Vec<_>>().join("&");
    let signed = "MerchantID=1&AcquirerBIN=1&TerminalID=1&Num_operacion=1&Importe=1&TipoMoneda=978&Exponente=2&Referencia=";
    vec![
        hostile("fields", fields(&mut (0..most / 6).map(|at| format!("{at:05}")))),
        hostile("fields, 256 with long names", fields(&mut (0..256).map(|at| format!("{at:0>255}")))),
        hostile("fields without names", "&".repeat(most)),
        hostile("escapes", filled("a=", "%41", "", most)),
        hostile("a long reference", filled(signed, "1", "&Firma=AAAA", most)),
        hostile("a long signature", filled(&format!("{signed}1&Firma="), "A", "", most)),
    ]
}

fn refund_answers() -> Vec<Hostile> {
    let most = NOTIFICATION_LIMIT;
    let refused = "<TRANSACCION valor='ERROR'><ERROR><codigo>1</codigo><descripcion><![CDATA[";
    vec![
        hostile("elements", filled("<a>", "<b/>", "</a>", most)),
        hostile("nested elements", filled("", "<a>", "", most)),
        hostile("operations", filled("<TRANSACCION valor='OK'>", "<OPERACION/>", "</TRANSACCION>", most)),
        hostile("entities", filled("<a>", "&lt;", "</a>", most)),
        hostile("entities of HTML", filled(refused, "&oacute", "]]></descripcion></ERROR></TRANSACCION>", most)),
        hostile("1 MiB of junk", filled("", "junk ", "", ANSWER_LIMIT)),
    ]
}

const fn hostile(name: &'static str, body: String) -> Hostile {
    Hostile { name, body }
}

/// A start, the same again and again up to the limit, and an end.
fn filled(start: &str, again: &str, end: &str, most: usize) -> String {
    let count = most.saturating_sub(start.len() + end.len()) / again.len();
    format!("{start}{}{end}", again.repeat(count))
}
