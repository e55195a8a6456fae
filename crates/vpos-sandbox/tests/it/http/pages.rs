//! The pages and the API as strangers meet them: complaints, languages, escaping, policy, who may script the banks.

use serde_json::{Value, json};
use vpos_core::http::{Request, Response, StatusCode};
use vpos_sandbox::BankName;

use super::happy::{ceca, redsys};
use super::street::{Street, browser_form, go, send, text};

fn get(url: &str, headers: &[(&str, &str)]) -> Response<Vec<u8>> {
    let request = headers.iter().fold(Request::get(url), |request, (name, value)| request.header(*name, *value));
    send(request.body(Vec::new()).unwrap()).unwrap()
}

fn post(url: &str, kind: &str, origin: Option<&str>, body: &str) -> Response<Vec<u8>> {
    let mut request = Request::post(url).header("content-type", kind);
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    send(request.body(body.as_bytes().to_vec()).unwrap()).unwrap()
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn what_is_wrong_with_a_form_is_said_with_its_source() {
    let street = Street::new(BankName::Redsys, redsys);
    let form = street.begin(&street.payment().build().unwrap());
    let mut fields: Vec<(String, String)> = form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let signature = fields.iter_mut().find(|(name, _)| name == "Ds_Signature").unwrap();
    signature.1 = "AAAA".into();
    let answer = send(browser_form(true, form.action(), &fields)).unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(text(&answer).contains("<code>Ds_Signature</code>") && text(&answer).contains("SIS0042"), "{}", text(&answer));
    // the same for a program
    let mut request = browser_form(true, form.action(), &fields);
    request.headers_mut().insert("accept", "application/json".parse().unwrap());
    let told: Value = serde_json::from_slice(send(request).unwrap().body()).unwrap();
    assert_eq!((&told["complaints"][0]["field"], &told["complaints"][0]["manual"]), (&json!("Ds_Signature"), &json!("SIS0042")));
    // what was refused is not kept: the right form is taken
    assert_eq!(go(&form).status(), StatusCode::SEE_OTHER);
    let again = go(&form);
    assert!(text(&again).contains("SIS0051"), "{}", text(&again));
}

#[test]
fn what_strangers_write_is_text() {
    let street = Street::new(BankName::Ceca, ceca);
    let action = format!("{}/tpvweb/tpv/compra.action", street.sandbox.addresses().base);
    let hostile = ("<script>alert(1)</script>".to_owned(), "\"><img src=x>".to_owned());
    let answer = text(&send(browser_form(true, &action, &[hostile.clone(), hostile])).unwrap());
    assert!(answer.contains("&lt;script&gt;") && !answer.contains("<script>"), "{answer}");
    let page = street.at_the_bank();
    let shown = text(&get(&page, &[]));
    assert!(shown.contains("Zapatos &lt;b&gt;rojos&lt;/b&gt;") && !shown.contains("<b>"), "{shown}");
    let panel = text(&get(&street.sandbox.addresses().control, &[]));
    assert!(panel.contains("&lt;script&gt;") && !panel.contains("<script>") && !panel.contains("<img"), "{panel}");
}

#[test]
fn pages_need_no_script_and_nothing_from_elsewhere() {
    let street = Street::new(BankName::Redsys, redsys);
    let page = street.at_the_bank();
    let answer = get(&page, &[]);
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    let shown = text(&answer);
    for foreign in ["<script", " src=", "<link", "style=", " on"] {
        assert!(!shown.split("</style>").nth(1).unwrap().contains(foreign), "{foreign}: {shown}");
    }
    for choice in ["pay", "decline", "cancel", "pay-twice", "close"] {
        assert!(shown.contains(&format!("name=\"choice\" value=\"{choice}\"")), "{choice}");
    }
    assert_eq!(get(&page.replace("redsys-page", "other-page"), &[]).status(), StatusCode::GONE);
}

#[test]
fn spanish_or_english() {
    let street = Street::new(BankName::Redsys, redsys);
    let page = street.at_the_bank().split('?').next().unwrap().to_owned();
    assert!(text(&get(&page, &[])).contains("lang=\"es\""));
    assert!(text(&get(&page, &[("accept-language", "en-GB,en")])).contains("Pay twice"));
    assert!(text(&get(&format!("{page}?lang=es"), &[("accept-language", "en")])).contains("Pagar dos veces"));
}

#[test]
fn only_this_machine_and_no_foreign_page_scripts_the_banks() {
    let street = Street::new(BankName::Redsys, redsys);
    let control = &street.sandbox.addresses().control;
    assert_eq!(get(control, &[("host", "evil.example")]).status(), StatusCode::FORBIDDEN);
    let reset = format!("{control}/reset");
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        assert_eq!(post(&reset, FORM, Some(origin), "").status(), StatusCode::FORBIDDEN, "{origin}");
    }
    let own = &street.sandbox.addresses().base;
    assert_eq!(post(&reset, FORM, Some(own), "").status(), StatusCode::SEE_OTHER);
    // a shop's page may send the buyer from anywhere
    let paid = post(&format!("{own}/sis/realizarPago"), FORM, Some("http://127.0.0.1:1"), "a=1");
    assert_eq!(paid.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn no_foreign_page_presses_the_buyer_s_buttons() {
    let street = Street::new(BankName::Redsys, redsys);
    let page = street.at_the_bank();
    // the form says that its own posts tell where they are from
    assert_eq!(get(&page, &[]).headers()["referrer-policy"], "same-origin");
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        assert_eq!(post(&page, FORM, Some(origin), "choice=pay").status(), StatusCode::FORBIDDEN, "{origin}");
    }
    assert!(!street.happened().contains(&"choice".to_owned()));
    let own = street.sandbox.addresses().base.clone();
    assert_eq!(post(&page, FORM, Some(&own), "choice=pay").status(), StatusCode::SEE_OTHER);
    assert_eq!(street.count("choice"), 1);
}

#[test]
fn the_panel_sets_a_mood_without_script() {
    let street = Street::new(BankName::Redsys, redsys);
    let moods = format!("{}/moods", street.sandbox.addresses().control);
    let answer = post(&moods, FORM, None, "bank=redsys&mood=late&seconds=9&on=&next=true");
    assert_eq!((answer.status(), answer.headers()["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, "/control?lang=es"));
    let state = street.look("state");
    assert_eq!(state["banks"][0]["moods"], json!([{"mood": "late", "seconds": 9, "next": true}]));
    for wrong in
        [json!({"bank": "redsys", "mood": "merry"}), json!({"bank": "hers", "mood": "late"}), json!({"mood": "late"}), json!([])]
    {
        assert_eq!(post(&moods, "application/json", None, &wrong.to_string()).status(), StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[test]
fn no_card_and_no_password_is_in_the_record() {
    let street = Street::new(BankName::PaypalNvp, super::happy::nvp);
    let call = "METHOD=DoDirectPayment&USER=tienda&PWD=geheim1&SIGNATURE=geheim2&ACCT=4548812049400004&CVV2=737";
    post(&street.sandbox.addresses().nvp_api, FORM, None, call);
    let events = street.look("events").to_string();
    assert!(events.contains("DoDirectPayment"), "{events}");
    for secret in ["geheim", "4548812049400004", "737"] {
        assert!(!events.contains(secret), "{secret}: {events}");
    }
}

#[test]
fn books_and_events_can_be_asked() {
    let street = Street::new(BankName::Redsys, redsys);
    let page = street.at_the_bank();
    let shown: Value = serde_json::from_slice(get(&page, &[("accept", "application/json")]).body()).unwrap();
    let order = shown["order"].as_str().unwrap().to_owned();
    assert_eq!((&shown["amount"], &shown["currency"]), (&json!(12_345), &json!("EUR")));
    street.choose(&page, "pay");
    let books = street.look(&format!("ledger?bank=redsys&order={order}"));
    assert_eq!((&books["charged"], &books["movements"][0]["kind"]), (&json!(12_345), &json!("charge")));
    assert_eq!(street.happened(), ["form", "choice", "notification"]);
    let last = street.look("events?bank=redsys")["events"][2]["id"].as_u64().unwrap();
    assert_eq!(street.look(&format!("events?bank=redsys&after={last}")), json!({"events": []}));
}
