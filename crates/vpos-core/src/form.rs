//! The form with which the buyer's browser goes to the bank.

use std::fmt;

use serde_json::Value;

use crate::WebAddress;

/// How the browser sends it. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "HTML forms have these two")]
pub enum FormMethod {
    /// The fields become the query.
    Get,
    /// The fields are the body.
    Post,
}

impl FormMethod {
    /// `GET` or `POST`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// An address and fields: as HTML page, as JSON for a script, or taken apart for your own template.
///
/// ```
/// use vpos_core::{FormMethod, PaymentForm, WebAddress};
///
/// let action = WebAddress::parse("action", "https://bank.example/pay")?;
/// let form = PaymentForm::new(action, FormMethod::Post, vec![("Text".into(), "\"><script>".into())]);
/// assert!(form.to_html().contains(r#"name="Text" value="&quot;&gt;&lt;script&gt;""#));
/// assert_eq!(form.to_json(), r#"{"action":"https://bank.example/pay","method":"POST","fields":{"Text":"\"><script>"}}"#);
/// # Ok::<(), vpos_core::Error>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct PaymentForm {
    action: WebAddress,
    method: FormMethod,
    fields: Vec<(String, String)>,
}

impl PaymentForm {
    /// Put together by a bank crate.
    pub const fn new(action: WebAddress, method: FormMethod, fields: Vec<(String, String)>) -> Self {
        Self { action, method, fields }
    }

    /// Where the browser sends it.
    pub fn action(&self) -> &str {
        self.action.as_str()
    }

    /// How.
    pub const fn method(&self) -> FormMethod {
        self.method
    }

    /// The fields, in the bank's order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// `{"action": "…", "method": "POST", "fields": {"name": "value", …}}`, for a script that builds and submits the form.
    pub fn to_json(&self) -> String {
        // written member by member: their order, and that of the fields, is part of what is documented
        let text = |text: &str| Value::from(text).to_string();
        let fields: Vec<String> = self.fields().map(|(name, value)| format!("{}:{}", text(name), text(value))).collect();
        let (action, method) = (text(self.action()), text(self.method.as_str()));
        format!(r#"{{"action":{action},"method":{method},"fields":{{{}}}}}"#, fields.join(","))
    }

    /// A whole HTML page that sends the form by itself, and by a button where the browser runs no script.
    pub fn to_html(&self) -> String {
        self.page("")
    }

    /// The same page for a site with a strict Content-Security-Policy: the script carries that nonce.
    pub fn to_html_with_nonce(&self, nonce: &str) -> String {
        self.page(&format!(" nonce=\"{}\"", escape_html(nonce)))
    }

    fn page(&self, script_attributes: &str) -> String {
        // the script calls the prototype's submit: a field named "submit" would hide the form's own
        let mut inputs = String::new();
        for (name, value) in self.fields() {
            inputs.push_str("<input type=\"hidden\" name=\"");
            inputs.push_str(&escape_html(name));
            inputs.push_str("\" value=\"");
            inputs.push_str(&escape_html(value));
            inputs.push_str("\">\n");
        }
        let (method, action) = (self.method.as_str(), escape_html(self.action()));
        format!(
            "<!DOCTYPE html>\n<html lang=\"es\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"origin\">\n\
             <title>Pago · Payment</title>\n</head>\n<body>\n\
             <form id=\"payment\" method=\"{method}\" action=\"{action}\" accept-charset=\"utf-8\">\n{inputs}\
             <button type=\"submit\">Ir a pagar · Go to payment</button>\n</form>\n\
             <script{script_attributes}>HTMLFormElement.prototype.submit.call(document.getElementById(\"payment\"));</script>\n</body>\n</html>\n"
        )
    }
}

/// Shows the address and the fields' names: their values may be the buyer's own, or a card's.
impl fmt::Debug for PaymentForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.fields().map(|(name, _)| name).collect();
        f.debug_struct("PaymentForm").field("action", &self.action()).field("fields", &names).finish_non_exhaustive()
    }
}

/// Text as it may stand in HTML, in an element or between double or single quotes.
///
/// ```
/// assert_eq!(vpos_core::escape_html("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
/// ```
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_script_and_a_button_send_it() {
        let action = WebAddress::parse("action", "https://bank.example/pay?a=1&b=2").unwrap();
        let form = PaymentForm::new(action, FormMethod::Get, vec![("a".into(), "1".into())]);
        let page = form.to_html_with_nonce("r4nd0m");
        assert!(page.contains("action=\"https://bank.example/pay?a=1&amp;b=2\""), "{page}");
        assert!(page.contains("<script nonce=\"r4nd0m\">") && page.contains("<button type=\"submit\">"), "{page}");
        assert_eq!(form.field("a"), Some("1"));
        let card = PaymentForm { fields: vec![("PAN".into(), "4548812049400004".into())], ..form };
        let shown = format!("{card:?}");
        assert!(shown.contains("PAN") && !shown.contains("4548"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_value_leaves_its_quotes(name in ".*", value in ".*") {
            let action = WebAddress::parse("action", "https://bank.example/pay").unwrap();
            let form = PaymentForm::new(action, FormMethod::Post, vec![(name, value)]);
            let page = form.to_html();
            let input = page.split("<input").nth(1).unwrap().split(">\n").next().unwrap();
            prop_assert_eq!(input.matches('"').count(), 6, "{}", input);
            prop_assert!(!input.contains('<') && !input.contains('>'), "{}", input);
        }
    }
}
