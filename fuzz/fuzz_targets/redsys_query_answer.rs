//! Bytes as the answer to a SOAP query, or as the rows of an answer that is signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vpos::redsys::NotificationKind;
use vpos::redsys::signature::SignatureVersion;
use vpos::{OperationState, PaymentKind, PointOfSale as _, Report};
use vpos_fuzz::{answered, now, operation, order, redsys, signed};

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = data.split_first() else { return };
    let redsys = redsys(NotificationKind::Http);
    let is_signed = mode & 1 != 0;
    let body = if is_signed {
        let Ok(rows) = std::str::from_utf8(bytes) else { return };
        answer(rows)
    } else {
        bytes.to_vec()
    };
    let kind = if mode & 2 == 0 { PaymentKind::Sale } else { PaymentKind::Preauthorization };
    let sale = operation(&redsys, &order(), kind, OperationState::Unknown);
    let exchange = redsys.query(&sale, now()).expect("it can be asked");
    let report = answered(exchange, 200, body.clone()).expect("an answer always ends in a report");
    if let Report::Confirmed(confirmation) = report {
        assert!(is_signed, "nobody signed this");
        assert_eq!(*confirmation.number(), order());
        assert!(!confirmation.is_approved_payment() || confirmation.amount() == Some(sale.amount()));
    }
    let listing = redsys.query_order(&order()).expect("it can be asked");
    if let Some(listing) = answered(listing, 200, body) {
        let told = listing.size_hint().0;
        assert_eq!(listing.count(), told);
    }
});

fn answer(rows: &str) -> Vec<u8> {
    let version = format!("<Version Ds_Version=\"0.0\"><Message>{rows}</Message></Version>");
    let signature = signed(SignatureVersion::HmacSha256V1, &version);
    let messages = format!("<Messages>{version}<Signature>{signature}</Signature></Messages>");
    let escaped = messages.replace('&', "&amp;").replace('<', "&lt;");
    let inside = format!("<consultaOperacionesReturn>{escaped}</consultaOperacionesReturn>");
    format!("<Envelope><Body><consultaOperacionesResponse>{inside}</consultaOperacionesResponse></Body></Envelope>").into_bytes()
}
