//! Express Checkout and IPN.

use std::collections::BTreeMap;

use super::*;
use crate::MovementKind;

type Told = BTreeMap<String, String>;

fn bank() -> PaypalBank {
    let mut merchant = PaypalMerchant::nvp("tienda_api1.example", Secret::new("QFZC"), Secret::new("AFcW"));
    merchant.ipn_url = Some("https://tienda.example/ipn".into());
    PaypalBank::new(merchant)
}

fn call(bank: &mut PaypalBank, method: &str, fields: &[(&str, &str)]) -> Told {
    call_at(bank, method, fields, now())
}

fn call_at(bank: &mut PaypalBank, method: &str, fields: &[(&str, &str)], at: Timestamp) -> Told {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs([
        ("METHOD", method),
        ("VERSION", "95"),
        ("USER", "tienda_api1.example"),
        ("PWD", "QFZC"),
        ("SIGNATURE", "AFcW"),
    ]);
    let body = form.extend_pairs(fields).finish();
    raw(bank, &body, at)
}

fn raw(bank: &mut PaypalBank, body: &str, at: Timestamp) -> Told {
    let request = Request::post("https://api-3t.sandbox.paypal.com/nvp").body(body.as_bytes().to_vec()).unwrap();
    let response = bank.answer(&request, at);
    form_urlencoded::parse(response.body()).into_owned().collect()
}

fn number(told: &Told) -> &str {
    if told["ACK"] == "Success" { "" } else { &told["L_ERRORCODE0"] }
}

fn wanted(action: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("PAYMENTREQUEST_0_AMT", "123.45"),
        ("PAYMENTREQUEST_0_CURRENCYCODE", "EUR"),
        ("PAYMENTREQUEST_0_PAYMENTACTION", action),
        ("PAYMENTREQUEST_0_INVNUM", NUMBER),
        ("PAYMENTREQUEST_0_CUSTOM", NUMBER),
        ("PAYMENTREQUEST_0_ITEMAMT", "123.45"),
        ("L_PAYMENTREQUEST_0_NAME0", "Zapatos"),
        ("L_PAYMENTREQUEST_0_AMT0", "123.45"),
        ("L_PAYMENTREQUEST_0_QTY0", "1"),
        ("RETURNURL", "https://tienda.example/vuelta"),
        ("CANCELURL", "https://tienda.example/vuelta"),
        ("NOSHIPPING", "1"),
    ]
}

fn begun(bank: &mut PaypalBank, action: &'static str) -> String {
    let told = call(bank, "SetExpressCheckout", &wanted(action));
    assert_eq!((told["ACK"].as_str(), told["TOKEN"].len()), ("Success", 20));
    told["TOKEN"].clone()
}

fn visit(bank: &mut PaypalBank, token: &str, choice: Choice) -> Visit {
    let form = visitor("https://www.sandbox.paypal.com/cgi-bin/webscr", &[("cmd", "_express-checkout"), ("token", token)]);
    let page = bank.open(&form, now()).unwrap();
    bank.choose(&page, choice, now())
}

fn executed<'t>(token: &'t str, action: &'t str, id: &'t str) -> [(&'t str, &'t str); 7] {
    [
        ("TOKEN", token),
        ("PAYERID", "QYR5Z8XDVJNXQ"),
        ("PAYMENTREQUEST_0_AMT", "123.45"),
        ("PAYMENTREQUEST_0_CURRENCYCODE", "EUR"),
        ("PAYMENTREQUEST_0_PAYMENTACTION", action),
        ("PAYMENTREQUEST_0_INVNUM", NUMBER),
        ("MSGSUBID", id),
    ]
}

/// A token that was approved and paid; the transaction.
fn paid(bank: &mut PaypalBank, action: &'static str) -> String {
    let token = begun(bank, action);
    visit(bank, &token, Choice::Pay);
    let told = call(bank, "DoExpressCheckoutPayment", &executed(&token, action, "pay-1"));
    assert_eq!(told["ACK"], "Success", "{told:?}");
    told["PAYMENTINFO_0_TRANSACTIONID"].clone()
}

fn books(bank: &PaypalBank) -> (u64, u64, u64) {
    (bank.ledger().charged(NUMBER), bank.ledger().held(NUMBER), bank.ledger().refunded(NUMBER))
}

#[test]
fn a_sale_is_paid_once() {
    let mut bank = bank();
    let token = begun(&mut bank, "Sale");
    let details = call(&mut bank, "GetExpressCheckoutDetails", &[("TOKEN", &token)]);
    assert_eq!((details["CHECKOUTSTATUS"].as_str(), details.get("PAYERID")), ("PaymentActionNotInitiated", None));
    let pay = executed(&token, "Sale", "pay-1");
    assert_eq!(number(&call(&mut bank, "DoExpressCheckoutPayment", &pay)), "10485");
    let returned = visit(&mut bank, &token, Choice::Pay);
    assert!(returned.notification.is_empty());
    assert_eq!(next(&returned), format!("https://tienda.example/vuelta?token={token}&PayerID=QYR5Z8XDVJNXQ"));
    let details = call(&mut bank, "GetExpressCheckoutDetails", &[("TOKEN", &token)]);
    assert_eq!((details["PAYERID"].as_str(), details["PAYMENTREQUEST_0_INVNUM"].as_str()), ("QYR5Z8XDVJNXQ", NUMBER));

    let first = call(&mut bank, "DoExpressCheckoutPayment", &pay);
    assert_eq!((first["PAYMENTINFO_0_PAYMENTSTATUS"].as_str(), first["PAYMENTINFO_0_AMT"].as_str()), ("Completed", "123.45"));
    // the same submission: the first answer again, with a warning; another one: refused
    let again = call(&mut bank, "DoExpressCheckoutPayment", &pay);
    assert_eq!((again["ACK"].as_str(), number(&again)), ("SuccessWithWarning", "11607"));
    assert_eq!(again["PAYMENTINFO_0_TRANSACTIONID"], first["PAYMENTINFO_0_TRANSACTIONID"]);
    assert_eq!(number(&call(&mut bank, "DoExpressCheckoutPayment", &executed(&token, "Sale", "pay-2"))), "10415");
    assert_eq!((books(&bank), bank.ledger().count(NUMBER, MovementKind::Charge)), ((12_345, 0, 0), 1));
    let details = call(&mut bank, "GetExpressCheckoutDetails", &[("TOKEN", &token)]);
    assert_eq!(details["CHECKOUTSTATUS"], "PaymentActionCompleted");
    assert_eq!(details["PAYMENTREQUEST_0_TRANSACTIONID"], first["PAYMENTINFO_0_TRANSACTIONID"]);
}

#[test]
fn the_buyer_cancels_or_is_declined() {
    let mut bank = bank();
    let token = begun(&mut bank, "Sale");
    assert_eq!(next(&visit(&mut bank, &token, Choice::Cancel)), format!("https://tienda.example/vuelta?token={token}"));
    visit(&mut bank, &token, Choice::Decline("10486".into()));
    let pay = executed(&token, "Sale", "pay-1");
    assert_eq!(number(&call(&mut bank, "DoExpressCheckoutPayment", &pay)), "10486");
    visit(&mut bank, &token, Choice::Pay);
    assert_eq!(number(&call(&mut bank, "DoExpressCheckoutPayment", &pay)), "");
    assert_eq!(books(&bank), (12_345, 0, 0));
}

#[test]
fn a_hold_is_captured_and_what_is_left_let_go() {
    let mut bank = bank();
    let hold = paid(&mut bank, "Authorization");
    assert_eq!(books(&bank), (0, 12_345, 0));
    let capture = |bank: &mut PaypalBank, amount: &str, complete: &str| {
        call(
            bank,
            "DoCapture",
            &[("AUTHORIZATIONID", &hold), ("AMT", amount), ("CURRENCYCODE", "EUR"), ("COMPLETETYPE", complete)],
        )
    };
    assert_eq!(capture(&mut bank, "100.00", "NotComplete")["PAYMENTSTATUS"], "Completed");
    assert_eq!(number(&capture(&mut bank, "41.97", "NotComplete")), "10610");
    assert_eq!(number(&capture(&mut bank, "1.00", "")), "10004");
    assert_eq!(number(&capture(&mut bank, "3.45", "Complete")), "");
    assert_eq!(number(&capture(&mut bank, "1.00", "Complete")), "10602");
    assert_eq!(books(&bank), (10_345, 0, 0));
    assert_eq!(number(&call(&mut bank, "DoVoid", &[("AUTHORIZATIONID", &hold)])), "10602");
}

#[test]
fn a_hold_is_voided() {
    let mut bank = bank();
    let hold = paid(&mut bank, "Authorization");
    let details = call(&mut bank, "GetTransactionDetails", &[("TRANSACTIONID", &hold)]);
    assert_eq!((details["PAYMENTSTATUS"].as_str(), details["PENDINGREASON"].as_str()), ("Pending", "authorization"));
    assert_eq!(call(&mut bank, "DoVoid", &[("AUTHORIZATIONID", &hold)])["AUTHORIZATIONID"], hold);
    assert_eq!(number(&call(&mut bank, "DoVoid", &[("AUTHORIZATIONID", &hold)])), "10600");
    assert_eq!(call(&mut bank, "GetTransactionDetails", &[("TRANSACTIONID", &hold)])["PAYMENTSTATUS"], "Voided");
    assert_eq!(books(&bank), (0, 0, 0));
}

#[test]
fn refunds_whole_and_in_part() {
    let mut bank = bank();
    let sale = paid(&mut bank, "Sale");
    let part = |amount, id| {
        [("TRANSACTIONID", ""), ("REFUNDTYPE", "Partial"), ("AMT", amount), ("CURRENCYCODE", "EUR"), ("MSGSUBID", id)]
    };
    let refund = |bank: &mut PaypalBank, amount, id| {
        let mut fields = part(amount, id);
        fields[0].1 = &sale;
        call(bank, "RefundTransaction", &fields)
    };
    let first = refund(&mut bank, "23.45", "r1");
    assert_eq!((first["GROSSREFUNDAMT"].as_str(), first["TOTALREFUNDEDAMOUNT"].as_str()), ("23.45", "23.45"));
    assert_eq!(refund(&mut bank, "23.45", "r1")["REFUNDTRANSACTIONID"], first["REFUNDTRANSACTIONID"]);
    assert_eq!(number(&refund(&mut bank, "100.01", "r2")), "10009");
    let full = [("TRANSACTIONID", sale.as_str()), ("REFUNDTYPE", "Full")];
    assert_eq!(number(&call(&mut bank, "RefundTransaction", &full)), "10009");
    let details = call(&mut bank, "GetTransactionDetails", &[("TRANSACTIONID", &sale)]);
    assert_eq!(details["PAYMENTSTATUS"], "Partially-Refunded");
    let details = call(&mut bank, "GetTransactionDetails", &[("TRANSACTIONID", &first["REFUNDTRANSACTIONID"])]);
    assert_eq!((details["AMT"].as_str(), &details["PARENTTRANSACTIONID"]), ("-23.45", &sale));
    assert_eq!(number(&refund(&mut bank, "100.00", "r3")), "");
    assert_eq!(number(&refund(&mut bank, "0.01", "r4")), "10009");
    assert_eq!((books(&bank), bank.ledger().count(NUMBER, MovementKind::Refund)), ((12_345, 0, 12_345), 2));
}

#[test]
fn what_is_refused() {
    let mut bank = bank();
    assert_eq!(number(&raw(&mut bank, "METHOD=GetTransactionDetails&VERSION=95&USER=x&PWD=QFZC&SIGNATURE=AFcW", now())), "10002");
    let body = "METHOD=GetTransactionDetails&USER=tienda_api1.example&PWD=QFZC&SIGNATURE=AFcW";
    assert_eq!(number(&raw(&mut bank, body, now())), "10006");
    assert_eq!(number(&call(&mut bank, "MassPay", &[])), "81002");
    assert_eq!(number(&call(&mut bank, "GetTransactionDetails", &[("TRANSACTIONID", "1")])), "10004");
    assert_eq!(number(&call(&mut bank, "DoVoid", &[("AUTHORIZATIONID", "1")])), "10609");
    for (name, value, expected) in [
        ("PAYMENTREQUEST_0_AMT", "", "10400"),
        ("PAYMENTREQUEST_0_AMT", "123.4", "10401"),
        ("PAYMENTREQUEST_0_AMT", "124.45", "10413"),
        ("PAYMENTREQUEST_0_CURRENCYCODE", "KWD", "10401"),
        ("L_PAYMENTREQUEST_0_QTY0", "2", "10413"),
        ("PAYMENTREQUEST_0_PAYMENTACTION", "Order", "10004"),
        ("RETURNURL", "", "10404"),
        ("RETURNURL", "vuelta", "10471"),
        ("CANCELURL", "", "10405"),
    ] {
        let mut fields = wanted("Sale");
        fields.iter_mut().filter(|(known, _)| *known == name).for_each(|(_, old)| *old = value);
        assert_eq!(number(&call(&mut bank, "SetExpressCheckout", &fields)), expected, "{name}={value}");
    }
    let token = begun(&mut bank, "Sale");
    let mut pay = executed(&token, "Sale", "1");
    pay[1].1 = "OTHER";
    assert_eq!(number(&call(&mut bank, "DoExpressCheckoutPayment", &pay)), "10406");
    let mut pay = executed(&token, "Sale", "1");
    pay[3].1 = "USD";
    assert_eq!(number(&call(&mut bank, "DoExpressCheckoutPayment", &pay)), "10444");
    assert_eq!(number(&call(&mut bank, "GetExpressCheckoutDetails", &[])), "10408");
    assert_eq!(number(&call(&mut bank, "GetExpressCheckoutDetails", &[("TOKEN", "EC-1")])), "10410");
    assert_eq!(number(&call_at(&mut bank, "GetExpressCheckoutDetails", &[("TOKEN", &token)], days(1))), "10411");
    let form = visitor("https://www.sandbox.paypal.com/cgi-bin/webscr", &[("cmd", "_xclick"), ("token", &token)]);
    assert_eq!(bank.open(&form, now()).unwrap_err()[0].field, "cmd");
    assert!(bank.ledger().movements().is_empty());
}

#[test]
fn an_invoice_is_paid_once() {
    let mut bank = bank();
    paid(&mut bank, "Sale");
    let token = begun(&mut bank, "Sale");
    visit(&mut bank, &token, Choice::Pay);
    assert_eq!(number(&call(&mut bank, "DoExpressCheckoutPayment", &executed(&token, "Sale", "pay-2"))), "10412");
    assert_eq!(books(&bank), (12_345, 0, 0));
}

#[test]
fn an_ipn_is_verified_byte_for_byte() {
    let mut bank = bank();
    let sale = paid(&mut bank, "Sale");
    call(&mut bank, "RefundTransaction", &[("TRANSACTIONID", &sale), ("REFUNDTYPE", "Full")]);
    let messages = bank.take_messages();
    let bodies: Vec<String> = messages.iter().map(|message| String::from_utf8(message.body().clone()).unwrap()).collect();
    assert!(bodies[0].contains("payment_status=Completed") && bodies[0].contains("first_name=Bego%F1a"), "{}", bodies[0]);
    assert!(
        bodies[1].contains("payment_status=Refunded") && bodies[1].contains(&format!("parent_txn_id={sale}")),
        "{}",
        bodies[1]
    );
    assert!(bodies[1].contains("mc_gross=-123.45") && bodies[1].contains(&format!("invoice={NUMBER}")));
    let mut ask = |body: String| {
        let request = Request::post("https://ipnpb.sandbox.paypal.com/cgi-bin/webscr").body(body.into_bytes()).unwrap();
        String::from_utf8(bank.answer(&request, now()).into_body()).unwrap()
    };
    assert_eq!(ask(format!("cmd=_notify-validate&{}", bodies[0])), "VERIFIED");
    assert_eq!(ask(format!("cmd=_notify-validate&{}", bodies[0].replace("123.45", "1.00"))), "INVALID");
    assert_eq!(ask(format!("cmd=_notify-validate&{}", bodies[0].replace("%F1", "%C3%B1"))), "INVALID");
    assert_eq!(ask(format!("{}&cmd=_notify-validate", bodies[0])), "INVALID");
    assert_eq!(ask(bodies[0].clone()), "INVALID");
}
