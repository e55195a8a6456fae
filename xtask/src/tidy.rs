//! `cargo xtask tidy`: the rules of the house that neither rustfmt nor clippy knows. Also a test, so `cargo test` runs it.

mod lengths;
mod rooms;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use crate::root;

/// Check the rules of the house that neither rustfmt nor clippy knows.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// A file of the project, with its path below the root.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
    }

    /// Code that a user of a crate gets: not tests, benches, fuzz targets or chores.
    fn is_shipped(&self) -> bool {
        self.is_rust() && self.path.starts_with("crates/") && self.path.contains("/src/") && !self.is_test()
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// The lines before the test module at the end.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
    }
}

pub(crate) fn run(_: &Arguments) -> Result<(), String> {
    let found = findings()?;
    for finding in &found {
        println!("{finding}");
    }
    if found.is_empty() { Ok(()) } else { Err(format!("{} findings", found.len())) }
}

/// Everything that breaks a rule.
fn findings() -> Result<Vec<String>, String> {
    let mut sources = Vec::new();
    collect(&root(), &mut sources)?;
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let mut found = Vec::new();
    for source in &sources {
        text::check(source, &mut found);
        lengths::check(source, &mut found);
    }
    rooms::check(&sources, &mut found);
    Ok(found)
}

/// The text files of the project; not what git ignores, nor what others wrote.
fn collect(folder: &Path, sources: &mut Vec<Source>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), ".git" | "target" | "corpus" | "artifacts" | "fixtures") {
                collect(&path, sources)?;
            }
        } else if is_ours(&path, &name) {
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let path = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            sources.push(Source { path, text });
        }
    }
    Ok(())
}

fn is_ours(path: &Path, name: &str) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    matches!(extension, "rs" | "toml" | "md" | "tsv") || name == "run"
}

/// A path below the root that exists.
fn exists(path: &PathBuf) -> bool {
    root().join(path).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        assert_eq!(findings().unwrap(), Vec::<String>::new());
    }

    fn found_in(path: &str, text: &str) -> Vec<String> {
        let source = Source { path: path.into(), text: text.into() };
        let mut found = Vec::new();
        text::check(&source, &mut found);
        lengths::check(&source, &mut found);
        rooms::check(&[source], &mut found);
        found.retain(|finding| finding.starts_with(path));
        found
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        let core = "crates/vpos-core/src/x.rs";
        let bank = "crates/vpos-redsys/src/form.rs";
        let long = format!("//! x\nfn f() {{\n{}}}\n", "    a();\n".repeat(70));
        let endless = format!("//! x\n{}", "static A: u8 = 1;\n".repeat(401));
        for (path, text, word) in [
            (core, "fn f() {}\n", "what it is for"),
            (core, "//! x\nfn f() {} \n", "white space"),
            (core, "//! x\n\tfn f() {}\n", "tab"),
            (core, "//! x\nfn f() {}", "line break"),
            (core, "//! x\n// as Redsys does\n", "names a bank"),
            (bank, "//! x\n// as CECA does\n", "names another bank"),
            (bank, "//! x\nlet a = \"Ds_Order\";\n", "wire"),
            (bank, "//! x\nlet a = Mac::new([0; 32]);\n", "Mac::new"),
            (core, "//! x\n#[ignore]\nfn f() {}\n", "#[ignore]"),
            (core, long.as_str(), "lines long"),
            (core, endless.as_str(), "lines of code"),
            ("docs/x.md", "[a](nowhere.md)\n", "leads nowhere"),
        ] {
            let found = found_in(path, text);
            assert!(found.iter().any(|finding| finding.contains(word)), "{text:.40?}: {found:?} lacks {word:?}");
        }
        assert_eq!(found_in(core, "//! x\n\nfn f() {}\n"), Vec::<String>::new());
    }
}
