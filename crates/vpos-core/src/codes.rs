//! A bank's table of codes: what each means in English and Spanish, with a class of the bank's own that says what to do.

/// A code, what it means, and its class `C`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Code<C> {
    name: &'static str,
    class: C,
    english: &'static str,
    spanish: &'static str,
}

impl<C: Copy> Code<C> {
    /// A row of a table.
    pub const fn new(code: &'static str, class: C, english: &'static str, spanish: &'static str) -> Self {
        Self { name: code, class, english, spanish }
    }

    /// The code as the bank writes it, or the family (`1xx`, `0000-0099`) that it belongs to.
    pub const fn code(&self) -> &'static str {
        self.name
    }

    /// What it asks of the merchant.
    pub const fn class(&self) -> C {
        self.class
    }

    /// What it means, in English.
    pub const fn english(&self) -> &'static str {
        self.english
    }

    /// What it means, in Spanish.
    pub const fn spanish(&self) -> &'static str {
        self.spanish
    }
}

/// The row of that code in a table that is sorted by code.
///
/// ```
/// use vpos_core::codes::{Code, find};
///
/// const TABLE: &[Code<bool>] = &[Code::new("00", true, "done", "hecho"), Code::new("51", false, "no funds", "sin fondos")];
///
/// assert_eq!(find(TABLE, "51").unwrap().spanish(), "sin fondos");
/// assert!(find(TABLE, "52").is_none());
/// ```
pub fn find<C>(table: &'static [Code<C>], code: &str) -> Option<&'static Code<C>> {
    table.binary_search_by(|row| row.name.cmp(code)).ok().and_then(|at| table.get(at))
}
