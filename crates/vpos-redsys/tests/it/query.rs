//! The query of one operation: rows of the bank's books, some of which are about what was asked.

use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Outcome, PaymentKind, PointOfSale as _, Refusal, Report};
use vpos_redsys::signature::SignatureVersion;

use crate::scene::{
    Fields, answered, euros, in_state, now, operation, paid, query_answer, query_answer_of, redsys, request, sale, with,
};

/// A row of the bank's books.
fn row(changes: &[(&str, &str)]) -> Fields {
    let row = with(paid(), &[("Ds_Date", "2026-01-01"), ("Ds_Hour", "10:00:00"), ("Ds_State", "F")]);
    with(row, changes)
}

fn asked(operation: &Operation, rows: &[Fields]) -> Report {
    let redsys = redsys(SignatureVersion::HmacSha512V2);
    answered(redsys.query(operation, now()).unwrap(), Ok(query_answer(rows))).unwrap()
}

fn pending() -> Operation {
    sale(&redsys(SignatureVersion::HmacSha512V2))
}

#[test]
fn an_approved_row_decides_wherever_it_stands() {
    let declined = row(&[("Ds_Response", "0190"), ("Ds_AuthorisationCode", "")]);
    let open = row(&[("Ds_State", "P"), ("Ds_Response", "")]);
    for rows in [
        vec![row(&[]), declined.clone(), open.clone()],
        vec![declined.clone(), row(&[]), open.clone()],
        vec![open.clone(), declined.clone(), row(&[])],
    ] {
        let report = asked(&pending(), &rows);
        assert_eq!((report.outcome(), report.code()), (Outcome::Approved, Some("0000")));
    }
    assert_eq!(asked(&pending(), &[open, declined.clone()]).outcome(), Outcome::Pending);
    let last = row(&[("Ds_Response", "0116"), ("Ds_AuthorisationCode", "")]);
    assert_eq!(asked(&pending(), &[declined, last]).code(), Some("0116"));
}

#[test]
fn rows_of_other_transactions_are_passed_over() {
    let refund = row(&[("Ds_TransactionType", "3"), ("Ds_Response", "0900")]);
    let report = asked(&pending(), &[refund.clone(), row(&[])]);
    assert_eq!(report.outcome(), Outcome::Approved);
    assert!(matches!(asked(&pending(), &[refund]), Report::Unknown { .. }));
}

#[test]
fn a_row_about_something_else_makes_the_answer_worthless() {
    for changes in [
        ("Ds_Order", "1234"),
        ("Ds_Amount", "1"),
        ("Ds_Currency", "840"),
        ("Ds_MerchantCode", "999008882"),
        ("Ds_Terminal", "2"),
        ("Ds_State", "?"),
        ("Ds_Response", "0900"),
        ("ds_amount", "4999"),
    ] {
        let report = asked(&pending(), &[row(&[changes])]);
        assert!(matches!(report, Report::Unknown { .. }), "{changes:?}: {report:?}");
    }
    for state in ["P", "S", "A", "E", "W", "L", "O", "D"] {
        assert_eq!(asked(&pending(), &[row(&[("Ds_State", state)])]).outcome(), Outcome::Pending, "{state}");
    }
    assert_eq!(asked(&pending(), &[row(&[("Ds_State", "T")])]).outcome(), Outcome::Unknown);
}

#[test]
fn an_open_refund_is_told_from_the_others() {
    let mut operation = in_state(&pending(), OperationState::Completed);
    let first = operation.start_refund(euros(1_000), None).unwrap();
    let mut record = operation.record().clone();
    record.refunds[0].state = vpos_core::operation::RefundState::Approved;
    record.refunds[0].reference = Some("111111".into());
    record.state = OperationState::PartiallyRefunded;
    let mut operation = Operation::from_record(record).unwrap();
    let second = operation.start_refund(euros(1_000), None).unwrap();
    assert_ne!(first.id, second.id);

    let done = |code: &str| {
        row(&[("Ds_TransactionType", "3"), ("Ds_Response", "0900"), ("Ds_Amount", "1000"), ("Ds_AuthorisationCode", code)])
    };
    assert!(matches!(asked(&operation, &[done("111111")]), Report::Open { .. }), "the first one's row is not the second's");
    assert_eq!(asked(&operation, &[done("111111"), done("222222")]).outcome(), Outcome::Approved);
    let other_amount = with(done("333333"), &[("Ds_Amount", "500")]);
    assert!(matches!(asked(&operation, &[other_amount]), Report::Open { .. }));
}

#[test]
fn a_hold_asks_for_its_own_kind() {
    let redsys = redsys(SignatureVersion::HmacSha512V2);
    let hold = operation(&redsys, PaymentKind::Preauthorization, euros(4_999));
    let body = String::from_utf8(request(redsys.query(&hold, now()).unwrap()).into_body()).unwrap();
    assert!(body.contains("<Ds_TransactionType>1</Ds_TransactionType>"), "{body}");
    let report = asked(&hold, &[row(&[("Ds_TransactionType", "1")])]);
    assert_eq!(report.outcome(), Outcome::Approved);
}

#[test]
fn errors_are_not_signed_and_settle_nothing() {
    let redsys = redsys(SignatureVersion::HmacSha512V2);
    let error = |code: &str| {
        let messages = format!(
            "<Messages><Version Ds_Version=\"0.0\"><Message><ErrorMsg><Ds_ErrorCode>{code}</Ds_ErrorCode></ErrorMsg></Message>\
             </Version></Messages>"
        );
        answered(redsys.query(&pending(), now()).unwrap(), Ok(query_answer_of(&messages))).unwrap()
    };
    assert!(matches!(error("XML0024"), Report::Open { .. }));
    assert!(matches!(error("XML0023"), Report::Rejected { code, .. } if code == "XML0023"));
    assert!(matches!(error("4548812049400004"), Report::Unknown { .. }));
    let mut operation = pending();
    operation.settle_query(&error("XML0023")).unwrap();
    assert_eq!(operation.state(), OperationState::Pending);
}

#[test]
fn an_answer_signed_for_another_order_is_not_believed() {
    let redsys = redsys(SignatureVersion::HmacSha512V2);
    let mut record = pending().record().clone();
    record.number = "1234".parse().unwrap();
    let other = Operation::from_record(record).unwrap();
    let report = answered(redsys.query(&other, now()).unwrap(), Ok(query_answer(&[row(&[("Ds_Order", "1234")])]))).unwrap();
    assert!(
        matches!(&report, Report::Unknown { reason, .. } if *reason == vpos_core::Error::from(Refusal::Signature).to_string())
    );
}

#[test]
fn rows_without_a_code_are_those_of_the_refunds_that_are_known() {
    let mut operation = in_state(&pending(), OperationState::Completed);
    let first = operation.start_refund(euros(1_000), None).unwrap();
    let given_back =
        row(&[("Ds_TransactionType", "3"), ("Ds_Response", "0900"), ("Ds_Amount", "1000"), ("Ds_AuthorisationCode", "")]);
    let report = asked(&operation, std::slice::from_ref(&given_back));
    operation.settle_query(&report).unwrap();
    assert_eq!(operation.refunded(), euros(1_000));

    // a second one of the same amount, its answer lost: one row is the first's, two are both
    let second = operation.start_refund(euros(1_000), None).unwrap();
    let report = asked(&operation, std::slice::from_ref(&given_back));
    assert!(matches!(report, Report::Open { .. }), "{report:?}");
    let later = with(given_back.clone(), &[("Ds_Hour", "10:05:00")]);
    let report = asked(&operation, &[given_back, later]);
    assert_eq!(report.outcome(), Outcome::Approved);
    assert_ne!(first.id, second.id);
}

#[test]
fn a_refund_that_the_books_do_not_show_stays_open() {
    let mut operation = in_state(&pending(), OperationState::Completed);
    operation.start_refund(euros(1_000), None).unwrap();
    assert!(matches!(asked(&operation, &[row(&[])]), Report::Open { .. }));
}
