//! Payments that a stranger makes and PayPal owns to: to another account, or of a cent, and under our number.

use vpos_core::operation::{Operation, OperationState as S};
use vpos_core::{Confirmation, Error, Lost, PaymentKind, PointOfSale as _, Reference, Refusal};
use vpos_paypal::Paypal;

use crate::nvp_scene::{
    HOLD, NUMBER, PAID, TOKEN, drive, failure, held, known_account, now, paypal, pending, posted, stored, transaction,
};

const CENT: &str = "CENT5678901234567";
const RENEWED: &str = "8AA52814937998046";

/// PayPal owns to the message, and answers so what is asked of it then.
fn told(paypal: &Paypal, operation: &Operation, body: &str, answers: &[Result<String, Lost>]) -> Result<Confirmation, Error> {
    let message = paypal.receive(&posted(body))?;
    let answers: Vec<_> = std::iter::once(Ok("VERIFIED".to_owned())).chain(answers.iter().cloned()).collect();
    drive(paypal.verify(&message, operation, now()), &answers).0
}

/// What PayPal says of a payment of another account, without a public word that it is another's.
fn not_ours() -> String {
    failure("10007")
}

fn paid(gross: &str, status: &str, id: &str, receiver: &str, more: &str) -> String {
    format!(
        "mc_gross={gross}&invoice={NUMBER}&custom={NUMBER}&payment_status={status}&mc_currency=EUR&txn_id={id}&txn_type=web_accept\
         &test_ipn=1&receiver_id={receiver}&receiver_email=mallory@evil.example{more}"
    )
}

fn cent(status: &str, more: &str) -> String {
    paid("0.01", status, CENT, "7C2LDBEMSAFLS", more)
}

fn preauthorisation(paypal: &Paypal) -> Operation {
    stored(paypal, PaymentKind::Preauthorization, S::Pending, &[(Reference::OrderId, TOKEN)])
}

#[test]
fn money_paid_to_the_strangers_own_account_pays_nothing() {
    // the contract does not say which account is ours: PayPal's API knows
    let paypal = paypal();
    let operation = pending(&paypal);
    let body = paid("123.45", "Completed", "EV1L5678901234567", "ATTACKERSACCT", "");
    assert!(matches!(told(&paypal, &operation, &body, &[Ok(not_ours())]), Err(Error::Bank { code, .. }) if code == "10007"));
    // a payment of ours is told of, and it is the API's word that counts
    let ours = [Ok(transaction(PAID, "Pending", "echeck"))];
    let answered = told(&paypal, &operation, &body.replace("EV1L5678901234567", PAID), &ours).unwrap();
    assert_eq!(answered.outcome(), vpos_core::Outcome::Pending);
    let other = [Ok(transaction("EV1L5678901234567", "Completed", "None").replace(NUMBER, "OTHER"))];
    assert_eq!(told(&paypal, &operation, &body, &other).unwrap_err().refusal(), Some(Refusal::Number));
    for lost in [Lost::before_send("x"), Lost::after_send("x")] {
        assert!(matches!(told(&paypal, &operation, &body, &[Err(lost)]), Err(Error::Transport(_))));
    }
}

#[test]
fn a_stranger_neither_fails_nor_holds() {
    let paypal = paypal();
    let mut operation = preauthorisation(&paypal);
    for status in ["Denied", "Pending&pending_reason=authorization"] {
        let body = paid("123.45", status, "EV1L5678901234567", "ATTACKERSACCT", "");
        if let Ok(said) = told(&paypal, &operation, &body, &[Ok(not_ours())]) {
            let _ = operation.apply(&said);
        }
        assert_eq!(operation.state(), S::Pending, "{status}");
    }
}

#[test]
fn one_cent_pays_no_preauthorisation_that_was_never_held() {
    let paypal = known_account();
    let mut operation = preauthorisation(&paypal);
    for body in [cent("Completed", ""), cent("Canceled_Reversal", "&parent_txn_id=XXXX"), cent("Completed", "&auth_id=XXXX")] {
        let refused = told(&paypal, &operation, &body, &[]);
        if let Ok(said) = &refused {
            let _ = operation.apply(said);
        }
        assert_eq!(refused.unwrap_err().refusal(), Some(Refusal::Number), "{body}");
        assert_eq!(operation.state(), S::Pending);
    }
}

#[test]
fn one_cent_does_not_take_the_place_of_the_capture_of_a_hold() {
    for paypal in [known_account(), paypal()] {
        let mut operation = held(&paypal);
        // where the account is not known the payment is asked for: it is ours, and still no capture
        let ours = [Ok(transaction(CENT, "Completed", "None").replace("123.45", "0.01"))];
        let asked = if paypal.acceptor().merchant() == "7C2LDBEMSAFLS" { &[][..] } else { &ours[..] };
        if let Ok(said) = told(&paypal, &operation, &cent("Completed", ""), asked) {
            let _ = operation.apply(&said);
        }
        assert_eq!(operation.state(), S::Authorized);
        operation.start_capture(operation.amount(), operation.amount()).unwrap();
    }
}

#[test]
fn the_capture_of_a_hold_that_renews_ours_counts() {
    let paypal = known_account();
    let operation = held(&paypal);
    let body = format!("{}&parent_txn_id={RENEWED}", paid("50.00", "Completed", PAID, "7C2LDBEMSAFLS", ""));
    let hold = |parent: &str| Ok(format!("{}&PARENTTRANSACTIONID={parent}", transaction(RENEWED, "Completed", "None")));
    let mut captured = operation.clone();
    captured.apply(&told(&paypal, &operation, &body, &[hold(HOLD)]).unwrap()).unwrap();
    assert_eq!((captured.state(), captured.references().get(Reference::CaptureId)), (S::Completed, Some(PAID)));
    assert_eq!(told(&paypal, &operation, &body, &[hold("OTHER")]).unwrap_err().refusal(), Some(Refusal::Number));
    assert!(told(&paypal, &operation, &body, &[hold("")]).is_err());
    assert!(told(&paypal, &operation, &body, &[Ok(not_ours())]).is_err());

    // a message about the renewal itself gives the hold its other name, and then there is nothing to ask
    let mut renewed = operation;
    let told_of =
        paid("123.45", "Pending", RENEWED, "7C2LDBEMSAFLS", &format!("&pending_reason=authorization&parent_txn_id={HOLD}"));
    renewed.apply(&told(&paypal, &renewed, &told_of, &[]).unwrap()).unwrap();
    let known = |name| renewed.references().get(name);
    assert_eq!((known(Reference::AuthorizationId), known(Reference::RenewalId)), (Some(HOLD), Some(RENEWED)));
    assert!(told(&paypal, &renewed, &body, &[]).is_ok());
    // the first one runs out, and the renewal stands; to void the first one is to void both
    for (word, id, state) in
        [("Expired", HOLD, S::Authorized), ("Expired", RENEWED, S::Cancelled), ("Voided", HOLD, S::Cancelled)]
    {
        let mut operation = renewed.clone();
        let body = paid("123.45", word, id, "7C2LDBEMSAFLS", "");
        operation.apply(&told(&paypal, &operation, &body, &[]).unwrap()).unwrap();
        assert_eq!(operation.state(), state, "{word} {id}");
    }
}
