//! A payment by NVP: begin, the buyer's return, the charge.

use vpos_core::operation::OperationState;
use vpos_core::{
    Action, Currency, Environment, Error, Lost, Outcome, Payment, PaymentKind, PointOfSale as _, Reference, Refusal, Report,
};
use vpos_paypal::Paypal;

use crate::nvp_scene::{
    NUMBER, PAID, PAYER, SECRETS, TOKEN, agreed, charged, completed, config, confirm, details, drive, euros, failure,
    known_account, now, paid_details, payment, paypal, pending, returned, stored, transaction,
};

const BEGUN: &str = "ACK=Success&TOKEN=EC-5YJ90598G69065317";

#[test]
fn begin_asks_for_what_is_stored() {
    let paypal = paypal();
    let operation = stored(&paypal, PaymentKind::Sale, OperationState::Pending, &[]);
    let (begun, sent) = drive(paypal.begin(&operation, &payment(PaymentKind::Sale), now()), &[Ok(BEGUN.into())]);
    let begun = begun.unwrap();
    assert_eq!(begun.references.get(Reference::OrderId), Some(TOKEN));
    assert_eq!(begun.form.action(), "https://www.sandbox.paypal.com/cgi-bin/webscr");
    assert_eq!((begun.form.field("cmd"), begun.form.field("token")), (Some("_express-checkout"), Some(TOKEN)));
    assert_eq!(sent[0].uri, "https://api-3t.sandbox.paypal.com/nvp");
    for (name, value) in [
        ("METHOD", "SetExpressCheckout"),
        ("VERSION", "95"),
        ("USER", "tienda_api1.example"),
        ("PAYMENTREQUEST_0_AMT", "123.45"),
        ("PAYMENTREQUEST_0_ITEMAMT", "123.45"),
        ("L_PAYMENTREQUEST_0_AMT0", "123.45"),
        ("L_PAYMENTREQUEST_0_QTY0", "1"),
        ("PAYMENTREQUEST_0_CURRENCYCODE", "EUR"),
        ("PAYMENTREQUEST_0_PAYMENTACTION", "Sale"),
        ("PAYMENTREQUEST_0_INVNUM", NUMBER),
        ("PAYMENTREQUEST_0_CUSTOM", NUMBER),
        ("RETURNURL", "https://tienda.example/vuelta"),
        ("CANCELURL", "https://tienda.example/vuelta"),
        ("NOSHIPPING", "1"),
        ("LOCALECODE", "ES"),
    ] {
        assert_eq!(sent[0].field(name).as_deref(), Some(value), "{name}");
    }
    let hold = stored(&paypal, PaymentKind::Preauthorization, OperationState::Pending, &[]);
    let (_, sent) = drive(paypal.begin(&hold, &payment(PaymentKind::Preauthorization), now()), &[Ok(BEGUN.into())]);
    assert_eq!(sent[0].field("PAYMENTREQUEST_0_PAYMENTACTION").as_deref(), Some("Authorization"));
}

#[test]
fn begin_without_a_token_is_an_error() {
    let paypal = paypal();
    let operation = stored(&paypal, PaymentKind::Sale, OperationState::Pending, &[]);
    let begin = |answer| drive(paypal.begin(&operation, &payment(PaymentKind::Sale), now()), &[answer]).0.unwrap_err();
    assert!(matches!(begin(Ok(failure("10002"))), Error::Bank { code, .. } if code == "10002"));
    assert!(begin(Ok(failure("10001"))).is_unknown_outcome());
    assert!(begin(Err(Lost::before_send("x"))).is_retryable());
    for answer in ["ACK=Success", "ACK=Success&TOKEN=%3Cscript%3E", "ACK=Warning&TOKEN=EC-1", "", "ACK=Success&TOKEN=A&TOKEN=A"] {
        assert!(begin(Ok(answer.into())).is_unknown_outcome(), "{answer}");
    }
}

#[test]
fn what_begin_does_not_send() {
    let paypal = paypal();
    let operation = stored(&paypal, PaymentKind::Sale, OperationState::Pending, &[]);
    let field = |payment: &Payment| match paypal.begin(&operation, payment, now()) {
        Err(Error::Payment { field, .. }) => field.into_owned(),
        _ => "sent".into(),
    };
    let builder = || Payment::builder("PED-17", euros(12_345)).notification_url("https://tienda.example/vuelta");
    assert_eq!(field(&builder().extra("PAYMENTREQUEST_0_SHIPTONAME", "Ana").build().unwrap()), "sent");
    for name in [
        "METHOD",
        "user",
        "Pwd",
        "SIGNATURE",
        "VERSION",
        "SUBJECT",
        "TOKEN",
        "PAYMENTREQUEST_0_AMT",
        "paymentrequest_0_invnum",
        "PAYMENTREQUEST_1_AMT",
        "PAYMENTREQUEST_0_SELLERPAYPALACCOUNTID",
        "PAYMENTREQUEST_0_SHIPPINGAMT",
        "RETURNURL",
        "AMT",
        "L_PAYMENTREQUEST_1_NAME0",
        "L_BILLINGTYPE0",
        "CALLBACK",
        "a&b",
    ] {
        assert_eq!(field(&builder().extra(name, "1").build().unwrap()), "extra", "{name}");
    }
    assert_eq!(field(&Payment::builder("PED-17", euros(12_345)).build().unwrap()), "notification_url");
    assert_eq!(field(&Payment::builder("PED-17", euros(1)).notification_url("https://t.example/").build().unwrap()), "operation");
}

#[test]
fn what_the_details_say() {
    use Outcome as O;
    let paypal = paypal();
    let gave_up = returned(&format!("token={TOKEN}"));
    for (request, status, payer, action, outcome) in [
        (agreed(), "PaymentActionNotInitiated", PAYER, Action::Approval, O::Approved),
        (gave_up.clone(), "PaymentActionNotInitiated", PAYER, Action::Approval, O::Approved),
        (agreed(), "PaymentActionNotInitiated", "", Action::Approval, O::Pending),
        (gave_up.clone(), "PaymentActionNotInitiated", "", Action::Charge, O::Cancelled),
        (gave_up, "PaymentActionInProgress", PAYER, Action::Charge, O::Pending),
        (agreed(), "PaymentActionFailed", PAYER, Action::Charge, O::Declined),
        (agreed(), "PaymentActionnotinitiated", PAYER, Action::Charge, O::Unknown),
        (agreed(), "Success", PAYER, Action::Charge, O::Unknown),
    ] {
        let confirmation = confirm(&paypal, &pending(&paypal), &request, &[Ok(details(status, payer))]).unwrap();
        assert_eq!((confirmation.action(), confirmation.outcome()), (action, outcome), "{status} {payer}");
    }
}

#[test]
fn a_token_that_was_paid_is_asked_for_once_more() {
    use Outcome as O;
    let paypal = paypal();
    for (word, reason, outcome) in [
        ("Completed", "None", Ok(O::Approved)),
        ("Processed", "None", Ok(O::Approved)),
        ("Canceled-Reversal", "None", Ok(O::Approved)),
        ("Pending", "echeck", Ok(O::Pending)),
        ("In-Progress", "None", Ok(O::Pending)),
        ("Pending", "authorization", Err(Refusal::Type)),
        ("Denied", "None", Ok(O::Declined)),
        ("Failed", "None", Ok(O::Declined)),
        ("Expired", "None", Ok(O::Declined)),
        ("Voided", "None", Ok(O::Declined)),
        ("Refunded", "None", Ok(O::Unknown)),
        ("Partially-Refunded", "None", Ok(O::Unknown)),
        ("Reversed", "None", Ok(O::Unknown)),
        ("Wonderful", "None", Ok(O::Unknown)),
    ] {
        let answers = [Ok(paid_details()), Ok(transaction(PAID, word, reason))];
        let result = confirm(&paypal, &pending(&paypal), &agreed(), &answers);
        let told = result.as_ref().map(vpos_core::Confirmation::outcome).map_err(|error| error.refusal().unwrap());
        assert_eq!(told, outcome, "{word} {reason}");
        if outcome == Ok(O::Approved) {
            let told = result.unwrap();
            assert_eq!((told.action(), told.references().get(Reference::CaptureId)), (Action::Charge, Some(PAID)));
        }
    }
    // money that went back makes what was paid no less paid
    let answers = [Ok(paid_details()), Ok(transaction(PAID, "Refunded", "None"))];
    assert_eq!(confirm(&paypal, &completed(&paypal), &agreed(), &answers).unwrap().outcome(), O::Approved);
}

#[test]
fn the_payment_status_decides_and_not_the_ack() {
    use OperationState as S;
    let paypal = paypal();
    for (answer, outcome, state) in [
        (Ok(charged("Completed", "None")), Outcome::Approved, S::Completed),
        (Ok(charged("Processed", "None")), Outcome::Approved, S::Completed),
        (Ok(charged("Completed", "None").replace("ACK=Success&C", "ACK=SuccessWithWarning&C")), Outcome::Approved, S::Completed),
        (Ok(charged("Pending", "echeck")), Outcome::Pending, S::Charging),
        (Ok(charged("Pending", "authorization")), Outcome::Unknown, S::Unknown),
        (Ok(charged("Denied", "None")), Outcome::Declined, S::Failed),
        (Ok(charged("Failed", "None")), Outcome::Declined, S::Failed),
        (Ok(charged("Refunded", "None")), Outcome::Unknown, S::Unknown),
        (Ok(charged("None", "None")), Outcome::Unknown, S::Unknown),
        (Ok(charged("", "None")), Outcome::Unknown, S::Unknown),
        (Ok(charged("Completed", "None").replace("ACK=Success&C", "ACK=PartialSuccess&C")), Outcome::Unknown, S::Unknown),
        (Ok(charged("Completed", "None").replace("ACK=Success&C", "ACK=Warning&C")), Outcome::Unknown, S::Unknown),
        (Ok(charged("Completed", "None").replace("_ACK=Success", "_ACK=Failure")), Outcome::Unknown, S::Unknown),
        (Ok(failure("10486")), Outcome::Declined, S::Failed),
        (Ok(failure("10417")), Outcome::Declined, S::Failed),
        (Ok(failure("10411")), Outcome::Error, S::Failed),
        (Ok(failure("10004")), Outcome::Error, S::Failed),
        (Ok(failure("99999")), Outcome::Error, S::Failed),
        (Ok(failure("10001")), Outcome::Unknown, S::Unknown),
        (Ok(failure("")), Outcome::Unknown, S::Unknown),
        (Ok(failure("10486&L_ERRORCODE1=10001")), Outcome::Unknown, S::Unknown),
        (Ok(failure("10486").replace("ACK=Failure", "ACK=FailureWithWarning")), Outcome::Declined, S::Failed),
        (Ok(String::new()), Outcome::Unknown, S::Unknown),
        (Ok("<html>Bad gateway</html>".into()), Outcome::Unknown, S::Unknown),
        (Err(Lost::before_send("x")), Outcome::Error, S::Pending),
        (Err(Lost::after_send("x")), Outcome::Unknown, S::Unknown),
    ] {
        let (report, after, _) = charge(&paypal, std::slice::from_ref(&answer));
        assert_eq!((report.outcome(), after), (outcome, state), "{answer:?}");
    }
}

#[test]
fn the_charge_names_the_payer_that_paypal_told() {
    let paypal = paypal();
    let (_, _, sent) = charge(&paypal, &[Ok(charged("Completed", "None"))]);
    for (name, value) in [
        ("METHOD", "DoExpressCheckoutPayment"),
        ("TOKEN", TOKEN),
        ("PAYERID", PAYER),
        ("PAYMENTREQUEST_0_AMT", "123.45"),
        ("PAYMENTREQUEST_0_CURRENCYCODE", "EUR"),
        ("PAYMENTREQUEST_0_PAYMENTACTION", "Sale"),
        ("PAYMENTREQUEST_0_INVNUM", NUMBER),
        ("MSGSUBID", "PED17-K7Q2M9XAc"),
    ] {
        assert_eq!(sent[0].field(name).as_deref(), Some(value), "{name}");
    }
    // the buyer's own address may say another
    let returned = returned(&format!("token={TOKEN}&PayerID=AAAAAAAAAAAAA"));
    let told = confirm(&paypal, &pending(&paypal), &returned, &[Ok(details("PaymentActionNotInitiated", PAYER))]).unwrap();
    assert_eq!(told.references().get(Reference::PayerId), Some(PAYER));
}

#[test]
fn what_was_done_before_is_asked_for() {
    use OperationState as S;
    let paypal = paypal();
    let done = || Ok(transaction(PAID, "Completed", "None"));
    for code in ["10415", "11607", "10412", "13751"] {
        let (report, state, sent) = charge(&paypal, &[Ok(failure(code)), Ok(paid_details()), done()]);
        assert_eq!((report.outcome(), state, sent.len()), (Outcome::Approved, S::Completed, 3), "{code}");
        // whatever becomes of the questions, the charge left
        for lost in [Lost::before_send("x"), Lost::after_send("x")] {
            let (report, state, _) = charge(&paypal, &[Ok(failure(code)), Err(lost.clone())]);
            assert_eq!((report.outcome(), state), (Outcome::Unknown, S::Unknown), "{code}");
            let (report, state, _) = charge(&paypal, &[Ok(failure(code)), Ok(paid_details()), Err(lost)]);
            assert_eq!((report.outcome(), state), (Outcome::Unknown, S::Unknown), "{code}");
        }
        let never = details("PaymentActionNotInitiated", PAYER);
        let (report, state, _) = charge(&paypal, &[Ok(failure(code)), Ok(never)]);
        assert_eq!((report.outcome(), state), (Outcome::Unknown, S::Unknown), "{code}");
        let (report, state, _) = charge(&paypal, &[Ok(failure(code)), Ok(failure("10411"))]);
        assert_eq!((report.outcome(), state), (Outcome::Unknown, S::Unknown), "{code}");
    }
    // the first answer, repeated
    let repeated = charged("Completed", "None").replace("ACK=Success&C", "ACK=SuccessWithWarning&L_ERRORCODE0=11607&C");
    let (report, state, sent) = charge(&paypal, &[Ok(repeated)]);
    assert_eq!((report.outcome(), state, sent.len()), (Outcome::Approved, S::Completed, 1));
}

#[test]
fn a_hold_is_held_and_not_paid() {
    let paypal = paypal();
    let references = [(Reference::OrderId, TOKEN)];
    let operation = stored(&paypal, PaymentKind::Preauthorization, OperationState::Pending, &references);
    let told = confirm(&paypal, &operation, &agreed(), &[Ok(details("PaymentActionNotInitiated", PAYER))]).unwrap();
    for (answer, outcome, state) in [
        (charged("Pending", "authorization"), Outcome::Approved, OperationState::Authorized),
        (charged("Pending", "paymentreview"), Outcome::Pending, OperationState::Charging),
        (charged("Completed", "None"), Outcome::Unknown, OperationState::Unknown),
    ] {
        let mut operation = operation.clone();
        operation.start_charge().unwrap();
        let (report, sent) = drive(paypal.charge(&told, &operation, now()), &[Ok(answer)]);
        assert_eq!(sent[0].field("PAYMENTREQUEST_0_PAYMENTACTION").as_deref(), Some("Authorization"));
        let report = report.unwrap();
        operation.settle(&report).unwrap();
        assert_eq!((report.outcome(), operation.state()), (outcome, state));
        if state == OperationState::Authorized {
            assert_eq!(operation.references().get(Reference::AuthorizationId), Some(PAID));
            assert_eq!(operation.references().get(Reference::CaptureId), None);
        }
    }
}

#[test]
fn questions_that_are_not_answered_leave_everything_as_it_was() {
    let paypal = paypal();
    let ask = |answers: &[Result<String, Lost>]| confirm(&paypal, &pending(&paypal), &agreed(), answers).unwrap_err();
    assert!(ask(&[Err(Lost::before_send("x"))]).is_retryable());
    for answer in [Err(Lost::after_send("x")), Ok(String::new()), Ok(failure("10001")), Ok("ACK=Warning".into())] {
        assert!(ask(std::slice::from_ref(&answer)).is_unknown_outcome(), "{answer:?}");
        assert!(ask(&[Ok(paid_details()), answer]).is_unknown_outcome());
    }
    assert!(matches!(ask(&[Ok(failure("10411"))]), Error::Bank { code, .. } if code == "10411"));
}

#[test]
fn currencies_without_decimals_go_out_without() {
    let paypal = paypal();
    let payment = |minor, currency| {
        let amount = vpos_core::Amount::from_minor(minor, currency);
        Payment::builder("PED-17", amount).notification_url("https://tienda.example/vuelta").build().unwrap()
    };
    for (minor, currency, text) in
        [(1_230, Currency::JPY, Some("1230")), (123_000, Currency::HUF, Some("1230")), (123_050, Currency::TWD, None)]
    {
        let payment = payment(minor, currency);
        let number = NUMBER.parse().unwrap();
        let operation = vpos_core::operation::Operation::new(paypal.acceptor().clone(), number, &payment);
        match (paypal.begin(&operation, &payment, now()), text) {
            (Err(error), None) => assert!(matches!(error, Error::Payment { .. })),
            (exchange, text) => {
                let (_, sent) = drive(exchange, &[Ok(BEGUN.into())]);
                assert_eq!(sent[0].field("PAYMENTREQUEST_0_AMT").as_deref(), text);
            }
        }
    }
}

#[test]
fn the_account_is_compared_where_it_is_told() {
    let paypal = known_account();
    let operation = pending(&paypal);
    let ours = [Ok(paid_details()), Ok(transaction(PAID, "Completed", "None"))];
    assert_eq!(confirm(&paypal, &operation, &agreed(), &ours).unwrap().outcome(), Outcome::Approved);
    let theirs = [Ok(paid_details()), Ok(transaction(PAID, "Completed", "None").replace("7C2LDBEMSAFLS", "AAAAAAAAAAAAA"))];
    let refused = confirm(&paypal, &operation, &agreed(), &theirs).unwrap_err();
    assert_eq!(refused.refusal(), Some(Refusal::Merchant));
}

#[test]
fn no_secret_is_shown() {
    let live = Paypal::new(config(Environment::Live)).unwrap();
    let operation = stored(&live, PaymentKind::Sale, OperationState::Pending, &[]);
    let exchange = live.begin(&operation, &payment(PaymentKind::Sale), now());
    let echo = format!("ACK=Failure&L_ERRORCODE0=10002&L_LONGMESSAGE0={}", "x".repeat(300));
    let mut shown = format!("{live:?} {exchange:?}");
    let (error, sent) = drive(exchange, &[Ok(echo)]);
    assert_eq!(sent[0].uri, "https://api-3t.paypal.com/nvp");
    shown = format!("{shown} {error:?}");
    assert!(!SECRETS.iter().any(|secret| shown.contains(secret)), "{shown}");
}

/// A buyer agreed; the charge over these answers, the state after it, and what was sent.
fn charge(paypal: &Paypal, answers: &[Result<String, Lost>]) -> (Report, OperationState, Vec<crate::nvp_scene::Sent>) {
    let mut operation = pending(paypal);
    let told = confirm(paypal, &operation, &agreed(), &[Ok(details("PaymentActionNotInitiated", PAYER))]).unwrap();
    operation.start_charge().unwrap();
    let (report, sent) = drive(paypal.charge(&told, &operation, now()), answers);
    let report = report.unwrap();
    operation.settle(&report).unwrap();
    (report, operation.state(), sent)
}
