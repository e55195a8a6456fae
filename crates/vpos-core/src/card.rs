//! Card numbers are never kept: what looks like one is masked before it is stored, logged or put into an error.

use std::borrow::Cow;

/// Card numbers (PANs) in use have 13 to 19 digits (ISO/IEC 7812 allows up to 19; order numbers of 12 digits are common); six
/// in front and four at the end may be shown (PCI DSS 3.4.1).
const PAN_LENGTH: std::ops::RangeInclusive<usize> = 13..=19;

/// Replaces the middle of every run of 13 to 19 digits by `*`. Digits parted by single spaces or hyphens are one run; of a
/// longer such run, which may be a card number and what stands behind it on the card, only the first six stay.
///
/// It masks more than card numbers; use it on texts whose long numbers nobody needs.
///
/// ```
/// use vpos_core::mask_pans;
///
/// assert_eq!(mask_pans("card 4548812049400004 declined"), "card 454881******0004 declined");
/// assert_eq!(mask_pans("4548 8120 4940 0004"), "4548 81** **** 0004");
/// assert_eq!(mask_pans("order 2611AbC00017"), "order 2611AbC00017");
/// ```
pub fn mask_pans(text: &str) -> Cow<'_, str> {
    let mut masked: Option<String> = None;
    let mut from = 0;
    while let Some((start, end, digits)) = next_run(text, from) {
        let parted = end - start > digits;
        if PAN_LENGTH.contains(&digits) || (parted && digits > *PAN_LENGTH.end()) {
            let all = masked.get_or_insert_with(|| text.to_owned());
            let hidden = hide_middle(text.get(start..end).unwrap_or_default(), digits);
            all.replace_range(start..end, &hidden);
        }
        from = end;
    }
    masked.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Where the next run of digits begins and ends, and how many digits it has.
fn next_run(text: &str, from: usize) -> Option<(usize, usize, usize)> {
    let bytes = text.as_bytes();
    let start = from + bytes.get(from..)?.iter().position(u8::is_ascii_digit)?;
    let (mut end, mut digits, mut at) = (start, 0, start);
    while let Some(byte) = bytes.get(at) {
        if byte.is_ascii_digit() {
            digits += 1;
            end = at + 1;
        } else if !matches!(byte, b' ' | b'-') || end != at {
            break;
        }
        at += 1;
    }
    Some((start, end, digits))
}

/// The run with all but its first six and last four digits replaced, separators kept: as many bytes as before. Of a run too
/// long for a card number alone the last digits may be its security code.
fn hide_middle(run: &str, digits: usize) -> String {
    let last = if PAN_LENGTH.contains(&digits) { 4 } else { 0 };
    let mut seen = 0;
    let hide = |c: char| {
        if !c.is_ascii_digit() {
            return c;
        }
        seen += 1;
        if seen > 6 && seen + last <= digits { '*' } else { c }
    };
    run.chars().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn longer_and_shorter_runs_stay() {
        for text in ["", "123456789012", "12345678901234567890", "ñ 1 2 3"] {
            assert_eq!(mask_pans(text), text);
        }
        assert_eq!(mask_pans("4111-1111-1111-1111"), "4111-11**-****-1111");
        assert_eq!(mask_pans("454881******0004"), "454881******0004");
    }

    #[test]
    fn what_stands_behind_a_card_number_does_not_uncover_it() {
        assert_eq!(mask_pans("4548812049400004 1225 123"), "454881********** **** ***");
        assert_eq!(mask_pans("4548 8120 4940 0004 12-25"), "4548 81** **** **** **-**");
        assert_eq!(mask_pans("4548812049400004 20260101"), "454881********** ********");
    }

    proptest! {
        #[test]
        fn no_card_number_survives(before in "[^0-9 -]*", pan in "[0-9]{13,19}", after in "[^0-9 -]*") {
            let masked = mask_pans(&format!("{before}{pan}{after}")).into_owned();
            prop_assert!(!masked.contains(&pan));
            prop_assert_eq!(masked.len(), before.len() + pan.len() + after.len());
        }

        #[test]
        fn any_text_is_masked_without_panic(text in ".*") {
            prop_assert_eq!(mask_pans(&text).chars().count(), text.chars().count());
        }
    }
}
