//! What a store hands back: as it was, or refused.

use super::OperationState as S;
use super::*;

type Change = fn(&mut OperationRecord);

fn refund(id: u32, minor: u64, state: RefundState) -> Refund {
    Refund { id: RefundId::new(id), amount: euro(minor), state, reason: None, reference: None }
}

#[test]
fn a_record_comes_back_as_it_was_stored() {
    let mut partly = paid();
    partly.apply(&said_of(&partly, Action::Refund, Outcome::Approved, 4_000, "R1")).unwrap();
    for operation in [sale(), paid(), preauthorization(), held(), capturing(4_000), partly] {
        assert_eq!(Operation::from_record(operation.record().clone()).unwrap(), operation);
    }
}

#[test]
fn a_new_operation_is_pending_and_holds_what_the_payment_said() {
    let payment =
        Payment::builder("PED-17", euro(WHOLE)).url_ok("https://t.example/ok").url_nok("https://t.example/nok").build().unwrap();
    let operation = Operation::new(shop(), "A1".parse().unwrap(), &payment);
    assert_eq!((operation.state(), operation.kind(), operation.sale()), (S::Pending, PaymentKind::Sale, "PED-17"));
    assert_eq!((operation.amount(), operation.number().as_str()), (euro(WHOLE), "A1"));
    assert_eq!((operation.url_ok(), operation.url_nok()), (payment.url_ok(), payment.url_nok()));
    assert!(operation.require_acceptor(&shop()).is_ok());
    let other = Acceptor::new(Bank::named("example"), Environment::Live, "999008881", Some("1"));
    assert_eq!(operation.require_acceptor(&other).unwrap_err().refusal(), Some(crate::Refusal::Environment));
}

#[test]
fn each_contradiction_is_refused_by_its_field() {
    use RefundState::{Approved, Declined, Unknown, Voided};
    let cases: [(&str, Change); 14] = [
        ("amount", |r| r.amount = euro(0)),
        ("refunds", |r| r.refunds = vec![refund(1, WHOLE + 1, Unknown)]),
        ("refunds", |r| r.refunds = vec![refund(1, 6_000, Approved), refund(2, 6_000, Unknown)]),
        ("refunds", |r| r.refunds = vec![refund(1, u64::MAX, Approved), refund(2, 1, Approved)]),
        ("refunds", |r| r.refunds = vec![refund(1, 1, Approved), refund(1, 2, Approved)]),
        ("refunds", |r| r.refunds = vec![refund(1, 0, Declined)]),
        ("refunds", |r| r.refunds = vec![Refund { amount: dollar(1), ..refund(1, 1, Voided) }]),
        ("refunds", |r| (r.state, r.refunds) = (S::Pending, vec![refund(1, 1, Approved)])),
        ("captured", |r| r.captured = Some(euro(1))),
        ("capturing", |r| r.capturing = Some(euro(1))),
        ("captured", |r| (r.kind, r.captured) = (PaymentKind::Preauthorization, Some(euro(0)))),
        ("captured", |r| (r.kind, r.captured) = (PaymentKind::Preauthorization, Some(dollar(1)))),
        ("captured", |r| (r.kind, r.captured, r.state) = (PaymentKind::Preauthorization, Some(euro(1)), S::Authorized)),
        ("refunds", |r| {
            (r.kind, r.captured) = (PaymentKind::Preauthorization, Some(euro(1)));
            r.refunds = vec![refund(1, 2, Approved)];
        }),
    ];
    for (at, (field, change)) in cases.into_iter().enumerate() {
        let mut record = paid().record().clone();
        change(&mut record);
        let error = Operation::from_record(record).unwrap_err();
        assert!(matches!(&error, Error::Payment { field: named, .. } if named == field), "case {at}: {error}");
    }
}

#[test]
fn declined_and_voided_refunds_may_exceed_the_charge() {
    let mut record = paid().record().clone();
    record.refunds = vec![
        refund(1, WHOLE, RefundState::Declined),
        refund(2, WHOLE, RefundState::Voided),
        refund(3, WHOLE, RefundState::Pending),
    ];
    assert_eq!(Operation::from_record(record).unwrap().refundable(), Some(euro(0)));
}

#[test]
fn an_id_is_not_given_twice_and_runs_out_with_an_error() {
    let mut record = paid().record().clone();
    record.refunds = vec![refund(u32::MAX, 1, RefundState::Declined)];
    let mut operation = Operation::from_record(record).unwrap();
    assert_payment(&operation.start_refund(euro(1), None).unwrap_err(), "refunds");
}
