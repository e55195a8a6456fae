//! Bytes become a notification of CECA, or the answer to a refund: never a panic, and nothing is paid that nobody signed.
#![no_main]

use libfuzzer_sys::fuzz_target;

const CONTRACT: &str = "environment = \"test\"\nmerchant_id = \"111950028\"\nacquirer_bin = \"0000554052\"\nterminal_id = \"00000003\"\nkey = \"87401456\"\ncipher = \"SHA2\"";

fuzz_target!(|data: &[u8]| vpos_fuzz::messages("ceca", CONTRACT, data));
