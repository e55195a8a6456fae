//! The three fields around the parameters: `Ds_SignatureVersion`, `Ds_MerchantParameters`, `Ds_Signature`.

use std::borrow::Cow;

use serde_json::{Map, Value};
use vpos_core::{Authentic, Error, OperationNumber, Refusal, is_one_twice};

use super::names::{MERCHANT_PARAMETERS, SIGNATURE, SIGNATURE_VERSION, answer, request};
use super::parameters::Parameters;
use crate::config::Contract;
use crate::signature::{self, SignatureVersion};

/// The bank's form has three.
const MOST_FIELDS: usize = 256;

/// A signed message of the bank, its parameters decoded but not believed.
#[derive(Debug)]
pub(crate) struct Envelope {
    version: String,
    /// The text that is signed, exactly as it came.
    parameters: String,
    signature: String,
    /// The same, decoded and read.
    members: Parameters,
    order: OperationNumber,
}

impl Envelope {
    /// Reads the fields of a form body or a query. With `only_ours` the fields of others (a shop's own query) may be there
    /// in any number.
    pub(crate) fn from_form(encoded: &[u8], only_ours: bool) -> Result<Self, Error> {
        let mut fields = Three::default();
        let mut seen: Vec<Cow<'_, str>> = Vec::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            fields.take(&name, value)?;
            if !only_ours {
                if seen.len() >= MOST_FIELDS {
                    return Err(Error::malformed("form", format!("more than {MOST_FIELDS} fields")));
                }
                seen.push(name);
            }
        }
        if is_one_twice(seen.iter().map(|name| &**name)) {
            return Err(Error::malformed("form", "a field is there twice"));
        }
        fields.finish()
    }

    /// Reads the members of a JSON object.
    pub(crate) fn from_object(object: &Parameters) -> Result<Self, Error> {
        let mut fields = Three::default();
        for (name, value) in object.iter() {
            fields.take(name, value)?;
        }
        fields.finish()
    }

    /// The number of the operation.
    pub(crate) const fn order(&self) -> &OperationNumber {
        &self.order
    }

    /// The version and the signature as they came, for the evidence.
    pub(crate) fn outer(&self) -> [(&'static str, &str); 2] {
        [(SIGNATURE_VERSION, &self.version), (SIGNATURE, &self.signature)]
    }

    /// The parameters.
    pub(crate) const fn members(&self) -> &Parameters {
        &self.members
    }

    /// Checks a notification's signature. Versions that the contract does not accept are refused: no downgrade.
    pub(crate) fn check(&self, contract: &Contract) -> Result<Authentic, Refusal> {
        self.check_version(contract, |version| contract.accepts(version))
    }

    /// Checks the signature of the answer to a REST call: the version in which we asked is always good.
    pub(crate) fn check_answer(&self, contract: &Contract) -> Result<Authentic, Refusal> {
        self.check_version(contract, |version| version == contract.rest_signature || contract.accepts(version))
    }

    fn check_version(&self, contract: &Contract, accepts: impl Fn(SignatureVersion) -> bool) -> Result<Authentic, Refusal> {
        let version: SignatureVersion = self.version.parse().map_err(|_| Refusal::Signature)?;
        if !accepts(version) {
            return Err(Refusal::Signature);
        }
        signature::check(version, &contract.key, &self.order, self.parameters.as_bytes(), &self.signature)
    }
}

/// The order number inside the parameters: the key of the signature depends on it, so it is read before anything is believed.
fn order(parameters: &Parameters) -> Result<OperationNumber, Error> {
    let order = match (parameters.text(answer::ORDER)?, parameters.text(request::ORDER)?) {
        (Some(order), None) | (None, Some(order)) => order,
        (None, None) => return Err(Error::malformed(answer::ORDER, "missing")),
        (Some(_), Some(_)) => return Err(Error::malformed(answer::ORDER, "is there twice")),
    };
    order.parse().map_err(|_| Error::malformed(answer::ORDER, "not an order number"))
}

/// The three fields while they are collected.
#[derive(Default)]
struct Three<'a> {
    version: Option<Cow<'a, str>>,
    parameters: Option<Cow<'a, str>>,
    signature: Option<Cow<'a, str>>,
}

impl<'a> Three<'a> {
    /// Takes a field when it is one of ours; their names come in any case.
    fn take(&mut self, name: &str, value: Cow<'a, str>) -> Result<(), Error> {
        let (known, place) = if name.eq_ignore_ascii_case(MERCHANT_PARAMETERS) {
            (MERCHANT_PARAMETERS, &mut self.parameters)
        } else if name.eq_ignore_ascii_case(SIGNATURE) {
            (SIGNATURE, &mut self.signature)
        } else if name.eq_ignore_ascii_case(SIGNATURE_VERSION) {
            (SIGNATURE_VERSION, &mut self.version)
        } else {
            return Ok(());
        };
        if place.replace(value).is_some() {
            return Err(Error::malformed(known, "is there twice"));
        }
        Ok(())
    }

    fn finish(self) -> Result<Envelope, Error> {
        let there =
            |name, field: Option<Cow<'_, str>>| field.map(Cow::into_owned).ok_or_else(|| Error::malformed(name, "missing"));
        let version = there(SIGNATURE_VERSION, self.version)?;
        let parameters = there(MERCHANT_PARAMETERS, self.parameters)?;
        let signature = there(SIGNATURE, self.signature)?;
        let bytes = signature::decode_base64(&parameters).ok_or_else(|| Error::malformed(MERCHANT_PARAMETERS, "not Base64"))?;
        let json = std::str::from_utf8(&bytes).map_err(|_| Error::malformed(MERCHANT_PARAMETERS, "not UTF-8"))?;
        let members = Parameters::parse(json)?;
        let order = order(&members)?;
        Ok(Envelope { version, parameters, signature, members, order })
    }
}

/// Our own parameters, encoded and signed: the three fields in their order.
pub(crate) fn seal(
    contract: &Contract,
    version: SignatureVersion,
    order: &OperationNumber,
    parameters: Map<String, Value>,
) -> [(&'static str, String); 3] {
    let encoded = version.encode_parameters(&Value::Object(parameters).to_string());
    let signature = signature::sign(version, &contract.key, order, encoded.as_bytes());
    [(SIGNATURE_VERSION, version.as_str().to_owned()), (MERCHANT_PARAMETERS, encoded), (SIGNATURE, signature)]
}
