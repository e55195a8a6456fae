//! Bytes become what reaches a shop that takes PayPal, and PayPal's answers: never a panic, and what is confirmed is the
//! operation's own.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| vpos_fuzz::paypal(data));
