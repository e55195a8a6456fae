//! Answers and returns that somebody has changed, and what must come of them.

use proptest::prelude::*;
use vpos_core::operation::OperationState;
use vpos_core::{Action, Error, Lost, Outcome, PointOfSale as _, Refusal};

use crate::nvp_scene::{
    NUMBER, PAID, PAYER, TOKEN, agreed, charged, completed, confirm, details, drive, now, paid_details, paypal, pending,
    returned, transaction,
};

#[test]
fn every_part_of_the_details_is_compared() {
    let paypal = paypal();
    let good = details("PaymentActionNotInitiated", PAYER);
    for (from, to, refusal) in [
        ("AMT=123.45", "AMT=1.23", Some(Refusal::Amount)),
        ("CURRENCYCODE=EUR", "CURRENCYCODE=USD", Some(Refusal::Currency)),
        (NUMBER, "PED18-AAAAAAAA", Some(Refusal::Number)),
        (&format!("CUSTOM={NUMBER}"), "CUSTOM=OTHER", Some(Refusal::Number)),
        (&format!("TOKEN={TOKEN}"), "TOKEN=EC-OTHER", Some(Refusal::Number)),
        ("AMT=123.45", "AMT=123%2C45", None),
        ("AMT=123.45", "AMT=1.2345e2", None),
        ("AMT=123.45", "AMT=0%2C123.45", None),
        ("AMT=123.45", "AMT=-123.45", None),
        ("AMT=123.45", "AMT=", None),
        (&format!("TOKEN={TOKEN}"), "TOKEN=", None),
        ("CHECKOUTSTATUS=PaymentActionNotInitiated", "X=1", None),
    ] {
        let error = confirm(&paypal, &pending(&paypal), &agreed(), &[Ok(good.replace(from, to))]).unwrap_err();
        match refusal {
            Some(refusal) => assert_eq!(error.refusal(), Some(refusal), "{to}"),
            None => assert!(matches!(error, Error::Malformed { .. }), "{to}: {error:?}"),
        }
    }
    let nameless = good.replace(&format!("&PAYMENTREQUEST_0_INVNUM={NUMBER}"), "");
    assert!(confirm(&paypal, &pending(&paypal), &agreed(), &[Ok(nameless.clone())]).is_ok());
    let nameless = nameless.replace(&format!("&PAYMENTREQUEST_0_CUSTOM={NUMBER}"), "");
    assert!(confirm(&paypal, &pending(&paypal), &agreed(), &[Ok(nameless)]).is_err());
}

#[test]
fn every_part_of_the_transaction_is_compared() {
    let paypal = paypal();
    let good = transaction(PAID, "Completed", "None");
    for (from, to, refusal) in [
        ("AMT=123.45", "AMT=12.34", Some(Refusal::Amount)),
        ("EUR", "USD", Some(Refusal::Currency)),
        (NUMBER, "PED18-AAAAAAAA", Some(Refusal::Number)),
        (PAID, "0AB12345CD678901E", Some(Refusal::Number)),
        ("PAYMENTSTATUS=", "STATUS=", None),
    ] {
        let answers = [Ok(paid_details()), Ok(good.replace(from, to))];
        let error = confirm(&paypal, &pending(&paypal), &agreed(), &answers).unwrap_err();
        assert_eq!(error.refusal(), refusal, "{to}");
    }
    let two = format!("{}&PAYMENTREQUESTINFO_0_TRANSACTIONID=OTHER", paid_details());
    assert!(matches!(confirm(&paypal, &pending(&paypal), &agreed(), &[Ok(two)]), Err(Error::Malformed { .. })));
}

#[test]
fn a_changed_answer_to_the_charge_is_neither_a_yes_nor_a_no() {
    let paypal = paypal();
    let told = confirm(&paypal, &pending(&paypal), &agreed(), &[Ok(details("PaymentActionNotInitiated", PAYER))]).unwrap();
    let good = charged("Completed", "None");
    for (from, to) in [
        ("AMT=123.45", "AMT=12.34"),
        ("AMT=123.45", "AMT=123.450001"),
        ("EUR", "USD"),
        (TOKEN, "EC-OTHER"),
        (PAID, ""),
        (PAID, "%3Cscript%3E"),
        ("ACK=Success&C", "ACK=Success&ACK=Success&C"),
        ("&PAYMENTINFO_0_PAYMENTSTATUS=Completed", "&PAYMENTINFO_0_PAYMENTSTATUS=Completed&paymentinfo_0_paymentstatus=Failed"),
        ("&PAYMENTINFO_0_PENDINGREASON=None", "&PAYMENTINFO_0_INVNUM=OTHER"),
        ("&PAYMENTINFO_0_PENDINGREASON=None", "&PAYMENTINFO_1_TRANSACTIONID=1"),
    ] {
        let mut operation = pending(&paypal);
        operation.start_charge().unwrap();
        let report = drive(paypal.charge(&told, &operation, now()), &[Ok(good.replace(from, to))]).0.unwrap();
        assert_eq!(report.outcome(), Outcome::Unknown, "{to}");
        operation.settle(&report).unwrap();
        assert_eq!(operation.state(), OperationState::Unknown);
        assert!(operation.start_charge().is_err(), "asked again before a query");
    }
}

#[test]
fn the_return_of_another_buyer_asks_nothing() {
    let paypal = paypal();
    let other = returned("token=EC-AAAAAAAAAAAAAAAAA&PayerID=QYR5Z8XDVJNXQ");
    assert_eq!(confirm(&paypal, &pending(&paypal), &other, &[]).unwrap_err().refusal(), Some(Refusal::Number));
    for query in [
        "",
        "PayerID=QYR5Z8XDVJNXQ",
        "token=",
        "token=A&token=A",
        "token=A&PayerID=B&PayerID=B",
        "token=%3Cscript%3E",
        "token=A&PayerID=a%20b",
    ] {
        assert!(matches!(paypal.receive(&returned(query)), Err(Error::Malformed { .. })), "{query}");
    }
}

#[test]
fn a_second_payment_of_a_paid_operation_is_refused() {
    let paypal = paypal();
    let other = paid_details().replace(PAID, "0AB12345CD678901E");
    let answers = [Ok(other), Ok(transaction("0AB12345CD678901E", "Completed", "None"))];
    let refused = confirm(&paypal, &completed(&paypal), &agreed(), &answers).unwrap_err();
    assert_eq!(refused.refusal(), Some(Refusal::Number));
}

#[test]
fn a_reload_after_a_lost_charge_starts_no_second_one() {
    let paypal = paypal();
    let mut operation = pending(&paypal);
    let again = || confirm(&paypal, &pending(&paypal), &agreed(), &[Ok(details("PaymentActionNotInitiated", PAYER))]).unwrap();
    operation.start_charge().unwrap();
    let lost = [Err(Lost::after_send("time-out"))];
    let (report, first) = drive(paypal.charge(&again(), &operation, now()), &lost);
    operation.settle(&report.unwrap()).unwrap();
    assert!(operation.start_charge().is_err());
    // after a query that found it uncharged, the same request id again
    let report = drive(paypal.query(&operation, now()), &[Ok(details("PaymentActionNotInitiated", PAYER))]).0.unwrap();
    operation.settle_query(&report).unwrap();
    operation.start_charge().unwrap();
    let (_, second) = drive(paypal.charge(&again(), &operation, now()), &[Ok(charged("Completed", "None"))]);
    assert_eq!(first[0].body, second[0].body);
}

#[test]
fn nothing_is_charged_without_a_record_of_it() {
    let paypal = paypal();
    let told = confirm(&paypal, &pending(&paypal), &agreed(), &[Ok(details("PaymentActionNotInitiated", PAYER))]).unwrap();
    assert!(paypal.charge(&told, &pending(&paypal), now()).is_err());
    assert!(paypal.capture(&completed(&paypal), now()).is_err());
    let mut operation = completed(&paypal);
    let refund = operation.start_refund(operation.amount(), None).unwrap();
    assert!(paypal.refund(&completed(&paypal), &refund, now()).is_err());
}

proptest! {
    #[test]
    fn no_answer_but_a_whole_one_charges(
        noise in prop::collection::vec("(ACK=Success|ACK=[A-Za-z]{1,8}|TOKEN=EC-5YJ90598G69065317|PAYMENTINFO_0_ACK=Success\
            |PAYMENTINFO_0_AMT=[0-9.]{1,6}|PAYMENTINFO_0_CURRENCYCODE=(EUR|USD)|PAYMENTINFO_0_PAYMENTSTATUS=(Completed|Pending|Voided)\
            |PAYMENTINFO_0_TRANSACTIONID=[A-Z0-9]{0,4}|L_ERRORCODE0=1[0-9]{4}|[A-Z]{1,3}=[a-z%]{0,3})", 0..9),
    ) {
        let paypal = paypal();
        let told = confirm(&paypal, &pending(&paypal), &agreed(), &[Ok(details("PaymentActionNotInitiated", PAYER))]).unwrap();
        let mut operation = pending(&paypal);
        operation.start_charge().unwrap();
        let body = noise.join("&");
        let exchange = paypal.charge(&told, &operation, now()).unwrap();
        // what was done before is asked for, and that question is lost
        let (report, _) = lossy(exchange, &body);
        let whole = noise.iter().any(|field| field == "PAYMENTINFO_0_AMT=123.45");
        prop_assert!(whole || report.outcome() != Outcome::Approved, "{}", body);
        prop_assert!(operation.settle(&report).is_ok());
    }
}

/// Answers the first question, and loses the others.
fn lossy(exchange: vpos_core::Exchange<vpos_core::Report>, body: &str) -> (vpos_core::Report, usize) {
    let (mut exchange, mut asked) = (exchange, 0);
    loop {
        match exchange {
            vpos_core::Exchange::Done(report) => return (report, asked),
            vpos_core::Exchange::Ask(ask) => {
                let (_, _, resume) = ask.split();
                asked += 1;
                let answer = if asked == 1 {
                    Ok(vpos_core::http::Response::new(body.as_bytes().to_vec()))
                } else {
                    Err(Lost::after_send("x"))
                };
                exchange = resume.with(answer).unwrap();
            }
        }
    }
}

#[test]
fn statuses_other_than_200_are_no_answer() {
    let paypal = paypal();
    let mut operation = pending(&paypal);
    let told = confirm(&paypal, &operation, &agreed(), &[Ok(details("PaymentActionNotInitiated", PAYER))]).unwrap();
    operation.start_charge().unwrap();
    for status in [301, 400, 403, 429, 500, 502, 503] {
        let vpos_core::Exchange::Ask(ask) = paypal.charge(&told, &operation, now()).unwrap() else { panic!("asked nothing") };
        let mut response = vpos_core::http::Response::new(charged("Completed", "None").into_bytes());
        *response.status_mut() = status.try_into().unwrap();
        let report = ask.split().2.with(Ok(response)).unwrap().local().unwrap();
        assert_eq!((report.action(), report.outcome()), (Action::Charge, Outcome::Unknown), "{status}");
    }
}
