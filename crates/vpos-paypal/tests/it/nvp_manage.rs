//! What follows a hold or a charge by NVP: capture, void, renewal, refund, and the questions about them.

use vpos_core::operation::{Operation, OperationState, RefundState};
use vpos_core::{Action, Lost, Outcome, PaymentKind, PointOfSale as _, Reference, Report};

use crate::nvp_scene::{
    HOLD, NUMBER, PAID, PAYER, Sent, TOKEN, captured, completed, details, drive, euros, failure, held, now, paid_details, paypal,
    pending, refunded, stored, transaction, voided,
};

const REFUNDED: &str = "5LW01234AB567890C";

fn capture(minor: u64, answer: &Result<String, Lost>) -> (Report, Operation, Vec<Sent>) {
    let paypal = paypal();
    let mut operation = held(&paypal);
    operation.start_capture(euros(minor), paypal.capture_limit(&operation)).unwrap();
    let (report, sent) = drive(paypal.capture(&operation, now()), std::slice::from_ref(answer));
    let report = report.unwrap();
    operation.settle(&report).unwrap();
    (report, operation, sent)
}

#[test]
fn captures() {
    use OperationState as S;
    for (minor, answer, outcome, state) in [
        (12_345, Ok(captured("123.45", "Completed")), Outcome::Approved, S::Completed),
        (1_000, Ok(captured("10.00", "Completed")), Outcome::Approved, S::Completed),
        (1_000, Ok(captured("10.0", "Processed")), Outcome::Approved, S::Completed),
        (1_000, Ok(captured("10.00", "Pending")), Outcome::Pending, S::Charging),
        (1_000, Ok(captured("10.00", "Denied")), Outcome::Declined, S::Authorized),
        (1_000, Ok(captured("10.00", "Refunded")), Outcome::Unknown, S::Unknown),
        (1_000, Ok(captured("10.01", "Completed")), Outcome::Unknown, S::Unknown),
        (1_000, Ok(captured("10.00", "Completed").replace("EUR", "USD")), Outcome::Unknown, S::Unknown),
        (1_000, Ok(captured("10.00", "Completed").replace(HOLD, "OTHER")), Outcome::Unknown, S::Unknown),
        (1_000, Ok(captured("10.00", "Completed").replace(PAID, "")), Outcome::Unknown, S::Unknown),
        (1_000, Ok(captured("10.00", "Completed").replace("ACK=Success", "ACK=PartialSuccess")), Outcome::Unknown, S::Unknown),
        (1_000, Ok(failure("10601")), Outcome::Error, S::Authorized),
        (1_000, Ok(failure("10606")), Outcome::Declined, S::Authorized),
        (1_000, Ok(failure("10001")), Outcome::Unknown, S::Unknown),
        (1_000, Ok(failure("11607")), Outcome::Unknown, S::Unknown),
        (1_000, Err(Lost::before_send("x")), Outcome::Error, S::Authorized),
        (1_000, Err(Lost::after_send("x")), Outcome::Unknown, S::Unknown),
    ] {
        let (report, operation, sent) = capture(minor, &answer);
        assert_eq!((report.outcome(), operation.state()), (outcome, state), "{answer:?}");
        assert_eq!(sent[0].field("AUTHORIZATIONID").as_deref(), Some(HOLD));
        assert_eq!(sent[0].field("COMPLETETYPE").as_deref(), Some("Complete"));
        assert_eq!(sent[0].field("MSGSUBID"), Some(format!("{NUMBER}k{minor}")));
        if state == S::Completed {
            assert_eq!(operation.charged(), Some(euros(minor)));
            assert_eq!(operation.references().get(Reference::CaptureId), Some(PAID));
        }
    }
}

#[test]
fn voids() {
    use OperationState as S;
    let paypal = paypal();
    for (answer, outcome, state) in [
        (Ok(voided()), Outcome::Approved, S::Cancelled),
        (Ok(voided().replace(HOLD, "OTHER")), Outcome::Unknown, S::Authorized),
        (Ok(failure("10602")), Outcome::Error, S::Authorized),
        (Ok(failure("10001")), Outcome::Unknown, S::Authorized),
        (Ok(String::new()), Outcome::Unknown, S::Authorized),
        (Err(Lost::before_send("x")), Outcome::Error, S::Authorized),
        (Err(Lost::after_send("x")), Outcome::Unknown, S::Authorized),
    ] {
        let mut operation = held(&paypal);
        let (report, sent) = drive(paypal.void(&operation, now()), std::slice::from_ref(&answer));
        let report = report.unwrap();
        operation.settle(&report).unwrap();
        assert_eq!((report.outcome(), operation.state()), (outcome, state), "{answer:?}");
        assert_eq!(sent[0].field("MSGSUBID"), Some(format!("{NUMBER}v")));
    }
    assert!(paypal.void(&completed(&paypal), now()).is_err());
    assert!(paypal.void(&pending(&paypal), now()).is_err());
}

#[test]
fn a_renewed_hold_has_another_name() {
    let paypal = paypal();
    let mut operation = held(&paypal);
    let renewed = format!("{}&PAYMENTSTATUS=Pending&PENDINGREASON=authorization", voided().replace(HOLD, "NEW"));
    let (report, sent) = drive(paypal.reauthorise(&operation, now()), &[Ok(renewed)]);
    let report = report.unwrap();
    assert_eq!(sent[0].field("METHOD").as_deref(), Some("DoReauthorization"));
    assert_eq!((report.action(), report.outcome()), (Action::Hold, Outcome::Approved));
    operation.renew_hold(&report).unwrap();
    assert_eq!(operation.state(), OperationState::Authorized);
    assert_eq!(sent[0].field("MSGSUBID"), Some(format!("{NUMBER}a")));
    let known = |name| operation.references().get(name);
    assert_eq!((known(Reference::AuthorizationId), known(Reference::RenewalId)), (Some(HOLD), Some("NEW")));
    // the next renewal is another request, about the first hold
    let (_, sent) = drive(paypal.reauthorise(&operation, now()), &[Err(Lost::after_send("x"))]);
    assert_eq!(sent[0].field("MSGSUBID"), Some(format!("{NUMBER}aNEW")));
    assert_eq!(sent[0].field("AUTHORIZATIONID").as_deref(), Some(HOLD));
    // a query is about the last renewal, and so is a capture; PayPal voids by the first one
    let (report, sent) = drive(paypal.query(&operation, now()), &[Ok(transaction("NEW", "Pending", "authorization"))]);
    assert_eq!(sent[0].field("TRANSACTIONID").as_deref(), Some("NEW"));
    assert!(!operation.settle_query(&report.unwrap()).unwrap().moved());
    let (_, sent) = drive(paypal.void(&operation, now()), &[Ok(voided())]);
    assert_eq!(sent[0].field("AUTHORIZATIONID").as_deref(), Some(HOLD));
    operation.start_capture(euros(1_000), operation.amount()).unwrap();
    let (report, sent) = drive(paypal.capture(&operation, now()), &[Ok(captured("10.00", "Completed").replace(HOLD, "NEW"))]);
    assert_eq!(sent[0].field("AUTHORIZATIONID").as_deref(), Some("NEW"));
    assert!(operation.settle(&report.unwrap()).unwrap().paid_now());
    assert!(paypal.reauthorise(&completed(&paypal), now()).is_err());
}

fn refund(minor: u64, answer: &Result<String, Lost>) -> (Report, Operation, Vec<Sent>) {
    let paypal = paypal();
    let mut operation = completed(&paypal);
    let refund = operation.start_refund(euros(minor), Some("talla\nequivocada")).unwrap();
    let (report, sent) = drive(paypal.refund(&operation, &refund, now()), std::slice::from_ref(answer));
    let report = report.unwrap();
    operation.settle_refund(refund.id, &report).unwrap();
    (report, operation, sent)
}

#[test]
fn refunds() {
    use RefundState as R;
    for (minor, answer, outcome, state) in [
        (12_345, Ok(refunded("123.45", "Instant")), Outcome::Approved, R::Approved),
        (1_000, Ok(refunded("10.00", "instant")), Outcome::Approved, R::Approved),
        (1_000, Ok(refunded("10.00", "Completed")), Outcome::Approved, R::Approved),
        (1_000, Ok(refunded("10.00", "Delayed")), Outcome::Pending, R::Pending),
        (1_000, Ok(refunded("10.00", "Denied")), Outcome::Declined, R::Declined),
        (1_000, Ok(refunded("10.00", "None")), Outcome::Unknown, R::Unknown),
        (1_000, Ok(refunded("10.00", "")), Outcome::Unknown, R::Unknown),
        (1_000, Ok(refunded("10.01", "Instant")), Outcome::Unknown, R::Unknown),
        (1_000, Ok(refunded("10.00", "Instant").replace("EUR", "USD")), Outcome::Unknown, R::Unknown),
        (1_000, Ok(refunded("10.00", "Instant").replace(REFUNDED, "")), Outcome::Unknown, R::Unknown),
        (1_000, Ok(failure("10009")), Outcome::Error, R::Declined),
        (1_000, Ok(failure("11607")), Outcome::Unknown, R::Unknown),
        (1_000, Ok(failure("10001")), Outcome::Unknown, R::Unknown),
        (1_000, Err(Lost::before_send("x")), Outcome::Error, R::Declined),
        (1_000, Err(Lost::after_send("x")), Outcome::Unknown, R::Unknown),
    ] {
        let (report, operation, sent) = refund(minor, &answer);
        assert_eq!((report.outcome(), operation.refunds()[0].state), (outcome, state), "{answer:?}");
        assert_eq!(sent[0].field("TRANSACTIONID").as_deref(), Some(PAID));
        assert_eq!(sent[0].field("MSGSUBID"), Some(format!("{NUMBER}r1")));
        assert_eq!(sent[0].field("NOTE").as_deref(), Some("tallaequivocada"));
        let whole = minor == 12_345;
        assert_eq!(sent[0].field("REFUNDTYPE").as_deref(), Some(if whole { "Full" } else { "Partial" }));
        assert_eq!(sent[0].field("AMT").is_some(), !whole);
        if state == R::Approved {
            assert_eq!(operation.refunds()[0].reference.as_deref(), Some(REFUNDED));
        }
    }
}

#[test]
fn a_long_number_leaves_room_for_nine_refunds() {
    let paypal = paypal();
    let mut record = completed(&paypal).record().clone();
    record.number = "A".repeat(36).parse().unwrap();
    let mut operation = Operation::from_record(record).unwrap();
    for n in 1..=10 {
        let refund = operation.start_refund(euros(n), None).unwrap();
        match paypal.refund(&operation, &refund, now()) {
            Ok(_) => assert!(n < 10),
            Err(error) => assert!(n == 10 && error.to_string().starts_with("payment field `number`"), "{error}"),
        }
        operation.settle_refund(refund.id, &Report::unknown(Action::Refund, "time-out")).unwrap();
    }
}

#[test]
fn what_is_left_after_a_part_is_a_part() {
    let paypal = paypal();
    let (_, mut operation, _) = refund(1_000, &Ok(refunded("10.00", "Instant")));
    let rest = operation.start_refund(euros(11_345), None).unwrap();
    let second = refunded("113.45", "Instant").replace(REFUNDED, "8XY01234AB567890D");
    let (report, sent) = drive(paypal.refund(&operation, &rest, now()), &[Ok(second)]);
    operation.settle_refund(rest.id, &report.unwrap()).unwrap();
    assert_eq!(sent[0].field("REFUNDTYPE").as_deref(), Some("Partial"));
    assert_eq!(sent[0].field("MSGSUBID"), Some(format!("{NUMBER}r2")));
    assert_eq!(operation.state(), OperationState::Refunded);
}

#[test]
fn a_lost_charge_is_asked_for_by_its_token() {
    use OperationState as S;
    let paypal = paypal();
    let unknown = stored(&paypal, PaymentKind::Sale, S::Unknown, &[(Reference::OrderId, TOKEN)]);
    for (answers, outcome, state) in [
        (vec![Ok(paid_details()), Ok(transaction(PAID, "Completed", "None"))], Outcome::Approved, S::Completed),
        (vec![Ok(paid_details()), Ok(transaction(PAID, "Pending", "echeck"))], Outcome::Pending, S::Unknown),
        (vec![Ok(paid_details()), Ok(transaction(PAID, "Denied", "None"))], Outcome::Declined, S::Failed),
        (vec![Ok(details("PaymentActionNotInitiated", PAYER))], Outcome::Approved, S::Pending),
        (vec![Ok(details("PaymentActionNotInitiated", ""))], Outcome::Pending, S::Pending),
        (vec![Ok(details("PaymentActionFailed", PAYER))], Outcome::Declined, S::Failed),
        (vec![Ok(failure("10411"))], Outcome::Error, S::Unknown),
        (vec![Ok(failure("10486"))], Outcome::Error, S::Unknown),
        (vec![Ok(failure("10001"))], Outcome::Unknown, S::Unknown),
        (vec![Ok(String::new())], Outcome::Unknown, S::Unknown),
        (vec![Err(Lost::before_send("x"))], Outcome::Error, S::Unknown),
        (vec![Err(Lost::after_send("x"))], Outcome::Unknown, S::Unknown),
        (vec![Ok(paid_details()), Err(Lost::after_send("x"))], Outcome::Unknown, S::Unknown),
    ] {
        let mut operation = unknown.clone();
        let report = drive(paypal.query(&operation, now()), &answers).0.unwrap();
        operation.settle_query(&report).unwrap();
        assert_eq!((report.outcome(), operation.state()), (outcome, state), "{answers:?}");
    }
    // nothing to ask by
    assert!(paypal.query(&stored(&paypal, PaymentKind::Sale, S::Pending, &[]), now()).is_err());
}

#[test]
fn a_hold_is_asked_for_by_its_own_id() {
    use OperationState as S;
    let paypal = paypal();
    for (word, reason, action, state) in [
        ("Pending", "authorization", Action::Hold, S::Authorized),
        ("Voided", "None", Action::Void, S::Cancelled),
        ("Expired", "None", Action::Void, S::Cancelled),
        ("Completed", "None", Action::Hold, S::Authorized),
    ] {
        let mut operation = held(&paypal);
        let (report, sent) = drive(paypal.query(&operation, now()), &[Ok(transaction(HOLD, word, reason))]);
        let report = report.unwrap();
        operation.settle_query(&report).unwrap();
        assert_eq!(sent[0].field("TRANSACTIONID").as_deref(), Some(HOLD));
        assert_eq!((report.action(), operation.state()), (action, state), "{word}");
    }
}

#[test]
fn a_lost_capture_is_seen_in_its_hold() {
    use OperationState as S;
    let paypal = paypal();
    for (minor, word, reason, state) in [
        (12_345, "Completed", "None", S::Completed),
        // how much was captured the hold does not tell
        (1_000, "Completed", "None", S::Unknown),
        (1_000, "In-Progress", "None", S::Unknown),
        (1_000, "Pending", "authorization", S::Authorized),
        (1_000, "Voided", "None", S::Authorized),
        (1_000, "Wonderful", "None", S::Unknown),
    ] {
        let (_, mut operation, _) = capture(minor, &Err(Lost::after_send("x")));
        let report = drive(paypal.query(&operation, now()), &[Ok(transaction(HOLD, word, reason))]).0.unwrap();
        operation.settle_query(&report).unwrap();
        assert_eq!(operation.state(), state, "{minor} {word}");
        assert_eq!(operation.capturing().is_some(), state == S::Unknown);
    }
}

#[test]
fn a_lost_refund_is_seen_in_its_payment() {
    use RefundState as R;
    let paypal = paypal();
    for (minor, word, state) in [
        // nothing was given back yet: the request may be on its way still
        (12_345, "Completed", R::Unknown),
        (12_345, "Refunded", R::Approved),
        (1_000, "Completed", R::Unknown),
        // by this one, or by another that was made in the panel
        (1_000, "Partially-Refunded", R::Unknown),
        (1_000, "Refunded", R::Unknown),
        (1_000, "Reversed", R::Unknown),
        (1_000, "Wonderful", R::Unknown),
    ] {
        let (_, mut operation, _) = refund(minor, &Err(Lost::after_send("x")));
        let report = drive(paypal.query(&operation, now()), &[Ok(transaction(PAID, word, "None"))]).0.unwrap();
        operation.settle_query(&report).unwrap();
        assert_eq!(operation.refunds()[0].state, state, "{minor} {word}");
    }
}

#[test]
fn a_pending_refund_is_asked_for_by_its_own_id() {
    use RefundState as R;
    let paypal = paypal();
    let its_own = |word: &str, amount: &str, parent: &str| {
        let body = transaction(REFUNDED, word, "None").replace("AMT=123.45", &format!("AMT={amount}"));
        format!("{body}&PARENTTRANSACTIONID={parent}")
    };
    for (answer, state) in [
        (its_own("Completed", "-10.00", PAID), R::Approved),
        (its_own("Refunded", "10.00", PAID), R::Approved),
        (its_own("Pending", "-10.00", PAID), R::Pending),
        (its_own("Denied", "-10.00", PAID), R::Declined),
        (its_own("Completed", "-10.01", PAID), R::Pending),
        (its_own("Completed", "-10.00", "OTHER"), R::Pending),
        (its_own("Completed", "-10.00", ""), R::Pending),
    ] {
        let (_, mut operation, _) = refund(1_000, &Ok(refunded("10.00", "Delayed")));
        let (report, sent) = drive(paypal.query(&operation, now()), &[Ok(answer.clone())]);
        operation.settle_query(&report.unwrap()).unwrap();
        assert_eq!(sent[0].field("TRANSACTIONID").as_deref(), Some(REFUNDED));
        assert_eq!(operation.refunds()[0].state, state, "{answer}");
    }
}
