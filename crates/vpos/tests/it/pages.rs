//! Texts of strangers on our pages, and addresses that lead elsewhere.

use vpos::flow::FlowError;
use vpos::http::Request;
use vpos::http::header::LOCATION;
use vpos::{Amount, Currency, Error, Payment};
use vpos_sandbox::Choice;

use crate::scene::messages::{fields, with_field, with_fields};
use crate::scene::till::{Till, at_each};
use crate::scene::{NOTIFICATION_URL, Scene, URL_NOK, URL_OK, euros, sale};

at_each! {
    html_in_every_text: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    the_reply_leads_to_a_stored_address_only: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
}

const HOSTILE: &str = r#"</form><script>alert("1")</script><img src=x onerror='a'>&amp;"#;

/// Neither the form's page, nor its JSON inside a page, nor the page behind the payment holds markup of a stranger's.
async fn html_in_every_text(till: Till) {
    let builder = |sale: &str| Payment::builder(sale, euros(12_345)).notification_url(NOTIFICATION_URL).url_nok(URL_NOK);
    let hostile = [
        builder(HOSTILE).url_ok(URL_OK).build(),
        builder("PED-2").url_ok(URL_OK).description(HOSTILE).build(),
        builder("PED-3").url_ok(URL_OK).buyer_name(HOSTILE).build(),
        builder("PED-4").url_ok("https://tienda.example/ok?a='x'&b=&quot;&lt;script&gt;").build(),
    ];
    let mut shown = 0;
    for payment in hostile {
        let Ok(payment) = payment else { continue };
        let scene = Scene::new(till);
        let checkout = match scene.flow.begin(scene.pos(), &payment).await {
            Ok(checkout) => checkout,
            // a bank that cannot say it refuses it
            Err(FlowError::Payment(Error::Payment { .. })) => continue,
            Err(error) => panic!("{error}"),
        };
        shown += 1;
        for page in [checkout.to_html(), checkout.to_html_with_nonce("\"><script>alert(2)</script>")] {
            assert_eq!(page.matches("<script").count(), 1, "{page}");
            assert_eq!(page.matches("</form>").count(), 1, "{page}");
            assert!(!page.contains("<img") && !page.contains("alert(\"1\")"), "{page}");
        }
        let page = scene
            .line
            .bank(scene.pos(), |bank| bank.open(&crate::scene::form_post(&checkout), vpos::flow::Clock::now(&scene.clock)));
        let Ok(page) = page else { continue };
        let (pos, number) = (scene.pos().to_owned(), checkout.number.to_string());
        let buyer = crate::scene::Buyer { pos, id: checkout.id, number, page };
        for reply in scene.pay(&buyer).await {
            assert!(!reply.body().contains("<script") && !reply.body().contains("<img"), "{}", reply.body());
            assert!(!reply.body().contains("'x'"), "{}", reply.body());
        }
        assert_eq!(scene.books(&buyer).0, 12_345);
        assert_eq!(scene.shop.count("paid "), 1);
    }
    assert!(shown >= 3, "{shown} pages were shown");
}

#[test]
fn a_hostile_url_is_refused_when_the_payment_is_built() {
    for hostile in [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "//evil.example/ok",
        "/ok",
        "https://tienda.example/ok\r\nSet-Cookie: a=1",
        "https://tienda.example/ok\nLocation: https://evil.example",
        "https://tienda.example/\u{0}",
        "https://tienda.example@evil.example/ok",
        "https://tienda.example/\"><script>alert(1)</script>",
        "https:\\\\evil.example\\ok",
        "https:///ok",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        " https://tienda.example/ok",
        "https://tienda.example/ok ",
        "",
    ] {
        let builder = || Payment::builder("PED-17", Amount::from_minor(100, Currency::EUR));
        for built in [builder().url_ok(hostile), builder().url_nok(hostile), builder().notification_url(hostile)] {
            assert!(matches!(built.build(), Err(Error::Payment { .. })), "{hostile:?}");
        }
    }
}

/// Whatever addresses a message carries, the browser is led to the operation's own, or nowhere.
async fn the_reply_leads_to_a_stored_address_only(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    let messages = scene.choose(&buyer, Choice::Pay);
    let evil = "https://evil.example/";
    let mut requests = messages.clone();
    for message in &messages {
        if !message.body().starts_with(b"<") && !message.body().starts_with(b"{") {
            let mut more = fields(message);
            for name in ["url_ok", "URL_OK", "return", "next", "MERCHANT_RESPONSE_URL", "Ds_Merchant_UrlOK", "redirect_uri"] {
                more.push((name.into(), evil.into()));
            }
            requests.push(with_fields(message, &more));
            if let Some((name, _)) = fields(message).first() {
                requests.push(with_field(message, name, evil));
            }
        }
    }
    requests.push(Request::get(format!("https://tienda.example/aviso?token={evil}&next={evil}")).body(Vec::new()).unwrap());
    for mut request in requests {
        for name in ["host", "x-forwarded-host", "referer", "origin"] {
            request.headers_mut().insert(name, "evil.example".parse().unwrap());
        }
        let reply = scene.flow.confirm(scene.pos(), request).await;
        let location = reply.location().map(|address| address.as_str().to_owned());
        assert!(location.as_deref().is_none_or(|address| [URL_OK, URL_NOK].contains(&address)), "{location:?}");
        assert!(!reply.body().contains("evil"), "{}", reply.body());
        let sent = reply.into_http();
        let header = sent.headers().get(LOCATION).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header, location);
    }
}
