//! Bytes become a notification of Elavon, or the answer to a refund: never a panic, and nothing is paid that nobody signed.
#![no_main]

use libfuzzer_sys::fuzz_target;

const CONTRACT: &str = "environment = \"test\"\nmerchant_id = \"tienda\"\naccount = \"internet\"\nsecret = \"mysecret\"\nrebate_password = \"refund\"";

fuzz_target!(|data: &[u8]| vpos_fuzz::messages("elavon", CONTRACT, data));
