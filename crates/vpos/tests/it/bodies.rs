//! Bodies that no bank sends: huge, empty, doubled, binary, and XML that means more than it says.

use vpos::http::{Method, Request};
use vpos::{OperationState, Outcome};
use vpos_sandbox::Choice;

use crate::scene::line::Fate;
use crate::scene::messages::{fields, members, with_fields, with_members, with_text};
use crate::scene::till::{Till, at_each};
use crate::scene::{Buyer, LONG, Scene, euros, sale};

at_each! {
    huge_and_empty_bodies: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    a_forged_message_fills_no_disk: ceca elavon elavon_auto redsys;
    duplicate_fields: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    an_answer_with_entities_settles_nothing: elavon;
    a_huge_answer_settles_nothing: elavon paypal_nvp paypal_rest;
    an_answer_about_another_amount_settles_nothing: paypal_nvp paypal_rest;
}

async fn begun(till: Till) -> (Scene, Buyer) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    (scene, buyer)
}

async fn huge_and_empty_bodies(till: Till) {
    let (scene, buyer) = begun(till).await;
    let messages = scene.choose(&buyer, Choice::Pay);
    let bodies: [Vec<u8>; 7] = [
        Vec::new(),
        vec![0; 4_096],
        vec![b'a'; 5_000_000],
        vec![0xff; 1_000],
        b"<".repeat(100_000),
        b"a=1&".repeat(100_000),
        br#"{"a":"#.repeat(50_000),
    ];
    for body in bodies {
        for (method, content_type) in [
            (Method::POST, "application/x-www-form-urlencoded"),
            (Method::POST, "application/json"),
            (Method::POST, "text/xml"),
            (Method::GET, ""),
            (Method::PUT, "text/plain"),
        ] {
            let request = Request::builder().method(method).uri("/aviso").header("content-type", content_type);
            let reply = scene.flow.confirm(scene.pos(), request.body(body.clone()).unwrap()).await;
            assert!(reply.body().len() < 4_096 && !reply.body().contains("OKY"), "{reply:?}");
        }
    }
    let long = format!("https://tienda.example/aviso?token={}", "x".repeat(60_000));
    scene.flow.confirm(scene.pos(), Request::get(long).body(Vec::new()).unwrap()).await;
    // a true message with megabytes behind it is not read either
    for message in &messages {
        let mut swollen = message.clone();
        swollen.body_mut().extend(b"&padding=".iter().chain(&vec![b'x'; 1_000_000]));
        if *message.method() == Method::POST {
            scene.flow.confirm(scene.pos(), swollen).await;
        }
    }
    scene.assert_pending(&buyer).await;
    for message in &messages {
        scene.deliver(&buyer, message).await;
    }
    scene.assert_paid_once(&buyer, "PED-17").await;
}

/// Of what anybody can send a few kilobytes are kept, and by what the whole can be recognised; a true message is kept whole.
async fn a_forged_message_fills_no_disk(till: Till) {
    let (scene, buyer) = begun(till).await;
    let message = scene.choose(&buyer, Choice::Pay).remove(0);
    let mut forged = fields(&message);
    let seal = |name: &str| name.contains("Signature") || name.contains("HASH") || name == "Firma";
    for (_, value) in forged.iter_mut().filter(|(name, _)| seal(name)) {
        *value = value.chars().rev().collect();
    }
    let padding = "4548810000000003 x".repeat(600);
    forged.push(("padding".into(), padding.clone()));
    let mut forged = with_fields(&message, &forged);
    if let Some(mut members) = members(&message) {
        members.insert("padding".into(), padding.into());
        forged = with_members(&forged, members);
    }
    scene.flow.confirm(scene.pos(), forged).await;
    scene.assert_pending(&buyer).await;
    scene.deliver(&buyer, &message).await;
    let kept = scene.flow.evidence(buyer.id, 100).await.unwrap();
    let [forged, whole] = &kept.iter().filter(|row| !row.message.is_empty()).collect::<Vec<_>>()[..2] else { panic!("{kept:?}") };
    assert!(forged.verdict.contains("refused") && forged.message.len() < 4_300, "{}", forged.message.len());
    assert!(forged.message.contains("their SHA-256 ") && !forged.message.contains("4548810000000003"), "{}", forged.message);
    assert!(!whole.message.contains("SHA-256") && whole.message.len() > 100, "{whole:?}");
    scene.assert_paid_once(&buyer, "PED-17").await;
}

/// Each field twice: with its own value, and with another, before and behind.
async fn duplicate_fields(till: Till) {
    let (scene, buyer) = begun(till).await;
    let messages = scene.choose(&buyer, Choice::Pay);
    for message in &messages {
        let body = String::from_utf8_lossy(message.body()).into_owned();
        if body.starts_with('<') {
            for doubled in [
                with_text(message, "&lt;Ds_Amount&gt;", "&lt;Ds_Amount&gt;1&lt;/Ds_Amount&gt;&lt;Ds_Amount&gt;"),
                with_text(message, "&lt;/Message&gt;", "&lt;Request&gt;&lt;/Request&gt;&lt;/Message&gt;"),
                with_text(message, "&lt;/Message&gt;", "&lt;Signature&gt;x&lt;/Signature&gt;&lt;/Message&gt;"),
            ] {
                scene.flow.confirm(scene.pos(), doubled).await;
                scene.assert_pending(&buyer).await;
            }
            continue;
        }
        if body.starts_with('{') {
            let twice = with_text(message, "{", r#"{"event_type":"CHECKOUT.ORDER.APPROVED","#);
            scene.flow.confirm(scene.pos(), twice).await;
            scene.assert_pending(&buyer).await;
            continue;
        }
        let known = fields(message);
        for (name, value) in known.iter().filter(|(name, _)| is_read(name)) {
            for value in [value.as_str(), "1", ""] {
                let twin = (name.clone(), value.to_owned());
                let before: Vec<_> = std::iter::once(twin.clone()).chain(known.clone()).collect();
                let behind: Vec<_> = known.iter().cloned().chain([twin]).collect();
                for doubled in [before, behind] {
                    scene.flow.confirm(scene.pos(), with_fields(message, &doubled)).await;
                    let told = (scene.state(&buyer).await, scene.shop.told().len());
                    assert_eq!(told, (OperationState::Pending, 0), "{name} twice, once as {value:?}");
                }
            }
        }
    }
    for message in &messages {
        scene.deliver(&buyer, message).await;
    }
    scene.assert_paid_once(&buyer, "PED-17").await;
}

/// The shop's own parameters, which stand in the address of a return, are its own affair.
fn is_read(name: &str) -> bool {
    !matches!(name, "a" | "b")
}

const ENTITIES: [&str; 4] = [
    r#"<!DOCTYPE r [<!ENTITY a "OK">]>"#,
    r#"<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>"#,
    r#"<!DOCTYPE r SYSTEM "https://evil.example/r.dtd">"#,
    r#"<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>"#,
];

#[tokio::test]
async fn soap_with_entities_is_refused() {
    let (scene, buyer) = begun(Till::RedsysSoap).await;
    let messages = scene.choose(&buyer, Choice::Pay);
    let soap = messages.iter().find(|message| message.body().starts_with(b"<")).unwrap();
    let text = String::from_utf8(soap.body().clone()).unwrap();
    let start = text.find("<soap:Envelope").unwrap();
    for entities in ENTITIES {
        for used in ["&a;", "&c;"] {
            let document = format!("{}{entities}{}", &text[..start], &text[start..]);
            let with = document.replace("&lt;Ds_Amount&gt;", &format!("&lt;Ds_Amount&gt;{used}"));
            // and in the text inside the text
            let escaped = entities.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let inside = text.replace("&lt;Message&gt;", &format!("{escaped}&lt;Message&gt;"));
            for body in [document, with, inside] {
                let request = soap.clone().map(|_| body.into_bytes());
                let reply = scene.flow.confirm(scene.pos(), request).await;
                scene.assert_pending(&buyer).await;
                assert!(!reply.body().contains(">OK<") && !reply.body().contains("root:"), "{}", reply.body());
            }
        }
    }
    // an unknown entity, and one that ends nowhere
    for broken in ["&nbsp;", "&amp", "&#0;", "&#x110000;", "&lt;![CDATA[1]]&gt;"] {
        scene.flow.confirm(scene.pos(), with_text(soap, "&lt;Ds_Amount&gt;", &format!("&lt;Ds_Amount&gt;{broken}"))).await;
        scene.assert_pending(&buyer).await;
    }
    for message in &messages {
        scene.deliver(&buyer, message).await;
    }
    scene.assert_paid_once(&buyer, "PED-17").await;
}

/// A call of ours is answered so: the outcome is unknown, never a yes and never a no; then the bank is asked, and tells.
async fn answered_so(till: Till, fate: Fate) {
    let (scene, buyer) = begun(till).await;
    scene.line.always(fate.clone());
    for message in scene.choose(&buyer, Choice::Pay) {
        scene.deliver(&buyer, &message).await;
    }
    let state = scene.state(&buyer).await;
    assert!(matches!(state, OperationState::Unknown | OperationState::Pending), "{fate:?}: {state}");
    assert_eq!(scene.shop.told(), Vec::<String>::new());
    scene.line.always(Fate::Answered);
    scene.clock.advance(LONG);
    scene.flow.reconcile(std::time::Duration::ZERO).await.unwrap();
    scene.assert_paid_once(&buyer, "PED-17").await;
    // a refund the same
    scene.line.next([fate.clone(), fate]);
    let report = scene.flow.refund(buyer.id, euros(2_345), "a scratch").await.unwrap();
    assert_eq!(report.outcome(), Outcome::Unknown, "{report:?}");
}

async fn an_answer_with_entities_settles_nothing(till: Till) {
    for entities in ENTITIES {
        answered_so(till, Fate::Edited("<response", Box::leak(format!("{entities}<response").into_boxed_str()))).await;
        answered_so(till, Fate::Instead(format!("{entities}<response><result>&a;</result></response>").into())).await;
    }
    answered_so(till, Fate::Edited("<result>00", "<result>&nbsp;00")).await;
}

async fn a_huge_answer_settles_nothing(till: Till) {
    for body in [Vec::new(), vec![b'<'; 3_000_000], vec![b'{'; 3_000_000], vec![0xff; 100], b"ACK=Success".to_vec()] {
        answered_so(till, Fate::Instead(body)).await;
    }
}

/// PayPal's own word is of another amount than the operation's.
async fn an_answer_about_another_amount_settles_nothing(till: Till) {
    let edits = match till {
        Till::PaypalNvp => [("123%2e45", "1%2e00"), ("123%2E45", "1%2E00"), ("123.45", "1.00"), ("EUR", "USD")],
        _ => [("123.45", "1.00"), ("\"EUR\"", "\"USD\""), ("7C2LDBEMSAFLS", "AAAAAAAAAAAAA"), ("123.45", "1234.5")],
    };
    let mut told = 0;
    for (from, to) in edits {
        let (scene, buyer) = begun(till).await;
        let messages = scene.choose(&buyer, Choice::Pay);
        scene.line.always(Fate::Edited(from, to));
        for message in &messages {
            scene.deliver(&buyer, message).await;
        }
        let answers = scene.line.answers();
        told += usize::from(answers.iter().any(|answer| String::from_utf8_lossy(answer).contains(from)));
        if !answers.iter().any(|answer| String::from_utf8_lossy(answer).contains(from)) {
            continue;
        }
        assert_ne!(scene.state(&buyer).await, OperationState::Completed, "{from} → {to}");
        assert_eq!(scene.shop.told(), Vec::<String>::new());
        assert_eq!(scene.books(&buyer), (0, 0, 0), "it was charged all the same");
        scene.line.always(Fate::Answered);
        scene.deliver(&buyer, messages.last().unwrap()).await;
        scene.assert_paid_once(&buyer, "PED-17").await;
    }
    assert!(told >= 2, "{told} edits were seen");
}
