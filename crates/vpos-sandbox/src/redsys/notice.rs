//! What the bank tells the merchant's server of a transaction, by HTTP or by SOAP, and how it reads the SOAP answer.
//!
//! Fields: redirection manual 4.2; SOAP as recorded in redsys-easy 5.3. Dates are UTC here, Spanish time at the bank.

use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode, Uri};
use vpos_core::Timestamp;

use super::RedsysBank;
use super::books::Row;
use super::parameters::seal;
use super::signature::sign_soap;
use super::visit::back;
use super::xml::{Node, element};
use crate::browser::post_form;

/// A SOAP notification whose answer decides.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) body: Vec<u8>,
    pub(super) number: String,
    pub(super) movement: String,
    pub(super) since: Timestamp,
}

/// How long the bank waits for the SOAP answer.
const PATIENCE_S: i64 = 30;

/// The notification of a transaction; none when the form gave no address.
pub(super) fn notification(bank: &RedsysBank, number: &str, row: &Row, now: Timestamp) -> Option<Request<Vec<u8>>> {
    let address = bank.books.order(number)?.notify.as_deref()?;
    if bank.merchant.soap {
        return soap(bank, number, row, now, address);
    }
    let fields = fields(bank, number, row)?;
    post_form(address, &fields.each_ref().map(|(name, text)| (*name, text.as_str())))
}

/// The three signed fields.
pub(super) fn fields(bank: &RedsysBank, number: &str, row: &Row) -> Option<[(&'static str, String); 3]> {
    let mut members = members(bank, number, row)?;
    members.push(("Ds_Date", row.at.strftime("%d%%2F%m%%2F%Y").to_string()));
    members.push(("Ds_Hour", row.at.strftime("%H%%3A%M").to_string()));
    Some(seal(bank.merchant.signature, &bank.merchant.secret_key, number, &members))
}

/// What the bank says of a transaction, but for the time.
pub(super) fn members(bank: &RedsysBank, number: &str, row: &Row) -> Option<Vec<(&'static str, String)>> {
    let order = bank.books.order(number)?;
    let response = row.response.as_deref().unwrap_or_default();
    let mut members = vec![
        ("Ds_SecurePayment", if row.secure { "2" } else { "0" }.to_owned()),
        ("Ds_Amount", row.amount.minor_units().to_string()),
        ("Ds_Currency", row.amount.currency().number().to_string()),
        ("Ds_Order", number.to_owned()),
        ("Ds_MerchantCode", bank.merchant.merchant_code.clone()),
        ("Ds_Terminal", format!("{:03}", bank.merchant.terminal)),
        ("Ds_Response", response.to_owned()),
        ("Ds_TransactionType", row.transaction.to_owned()),
        ("Ds_MerchantData", order.merchant_data.clone()),
        ("Ds_ConsumerLanguage", order.language.clone()),
        ("Ds_AuthorisationCode", row.authorization.clone().unwrap_or_else(|| "++++++".into())),
        ("Ds_Card_Country", "724".to_owned()),
        ("Ds_Card_Brand", "1".to_owned()),
    ];
    // SISnnnn is Ds_Response 9nnn in the public list redsys-Messages; 99xx are codes of their own
    if let Some(fault) = response.strip_prefix('9').filter(|_| response.len() == 4 && !response.starts_with("99")) {
        members.push(("Ds_ErrorCode", format!("SIS0{fault}")));
    }
    let card = order.identifier.as_deref().filter(|_| response == "0000").and_then(|name| bank.books.card(name));
    if let Some(card) = card {
        members.push(("Ds_Merchant_Identifier", card.identifier.clone()));
        members.push(("Ds_Merchant_Cof_Txnid", card.network.clone()));
        members.push(("Ds_ExpiryDate", "4912".to_owned()));
    }
    Some(members)
}

fn soap(bank: &RedsysBank, number: &str, row: &Row, now: Timestamp, address: &str) -> Option<Request<Vec<u8>>> {
    let mut inside = element("Fecha", &now.strftime("%d/%m/%Y").to_string());
    inside += &element("Hora", &now.strftime("%H:%M").to_string());
    for (name, text) in members(bank, number, row)? {
        inside += &element(name, &text);
    }
    let request = format!("<Request Ds_Version='0.0'>{inside}</Request>");
    let signature = sign_soap(&bank.merchant.secret_key, number, &request);
    let message = format!("<Message>{request}{}</Message>", element("Signature", &signature));
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><soap:Body>\
         <q1:procesaNotificacionSIS xmlns:q1=\"InotificacionSIS\"><XML xsi:type=\"xsd:string\">{}</XML>\
         </q1:procesaNotificacionSIS></soap:Body></soap:Envelope>",
        quick_xml::escape::escape(message)
    );
    let address: Uri = address.parse().ok()?;
    let request = Request::post(address).header(CONTENT_TYPE, "text/xml; charset=utf-8");
    request.header("SOAPAction", "procesaNotificacionSIS").body(body.into_bytes()).ok()
}

/// The merchant's answer: OK keeps the payment, KO annuls it (9914), anything else and nothing too (9913).
pub(super) fn hear(
    bank: &mut RedsysBank,
    notification: &Request<Vec<u8>>,
    reply: Option<&Response<Vec<u8>>>,
    now: Timestamp,
) -> Option<Request<Vec<u8>>> {
    let place = bank.waiting.iter().position(|waiting| waiting.body == *notification.body())?;
    let waiting = bank.waiting.remove(place);
    let in_time = now.as_second().saturating_sub(waiting.since.as_second()) <= PATIENCE_S;
    let word = reply.filter(|_| in_time).and_then(|reply| word(bank, &waiting.number, reply));
    let response = match word.as_deref() {
        Some("OK") => "0000",
        Some("KO") => "9914",
        _ => "9913",
    };
    bank.books.decide(&waiting.number, &waiting.movement, response, now);
    let decided = bank.books.order(&waiting.number)?.rows.iter().find(|row| row.movement.as_ref() == Some(&waiting.movement))?;
    (response != "0000").then(|| back(bank, &waiting.number, decided, false))?
}

/// What the merchant said, when it is signed with the order's key. The value is found by its place, whatever its name.
fn word(bank: &RedsysBank, number: &str, reply: &Response<Vec<u8>>) -> Option<String> {
    if reply.status() != StatusCode::OK {
        return None;
    }
    let envelope = Node::parse(std::str::from_utf8(reply.body()).ok()?)?;
    let response = envelope.child("Body")?.child("procesaNotificacionSISResponse")?;
    let value = response.children.iter().find(|child| child.text.contains("<Message>"))?.text.trim();
    let message = Node::parse(value)?;
    let said = message.child("Response")?;
    let signature = message.field("Signature")?;
    let right = super::RedsysSignature::Sha256V1.is_right(&bank.merchant.secret_key, number, said.literal(value), signature);
    right.then(|| said.field("Ds_Response_Merchant").unwrap_or_default().to_owned())
}
