//! Card data that passes through the shop's own server.

use serde_json::json;
use vpos_ceca::vpos_core::operation::OperationState;
use vpos_ceca::vpos_core::{Error, Outcome, PaymentKind, PointOfSale as _, Reference, References, Secret};
use vpos_ceca::{Card, CardOptions, Ceca, CofType, Recurrence, ScaExemption, Series, ThreeDs};

use crate::rest::{answer, parameters};
use crate::scene::{CIPHERS, REST_KEY, asked, builder, ceca, config, ok, operation, stored, with_rest};

fn card() -> Card {
    Card::new("5540500001000004", 2028, 12, Some("989")).unwrap()
}

#[test]
fn an_own_card_form_is_signed_like_any() {
    let ceca = ceca(CIPHERS[1]);
    let operation = operation(&ceca, "PED17-A", 12_345);
    let payment = builder(12_345).build().unwrap();
    let form = ceca.begin_with_card(&operation, &payment, &card()).unwrap();
    let get = |name| form.field(name).unwrap();
    assert_eq!([get("PAN"), get("Caducidad"), get("CVV2"), get("Pago_elegido")], ["5540500001000004", "202812", "989", "SSL"]);
    let plain = ceca.begin(&operation, &payment, crate::scene::now()).unwrap().local().unwrap().form;
    assert_eq!(form.field("Firma"), plain.field("Firma"));
    assert!(!format!("{form:?}").contains("5540"));
}

#[test]
fn a_hold_and_a_charge_by_card() {
    let ceca = with_rest();
    let good =
        answer(&json!({"codAut": "000", "numAut": "101000", "referencia": "120043981999", "mmppTxId": "MRF1"})).to_string();
    for (kind, accion, state) in [
        (PaymentKind::Sale, "REST_AUTORIZACION", OperationState::Completed),
        (PaymentKind::Preauthorization, "REST_PREAUTORIZACION", OperationState::Authorized),
    ] {
        let mut operation = stored(&ceca, OperationState::Charging, |record| {
            record.kind = kind;
            record.references = References::default();
        });
        let (request, report) = asked(ceca.charge_card(&operation, &card(), &CardOptions::default()).unwrap(), ok(good.as_str()));
        let sent = parameters(request.body());
        assert_eq!((sent["accion"].as_str(), sent["pan"].as_str()), (Some(accion), Some("5540500001000004")));
        operation.settle(&report).unwrap();
        assert_eq!(operation.state(), state);
        assert_eq!(operation.references().get(Reference::BankReference), Some("120043981999"));
        assert_eq!(operation.references().get(Reference::NetworkTransactionId), Some("MRF1"));
    }
    let idle = operation(&ceca, "PED17-A", 1);
    assert!(matches!(ceca.charge_card(&idle, &card(), &CardOptions::default()), Err(Error::Payment { .. })));
    let plain = crate::scene::ceca(CIPHERS[1]);
    assert!(matches!(plain.charge_card(&idle, &card(), &CardOptions::default()), Err(Error::Unsupported { .. })));
}

#[test]
fn with_a_key_no_card_data_is_readable() {
    let mut config = config(CIPHERS[1]);
    config.rest_key = Some(Secret::new(REST_KEY));
    config.rest_encryption_key = Some(Secret::new("00112233445566778899AABBCCDDEEFF00001133445566778899AABBCCDDEEFF"));
    config.rest_iv = Some(Secret::new("1234567890123456"));
    let ceca = Ceca::new(config).unwrap();
    let operation = stored(&ceca, OperationState::Charging, |_| {});
    let (request, report) =
        asked(ceca.charge_card(&operation, &card(), &CardOptions::default()).unwrap(), ok("{\"codResult\":\"27\"}"));
    let sent = parameters(request.body());
    assert!(sent["pan"].is_null() && sent["encryptedData"].as_str().is_some_and(|text| text.len() == 128), "{sent}");
    assert_eq!(report.outcome(), Outcome::Error);
}

#[test]
fn authentication_and_series_have_their_fields() {
    let ceca = with_rest();
    let operation = stored(&ceca, OperationState::Charging, |_| {});
    let sent =
        |options: &CardOptions| parameters(asked(ceca.charge_card(&operation, &card(), options).unwrap(), ok("")).0.body());

    let mut three_ds = ThreeDs::default();
    three_ds.version = Some("2.2.0".into());
    three_ds.eci = Some("05".into());
    three_ds.authentication_value = Some(Secret::new("4F80DF50ADB0F9502B91618E9B704790EABA35FDFC972DDDD0BF498C6A75E492"));
    let mut options = CardOptions::default();
    options.exemption = Some(ScaExemption::LowValue);
    options.three_ds = Some(three_ds);
    assert!(!format!("{options:?}").contains("4F80"));
    let parameters = sent(&options);
    assert_eq!(parameters["exencionSCA"], "LOW");
    let text: serde_json::Value = serde_json::from_str(parameters["ThreeDsResponse"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&text["three_ds_version"], &text["ecommerce_indicator"], &text["amount"]),
        (&json!("2.2.0"), &json!("05"), &json!("12345"))
    );

    let mut options = CardOptions::default();
    let series = Series::First { until: Some((2030, 2)), every_days: Some(30) };
    options.recurrence = Some(Recurrence { kind: CofType::Recurring, series });
    let parameters = sent(&options);
    let get = |name| parameters[name].as_str().unwrap().to_owned();
    assert_eq!(
        [get("exencionSCA"), get("tipoCOF"), get("inicioRec"), get("finRec"), get("frecRec")],
        ["MIT", "R", "S", "203002", "30"]
    );
    let series = Series::Later { network_transaction_id: Some("MRF1".into()) };
    options.recurrence = Some(Recurrence { kind: CofType::Instalments, series });
    let parameters = sent(&options);
    assert_eq!(
        (&parameters["inicioRec"], &parameters["mmppTxId"], &parameters["finRec"]),
        (&json!("N"), &json!("MRF1"), &json!(null))
    );
}
