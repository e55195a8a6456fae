//! A case as it stands in its file. Unknown keys are errors.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Table;

/// Text values by name.
pub(super) type Texts = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fixture {
    pub(super) title: String,
    source: String,
    pub(super) bank: String,
    pub(super) kind: Kind,
    pub(super) now: Option<String>,
    pub(super) pos: Option<Table>,
    pub(super) operation: Option<OperationTable>,
    pub(super) payment: Option<PaymentTable>,
    pub(super) request: Option<RequestTable>,
    #[serde(default)]
    pub(super) exchange: Vec<ExchangeTable>,
    pub(super) signature: Option<SignatureTable>,
    pub(super) call: Option<CallTable>,
    #[serde(default)]
    pub(super) expect: ExpectTable,
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Signature,
    Form,
    Notification,
    Call,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OperationTable {
    pub(super) number: String,
    pub(super) amount: String,
    pub(super) currency: String,
    pub(super) sale: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) state: Option<String>,
    pub(super) refunded: Option<String>,
    pub(super) url_ok: Option<String>,
    pub(super) url_nok: Option<String>,
    #[serde(default)]
    pub(super) references: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentTable {
    pub(super) sale: String,
    pub(super) amount: String,
    pub(super) currency: String,
    pub(super) kind: Option<String>,
    pub(super) description: Option<String>,
    pub(super) url_ok: Option<String>,
    pub(super) url_nok: Option<String>,
    pub(super) notification_url: Option<String>,
    pub(super) language: Option<String>,
    #[serde(default)]
    pub(super) buyer: BuyerTable,
    #[serde(default)]
    pub(super) extra: Texts,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BuyerTable {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestTable {
    pub(super) method: Option<String>,
    pub(super) target: Option<String>,
    #[serde(default)]
    pub(super) headers: Texts,
    pub(super) body: Option<String>,
    pub(super) body_base64: Option<String>,
    pub(super) form: Option<Texts>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeTable {
    pub(super) method: Option<String>,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) headers: Texts,
    #[serde(default)]
    pub(super) form: Texts,
    pub(super) json: Option<serde_json::Value>,
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    pub(super) xml: Texts,
    pub(super) body: Option<String>,
    #[serde(default)]
    pub(super) response: ResponseTable,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResponseTable {
    pub(super) status: Option<u16>,
    #[serde(default)]
    pub(super) headers: Texts,
    pub(super) body: Option<String>,
    pub(super) body_base64: Option<String>,
    pub(super) lost: Option<LostWord>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LostWord {
    BeforeSend,
    AfterSend,
}

/// What is signed differs from scheme to scheme: each scheme takes its keys and refuses others.
#[derive(Deserialize)]
pub(super) struct SignatureTable {
    pub(super) scheme: String,
    pub(super) secret: Option<String>,
    pub(super) value: Option<String>,
    #[serde(flatten)]
    pub(super) signed: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallTable {
    pub(super) name: String,
    pub(super) amount: Option<String>,
    pub(super) reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectTable {
    pub(super) verified: Option<bool>,
    pub(super) refusal: Option<String>,
    pub(super) outcome: Option<String>,
    pub(super) code: Option<String>,
    pub(super) authorization: Option<String>,
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) references: Texts,
    #[serde(default)]
    pub(super) reply: ReplyTable,
    #[serde(default)]
    pub(super) form: FormTable,
    pub(super) error: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyTable {
    pub(super) status: Option<u16>,
    pub(super) body: Option<String>,
    #[serde(default)]
    pub(super) contains: Vec<String>,
    #[serde(default)]
    pub(super) lacks: Vec<String>,
    pub(super) location: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormTable {
    pub(super) action: Option<String>,
    pub(super) method: Option<String>,
    #[serde(default)]
    pub(super) fields: Texts,
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    pub(super) lacks: Vec<String>,
}

const REFUSALS: [&str; 10] =
    ["signature", "merchant", "terminal", "number", "amount", "currency", "type", "environment", "malformed", "stale"];
const OUTCOMES: [&str; 6] = ["approved", "declined", "pending", "cancelled", "unknown", "error"];
const ERRORS: [&str; 4] = ["config", "payment", "malformed", "unsupported"];

impl Fixture {
    /// What the types do not say: which tables a kind needs, and which words exist.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.source.is_empty() {
            return Err("source is empty".into());
        }
        let needed = match self.kind {
            Kind::Signature => [("[signature]", self.signature.is_some()), ("", true), ("", true)],
            Kind::Form => [("[pos]", self.pos.is_some()), ("[payment]", self.payment.is_some()), ("", true)],
            Kind::Notification => [("[pos]", self.pos.is_some()), ("[request]", self.request.is_some()), ("", true)],
            Kind::Call => {
                let stored = self.operation.is_some() || self.payment.is_some();
                [("[pos]", self.pos.is_some()), ("[call]", self.call.is_some()), ("[operation]", stored)]
            }
        };
        if let Some((table, _)) = needed.iter().find(|(_, there)| !there) {
            return Err(format!("missing table {table}"));
        }
        let words = [("refusal", &self.expect.refusal, &REFUSALS[..]), ("outcome", &self.expect.outcome, &OUTCOMES[..])];
        for (key, word, known) in words.into_iter().chain([("error", &self.expect.error, &ERRORS[..])]) {
            if word.as_ref().is_some_and(|word| !known.contains(&word.as_str())) {
                return Err(format!("expect.{key} is none of {known:?}"));
            }
        }
        Ok(())
    }
}
