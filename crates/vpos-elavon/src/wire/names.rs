//! The names of the fields.
//!
//! Source: rxp-hpp-java 1.3.4 (`HppRequest`, `HppResponse`), rxp-remote-java (sample-xml).

use crate::signature::HashVersion;

/// Fields of the hosted page's form and of its response.
pub(crate) mod hpp {
    pub(crate) const ACCOUNT: &str = "ACCOUNT";
    pub(crate) const ADDRESS_MATCH: &str = "HPP_ADDRESS_MATCH_INDICATOR";
    pub(crate) const AMOUNT: &str = "AMOUNT";
    pub(crate) const AUTHCODE: &str = "AUTHCODE";
    pub(crate) const AUTO_SETTLE_FLAG: &str = "AUTO_SETTLE_FLAG";
    pub(crate) const BATCHID: &str = "BATCHID";
    pub(crate) const BILLING_CITY: &str = "HPP_BILLING_CITY";
    pub(crate) const BILLING_CO: &str = "BILLING_CO";
    pub(crate) const BILLING_CODE: &str = "BILLING_CODE";
    pub(crate) const BILLING_COUNTRY: &str = "HPP_BILLING_COUNTRY";
    pub(crate) const BILLING_POSTALCODE: &str = "HPP_BILLING_POSTALCODE";
    pub(crate) const BILLING_STATE: &str = "HPP_BILLING_STATE";
    pub(crate) const BILLING_STREET1: &str = "HPP_BILLING_STREET1";
    pub(crate) const BILLING_STREET2: &str = "HPP_BILLING_STREET2";
    pub(crate) const BILLING_STREET3: &str = "HPP_BILLING_STREET3";
    pub(crate) const CARD_PAYMENT_BUTTON: &str = "CARD_PAYMENT_BUTTON";
    pub(crate) const CARD_STORAGE_ENABLE: &str = "CARD_STORAGE_ENABLE";
    pub(crate) const CAVV: &str = "CAVV";
    pub(crate) const CHALLENGE_REQUEST: &str = "HPP_CHALLENGE_REQUEST_INDICATOR";
    pub(crate) const COMMENT1: &str = "COMMENT1";
    pub(crate) const COMMENT2: &str = "COMMENT2";
    pub(crate) const CURRENCY: &str = "CURRENCY";
    pub(crate) const CUSTOMER_EMAIL: &str = "HPP_CUSTOMER_EMAIL";
    pub(crate) const CUSTOMER_PHONE: &str = "HPP_CUSTOMER_PHONENUMBER_MOBILE";
    pub(crate) const CUST_NUM: &str = "CUST_NUM";
    pub(crate) const CVNRESULT: &str = "CVNRESULT";
    pub(crate) const DCC_ENABLE: &str = "DCC_ENABLE";
    pub(crate) const ECI: &str = "ECI";
    pub(crate) const FRAUDFILTER_MODE: &str = "HPP_FRAUDFILTER_MODE";
    pub(crate) const HPP_LANG: &str = "HPP_LANG";
    pub(crate) const HPP_RESPONSE: &str = "hppResponse";
    pub(crate) const HPP_VERSION: &str = "HPP_VERSION";
    pub(crate) const MERCHANT_ID: &str = "MERCHANT_ID";
    pub(crate) const MERCHANT_RESPONSE_URL: &str = "MERCHANT_RESPONSE_URL";
    pub(crate) const MESSAGE: &str = "MESSAGE";
    pub(crate) const OFFER_SAVE_CARD: &str = "OFFER_SAVE_CARD";
    pub(crate) const ORDER_ID: &str = "ORDER_ID";
    pub(crate) const PASREF: &str = "PASREF";
    pub(crate) const PAYER_EXIST: &str = "PAYER_EXIST";
    pub(crate) const PAYER_REF: &str = "PAYER_REF";
    pub(crate) const PMT_REF: &str = "PMT_REF";
    pub(crate) const PMT_SETUP: &str = "PMT_SETUP";
    pub(crate) const PROD_ID: &str = "PROD_ID";
    pub(crate) const RESULT: &str = "RESULT";
    pub(crate) const RETURN_TSS: &str = "RETURN_TSS";
    pub(crate) const SAVED_PAYER_REF: &str = "SAVED_PAYER_REF";
    pub(crate) const SAVED_PMT_REF: &str = "SAVED_PMT_REF";
    pub(crate) const SELECT_STORED_CARD: &str = "HPP_SELECT_STORED_CARD";
    pub(crate) const SHA1HASH: &str = "SHA1HASH";
    pub(crate) const SHA256HASH: &str = "SHA256HASH";
    pub(crate) const SHIPPING_CITY: &str = "HPP_SHIPPING_CITY";
    pub(crate) const SHIPPING_CO: &str = "SHIPPING_CO";
    pub(crate) const SHIPPING_CODE: &str = "SHIPPING_CODE";
    pub(crate) const SHIPPING_COUNTRY: &str = "HPP_SHIPPING_COUNTRY";
    pub(crate) const SHIPPING_POSTALCODE: &str = "HPP_SHIPPING_POSTALCODE";
    pub(crate) const SHIPPING_STATE: &str = "HPP_SHIPPING_STATE";
    pub(crate) const SHIPPING_STREET1: &str = "HPP_SHIPPING_STREET1";
    pub(crate) const SHIPPING_STREET2: &str = "HPP_SHIPPING_STREET2";
    pub(crate) const SHIPPING_STREET3: &str = "HPP_SHIPPING_STREET3";
    pub(crate) const TIMESTAMP: &str = "TIMESTAMP";
    pub(crate) const TSS: &str = "TSS";
    pub(crate) const VALIDATE_CARD_ONLY: &str = "VALIDATE_CARD_ONLY";
    pub(crate) const VAR_REF: &str = "VAR_REF";
    pub(crate) const XID: &str = "XID";

    /// What only the platform says, in a response. A field of the form would come back beside it under the same name.
    pub(crate) const ANSWERS: [&str; 15] = [
        AUTHCODE,
        BATCHID,
        CAVV,
        CVNRESULT,
        ECI,
        HPP_RESPONSE,
        MESSAGE,
        PASREF,
        PMT_SETUP,
        RESULT,
        SAVED_PAYER_REF,
        SAVED_PMT_REF,
        TSS,
        XID,
        "PAYER_SETUP",
    ];
}

/// Elements and attributes of remote XML.
pub(crate) mod xml {
    pub(crate) const ACCOUNT: &str = "account";
    pub(crate) const ADDRESS: &str = "address";
    pub(crate) const AMOUNT: &str = "amount";
    pub(crate) const AUTHCODE: &str = "authcode";
    #[cfg(feature = "pci")]
    pub(crate) const AUTHENTICATION_VALUE: &str = "authentication_value";
    pub(crate) const AUTOSETTLE: &str = "autosettle";
    pub(crate) const BATCHID: &str = "batchid";
    pub(crate) const CARD: &str = "card";
    #[cfg(feature = "pci")]
    pub(crate) const CHANNEL: &str = "channel";
    #[cfg(feature = "pci")]
    pub(crate) const CHNAME: &str = "chname";
    pub(crate) const CITY: &str = "city";
    pub(crate) const CODE: &str = "code";
    #[cfg(feature = "pci")]
    pub(crate) const COMMENT: &str = "comment";
    #[cfg(feature = "pci")]
    pub(crate) const COMMENTS: &str = "comments";
    pub(crate) const COMPANY: &str = "company";
    pub(crate) const COUNTRY: &str = "country";
    pub(crate) const COUNTY: &str = "county";
    pub(crate) const CURRENCY: &str = "currency";
    #[cfg(feature = "pci")]
    pub(crate) const CVN: &str = "cvn";
    pub(crate) const CVNRESULT: &str = "cvnresult";
    #[cfg(feature = "pci")]
    pub(crate) const DS_TRANS_ID: &str = "ds_trans_id";
    #[cfg(feature = "pci")]
    pub(crate) const ECI: &str = "eci";
    pub(crate) const EMAIL: &str = "email";
    #[cfg(feature = "pci")]
    pub(crate) const EXPDATE: &str = "expdate";
    pub(crate) const FIRSTNAME: &str = "firstname";
    pub(crate) const FLAG: &str = "flag";
    pub(crate) const HOME: &str = "home";
    #[cfg(feature = "pci")]
    pub(crate) const ID: &str = "id";
    pub(crate) const LINE1: &str = "line1";
    pub(crate) const LINE2: &str = "line2";
    pub(crate) const LINE3: &str = "line3";
    pub(crate) const MERCHANTID: &str = "merchantid";
    pub(crate) const MESSAGE: &str = "message";
    #[cfg(feature = "pci")]
    pub(crate) const MESSAGE_VERSION: &str = "message_version";
    pub(crate) const MOBILE: &str = "mobile";
    #[cfg(feature = "pci")]
    pub(crate) const MPI: &str = "mpi";
    #[cfg(feature = "pci")]
    pub(crate) const NUMBER: &str = "number";
    pub(crate) const ORDERID: &str = "orderid";
    pub(crate) const PASREF: &str = "pasref";
    pub(crate) const PAYER: &str = "payer";
    pub(crate) const PAYERREF: &str = "payerref";
    #[cfg(feature = "pci")]
    pub(crate) const PAYMENTDATA: &str = "paymentdata";
    pub(crate) const PAYMENTMETHOD: &str = "paymentmethod";
    pub(crate) const PHONENUMBERS: &str = "phonenumbers";
    pub(crate) const POSTCODE: &str = "postcode";
    #[cfg(feature = "pci")]
    pub(crate) const PRESIND: &str = "presind";
    pub(crate) const REASONCODE: &str = "reasoncode";
    pub(crate) const RECURRING: &str = "recurring";
    pub(crate) const REF: &str = "ref";
    pub(crate) const REFUNDHASH: &str = "refundhash";
    pub(crate) const REQUEST: &str = "request";
    pub(crate) const RESPONSE: &str = "response";
    pub(crate) const RESULT: &str = "result";
    pub(crate) const SEQUENCE: &str = "sequence";
    pub(crate) const SHA1HASH: &str = "sha1hash";
    pub(crate) const SHA256HASH: &str = "sha256hash";
    pub(crate) const SURNAME: &str = "surname";
    pub(crate) const TIMESTAMP: &str = "timestamp";
    pub(crate) const TITLE: &str = "title";
    pub(crate) const TYPE: &str = "type";
    pub(crate) const WORK: &str = "work";
}

/// What the platform puts before an order number that it speaks of in the answer to a settle, a void or a rebate, and by which
/// a query asks for the void and the rebate.
pub(crate) mod leg {
    pub(crate) const REBATE: &str = "_rebate_";
    pub(crate) const SETTLE: &str = "_settle_";
    pub(crate) const VOID: &str = "_void_";

    pub(crate) const ALL: [&str; 3] = [SETTLE, VOID, REBATE];
}

/// The kinds of request.
pub(crate) mod kind {
    #[cfg(feature = "pci")]
    pub(crate) const AUTH: &str = "auth";
    pub(crate) const CARD_CANCEL: &str = "card-cancel-card";
    #[cfg(feature = "pci")]
    pub(crate) const CARD_NEW: &str = "card-new";
    #[cfg(feature = "pci")]
    pub(crate) const CARD_UPDATE: &str = "card-update-card";
    pub(crate) const CREDIT: &str = "credit";
    pub(crate) const HOLD: &str = "hold";
    #[cfg(feature = "pci")]
    pub(crate) const OTB: &str = "otb";
    pub(crate) const PAYER_EDIT: &str = "payer-edit";
    pub(crate) const PAYER_NEW: &str = "payer-new";
    pub(crate) const QUERY: &str = "query";
    pub(crate) const REBATE: &str = "rebate";
    pub(crate) const RECEIPT_IN: &str = "receipt-in";
    pub(crate) const RECEIPT_IN_OTB: &str = "receipt-in-otb";
    pub(crate) const RELEASE: &str = "release";
    pub(crate) const SETTLE: &str = "settle";
    pub(crate) const VOID: &str = "void";
}

/// The form's field with the hash.
pub(crate) const fn hpp_hash(version: HashVersion) -> &'static str {
    match version {
        HashVersion::Sha1 => hpp::SHA1HASH,
        HashVersion::Sha256 => hpp::SHA256HASH,
    }
}

/// The element with the hash.
pub(crate) const fn xml_hash(version: HashVersion) -> &'static str {
    match version {
        HashVersion::Sha1 => xml::SHA1HASH,
        HashVersion::Sha256 => xml::SHA256HASH,
    }
}
