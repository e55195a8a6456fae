//! Signatures against a peer that shares nothing with us: the Python package python-redsys, run as a process. `.ci/run` installs
//! it; a test fetches nothing, and says loudly when it is not there.
#![expect(clippy::disallowed_methods, reason = "another program is run")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use vpos_core::http::{Request, Response, StatusCode};
use vpos_sandbox::{BankName, Sandbox, SandboxConfig};

use super::shop;
use super::street::{browser_form, send, text};

const KEY: &str = "sq7HjrUOBfKmC576ILgskD5srU870gJ7";

/// The Python that has python-redsys: `VPOS_PEER_PYTHON`, else where `.ci/run` puts it.
fn python() -> Option<PathBuf> {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peer/bin/python");
    let python = std::env::var_os("VPOS_PEER_PYTHON").map_or(installed, PathBuf::from);
    let has = Command::new(&python).args(["-c", "import redsys.clients"]).stderr(Stdio::null()).status();
    has.is_ok_and(|status| status.success()).then_some(python)
}

/// What the peer makes of it; nothing when it does not believe it.
fn peer(python: &Path, command: &str, version: &str, told: &Value) -> Option<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peer/redsys_peer.py");
    let mut child = Command::new(python)
        .arg(script)
        .args([command, version, KEY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(told.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        return Some(serde_json::from_slice(&output.stdout).unwrap());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("Signature is not valid"), "{said}");
    None
}

fn fields(value: &Value) -> Vec<(String, String)> {
    value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

#[test]
fn python_redsys_and_the_bank_believe_each_other_and_no_one_else() {
    let Some(python) = python() else {
        // past the test harness, which keeps what a good test prints
        let how = "python3 -m venv target/peer && target/peer/bin/pip install python-redsys==2.1.0";
        writeln!(std::io::stderr(), "\nSKIPPED: signatures against python-redsys, which is not installed: {how}").unwrap();
        return;
    };
    for version in ["HMAC_SHA256_V1", "HMAC_SHA512_V1", "HMAC_SHA512_V2"] {
        let config = format!("[redsys]\nsignature = '{version}'\nrest_signature = '{version}'");
        let sandbox = Sandbox::start(SandboxConfig::from_toml(&config).unwrap()).unwrap();
        let base = &sandbox.addresses().base;
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let list = Arc::clone(&heard);
        let shop = shop::open(Arc::new(move |request: &Request<Vec<u8>>| {
            list.lock().unwrap().push(request.body().clone());
            Response::new(Vec::new())
        }));

        // the peer signs, the bank believes
        let told = json!({"order": "2611Peer0001", "amount": "12.34", "merchant_url": shop});
        let form = fields(&peer(&python, "form", version, &told).unwrap());
        let action = format!("{base}/sis/realizarPago");
        let answer = send(browser_form(true, &action, &form)).unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{version}: {}", text(&answer));
        let altered: Vec<_> = form.iter().map(|(name, value)| (name.clone(), value.replacen('A', "B", 1))).collect();
        assert_eq!(send(browser_form(true, &action, &altered)).unwrap().status(), StatusCode::BAD_REQUEST);

        // the bank signs, the peer believes
        let page = format!("{base}{}", answer.headers()["location"].to_str().unwrap());
        send(browser_form(true, &page, &[("choice".into(), "pay".into())])).unwrap();
        let body = heard.lock().unwrap().first().cloned().unwrap();
        let message: Value = form_urlencoded::parse(&body).map(|(name, value)| (name, Value::from(value.as_ref()))).collect();
        let read = peer(&python, "check", version, &message).unwrap();
        assert_eq!(read, json!({"order": "2611Peer0001", "response": "0000", "amount": "12.34"}), "{version}");
        let mut forged = message;
        forged["Ds_Signature"] = "Zm9yZ2Vk".into();
        assert_eq!(peer(&python, "check", version, &forged), None);

        // and the same by REST
        let told = json!({"order": "2611Peer0001", "amount": "2.34"});
        let body = peer(&python, "refund", version, &told).unwrap().to_string();
        let request = Request::post(format!("{base}/sis/rest/trataPeticionREST")).header("content-type", "application/json");
        let answer = send(request.body(body.into_bytes()).unwrap()).unwrap();
        let read = peer(&python, "check", version, &serde_json::from_slice(answer.body()).unwrap()).unwrap();
        assert_eq!(read["response"], "0900", "{version}");
        assert_eq!(sandbox.ledger(BankName::Redsys, |ledger| ledger.refunded("2611Peer0001")), 234);
    }
}
