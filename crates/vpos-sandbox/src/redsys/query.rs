//! `consultaOperaciones`: what the books say of an order, or of all orders in a span of time.
//!
//! From "Consultas SOAP de transacciones" 2.5. Times are UTC here, Spanish time at the bank.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use vpos_core::Timestamp;

use super::books::{Order, Row};
use super::parameters::is_digits;
use super::signature::{RedsysSignature, sign_soap};
use super::xml::{Node, element};
use super::{RedsysBank, status};

/// The widest span of a massive query.
const SPAN_S: i64 = 15 * 86_400;

pub(super) fn answer(bank: &RedsysBank, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    let action = request.headers().get("SOAPAction").and_then(|action| action.to_str().ok());
    let text = std::str::from_utf8(request.body()).unwrap_or_default();
    let envelope = Node::parse(text).filter(|_| action.is_some_and(|action| action.trim_matches('"') == "consultaOperaciones"));
    let question =
        envelope.as_ref().and_then(|envelope| envelope.child("Body")?.child("consultaOperaciones")?.field("cadenaXML"));
    // what is not even the call has no answer of the bank's own
    let Some(question) = question else { return status(StatusCode::INTERNAL_SERVER_ERROR) };
    let messages = match rows(bank, question) {
        Ok((order, rows)) => {
            let version = format!("<Version Ds_Version=\"0.0\"><Message>{rows}</Message></Version>");
            let signature = sign_soap(&bank.merchant.secret_key, &order, &version);
            format!("{version}{}", element("Signature", &signature))
        }
        Err(code) => {
            let error = element("Ds_ErrorCode", code);
            format!("<Version Ds_Version=\"0.0\"><Message><ErrorMsg>{error}</ErrorMsg></Message></Version>")
        }
    };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>\
         <p259:consultaOperacionesResponse xmlns:p259=\"http://webservices.apl02.redsys.es\">\
         <consultaOperacionesReturn>{}</consultaOperacionesReturn>\
         </p259:consultaOperacionesResponse></soapenv:Body></soapenv:Envelope>",
        quick_xml::escape::escape(format!("<Messages>{messages}</Messages>"))
    );
    let mut response = Response::new(body.into_bytes());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
    response
}

/// The order whose key signs, and the rows as XML.
fn rows(bank: &RedsysBank, question: &str) -> Result<(String, String), &'static str> {
    let messages = Node::parse(question).filter(|root| root.name == "Messages").ok_or("XML0001")?;
    let version = messages.child("Version").ok_or("XML0001")?;
    let asked = version.child("Message").ok_or("XML0002")?;
    let [asked] = asked.children.as_slice() else { return Err("XML0003") };
    let (one_kind, massive) = match asked.name.as_str() {
        "Transaction" => (true, false),
        "Monitor" => (false, false),
        "TransactionMasiva" => (true, true),
        "MonitorMasiva" => (false, true),
        _ => return Err("XML0003"),
    };
    let fields = fields(asked, one_kind, massive)?;
    let signature = messages.field("Signature").ok_or("XML0021")?;
    if signature.is_empty() {
        return Err("XML0022");
    }
    if messages.field("SignatureVersion") != Some("HMAC_SHA256_V1") {
        return Err("XML0030");
    }
    let (key, signed) = (&bank.merchant.secret_key, version.literal(question));
    // another merchant's key would have signed something else
    if fields.merchant != bank.merchant.merchant_code || fields.terminal.parse() != Ok(bank.merchant.terminal) {
        return Err("XML0023");
    }
    if !RedsysSignature::Sha256V1.is_right(key, fields.order, signed, signature) {
        return Err("XML0023");
    }
    let span = if massive { Some(span(asked)?) } else { None };
    let mut found = String::new();
    for (number, order) in bank.books.orders().filter(|(number, _)| massive || *number == fields.order) {
        for row in transactions(order) {
            let in_span = span.is_none_or(|(from, to)| row.at.is_none_or(|at| from <= at && at <= to));
            if in_span && fields.transaction.is_none_or(|transaction| transaction == row.transaction) {
                found += &written(bank, number, order, &row);
            }
        }
    }
    if found.is_empty() { Err("XML0024") } else { Ok((fields.order.to_owned(), found)) }
}

struct Fields<'q> {
    merchant: &'q str,
    terminal: &'q str,
    order: &'q str,
    transaction: Option<&'q str>,
}

fn fields(asked: &Node, one_kind: bool, massive: bool) -> Result<Fields<'_>, &'static str> {
    // the massive kinds have the order number first, in the public clients of the query
    let merchant_first = ["Ds_MerchantCode", "Ds_Terminal", "Ds_Order"];
    let order_first = ["Ds_Order", "Ds_MerchantCode", "Ds_Terminal"];
    let mut names = if massive { order_first } else { merchant_first }.to_vec();
    names.extend(one_kind.then_some("Ds_TransactionType"));
    names.extend(massive.then_some(["Ds_Fecha_inicio", "Ds_Fecha_fin"]).into_iter().flatten());
    let merchant = text(asked, "Ds_MerchantCode", ["XML0004", "XML0005"])?;
    let terminal = text(asked, "Ds_Terminal", ["XML0008", "XML0009"])?;
    let order = text(asked, "Ds_Order", ["XML0012", "XML0013"])?;
    let transaction = if one_kind { Some(text(asked, "Ds_TransactionType", ["XML0016", "XML0017"])?) } else { None };
    if merchant.len() != 9 {
        return Err("XML0006");
    }
    if !is_digits(merchant, 9) {
        return Err("XML0007");
    }
    if !is_digits(terminal, 3) {
        return Err(if terminal.len() > 3 { "XML0010" } else { "XML0011" });
    }
    if !(4..=12).contains(&order.len()) {
        return Err("XML0014");
    }
    if !order.bytes().take(4).all(|b| b.is_ascii_digit()) {
        return Err("XML0015");
    }
    if transaction.is_some_and(|transaction| transaction.len() > 2) {
        return Err("XML0018");
    }
    // in this order of elements; the dates have codes of their own
    let order_of_elements: Vec<&str> = asked.children.iter().map(|child| child.name.as_str()).collect();
    if massive && !order_of_elements.contains(&"Ds_Fecha_inicio") {
        return Err("XML0026");
    }
    if massive && !order_of_elements.contains(&"Ds_Fecha_fin") {
        return Err("XML0027");
    }
    if order_of_elements != names {
        return Err("XML0001");
    }
    Ok(Fields { merchant, terminal, order, transaction })
}

fn text<'q>(asked: &'q Node, name: &str, [missing, empty]: [&'static str; 2]) -> Result<&'q str, &'static str> {
    let text = asked.field(name).ok_or(missing)?;
    if text.is_empty() { Err(empty) } else { Ok(text) }
}

fn span(asked: &Node) -> Result<(Timestamp, Timestamp), &'static str> {
    // aaaa-MM-dd-HH.mm.ss.000000; a date that cannot be read has no code in the public lists, but "does not fit"
    let moment = |name| {
        let text = asked.field(name).unwrap_or_default();
        let read = DateTime::strptime("%Y-%m-%d-%H.%M.%S%.f", text).ok()?;
        TimeZone::UTC.to_timestamp(read).ok()
    };
    let from = moment("Ds_Fecha_inicio").ok_or("XML0001")?;
    let to = moment("Ds_Fecha_fin").ok_or("XML0001")?;
    if to < from {
        return Err("XML0040");
    }
    if to.as_second().saturating_sub(from.as_second()) > SPAN_S {
        return Err("XML0039");
    }
    Ok((from, to))
}

/// A transaction as the query shows it.
struct Shown<'b> {
    transaction: &'b str,
    at: Option<Timestamp>,
    row: Option<&'b Row>,
}

/// The transactions of an order; one in progress when the buyer has arrived and done nothing yet.
fn transactions(order: &Order) -> Vec<Shown<'_>> {
    if order.rows.is_empty() {
        return vec![Shown { transaction: order.transaction, at: None, row: None }];
    }
    order.rows.iter().map(|row| Shown { transaction: row.transaction, at: Some(row.at), row: Some(row) }).collect()
}

fn written(bank: &RedsysBank, number: &str, order: &Order, shown: &Shown<'_>) -> String {
    let amount = shown.row.map_or(order.amount, |row| row.amount);
    let mut response = element("Ds_MerchantCode", &bank.merchant.merchant_code);
    response += &element("Ds_Terminal", &bank.merchant.terminal.to_string());
    response += &element("Ds_Order", number);
    response += &element("Ds_TransactionType", shown.transaction);
    if let Some(at) = shown.at {
        response += &element("Ds_Date", &at.strftime("%Y-%m-%d").to_string());
        response += &element("Ds_Hour", &at.strftime("%H:%M:%S").to_string());
    }
    response += &element("Ds_Amount", &amount.minor_units().to_string());
    response += &element("Ds_Currency", &amount.currency().number().to_string());
    response += &element("Ds_SecurePayment", if shown.row.is_some_and(|row| row.secure) { "1" } else { "0" });
    let code = shown.row.and_then(|row| row.response.as_deref());
    // in progress until the issuer and, where it is asked, the merchant have spoken
    response += &element("Ds_State", if code.is_some() { "F" } else { "P" });
    if let Some(code) = code {
        response += &element("Ds_Response", code);
    }
    if let Some(authorization) = shown.row.and_then(|row| row.authorization.as_deref()).filter(|_| code.is_some()) {
        response += &element("Ds_AuthorisationCode", authorization);
    }
    format!("<Response>{response}</Response>")
}
