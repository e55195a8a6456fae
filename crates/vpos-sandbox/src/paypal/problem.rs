//! Why PayPal does not do what it is asked: one list, said as an issue by REST and as a number by NVP.
//!
//! Sources: [O: errors of api/orders/v2 and api/payments/v2], and for what follows what, public notes of integrators who tried
//! it on PayPal's own sandbox; [N: NVP API Developer Guide 2009, API Error Codes], developer.paypal.com nvp-soap
//! troubleshooting pages.

use super::books::Intent;

/// A step that is refused. Nothing moved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Problem {
    /// A hold of which all was taken.
    Captured,
    /// The same, when it should be voided.
    CapturedBefore,
    /// A capture above 115 % of the hold.
    CapturesTooMuch,
    /// The buyer's funding: the code that the test chose.
    Declined(String),
    DuplicateInvoice,
    /// A checkout that was captured or authorised.
    Executed(Intent),
    Expired,
    NotApproved,
    NotFound,
    NotReauthorized,
    OtherCurrency,
    OtherIntent,
    ReauthorizedTooSoon,
    RefundedBefore,
    RefundsOtherCurrency,
    RefundsTooMuch,
    /// A voided hold that should be captured.
    Voided,
    /// The same, when it should be voided again.
    VoidedBefore,
}

impl Problem {
    /// The issue of REST, and its description.
    pub(super) fn issue(&self) -> (&str, &'static str) {
        match self {
            Self::Captured => ("AUTHORIZATION_ALREADY_CAPTURED", "Authorization has already been captured."),
            Self::CapturedBefore => {
                ("PREVIOUSLY_CAPTURED", "Authorization has been previously captured and hence cannot be voided.")
            }
            Self::CapturesTooMuch => ("MAX_CAPTURE_AMOUNT_EXCEEDED", "Capture amount exceeds allowable limit."),
            Self::Declined(code) => (code, "The instrument presented was either declined by the processor or bank."),
            Self::DuplicateInvoice => ("DUPLICATE_INVOICE_ID", "Duplicate Invoice ID detected."),
            Self::Executed(Intent::Capture) => ("ORDER_ALREADY_CAPTURED", "Order already captured."),
            Self::Executed(Intent::Authorize) => ("ORDER_ALREADY_AUTHORIZED", "Order already authorized."),
            Self::Expired => ("AUTHORIZATION_EXPIRED", "An expired authorization cannot be captured."),
            Self::NotApproved => ("ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment."),
            Self::NotFound => ("INVALID_RESOURCE_ID", "Specified resource ID does not exist."),
            Self::NotReauthorized => ("REAUTHORIZATION_NOT_ALLOWED", "This authorization cannot be reauthorized."),
            Self::OtherCurrency => ("AUTH_CAPTURE_CURRENCY_MISMATCH", "Currency of capture must be that of authorization."),
            Self::OtherIntent => ("ACTION_DOES_NOT_MATCH_INTENT", "The order was created with another intent."),
            Self::ReauthorizedTooSoon => ("REAUTHORIZATION_TOO_SOON", "Only from day 4 to day 29 of the authorization."),
            Self::RefundedBefore => ("CAPTURE_FULLY_REFUNDED", "The capture has already been fully refunded."),
            Self::RefundsOtherCurrency => ("REFUND_CAPTURE_CURRENCY_MISMATCH", "Refund must be in the currency of the capture."),
            Self::RefundsTooMuch => ("REFUND_AMOUNT_EXCEEDED", "The refund amount exceeds what can still be refunded."),
            Self::Voided => ("AUTHORIZATION_VOIDED", "A voided authorization cannot be captured or reauthorized."),
            Self::VoidedBefore => {
                ("PREVIOUSLY_VOIDED", "Authorization has been previously voided and hence cannot be voided again.")
            }
        }
    }

    /// The number of NVP, and its long message. 10004 where no source names a closer one.
    pub(super) fn number(&self) -> (&str, &'static str) {
        match self {
            Self::Captured | Self::CapturedBefore => ("10602", "Authorization has already been completed."),
            Self::CapturesTooMuch => ("10610", "The amount specified exceeds allowable limit."),
            Self::Declined(code) => (code, "This transaction couldn't be completed. Please redirect your customer to PayPal."),
            Self::DuplicateInvoice => ("10412", "Payment has already been made for this InvoiceID."),
            Self::Executed(_) => ("10415", "A successful transaction has already been completed for this token."),
            Self::Expired => ("10601", "Authorization has expired."),
            Self::NotApproved => ("10485", "Payment has not been authorized by the user."),
            Self::NotFound => ("10609", "Transaction ID is invalid."),
            Self::OtherCurrency => ("10004", "The currency is not that of the authorization."),
            Self::OtherIntent => ("10004", "The payment action is not that of the token."),
            Self::NotReauthorized | Self::ReauthorizedTooSoon => ("10004", "The authorization cannot be made anew."),
            Self::RefundedBefore => ("10009", "This transaction has already been fully refunded."),
            Self::RefundsOtherCurrency => ("10009", "The refund must be in the currency of the transaction."),
            Self::RefundsTooMuch => ("10009", "The partial refund amount must be less than or equal to the remaining amount."),
            Self::Voided | Self::VoidedBefore => ("10600", "Authorization is voided."),
        }
    }
}
