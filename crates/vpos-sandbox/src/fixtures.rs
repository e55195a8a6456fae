//! The project's recorded signatures, for the tests of this crate's own signing.

use std::path::Path;

use toml::{Table, Value};

/// The tables `[signature]` of every fixture of that bank that has one.
pub(crate) fn signatures(bank: &str) -> Vec<Table> {
    let mut tables = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(bank), &mut tables);
    tables
}

#[expect(clippy::disallowed_methods, reason = "tests read the project's fixtures")]
fn collect(folder: &Path, tables: &mut Vec<Table>) {
    for path in std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, tables);
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let fixture: Table = text.parse().unwrap();
        tables.extend(fixture.get("signature").and_then(Value::as_table).cloned());
    }
}
