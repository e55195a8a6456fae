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
    assert_eq!(wrong("client_id = 'AeA1'\nclient_secret_env = 'KEY'\npassword_env = 'KEY'"), "password");
    assert_eq!(wrong(&format!("{NVP}password_env = 'KEY'")), "signature");
    assert_eq!(wrong(&format!("{NVP}signature_env = 'KEY'")), "password");
    assert_eq!(wrong(&format!("{NVP}password_env = 'KEY'\nsignature_env = 'KEY'\nclient_secret_env = 'KEY'")), "client_secret");
    assert_eq!(wrong("protocol = 'soap'\nclient_id = 'AeA1'\nclient_secret_env = 'KEY'"), "protocol");
}
