//! The form holds what was put into it, under our own signature.

use proptest::prelude::*;
use serde_json::{Map, Value};
use vpos_core::operation::Operation;
use vpos_core::{Amount, Currency, Entropy, Error, Payment, PaymentBuilder, PaymentForm, PointOfSale as _, Refusal};
use vpos_redsys::Redsys;
use vpos_redsys::signature::SignatureVersion;

use crate::scene::{ORDER, VERSIONS, confirm, encoded, euros, fields, notification, now, opened, paid, post, redsys, with};

fn form(redsys: &Redsys, payment: &Payment) -> Result<PaymentForm, Error> {
    let operation = Operation::new(redsys.acceptor().clone(), ORDER.parse()?, payment);
    Ok(redsys.begin(&operation, payment, now())?.local()?.form)
}

fn parameters_of(form: &PaymentForm) -> Map<String, Value> {
    let field = |name| form.field(name).unwrap();
    opened(field("Ds_SignatureVersion"), field("Ds_MerchantParameters"), field("Ds_Signature"))
}

fn refused_extra(name: &str, value: &str) -> String {
    let builder: PaymentBuilder = Payment::builder("PED-17", euros(4_999)).extra(name, value);
    form(&redsys(SignatureVersion::HmacSha512V2), &builder.build().unwrap()).unwrap_err().to_string()
}

proptest! {
    #[test]
    fn what_was_put_in_is_there(
        which in 0..3_usize, minor in 1..1_000_000_000_000_u64, at in 0..Currency::all().len(),
        description in "[^\\p{C}]{1,125}", name in "[^\\p{C}]{1,60}", data in "[^\\p{C}]{1,200}", number in "[0-9]{4}[A-Za-z0-9]{0,8}",
    ) {
        let redsys = redsys(VERSIONS[which]);
        let amount = Amount::from_minor(minor, Currency::all()[at]);
        let payment = Payment::builder("PED-17", amount)
            .description(&description)
            .buyer_name(&name)
            .notification_url("https://tienda.example/aviso")
            .extra("DS_MERCHANT_MERCHANTDATA", &data);
        let payment = payment.build().unwrap();
        let operation = Operation::new(redsys.acceptor().clone(), number.parse().unwrap(), &payment);
        let form = redsys.begin(&operation, &payment, now()).unwrap().local().unwrap().form;
        let parameters = parameters_of(&form);
        let text = |name: &str| parameters[name].as_str().unwrap();
        prop_assert_eq!(text("DS_MERCHANT_AMOUNT"), minor.to_string());
        prop_assert_eq!(text("DS_MERCHANT_CURRENCY"), amount.currency().number().to_string());
        prop_assert_eq!(text("DS_MERCHANT_ORDER"), number);
        prop_assert_eq!(text("DS_MERCHANT_MERCHANTCODE"), "999008881");
        prop_assert_eq!(text("DS_MERCHANT_TERMINAL"), "1");
        prop_assert_eq!(text("DS_MERCHANT_TRANSACTIONTYPE"), "0");
        prop_assert_eq!(text("DS_MERCHANT_PRODUCTDESCRIPTION"), description);
        prop_assert_eq!(text("DS_MERCHANT_TITULAR"), name);
        prop_assert_eq!(text("DS_MERCHANT_MERCHANTDATA"), data);
        prop_assert_eq!(text("DS_MERCHANT_MERCHANTURL"), "https://tienda.example/aviso");
        prop_assert_eq!(parameters.len(), 10);
    }

    #[test]
    fn the_form_and_the_check_of_the_notification_agree(
        minor in 1..999_999_999_999_u64, at in 0..Currency::all().len(), other in 0..Currency::all().len(),
    ) {
        let redsys = redsys(SignatureVersion::HmacSha512V2);
        let payment = Payment::builder("PED-17", Amount::from_minor(minor, Currency::all()[at])).build().unwrap();
        let operation = Operation::new(redsys.acceptor().clone(), ORDER.parse().unwrap(), &payment);
        let form = form(&redsys, &payment).unwrap();
        let sent = parameters_of(&form);
        let (amount, currency) = (sent["DS_MERCHANT_AMOUNT"].as_str().unwrap(), sent["DS_MERCHANT_CURRENCY"].as_str().unwrap());
        let told = |amount: &str, currency: &str| {
            let message = with(paid(), &[("Ds_Amount", amount), ("Ds_Currency", currency)]);
            confirm(&redsys, &operation, &notification(SignatureVersion::HmacSha512V2, &message))
        };
        prop_assert_eq!(told(amount, currency).unwrap().amount(), Some(payment.amount()));
        let padded = format!("{currency:0>3}");
        prop_assert!(told(amount, &padded).is_ok());
        prop_assert_eq!(told(&(minor + 1).to_string(), currency).unwrap_err().refusal(), Some(Refusal::Amount));
        prop_assert_eq!(told(&(minor - 1).to_string(), currency).unwrap_err().refusal(), Some(Refusal::Amount));
        if other != at {
            let foreign = Currency::all()[other].number().to_string();
            prop_assert_eq!(told(amount, &foreign).unwrap_err().refusal(), Some(Refusal::Currency));
        }
    }

    #[test]
    fn a_number_from_any_entropy_is_one_that_the_form_takes(seed: [u8; 16]) {
        let redsys = redsys(SignatureVersion::HmacSha512V2);
        let number = redsys.number(Entropy::new(seed));
        let (digits, rest) = number.as_str().split_at(4);
        prop_assert!(digits.bytes().all(|b| b.is_ascii_digit()), "{number}");
        prop_assert!(rest.len() <= 8 && rest.bytes().all(|b| b.is_ascii_alphanumeric()), "{number}");
        let payment = Payment::builder("PED-17", euros(4_999)).build().unwrap();
        let operation = Operation::new(redsys.acceptor().clone(), number.clone(), &payment);
        let form = redsys.begin(&operation, &payment, now()).unwrap().local().unwrap().form;
        prop_assert_eq!(&parameters_of(&form)["DS_MERCHANT_ORDER"], number.as_str());
    }

    #[test]
    fn a_number_by_another_rule_is_refused(text in "[A-Za-z0-9_-]{1,50}") {
        let good = text.len() <= 12 && text.len() >= 4 && text.bytes().take(4).all(|b| b.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_alphanumeric());
        let redsys = redsys(SignatureVersion::HmacSha512V2);
        let payment = Payment::builder("PED-17", euros(4_999)).build().unwrap();
        let operation = Operation::new(redsys.acceptor().clone(), text.parse().unwrap(), &payment);
        prop_assert_eq!(redsys.begin(&operation, &payment, now()).is_ok(), good);
    }

    /// The buyer carries our signature: our own form, whatever it holds, must not be taken for the bank's word.
    #[test]
    fn our_own_form_is_never_a_notification(
        which in 0..3_usize, extra in prop::collection::btree_map("[Dd][Ss]_[A-Za-z_]{1,20}", "[0-9]{1,4}", 0..6),
    ) {
        let redsys = redsys(VERSIONS[which]);
        let builder = extra.iter().fold(Payment::builder("PED-17", euros(4_999)), |all, (name, value)| all.extra(name, value));
        let payment = builder.build().unwrap();
        if let Ok(form) = form(&redsys, &payment) {
            let operation = Operation::new(redsys.acceptor().clone(), ORDER.parse().unwrap(), &payment);
            let body = encoded(&fields(&form.fields().collect::<Vec<_>>()));
            prop_assert!(confirm(&redsys, &operation, &post(body)).is_err());
        }
    }
}

#[test]
fn no_extra_field_says_what_the_bank_alone_says() {
    for name in [
        "Ds_Response",
        "DS_RESPONSE",
        "ds_amount",
        "Ds_Currency",
        "Ds_Order",
        "Ds_MerchantCode",
        "DS_TERMINAL",
        "Ds_TransactionType",
    ] {
        let error = refused_extra(name, "0");
        assert!(error.ends_with("is the bank's to say"), "{name}: {error}");
    }
}

#[test]
fn card_data_and_broken_values_are_refused() {
    for (name, value) in [
        ("DS_MERCHANT_PAN", "4548812049400004"),
        ("ds_merchant_cvv2", "123"),
        ("Ds_Merchant_ExpiryDate", "4912"),
        ("DS_MERCHANT_PAYMETHODS", "C,z"),
        ("DS_MERCHANT_COF_TYPE", "X"),
        ("DS_MERCHANT_EMV3DS", "[]"),
        ("MERCHANTDATA", "x"),
        ("DS_MERCHANT_ñ", "x"),
    ] {
        let error = refused_extra(name, value);
        assert!(error.starts_with("payment field `extra`") && !error.contains("4548812049400004"), "{name}: {error}");
    }
}
