//! The browser's script: how it is served, and, where node is installed, what it does.

use std::process::{Command, Stdio};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use vpos_axum::SCRIPT;

use crate::scene::scene;

#[tokio::test]
async fn it_is_served_once_a_version() {
    let scene = scene();
    let seen = scene.get("/vpos.js").await;
    assert_eq!((seen.status, seen.header("content-type")), (StatusCode::OK, "text/javascript; charset=utf-8"));
    assert_eq!((seen.body.as_str(), seen.header("x-content-type-options")), (SCRIPT, "nosniff"));
    let tag = seen.header("etag");
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let request = Request::get("/vpos.js").header("if-none-match", &known).body(Body::empty()).unwrap();
        let seen = scene.send(request).await;
        assert_eq!((seen.status, seen.body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{known}");
    }
    let other = Request::get("/vpos.js").header("if-none-match", "\"x\"").body(Body::empty()).unwrap();
    assert_eq!(scene.send(other).await.status, StatusCode::OK);
    assert_eq!(scene.post("/vpos.js", "").await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn it_needs_nobody_and_brings_nothing_that_a_policy_forbids() {
    for word in ["import ", "require(", "eval(", "new Function", "innerHTML", "document.write", "style."] {
        assert!(!SCRIPT.contains(word), "{word}");
    }
    assert!(SCRIPT.lines().count() < 60, "it is to stay small");
}

/// Runs the script in node with a page of a few lines that records what it does.
#[test]
fn it_does_what_it_says() {
    let node = |arguments: &[&str]| Command::new("node").args(arguments).stdin(Stdio::null()).output();
    if node(&["--version"]).is_err() {
        eprintln!("SKIPPED: node is not installed; vpos.js was not run");
        return;
    }
    let folder = env!("CARGO_MANIFEST_DIR");
    let ran = node(&[&format!("{folder}/tests/it/vpos_js.mjs"), &format!("{folder}/src/vpos.js")]).unwrap();
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{out}{err}");
    assert!(out.ends_with("vpos.js: 9 cases\n"), "{out}{err}");
}
