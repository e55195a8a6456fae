//! Card data on the wire: the fields of an own card form, and the members of REST, encrypted where the contract has a key.
//!
//! Sources: the bank's `PrestaShop` module 1.1.1 (form), `active_merchant`'s `cecabank_json` (REST).

use std::fmt;

use aes::Aes256;
use cbc::Encryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use serde_json::{Map, Value};
use vpos_core::{Amount, Error, Secret};
use zeroize::Zeroizing;

use super::fields::{Fields, digits};
use super::names::{form, rest, value};
use crate::config::Encryption;
use crate::remote::card::{CardOptions, Recurrence, ScaExemption, Series, ThreeDs};
use crate::signature::{hex, unhex};

/// A card as the buyer typed it in the shop. Wiped from memory when dropped, shown by nothing.
#[derive(Clone)]
pub struct Card {
    number: Secret,
    /// `yyyymm`
    expiry: Secret,
    security_code: Option<Secret>,
}

impl Card {
    /// Reads a card: 13 to 19 digits, the month until which it is good, and 3 or 4 digits of security code when there are.
    ///
    /// ```
    /// use vpos_ceca::Card;
    ///
    /// let card = Card::new("5540500001000004", 2028, 12, Some("989"))?;
    /// assert_eq!(format!("{card:?}"), "Card([redacted])");
    /// # Ok::<(), vpos_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Payment`] naming the part, never showing it.
    pub fn new(number: &str, year: u16, month: u8, security_code: Option<&str>) -> Result<Self, Error> {
        if !digits(number) || !(13..=19).contains(&number.len()) {
            return Err(Error::payment("card.number", "not 13 to 19 digits"));
        }
        if !(2000..=2999).contains(&year) || !(1..=12).contains(&month) {
            return Err(Error::payment("card.expiry", "not a month"));
        }
        if security_code.is_some_and(|code| !digits(code) || !(3..=4).contains(&code.len())) {
            return Err(Error::payment("card.security_code", "not 3 or 4 digits"));
        }
        Ok(Self {
            number: Secret::new(number),
            expiry: Secret::new(format!("{year:04}{month:02}")),
            security_code: security_code.map(Secret::new),
        })
    }

    /// The fields of an own card form.
    pub(crate) fn push_to(&self, fields: &mut Fields) {
        fields.push(form::PAN, self.number.expose());
        fields.push(form::EXPIRY, self.expiry.expose());
        if let Some(code) = &self.security_code {
            fields.push(form::CVV, code.expose());
        }
        if !fields.has(form::CHOSEN) {
            fields.push(form::CHOSEN, value::SSL);
        }
    }

    /// The members of REST: in plain text over TLS, or encrypted.
    pub(crate) fn members(&self, encryption: Option<&Encryption>) -> Map<String, Value> {
        let mut members = Map::new();
        let mut insert = |name: &str, text: &str| members.insert(name.to_owned(), text.into());
        insert("pan", self.number.expose());
        insert("caducidad", self.expiry.expose());
        if let Some(code) = &self.security_code {
            insert(if self.is_american_express() { "csc" } else { "cvv2" }, code.expose());
        }
        let Some(encryption) = encryption else { return members };
        let plain = Zeroizing::new(Value::Object(members).to_string());
        let encrypted = encryption.encrypt(plain.as_bytes());
        Map::from_iter([("encryptedData".to_owned(), encrypted.into())])
    }

    /// ISO/IEC 7812: 34 and 37 are American Express.
    fn is_american_express(&self) -> bool {
        self.number.expose().starts_with("34") || self.number.expose().starts_with("37")
    }
}

impl CardOptions {
    /// The members of REST beside the card's.
    pub(crate) fn members(&self, amount: Amount) -> Result<Map<String, Value>, Error> {
        let mut members = Map::new();
        if let Some(exemption) = self.exemption {
            members.insert(EXEMPTION.to_owned(), exemption.as_str().into());
        }
        if let Some(three_ds) = &self.three_ds {
            // a text that holds an object, not an object
            let text = Value::Object(three_ds.members(self.exemption, amount)).to_string();
            members.insert("ThreeDsResponse".to_owned(), text.into());
        }
        if let Some(recurrence) = &self.recurrence {
            recurrence.push_to(&mut members)?;
        }
        Ok(members)
    }
}

impl ThreeDs {
    fn members(&self, exemption: Option<ScaExemption>, amount: Amount) -> Map<String, Value> {
        let amount = amount.minor_units().to_string();
        let members = [
            ("exemption_type", exemption.map(ScaExemption::as_str)),
            ("three_ds_version", self.version.as_deref()),
            ("directory_server_transaction_id", self.ds_transaction_id.as_deref()),
            ("acs_transaction_id", self.acs_transaction_id.as_deref()),
            ("authentication_response_status", self.status.as_deref()),
            ("three_ds_server_trans_id", self.server_transaction_id.as_deref()),
            ("ecommerce_indicator", self.eci.as_deref()),
            ("enrolled", self.enrolled.as_deref()),
            ("authentication_value", self.authentication_value.as_ref().map(Secret::expose)),
            ("amount", Some(amount.as_str())),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
    }
}

impl Recurrence {
    fn push_to(&self, members: &mut Map<String, Value>) -> Result<(), Error> {
        let mut insert = |name: &str, text: &str| members.insert(name.to_owned(), text.into());
        insert(EXEMPTION, ScaExemption::MerchantInitiated.as_str());
        insert("tipoCOF", self.kind.as_str());
        match &self.series {
            Series::First { until, every_days } => {
                insert("inicioRec", "S");
                if let Some((year, month)) = until {
                    if !(2000..=2999).contains(year) || !(1..=12).contains(month) {
                        return Err(Error::payment("recurrence.until", "not a month"));
                    }
                    insert("finRec", &format!("{year:04}{month:02}"));
                }
                if let Some(days) = every_days {
                    insert("frecRec", &days.to_string());
                }
            }
            Series::Later { network_transaction_id } => {
                insert("inicioRec", "N");
                if let Some(id) = network_transaction_id {
                    insert(rest::NETWORK_ID, id);
                }
            }
        }
        Ok(())
    }
}

/// `exencionSCA`
const EXEMPTION: &str = "exencionSCA";

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Card([redacted])")
    }
}

impl Encryption {
    /// Hex of AES-256-CBC with PKCS#7. The vector's digits are its bytes: '7' is 7.
    fn encrypt(&self, plain: &[u8]) -> String {
        let mut key = Zeroizing::new([0; 32]);
        unhex(self.key.expose(), key.as_mut_slice());
        let mut iv = [0; 16];
        for (to, from) in iv.iter_mut().zip(self.iv.expose().bytes()) {
            *to = from.wrapping_sub(b'0');
        }
        let cipher = Encryptor::<Aes256>::new((&*key).into(), &iv.into());
        hex(&cipher.encrypt_padded_vec::<Pkcs7>(plain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encryption() -> Encryption {
        let key = "00112233445566778899AABBCCDDEEFF00001133445566778899AABBCCDDEEFF";
        Encryption { key: Secret::new(key), iv: Secret::new("0000000000000001") }
    }

    #[test]
    fn encrypted_as_any_other_program_does() {
        // printf '{"pan":"1"}' | openssl enc -aes-256-cbc -K $key -iv 00000000000000000000000000000001 | xxd -p
        assert_eq!(encryption().encrypt(br#"{"pan":"1"}"#), "deb69b1660e9c33b31b0d5a9eeb01360");
    }

    #[test]
    fn the_members_of_a_card() {
        let card = Card::new("5540500001000004", 2028, 2, Some("989")).unwrap();
        let expected = serde_json::json!({ "caducidad": "202802", "cvv2": "989", "pan": "5540500001000004" });
        assert_eq!(Value::Object(card.members(None)), expected);
        let encrypted = card.members(Some(&encryption()));
        assert_eq!((encrypted.len(), encrypted["encryptedData"].as_str().unwrap().len() % 32), (1, 0));
        let express = Card::new("374245455400001", 2028, 12, Some("9899")).unwrap();
        assert_eq!(express.members(None)["csc"], "9899");
    }

    #[test]
    fn what_is_no_card_is_named_and_not_shown() {
        for (number, year, month, code, field) in [
            ("123456789012", 2028, 1, None, "card.number"),
            ("554050000100000x", 2028, 1, None, "card.number"),
            ("5540500001000004", 28, 1, None, "card.expiry"),
            ("5540500001000004", 2028, 13, None, "card.expiry"),
            ("5540500001000004", 2028, 1, Some("98"), "card.security_code"),
            ("5540500001000004", 2028, 1, Some("12a"), "card.security_code"),
        ] {
            let error = Card::new(number, year, month, code).unwrap_err();
            assert!(error.to_string().contains(field) && !error.to_string().contains(number), "{error}");
        }
    }
}
