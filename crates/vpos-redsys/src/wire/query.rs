//! The SOAP query `consultaOperaciones`: what is asked, and the signed rows of the answer.
//!
//! Sources: the bank's "Consultas SOAP de transacciones" 2.5; order of the elements in the massive kinds as in the public
//! clients metadrop/redsys-consultas-php and `RedsysConsultas` (the order number first).

use vpos_core::jiff::civil::DateTime;
use vpos_core::{Error, OperationNumber, Refusal};

use super::names::answer;
use crate::config::Contract;
use crate::signature::{self, SignatureVersion};
use vpos_core::xml::{BEFORE_XML, Document, Element, Reading};

const NAMESPACE: &str = "http://webservices.apl02.redsys.es";

/// The header that the service wants.
pub(crate) const SOAP_ACTION: &str = "consultaOperaciones";

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// One kind of transaction of an order.
    Transaction { transaction: &'static str },
    /// All transactions of an order.
    Monitor,
    /// All transactions of one kind in a time span.
    TransactionMasiva { transaction: String, from: DateTime, to: DateTime },
    /// All transactions in a time span.
    MonitorMasiva { from: DateTime, to: DateTime },
}

/// The whole SOAP document. The order number is what is asked about; in the massive kinds it only derives the key.
pub(crate) fn encode(contract: &Contract, order: &OperationNumber, question: &Question) -> String {
    let merchant = format!(
        "<Ds_MerchantCode>{}</Ds_MerchantCode><Ds_Terminal>{}</Ds_Terminal>",
        contract.acceptor.merchant(),
        contract.terminal
    );
    let order_element = format!("<Ds_Order>{order}</Ds_Order>");
    let kind = |transaction: &str| format!("<Ds_TransactionType>{transaction}</Ds_TransactionType>");
    let span = |from: &DateTime, to: &DateTime| {
        let (from, to) = (moment(from), moment(to));
        format!("<Ds_Fecha_inicio>{from}</Ds_Fecha_inicio><Ds_Fecha_fin>{to}</Ds_Fecha_fin>")
    };
    let (name, fields) = match question {
        Question::Transaction { transaction } => ("Transaction", format!("{merchant}{order_element}{}", kind(transaction))),
        Question::Monitor => ("Monitor", format!("{merchant}{order_element}")),
        Question::TransactionMasiva { transaction, from, to } => {
            ("TransactionMasiva", format!("{order_element}{merchant}{}{}", kind(transaction), span(from, to)))
        }
        Question::MonitorMasiva { from, to } => ("MonitorMasiva", format!("{order_element}{merchant}{}", span(from, to))),
    };
    let version = format!("<Version Ds_Version=\"0.0\"><Message><{name}>{fields}</{name}></Message></Version>");
    let signature = signature::sign(SignatureVersion::HmacSha256V1, &contract.key, order, version.as_bytes());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:web=\"{NAMESPACE}\">\
         <soapenv:Header/><soapenv:Body><web:consultaOperaciones><cadenaXML><![CDATA[<Messages>{version}\
         <Signature>{signature}</Signature><SignatureVersion>HMAC_SHA256_V1</SignatureVersion></Messages>]]></cadenaXML>\
         </web:consultaOperaciones></soapenv:Body></soapenv:Envelope>"
    )
}

/// `aaaa-MM-dd-HH.mm.ss.000000`, the bank's local time.
fn moment(at: &DateTime) -> String {
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}-{:02}.{:02}.{:02}.000000",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// The answer.
#[derive(Debug)]
pub(crate) enum Decoded {
    /// Signed rows: proved.
    Rows(Rows, vpos_core::Authentic),
    /// An error, which nobody signs.
    Error(String),
}

/// The rows of an answer, at least one, in the document they stand in.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) document: Document,
    pub(crate) places: Vec<usize>,
}

impl Rows {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Element<'_>> {
        self.places.iter().map(|place| self.document.element(*place))
    }
}

/// Reads the answer and checks its signature, over the literal text of `<Version…</Version>`, with the key of the order that
/// was asked about.
pub(crate) fn decode(contract: &Contract, order: &OperationNumber, document: &str) -> Result<Decoded, Error> {
    let envelope = Document::parse(document.trim_start_matches(BEFORE_XML), Reading::Strict)?;
    let response = envelope.root().child("Body")?.child("consultaOperacionesResponse")?;
    let text = response.child("consultaOperacionesReturn")?.content().trim();
    let document = Document::parse(text, Reading::Strict)?;
    let messages = document.root();
    if messages.name() != "Messages" {
        return Err(Error::malformed("consultaOperacionesReturn", "not messages"));
    }
    let signature = messages.optional_child("Signature")?.map(|element| element.content().trim().to_owned());
    let version = messages.child("Version")?;
    let message = version.child("Message")?;
    if let Some(error) = message.optional_child("ErrorMsg")? {
        let code = error.field("Ds_ErrorCode")?.ok_or_else(|| Error::malformed("Ds_ErrorCode", "missing"))?;
        return Ok(Decoded::Error(error_code(code)?));
    }
    let signature = signature.ok_or(Refusal::Signature)?;
    let signed = version.literal(text).as_bytes();
    let proof = signature::check(SignatureVersion::HmacSha256V1, &contract.key, order, signed, &signature)?;
    let places: Vec<_> = message.children().map(Element::place).collect();
    if places.is_empty() || message.children().any(|row| row.name() != "Response") {
        return Err(Error::malformed("Message", "not responses"));
    }
    Ok(Decoded::Rows(Rows { document, places }, proof))
}

/// An error code of the bank: letters and digits, few of them, so that it can be logged.
pub(crate) fn error_code(text: &str) -> Result<String, Error> {
    let fits = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits { Ok(text.to_owned()) } else { Err(Error::malformed(answer::ERROR_CODE, "not a code")) }
}
