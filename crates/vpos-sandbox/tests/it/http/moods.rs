//! Every mood of the banks, and what becomes of the money in it.
#![expect(clippy::disallowed_methods, reason = "how slow a bank is can only be told by a clock")]

use std::time::{Duration, Instant};

use serde_json::json;
use vpos_core::operation::OperationState;
use vpos_core::{Outcome, PointOfSale};
use vpos_sandbox::BankName;

use super::happy::{ceca, elavon, paypal, redsys};
use super::street::{Street, choose_json};

#[test]
fn late() {
    let street = Street::new(BankName::Redsys, redsys);
    street.mood("late", json!({"seconds": 5, "next": true}));
    let page = street.at_the_bank();
    street.choose(&page, "pay");
    // the buyer is back before the bank has told anything
    assert_eq!((street.state(), street.books(), street.count("notification")), (OperationState::Pending, (12_345, 0, 1), 0));
    street.until("told late", |street| street.state() == OperationState::Completed);
}

#[test]
fn twice() {
    let street = Street::new(BankName::Ceca, ceca);
    street.mood("twice", json!({}));
    let page = street.at_the_bank();
    let told = choose_json(&page, "pay");
    let sent: Vec<_> = told["sent"].as_array().unwrap().iter().map(|sent| (&sent["what"], &sent["status"])).collect();
    assert_eq!(sent, [(&json!("notification"), &json!(200)), (&json!("second"), &json!(200))]);
    assert_eq!((street.state(), street.books()), (OperationState::Completed, (12_345, 0, 1)));
    assert_eq!(street.seen.lock().unwrap().believed.len(), 2);
}

#[test]
fn never() {
    // who can ask finds out
    let street = Street::new(BankName::Redsys, redsys);
    street.mood("never", json!({}));
    let page = street.at_the_bank();
    street.choose(&page, "pay");
    assert_eq!((street.state(), street.count("notification")), (OperationState::Pending, 0));
    assert_eq!((street.query().outcome(), street.books()), (Outcome::Approved, (12_345, 0, 1)));
    // CECA annuls what nobody answered for
    let street = Street::new(BankName::Ceca, ceca);
    street.mood("never", json!({}));
    let page = street.at_the_bank();
    let told = choose_json(&page, "pay");
    assert_eq!((street.books(), &told["browser"]["url"]), ((0, 0, 1), &json!(street.url("/nok"))));
    // Elavon's buyer stays at the bank
    let street = Street::new(BankName::Elavon, elavon);
    street.mood("never", json!({}));
    let page = street.at_the_bank();
    assert!(choose_json(&page, "pay")["browser"].is_null());
    assert_eq!((street.state(), street.query().outcome()), (OperationState::Pending, Outcome::Approved));
}

fn is_forged_in_vain<P: PointOfSale + Send + Sync + 'static>(street: &Street<P>) {
    street.mood("forged", json!({}));
    let page = street.at_the_bank();
    street.choose(&page, "pay");
    street.until("completed", |street| street.state() == OperationState::Completed);
    street.until("the forged one", |street| street.count("forged") > 0);
    assert_eq!(street.books(), (12_345, 0, 1));
    assert!(!street.seen.lock().unwrap().refused.is_empty());
}

#[test]
fn forged() {
    is_forged_in_vain(&Street::new(BankName::Redsys, redsys));
    is_forged_in_vain(&Street::new(BankName::Ceca, ceca));
    is_forged_in_vain(&Street::new(BankName::Elavon, elavon));
    is_forged_in_vain(&Street::new(BankName::Paypal, paypal));
}

#[test]
fn out_of_order() {
    let street = Street::new(BankName::Paypal, paypal);
    street.mood("out-of-order", json!({"seconds": 60, "next": true, "on": "CHECKOUT.ORDER.APPROVED"}));
    let page = street.at_the_bank();
    street.choose(&page, "pay");
    street.until("both messages", |street| street.count("notification") == 2);
    let events = street.look("events?bank=paypal");
    let sent: Vec<_> = events["events"].as_array().unwrap().iter().filter(|event| event["what"] == "notification").collect();
    for (event, kind) in sent.iter().zip(["PAYMENT.CAPTURE.COMPLETED", "CHECKOUT.ORDER.APPROVED"]) {
        assert!(event["request"].as_str().unwrap().contains(&format!("\"{kind}\"")), "{event}");
    }
    assert_eq!((street.state(), street.books()), (OperationState::Completed, (12_345, 0, 1)));
}

#[test]
fn what_is_held_back_is_sent_when_the_bank_calms_down() {
    let street = Street::new(BankName::Redsys, redsys);
    street.mood("out-of-order", json!({"seconds": 600}));
    let page = street.at_the_bank();
    street.choose(&page, "pay");
    assert_eq!(street.state(), OperationState::Pending);
    assert_eq!(street.control("calm", &json!({"bank": "redsys"})), json!({"released": 1}));
    street.until("completed", |street| street.state() == OperationState::Completed);
}

#[test]
fn an_answer_that_is_lost() {
    let street = Street::new(BankName::Elavon, elavon);
    street.mood("lose-answer", json!({"next": true, "on": "settle"}));
    let page = street.at_the_bank();
    street.choose(&page, "pay");
    assert_eq!((street.state(), street.books()), (OperationState::Unknown, (12_345, 0, 1)));
    assert_eq!(street.query().outcome(), Outcome::Approved);
}

#[test]
fn an_answer_500() {
    let street = Street::new(BankName::Elavon, elavon);
    street.mood("error-500", json!({"next": true, "on": "settle"}));
    let page = street.at_the_bank();
    street.choose(&page, "pay");
    assert_eq!((street.state(), street.books()), (OperationState::Unknown, (0, 0, 0)));
}

#[test]
fn a_slow_answer() {
    let street = Street::new(BankName::Redsys, redsys);
    let page = street.at_the_bank();
    street.choose(&page, "pay");
    street.mood("slow", json!({"seconds": 1}));
    let begun = Instant::now();
    assert_eq!(street.query().outcome(), Outcome::Approved);
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_reset_empties_everything_but_the_address() {
    let street = Street::new(BankName::Ceca, ceca);
    street.mood("never", json!({}));
    street.at_the_bank();
    assert_eq!(street.control("reset", &json!({})), json!({"reset": "all"}));
    assert!(street.happened().is_empty());
    let page = street.at_the_bank();
    street.choose(&page, "pay");
    assert_eq!((street.state(), street.books()), (OperationState::Completed, (12_345, 0, 1)));
}

#[test]
fn nothing_is_sent_to_another_machine() {
    let street = Street::new(BankName::Redsys, redsys);
    // a network for documents (RFC 5737): nobody is there
    let payment = street.payment().notification_url("http://192.0.2.1/notify").build().unwrap();
    let page = street.at_the_bank_for(&payment);
    let told = choose_json(&page, "pay");
    assert_eq!(told["sent"], json!([{"url": "http://192.0.2.1/notify", "what": "notification", "status": null}]));
    let events = street.look("events?bank=redsys").to_string();
    assert!(events.contains("not sent: http://192.0.2.1/notify is not on this machine"), "{events}");
}
