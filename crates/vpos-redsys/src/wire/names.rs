//! The names of the fields, in the spelling in which we send them. The bank sends them in any case.
//!
//! Source: redirection manual 4.2, REST manual 4.0.1.

use std::cmp::Ordering;

/// Whether one of the names is there twice, compared without case. They are sorted, since a stranger may choose how many
/// there are.
pub(crate) fn is_one_twice<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable_by(|a, b| without_case(a, b));
    names.windows(2).any(|two| matches!(two, [a, b] if a.eq_ignore_ascii_case(b)))
}

/// An order in which names that differ in case alone are equal.
fn without_case(a: &str, b: &str) -> Ordering {
    let lower = |b: u8| b.to_ascii_lowercase();
    a.len().cmp(&b.len()).then_with(|| a.bytes().map(lower).cmp(b.bytes().map(lower)))
}

/// The three fields around the parameters.
pub(crate) const SIGNATURE_VERSION: &str = "Ds_SignatureVersion";
pub(crate) const MERCHANT_PARAMETERS: &str = "Ds_MerchantParameters";
pub(crate) const SIGNATURE: &str = "Ds_Signature";

/// What we send.
pub(crate) mod request {
    pub(crate) const AMOUNT: &str = "DS_MERCHANT_AMOUNT";
    pub(crate) const COF_INI: &str = "DS_MERCHANT_COF_INI";
    pub(crate) const COF_TXNID: &str = "DS_MERCHANT_COF_TXNID";
    pub(crate) const COF_TYPE: &str = "DS_MERCHANT_COF_TYPE";
    pub(crate) const CONSUMER_LANGUAGE: &str = "DS_MERCHANT_CONSUMERLANGUAGE";
    pub(crate) const CURRENCY: &str = "DS_MERCHANT_CURRENCY";
    pub(crate) const CUSTOMER_MAIL: &str = "DS_MERCHANT_CUSTOMER_MAIL";
    pub(crate) const CUSTOMER_MOBILE: &str = "DS_MERCHANT_CUSTOMER_MOBILE";
    pub(crate) const CUSTOMER_SMS_TEXT: &str = "DS_MERCHANT_CUSTOMER_SMS_TEXT";
    pub(crate) const CVV2: &str = "DS_MERCHANT_CVV2";
    pub(crate) const DIRECT_PAYMENT: &str = "DS_MERCHANT_DIRECTPAYMENT";
    pub(crate) const EMV3DS: &str = "DS_MERCHANT_EMV3DS";
    pub(crate) const EXCEP_SCA: &str = "DS_MERCHANT_EXCEP_SCA";
    pub(crate) const EXPIRY_DATE: &str = "DS_MERCHANT_EXPIRYDATE";
    pub(crate) const IDENTIFIER: &str = "DS_MERCHANT_IDENTIFIER";
    pub(crate) const MERCHANT_CODE: &str = "DS_MERCHANT_MERCHANTCODE";
    pub(crate) const MERCHANT_DATA: &str = "DS_MERCHANT_MERCHANTDATA";
    pub(crate) const MERCHANT_NAME: &str = "DS_MERCHANT_MERCHANTNAME";
    pub(crate) const MERCHANT_URL: &str = "DS_MERCHANT_MERCHANTURL";
    pub(crate) const ORDER: &str = "DS_MERCHANT_ORDER";
    pub(crate) const P2F_EXPIRY_DATE: &str = "DS_MERCHANT_P2F_EXPIRYDATE";
    pub(crate) const P2F_XML_DATA: &str = "DS_MERCHANT_P2F_XMLDATA";
    pub(crate) const PAN: &str = "DS_MERCHANT_PAN";
    pub(crate) const PAY_METHODS: &str = "DS_MERCHANT_PAYMETHODS";
    pub(crate) const PRODUCT_DESCRIPTION: &str = "DS_MERCHANT_PRODUCTDESCRIPTION";
    pub(crate) const TERMINAL: &str = "DS_MERCHANT_TERMINAL";
    pub(crate) const TITULAR: &str = "DS_MERCHANT_TITULAR";
    pub(crate) const TRANSACTION_TYPE: &str = "DS_MERCHANT_TRANSACTIONTYPE";
    pub(crate) const URL_KO: &str = "DS_MERCHANT_URLKO";
    pub(crate) const URL_OK: &str = "DS_MERCHANT_URLOK";
}

/// What the bank sends.
pub(crate) mod answer {
    pub(crate) const AMOUNT: &str = "Ds_Amount";
    pub(crate) const AUTHORISATION_CODE: &str = "Ds_AuthorisationCode";
    pub(crate) const CARD_NUMBER: &str = "Ds_Card_Number";
    /// REST answers spell it so.
    pub(crate) const CARD_NUMBER_REST: &str = "Ds_CardNumber";
    pub(crate) const COF_TXNID: &str = "Ds_Merchant_Cof_Txnid";
    pub(crate) const CURRENCY: &str = "Ds_Currency";
    pub(crate) const DATE: &str = "Ds_Date";
    pub(crate) const HOUR: &str = "Ds_Hour";
    pub(crate) const ERROR_CODE: &str = "errorCode";
    pub(crate) const ERROR_DESCRIPTION: &str = "errorCodeDescription";
    pub(crate) const IDENTIFIER: &str = "Ds_Merchant_Identifier";
    pub(crate) const MERCHANT_CODE: &str = "Ds_MerchantCode";
    pub(crate) const ORDER: &str = "Ds_Order";
    pub(crate) const PAYGOLD_URL: &str = "Ds_UrlPago2Fases";
    pub(crate) const RESPONSE: &str = "Ds_Response";
    pub(crate) const STATE: &str = "Ds_State";
    pub(crate) const TERMINAL: &str = "Ds_Terminal";
    pub(crate) const TRANSACTION_TYPE: &str = "Ds_TransactionType";
}

/// `Ds_Merchant_TransactionType` and `Ds_TransactionType` (redirection manual 4.2, table of operations).
pub(crate) mod transaction {
    pub(crate) const CHARGE: &str = "0";
    pub(crate) const PREAUTHORISE: &str = "1";
    pub(crate) const CAPTURE: &str = "2";
    pub(crate) const REFUND: &str = "3";
    pub(crate) const VOID: &str = "9";
    pub(crate) const PAYGOLD: &str = "15";
    pub(crate) const DELETE_REFERENCE: &str = "44";
    pub(crate) const VOID_REFUND: &str = "46";
}
