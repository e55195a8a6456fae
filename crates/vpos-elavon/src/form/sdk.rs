//! The fields for the official JavaScript library, which wants them as one JSON object.
//!
//! Source: rxp-hpp-java 1.3.4, sample-json/hpp-request-valid.json and hpp-request-encoded-valid.json.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use vpos_core::PaymentForm;

/// How the values are written; the response's come back the same way. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the library knows these two")]
pub enum SdkValues {
    /// As they are.
    Plain,
    /// Each in Base64.
    Base64,
}

/// The form's fields as the official JavaScript library takes them: `RealexHpp.init("button", responseUrl, json)`, after
/// `RealexHpp.setHppUrl(form.action())`. Its response is posted as JSON in a field `hppResponse`, which `receive` reads.
///
/// ```
/// use vpos_core::{FormMethod, PaymentForm, WebAddress};
/// use vpos_elavon::{sdk_json, SdkValues};
///
/// let action = WebAddress::parse("action", "https://hpp.example/pay")?;
/// let form = PaymentForm::new(action, FormMethod::Post, vec![("ORDER_ID".into(), "OrderID".into())]);
/// assert_eq!(sdk_json(&form, SdkValues::Plain), r#"{"ORDER_ID":"OrderID"}"#);
/// assert_eq!(sdk_json(&form, SdkValues::Base64), r#"{"ORDER_ID":"T3JkZXJJRA=="}"#);
/// # Ok::<(), vpos_core::Error>(())
/// ```
pub fn sdk_json(form: &PaymentForm, values: SdkValues) -> String {
    let written = |value: &str| match values {
        SdkValues::Plain => value.to_owned(),
        SdkValues::Base64 => STANDARD.encode(value),
    };
    let members: Map<String, Value> = form.fields().map(|(name, value)| (name.to_owned(), written(value).into())).collect();
    Value::Object(members).to_string()
}
