//! A contract whose keys depend on the protocol that it speaks.

use super::*;

fn parse(more: &str) -> Result<Registry, RegistryError> {
    let variable = |name: &str| (name == "KEY").then(|| "EGnHDxDqRPdaLdZz8iCr8N7".into());
    Registry::parse(&format!("[pos.caja]\nbank = 'paypal'\nenvironment = 'test'\n{more}"), variable)
}

fn wrong(more: &str) -> String {
    let error = parse(more).unwrap_err();
    assert!(!error.to_string().contains("EGnH"), "{error}");
    error.key.unwrap_or_default()
}

#[test]
fn each_protocol_needs_its_own_keys() {
    const NVP: &str = "protocol = 'nvp'\nusername = 'tienda_api1.example'\n";
    for more in [
        "client_id = 'AeA1'\nclient_secret_env = 'KEY'",
        "protocol = 'rest'\nclient_id = 'AeA1'\nclient_secret_env = 'KEY'\nwebhook_id = 'WH1'\nwebhook_tolerance = 600",
        &format!("{NVP}password_env = 'KEY'\nsignature_env = 'KEY'\nversion = '124.0'"),
    ] {
        assert_eq!(parse(more).unwrap().len(), 1, "{more}");
    }
    assert_eq!(wrong("client_id = 'AeA1'"), "client_secret");
    assert_eq!(wrong("client_id = 'AeA1'\nclient_secret = 1"), "client_secret");
    assert_eq!(wrong("client_id = 'AeA1'\nclient_secret_env = 'OTHER'"), "client_secret_env");
    assert_eq!(wrong("client_secret_env = 'KEY'"), "client_id");
    assert_eq!(wrong("client_id = 'AeA1'\nclient_secret_env = 'KEY'\npassword_env = 'KEY'"), "password_env");
    assert_eq!(wrong(&format!("{NVP}password_env = 'KEY'")), "signature");
    assert_eq!(wrong(&format!("{NVP}signature_env = 'KEY'")), "password");
    assert_eq!(
        wrong(&format!("{NVP}password_env = 'KEY'\nsignature_env = 'KEY'\nclient_secret_env = 'KEY'")),
        "client_secret_env"
    );
    assert_eq!(wrong("protocol = 'soap'\nclient_id = 'AeA1'\nclient_secret_env = 'KEY'"), "protocol");
}

/// Key and reason.
fn said(more: &str) -> (String, String) {
    let error = parse(more).unwrap_err();
    (error.key.unwrap_or_default(), error.reason)
}

#[test]
fn keys_of_nvp_without_the_protocol_say_what_to_set() {
    let (key, reason) = said("username = 'tienda_api1.example'\npassword_env = 'KEY'\nsignature_env = 'KEY'");
    assert_eq!(key, "username");
    assert!(reason.contains("set protocol = \"nvp\""), "{reason}");
    let (key, reason) = said("password_env = 'KEY'\nsignature_env = 'KEY'");
    assert_eq!(key, "password_env");
    assert!(reason.contains("set protocol = \"nvp\""), "{reason}");
    let (key, reason) = said("client_id = 'AeA1'\nclient_secret_env = 'KEY'\nreceiver_id = '7C2LDBEMSAFLS'");
    assert!(key == "receiver_id" && reason.contains("merchant_id"), "{key}: {reason}");
}

#[test]
fn what_is_misspelt_is_said_before_what_is_missing() {
    for protocol in ["NVP", "soap"] {
        let (key, reason) = said(&format!("protocol = '{protocol}'\nusername = 'tienda_api1.example'\npassword_env = 'OTHER'"));
        assert!(key == "protocol" && reason.contains("`rest` or `nvp`"), "{key}: {reason}");
    }
    assert_eq!(wrong("client_id = 'AeA1'\nsecret_key_env = 'KEY'"), "secret_key_env");
    assert_eq!(wrong("client_id = 'AeA1'\nclient_secret_env = 'OTHER'\nwebhookid = 'WH1'"), "webhookid");
}

#[test]
fn a_secret_is_named_as_it_was_written() {
    let (key, reason) = said("client_id = 'AeA1'");
    assert!(key == "client_secret" && reason.contains("client_secret_env"), "{key}: {reason}");
    let empty = Registry::parse(
        "[pos.caja]\nbank = 'paypal'\nenvironment = 'test'\nclient_id = 'AeA1'\nclient_secret_env = 'KEY'",
        |_: &str| Some(String::new()),
    );
    assert_eq!(empty.unwrap_err().key.as_deref(), Some("client_secret_env"));
}

#[test]
fn an_old_version_is_refused_with_its_reason() {
    const NVP: &str = "protocol = 'nvp'\nusername = 'tienda_api1.example'\npassword_env = 'KEY'\nsignature_env = 'KEY'";
    let (key, reason) = said(&format!("{NVP}\nversion = '93'"));
    assert!(key == "version" && reason.contains("below 94"), "{key}: {reason}");
    assert_eq!(wrong(&format!("{NVP}\nversion = 95")), "version");
}
