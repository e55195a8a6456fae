//! Rules about the text of a file: its head, its white space, its links.

use std::path::{Path, PathBuf};

use super::{Source, exists};

pub(super) fn check(source: &Source, found: &mut Vec<String>) {
    let Source { path, text } = source;
    if source.is_rust() && !text.starts_with("//!") && !text.starts_with("#![") {
        found.push(format!("{path}:1: does not say in `//!` what it is for"));
    }
    if !text.is_empty() && !text.ends_with('\n') {
        found.push(format!("{path}: does not end with a line break"));
    }
    for (index, line) in text.lines().enumerate() {
        let at = index + 1;
        if line.ends_with([' ', '\t']) && source.extension() != "tsv" {
            found.push(format!("{path}:{at}: white space at the end"));
        }
        if line.contains('\t') && source.is_rust() {
            found.push(format!("{path}:{at}: a tab"));
        }
        if source.is_rust() {
            // put together, so that this file does not find itself
            for word in ["#[ign", "#[should_"].map(|start| start.to_owned() + if start.ends_with('n') { "ore" } else { "panic" })
            {
                if line.trim_start().starts_with(&word) {
                    found.push(format!("{path}:{at}: {word}]"));
                }
            }
        }
        if source.extension() == "md" {
            links(path, at, line, found);
        }
    }
}

/// Links to files of the project must lead somewhere.
fn links(path: &str, at: usize, line: &str, found: &mut Vec<String>) {
    for link in line.split("](").skip(1) {
        let target = link.split([')', '#', ' ']).next().unwrap_or_default();
        if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let folder = Path::new(path).parent().unwrap_or(Path::new(""));
        let target: PathBuf = folder.join(target);
        if !exists(&target) {
            found.push(format!("{path}:{at}: a link leads nowhere: {}", target.display()));
        }
    }
}
