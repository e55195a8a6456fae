//! Bytes become a request, a notification and, signed as the bank would sign them, a confirmation.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vpos::core::http::Request;
use vpos::redsys::signature::SignatureVersion;
use vpos::redsys::{NotificationKind, Redsys};
use vpos::{Lookup, OperationState, Outcome, PaymentKind, PointOfSale as _, Rejection};
use vpos_fuzz::{now, operation, redsys, sealed, signed};

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = data.split_first() else { return };
    let kind = if mode & 8 == 0 { NotificationKind::Http } else { NotificationKind::Soap };
    let Some(request) = request(mode & 7, bytes) else { return };
    check(&redsys(kind), &request);
});

/// The bytes as they are: a post, a query. Or inside a message that is signed: parameters, the members of them, XML.
fn request(mode: u8, bytes: &[u8]) -> Option<Request<Vec<u8>>> {
    let text = || std::str::from_utf8(bytes).ok();
    let body = match mode {
        0 | 1 => bytes.to_vec(),
        2 => return Request::get(format!("/?{}", text()?)).body(Vec::new()).ok(),
        3 | 4 => {
            let version = if mode == 3 { SignatureVersion::HmacSha256V1 } else { SignatureVersion::HmacSha512V2 };
            let (parameters, signature) = sealed(version, bytes);
            let encoded = |text: &str| text.replace('+', "%2B");
            format!(
                "Ds_SignatureVersion={version}&Ds_MerchantParameters={}&Ds_Signature={}",
                encoded(&parameters),
                encoded(&signature)
            )
            .into_bytes()
        }
        _ => {
            let request = format!("<Request Ds_Version='0.0'>{}</Request>", text()?);
            let signature = signed(SignatureVersion::HmacSha256V1, &request);
            let message = format!("<Message>{request}<Signature>{signature}</Signature></Message>");
            let message = message.replace('&', "&amp;").replace('<', "&lt;");
            let call = format!("<procesaNotificacionSIS><XML>{message}</XML></procesaNotificacionSIS>");
            format!("<Envelope><Body>{call}</Body></Envelope>").into_bytes()
        }
    };
    Request::post("/").body(body).ok()
}

fn check(redsys: &Redsys, request: &Request<Vec<u8>>) {
    let Ok(notification) = redsys.receive(request) else { return };
    let _ = (notification.evidence(), format!("{notification:?}"));
    let Lookup::Number(number) = notification.lookup() else { panic!("found by something else than its number") };
    for kind in [PaymentKind::Sale, PaymentKind::Preauthorization] {
        for state in [OperationState::Pending, OperationState::Completed] {
            let stored = operation(redsys, number, kind, state);
            let _ = redsys.reject(Some(&notification), Some(&stored), &Rejection::NotCommitted);
            let Ok(exchange) = redsys.verify(&notification, &stored, now()) else { continue };
            let confirmation = exchange.local().expect("checked without asking the bank");
            assert_eq!(confirmation.number(), stored.number());
            assert_eq!(confirmation.contract(), stored.acceptor());
            if confirmation.is_approved_payment() {
                assert_eq!(confirmation.amount(), Some(stored.amount()));
            }
            let mut after = stored.clone();
            let paid = after.apply(&confirmation).is_ok_and(|applied| applied.paid_now());
            assert!(!paid || confirmation.outcome() == Outcome::Approved);
            assert!(!paid || confirmation.amount().is_some_and(|amount| amount <= stored.amount()));
            let _ = redsys.accept(&notification, &after);
        }
    }
}
