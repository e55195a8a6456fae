//! The words of the REST API.

pub(crate) const TOKEN: &str = "/v1/oauth2/token";
pub(crate) const VERIFY: &str = "/v1/notifications/verify-webhook-signature";
pub(crate) const ORDERS: &str = "/v2/checkout/orders";
pub(crate) const AUTHORIZATIONS: &str = "/v2/payments/authorizations";
pub(crate) const CAPTURES: &str = "/v2/payments/captures";
pub(crate) const REFUNDS: &str = "/v2/payments/refunds";

pub(crate) const GRANT: &str = "grant_type=client_credentials";
pub(crate) const REQUEST_ID: &str = "paypal-request-id";
pub(crate) const PREFER: &str = "prefer";
pub(crate) const REPRESENTATION: &str = "return=representation";

pub(crate) const AMOUNT: &str = "amount";
pub(crate) const CAPTURE_ID: &str = "capture_id";
pub(crate) const CURRENCY_CODE: &str = "currency_code";
pub(crate) const CUSTOM_ID: &str = "custom_id";
pub(crate) const DETAILS: &str = "details";
pub(crate) const HREF: &str = "href";
pub(crate) const ID: &str = "id";
pub(crate) const INTENT: &str = "intent";
pub(crate) const INVOICE_ID: &str = "invoice_id";
pub(crate) const ISSUE: &str = "issue";
pub(crate) const LINKS: &str = "links";
pub(crate) const MERCHANT_ID: &str = "merchant_id";
pub(crate) const ORDER_ID: &str = "order_id";
pub(crate) const PAYEE: &str = "payee";
pub(crate) const PAYER: &str = "payer";
pub(crate) const PAYER_ID: &str = "payer_id";
pub(crate) const PAYMENTS: &str = "payments";
pub(crate) const PURCHASE_UNITS: &str = "purchase_units";
pub(crate) const REASON: &str = "reason";
pub(crate) const REL: &str = "rel";
pub(crate) const RELATED_IDS: &str = "related_ids";
pub(crate) const STATUS: &str = "status";
pub(crate) const STATUS_DETAILS: &str = "status_details";
pub(crate) const SUPPLEMENTARY_DATA: &str = "supplementary_data";
pub(crate) const UPDATE_TIME: &str = "update_time";
pub(crate) const VALUE: &str = "value";
pub(crate) const VERIFICATION_STATUS: &str = "verification_status";

/// Why the API says no, where that decides what is done next. What else an issue means stands in the table of codes.
pub(crate) mod issue {
    /// The order was captured, or its amount held, by an earlier call: its answer was lost. Or another payment has our
    /// number, perhaps this very one.
    pub(crate) const ASK_THE_ORDER: [&str; 5] = [
        "ORDER_ALREADY_CAPTURED",
        "ORDER_ALREADY_AUTHORIZED",
        "ORDER_COMPLETED_OR_VOIDED",
        "MAX_AUTHORIZATION_COUNT_EXCEEDED",
        "DUPLICATE_INVOICE_ID",
    ];
    /// The buyer's way to pay was declined; every other 422 is an error [banks/PAYPAL.md, section 3].
    pub(crate) const DECLINED: &str = "INSTRUMENT_DECLINED";
    /// The buyer has to agree first, or again: nothing was taken.
    pub(crate) const NOT_APPROVED: [&str; 2] = ["ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"];
    /// The hold was let go before.
    pub(crate) const VOIDED_ALREADY: [&str; 2] = ["PREVIOUSLY_VOIDED", "AUTHORIZATION_VOIDED"];
}

/// How things stand.
pub(crate) mod status {
    pub(crate) const APPROVED: &str = "APPROVED";
    pub(crate) const CAPTURED: &str = "CAPTURED";
    pub(crate) const COMPLETED: &str = "COMPLETED";
    pub(crate) const CANCELLED: &str = "CANCELLED";
    pub(crate) const CREATED: &str = "CREATED";
    pub(crate) const DECLINED: &str = "DECLINED";
    pub(crate) const DENIED: &str = "DENIED";
    pub(crate) const EXPIRED: &str = "EXPIRED";
    pub(crate) const FAILED: &str = "FAILED";
    pub(crate) const PARTIALLY_CAPTURED: &str = "PARTIALLY_CAPTURED";
    pub(crate) const PARTIALLY_REFUNDED: &str = "PARTIALLY_REFUNDED";
    pub(crate) const PAYER_ACTION_REQUIRED: &str = "PAYER_ACTION_REQUIRED";
    pub(crate) const PENDING: &str = "PENDING";
    pub(crate) const REFUNDED: &str = "REFUNDED";
    pub(crate) const SAVED: &str = "SAVED";
    pub(crate) const SUCCESS: &str = "SUCCESS";
    pub(crate) const FAILURE: &str = "FAILURE";
    pub(crate) const VOIDED: &str = "VOIDED";
}
