//! The form: each field by its rule, nothing replaced, and never good for a response.

use proptest::prelude::*;
use vpos_core::operation::Operation;
use vpos_core::{Amount, Begun, Currency, Entropy, Error, Payment, PaymentBuilder, PointOfSale as _, Reference};
use vpos_elavon::signature::HashVersion;
use vpos_elavon::{Elavon, SdkValues, Settle, sdk_json};

use crate::scene::{ORDER, config, confirm, elavon, encoded, euros, now};

fn builder() -> PaymentBuilder {
    Payment::builder("PED-17", euros(12_345)).notification_url("https://tienda.example/aviso")
}

fn begin(elavon: &Elavon, builder: PaymentBuilder) -> Result<Begun, Error> {
    let payment = builder.build()?;
    let operation = Operation::new(elavon.acceptor().clone(), ORDER.parse()?, &payment);
    elavon.begin(&operation, &payment, now())?.local()
}

fn refused(builder: PaymentBuilder) -> String {
    begin(&elavon(Settle::OnConfirmation), builder).unwrap_err().to_string()
}

proptest! {
    #[test]
    fn what_was_put_in_is_there(
        minor in 1..100_000_000_000_u64, at in 0..Currency::all().len(), text in "[^\\p{C}]{1,60}", mine in "[^\\p{C}]{0,60}",
    ) {
        let elavon = elavon(Settle::OnConfirmation);
        let amount = Amount::from_minor(minor, Currency::all()[at]);
        let payment = Payment::builder("PED-17", amount).notification_url("https://tienda.example/aviso");
        let begun = begin(&elavon, payment.description(&text).extra("MY_FIELD", &mine)).unwrap();
        let field = |name| begun.form.field(name).unwrap();
        prop_assert_eq!(field("AMOUNT"), minor.to_string());
        let currency = amount.currency();
        prop_assert_eq!(field("CURRENCY"), currency.code());
        prop_assert_eq!(field("COMMENT1"), text);
        prop_assert_eq!(field("MY_FIELD"), mine);
        prop_assert_eq!(field("SHA1HASH").len(), 40);
        prop_assert_eq!(begun.form.fields().count(), 12);
    }

    #[test]
    fn a_number_from_any_entropy_is_one_that_the_form_takes(seed: [u8; 16]) {
        let elavon = elavon(Settle::OnConfirmation);
        let payment = builder().build().unwrap();
        let operation = Operation::new(elavon.acceptor().clone(), elavon.number(Entropy::new(seed)), &payment);
        prop_assert!(elavon.begin(&operation, &payment, now()).is_ok());
    }

    /// The buyer carries our hash: our own form, however its fields are renamed, must not be taken for an approval.
    #[test]
    fn our_own_form_is_never_an_approval(minor in 1..1_000_u64, payer in "[a-z0-9]{1,9}", card in "[a-z0-9]{1,9}") {
        let elavon = elavon(Settle::Auto);
        let payment = Payment::builder("PED-17", euros(minor)).notification_url("https://tienda.example/aviso");
        let payment = payment.extra("CARD_STORAGE_ENABLE", "1").extra("PAYER_REF", payer).extra("PMT_REF", card).build().unwrap();
        let operation = Operation::new(elavon.acceptor().clone(), ORDER.parse().unwrap(), &payment);
        let form = elavon.begin(&operation, &payment, now()).unwrap().local().unwrap().form;
        let told = |name: &str| match name {
            "AMOUNT" => "RESULT".to_owned(),
            "CURRENCY" => "MESSAGE".to_owned(),
            "PAYER_REF" => "PASREF".to_owned(),
            "PMT_REF" => "AUTHCODE".to_owned(),
            other => other.to_owned(),
        };
        let fields: Vec<_> = form.fields().map(|(name, value)| (told(name), value.to_owned())).collect();
        let approved = confirm(&elavon, &operation, &encoded(&fields)).is_ok_and(|told| told.is_approved_payment());
        prop_assert!(!approved);
    }
}

#[test]
fn nothing_that_the_crate_sets_is_replaced() {
    for name in [
        "TIMESTAMP",
        "merchant_id",
        "Account",
        "ORDER_ID",
        "amount",
        "CURRENCY",
        "Auto_Settle_Flag",
        "SHA1HASH",
        "sha256hash",
        "MERCHANT_RESPONSE_URL",
    ] {
        assert!(refused(builder().extra(name, "0")).ends_with("is set already"), "{name}");
    }
    assert!(refused(builder().description("x").extra("comment1", "y")).ends_with("is set already"));
    for name in ["RESULT", "Message", "PASREF", "authcode", "SAVED_PMT_REF", "hppresponse"] {
        assert!(refused(builder().extra(name, "00")).ends_with("is what the platform answers"), "{name}");
    }
    assert!(refused(builder().extra("card_storage_enable", "1")).ends_with("is spelled CARD_STORAGE_ENABLE"));
}

#[test]
fn rules_are_kept() {
    for (name, value) in [
        ("AMOUNT ", "1"),
        ("CUST_NUM", "ñ"),
        ("HPP_BILLING_COUNTRY", "ES"),
        ("HPP_CUSTOMER_PHONENUMBER_MOBILE", "+34 600000000"),
        ("HPP_FRAUDFILTER_MODE", "active"),
        ("HPP_LANG", "spa"),
        ("PAYER_EXIST", "3"),
        ("PMT_REF", "a b"),
        ("VALIDATE_CARD_ONLY", "1"),
    ] {
        assert!(refused(builder().extra(name, value)).starts_with("payment field `extra`"), "{name}");
    }
    assert!(refused(builder().description("x".repeat(256))).contains("`description`"));
    assert!(refused(Payment::builder("PED-17", euros(1))).contains("`notification_url`"));
    let dear = Payment::builder("PED-17", euros(100_000_000_000)).notification_url("https://tienda.example/aviso");
    assert!(refused(dear).contains("`amount`"));
}

#[test]
fn telephone_numbers_that_can_be_told_apart_are_sent() {
    let elavon = elavon(Settle::OnConfirmation);
    let phone = |text: &str| {
        let begun = begin(&elavon, builder().buyer_phone(text)).unwrap();
        begun.form.field("HPP_CUSTOMER_PHONENUMBER_MOBILE").map(str::to_owned)
    };
    assert_eq!(phone("+34 600 000 000").as_deref(), Some("34|600000000"));
    assert_eq!(phone("600000000"), None);
}

#[test]
fn a_stored_card_is_the_payers_whom_we_name() {
    let elavon = elavon(Settle::OnConfirmation);
    let payer = |builder| begin(&elavon, builder).unwrap().references.get(Reference::PayerId).map(str::to_owned);
    let storing = || builder().extra("CARD_STORAGE_ENABLE", "1").extra("PAYER_REF", "ana");
    assert_eq!(payer(storing()).as_deref(), Some("ana"));
    assert_eq!(payer(storing().extra("HPP_SELECT_STORED_CARD", "eva")).as_deref(), Some("eva"));
    assert_eq!(payer(builder().extra("PAYER_REF", "ana")), None);
}

#[test]
fn the_other_hash_has_a_field_of_its_own() {
    let mut config = config();
    config.hash = HashVersion::Sha256;
    let begun = begin(&Elavon::new(config).unwrap(), builder()).unwrap();
    assert_eq!(begun.form.field("SHA256HASH").map(str::len), Some(64));
    assert_eq!(begun.form.field("SHA1HASH"), None);
    let json: serde_json::Value = serde_json::from_str(&sdk_json(&begun.form, SdkValues::Plain)).unwrap();
    assert_eq!(json["ORDER_ID"], ORDER);
    assert_eq!(json.as_object().unwrap().len(), begun.form.fields().count());
}
