//! What a file of contracts may say, and how it is told what is wrong.

use super::*;

const KEY: &str = "sq7HjrUOBfKmC576ILgskD5srU870gJ7";
const GOOD: &str = "bank = 'redsys'\nenvironment = 'test'\nmerchant_code = '999008881'\nterminal = 1\n";

fn caja(more: &str) -> Result<Registry, RegistryError> {
    Registry::parse(&format!("[pos.caja]\n{GOOD}{more}"), |name: &str| (name == "KEY").then(|| KEY.into()))
}

/// Table, key and a word of the reason.
fn said(result: Result<Registry, RegistryError>) -> (String, String, String) {
    let error = result.unwrap_err();
    assert!(!error.to_string().contains("sq7H"), "{error}");
    (error.table.unwrap_or_default(), error.key.unwrap_or_default(), error.reason)
}

#[test]
fn a_key_comes_from_the_environment_a_file_or_the_text() {
    assert_eq!(caja("secret_key_env = 'KEY'").unwrap().len(), 1);
    assert_eq!(caja(&format!("secret_key = '{KEY}'")).unwrap().len(), 1);

    let folder = std::env::temp_dir().join(format!("vpos-registry-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("caja.key"), format!("{KEY}\n")).unwrap();
    fs::write(folder.join("vpos.toml"), format!("[pos.caja]\n{GOOD}secret_key_file = 'caja.key'")).unwrap();
    let registry = Registry::open(folder.join("vpos.toml")).unwrap();
    assert_eq!(registry.of_bank(vpos_redsys::BANK).count(), 1);
    assert!(registry.get("caja").is_some() && registry.get("kiosk").is_none());
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_wrong_is_named() {
    let (table, key, reason) = said(caja(""));
    assert_eq!((table.as_str(), key.as_str()), ("pos.caja", "secret_key"));
    assert!(reason.contains("secret_key_env"), "{reason}");

    let (_, key, reason) = said(caja("secret_key_env = 'OTHER'"));
    assert_eq!(key, "secret_key_env");
    assert!(reason.contains("OTHER is not set"), "{reason}");

    let (_, key, _) = said(caja("secret_key_file = '/nowhere/key'"));
    assert_eq!(key, "secret_key_file");

    let (_, key, _) = said(caja(&format!("secret_key = '{KEY}'\nsecret_key_env = 'KEY'")));
    assert_eq!(key, "secret_key");

    let (_, key, reason) = said(caja("secret_key = 1234567890"));
    assert_eq!((key.as_str(), reason.contains("1234567890")), ("secret_key", false));

    let (_, key, reason) = said(caja("secret_key = 'sq7H'"));
    assert_eq!((key.as_str(), reason.contains("sq7H")), ("secret_key", false));

    let (_, key, reason) = said(caja("secret_key_env = 'KEY'\ncolour = 'red'"));
    assert_eq!(key, "colour");
    assert!(reason.contains("merchant_name"), "{reason}");

    let (_, key, reason) = said(caja("secret_key_env = 'KEY'\nsignature = 'MD5'"));
    assert_eq!(key, "signature");
    assert!(reason.contains("HMAC_SHA512_V2"), "{reason}");
}

#[test]
fn a_key_where_it_does_not_belong_is_not_shown() {
    for line in [
        format!("secret_key_env = '{KEY}'"),
        format!("secret_key_file = '{KEY}'"),
        format!("secret_key_env = 'KEY'\nsignature = '{KEY}'"),
        format!("secret_key_env = 'KEY'\n{KEY} = 1"),
    ] {
        said(caja(&line)); // which looks for the key in the whole message
    }
    said(Registry::parse(&format!("[pos.caja]\nbank = '{KEY}'"), |_: &str| None));
}

#[test]
fn wrong_files_are_told_apart() {
    let parse = |text: &str| said(Registry::parse(text, |_: &str| None));
    assert_eq!(parse("[pos.Caja]\nbank = 'redsys'").1, "pos");
    assert_eq!(parse("[pos.caja]\nenvironment = 'test'").1, "bank");
    #[cfg(not(feature = "elavon"))]
    assert!(parse("[pos.caja]\nbank = 'elavon'").2.contains("cargo feature"));
    assert!(parse("[pos.caja]\nbank = 'sabadell'").2.contains("none of"));
    assert!(parse("[shop]\nname = 'x'").2.contains("[pos.NAME]"));
    let (_, _, reason) = parse("[pos.caja]\nsecret_key = 'sq7H");
    assert!(reason.contains("line 2"), "{reason}");
    let missing = Registry::open("/nowhere/vpos.toml").unwrap_err().to_string();
    assert!(missing.starts_with("/nowhere/vpos.toml: "), "{missing}");
}

#[cfg(feature = "elavon")]
#[test]
fn a_secret_that_not_every_contract_has_may_be_left_out() {
    let parse = |more: &str| {
        let text = format!("[pos.web]\nbank = 'elavon'\nenvironment = 'test'\nmerchant_id = 'tienda'\n{more}");
        Registry::parse(&text, |name: &str| (name == "KEY").then(|| "mysecret".into()))
    };
    assert_eq!(parse("secret_env = 'KEY'").unwrap().len(), 1);
    assert_eq!(parse("secret_env = 'KEY'\nrebate_password_env = 'KEY'").unwrap().len(), 1);
    assert_eq!(said(parse("secret_env = 'KEY'\nrebate_password_env = 'OTHER'")).1, "rebate_password_env");
    assert_eq!(said(parse("rebate_password_env = 'KEY'")).1, "secret");
}
