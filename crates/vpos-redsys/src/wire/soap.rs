//! The SOAP notification and its answer.
//!
//! Sources: the bank's Web Service manual 2.1 (DTD and WSDL of `InotificacionSIS`); npm redsys-easy 5.3 (recorded 1.1 and 1.2
//! messages); django-virtual-pos 1.7.1 (what the bank takes as an answer).

use vpos_core::{Authentic, Error, OperationNumber, Refusal};

use super::claim::Fields as _;
use super::names::answer;
use crate::config::Contract;
use crate::signature::{self, SignatureVersion};
use vpos_core::xml::{BEFORE_XML, Document, Element, Reading, escape};

/// The version of the envelope: the answer is in that of the message. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SoapVersion {
    V11,
    V12,
}

/// A SOAP notification, not believed.
#[derive(Debug)]
pub(crate) struct SoapMessage {
    version: SoapVersion,
    order: OperationNumber,
    /// `<Message>…</Message>` as it was inside the envelope.
    text: String,
    message: Document,
    /// The place of its request.
    request: usize,
    signature: String,
}

const V12_NAMESPACE: &str = "http://www.w3.org/2003/05/soap-envelope";

impl SoapMessage {
    /// Reads the envelope and the message inside, which stands there as escaped text (or as CDATA).
    pub(crate) fn parse(document: &str) -> Result<Self, Error> {
        let envelope = Document::parse(document.trim_start_matches(BEFORE_XML), Reading::Strict)?;
        if envelope.root().name() != "Envelope" {
            return Err(Error::malformed("SOAP", "not an envelope"));
        }
        let call = envelope.root().child("Body")?.child("procesaNotificacionSIS")?;
        let mut arguments = call.children();
        let (Some(argument), None) = (arguments.next(), arguments.next()) else {
            return Err(Error::malformed("SOAP", "not one argument"));
        };
        let text = argument.content().trim().to_owned();
        let message = Document::parse(&text, Reading::Strict)?;
        let root = message.root();
        if root.name() != "Message" || root.children().count() != 2 {
            return Err(Error::malformed("Message", "not a request and its signature"));
        }
        let signature = root.child("Signature")?.content().trim().to_owned();
        let request = root.child("Request")?;
        let order = request.required(answer::ORDER)?.parse();
        let order = order.map_err(|_| Error::malformed(answer::ORDER, "not an order number"))?;
        let version = if document.contains(V12_NAMESPACE) { SoapVersion::V12 } else { SoapVersion::V11 };
        let request = request.place();
        Ok(Self { version, order, text, message, request, signature })
    }

    pub(crate) const fn version(&self) -> SoapVersion {
        self.version
    }

    pub(crate) const fn order(&self) -> &OperationNumber {
        &self.order
    }

    /// The fields of the request.
    pub(crate) fn request(&self) -> Element<'_> {
        self.message.element(self.request)
    }

    /// The message as it came, for the evidence.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Checks the signature over the literal text of the request.
    pub(crate) fn check(&self, contract: &Contract) -> Result<Authentic, Refusal> {
        if !contract.accepts_soap() {
            return Err(Refusal::Signature);
        }
        let signed = self.request().literal(&self.text).as_bytes();
        signature::check(SignatureVersion::HmacSha256V1, &contract.key, &self.order, signed, &self.signature)
    }
}

/// The envelope that tells the bank to keep (OK) or to annul (KO) the payment, signed with the order's key. Without an order
/// it cannot be signed: the bank takes that as a no as well (9913).
pub(crate) fn reply(contract: &Contract, order: Option<&OperationNumber>, version: SoapVersion, keep: bool) -> String {
    let word = if keep { "OK" } else { "KO" };
    let response = format!("<Response Ds_Version=\"0.0\"><Ds_Response_Merchant>{word}</Ds_Response_Merchant></Response>");
    let sign = |order| signature::sign(SignatureVersion::HmacSha256V1, &contract.key, order, response.as_bytes());
    let signature = order.map(sign).unwrap_or_default();
    let message = escape(&format!("<Message>{response}<Signature>{signature}</Signature></Message>"));
    match version {
        SoapVersion::V11 => envelope_11(&message),
        SoapVersion::V12 => envelope_12(&message),
    }
}

/// As django-virtual-pos answers: the bank reads the one value by its place, whatever its name (rpc/encoded).
fn envelope_11(message: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><soap:Body>\
         <ns1:procesaNotificacionSISResponse xmlns:ns1=\"InotificacionSIS\" \
         soap:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\">\
         <result xsi:type=\"xsd:string\">{message}</result>\
         </ns1:procesaNotificacionSISResponse></soap:Body></soap:Envelope>"
    )
}

/// As redsys-easy 5.3 answers; `rpc:result` names the element with the value (SOAP 1.2 part 2, section 4.2.1).
fn envelope_12(message: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <soap12:Envelope xmlns:soap12=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:rpc=\"http://www.w3.org/2003/05/soap-rpc\"><soap12:Body>\
         <ns1:procesaNotificacionSISResponse xmlns:ns1=\"InotificacionSIS\" \
         soap12:encodingStyle=\"http://www.w3.org/2003/05/soap-encoding\"><rpc:result>return</rpc:result>\
         <return xsi:type=\"xsd:string\">{message}</return>\
         </ns1:procesaNotificacionSISResponse></soap12:Body></soap12:Envelope>"
    )
}
