//! IPN: what PayPal owns to, what it does not, and what its messages mean.

use proptest::prelude::*;
use vpos_core::http::Response;
use vpos_core::operation::{Operation, OperationState, RefundState};
use vpos_core::{
    Action, Confirmation, Environment, Error, Exchange, Lookup, Lost, Outcome, PaymentKind, PointOfSale as _, Reference, Refusal,
};
use vpos_paypal::Paypal;

use crate::nvp_scene::{
    HOLD, NUMBER, PAID, TOKEN, completed, config, drive, euros, held, known_account, now, paypal, pending, posted, stored,
};

fn message(status: &str, gross: &str, more: &str) -> String {
    format!(
        "mc_gross={gross}&invoice={NUMBER}&custom={NUMBER}&payment_status={status}&mc_currency=EUR&txn_id={PAID}\
         &txn_type=express_checkout&charset=windows-1252&receiver_id=7C2LDBEMSAFLS&test_ipn=1&first_name=Bego%F1a{more}"
    )
}

fn refund_message(gross: &str, id: &str) -> String {
    let more = format!("&parent_txn_id={PAID}&reason_code=refund");
    message("Refunded", gross, &more).replace(&format!("txn_id={PAID}&txn_type=express_checkout"), &format!("txn_id={id}"))
}

/// The message posted back, over that answer.
fn verify(paypal: &Paypal, operation: &Operation, body: &str, answer: Result<&str, Lost>) -> Result<Confirmation, Error> {
    let notification = paypal.receive(&posted(body))?;
    let (result, sent) = drive(paypal.verify(&notification, operation, now()), &[answer.map(str::to_owned)]);
    let sent = sent.first().expect("a post-back");
    assert_eq!(sent.uri, "https://ipnpb.sandbox.paypal.com/cgi-bin/webscr");
    assert_eq!(sent.body, format!("cmd=_notify-validate&{body}").into_bytes());
    result
}

fn verified(operation: &Operation, body: &str) -> Result<Confirmation, Error> {
    verify(&known_account(), operation, body, Ok("VERIFIED"))
}

#[test]
fn only_what_paypal_owns_to_is_believed() {
    let paypal = known_account();
    let body = message("Completed", "123.45", "");
    let ask = |answer| verify(&paypal, &pending(&paypal), &body, answer);
    let told = ask(Ok("VERIFIED")).unwrap();
    assert_eq!((told.action(), told.outcome()), (Action::Charge, Outcome::Approved));
    assert_eq!(told.references().get(Reference::CaptureId), Some(PAID));
    assert_eq!(ask(Ok("INVALID")).unwrap_err().refusal(), Some(Refusal::Signature));
    assert!(ask(Err(Lost::before_send("x"))).unwrap_err().is_retryable());
    assert!(ask(Err(Lost::after_send("x"))).unwrap_err().is_unknown_outcome());
    for word in ["", "verified", "VERIFIED!", "NOT VERIFIED", "<html>VERIFIED</html>", "INVALID VERIFIED", "ERROR"] {
        assert!(ask(Ok(word)).unwrap_err().is_unknown_outcome(), "{word}");
    }
}

#[test]
fn a_verified_word_with_another_status_is_none() {
    let paypal = known_account();
    for status in [302, 400, 403, 500, 503] {
        let notification = paypal.receive(&posted(message("Completed", "123.45", ""))).unwrap();
        let Exchange::Ask(ask) = paypal.verify(&notification, &pending(&paypal), now()).unwrap() else { panic!("asked nothing") };
        let mut response = Response::new(b"VERIFIED".to_vec());
        *response.status_mut() = status.try_into().unwrap();
        assert!(ask.split().2.with(Ok(response)).unwrap_err().is_unknown_outcome(), "{status}");
    }
}

#[test]
fn the_operation_is_found_by_our_number_or_by_the_payment() {
    let lookup = |body: &str| paypal().receive(&posted(body)).unwrap().lookup().clone();
    let number = || Lookup::Number(NUMBER.parse().unwrap());
    assert_eq!(lookup(&message("Completed", "123.45", "")), number());
    assert_eq!(lookup(&format!("txn_id=1&custom={NUMBER}")), number());
    let of = |id: &str| Lookup::Reference(Reference::CaptureId, id.into());
    assert_eq!(lookup("txn_id=1&parent_txn_id=2"), of("2"));
    assert_eq!(lookup("txn_id=1&invoice=not+a+number"), of("1"));
    assert_eq!(lookup("txn_type=new_case"), of(""));
}

#[test]
fn every_part_is_compared() {
    let paypal = known_account();
    let good = message("Completed", "123.45", "");
    assert!(verify(&paypal, &pending(&paypal), &good, Ok("VERIFIED")).is_ok());
    for (from, to, refusal) in [
        ("mc_gross=123.45", "mc_gross=1.23", Some(Refusal::Amount)),
        ("mc_currency=EUR", "mc_currency=USD", Some(Refusal::Currency)),
        ("receiver_id=7C2LDBEMSAFLS", "receiver_id=AAAAAAAAAAAAA", Some(Refusal::Merchant)),
        ("receiver_id=7C2LDBEMSAFLS", "receiver_id=", None),
        ("test_ipn=1", "test_ipn=0", Some(Refusal::Environment)),
        (&format!("custom={NUMBER}"), "custom=OTHER", Some(Refusal::Number)),
        (&format!("invoice={NUMBER}"), "invoice=OTHER", Some(Refusal::Number)),
        ("mc_gross=123.45", "mc_gross=1%2C123.45", None),
        ("mc_gross=123.45", "mc_gross=-123.45", None),
        ("mc_gross=123.45", "mc_gross=12345e-2", None),
        ("mc_gross=123.45", "gross=123.45", None),
        ("mc_currency=EUR", "currency=EUR", None),
        ("payment_status=", "status=", None),
        ("txn_id=9AB12345CD678901E", "txn_id=%3Cb%3E", None),
    ] {
        let error = verify(&paypal, &pending(&paypal), &good.replace(from, to), Ok("VERIFIED")).unwrap_err();
        match refusal {
            Some(refusal) => assert_eq!(error.refusal(), Some(refusal), "{to}"),
            None => assert!(matches!(error, Error::Malformed { .. }), "{to}: {error:?}"),
        }
        // the signature is judged before anything else
        let forged = verify(&paypal, &pending(&paypal), &good.replace(from, to), Ok("INVALID")).unwrap_err();
        assert_eq!(forged.refusal(), Some(Refusal::Signature), "{to}");
    }
}

#[test]
fn a_sandbox_message_pays_nothing_live() {
    let mut config = config(Environment::Live);
    config.receiver_id = Some("7C2LDBEMSAFLS".into());
    let live = Paypal::new(config).unwrap();
    let operation = pending(&live);
    let ask = |body: &str| {
        let notification = live.receive(&posted(body)).unwrap();
        let (result, sent) = drive(live.verify(&notification, &operation, now()), &[Ok("VERIFIED".into())]);
        assert_eq!(sent[0].uri, "https://ipnpb.paypal.com/cgi-bin/webscr");
        result
    };
    let body = message("Completed", "123.45", "");
    assert_eq!(ask(&body).unwrap_err().refusal(), Some(Refusal::Environment));
    assert!(ask(&body.replace("&test_ipn=1", "")).is_ok());
}

#[test]
fn what_cannot_be_read_is_not_posted_back() {
    let paypal = known_account();
    let huge = format!("txn_id=1&memo={}", "x".repeat(70_000));
    let double = message("Completed", "123.45", "&payment_status=Refunded");
    let hidden = message("Completed", "123.45", "&mc%5Fgross=0.01");
    for body in ["", "{}", "txn_id=1&txn_id=1", &huge, &double, &hidden] {
        assert!(matches!(paypal.receive(&posted(body)), Err(Error::Malformed { .. })), "{}", body.len());
    }
}

#[test]
fn the_words_for_a_sale() {
    use Outcome as O;
    let paypal = known_account();
    for (status, more, outcome) in [
        ("Completed", "", Ok(O::Approved)),
        ("Processed", "", Ok(O::Approved)),
        ("Pending", "&pending_reason=echeck", Ok(O::Pending)),
        ("In-Progress", "", Ok(O::Pending)),
        ("Pending", "&pending_reason=authorization", Err(Refusal::Type)),
        ("Denied", "", Ok(O::Declined)),
        ("Failed", "", Ok(O::Declined)),
        ("Expired", "", Ok(O::Declined)),
        ("Voided", "", Ok(O::Declined)),
        ("Created", "", Ok(O::Unknown)),
        ("completed", "", Ok(O::Unknown)),
    ] {
        let told = verified(&pending(&paypal), &message(status, "123.45", more));
        let told = told.map(|told| told.outcome()).map_err(|error| error.refusal().unwrap());
        assert_eq!(told, outcome, "{status} {more}");
    }
}

#[test]
fn a_refund_is_a_record_and_the_same_message_again_is_no_news() {
    let paypal = known_account();
    let mut operation = completed(&paypal);
    for _ in 0..2 {
        let told = verified(&operation, &refund_message("-10.00", "5LW01234AB567890C")).unwrap();
        operation.apply(&told).unwrap();
        assert_eq!((operation.state(), operation.refunds().len()), (OperationState::PartiallyRefunded, 1));
    }
    let rest = verified(&operation, &refund_message("-113.45", "8XY01234AB567890D")).unwrap();
    operation.apply(&rest).unwrap();
    assert_eq!(operation.state(), OperationState::Refunded);
    let more = verified(&operation, &refund_message("-0.01", "9XY01234AB567890D")).unwrap_err();
    assert_eq!(more.refusal(), Some(Refusal::Amount));
}

#[test]
fn a_refund_of_ours_is_recognised() {
    let paypal = known_account();
    let mut operation = completed(&paypal);
    let refund = operation.start_refund(euros(1_000), None).unwrap();
    operation.settle_refund(refund.id, &vpos_core::Report::unknown(Action::Refund, "time-out")).unwrap();
    let told = verified(&operation, &refund_message("-10.00", "5LW01234AB567890C")).unwrap();
    operation.apply(&told).unwrap();
    assert_eq!((operation.refunds().len(), operation.refunds()[0].state), (1, RefundState::Approved));
}

#[test]
fn a_refund_of_another_payment_is_refused() {
    let paypal = known_account();
    let other = refund_message("-10.00", "5LW01234AB567890C").replace(PAID, "0AB12345CD678901E");
    assert_eq!(verified(&completed(&paypal), &other).unwrap_err().refusal(), Some(Refusal::Number));
    // a refund of what was never seen paid comes again
    let mut early = pending(&paypal);
    let told = verified(&early, &refund_message("-10.00", "5LW01234AB567890C")).unwrap();
    assert!(early.apply(&told).is_err());
}

#[test]
fn a_dispute_takes_the_money_and_may_bring_it_back() {
    let paypal = known_account();
    let mut operation = completed(&paypal);
    let reversed =
        refund_message("-123.45", "5LW01234AB567890C").replace("Refunded", "Reversed").replace("=refund", "=chargeback");
    operation.apply(&verified(&operation, &reversed).unwrap()).unwrap();
    assert_eq!(operation.state(), OperationState::Refunded);
    let back = message("Canceled_Reversal", "123.45", &format!("&parent_txn_id={PAID}"));
    let back = back.replace(&format!("&txn_id={PAID}"), "&txn_id=8XY01234AB567890D");
    operation.apply(&verified(&operation, &back).unwrap()).unwrap();
    assert_eq!(operation.state(), OperationState::Completed);
    assert_eq!(operation.references().get(Reference::CaptureId), Some(PAID));
    // the opening of a case moves nothing
    let case = format!(
        "txn_type=new_case&txn_id={PAID}&case_id=PP-001&case_type=complaint&custom={NUMBER}&test_ipn=1\
         &receiver_id=7C2LDBEMSAFLS"
    );
    let told = verified(&operation, &case).unwrap();
    assert!(!operation.apply(&told).unwrap().moved());
}

#[test]
fn a_hold_its_capture_and_its_end() {
    let paypal = known_account();
    let fresh = stored(&paypal, PaymentKind::Preauthorization, OperationState::Pending, &[(Reference::OrderId, TOKEN)]);
    let hold = message("Pending", "123.45", "&pending_reason=authorization").replace(PAID, HOLD);
    let mut operation = fresh.clone();
    operation.apply(&verified(&operation, &hold).unwrap()).unwrap();
    assert_eq!(operation.state(), OperationState::Authorized);
    assert_eq!(operation.references().get(Reference::AuthorizationId), Some(HOLD));

    let capture = message("Completed", "100.00", &format!("&parent_txn_id={HOLD}&auth_id={HOLD}"));
    let mut captured = operation.clone();
    captured.apply(&verified(&captured, &capture).unwrap()).unwrap();
    assert_eq!((captured.state(), captured.charged()), (OperationState::Completed, Some(euros(10_000))));
    assert_eq!(captured.references().get(Reference::CaptureId), Some(PAID));

    for word in ["Voided", "Expired"] {
        let mut let_go = operation.clone();
        let told = verified(&let_go, &message(word, "123.45", "").replace(PAID, HOLD)).unwrap();
        let_go.apply(&told).unwrap();
        assert_eq!(let_go.state(), OperationState::Cancelled, "{word}");
    }
    // the hold that was renewed runs out, and the renewed one stands
    let mut renewed = held(&paypal);
    let first = message("Expired", "123.45", "").replace(PAID, "0RH31842NV1836044");
    assert!(!renewed.apply(&verified(&renewed, &first).unwrap()).unwrap().moved());
}

#[test]
fn a_message_and_the_buyers_return_end_in_one_charge() {
    let paypal = known_account();
    let mut operation = pending(&paypal);
    let told = verified(&operation, &message("Completed", "123.45", "")).unwrap();
    operation.apply(&told).unwrap();
    assert_eq!(operation.state(), OperationState::Completed);
    assert!(operation.start_charge().is_err());
    // what a message told needs no call
    assert!(paypal.charge(&told, &operation, now()).unwrap().local().is_ok());
    // a second payment under the same number
    let second = message("Completed", "123.45", "").replace(PAID, "0AB12345CD678901E");
    assert_eq!(verified(&operation, &second).unwrap_err().refusal(), Some(Refusal::Number));
}

#[test]
fn the_evidence_is_a_line_a_field() {
    let body = message("Completed", "123.45", "&memo=a%0Apayment_status%3DRefunded&card=4548812049400004");
    let evidence = paypal().receive(&posted(body)).unwrap().evidence();
    assert!(evidence.contains("memo=a payment_status=Refunded\n") && evidence.contains("card=454881******0004\n"), "{evidence}");
}

proptest! {
    #[test]
    fn a_forged_message_never_pays(
        body in "(txn_id=[A-Z0-9]{1,17}|invoice=PED17-K7Q2M9XA|payment_status=[A-Za-z_-]{1,12}|mc_gross=-?[0-9.]{1,6}|mc_currency=EUR\
            |parent_txn_id=[A-Z0-9]{1,17}|test_ipn=[01]|&|=|%[0-9A-F]{2}){0,24}",
        answer in "\\PC{0,12}",
    ) {
        let paypal = known_account();
        let Ok(notification) = paypal.receive(&posted(body)) else { return Ok(()) };
        for answer in ["INVALID", &answer] {
            if answer.trim_ascii() == "VERIFIED" { continue }
            let (result, _) = drive(paypal.verify(&notification, &pending(&paypal), now()), &[Ok(answer.to_owned())]);
            prop_assert!(result.is_err());
        }
        // and a genuine one about nothing in particular does not panic
        let _ = drive(paypal.verify(&notification, &pending(&paypal), now()), &[Ok("VERIFIED".into())]).0;
    }
}
