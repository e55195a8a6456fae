//! The names of the methods and fields.

/// `METHOD`.
pub(crate) mod method {
    pub(crate) const BEGIN: &str = "SetExpressCheckout";
    pub(crate) const CAPTURE: &str = "DoCapture";
    pub(crate) const CHARGE: &str = "DoExpressCheckoutPayment";
    pub(crate) const DETAILS: &str = "GetExpressCheckoutDetails";
    pub(crate) const REAUTHORISE: &str = "DoReauthorization";
    pub(crate) const REFUND: &str = "RefundTransaction";
    pub(crate) const TRANSACTION: &str = "GetTransactionDetails";
    pub(crate) const VOID: &str = "DoVoid";
}

/// In every call or every answer.
pub(crate) mod common {
    pub(crate) const ACK: &str = "ACK";
    pub(crate) const METHOD: &str = "METHOD";
    pub(crate) const PWD: &str = "PWD";
    pub(crate) const SIGNATURE: &str = "SIGNATURE";
    pub(crate) const USER: &str = "USER";
    pub(crate) const VERSION: &str = "VERSION";
}

/// In an answer that tells of an error.
pub(crate) mod error {
    pub(crate) const CODES: [&str; 5] = ["L_ERRORCODE0", "L_ERRORCODE1", "L_ERRORCODE2", "L_ERRORCODE3", "L_ERRORCODE4"];
    pub(crate) const LONG: &str = "L_LONGMESSAGE0";
    pub(crate) const SHORT: &str = "L_SHORTMESSAGE0";
}

/// Of the checkout, which the buyer sees.
pub(crate) mod checkout {
    pub(crate) const AMT: &str = "PAYMENTREQUEST_0_AMT";
    pub(crate) const CANCELURL: &str = "CANCELURL";
    pub(crate) const CHECKOUTSTATUS: &str = "CHECKOUTSTATUS";
    pub(crate) const CURRENCYCODE: &str = "PAYMENTREQUEST_0_CURRENCYCODE";
    pub(crate) const CUSTOM: &str = "PAYMENTREQUEST_0_CUSTOM";
    pub(crate) const DESC: &str = "PAYMENTREQUEST_0_DESC";
    /// Why the payment failed, in the details of a checkout.
    pub(crate) const ERRORCODE: &str = "PAYMENTREQUESTINFO_0_ERRORCODE";
    pub(crate) const INVNUM: &str = "PAYMENTREQUEST_0_INVNUM";
    pub(crate) const ITEMAMT: &str = "PAYMENTREQUEST_0_ITEMAMT";
    pub(crate) const ITEM_AMT: &str = "L_PAYMENTREQUEST_0_AMT0";
    pub(crate) const ITEM_NAME: &str = "L_PAYMENTREQUEST_0_NAME0";
    pub(crate) const ITEM_QTY: &str = "L_PAYMENTREQUEST_0_QTY0";
    pub(crate) const LOCALECODE: &str = "LOCALECODE";
    pub(crate) const NOSHIPPING: &str = "NOSHIPPING";
    pub(crate) const PAYERID: &str = "PAYERID";
    pub(crate) const PAYMENTACTION: &str = "PAYMENTREQUEST_0_PAYMENTACTION";
    pub(crate) const RETURNURL: &str = "RETURNURL";
    pub(crate) const TOKEN: &str = "TOKEN";
    /// Once it is paid: real answers have one of the two spellings, or both.
    pub(crate) const TRANSACTIONS: [&str; 2] = ["PAYMENTREQUEST_0_TRANSACTIONID", "PAYMENTREQUESTINFO_0_TRANSACTIONID"];
    /// Our number, in the details.
    pub(crate) const NUMBERS: [&str; 4] = [INVNUM, CUSTOM, super::of::INVNUM, super::of::CUSTOM];
    /// Who is paid, where it is told.
    pub(crate) const PAYEE: &str = "PAYMENTREQUEST_0_SECUREMERCHANTACCOUNTID";
}

/// Of the payment, in the answer to the charge.
pub(crate) mod paid {
    pub(crate) const ACK: &str = "PAYMENTINFO_0_ACK";
    pub(crate) const AMT: &str = "PAYMENTINFO_0_AMT";
    pub(crate) const CURRENCYCODE: &str = "PAYMENTINFO_0_CURRENCYCODE";
    /// Ours was one payment.
    pub(crate) const ANOTHER: &str = "PAYMENTINFO_1_TRANSACTIONID";
    /// Absent in most answers.
    pub(crate) const NUMBERS: [&str; 2] = ["PAYMENTINFO_0_INVNUM", "PAYMENTINFO_0_CUSTOM"];
    pub(crate) const PAYEE: &str = "PAYMENTINFO_0_SECUREMERCHANTACCOUNTID";
    pub(crate) const PAYMENTSTATUS: &str = "PAYMENTINFO_0_PAYMENTSTATUS";
    pub(crate) const PENDINGREASON: &str = "PAYMENTINFO_0_PENDINGREASON";
    pub(crate) const TRANSACTIONID: &str = "PAYMENTINFO_0_TRANSACTIONID";
}

/// Of a transaction.
pub(crate) mod of {
    pub(crate) const AMT: &str = "AMT";
    pub(crate) const AUTHORIZATIONID: &str = "AUTHORIZATIONID";
    pub(crate) const COMPLETETYPE: &str = "COMPLETETYPE";
    pub(crate) const CURRENCYCODE: &str = "CURRENCYCODE";
    pub(crate) const CUSTOM: &str = "CUSTOM";
    pub(crate) const GROSSREFUNDAMT: &str = "GROSSREFUNDAMT";
    pub(crate) const INVNUM: &str = "INVNUM";
    pub(crate) const MSGSUBID: &str = "MSGSUBID";
    pub(crate) const NOTE: &str = "NOTE";
    pub(crate) const PARENTTRANSACTIONID: &str = "PARENTTRANSACTIONID";
    pub(crate) const PAYMENTSTATUS: &str = "PAYMENTSTATUS";
    pub(crate) const PENDINGREASON: &str = "PENDINGREASON";
    pub(crate) const RECEIVERID: &str = "RECEIVERID";
    pub(crate) const REFUNDSTATUS: &str = "REFUNDSTATUS";
    pub(crate) const REFUNDTRANSACTIONID: &str = "REFUNDTRANSACTIONID";
    pub(crate) const REFUNDTYPE: &str = "REFUNDTYPE";
    pub(crate) const TRANSACTIONID: &str = "TRANSACTIONID";
    pub(crate) const NUMBERS: [&str; 2] = [INVNUM, CUSTOM];
}
