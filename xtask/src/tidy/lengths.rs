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
            // a method of a trait, over several lines and without a body
            Some((_, end)) if is_end_of_declaration(line, end.len()) => open = None,
            Some((begun, end)) if line.starts_with(end.as_str()) => {
                let length = at - begun + 1;
                if length > FUNCTION {
                    found.push(format!("{path}:{begun}: a function {length} lines long, {FUNCTION} are the most"));
                }
                open = None;
            }
            _ => {}
        }
    }
}

/// Whether a line is the `) -> …;` or the `-> …;` that ends what began without a body, at the same indentation.
fn is_end_of_declaration(line: &str, behind_brace: usize) -> bool {
    let rest = line.get(behind_brace.saturating_sub(1)..).unwrap_or_default();
    (rest.starts_with(')') || rest.starts_with("->")) && rest.ends_with(';')
}

/// Whether a line begins a function. rustfmt has put its end at the same indentation.
fn is_function(line: &str) -> bool {
    let words = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe"];
    let mut rest = line.split(' ').skip_while(|word| words.contains(word));
    rest.next() == Some("fn")
}
