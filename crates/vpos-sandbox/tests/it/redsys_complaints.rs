//! Redsys: everything that the simulated bank has against a message, once each, with the bank's own code.

use serde_json::{Map, Value, json};
use vpos_core::http::{Method as Verb, Request, Response};
use vpos_core::{Secret, Timestamp};
use vpos_redsys::signature::{Key, SignatureVersion, sign};
use vpos_sandbox::{Choice, Complaint, FormPost, Method, Page, RedsysBank, RedsysMerchant, RedsysSignature, SimulatedBank as _};

const KEY: &str = "sq7HjrUOBfKmC576ILgskD5srU870gJ7";
const ORDER: &str = "2611AbC00017";
const REST: &str = "https://sis-t.redsys.es:25443/sis/rest/trataPeticionREST";
const QUERY: &str = "https://sis-t.redsys.es:25443/apl02/services/SerClsWSConsulta";

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn bank() -> RedsysBank {
    let mut merchant = RedsysMerchant::new("999008881", 1, Secret::new(KEY));
    (merchant.signature, merchant.rest_signature) = (RedsysSignature::Sha256V1, RedsysSignature::Sha256V1);
    RedsysBank::new(merchant)
}

/// A good form's parameters, without `DS_MERCHANT_`.
fn good() -> Vec<(&'static str, Value)> {
    [
        ("AMOUNT", "12345"),
        ("CURRENCY", "978"),
        ("ORDER", ORDER),
        ("MERCHANTCODE", "999008881"),
        ("TERMINAL", "1"),
        ("TRANSACTIONTYPE", "0"),
        ("MERCHANTURL", "https://tienda.example/aviso"),
    ]
    .map(|(name, text)| (name, text.into()))
    .to_vec()
}

fn with(change: &[(&'static str, Value)]) -> Vec<(&'static str, Value)> {
    let mut parameters = good();
    parameters.retain(|(name, _)| change.iter().all(|(changed, _)| changed != name));
    parameters.extend(change.iter().filter(|(_, value)| !value.is_null()).cloned());
    parameters
}

/// The three fields, signed with the key of whatever order stands inside.
fn carriers(parameters: &[(&str, Value)]) -> Vec<(String, String)> {
    let object: Map<String, Value> =
        parameters.iter().map(|(name, value)| (format!("DS_MERCHANT_{name}"), value.clone())).collect();
    let json = Value::Object(object).to_string();
    let text = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(json)
    };
    let order = parameters.iter().find(|(name, _)| *name == "ORDER").and_then(|(_, value)| value.as_str());
    let signature = signature(order.unwrap_or(ORDER), &text);
    [("Ds_SignatureVersion", "HMAC_SHA256_V1"), ("Ds_MerchantParameters", &text), ("Ds_Signature", &signature)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn signature(order: &str, text: &str) -> String {
    let key = Key::parse(&Secret::new(KEY)).unwrap();
    order.parse().map_or_else(|_| "x".to_owned(), |order| sign(SignatureVersion::HmacSha256V1, &key, &order, text.as_bytes()))
}

fn form(fields: Vec<(String, String)>) -> FormPost {
    FormPost { action: "https://sis-t.redsys.es:25443/sis/realizarPago".into(), method: Method::Post, fields }
}

fn found(result: Result<Page, Vec<Complaint>>) -> Vec<(String, &'static str)> {
    result.unwrap_err().into_iter().map(|complaint| (complaint.field.replace("DS_MERCHANT_", ""), complaint.manual)).collect()
}

#[test]
fn each_parameter_of_the_form_is_checked() {
    let length = "redirection manual 4.2, parameters of the request";
    for (name, value, code) in [
        ("AMOUNT", Value::Null, "SIS0018"),
        ("AMOUNT", json!("123.45"), "SIS0019"),
        ("AMOUNT", json!("1234567890123"), "SIS0019"),
        ("CURRENCY", Value::Null, "SIS0015"),
        ("CURRENCY", json!("EUR"), "SIS0016"),
        ("CURRENCY", json!("032"), "SIS0016"),
        ("ORDER", json!("2611AbC000178"), "SIS0075"),
        ("ORDER", json!("A261"), "SIS0076"),
        ("ORDER", json!("2611-0"), "SIS0077"),
        ("MERCHANTCODE", Value::Null, "SIS0008"),
        ("MERCHANTCODE", json!("99900888"), "SIS0009"),
        ("MERCHANTCODE", json!("999008882"), "SIS0026"),
        ("TERMINAL", json!("one"), "SIS0011"),
        ("TRANSACTIONTYPE", Value::Null, "SIS0022"),
        ("TRANSACTIONTYPE", json!("Z"), "SIS0023"),
        ("TRANSACTIONTYPE", json!("3"), "SIS0030"),
        ("MERCHANTURL", json!("tienda.example"), length),
        ("URLOK", json!(format!("https://{}", "a".repeat(250))), length),
        ("MERCHANTNAME", json!("a".repeat(26)), length),
        ("PRODUCTDESCRIPTION", json!("a".repeat(126)), length),
        ("TITULAR", json!("a".repeat(61)), length),
        ("MERCHANTDATA", json!("a".repeat(1_025)), length),
        ("CONSUMERLANGUAGE", json!("es"), "SIS0025"),
        ("CONSUMERLANGUAGE", json!("0001"), "SIS0024"),
        ("PAYMETHODS", json!("C,z"), "SIS0031"),
        ("IDENTIFIER", json!("nobody's"), "SIS0321"),
        ("COF_INI", json!("X"), length),
        ("COF_TYPE", json!("X"), length),
        ("COF_TXNID", json!("1234567890123456"), length),
        ("DIRECTPAYMENT", json!("1"), length),
        ("EXCEP_SCA", json!("ALL"), length),
    ] {
        let mut bank = bank();
        let result = bank.open(&form(carriers(&with(&[(name, value.clone())]))), now());
        assert_eq!(found(result), [(name.to_owned(), code)], "{name}={value}");
    }
    // what the contract's own terminal is told by another's form
    let result = bank().open(&form(carriers(&with(&[("TERMINAL", "2".into())]))), now());
    assert_eq!(found(result), [("MERCHANTCODE".to_owned(), "SIS0026")]);
    // all at once
    let result = bank().open(&form(carriers(&with(&[("AMOUNT", Value::Null), ("TERMINAL", Value::Null)]))), now());
    assert_eq!(found(result).len(), 2);
    assert!(bank().open(&form(carriers(&with(&[("CURRENCY", "32".into()), ("TRANSACTIONTYPE", "00".into())]))), now()).is_ok());
}

#[test]
fn the_carrier_of_the_parameters_is_checked_first() {
    let open = |change: &dyn Fn(&mut FormPost)| {
        let mut form = form(carriers(&good()));
        change(&mut form);
        let complaint = bank().open(&form, now()).unwrap_err().remove(0);
        (complaint.field, complaint.manual)
    };
    let set = |form: &mut FormPost, at: usize, value: &str| value.clone_into(&mut form.fields[at].1);
    let says = |field: &str, code: &'static str| (field.to_owned(), code);
    assert_eq!(open(&|form| form.method = Method::Get), says("method", "SIS0114"));
    assert_eq!(open(&|form| form.action.push('s')), says("action", "redirection manual 4.2, parameters of the request"));
    assert_eq!(open(&|form| set(form, 0, "HMAC_SHA512_V2")), says("Ds_SignatureVersion", "SIS0042"));
    assert_eq!(open(&|form| set(form, 1, "%%")), says("Ds_MerchantParameters", "SIS0430"));
    assert_eq!(open(&|form| set(form, 1, "W10=")), says("Ds_MerchantParameters", "SIS0431"));
    // {"a":true}
    assert_eq!(open(&|form| set(form, 1, "eyJhIjp0cnVlfQ==")), says("Ds_MerchantParameters", "SIS0431"));
    // {"a":"1","A":"1"}
    assert_eq!(open(&|form| set(form, 1, "eyJhIjoiMSIsIkEiOiIxIn0=")), says("Ds_MerchantParameters", "SIS0431"));
    assert_eq!(open(&|form| drop(form.fields.remove(1))), says("Ds_MerchantParameters", "SIS0431"));
    assert_eq!(open(&|form| set(form, 2, "")), says("Ds_Signature", "SIS0021"));
    assert_eq!(open(&|form| drop(form.fields.remove(2))), says("Ds_Signature", "SIS0020"));
    assert_eq!(open(&|form| form.fields.push(form.fields[2].clone())), says("Ds_Signature", "SIS0020"));
    assert_eq!(open(&|form| set(form, 2, "AAAA")), says("Ds_Signature", "SIS0042"));
    let cheaper = carriers(&with(&[("AMOUNT", "1".into())]));
    assert_eq!(open(&|form| form.fields[1] = cheaper[1].clone()), says("Ds_Signature", "SIS0042"));
}

fn call(bank: &mut RedsysBank, address: &str, body: &str) -> Response<Vec<u8>> {
    let request = Request::post(address).header("SOAPAction", "consultaOperaciones").body(body.into()).unwrap();
    bank.answer(&request, now())
}

fn rest_code(bank: &mut RedsysBank, change: &[(&'static str, Value)]) -> String {
    let object: Map<String, Value> = carriers(&with(change)).into_iter().map(|(name, text)| (name, text.into())).collect();
    let response = call(bank, REST, &Value::Object(object).to_string());
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    answer["errorCode"].as_str().unwrap_or("signed").to_owned()
}

#[test]
fn each_no_of_rest() {
    let mut bank = bank();
    let page = bank.open(&form(carriers(&good())), now()).unwrap();
    let refund = [("TRANSACTIONTYPE", json!("3"))];
    assert_eq!(rest_code(&mut bank, &refund), "SIS0056", "not paid yet");
    bank.choose(&page, Choice::Pay, now());
    for (change, code) in [
        (vec![("TRANSACTIONTYPE", json!("3")), ("ORDER", json!("2611none"))], "SIS0054"),
        (vec![("TRANSACTIONTYPE", json!("3")), ("CURRENCY", json!("840"))], "SIS0054"),
        (vec![("TRANSACTIONTYPE", json!("3")), ("AMOUNT", json!("12346"))], "SIS0057"),
        (vec![("TRANSACTIONTYPE", json!("3")), ("AMOUNT", json!("0"))], "SIS0057"),
        (vec![("TRANSACTIONTYPE", json!("2"))], "SIS0059"),
        (vec![("TRANSACTIONTYPE", json!("9")), ("AMOUNT", json!("1"))], "SIS0072"),
        (vec![("TRANSACTIONTYPE", json!("46"))], "SIS0072"),
        (vec![("TRANSACTIONTYPE", json!("48"))], "SIS0112"),
        (vec![("TRANSACTIONTYPE", json!("44")), ("IDENTIFIER", json!("nobody's"))], "SIS0321"),
        (vec![], "SIS0051"),
        (vec![("ORDER", json!("2611new"))], "SIS0105"),
        (vec![("ORDER", json!("2611new")), ("IDENTIFIER", json!("nobody's"))], "SIS0321"),
        (vec![("ORDER", Value::Null)], "SIS0042"),
        (vec![("TRANSACTIONTYPE", json!("45"))], "signed"),
        (vec![("TRANSACTIONTYPE", json!("45"))], "SIS0072"),
    ] {
        assert_eq!(rest_code(&mut bank, &change), code, "{change:?}");
    }
    assert_eq!((bank.ledger().charged(ORDER), bank.ledger().movements().len()), (0, 2));
    for (body, code) in [("", "SIS0431"), ("[]", "SIS0431"), ("{}", "SIS0431")] {
        let response = call(&mut bank, REST, body);
        assert!(String::from_utf8_lossy(response.body()).contains(code), "{body}");
    }
    let get = Request::builder().method(Verb::GET).uri(REST).body(Vec::new()).unwrap();
    assert_eq!(bank.answer(&get, now()).status(), 405);
    assert_eq!(call(&mut bank, "https://sis-t.redsys.es:25443/sis/none", "").status(), 404);
}

/// A question, signed, in its envelope.
fn question(kind: &str, fields: &str, tail: Option<&str>) -> String {
    let version = format!("<Version Ds_Version=\"0.0\"><Message><{kind}>{fields}</{kind}></Message></Version>");
    let signed =
        format!("<Signature>{}</Signature><SignatureVersion>HMAC_SHA256_V1</SignatureVersion>", signature(ORDER, &version));
    let tail = tail.unwrap_or(&signed);
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><w:consultaOperaciones xmlns:w=\"x\">\
         <cadenaXML><![CDATA[<Messages>{version}{tail}</Messages>]]></cadenaXML></w:consultaOperaciones></s:Body></s:Envelope>"
    )
}

#[test]
fn each_no_of_the_query() {
    let mut bank = bank();
    let merchant = "<Ds_MerchantCode>999008881</Ds_MerchantCode><Ds_Terminal>1</Ds_Terminal>";
    let order = format!("<Ds_Order>{ORDER}</Ds_Order>");
    let span = |from: &str, to: &str| {
        let moment = |name: &str, day: &str| format!("<{name}>{day}-00.00.00.000000</{name}>");
        format!("{order}{merchant}{}{}", moment("Ds_Fecha_inicio", from), moment("Ds_Fecha_fin", to))
    };
    let whole = format!("{merchant}{order}");
    for (kind, fields, tail, code) in [
        ("Monitor", whole.clone(), None, "XML0024"),
        ("Monitor", format!("{order}{merchant}"), None, "XML0001"),
        ("Other", whole.clone(), None, "XML0003"),
        ("Monitor", whole.replace("Ds_MerchantCode", "x"), None, "XML0004"),
        ("Monitor", whole.replace("999008881", ""), None, "XML0005"),
        ("Monitor", whole.replace("999008881", "1"), None, "XML0006"),
        ("Monitor", whole.replace("999008881", "99900888x"), None, "XML0007"),
        ("Monitor", whole.replace("999008881", "999008882"), None, "XML0023"),
        ("Monitor", whole.replace("Ds_Terminal", "x"), None, "XML0008"),
        ("Monitor", whole.replace("<Ds_Terminal>1", "<Ds_Terminal>0001"), None, "XML0010"),
        ("Monitor", whole.replace("<Ds_Terminal>1", "<Ds_Terminal>x"), None, "XML0011"),
        ("Monitor", merchant.to_owned(), None, "XML0012"),
        ("Monitor", whole.replace(ORDER, ""), None, "XML0013"),
        ("Monitor", whole.replace(ORDER, "1"), None, "XML0014"),
        ("Monitor", whole.replace(ORDER, "abcd"), None, "XML0015"),
        ("Transaction", whole.clone(), None, "XML0016"),
        ("Transaction", format!("{whole}<Ds_TransactionType/>"), None, "XML0017"),
        ("Transaction", format!("{whole}<Ds_TransactionType>000</Ds_TransactionType>"), None, "XML0018"),
        ("Monitor", whole.clone(), Some(""), "XML0021"),
        ("Monitor", whole.clone(), Some("<Signature/>"), "XML0022"),
        ("Monitor", whole.clone(), Some("<Signature>AAAA</Signature>"), "XML0030"),
        (
            "Monitor",
            whole.clone(),
            Some("<Signature>AAAA</Signature><SignatureVersion>HMAC_SHA256_V1</SignatureVersion>"),
            "XML0023",
        ),
        ("MonitorMasiva", format!("{order}{merchant}"), None, "XML0026"),
        ("MonitorMasiva", format!("{order}{merchant}<Ds_Fecha_inicio>x</Ds_Fecha_inicio>"), None, "XML0027"),
        ("MonitorMasiva", span("2026-11-20", "2026-11-19"), None, "XML0040"),
        ("MonitorMasiva", span("2026-11-01", "2026-11-17"), None, "XML0039"),
        ("MonitorMasiva", span("2026-11-32", "2026-11-17"), None, "XML0001"),
        ("MonitorMasiva", span("2026-11-20", "2026-11-24"), None, "XML0024"),
    ] {
        let response = call(&mut bank, QUERY, &question(kind, &fields, tail));
        let body = String::from_utf8_lossy(response.body()).into_owned();
        assert!(body.contains(&format!("&lt;Ds_ErrorCode&gt;{code}&lt;")), "{kind} {fields} {tail:?}: {code}\n{body}");
    }
    assert_eq!(call(&mut bank, QUERY, "<x/>").status(), 500);
    let without_action = Request::post(QUERY).body(question("Monitor", &whole, None).into_bytes()).unwrap();
    assert_eq!(bank.answer(&without_action, now()).status(), 500);
}
