//! NVP: a form in, a form out; the credentials, the method, and how a no is said.
//!
//! Source: banks/PAYPAL.md, section 5 [N: NVP API Developer Guide, API Error Codes].

mod checkout;
mod ipn;
mod payments;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use vpos_core::{Amount, Timestamp};

use super::problem::Problem;
use super::{PaypalAccess, PaypalBank, moment, money};

/// The fields of a good answer.
type Fields = Vec<(String, String)>;

/// A no: a number and a long message.
struct Refused(String, &'static str);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let (number, message) = problem.number();
        Self(number.to_owned(), message)
    }
}

/// A call, read.
struct Call(Vec<(String, String)>);

impl Call {
    /// A field that is there, once, and says something.
    fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str());
        values.next().filter(|value| values.next().is_none() && !value.is_empty())
    }

    /// A field that must be there; else that number.
    fn required(&self, name: &str, number: &str, message: &'static str) -> Result<&str, Refused> {
        self.field(name).ok_or_else(|| Refused(number.to_owned(), message))
    }

    /// An amount of two decimals (or of none, where the currency has none) and its currency.
    fn amount(&self, name: &str, currency: &str) -> Result<Option<Amount>, Refused> {
        let Some(text) = self.field(name) else { return Ok(None) };
        // the reference's default currency
        let currency = self.field(currency).unwrap_or("USD");
        let read = money::read(text, currency).ok().filter(|amount| money::write(*amount) == text);
        read.map(Some).ok_or_else(|| refused("10401", "The amount is invalid."))
    }
}

fn refused(number: &str, message: &'static str) -> Refused {
    Refused(number.to_owned(), message)
}

/// Names and values of an answer.
fn fields<const N: usize>(fields: [(&str, &str); N]) -> Fields {
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

impl PaypalBank {
    pub(super) fn nvp(&mut self, request: &Request<Vec<u8>>, now: Timestamp) -> Response<Vec<u8>> {
        if request.method() != Method::POST {
            return plain(StatusCode::METHOD_NOT_ALLOWED, Vec::new());
        }
        let call = Call(form_urlencoded::parse(request.body()).into_owned().collect());
        let method = call.field("METHOD").unwrap_or_default().to_owned();
        let repeat = call.field("MSGSUBID").map(|id| (method.clone(), id.to_owned()));
        let known = repeat.as_ref().and_then(|repeat| self.submissions.get(repeat)).cloned();
        let done = match (self.credentials(&call), known) {
            (Err(refused), _) => Err(refused),
            (Ok(()), Some(fields)) => return self.answer_form("SuccessWithWarning", duplicate(fields), now),
            (Ok(()), None) => self.method(&method, &call, now),
        };
        match done {
            Ok(fields) => {
                if let Some(repeat) = repeat {
                    self.submissions.insert(repeat, fields.clone());
                }
                self.answer_form("Success", fields, now)
            }
            Err(Refused(number, message)) => self.answer_form("Failure", error(&number, message, "Error"), now),
        }
    }

    fn credentials(&self, call: &Call) -> Result<(), Refused> {
        let fits = match &self.merchant.access {
            PaypalAccess::Nvp { username, password, signature } => {
                call.field("USER") == Some(username)
                    && call.field("PWD") == Some(password.expose())
                    && call.field("SIGNATURE") == Some(signature.expose())
            }
            PaypalAccess::Rest { .. } => false,
        };
        if !fits {
            return Err(refused("10002", "Security header is not valid"));
        }
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let known = call.field("VERSION").is_some_and(number);
        if known { Ok(()) } else { Err(refused("10006", "Version is not supported")) }
    }

    fn method(&mut self, method: &str, call: &Call, now: Timestamp) -> Result<Fields, Refused> {
        match method {
            "SetExpressCheckout" => self.set_express_checkout(call, now),
            "GetExpressCheckoutDetails" => self.express_checkout_details(call, now),
            "DoExpressCheckoutPayment" => self.do_express_checkout(call, now),
            "DoCapture" => self.do_capture(call, now),
            "DoVoid" => self.do_void(call, now),
            "RefundTransaction" => self.refund_transaction(call, now),
            "GetTransactionDetails" => self.transaction_details(call),
            _ => Err(refused("81002", "Method Specified is not Supported")),
        }
    }

    fn answer_form(&mut self, ack: &str, fields: Fields, now: Timestamp) -> Response<Vec<u8>> {
        let correlation = format!("{:013x}", self.books.next());
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([
            ("TIMESTAMP", moment(now).as_str()),
            ("CORRELATIONID", &correlation),
            ("ACK", ack),
            ("VERSION", "95"),
            ("BUILD", "000000"),
        ]);
        plain(StatusCode::OK, form.extend_pairs(fields).finish().into_bytes())
    }
}

/// A `MSGSUBID` that was seen: nothing is done again, the first answer's fields come with 11607. That the answer is one of
/// success with a warning is seen in shops' reports of it [angelleye/paypal-woocommerce, pull request 1607].
fn duplicate(first: Fields) -> Fields {
    let mut fields = error("11607", "Duplicate Request for specified Message Submission ID.", "Warning");
    fields.extend(first);
    fields
}

fn error(number: &str, message: &str, severity: &str) -> Fields {
    let short = if number == "10002" { "Authentication/Authorization Failed" } else { "Transaction refused" };
    fields([("L_ERRORCODE0", number), ("L_SHORTMESSAGE0", short), ("L_LONGMESSAGE0", message), ("L_SEVERITYCODE0", severity)])
}

fn plain(status: StatusCode, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
