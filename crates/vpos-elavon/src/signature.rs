//! Every hash of the platform, and nothing else: bytes in, [`Mac`] out.
//!
//! All have one recipe: `hex(H(hex(H(s)) + "." + secret))`, H being SHA-1 or SHA-256, hex in lower case, and `s` some fields
//! joined by dots; an absent field is empty but keeps its dot. Which fields, each function says.
//! Sources: rxp-hpp-java 1.3.4 and rxp-remote-java, whose samples were recomputed (fixtures/elavon).

use sha1::Sha1;
use sha2::{Digest, Sha256};
use vpos_core::{Authentic, Mac, Refusal, Secret};

/// The hash function of a contract. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[expect(clippy::exhaustive_enums, reason = "a new version must break every match")]
pub enum HashVersion {
    /// SHA-1, in fields named SHA1HASH: what contracts have unless they were changed.
    #[default]
    Sha1,
    /// SHA-256, in fields named SHA256HASH: newer accounts [globalpayments SDKs].
    Sha256,
}

/// What is hashed, by the names of remote XML. A function takes those that its message has; absent ones are empty.
///
/// No `Debug`: it may hold a card number.
#[derive(Clone, Copy, Default)]
#[expect(clippy::exhaustive_structs, reason = "filled in by the caller, field by field")]
#[expect(missing_debug_implementations, reason = "may hold a card number")]
pub struct Fields<'a> {
    /// `TIMESTAMP`, or the attribute of a document.
    pub timestamp: &'a str,
    /// `MERCHANT_ID`, `merchantid`.
    pub merchantid: &'a str,
    /// `ORDER_ID`, `orderid`.
    pub orderid: &'a str,
    /// Minor units; empty when the request has no amount.
    pub amount: &'a str,
    /// Three letters; empty when the amount has no currency attribute.
    pub currency: &'a str,
    /// The buyer in the vault. On the hosted page: given means that a card is stored or chosen.
    pub payerref: Option<&'a str>,
    /// The card in the vault that the hosted page makes.
    pub pmtref: Option<&'a str>,
    /// `HPP_FRAUDFILTER_MODE`.
    pub mode: Option<&'a str>,
    /// The result of an answer.
    pub result: &'a str,
    /// The message of an answer, exactly as it came.
    pub message: &'a str,
    /// The platform's id of the transaction.
    pub pasref: &'a str,
    /// The authorisation code.
    pub authcode: &'a str,
    /// The card number.
    pub number: &'a str,
    /// The card holder.
    pub chname: &'a str,
    /// The card in the vault.
    pub cardref: &'a str,
    /// mmyy.
    pub expdate: &'a str,
}

impl<'a> Fields<'a> {
    /// The six places of nearly every request, with what is in the last.
    const fn six(&self, last: &'a str) -> [&'a str; 6] {
        [self.timestamp, self.merchantid, self.orderid, self.amount, self.currency, last]
    }

    fn payer(&self) -> &'a str {
        self.payerref.unwrap_or_default()
    }
}

/// The hosted page's form: `ts.mid.oid.amount.currency`, then `.payerref.pmtref` when a card is stored or chosen, then the
/// fraud filter's `.mode` when there is one.
///
/// ```
/// use vpos_core::Secret;
/// use vpos_elavon::signature::{hex, hpp_request, Fields, HashVersion};
///
/// let fields = Fields {
///     timestamp: "20130814122239",
///     merchantid: "thestore",
///     orderid: "ORD453-11",
///     amount: "29900",
///     currency: "EUR",
///     ..Fields::default()
/// };
/// let mac = hpp_request(HashVersion::Sha1, &Secret::new("mysecret"), &fields);
/// assert_eq!(hex(&mac), "cc72c08e529b3bc153481eda9533b815cef29de3"); // the official SDK's own test
/// ```
pub fn hpp_request(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    let mut all = vec![fields.timestamp, fields.merchantid, fields.orderid, fields.amount, fields.currency];
    if fields.payerref.is_some() || fields.pmtref.is_some() {
        all.extend([fields.payer(), fields.pmtref.unwrap_or_default()]);
    }
    all.extend(fields.mode);
    parts(version, secret, &all)
}

/// The hosted page's response: `ts.mid.oid.result.message.pasref.authcode`.
pub fn hpp_response(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    response(version, secret, fields)
}

/// XML auth, credit with a card: `ts.mid.oid.amount.currency.cardnumber`.
pub fn auth(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    parts(version, secret, &fields.six(fields.number))
}

/// XML settle: `ts.mid.oid.amount.currency.`; each place mirrors the body, so `ts.mid.oid...` without an amount.
pub fn settle(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    parts(version, secret, &fields.six(""))
}

/// XML void, hold, release and query: `ts.mid.oid...`.
pub fn void(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    parts(version, secret, &[fields.timestamp, fields.merchantid, fields.orderid, "", "", ""])
}

/// XML rebate, credit without a card: `ts.mid.oid.amount.currency.`.
pub fn rebate(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    parts(version, secret, &fields.six(fields.number))
}

/// XML receipt-in: `ts.mid.oid.amount.currency.payerref`.
pub fn receipt_in(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    parts(version, secret, &fields.six(fields.payer()))
}

/// XML receipt-in-otb: `ts.mid.oid.payerref` [one source].
pub fn receipt_in_otb(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    parts(version, secret, &[fields.timestamp, fields.merchantid, fields.orderid, fields.payer()])
}

/// XML payer-new and payer-edit: `ts.mid.oid...payerref`.
pub fn payer_new(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    parts(version, secret, &fields.six(fields.payer()))
}

/// XML card-new: `ts.mid.oid...payerref.chname.cardnumber`.
pub fn card_new(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    let mut all = fields.six(fields.payer()).to_vec();
    all.extend([fields.chname, fields.number]);
    parts(version, secret, &all)
}

/// XML card-update-card: `ts.mid.payerref.cardref.expdate.cardnumber`.
pub fn card_update_card(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    let all = [fields.timestamp, fields.merchantid, fields.payer(), fields.cardref, fields.expdate, fields.number];
    parts(version, secret, &all)
}

/// XML card-cancel-card: `ts.mid.payerref.cardref`.
pub fn card_cancel_card(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    parts(version, secret, &[fields.timestamp, fields.merchantid, fields.payer(), fields.cardref])
}

/// XML otb: `ts.mid.oid.cardnumber` [the SDK's code; its sample's hash could not be recomputed].
pub fn otb(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    parts(version, secret, &[fields.timestamp, fields.merchantid, fields.orderid, fields.number])
}

/// Every XML answer but a query's: `ts.mid.oid.result.message.pasref.authcode`.
pub fn response(version: HashVersion, secret: &Secret, fields: &Fields<'_>) -> Mac {
    let Fields { timestamp, merchantid, orderid, result, message, pasref, authcode, .. } = *fields;
    parts(version, secret, &[timestamp, merchantid, orderid, result, message, pasref, authcode])
}

/// The recipe itself, over any parts.
pub fn parts(version: HashVersion, secret: &Secret, parts: &[&str]) -> Mac {
    match version {
        HashVersion::Sha1 => Mac::new::<20>(twice::<Sha1>(secret, parts).into()),
        HashVersion::Sha256 => Mac::new::<32>(twice::<Sha256>(secret, parts).into()),
    }
}

fn twice<D: Digest>(secret: &Secret, parts: &[&str]) -> sha2::digest::Output<D> {
    let mut inner = D::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            inner.update(b".");
        }
        inner.update(part.as_bytes());
    }
    let mut outer = D::new();
    outer.update(to_hex(&inner.finalize()).as_bytes());
    outer.update(b".");
    outer.update(secret.expose().as_bytes());
    outer.finalize()
}

/// `refundhash`, by which the sender of a rebate or a credit shows the rebate password: its SHA-1, whatever the contract's hash
/// [rxp-remote-java].
pub(crate) fn refund_hash(password: &Secret) -> String {
    to_hex(&Sha1::digest(password.expose()))
}

/// A hash as it travels.
pub fn hex(mac: &Mac) -> String {
    to_hex(mac.as_bytes())
}

/// Checks a hash that came with a message: lower-case hex, compared by its bytes in constant time.
///
/// # Errors
/// [`Refusal::Signature`].
pub fn check(expected: &Mac, received: &str) -> Result<Authentic, Refusal> {
    let mut bytes = [0; 32];
    let length = from_hex(received, &mut bytes).ok_or(Refusal::Signature)?;
    expected.check(bytes.get(..length).unwrap_or_default())
}

fn to_hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap_or_default()).collect()
}

/// The number of bytes; none for an odd, longer or upper-case text.
fn from_hex(text: &str, bytes: &mut [u8; 32]) -> Option<usize> {
    if !text.len().is_multiple_of(2) || text.len() > 64 {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    for (to, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *to = digit(*high)? << 4 | digit(*low)?;
    }
    Some(text.len() / 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret() -> Secret {
        Secret::new("mysecret")
    }

    #[test]
    fn absent_parts_keep_their_dots() {
        let fields = Fields {
            timestamp: "20151204142728",
            merchantid: "thestore",
            orderid: "012bf34b-3ec9-4c9b-b3a5-700f2f28e67f",
            ..Fields::default()
        };
        // rxp-remote-java sample-xml/void-payment-request-sample.xml
        assert_eq!(hex(&void(HashVersion::Sha1, &secret(), &fields)), "9f61456cce6c90dcc13281e6b95734f5b91e628f");
        assert_eq!(hex(&settle(HashVersion::Sha1, &secret(), &fields)), hex(&void(HashVersion::Sha1, &secret(), &fields)));
    }

    #[test]
    fn cards_of_the_vault() {
        let fields = Fields {
            timestamp: "20160127175725",
            merchantid: "thestore",
            payerref: Some("smithj01"),
            cardref: "visa01",
            ..Fields::default()
        };
        // rxp-remote-java sample-xml: card-delete, card-edit-replace-card
        assert_eq!(hex(&card_cancel_card(HashVersion::Sha1, &secret(), &fields)), "02ea36d7c32ad272aa275be2f4cae5dd4af18280");
        let fields = Fields { timestamp: "20160125175725", expdate: "0104", number: "4988433008499991", ..fields };
        assert_eq!(hex(&card_update_card(HashVersion::Sha1, &secret(), &fields)), "18eae35c4d680e945375a223ce026f1a74bc63f3");
    }

    #[test]
    fn the_other_function_is_another_hash() {
        let sha256 = parts(HashVersion::Sha256, &secret(), &["a", "b"]);
        assert_eq!(sha256.as_bytes().len(), 32);
        let sha1 = hex(&parts(HashVersion::Sha1, &secret(), &["a", "b"]));
        assert!(check(&sha256, &sha1).is_err());
        assert!(check(&sha256, &hex(&sha256)).is_ok());
    }

    proptest! {
        #[test]
        fn sign_then_check_holds_and_any_change_does_not(
            all in prop::collection::vec("[^.]*", 1..8), at: prop::sample::Index, sha256: bool,
        ) {
            let version = if sha256 { HashVersion::Sha256 } else { HashVersion::Sha1 };
            let texts: Vec<&str> = all.iter().map(String::as_str).collect();
            let hash = hex(&parts(version, &secret(), &texts));
            prop_assert!(check(&parts(version, &secret(), &texts), &hash).is_ok());
            let mut changed = all.clone();
            changed[at.index(all.len())].push('x');
            let texts: Vec<&str> = changed.iter().map(String::as_str).collect();
            prop_assert!(check(&parts(version, &secret(), &texts), &hash).is_err());
            let cut = &hash[..at.index(hash.len())];
            prop_assert!(check(&parts(version, &secret(), &texts), cut).is_err());
        }

        #[test]
        fn anything_can_be_checked(text in ".*", hexish in "[0-9A-F]{40}") {
            let expected = parts(HashVersion::Sha1, &secret(), &["x"]);
            prop_assert!(check(&expected, &text).is_err());
            prop_assert!(check(&expected, &hexish).is_err());
        }
    }
}
