//! Contracts, operations and messages of the bank, each made in a call.

use serde_json::{Map, Value};
use vpos_core::http::{Request, Response};
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Amount, Confirmation, Currency, Environment, Error, Exchange, Lost, OperationNumber, Payment, PaymentKind, PointOfSale as _,
    Secret, Timestamp,
};
use vpos_redsys::signature::{Key, SignatureVersion, check, sign};
use vpos_redsys::{Config, NotificationKind, Redsys};

/// The bank's public test key.
pub(crate) const KEY: &str = "sq7HjrUOBfKmC576ILgskD5srU870gJ7";

/// The number of every operation here.
pub(crate) const ORDER: &str = "0726qI3H7sZx";

pub(crate) const VERSIONS: [SignatureVersion; 3] =
    [SignatureVersion::HmacSha256V1, SignatureVersion::HmacSha512V1, SignatureVersion::HmacSha512V2];

/// Names and texts of a message, in their order.
pub(crate) type Fields = Vec<(String, String)>;

pub(crate) fn key() -> Key {
    Key::parse(&Secret::new(KEY)).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// The public test contract under that version for everything.
pub(crate) fn redsys(version: SignatureVersion) -> Redsys {
    let mut config = Config::new(Environment::Test, "999008881", 1, Secret::new(KEY));
    config.signature = version;
    config.rest_signature = Some(version);
    Redsys::new(config).unwrap()
}

/// The contract of a terminal that notifies by SOAP.
pub(crate) fn soap_redsys() -> Redsys {
    let mut config = Config::new(Environment::Test, "999008881", 1, Secret::new(KEY));
    config.signature = SignatureVersion::HmacSha256V1;
    config.notification = NotificationKind::Soap;
    Redsys::new(config).unwrap()
}

pub(crate) fn euros(minor: u64) -> Amount {
    Amount::from_minor(minor, Currency::EUR)
}

/// A pending sale of 49.99 EUR.
pub(crate) fn sale(redsys: &Redsys) -> Operation {
    operation(redsys, PaymentKind::Sale, euros(4_999))
}

pub(crate) fn operation(redsys: &Redsys, kind: PaymentKind, amount: Amount) -> Operation {
    let payment = Payment::builder("PED-17", amount).kind(kind).build().unwrap();
    Operation::new(redsys.acceptor().clone(), ORDER.parse().unwrap(), &payment)
}

/// The same operation in another state.
pub(crate) fn in_state(operation: &Operation, state: OperationState) -> Operation {
    let mut record = operation.record().clone();
    record.state = state;
    Operation::from_record(record).unwrap()
}

/// What the bank says of a charge of 49.99 EUR that it approved.
pub(crate) fn paid() -> Fields {
    fields(&[
        ("Ds_Date", "22%2F10%2F2025"),
        ("Ds_Hour", "16%3A57"),
        ("Ds_SecurePayment", "1"),
        ("Ds_Amount", "4999"),
        ("Ds_Currency", "978"),
        ("Ds_Order", ORDER),
        ("Ds_MerchantCode", "999008881"),
        ("Ds_Terminal", "001"),
        ("Ds_Response", "0000"),
        ("Ds_TransactionType", "0"),
        ("Ds_AuthorisationCode", "501602"),
    ])
}

pub(crate) fn fields(all: &[(&str, &str)]) -> Fields {
    all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// The same with other texts for some names; a name that is not there is added.
pub(crate) fn with(mut fields: Fields, changes: &[(&str, &str)]) -> Fields {
    for (name, text) in changes {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => (*text).clone_into(known),
            None => fields.push(((*name).to_owned(), (*text).to_owned())),
        }
    }
    fields
}

/// A JSON object of texts, in that order, doubles and all.
pub(crate) fn json(fields: &Fields) -> String {
    let text = |text: &str| Value::from(text).to_string();
    let members: Vec<_> = fields.iter().map(|(name, value)| format!("{}:{}", text(name), text(value))).collect();
    format!("{{{}}}", members.join(","))
}

pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The three fields around a text, signed with the key of that order.
pub(crate) fn sealed(version: SignatureVersion, order: &str, text: &str) -> Fields {
    let parameters = base64(text);
    let signature = signature(version, order, &parameters);
    fields(&[("Ds_SignatureVersion", version.as_str()), ("Ds_MerchantParameters", &parameters), ("Ds_Signature", &signature)])
}

pub(crate) fn signature(version: SignatureVersion, order: &str, message: &str) -> String {
    sign(version, &key(), &order.parse().unwrap(), message.as_bytes())
}

pub(crate) fn encoded(fields: &Fields) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

pub(crate) fn post(body: impl Into<Vec<u8>>) -> Request<Vec<u8>> {
    Request::post("/aviso").body(body.into()).unwrap()
}

/// The bank's post about that order, signed.
pub(crate) fn notification(version: SignatureVersion, message: &Fields) -> Request<Vec<u8>> {
    post(encoded(&sealed(version, ORDER, &json(message))))
}

/// From bytes to a confirmation, or the error on the way.
pub(crate) fn confirm(redsys: &Redsys, operation: &Operation, request: &Request<Vec<u8>>) -> Result<Confirmation, Error> {
    let notification = redsys.receive(request)?;
    redsys.verify(&notification, operation, now())?.local()
}

/// Elements of XML, escaped as XML wants it.
pub(crate) fn elements(fields: &Fields) -> String {
    let one = |(name, text): &(String, String)| format!("<{name}>{}</{name}>", escaped(text));
    fields.iter().map(one).collect::<Vec<_>>().concat()
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The bank's SOAP call, signed.
pub(crate) fn soap(message: &Fields) -> Request<Vec<u8>> {
    let request = format!("<Request Ds_Version='0.0'>{}</Request>", elements(message));
    let signature = signature(SignatureVersion::HmacSha256V1, ORDER, &request);
    soap_of(&format!("<Message>{request}<Signature>{signature}</Signature></Message>"))
}

/// The envelope of a SOAP 1.1 call around a message.
pub(crate) fn soap_of(message: &str) -> Request<Vec<u8>> {
    post(format!(
        "<?xml version='1.0'?><s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>\
         <n:procesaNotificacionSIS xmlns:n='InotificacionSIS'><XML>{}</XML></n:procesaNotificacionSIS></s:Body></s:Envelope>",
        escaped(message)
    ))
}

/// The answer to a REST call about that order, signed.
pub(crate) fn rest_answer(version: SignatureVersion, message: &Fields) -> Response<Vec<u8>> {
    Response::new(json(&sealed(version, ORDER, &json(message))).into_bytes())
}

/// The answer to a query: these rows, signed with the key of that order.
pub(crate) fn query_answer(rows: &[Fields]) -> Response<Vec<u8>> {
    let rows: Vec<_> = rows.iter().map(|row| format!("<Response>{}</Response>", elements(row))).collect();
    let version = format!("<Version Ds_Version=\"0.0\"><Message>{}</Message></Version>", rows.concat());
    let signature = signature(SignatureVersion::HmacSha256V1, ORDER, &version);
    query_answer_of(&format!("<Messages>{version}<Signature>{signature}</Signature></Messages>"))
}

/// The envelope around an answer.
pub(crate) fn query_answer_of(messages: &str) -> Response<Vec<u8>> {
    let body = format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><p:consultaOperacionesResponse \
         xmlns:p='http://webservices.apl02.redsys.es'><consultaOperacionesReturn>{}</consultaOperacionesReturn>\
         </p:consultaOperacionesResponse></s:Body></s:Envelope>",
        escaped(messages)
    );
    Response::new(body.into_bytes())
}

/// Hands an exchange its answer, or the loss of it.
pub(crate) fn answered<T: 'static>(exchange: Exchange<T>, answer: Result<Response<Vec<u8>>, Lost>) -> Result<T, Error> {
    match exchange {
        Exchange::Done(_) => panic!("there was nothing to ask"),
        Exchange::Ask(ask) => ask.split().2.with(answer)?.local(),
    }
}

/// What an exchange sends.
pub(crate) fn request<T: 'static>(exchange: Exchange<T>) -> Request<Vec<u8>> {
    match exchange {
        Exchange::Done(_) => panic!("there was nothing to ask"),
        Exchange::Ask(ask) => ask.split().0,
    }
}

/// The parameters of a REST call that we send, their signature checked.
pub(crate) fn parameters<T: 'static>(exchange: Exchange<T>) -> Map<String, Value> {
    let request = request(exchange);
    assert_eq!(request.uri(), "https://sis-t.redsys.es:25443/sis/rest/trataPeticionREST");
    let body: Map<String, Value> = serde_json::from_slice(request.body()).unwrap();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    opened(&text("Ds_SignatureVersion"), &text("Ds_MerchantParameters"), &text("Ds_Signature"))
}

/// The parameters inside the three fields, their signature checked.
pub(crate) fn opened(version: &str, parameters: &str, signature: &str) -> Map<String, Value> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let version: SignatureVersion = version.parse().unwrap();
    let engine = if version == SignatureVersion::HmacSha512V2 { URL_SAFE_NO_PAD } else { STANDARD };
    let object: Map<String, Value> = serde_json::from_slice(&engine.decode(parameters).unwrap()).unwrap();
    let order: OperationNumber = object["DS_MERCHANT_ORDER"].as_str().unwrap().parse().unwrap();
    check(version, &key(), &order, parameters.as_bytes(), signature).unwrap();
    object
}
