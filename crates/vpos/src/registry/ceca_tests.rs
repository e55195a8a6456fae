//! A contract whose REST keys may be missing.

use super::*;

const GOOD: &str =
    "[pos.caja]\nbank = 'ceca'\nenvironment = 'test'\nmerchant_id = '111950028'\nacquirer_bin = '554052'\nterminal_id = '3'\n";

fn caja(more: &str) -> Result<Registry, RegistryError> {
    let variable = |name: &str| (name == "KEY").then(|| "87401456".into());
    Registry::parse(&format!("{GOOD}{more}"), variable)
}

fn wrong(more: &str) -> String {
    let error = caja(more).unwrap_err();
    assert!(!error.to_string().contains("8740"), "{error}");
    error.key.unwrap_or_default()
}

#[test]
fn only_the_first_key_is_needed() {
    for more in [
        "key_env = 'KEY'",
        "key_env = 'KEY'\ncipher = 'SHA1'\nrefund_path = 'tpvweb'",
        "key_env = 'KEY'\nrest_key_env = 'KEY'\nrefund_path = 'rest'\nverify_rest_answers = false",
    ] {
        assert_eq!(caja(more).unwrap().len(), 1, "{more}");
    }
    assert_eq!(wrong("cipher = 'SHA2'"), "key");
    assert_eq!(wrong("key = 87401456"), "key");
    assert_eq!(wrong("key_env = 'KEY'\ncipher = 'MD5'"), "cipher");
    assert_eq!(wrong("key_env = 'KEY'\nrest_key_env = 'OTHER'"), "rest_key_env");
    assert_eq!(wrong("key_env = 'KEY'\nrest_key = 87401456"), "rest_key");
    assert_eq!(wrong("key_env = 'KEY'\nrest_iv_env = 'KEY'"), "rest_encryption_key");
    assert_eq!(wrong("key_env = 'KEY'\nrefund_path = 'rest'"), "refund_path");
}
