//! A file has at most 400 lines of code, a function at most 60.

use super::Source;

const FILE: usize = 400;
const FUNCTION: usize = 60;

pub(super) fn check(source: &Source, found: &mut Vec<String>) {
    let path = &source.path;
    if !source.is_rust() || path.ends_with("/table.rs") {
        return;
    }
    let is_code = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    let count = source.code().filter(|(_, line)| is_code(line)).count();
    if count > FILE {
        found.push(format!("{path}: {count} lines of code, {FILE} are the most"));
    }
    let mut open: Option<(usize, String)> = None;
    for (at, line) in source.text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        let indent = &line[..line.len() - line.trim_start().len()];
        match &open {
            None if is_function(line.trim_start()) && !line.trim_end().ends_with([';', '}']) => {
                open = Some((at, format!("{indent}}}")));
            }
            Some((begun, end)) if line.starts_with(end.as_str()) => {
                let length = at - begun + 1;
                if length > FUNCTION {
                    found.push(format!("{path}:{begun}: a function {length} lines long, {FUNCTION} are the most"));
                }
                open = None;
            }
            // a trait's function without a body
            Some((_, end)) if line.trim_end().ends_with(';') && is_at(line, end) => open = None,
            _ => {}
        }
    }
}

/// Whether a line has the indentation of a function's end, and no more.
fn is_at(line: &str, end: &str) -> bool {
    let rest = line.strip_prefix(end.trim_end_matches('}'));
    rest.is_some_and(|rest| !rest.starts_with(' '))
}

/// Whether a line begins a function. rustfmt has put its end at the same indentation.
fn is_function(line: &str) -> bool {
    let words = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe"];
    let mut rest = line.split(' ').skip_while(|word| words.contains(word));
    rest.next() == Some("fn")
}
