//! Bytes become a notification of Elavon, or the answer to a refund: never a panic, and nothing is paid that nobody signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vpos::core::http::Request;
use vpos::{AnyPos, OperationState, PaymentKind, PointOfSale as _, Rejection};
use vpos_fuzz::{answered, now, stored};

const CONTRACT: &str = "environment = \"test\"\nmerchant_id = \"tienda\"\naccount = \"internet\"\nsecret = \"mysecret\"\nrebate_password = \"refund\"";

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = data.split_first() else { return };
    let pos = AnyPos::from_table("elavon", CONTRACT.parse().expect("a table")).expect("a contract");
    if mode & 1 == 0 { notified(&pos, *mode, bytes) } else { refunded(&pos, *mode, bytes) }
});

fn notified(pos: &AnyPos, mode: u8, bytes: &[u8]) {
    let request = match (mode & 2, std::str::from_utf8(bytes)) {
        (0, _) => Request::post("/").body(bytes.to_vec()),
        (_, Ok(text)) => Request::get(format!("/?{text}")).body(Vec::new()),
        (_, Err(_)) => return,
    };
    let Ok(request) = request else { return };
    let Ok(notification) = pos.receive(&request) else { return };
    let _ = (notification.evidence(), format!("{notification:?}"));
    let operation = stored(pos, "PED17K7Q2M9XA", PaymentKind::Sale, OperationState::Pending);
    let _ = pos.reject(Some(&notification), Some(&operation), &Rejection::NotCommitted);
    let Ok(exchange) = pos.verify(&notification, &operation, now()) else { return };
    let confirmation = exchange.local().expect("checked without asking the bank");
    assert_eq!(confirmation.number(), operation.number());
    assert_eq!(confirmation.contract(), operation.acceptor());
    let _ = pos.accept(&notification, &operation);
}

fn refunded(pos: &AnyPos, mode: u8, bytes: &[u8]) {
    let mut operation = stored(pos, "PED17K7Q2M9XA", PaymentKind::Sale, OperationState::Completed);
    let refund = operation.start_refund(operation.amount(), None).expect("something is left");
    let Ok(exchange) = pos.refund(&operation, &refund, now()) else { return };
    let status = [200, 200, 404, 500][usize::from(mode >> 1 & 3)];
    let report = answered(exchange, status, bytes.to_vec()).expect("an answer always ends in a report");
    let _ = (format!("{report:?}"), operation.settle_refund(refund.id, &report));
    assert!(operation.state().is_paid());
}
