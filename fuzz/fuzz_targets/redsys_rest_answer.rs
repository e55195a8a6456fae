//! Bytes as the answer to a REST call, or inside an answer that is signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vpos::core::{Exchange, Reference, References};
use vpos::redsys::signature::SignatureVersion;
use vpos::redsys::{NotificationKind, PayGold, PayGoldLink, Redsys};
use vpos::{Amount, Currency, OperationState, PaymentKind, PointOfSale as _, Report};
use vpos_fuzz::{answered, now, operation, order, redsys, sealed};

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = data.split_first() else { return };
    let redsys = redsys(NotificationKind::Http);
    let is_signed = mode & 128 != 0;
    let body = if is_signed { answer(bytes) } else { bytes.to_vec() };
    let status = [200, 200, 200, 400, 404, 500][usize::from(mode >> 4 & 7) % 6];
    if mode & 15 == 15 {
        link(&redsys, status, body);
        return;
    }
    let Some(exchange) = call(&redsys, mode & 15) else { return };
    let report = answered(exchange, status, body).expect("an answer always ends in a report");
    let _ = format!("{report:?}");
    if let Report::Confirmed(confirmation) = report {
        assert!(is_signed, "nobody signed this");
        assert_eq!(*confirmation.number(), order());
    }
});

fn answer(json: &[u8]) -> Vec<u8> {
    let (parameters, signature) = sealed(SignatureVersion::HmacSha512V1, json);
    let version = SignatureVersion::HmacSha512V1;
    let text = format!(
        "{{\"Ds_SignatureVersion\":\"{version}\",\"Ds_MerchantParameters\":\"{parameters}\",\"Ds_Signature\":\"{signature}\"}}"
    );
    text.into_bytes()
}

fn call(redsys: &Redsys, which: u8) -> Option<Exchange<Report>> {
    let amount = |minor| Amount::from_minor(minor, Currency::EUR);
    let mut card = References::new();
    card.insert(Reference::CardReference, "7be1c04d5f3a49b2a86e0d1f2c3b4a5968778695");
    let mut paid = operation(redsys, &order(), PaymentKind::Sale, OperationState::Completed);
    match which {
        0 => {
            let refund = paid.start_refund(amount(1_000), None).ok()?;
            redsys.refund(&paid, &refund, now()).ok()
        }
        1 => {
            let mut hold = operation(redsys, &order(), PaymentKind::Preauthorization, OperationState::Authorized);
            hold.start_capture(amount(4_000), hold.amount()).ok()?;
            redsys.capture(&hold, now()).ok()
        }
        2 => redsys.void(&paid, now()).ok(),
        3 => {
            paid.learn(&card);
            redsys.delete_reference(&paid, now()).ok()
        }
        _ => {
            let mut sale = operation(redsys, &order(), PaymentKind::Sale, OperationState::Pending);
            sale.learn(&card);
            sale.start_charge().ok()?;
            redsys.charge_reference(&sale, now()).ok()
        }
    }
}

fn link(redsys: &Redsys, status: u16, body: Vec<u8>) {
    let sale = operation(redsys, &order(), PaymentKind::Sale, OperationState::Pending);
    let asked = PayGold { email: Some("ana@example.com".into()), ..PayGold::default() };
    let exchange = redsys.paygold(&sale, &asked).expect("it can be asked for");
    if let PayGoldLink::Sent(link) = answered(exchange, status, body).expect("an answer always ends in a link or a report") {
        assert!(link.starts_with("https://"), "{link}");
    }
}
