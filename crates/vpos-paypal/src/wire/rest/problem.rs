//! An access token's answer, and the API's errors.

use http::StatusCode;
use serde_json::Value;
use vpos_core::{Error, mask_pans};

use super::{Object, names, objects, text};
use crate::wire::json;

/// A token, as PayPal gives it.
pub(crate) struct Grant {
    pub(crate) access_token: String,
    /// In seconds.
    pub(crate) expires_in: u32,
}

impl Grant {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let grant = json::object("answer", body)?;
        let token = text(&grant, "access_token")?.ok_or_else(|| Error::malformed("access_token", "missing"))?;
        if token.len() > 4_096 || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::malformed("access_token", "not a token"));
        }
        let seconds = grant.get("expires_in").and_then(Value::as_u64).unwrap_or_default();
        Ok(Self { access_token: token.to_owned(), expires_in: seconds.try_into().unwrap_or(u32::MAX) })
    }

    /// `error` and `error_description` of an answer that gives none.
    pub(crate) fn denial(body: &[u8]) -> Result<(String, String), Error> {
        let denial = json::object("answer", body)?;
        // other servers of PayPal's write the errors of the API here too
        let code = match text(&denial, "error")? {
            Some(code) => Some(code),
            None => text(&denial, "name")?,
        };
        let code = code.ok_or_else(|| Error::malformed("error", "missing"))?;
        Ok((shown(code), shown(text(&denial, "error_description")?.unwrap_or_default())))
    }
}

/// An error of the API: `{"name": …, "message": …, "details": [{"issue": …, "description": …}]}`.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The issue, where there is one, else the name.
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) status: StatusCode,
}

impl Problem {
    pub(crate) fn parse(status: StatusCode, body: &[u8]) -> Result<Self, Error> {
        let error = json::object("answer", body)?;
        let details = objects(&error, names::DETAILS)?;
        let of_detail = |name| details.iter().find_map(|detail: &&Object| text(detail, name).ok().flatten());
        let code = match of_detail(names::ISSUE) {
            Some(issue) => Some(issue),
            // the token's own errors look otherwise
            None => text(&error, "name")?.or(text(&error, "error")?),
        };
        let code = code.ok_or_else(|| Error::malformed("name", "missing"))?;
        let message = of_detail("description").or(text(&error, "message")?).unwrap_or_default();
        Ok(Self { code: shown(code), message: shown(message), status })
    }

    pub(crate) fn is_one_of(&self, issues: &[&str]) -> bool {
        issues.contains(&self.code.as_str())
    }
}

/// PayPal's own text, as it may be logged.
fn shown(text: &str) -> String {
    let told: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    mask_pans(&told).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issue_is_the_code() {
        let parse = |body: &str| Problem::parse(StatusCode::UNPROCESSABLE_ENTITY, body.as_bytes());
        let of = |body: &str| parse(body).map(|problem| problem.code).unwrap_or_default();
        assert_eq!(of(r#"{"name":"UNPROCESSABLE_ENTITY","details":[{"issue":"INSTRUMENT_DECLINED"}]}"#), "INSTRUMENT_DECLINED");
        assert_eq!(of(r#"{"name":"RESOURCE_NOT_FOUND","details":[]}"#), "RESOURCE_NOT_FOUND");
        assert_eq!(of(r#"{"error":"invalid_token"}"#), "invalid_token");
        assert_eq!(of("{}"), "");
        assert_eq!(of("<html>"), "");
    }

    #[test]
    fn a_denial_is_read() {
        let (code, message) =
            Grant::denial(br#"{"error":"invalid_client","error_description":"Client Authentication failed"}"#).unwrap();
        assert_eq!((code.as_str(), message.as_str()), ("invalid_client", "Client Authentication failed"));
        assert!(Grant::denial(b"{}").is_err());
        assert!(Grant::parse(br#"{"access_token":"A B"}"#).is_err());
    }
}
