//! What came out of a case, and how it is compared with what was expected.

use std::collections::BTreeMap;

use serde_json::Value;
use vpos::core::{References, WebAddress};
use vpos::{Error, OperationState, PaymentForm, Reply};

use super::fixture::{ExpectTable, FormTable, ReplyTable};
use super::matching;

/// Facts by name.
pub(super) type Facts = BTreeMap<String, String>;

/// Everything that a case may expect something of.
#[derive(Default)]
pub(super) struct Got {
    pub(super) verified: Option<bool>,
    pub(super) refusal: Option<&'static str>,
    pub(super) outcome: Option<&'static str>,
    pub(super) code: Option<String>,
    pub(super) authorization: Option<String>,
    pub(super) state: Option<OperationState>,
    pub(super) references: References,
    pub(super) reply: Option<Reply>,
    pub(super) form: Option<PaymentForm>,
    pub(super) error: Option<Error>,
    /// What was wrong with the requests to the bank.
    pub(super) exchanges: Vec<String>,
    /// How many requests were sent.
    pub(super) sent: usize,
}

impl Got {
    /// A case that ended in an error of the API.
    pub(super) fn failed(error: Error) -> Self {
        Self { error: Some(error), ..Self::default() }
    }

    /// What was expected and what came, fact by fact; only what is expected is compared.
    pub(super) fn against(&self, expect: &ExpectTable) -> (Facts, Facts) {
        let mut facts = Comparison::default();
        facts.exchanges(self);
        facts.error(self, expect);
        if let Some(verified) = expect.verified {
            facts.compare("verified", &verified.to_string(), &self.verified.map(|b| b.to_string()).unwrap_or_default());
        }
        let state = self.state.map(OperationState::as_str);
        for (name, expected, got) in [
            ("refusal", &expect.refusal, self.refusal),
            ("outcome", &expect.outcome, self.outcome),
            ("code", &expect.code, self.code.as_deref()),
            ("authorization", &expect.authorization, self.authorization.as_deref()),
            ("state", &expect.state, state),
        ] {
            match expected {
                Some(expected) => facts.compare(name, expected, got.unwrap_or("none")),
                None => facts.note(name, got),
            }
        }
        for (name, expected) in &expect.references {
            let got = name.parse().ok().and_then(|name| self.references.get(name));
            facts.compare(&format!("references.{name}"), expected, got.unwrap_or("none"));
        }
        facts.reply(self.reply.as_ref(), &expect.reply);
        facts.form(self.form.as_ref(), &expect.form);
        (facts.expected, facts.got)
    }
}

#[derive(Default)]
struct Comparison {
    expected: Facts,
    got: Facts,
}

impl Comparison {
    fn compare(&mut self, name: &str, expected: &str, got: &str) {
        self.expected.insert(name.to_owned(), expected.to_owned());
        self.got.insert(name.to_owned(), got.to_owned());
    }

    /// A fact that nothing is expected of: shown, not compared.
    fn note(&mut self, name: &str, got: Option<&str>) {
        if let Some(got) = got {
            self.compare(name, got, got);
        }
    }

    fn exchanges(&mut self, got: &Got) {
        if !got.exchanges.is_empty() {
            self.compare("requests", "as listed", &got.exchanges.join("; "));
        }
    }

    /// An expected error is one of its kind, before anything is sent; an unexpected one is a failure of its own.
    fn error(&mut self, got: &Got, expect: &ExpectTable) {
        let expected = expect.error.as_deref().unwrap_or("none");
        match &got.error {
            None if expected == "none" => {}
            None => self.compare("error", expected, "none"),
            Some(error) if kind(error) == expected && got.sent == 0 => {
                self.compare("error", expected, expected);
                self.note("error text", Some(&error.to_string()));
            }
            Some(error) => self.compare("error", expected, &format!("{}, {} sent ({error})", kind(error), got.sent)),
        }
    }

    fn reply(&mut self, got: Option<&Reply>, expect: &ReplyTable) {
        let body = got.map(Reply::body).unwrap_or_default();
        if let Some(status) = expect.status {
            let got = got.map(|reply| reply.status().as_u16().to_string()).unwrap_or_default();
            self.compare("reply.status", &status.to_string(), &got);
        }
        if let Some(expected) = &expect.body {
            self.compare("reply.body", expected, body);
        }
        if let Some(expected) = &expect.location {
            let location = got.and_then(Reply::location).map(WebAddress::as_str);
            self.compare("reply.location", expected, location.unwrap_or("none"));
        }
        for part in &expect.contains {
            let there = got.is_some() && body.contains(part.as_str());
            self.compare(&format!("reply.contains {part:?}"), "true", &there.to_string());
        }
        for part in &expect.lacks {
            self.compare(&format!("reply.lacks {part:?}"), "true", &(!body.contains(part.as_str())).to_string());
        }
    }

    fn form(&mut self, got: Option<&PaymentForm>, expect: &FormTable) {
        let decoded = got.and_then(|form| matching::redsys_parameters(form.field("Ds_MerchantParameters")?));
        if let Some(action) = &expect.action {
            self.compare("form.action", action, got.map_or("none", PaymentForm::action));
        }
        if let Some(method) = &expect.method {
            self.compare("form.method", method, got.map_or("none", |form| form.method().as_str()));
        }
        for (name, expected) in &expect.fields {
            self.compare(&format!("form.{name}"), expected, got.and_then(|form| form.field(name)).unwrap_or("none"));
        }
        for (name, expected) in &expect.parameters {
            let got = decoded.as_ref().and_then(|decoded| decoded.get(name));
            self.compare(&format!("form.{name}"), &shown(expected), &got.map_or_else(|| "none".into(), shown));
        }
        for name in &expect.lacks {
            let field = got.and_then(|form| form.field(name)).map(str::to_owned);
            let there = field.or_else(|| decoded.as_ref().and_then(|decoded| decoded.get(name)).map(shown));
            self.compare(&format!("form.{name}"), "none", there.as_deref().unwrap_or("none"));
        }
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The format's word for an error.
pub(super) fn kind(error: &Error) -> &'static str {
    match error {
        Error::Config { .. } => "config",
        // an operation on which this cannot be done
        Error::Payment { .. } | Error::State(_) => "payment",
        Error::Malformed { .. } => "malformed",
        Error::Unsupported { .. } => "unsupported",
        Error::Refused(_) => "refused",
        Error::Bank { .. } => "bank",
        Error::Transport(_) => "transport",
        _ => "another",
    }
}
