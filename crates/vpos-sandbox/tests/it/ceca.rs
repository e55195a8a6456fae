//! CECA: vpos-ceca at one end, the simulated bank at the other.

use std::time::Duration;

use vpos_ceca::signature::Cipher;
use vpos_ceca::{Card, CardOptions, Ceca, Config, RefundPath};
use vpos_core::http::Response;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{Environment, Outcome, PointOfSale as _, Reference, Refusal, Secret};
use vpos_sandbox::{AnyBank, CecaBank, CecaCipher, CecaMerchant, Choice, MovementKind, SimulatedBank as _};

use crate::scene::{Shop, complaints, euros, hold, sale};

const NUMBER: &str = "PED17-K7Q2M9XA";
const CIPHERS: [(Cipher, CecaCipher); 3] =
    [(Cipher::Sha1, CecaCipher::Sha1), (Cipher::Sha2, CecaCipher::Sha2), (Cipher::Hmac, CecaCipher::Hmac)];

fn shop_with(at: usize, refund_path: RefundPath) -> Shop<Ceca, CecaBank> {
    let (ours, theirs) = CIPHERS[at];
    let key = || Secret::new(if ours == Cipher::Hmac { "BwgJCgsMDQ4PEBESExQVFhcYGRobHB0e" } else { "87401456" });
    let mut config = Config::new(Environment::Test, "111950028", "0000554052", "00000003", key());
    (config.cipher, config.refund_path) = (Some(ours), Some(refund_path));
    config.rest_key = Some(Secret::new("rest-key"));
    // the panel shows the codes without their zeros
    let mut merchant = CecaMerchant::new("111950028", "554052", "3", key());
    merchant.cipher = theirs;
    merchant.rest_key = Some(Secret::new("rest-key"));
    merchant.notification_url = Some("https://tienda.example/aviso".into());
    Shop::new(Ceca::new(config).unwrap(), CecaBank::new(merchant))
}

fn shop() -> Shop<Ceca, CecaBank> {
    shop_with(1, RefundPath::Console)
}

#[test]
fn a_sale_is_charged_once_under_every_cipher() {
    for at in 0..CIPHERS.len() {
        let shop = shop_with(at, RefundPath::Console);
        let (mut operation, page) = shop.open(NUMBER, &sale());
        let visit = shop.choose(&page, Choice::Pay);
        assert_eq!(visit.browser.unwrap().uri(), "https://tienda.example/ok?a=1&b=2");
        let [notification] = visit.notification.as_slice() else { panic!("not one notification") };
        assert_eq!(notification.uri(), "https://tienda.example/aviso");
        assert!(shop.take(notification, &mut operation).is_none());
        assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Completed, (12_345, 0, 0)));
        let reference = operation.references().get(Reference::BankReference).unwrap().to_owned();
        let bank = shop.bank.borrow();
        assert_eq!(bank.ledger().movements()[0].id, reference);
        assert_eq!(bank.ledger().count(NUMBER, MovementKind::Charge), 1);
    }
}

#[test]
fn a_no_no_answer_and_a_late_yes_annul() {
    let good = || Response::new(b"$*$OKY$*$".to_vec());
    let mut failed = good();
    *failed.status_mut() = vpos_core::http::StatusCode::INTERNAL_SERVER_ERROR;
    for (number, reply, seconds, kept) in [
        ("A", Some(good()), 0, true),
        ("B", Some(good()), 30, true),
        ("C", Some(good()), 31, false),
        ("D", Some(failed), 0, false),
        ("E", Some(Response::new(b"$*$NOK$*$".to_vec())), 0, false),
        ("F", Some(Response::new(b"$*$OKY$*$\n".to_vec())), 0, false),
        ("G", None, 0, false),
    ] {
        let shop = shop();
        let (_, page) = shop.open(number, &sale());
        let visit = shop.choose(&page, Choice::Pay);
        let later = shop.now() + Duration::from_secs(seconds);
        let browser = shop.bank.borrow_mut().reply(&visit.notification[0], reply.as_ref(), later);
        assert_eq!(browser.is_none(), kept, "{number}");
        assert_eq!(shop.books(number).0, if kept { 12_345 } else { 0 }, "{number}");
        assert_eq!(shop.bank.borrow().ledger().count(number, MovementKind::Void), usize::from(!kept), "{number}");
        // said once, heard once
        assert!(shop.hear(&visit.notification[0], None).is_none());
        assert_eq!(shop.books(number).0, if kept { 12_345 } else { 0 }, "{number}");
    }
}

#[test]
fn the_shop_that_could_not_store_it_gives_it_back() {
    let shop = shop();
    let (operation, page) = shop.open(NUMBER, &sale());
    let visit = shop.choose(&page, Choice::Pay);
    assert_eq!(shop.refuse(&visit.notification[0], &operation).unwrap().uri(), "https://tienda.example/nok");
    assert_eq!(shop.books(NUMBER).0, 0);
    // the reference is worth nothing now
    let mut record = operation.record().clone();
    record.state = OperationState::Completed;
    let reference = shop.bank.borrow().ledger().movements()[0].id.clone();
    record.references.insert(Reference::BankReference, &reference);
    let mut operation = Operation::from_record(record).unwrap();
    assert_eq!(shop.refund(&mut operation, 1).code(), Some("SANDBOX"));
}

#[test]
fn declined_cancelled_and_closed_are_not_notified() {
    let shop = shop();
    let (mut operation, page) = shop.open(NUMBER, &sale());
    let visit = shop.choose(&page, Choice::Decline("190".into()));
    assert!(visit.notification.is_empty());
    assert_eq!(visit.browser.unwrap().uri(), "https://tienda.example/nok");
    // another card on the same page
    let visit = shop.choose(&page, Choice::Pay);
    shop.take(&visit.notification[0], &mut operation);
    assert_eq!((operation.state(), shop.books(NUMBER).0), (OperationState::Completed, 12_345));
    assert!(shop.choose(&page, Choice::Pay).notification.is_empty());
    for (number, choice, goes) in [("A", Choice::Cancel, true), ("B", Choice::Close, false)] {
        let (_, page) = shop.open(number, &sale());
        let visit = shop.choose(&page, choice);
        assert_eq!((visit.notification.len(), visit.browser.is_some(), shop.books(number).0), (0, goes, 0));
    }
}

#[test]
fn paid_twice_the_second_is_given_back() {
    let shop = shop();
    let (mut operation, page) = shop.open(NUMBER, &sale());
    let visit = shop.choose(&page, Choice::PayTwice);
    assert_eq!((visit.notification.len(), shop.books(NUMBER).0), (2, 24_690));
    shop.take(&visit.notification[0], &mut operation);
    let error = match shop.verify(&visit.notification[1], &operation) {
        Ok(confirmation) => operation.apply(&confirmation).unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(error.refusal(), Some(Refusal::Number));
    shop.refuse(&visit.notification[1], &operation);
    assert_eq!((operation.state(), shop.books(NUMBER).0), (OperationState::Completed, 12_345));
}

#[test]
fn a_number_is_unique_for_a_day() {
    let shop = shop();
    let (_, form) = shop.begin(NUMBER, &sale());
    assert!(shop.bank.borrow_mut().open(&form, shop.now()).is_ok());
    let repeated = complaints(shop.bank.borrow_mut().open(&form, shop.now()));
    assert_eq!(repeated, [("Num_operacion".to_owned(), "manual 8.9")]);
    shop.wait(24);
    assert!(shop.bank.borrow_mut().open(&form, shop.now()).is_ok());
}

#[test]
fn refunds_by_every_path_and_cipher() {
    for path in [RefundPath::Console, RefundPath::Tpvweb, RefundPath::Rest] {
        for at in 0..CIPHERS.len() {
            let shop = shop_with(at, path);
            let mut operation = shop.paid(NUMBER);
            let report = shop.refund(&mut operation, 2_345);
            assert_eq!(report.outcome(), Outcome::Approved, "{path:?} {report:?}");
            assert_eq!(shop.refund(&mut operation, 10_000).outcome(), Outcome::Approved);
            assert_eq!((operation.state(), shop.books(NUMBER)), (OperationState::Refunded, (12_345, 12_345, 0)));
            // a shop that has forgotten them is told
            let mut record = operation.record().clone();
            (record.refunds, record.state) = (Vec::new(), OperationState::Completed);
            let mut forgetful = Operation::from_record(record).unwrap();
            assert_eq!(shop.refund(&mut forgetful, 1).outcome(), Outcome::Error, "{path:?}");
            assert_eq!(shop.books(NUMBER), (12_345, 12_345, 0));
        }
    }
}

#[test]
fn a_refund_of_nothing_that_the_bank_knows() {
    for path in [RefundPath::Console, RefundPath::Tpvweb, RefundPath::Rest] {
        let shop = shop_with(1, path);
        let mut record = shop.paid(NUMBER).record().clone();
        record.references = vpos_core::References::new();
        record.references.insert(Reference::BankReference, "120000000099");
        let mut operation = Operation::from_record(record).unwrap();
        let report = shop.refund(&mut operation, 100);
        assert_eq!((report.code(), shop.books(NUMBER).1), (Some("15"), 0), "{path:?}");
    }
}

fn held(shop: &Shop<Ceca, CecaBank>, number: &str) -> Operation {
    let mut operation = Operation::new(shop.pos.acceptor().clone(), number.parse().unwrap(), &hold());
    operation.start_charge().unwrap();
    let card = Card::new("5540500001000004", 2028, 12, Some("989")).unwrap();
    let report = shop.ask(shop.pos.charge_card(&operation, &card, &CardOptions::default())).unwrap();
    operation.settle(&report).unwrap();
    assert_eq!((operation.state(), shop.books(number)), (OperationState::Authorized, (0, 0, 12_345)), "{report:?}");
    operation
}

#[test]
fn a_hold_is_captured_once_or_let_go() {
    let shop = shop_with(1, RefundPath::Rest);
    let mut operation = held(&shop, "A");
    let mut twin = operation.clone();
    operation.start_capture(euros(10_000), operation.amount()).unwrap();
    let report = shop.ask(shop.pos.capture(&operation, shop.now())).unwrap();
    operation.settle(&report).unwrap();
    assert_eq!((operation.state(), shop.books("A")), (OperationState::Completed, (10_000, 0, 0)));
    twin.start_capture(euros(1), twin.amount()).unwrap();
    let report = shop.ask(shop.pos.capture(&twin, shop.now())).unwrap();
    assert_eq!((report.code(), shop.books("A")), (Some("807"), (10_000, 0, 0)));
    assert_eq!(shop.refund(&mut operation, 10_000).outcome(), Outcome::Approved);
    assert_eq!(shop.books("A"), (10_000, 10_000, 0));

    let operation = held(&shop, "B");
    let report = shop.ask(shop.pos.void(&operation, shop.now())).unwrap();
    assert_eq!((report.code(), shop.books("B")), (Some("400"), (0, 0, 0)));
    let report = shop.ask(shop.pos.void(&operation, shop.now())).unwrap();
    assert_eq!((report.outcome(), shop.books("B")), (Outcome::Error, (0, 0, 0)), "{report:?}");
}

#[test]
fn any_bank_is_the_bank_inside() {
    fn crosses_threads<T: Send + 'static>(bank: T) -> T {
        bank
    }
    let shop = shop();
    let (_, form) = shop.begin(NUMBER, &sale());
    let mut bank = crosses_threads(AnyBank::Ceca(shop.bank.borrow().clone()));
    let page = bank.open(&form, shop.now()).unwrap();
    let visit = bank.choose(&page, Choice::Pay, shop.now());
    assert_eq!(bank.ledger().charged(NUMBER), 12_345);
    bank.reply(&visit.notification[0], None, shop.now());
    assert_eq!(bank.ledger().charged(NUMBER), 0);
}

/// Every complaint once: one field changed, one complaint about it besides the signature.
#[test]
fn each_field_of_the_form_is_checked() {
    for (field, value) in [
        ("MerchantID", "111950029"),
        ("MerchantID", "0111950028"),
        ("AcquirerBIN", "554052"),
        ("TerminalID", "3"),
        ("Num_operacion", "PED 17"),
        ("Importe", "123.45"),
        ("Importe", "0"),
        ("TipoMoneda", "999999"),
        ("TipoMoneda", "392"),
        ("Exponente", "0"),
        ("Cifrado", "SHA1"),
        ("URL_OK", "tienda.example"),
        ("URL_NOK", ""),
        ("Pago_soportado", "PLS"),
        ("Idioma", "es"),
        ("Idioma", "99"),
        ("PAN", "5540500001000004"),
        ("datos_acs_20", "not Base64"),
        ("Referencia", "120000000001"),
    ] {
        let shop = shop();
        let (_, mut form) = shop.begin(NUMBER, &sale());
        form.fields.retain(|(name, _)| name != field);
        form.fields.push((field.to_owned(), value.to_owned()));
        let found = complaints(shop.bank.borrow_mut().open(&form, shop.now()));
        assert!(found.iter().any(|(name, _)| name == field), "{field}={value}: {found:?}");
        assert!(found.iter().all(|(name, _)| [field, "Firma", "firma_acs_20"].contains(&name.as_str())), "{found:?}");
        assert!(shop.bank.borrow().ledger().movements().is_empty());
    }
}

#[test]
fn the_form_itself_is_checked() {
    let shop = shop();
    let (_, good) = shop.begin(NUMBER, &sale());
    let open = |change: &dyn Fn(&mut vpos_sandbox::FormPost)| {
        let mut form = good.clone();
        change(&mut form);
        let found = complaints(shop.bank.borrow_mut().open(&form, shop.now()));
        found.into_iter().map(|(field, _)| field).collect::<Vec<_>>()
    };
    assert_eq!(open(&|form| form.method = vpos_sandbox::Method::Get), ["method"]);
    assert_eq!(open(&|form| form.action = "https://tpv.ceca.es/cgi-bin/tpv".into()), ["action"]);
    assert_eq!(open(&|form| form.fields.push(("Importe".into(), "12345".into()))), ["Importe"]);
    assert_eq!(open(&|form| form.fields.retain(|(name, _)| name != "Firma")), ["Firma"]);
    let forged = |form: &mut vpos_sandbox::FormPost| {
        for (name, value) in &mut form.fields {
            if name == "Importe" {
                "1".clone_into(value);
            }
        }
    };
    assert_eq!(open(&forged), ["Firma"]);
}

#[test]
fn an_address_registered_in_the_panel_must_be_the_same() {
    let mut merchant = CecaMerchant::new("111950028", "554052", "3", Secret::new("87401456"));
    merchant.registered_url_ok = Some("https://tienda.example/ok?b=2&a=1".into());
    let shop = Shop::new(shop().pos, CecaBank::new(merchant));
    let (_, form) = shop.begin(NUMBER, &sale());
    assert_eq!(complaints(shop.bank.borrow_mut().open(&form, shop.now())), [("URL_OK".to_owned(), "manual 8.9, panel")]);
}

#[test]
fn each_no_of_the_refund_forms() {
    let shop = shop();
    let operation = shop.paid(NUMBER);
    let mut paid = operation.clone();
    let refund = paid.start_refund(euros(2_345), None).unwrap();
    let exchange = shop.pos.refund(&paid, &refund, shop.now()).unwrap();
    let vpos_core::Exchange::Ask(ask) = exchange else { panic!("asks nothing") };
    let (request, ..) = ask.split();
    let good: Vec<(String, String)> = form_urlencoded::parse(request.body()).into_owned().collect();
    for (field, value) in [
        ("Firma", ""),
        ("Firma", "971b018fb766897dc1c0a67b1bc8f44f70114b6124e0d1b568a135a8b52ab2ea"),
        ("Importe", "2346"),
        ("Importe", "x"),
        ("Cifrado", "SHA1"),
        ("MerchantID", "1"),
        ("TIPO_ANU", "X"),
        ("Num_operacion", "]]><x"),
    ] {
        let mut fields = good.clone();
        fields.retain(|(name, _)| name != field);
        fields.push((field.to_owned(), value.to_owned()));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let request = vpos_core::http::Request::post(request.uri()).body(body.into_bytes()).unwrap();
        let response = shop.bank.borrow_mut().answer(&request, shop.now());
        let answer = String::from_utf8_lossy(response.body()).into_owned();
        assert!(answer.contains("valor=\"ERROR\"") && answer.contains("<codigo>SANDBOX</codigo>"), "{field}={value}: {answer}");
        assert_eq!(shop.books(NUMBER), (12_345, 0, 0), "{field}={value}");
    }
    // a part must be said to be one
    let mut fields = good;
    fields.retain(|(name, _)| name != "TIPO_ANU");
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let unsaid = vpos_core::http::Request::post(request.uri()).body(body.into_bytes()).unwrap();
    let response = shop.bank.borrow_mut().answer(&unsaid, shop.now());
    assert!(String::from_utf8_lossy(response.body()).contains("TIPO_ANU"));
    assert_eq!(shop.books(NUMBER).1, 0);
    let response = shop.bank.borrow_mut().answer(&request, shop.now());
    assert!(String::from_utf8_lossy(response.body()).contains("<importe>  23.45  Euros</importe>"));
    assert_eq!(shop.books(NUMBER).1, 2_345);
}

/// A REST call with parameters of one's own.
fn rest(shop: &Shop<Ceca, CecaBank>, process: &str, change: &[(&str, &str)], signed: bool) -> serde_json::Value {
    use base64::Engine as _;
    use sha2::Digest as _;
    let mut object = serde_json::json!({
        "accion": "REST_AUTORIZACION", "numOperacion": "R1", "importe": "12345", "tipoMoneda": "978", "exponente": "2",
        "merchantID": "111950028", "acquirerBIN": "0000554052", "terminalID": "00000003",
        "pan": "5540500001000004", "caducidad": "202812", "cvv2": "989",
    });
    for (name, value) in change {
        object[*name] = (*value).into();
    }
    let parameters = base64::engine::general_purpose::STANDARD.encode(object.to_string());
    let hash = sha2::Sha256::digest(format!("{}{parameters}", if signed { "rest-key" } else { "" }));
    let firma: String = hash.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let body = serde_json::json!({"parametros": parameters, "cifrado": "SHA2", "firma": firma}).to_string();
    let address = format!("https://tpv.ceca.es/tpvweb/rest/procesos/{process}");
    let request = vpos_core::http::Request::post(address).body(body.into_bytes()).unwrap();
    serde_json::from_slice(shop.bank.borrow_mut().answer(&request, shop.now()).body()).unwrap()
}

#[test]
fn each_no_of_rest() {
    let shop = shop();
    assert!(rest(&shop, "compra", &[], false)["paramsEntradaError"]["firma"].is_string());
    for (name, value) in [
        ("merchantID", "1"),
        ("exponente", "0"),
        ("importe", "1.00"),
        ("tipoMoneda", "392"),
        ("numOperacion", ""),
        ("accion", "REST_ANULACION"),
        ("pan", "1"),
        ("caducidad", "202610"),
    ] {
        let answer = rest(&shop, "compra", &[(name, value)], true);
        assert!(answer["paramsEntradaError"][name].is_string(), "{name}={value}: {answer}");
    }
    assert_eq!(rest(&shop, "compra", &[("cvv2", "9")], true)["codResult"], "27");
    let unknown = [("accion", "REST_DEVOLUCION"), ("referencia", "120000000001")];
    assert_eq!(rest(&shop, "anulacion", &unknown, true)["codResult"], "15");
    assert!(shop.bank.borrow().ledger().movements().is_empty());
    assert!(rest(&shop, "compra", &[], true)["parametros"].is_string());
    assert!(rest(&shop, "compra", &[], true)["paramsEntradaError"]["numOperacion"].is_string(), "repeated");
    assert_eq!(shop.books("R1"), (12_345, 0, 0));
}
