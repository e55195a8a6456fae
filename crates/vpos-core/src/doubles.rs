//! Names that are there twice: two readers of one message could read two values.

use std::cmp::Ordering;

/// Whether one of the names is there twice, compared without case. They are sorted, since a stranger may choose how many
/// there are.
///
/// ```
/// assert!(vpos_core::is_one_twice(["a", "b", "A"].into_iter()));
/// assert!(!vpos_core::is_one_twice(["a", "b", "ab"].into_iter()));
/// ```
pub fn is_one_twice<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable_by(|a, b| without_case(a, b));
    names.windows(2).any(|two| matches!(two, [a, b] if a.eq_ignore_ascii_case(b)))
}

/// An order in which names that differ in case alone are equal.
fn without_case(a: &str, b: &str) -> Ordering {
    let lower = |b: u8| b.to_ascii_lowercase();
    a.len().cmp(&b.len()).then_with(|| a.bytes().map(lower).cmp(b.bytes().map(lower)))
}
