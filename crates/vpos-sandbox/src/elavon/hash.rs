//! The hashes of the platform: what is joined for which message, hashed twice, the secret between.
//!
//! Recipes: banks/ELAVON.md, section 3, recomputed there from the samples of the official SDKs.

use sha1::Sha1;
use sha2::{Digest, Sha256};
use vpos_core::Secret;

/// Which function hashes all messages of an account.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the platform has these two")]
pub enum ElavonHash {
    /// SHA-1, what every account begins with.
    #[default]
    Sha1,
    /// SHA-256, on newer accounts.
    Sha256,
}

impl ElavonHash {
    /// The field of the page's form and response that carries the hash.
    pub(super) const fn page_field(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1HASH",
            Self::Sha256 => "SHA256HASH",
        }
    }

    /// The element of remote XML that carries the hash.
    pub(super) const fn element(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1hash",
            Self::Sha256 => "sha256hash",
        }
    }

    /// `h(h(parts joined by dots) + "." + secret)`, lower-case hex.
    pub(super) fn of(self, secret: &Secret, parts: &[&str]) -> String {
        let inner = self.hex(&parts.join("."));
        self.hex(&format!("{inner}.{}", secret.expose()))
    }

    fn hex(self, text: &str) -> String {
        match self {
            Self::Sha1 => hex(&Sha1::digest(text)),
            Self::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

/// What shows that the sender knows the rebate password: its SHA-1, whatever function the account's hashes have
/// (rxp-remote-java).
pub(super) fn of_rebate_password(password: &Secret) -> String {
    hex(&Sha1::digest(password.expose()))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn sha1(parts: &[&str], expected: &str) {
        assert_eq!(ElavonHash::Sha1.of(&Secret::new("mysecret"), parts), expected);
    }

    #[test]
    fn the_samples_of_the_official_sdks() {
        // rxp-hpp-java: request, with card storage, response
        sha1(&["20130814122239", "thestore", "ORD453-11", "29900", "EUR"], "cc72c08e529b3bc153481eda9533b815cef29de3");
        sha1(
            &["20130814122239", "thestore", "ORD453-11", "29900", "EUR", "newpayer1", "mycard1"],
            "4106afc4666c6145b623089b1ad4098846badba2",
        );
        sha1(
            &["20130814122239", "thestore", "ORD453-11", "00", "Successful", "3737468273643", "79347"],
            "f093a0b233daa15f2bf44888f4fe75cb652e7bf0",
        );
        // rxp-remote-java: settle, receipt-in, card-new, response
        sha1(
            &["20151204133035", "thestore", "e3cf94c6-f674-4f99-b4db-7541254a8767", "1000", "EUR", ""],
            "b2e110f78803ccb377e8f3f12730e41d0cb0ed66",
        );
        sha1(
            &["20160119171625", "thestore", "292af5fa-6cbc-43d5-b2f0-7fd134d78d95", "3000", "EUR", "bloggsj01"],
            "373a4a7ce0c2cf7613dee027112e66faf0233b6c",
        );
        let card = ["292af5fa-6cbc-43d5-b2f0-7fd134d78A99", "", "", "smithj01", "John Smith", "4988433008499991"];
        sha1(&[&["20160125165725", "thestore"][..], &card].concat(), "fb85da792353786fda1bf4ddeb665fedb728af20");
        sha1(
            &["20120926112654", "thestore", "ORD453-11", "00", "Successful", "3737468273643", "79347"],
            "368df010076481d47a21e777871012b62b976339",
        );
    }

    #[test]
    fn the_recorded_signatures() {
        let tables = crate::fixtures::signatures("elavon");
        assert!(tables.len() >= 6, "{}", tables.len());
        for table in tables {
            let text = |name: &str| table.get(name).and_then(toml::Value::as_str).unwrap_or_default();
            let fields = table.get("fields").and_then(toml::Value::as_table);
            let slot = |name: &str| fields.and_then(|fields| fields.get(name)?.as_str()).unwrap_or_default();
            let names: &[&str] = match text("scheme") {
                "hpp-request" if fields.is_none_or(|fields| !fields.contains_key("payerref")) => {
                    &["timestamp", "merchantid", "orderid", "amount", "currency"]
                }
                "hpp-request" => &["timestamp", "merchantid", "orderid", "amount", "currency", "payerref", "pmtref"],
                "hpp-response" | "response" => &["timestamp", "merchantid", "orderid", "result", "message", "pasref", "authcode"],
                "settle" | "receipt-in" => &["timestamp", "merchantid", "orderid", "amount", "currency", "payerref"],
                "card-cancel-card" => &["timestamp", "merchantid", "payerref", "cardref"],
                // these are not simulated
                _ => continue,
            };
            let mut parts: Vec<&str> = names.iter().map(|name| slot(name)).collect();
            parts.extend(Some(slot("mode")).filter(|mode| !mode.is_empty()));
            assert_eq!(ElavonHash::Sha1.of(&Secret::new(text("secret")), &parts), text("value"), "{}", text("scheme"));
        }
    }

    #[test]
    fn the_rebate_password_of_the_samples() {
        assert_eq!(of_rebate_password(&Secret::new("refund")), "b51118f58785274e117efe1bf99d4d50ccb96949");
    }

    #[test]
    fn the_other_function_is_another_hash() {
        let sha256 = ElavonHash::Sha256.of(&Secret::new("mysecret"), &["a", "b"]);
        assert_eq!(sha256.len(), 64);
        assert_ne!(ElavonHash::Sha256.of(&Secret::new("mysecret"), &["a", "c"]), sha256);
    }
}
