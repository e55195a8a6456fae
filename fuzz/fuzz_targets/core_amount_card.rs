//! Text as an amount, a number, an address; and card numbers that must not survive in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vpos::core::{Language, Reference, References, WebAddress, escape_html, mask_pans};
use vpos::{Amount, Currency, OperationNumber, OperationState};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for currency in [Currency::EUR, Currency::JPY, Currency::KWD] {
        if let Ok(amount) = Amount::parse(text, currency) {
            let again = Amount::parse(&amount.to_decimal().to_string(), currency).expect("what is written can be read");
            assert_eq!(again, amount);
        }
        if let Ok(amount) = Amount::parse_minor(text, currency) {
            assert_eq!(amount.minor_units().to_string(), text.trim_start_matches('0').parse::<u64>().unwrap_or(0).to_string());
        }
    }
    check_masked(text, &mask_pans(text));
    if let Ok(address) = WebAddress::parse("url_ok", text) {
        assert_eq!(address.as_str(), text);
        assert!(text.to_ascii_lowercase().starts_with("http"));
        assert!(!text.contains(['"', '<', '>', ' ', '\n']));
    }
    assert!(!escape_html(text).contains(['<', '>', '"', '\'']));
    let _ = (text.parse::<OperationNumber>(), text.parse::<Currency>(), text.parse::<Language>());
    let _ = (text.parse::<OperationState>(), text.parse::<Reference>());
    let mut references = References::new();
    references.insert(Reference::MaskedCard, text);
    let _ = format!("{references:?}");
});

/// As long as before, digits hidden and nothing else, and no run of 13 to 19 digits left.
fn check_masked(text: &str, masked: &str) {
    assert_eq!(masked.len(), text.len());
    let hidden = |(a, b): (char, char)| a == b || (a.is_ascii_digit() && b == '*');
    assert!(text.chars().zip(masked.chars()).all(hidden));
    let longest = |run: &str| (13..=19).contains(&run.len());
    assert!(!masked.split(|c: char| !c.is_ascii_digit()).any(longest), "{masked:?}");
}
