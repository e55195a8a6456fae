//! What the words for a payment's state mean: NVP's `PAYMENTSTATUS` and IPN's `payment_status`, which differ in `-` and `_`.
//!
//! The state decides, never `ACK`: django-virtual-pos took every `ACK` but `Failure` for a payment.

/// What became of a payment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Status {
    /// The money is there.
    Paid,
    /// Nothing is decided.
    Pending,
    /// An authorisation, which waits to be captured.
    Held,
    /// PayPal's or the merchant's no.
    NotPaid,
    /// An authorisation that was voided, or that nobody captured in time.
    LetGo,
    /// The money was there, and all or a part of it went back.
    GivenBack,
    /// The money that had gone back is there again: a dispute was won.
    Returned,
    /// A word that no public page has.
    Unknown,
}

impl Status {
    /// By the word and, for a pending one, the reason.
    ///
    /// Source: NVP API reference, `PAYMENTSTATUS` and `PENDINGREASON`; IPN guide, `payment_status`; banks/PAYPAL.md, section 5.
    pub(crate) fn of(word: &str, reason: Option<&str>) -> Self {
        match word.replace('_', "-").as_str() {
            // the last one of a new merchant, whose balance PayPal holds back for a while
            "Completed" | "Processed" | "Completed-Funds-Held" => Self::Paid,
            "Pending" | "In-Progress" => match reason {
                Some(reason) if reason.eq_ignore_ascii_case("authorization") => Self::Held,
                _ => Self::Pending,
            },
            "Denied" | "Failed" => Self::NotPaid,
            "Expired" | "Voided" => Self::LetGo,
            "Refunded" | "Partially-Refunded" | "Reversed" => Self::GivenBack,
            "Canceled-Reversal" => Self::Returned,
            _ => Self::Unknown,
        }
    }

    /// Of a refund: `instant` and `delayed`, of which PayPal's own pages have both cases, or a payment's word.
    ///
    /// Source: NVP API reference, `RefundTransaction`, `REFUNDSTATUS`.
    pub(crate) fn of_refund(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "instant" => Self::Paid,
            "delayed" => Self::Pending,
            _ => match Self::of(word, None) {
                Self::GivenBack if word == "Refunded" => Self::Paid,
                Self::Held | Self::GivenBack | Self::Returned => Self::Unknown,
                Self::LetGo => Self::NotPaid,
                status => status,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (word, reason, expected) in [
            ("Completed", None, Status::Paid),
            ("Processed", Some("None"), Status::Paid),
            ("Completed-Funds-Held", None, Status::Paid),
            ("Pending", Some("echeck"), Status::Pending),
            ("Pending", None, Status::Pending),
            ("In-Progress", None, Status::Pending),
            ("Pending", Some("authorization"), Status::Held),
            ("Pending", Some("Authorization"), Status::Held),
            ("Completed", Some("authorization"), Status::Paid),
            ("Denied", None, Status::NotPaid),
            ("Failed", None, Status::NotPaid),
            ("Expired", None, Status::LetGo),
            ("Voided", None, Status::LetGo),
            ("Refunded", None, Status::GivenBack),
            ("Partially-Refunded", None, Status::GivenBack),
            ("Partially_Refunded", None, Status::GivenBack),
            ("Reversed", None, Status::GivenBack),
            ("Canceled_Reversal", None, Status::Returned),
            ("Canceled-Reversal", None, Status::Returned),
            ("Created", None, Status::Unknown),
            ("None", None, Status::Unknown),
            ("completed", None, Status::Unknown),
            ("", None, Status::Unknown),
        ] {
            assert_eq!(Status::of(word, reason), expected, "{word} {reason:?}");
        }
        for (word, expected) in [
            ("Instant", Status::Paid),
            ("instant", Status::Paid),
            ("Refunded", Status::Paid),
            ("Completed", Status::Paid),
            ("Delayed", Status::Pending),
            ("Pending", Status::Pending),
            ("Denied", Status::NotPaid),
            ("Reversed", Status::Unknown),
            ("none", Status::Unknown),
        ] {
            assert_eq!(Status::of_refund(word), expected, "{word}");
        }
    }
}
