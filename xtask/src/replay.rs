//! `cargo xtask replay`: recorded cases through the public API of the facade. The format is fixtures/README.md.

mod call;
mod fixture;
mod form;
mod got;
mod matching;
mod notification;
mod script;
mod setup;
mod signature;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::root;
use fixture::{Fixture, Kind};
use got::{Facts, Got};

/// Replay recorded cases through the public API and compare what comes out.
///
/// One line a case, then `N passed, M failed`; the exit code is 1 when one failed. The format of a case is described in
/// fixtures/README.md.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// Folders (walked, files sorted by name) and files [default: the project's fixtures/]
    paths: Vec<PathBuf>,
    /// One JSON object a line: file, title, passed, expected, got
    #[arg(long)]
    json: bool,
    /// Also print what came of each case that passed
    #[arg(long, short)]
    verbose: bool,
}

/// How a case ended.
struct Verdict {
    file: String,
    title: String,
    expected: Facts,
    got: Facts,
}

impl Verdict {
    fn passed(&self) -> bool {
        self.expected == self.got
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let paths = if arguments.paths.is_empty() { vec![root().join("fixtures")] } else { arguments.paths.clone() };
    let mut failed = 0;
    let mut passed = 0;
    for path in paths {
        for file in files(&path)? {
            let verdict = replay(&file, &path);
            if verdict.passed() {
                passed += 1;
            } else {
                failed += 1;
            }
            print(&verdict, arguments);
        }
    }
    if arguments.json {
        // one object a line, and nothing else, for the program that reads them
        eprintln!("{passed} passed, {failed} failed");
    } else {
        println!("{passed} passed, {failed} failed");
    }
    if failed > 0 || passed == 0 { Err(String::new()) } else { Ok(()) }
}

fn print(verdict: &Verdict, arguments: &Arguments) {
    let Verdict { file, title, expected, got } = verdict;
    if arguments.json {
        let passed = verdict.passed();
        println!("{}", json!({"file": file, "title": title, "passed": passed, "expected": expected, "got": got}));
    } else if !verdict.passed() {
        let differ = |facts: &Facts, others: &Facts| {
            let all = facts.iter().filter(|(name, value)| others.get(*name) != Some(value));
            all.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
        };
        println!("FAILED {file}: {title}: expected {}; got {}", differ(expected, got), differ(got, expected));
    } else if arguments.verbose {
        let found = got.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ");
        println!("ok {file}: {title} ({found})");
    } else {
        println!("ok {file}: {title}");
    }
}

/// The fixtures at a path, sorted by name.
fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let say = |error: std::io::Error| format!("{}: {error}", path.display());
    if !path.is_dir() {
        return fs::metadata(path).map(|_| vec![path.to_owned()]).map_err(say);
    }
    let mut entries = fs::read_dir(path).map_err(say)?.collect::<Result<Vec<_>, _>>().map_err(say)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry.path();
        if entry.is_dir() {
            all.extend(files(&entry)?);
        } else if entry.extension().is_some_and(|extension| extension == "toml") {
            all.push(entry);
        }
    }
    Ok(all)
}

/// One case. Whatever is wrong with the file is a failed case that says so.
fn replay(file: &Path, below: &Path) -> Verdict {
    let shown = file.strip_prefix(below).ok().filter(|rest| *rest != Path::new("")).unwrap_or(file).display().to_string();
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return unreadable(shown, &error.to_string()),
    };
    let fixture: Fixture = match toml::from_str(&text) {
        Ok(fixture) => fixture,
        Err(error) => return unreadable(shown, &error.to_string().replace('\n', " ")),
    };
    let title = fixture.title.clone();
    match judge(&fixture) {
        Ok((expected, got)) => Verdict { file: shown, title, expected, got },
        Err(reason) => Verdict { title, ..unreadable(shown, &reason) },
    }
}

fn unreadable(file: String, reason: &str) -> Verdict {
    let facts = |value: &str| [("fixture".to_owned(), value.to_owned())].into();
    Verdict { file, title: "cannot be read as a case".into(), expected: facts("a case of the format"), got: facts(reason) }
}

/// Runs a case: what was expected and what came, fact by fact.
fn judge(fixture: &Fixture) -> Result<(Facts, Facts), String> {
    fixture.check()?;
    let got: Got = match fixture.kind {
        Kind::Signature => return signature::run(fixture),
        Kind::Form => form::run(fixture)?,
        Kind::Notification => notification::run(fixture)?,
        Kind::Call => call::run(fixture)?,
    };
    Ok(got.against(&fixture.expect))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay_all(folder: &str) -> (usize, Vec<String>) {
        let below = root().join(folder);
        let verdicts: Vec<Verdict> = files(&below).unwrap().iter().map(|file| replay(file, &below)).collect();
        let failed = verdicts.iter().filter(|verdict| !verdict.passed()).map(|verdict| verdict.file.clone()).collect();
        (verdicts.len(), failed)
    }

    #[test]
    fn the_projects_own_cases_pass() {
        let (count, failed) = replay_all("fixtures");
        assert!(count >= 60, "{count} cases");
        assert_eq!(failed, Vec::<String>::new());
    }

    #[test]
    fn a_wrong_file_is_a_failed_case_that_says_why() {
        for (text, word) in [
            ("", "missing field"),
            ("title = 1", "expected a string"),
            ("title = 't'\nsource = 's'\nbank = 'redsys'\nkind = 'form'\ncolour = 'red'", "unknown field `colour`"),
            ("title = 't'\nsource = 's'\nbank = 'redsys'\nkind = 'form'", "[pos]"),
            ("title = 't'\nsource = 's'\nbank = 'redsys'\nkind = 'signature'\n[signature]\nscheme = 'MD5'", "unknown scheme"),
        ] {
            let file = std::env::temp_dir().join(format!("vpos-fixture-{}-{}.toml", std::process::id(), word.len()));
            fs::write(&file, text).unwrap();
            let verdict = replay(&file, &file);
            fs::remove_file(&file).unwrap();
            assert!(!verdict.passed());
            assert!(verdict.got["fixture"].contains(word), "{:?} lacks {word}", verdict.got);
        }
    }

    #[test]
    fn a_case_that_expects_something_else_fails() {
        let text = fs::read_to_string(root().join("fixtures/redsys/given/notification-declined.toml")).unwrap();
        let good: Fixture = toml::from_str(&text).unwrap();
        let (expected, got) = judge(&good).unwrap();
        assert_eq!(expected, got);
        for (from, to) in
            [("\"declined\"", "\"approved\""), ("\"failed\"", "\"completed\""), ("verified = true", "verified = false")]
        {
            assert!(text.contains(from), "{from}");
            let changed: Fixture = toml::from_str(&text.replace(from, to)).unwrap();
            let (expected, got) = judge(&changed).unwrap();
            assert_ne!(expected, got, "{from} as {to}");
        }
    }
}
