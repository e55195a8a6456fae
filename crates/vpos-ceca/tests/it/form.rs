//! What the form may carry.

use vpos_ceca::vpos_core::{Error, PaymentBuilder, PaymentForm, PaymentKind, PointOfSale as _};
use vpos_ceca::{AcsData, Address};

use crate::scene::{CIPHERS, builder, ceca, now, operation};

fn form(change: impl FnOnce(PaymentBuilder) -> PaymentBuilder) -> Result<PaymentForm, Error> {
    let ceca = ceca(CIPHERS[1]);
    let stored = operation(&ceca, "PED17-A", 12_345);
    let payment = change(builder(12_345)).build().unwrap();
    Ok(ceca.begin(&stored, &payment, now())?.local()?.form)
}

fn field_of(result: Result<PaymentForm, Error>) -> String {
    match result {
        Err(Error::Payment { field, .. }) => field.into_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_field_that_is_there_already_is_not_replaced() {
    for name in [
        "MerchantID",
        "merchantid",
        "ACQUIRERBIN",
        "TerminalID",
        "Num_operacion",
        "Importe",
        "TipoMoneda",
        "Exponente",
        "Cifrado",
        "cifrado",
        "URL_OK",
        "url_nok",
        "Firma",
        "FIRMA",
        "Pago_soportado",
        "Idioma",
        "firma_acs_20",
    ] {
        assert_eq!(field_of(form(|b| b.extra(name, "1"))), "extra", "{name}");
    }
    assert_eq!(field_of(form(|b| b.buyer_name("Ana").extra("nombre", "Eva"))), "extra");
    assert_eq!(field_of(form(|b| b.extra("email", "a@b.example").extra("Email", "c@d.example"))), "extra");
}

#[test]
fn card_data_and_unknown_fields_are_not_added() {
    for name in ["PAN", "pan", "Caducidad", "CVV2", "cvv2", "Campo", "submit"] {
        assert_eq!(field_of(form(|b| b.extra(name, "1"))), "extra", "{name}");
    }
    for (name, value) in [("Exencion_SCA", "low"), ("Exencion_SCA", ""), ("Referencia", "1:2"), ("datos_acs_20", "[]")] {
        assert_eq!(field_of(form(|b| b.extra(name, value))), "extra", "{name} {value}");
    }
}

#[test]
fn what_is_added_has_the_banks_spelling_and_what_is_signed_is_signed() {
    let plain = form(|b| b).unwrap();
    let more = form(|b| b.extra("tipo_operacion", "A").extra("Datos_operaciones", "x").extra("versionMod", "1")).unwrap();
    assert_eq!(more.field("Tipo_operacion"), Some("A"));
    assert_eq!(more.field("Firma"), plain.field("Firma"));
    for (name, value) in [("exencion_sca", "LOW"), ("fechatope", "2026-01-02"), ("REFERENCIA", "120043981612")] {
        let signed = form(|b| b.extra(name, value)).unwrap();
        assert_ne!(signed.field("Firma"), plain.field("Firma"), "{name}");
    }
}

#[test]
fn the_largest_3ds_data_fits() {
    let text = |length: usize| Some("x".repeat(length));
    let mut address = Address::default();
    (address.line1, address.line2, address.city) = (text(50), text(50), text(50));
    (address.post_code, address.country) = (text(16), text(3));
    let mut data = AcsData::default();
    (data.name, data.email, data.mobile) = (text(45), text(254), text(15));
    (data.billing, data.shipping) = (address.clone(), address);
    (data.risk.delivery_email, data.account.opened) = (text(254), text(8));
    let form = form(|b| data.attach(b)).unwrap();
    assert!(form.field("datos_acs_20").unwrap().len() > 1_024 && form.field("firma_acs_20").is_some());
}

#[test]
fn the_form_cannot_hold() {
    let ceca = ceca(CIPHERS[1]);
    let payment = builder(1).kind(PaymentKind::Preauthorization).build().unwrap();
    let stored = vpos_ceca::vpos_core::operation::Operation::new(ceca.acceptor().clone(), "A".parse().unwrap(), &payment);
    assert!(matches!(ceca.begin(&stored, &payment, now()), Err(Error::Payment { field, .. }) if field == "kind"));
}
