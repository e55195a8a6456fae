//! Writes the recorded messages of `fixtures/` into the corpus of each target: `cargo run --manifest-path fuzz/Cargo.toml
//! --example seed`.

use std::error::Error;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use toml::{Table, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for folder in ["../fixtures/redsys", "../fixtures/redsys/given"] {
        for entry in fs::read_dir(here.join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                for (target, mode, bytes) in seeds(&fs::read_to_string(&path)?.parse()?) {
                    write(&here.join("corpus").join(target), &format!("{name}-{mode}"), mode, &bytes)?;
                    count += 1;
                }
            }
        }
    }
    println!("{count} seeds");
    Ok(())
}

/// What a fixture has for which target: the first byte of an input says how the rest is taken.
fn seeds(fixture: &Table) -> Vec<(&'static str, u8, Vec<u8>)> {
    let mut all = Vec::new();
    if let Some(request) = fixture.get("request").and_then(Value::as_table) {
        let soap = fixture.get("pos").and_then(|pos| pos.get("notification")).and_then(Value::as_str) == Some("soap");
        let target = "redsys_receive_verify";
        if let Some(body) = request.get("body").and_then(Value::as_str) {
            all.push((target, if soap { 8 } else { 0 }, body.as_bytes().to_vec()));
            all.extend(between(body, "&lt;Request ", "&lt;/Request").map(|inside| (target, 8 | 5, plain(inside))));
            all.extend(parameters(body).into_iter().flat_map(|json| [(target, 3, json.clone()), (target, 4, json)]));
        }
        if let Some((_, query)) = request.get("target").and_then(Value::as_str).and_then(|target| target.split_once('?')) {
            all.push((target, 2, query.as_bytes().to_vec()));
        }
    }
    for exchange in fixture.get("exchange").and_then(Value::as_array).into_iter().flatten() {
        let Some(body) = exchange.get("response").and_then(|response| response.get("body")).and_then(Value::as_str) else {
            continue;
        };
        if body.trim_start().starts_with('<') {
            all.push(("redsys_query_answer", 0, body.as_bytes().to_vec()));
            all.extend(between(body, "&lt;Message&gt;", "&lt;/Message").map(|rows| ("redsys_query_answer", 1, plain(rows))));
        } else {
            let call = [("refund", 0), ("capture", 1), ("void", 2), ("delete-reference", 3), ("charge-reference", 4)];
            let name = fixture.get("call").and_then(|call| call.get("name")).and_then(Value::as_str);
            let which = call.iter().find(|(known, _)| Some(*known) == name).map_or(15, |(_, which)| *which);
            all.push(("redsys_rest_answer", which, body.as_bytes().to_vec()));
            all.extend(parameters(body).map(|json| ("redsys_rest_answer", which | 128, json)));
        }
    }
    for (table, key) in [("operation", "amount"), ("operation", "number"), ("payment", "url_ok"), ("payment", "language")] {
        let text = fixture.get(table).and_then(|table| table.get(key)).and_then(Value::as_str);
        all.extend(text.map(|text| ("core_amount_card", text.as_bytes()[0], text.as_bytes()[1..].to_vec())));
    }
    if let Some(pos) = fixture.get("pos").and_then(Value::as_table) {
        let lines: Vec<_> = pos.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        let text = format!("pos.caja]\nbank = \"redsys\"\n{}", lines.concat());
        all.push(("registry_toml", b'[', text.into_bytes()));
    }
    all
}

/// The JSON in the parameters of a form or of a REST answer.
fn parameters(body: &str) -> Option<Vec<u8>> {
    let start = body.find("Ds_MerchantParameters")? + "Ds_MerchantParameters".len();
    let rest = body.get(start..)?.trim_start_matches(['"', ':', '=', ' ']);
    let text = rest.split(['"', '&', '%', '=']).next()?.replace('-', "+").replace('_', "/");
    let padded = format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
    STANDARD.decode(padded).ok()
}

/// What stands in an element that is escaped, its start known up to its attributes.
fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    let (_, rest) = if start.ends_with(' ') { rest.split_once("&gt;")? } else { ("", rest) };
    Some(rest.split_once(end)?.0)
}

fn plain(escaped: &str) -> Vec<u8> {
    escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&").into_bytes()
}

fn write(folder: &Path, name: &str, mode: u8, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(name), [&[mode], bytes].concat())?;
    Ok(())
}
