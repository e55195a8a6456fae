//! What the remote interface answers: `<response timestamp="…">`, signed, or a basic error, which nobody signs.
//!
//! Source: rxp-remote-java sample-xml (payment-response-sample, -full-error-sample, -basic-error-sample).

use vpos_core::xml::{BEFORE_XML, Document, Reading, decode};
use vpos_core::{Authentic, Error, Refusal};

use super::names::{xml, xml_hash};
use crate::config::Contract;
use crate::signature::{self, Fields};

/// The elements that are read, exactly as they came: the hash is over them. `None` of the hash: a basic error.
///
/// No `Debug`: others' data.
#[derive(Default)]
pub(crate) struct RemoteAnswer {
    timestamp: String,
    merchant: String,
    account: Option<String>,
    order: String,
    result: String,
    message: String,
    pasref: String,
    authcode: String,
    cvn: String,
    batch: String,
    hash: Option<String>,
    /// Some hash of another version is there.
    foreign_hash: bool,
}

impl RemoteAnswer {
    /// Reads a document. Stray ampersands occur in texts [`active_merchant`'s tests].
    pub(crate) fn parse(contract: &Contract, body: &[u8]) -> Result<Self, Error> {
        let text = decode(body)?;
        let read = Document::parse(text.trim_start_matches(BEFORE_XML), Reading::StrayAmpersands)?;
        let root = read.root();
        if root.name() != xml::RESPONSE {
            return Err(Error::malformed(xml::RESPONSE, "another element"));
        }
        let optional = |name| Ok::<_, Error>(root.optional_child(name)?.map(|child| child.content().to_owned()));
        let child = |name| Ok::<_, Error>(optional(name)?.unwrap_or_default());
        let hash = optional(xml_hash(contract.hash))?;
        let any_hash = [xml::SHA1HASH, xml::SHA256HASH].map(|name| optional(name).ok().flatten().is_some());
        Ok(Self {
            timestamp: root.attribute(xml::TIMESTAMP).unwrap_or_default().to_owned(),
            merchant: child(xml::MERCHANTID)?,
            account: optional(xml::ACCOUNT)?,
            order: child(xml::ORDERID)?,
            result: child(xml::RESULT)?,
            message: child(xml::MESSAGE)?,
            pasref: child(xml::PASREF)?,
            authcode: child(xml::AUTHCODE)?,
            cvn: child(xml::CVNRESULT)?,
            batch: child(xml::BATCHID)?,
            foreign_hash: hash.is_none() && any_hash.contains(&true),
            hash,
        })
    }

    /// Whether it is a basic error: no hash of any kind.
    pub(crate) const fn is_basic(&self) -> bool {
        self.hash.is_none() && !self.foreign_hash
    }

    /// Checks the hash, over the elements as they came.
    pub(crate) fn check(&self, contract: &Contract) -> Result<Authentic, Refusal> {
        let received = self.hash.as_deref().ok_or(Refusal::Signature)?;
        let fields = Fields {
            timestamp: &self.timestamp,
            merchantid: &self.merchant,
            orderid: &self.order,
            result: &self.result,
            message: &self.message,
            pasref: &self.pasref,
            authcode: &self.authcode,
            ..Fields::default()
        };
        signature::check(&signature::response(contract.hash, &contract.secret, &fields), received)
    }

    /// The result: two or three digits.
    pub(crate) fn code(&self) -> Result<&str, Error> {
        code(self.result.trim(), xml::RESULT)
    }

    /// The text for people.
    pub(crate) fn message(&self) -> &str {
        self.message.trim()
    }

    pub(crate) fn merchant(&self) -> &str {
        self.merchant.trim()
    }

    /// The account; none when there is no such element.
    pub(crate) fn account(&self) -> Option<&str> {
        self.account.as_deref().map(str::trim)
    }

    pub(crate) fn order(&self) -> &str {
        self.order.trim()
    }

    pub(crate) fn pasref(&self) -> &str {
        self.pasref.trim()
    }

    pub(crate) fn authcode(&self) -> &str {
        self.authcode.trim()
    }

    /// How the issuer judged the card's security code.
    pub(crate) fn cvn_result(&self) -> &str {
        self.cvn.trim()
    }

    /// The batch: -1 or 0 while it is not settled, positive once it is; none on declines.
    pub(crate) fn batch(&self) -> Option<i64> {
        self.batch.trim().parse().ok()
    }
}

/// A result code: two or three digits.
pub(crate) fn code<'a>(text: &'a str, field: &'static str) -> Result<&'a str, Error> {
    let fits = (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { Ok(text) } else { Err(Error::malformed(field, "not two or three digits")) }
}
