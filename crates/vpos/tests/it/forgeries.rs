//! Messages that are not the bank's, or are the bank's for another payment: none changes anything, and the true one pays
//! afterwards.

use vpos::http::Request;
use vpos::{Amount, Currency, Environment, OperationState, Payment, PaymentKind};
use vpos_sandbox::Choice;

use crate::scene::messages::{changed, field, fields, members, with_field, with_members, with_text};
use crate::scene::till::{Contract, Till, at_each};
use crate::scene::{Buyer, Scene, euros, payment_of, sale};

at_each! {
    forged: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    unsigned: ceca elavon elavon_auto redsys redsys_soap;
    altered: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
    cross_merchant_replay: ceca elavon elavon_auto redsys redsys_soap;
    cross_terminal_replay: ceca elavon elavon_auto redsys redsys_soap;
    cross_environment_replay: ceca elavon elavon_auto redsys redsys_soap;
    amount_swap: ceca elavon elavon_auto redsys redsys_soap;
    currency_swap: ceca redsys redsys_soap;
    kind_swap: redsys redsys_soap;
    signature_version_downgrade: ceca elavon elavon_auto redsys;
    a_message_for_another_sale: ceca elavon elavon_auto paypal_nvp paypal_rest redsys redsys_soap;
}

/// What comes from another system that took a payment under the same number: with another contract, for another amount.
async fn foreign(till: Till, payment: &Payment, change: impl FnOnce(&mut Contract)) -> Vec<Request<Vec<u8>>> {
    let twin = Scene::twin(till, change);
    let buyer = twin.begin(payment).await;
    let messages = twin.choose(&buyer, Choice::Pay);
    assert!(!messages.is_empty());
    messages
}

/// None of the messages is believed, for that reason; then the true one pays.
async fn refused(till: Till, messages: &[Request<Vec<u8>>], reason: &str) -> (Scene, Buyer) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    for message in messages {
        let reply = scene.flow.confirm(scene.pos(), message.clone()).await;
        scene.assert_pending(&buyer).await;
        assert!(!reply.body().contains("OKY") && !reply.body().contains(">OK<"), "{}", reply.body());
        let verdicts = scene.verdicts(&buyer).await;
        assert!(verdicts.last().unwrap().contains(reason), "{verdicts:?}");
    }
    assert_eq!(scene.books(&buyer), (0, 0, 0));
    scene.pay(&buyer).await;
    scene.assert_paid_once(&buyer, "PED-17").await;
    (scene, buyer)
}

/// The right shape, and another key.
async fn forged(till: Till) {
    let other_key = |contract: &mut Contract| {
        contract.key = match till {
            Till::Redsys | Till::RedsysSoap => "qwertyasdf0123456789qwertyasdf01".into(),
            Till::Ceca => "12345678".into(),
            _ => "an-attackers-guess".into(),
        };
    };
    let messages = foreign(till, &sale("PED-17"), other_key).await;
    if matches!(till, Till::PaypalNvp | Till::PaypalRest) {
        // nothing is signed: the webhook or IPN is none of PayPal's own, and PayPal knows of no approval
        let scene = Scene::new(till);
        let buyer = scene.begin(&sale("PED-17")).await;
        for message in messages {
            scene.flow.confirm(scene.pos(), message).await;
            scene.assert_pending(&buyer).await;
        }
        assert_eq!(scene.books(&buyer), (0, 0, 0));
        scene.pay(&buyer).await;
        scene.assert_paid_once(&buyer, "PED-17").await;
        return;
    }
    refused(till, &messages, "refused: signature").await;
}

/// Without a signature, with an empty one, and with one that was cut.
async fn unsigned(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    let messages = scene.choose(&buyer, Choice::Pay);
    for message in &messages {
        let name = ["Ds_Signature", "Firma", "SHA256HASH"].into_iter().find(|name| {
            let body = String::from_utf8_lossy(message.body());
            fields(message).iter().any(|(known, _)| known == name) && !body.starts_with('<')
        });
        let signatures = match name {
            Some(name) => {
                let known = field(message, name);
                vec![with_field(message, name, ""), with_field(message, name, &known[..known.len() / 2])]
            }
            None => {
                vec![with_text(message, "&lt;Signature&gt;", "&lt;Signature&gt;A"), with_text(message, "Signature", "Nothing")]
            }
        };
        for message in signatures {
            scene.flow.confirm(scene.pos(), message).await;
            scene.assert_pending(&buyer).await;
        }
    }
    for message in &messages {
        scene.deliver(&buyer, message).await;
    }
    scene.assert_paid_once(&buyer, "PED-17").await;
}

/// Every signed field, one at a time.
async fn altered(till: Till) {
    let scene = Scene::new(till);
    let buyer = scene.begin(&sale("PED-17")).await;
    let messages = scene.choose(&buyer, Choice::Pay);
    let mut tried = 0;
    for message in messages.iter().flat_map(|message| alterations(till, message)) {
        scene.flow.confirm(scene.pos(), message.clone()).await;
        let told = (scene.state(&buyer).await, scene.shop.told().len());
        assert_eq!(told, (OperationState::Pending, 0), "{message:?}: {:?}", scene.verdicts(&buyer).await);
        tried += 1;
    }
    assert!(tried >= if till == Till::PaypalNvp { 1 } else { 3 }, "{tried} alterations");
    for message in &messages {
        scene.deliver(&buyer, message).await;
    }
    scene.assert_paid_once(&buyer, "PED-17").await;
}

/// What CECA's signature covers, and it.
const CECA_FIELDS: [&str; 9] =
    ["MerchantID", "AcquirerBIN", "TerminalID", "Num_operacion", "Importe", "TipoMoneda", "Exponente", "Referencia", "Firma"];

fn alterations(till: Till, message: &Request<Vec<u8>>) -> Vec<Request<Vec<u8>>> {
    let named = |names: &[&str]| names.iter().map(|name| with_field(message, name, &changed(&field(message, name)))).collect();
    let body = String::from_utf8_lossy(message.body()).into_owned();
    match till {
        Till::Ceca => named(&CECA_FIELDS),
        Till::Elavon | Till::ElavonAuto => named(&[
            "TIMESTAMP",
            "MERCHANT_ID",
            "ORDER_ID",
            "RESULT",
            "MESSAGE",
            "PASREF",
            "AUTHCODE",
            "SHA256HASH",
            // no hash covers them: they are compared
            "ACCOUNT",
            "AMOUNT",
        ]),
        Till::Redsys | Till::RedsysSoap if !body.starts_with('<') => {
            let inside = members(message).unwrap();
            let each = inside.iter().map(|(name, value)| {
                let mut other = inside.clone();
                other.insert(name.clone(), changed(value.as_str().unwrap()).into());
                with_members(message, other)
            });
            let mut all: Vec<_> = each.collect();
            all.push(with_field(message, "Ds_Signature", &changed(&field(message, "Ds_Signature"))));
            all
        }
        Till::RedsysSoap | Till::Redsys => {
            let members =
                ["Ds_Amount", "Ds_Currency", "Ds_Order", "Ds_MerchantCode", "Ds_Terminal", "Ds_Response", "Fecha", "Hora"];
            let end = |name: &str| format!("&lt;/{name}&gt;");
            let longer = |name: &&str| with_text(message, &end(name), &format!("1{}", end(name)));
            members.iter().map(longer).collect()
        }
        Till::PaypalNvp | Till::PaypalRest if body.is_empty() => vec![with_field(message, "token", "ANOTHER-TOKEN")],
        Till::PaypalNvp => vec![with_field(message, "mc_gross", "0.01")],
        Till::PaypalRest => {
            let headers = ["transmission-id", "transmission-time", "transmission-sig", "cert-url"];
            let of_headers = headers.iter().map(|name| {
                let mut other = message.clone();
                let name = format!("paypal-{name}");
                let value = other.headers()[name.as_str()].to_str().unwrap().replacen('1', "2", 1);
                let value = if name.ends_with("url") { "https://evil.example/cert.pem".to_owned() } else { format!("{value}0") };
                other.headers_mut().insert(vpos::http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
                other
            });
            of_headers.chain([with_text(message, "APPROVED", "COMPLETED"), with_text(message, "{", "{ ")]).collect()
        }
    }
}

/// Another merchant's payment, signed with a key that happens to be the same.
async fn cross_merchant_replay(till: Till) {
    let other = |contract: &mut Contract| {
        contract.merchant = match till {
            Till::Ceca => "111950029".into(),
            Till::Redsys | Till::RedsysSoap => "999008889".into(),
            _ => "otratienda".into(),
        };
    };
    refused(till, &foreign(till, &sale("PED-17"), other).await, "refused: merchant").await;
}

/// Another till of the same merchant, signed with the same key.
async fn cross_terminal_replay(till: Till) {
    let other = |contract: &mut Contract| {
        contract.terminal = match till {
            Till::Ceca => "00000004".into(),
            Till::Redsys | Till::RedsysSoap => "2".into(),
            _ => "telefono".into(),
        };
    };
    refused(till, &foreign(till, &sale("PED-17"), other).await, "refused: terminal").await;
}

/// A payment at the bank's test system, where cards are not real, for a live operation: at the test contract's own URL, with
/// one key for both; and at one URL for both, with keys of their own.
async fn cross_environment_replay(till: Till) {
    let messages = foreign(till, &sale("PED-17"), |_| {}).await;
    let live = |key: Option<&str>| {
        let mut contract = till.contract();
        (contract.environment, contract.name) = (Environment::Live, "live".into());
        contract.key = key.map_or(contract.key, str::to_owned);
        contract
    };
    let scene = Scene::of(&[live(None), till.contract()], vpos::flow::Options::default());
    let buyer = scene.begin(&sale("PED-17")).await;
    for message in &messages {
        scene.flow.confirm(&till.contract().name, message.clone()).await;
        scene.assert_pending(&buyer).await;
        let verdicts = scene.verdicts(&buyer).await;
        assert!(verdicts.last().unwrap().contains("refused: environment"), "{verdicts:?}");
    }
    let own_key = match till {
        Till::Redsys | Till::RedsysSoap => "qwertyasdf0123456789qwertyasdf01",
        Till::Ceca => "12345678",
        _ => "the-live-key",
    };
    let scene = Scene::of(&[live(Some(own_key)), till.contract()], vpos::flow::Options::default());
    let buyer = scene.begin(&sale("PED-17")).await;
    let bank = scene.stored(&buyer).await.operation().acceptor().bank();
    for message in messages {
        scene.flow.confirm_bank(bank, message).await;
        scene.assert_pending(&buyer).await;
        let verdicts = scene.verdicts(&buyer).await;
        assert!(verdicts.last().unwrap().contains("refused: signature"), "{verdicts:?}");
    }
}

/// The bank was paid one euro under that number.
async fn amount_swap(till: Till) {
    let one = payment_of("PED-17", euros(100), PaymentKind::Sale);
    let messages = foreign(till, &one, |_| {}).await;
    let (scene, buyer) = refused(till, &messages, "refused: amount").await;
    assert_eq!(scene.shop.problems(), ["Refused"], "a person hears of it once, however many messages say it");
    let rows = scene.verdicts(&buyer).await.len();
    for message in messages.iter().cycle().take(30) {
        scene.flow.confirm(scene.pos(), message.clone()).await;
    }
    assert_eq!((scene.shop.problems().len(), scene.verdicts(&buyer).await.len()), (1, rows + 30));
}

/// The bank was paid 123.45 of another money.
async fn currency_swap(till: Till) {
    let dollars = payment_of("PED-17", Amount::from_minor(12_345, Currency::USD), PaymentKind::Sale);
    let (scene, _) = refused(till, &foreign(till, &dollars, |_| {}).await, "refused: currency").await;
    assert!(!scene.shop.problems().is_empty());
}

/// A hold is no charge.
async fn kind_swap(till: Till) {
    refused(till, &foreign(till, &crate::scene::hold("PED-17"), |_| {}).await, "refused: type").await;
}

/// An older signature, well made with the right key, where the contract takes the newer one alone.
async fn signature_version_downgrade(till: Till) {
    let messages = foreign(till, &sale("PED-17"), |contract| contract.older = true).await;
    refused(till, &messages, "refused").await;
}

/// A message that was true for one sale does nothing for another, in whichever order.
async fn a_message_for_another_sale(till: Till) {
    let scene = Scene::new(till);
    let first = scene.begin(&sale("PED-1")).await;
    let second = scene.begin(&sale("PED-2")).await;
    for message in scene.choose(&first, Choice::Pay) {
        scene.deliver(&second, &message).await;
        scene.deliver(&second, &message).await;
    }
    scene.assert_paid_once(&first, "PED-1").await;
    assert_eq!(scene.state(&second).await, OperationState::Pending);
    assert_eq!((scene.books(&second), scene.shop.told().len()), ((0, 0, 0), 1));
}
