//! What goes to the NVP API and what comes back: forms.
//!
//! Source: developer.paypal.com, NVP/SOAP API reference (one page a method); banks/PAYPAL.md, section 5.

pub(crate) mod names;
pub(crate) mod status;

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request};
use vpos_core::{Amount, Error, NOTIFICATION_LIMIT, OperationNumber, Refusal, is_one_twice, mask_pans};

use crate::config::Nvp;
use crate::wire::amount;
use names::{common, error, of};

/// More fields than any answer has: each item of a basket has some twenty, and ours has one item.
const MOST_FIELDS: usize = 512;

/// A call, without the credentials.
pub(crate) struct Call {
    fields: Vec<(Cow<'static, str>, String)>,
}

impl Call {
    pub(crate) fn new(method: &'static str) -> Self {
        Self { fields: Vec::new() }.with(common::METHOD, method)
    }

    /// With another field.
    #[must_use]
    pub(crate) fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// With an amount under that name, and its currency.
    pub(crate) fn with_amount(self, name: &'static str, currency: &'static str, amount: Amount) -> Result<Self, Error> {
        Ok(self.with(name, amount::text(amount)?).with(currency, amount.currency().code()))
    }

    /// Whether a field is set, in whatever case it is written.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// The request, with the credentials.
    pub(crate) fn request(&self, nvp: &Nvp) -> Result<Request<Vec<u8>>, Error> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.fields {
            body.append_pair(name, value);
        }
        body.append_pair(common::VERSION, &nvp.version);
        body.append_pair(common::USER, &nvp.username);
        body.append_pair(common::PWD, nvp.password.expose());
        body.append_pair(common::SIGNATURE, nvp.signature.expose());
        let mut request = Request::post(nvp.api.clone())
            .body(body.finish().into_bytes())
            .map_err(|_| Error::config("api_url", "not an address to post to"))?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        Ok(request)
    }
}

/// An answer. Names are compared as they are spelled; no field is there twice.
pub(crate) struct Answer {
    fields: Vec<(String, String)>,
}

/// What an answer says of the call as a whole. It says nothing of a payment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ack {
    /// `Success`, `SuccessWithWarning`.
    Good,
    /// `Failure`, `FailureWithWarning`: the call was not done.
    Failure,
    /// `PartialSuccess`, `Warning`, and any other word: nobody can tell.
    Other,
}

impl Ack {
    /// Only these words are known to be good or bad [banks/PAYPAL.md, section 5].
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "Success" | "SuccessWithWarning" => Self::Good,
            "Failure" | "FailureWithWarning" => Self::Failure,
            _ => Self::Other,
        }
    }
}

impl Answer {
    /// Reads a body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let fields = form("answer", body)?;
        let answer = Self { fields };
        answer.need(common::ACK)?;
        Ok(answer)
    }

    /// A field that is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn need(&self, name: &'static str) -> Result<&str, Error> {
        self.get(name).ok_or_else(|| Error::malformed(name, "missing"))
    }

    pub(crate) fn ack(&self) -> Ack {
        Ack::of(self.get(common::ACK).unwrap_or_default())
    }

    /// The error codes, the first one first.
    pub(crate) fn codes(&self) -> impl Iterator<Item = &str> {
        let digits = |code: &&str| (1..=10).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
        error::CODES.iter().filter_map(|name| self.get(name)).filter(digits)
    }

    /// PayPal's text for the first error, as it may be logged.
    pub(crate) fn message(&self) -> String {
        let told = self.get(error::LONG).or_else(|| self.get(error::SHORT)).unwrap_or_default();
        let told: String = told.chars().filter(|c| !c.is_control()).take(200).collect();
        mask_pans(&told).into_owned()
    }

    /// An amount and its currency.
    pub(crate) fn amount(&self, name: &'static str, currency: &'static str) -> Result<Amount, Error> {
        amount::parse(name, self.need(name)?, self.need(currency)?)
    }

    /// Checks that a field, where it is there, says what it must.
    pub(crate) fn same(&self, name: &str, expected: &str, refusal: Refusal) -> Result<(), Error> {
        match self.get(name) {
            Some(told) if told != expected => Err(refusal.into()),
            _ => Ok(()),
        }
    }

    /// Checks that a field is there and says what it must.
    pub(crate) fn need_same(&self, name: &'static str, expected: &str, refusal: Refusal) -> Result<(), Error> {
        self.need(name)?;
        self.same(name, expected, refusal)
    }

    /// Checks that our number stands in one of these fields at least, and no other in any.
    pub(crate) fn is_about(&self, number: &OperationNumber, names: &[&'static str]) -> Result<(), Error> {
        for name in names {
            self.same(name, number.as_str(), Refusal::Number)?;
        }
        let any = names.iter().any(|name| self.get(name).is_some());
        if any { Ok(()) } else { Err(Error::malformed(of::INVNUM, "missing")) }
    }
}

/// The fields of a form, none of them twice. Bytes that are no UTF-8 are replaced: they are in nothing that is compared.
pub(crate) fn form(what: &'static str, body: &[u8]) -> Result<Vec<(String, String)>, Error> {
    if body.len() > NOTIFICATION_LIMIT {
        return Err(Error::malformed(what, "above 64 KiB"));
    }
    let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().take(MOST_FIELDS + 1).collect();
    if fields.len() > MOST_FIELDS {
        return Err(Error::malformed(what, "more than 512 fields"));
    }
    if is_one_twice(fields.iter().map(|(name, _)| name.as_str())) {
        return Err(Error::malformed(what, "a field is there twice"));
    }
    Ok(fields)
}

/// A word of PayPal's, as it may be logged.
pub(crate) fn plain(word: &str) -> Box<str> {
    word.chars().filter(char::is_ascii_graphic).take(40).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_words_are_good() {
        for word in ["Success", "SuccessWithWarning"] {
            assert_eq!(Ack::of(word), Ack::Good);
        }
        for word in ["Failure", "FailureWithWarning"] {
            assert_eq!(Ack::of(word), Ack::Failure);
        }
        for word in ["PartialSuccess", "Warning", "success", "SUCCESS", "Success ", ""] {
            assert_eq!(Ack::of(word), Ack::Other, "{word}");
        }
    }

    #[test]
    fn what_is_no_answer() {
        let read = |body: &str| Answer::parse(body.as_bytes()).err().map(|error| error.to_string());
        assert_eq!(read("ACK=Success&TOKEN=EC-1"), None);
        assert_eq!(read("ACK=Success&ACK=Success").as_deref(), Some("malformed answer: a field is there twice"));
        assert_eq!(read("ACK=Success&Ack=Failure").as_deref(), Some("malformed answer: a field is there twice"));
        assert_eq!(read("ACK=Success&AC%4B=Failure").as_deref(), Some("malformed answer: a field is there twice"));
        for body in ["", "ACK=", "<html>502</html>", "{\"ACK\":\"Success\"}", "TOKEN=EC-1"] {
            assert_eq!(read(body).as_deref(), Some("malformed ACK: missing"), "{body}");
        }
        assert!(read(&"a".repeat(NOTIFICATION_LIMIT + 1)).is_some());
        let many: Vec<String> = (0..600).map(|n| format!("F{n}=1")).collect();
        assert_eq!(read(&many.join("&")).as_deref(), Some("malformed answer: more than 512 fields"));
    }

    #[test]
    fn codes_and_text() {
        let answer = Answer::parse(
            b"ACK=Failure&L_ERRORCODE0=10486&L_ERRORCODE1=10415&L_ERRORCODE2=x&L_LONGMESSAGE0=a%0A4548812049400004",
        );
        let answer = answer.unwrap();
        assert_eq!(answer.codes().collect::<Vec<_>>(), ["10486", "10415"]);
        assert_eq!(answer.message(), "a454881******0004");
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(bytes: Vec<u8>, text in "(ACK=[A-Za-z]{0,12}|&|=|%[0-9A-F]{0,2}|AMT=[0-9.,e-]{0,8}|CURRENCYCODE=EUR){0,12}") {
            for body in [&bytes[..], text.as_bytes()] {
                if let Ok(answer) = Answer::parse(body) {
                    let _ = (answer.ack(), answer.codes().count(), answer.message(), answer.amount("AMT", "CURRENCYCODE"));
                }
            }
        }

        #[test]
        fn what_is_written_is_read(value in "\\PC{0,40}") {
            let body = form_urlencoded::Serializer::new(String::new()).append_pair("ACK", "Success").append_pair("NOTE", &value).finish();
            let answer = Answer::parse(body.as_bytes()).unwrap();
            prop_assert_eq!(answer.get("NOTE").unwrap_or_default(), value);
        }
    }
}
