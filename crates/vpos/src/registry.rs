//! The contracts of an application, read from a `vpos.toml`.
//!
//! ```toml
//! [pos.caja]                          # the name is yours
//! bank = "redsys"
//! environment = "test"
//! merchant_code = "999008881"
//! terminal = 1
//! secret_key_env = "CAJA_KEY"         # or secret_key_file = "keys/caja", beside this file; or secret_key in plain text
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};
use vpos_core::{Bank, Error, PointOfSale};

use crate::any_pos::SecretKey;
use crate::{AnyPos, PosId};

/// The points of sale by name.
#[derive(Clone, Debug, Default)]
#[allow(clippy::zero_sized_map_values, reason = "where no bank is built in there is no value of AnyPos")]
pub struct Registry {
    all: BTreeMap<PosId, AnyPos>,
}

impl Registry {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file. Keys come from where it says: environment variables, or files beside it.
    ///
    /// # Errors
    /// [`RegistryError`] naming the file, the table and the key.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RegistryError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|error| RegistryError::of_file(path, &error.to_string()))?;
        let variable = |name: &str| std::env::var(name).ok();
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::read(&text, path, &Sources { variable: &variable, folder })
    }

    /// Reads text as if it stood in a file `vpos.toml` in the current folder, with a source of variables of your own.
    ///
    /// # Errors
    /// As [`Registry::open`].
    pub fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, RegistryError> {
        Self::read(text, Path::new("vpos.toml"), &Sources { variable: &variable, folder: Path::new("") })
    }

    fn read(text: &str, path: &Path, sources: &Sources<'_>) -> Result<Self, RegistryError> {
        let file: Table = text.parse().map_err(|error: toml::de::Error| {
            // the position, but not the line itself: it may hold a key
            let line = error.span().map(|span| text.get(..span.start).unwrap_or_default().lines().count().max(1));
            let at = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            RegistryError::of_file(path, &format!("{at}not TOML: {}", error.message()))
        })?;
        let mut registry = Self::new();
        for (name, value) in file {
            let ("pos", Value::Table(tables)) = (name.as_str(), value) else {
                let reason = format!("{name:?} is not known here: contracts stand in tables [pos.NAME]");
                return Err(RegistryError::of_file(path, &reason));
            };
            for (name, value) in tables {
                let id: PosId = name.parse().map_err(|error| RegistryError::of_table(path, &name, &error))?;
                let pos = contract(value, sources).map_err(|error| RegistryError::of_table(path, &name, &error))?;
                registry.all.insert(id, pos);
            }
        }
        Ok(registry)
    }

    /// Adds one, or replaces the one of that name.
    pub fn insert(&mut self, id: PosId, pos: AnyPos) {
        self.all.insert(id, pos);
    }

    /// The one of that name.
    pub fn get(&self, id: &str) -> Option<&AnyPos> {
        self.all.get(id)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&PosId, &AnyPos)> {
        self.all.iter()
    }

    /// Those of one bank: several contracts may share one notification URL.
    pub fn of_bank(&self, bank: Bank) -> impl Iterator<Item = (&PosId, &AnyPos)> {
        self.iter().filter(move |(_, pos)| pos.bank() == bank)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// Where keys come from.
struct Sources<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    folder: &'a Path,
}

/// One contract from its table, its secrets fetched.
fn contract(value: Value, sources: &Sources<'_>) -> Result<AnyPos, Error> {
    let Value::Table(mut table) = value else { return Err(Error::config("pos", "not a table")) };
    let bank = match table.remove("bank") {
        Some(Value::String(bank)) => bank,
        Some(_) => return Err(Error::config("bank", "not text in quotes")),
        None => return Err(Error::config("bank", "missing")),
    };
    // the keys of a bank that is not built in are not even looked for: what is wrong is that it is not
    for key in AnyPos::secrets(&bank, &table).iter().filter(|_| AnyPos::is_built_in(&bank)) {
        fetch_secret(&mut table, *key, sources)?;
    }
    AnyPos::from_table(&bank, table)
}

/// Replaces `KEY_env` or `KEY_file` by `KEY` with what they point at.
fn fetch_secret(table: &mut Table, secret: SecretKey, sources: &Sources<'_>) -> Result<(), Error> {
    let key = secret.name;
    let (env_key, file_key) = (format!("{key}_env"), format!("{key}_file"));
    let given = [key, env_key.as_str(), file_key.as_str()].iter().filter(|name| table.contains_key(**name)).count();
    if given > 1 {
        return Err(Error::config(key, format!("more than one of {key}, {env_key} and {file_key}")));
    }
    let value = if let Some(name) = take_text(table, &env_key)? {
        let value = (sources.variable)(&name);
        value
            .ok_or_else(|| Error::config(env_key, format!("the environment variable {} is not set", shown(&name, is_variable))))?
    } else if let Some(file) = take_text(table, &file_key)? {
        let path = sources.folder.join(file);
        let read = fs::read_to_string(&path);
        read.map_err(|error| Error::config(file_key, format!("{}: {error}", shown(&path.display().to_string(), is_path))))?
    } else if given == 1 || !secret.needed {
        return Ok(());
    } else {
        return Err(Error::config(key, format!("missing: give {env_key}, {file_key} or {key}")));
    };
    // editors and `echo` end a file with a line break
    table.insert(key.to_owned(), value.trim_end_matches(['\r', '\n']).into());
    Ok(())
}

/// A name that looks like one; anything else may be the key itself, put into the wrong place, and is not shown.
fn shown(name: &str, looks_right: fn(&str) -> bool) -> &str {
    if looks_right(name) { name } else { "that it names (not shown: is it the key itself?)" }
}

fn is_variable(name: &str) -> bool {
    let rest = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') && name.bytes().all(rest)
}

fn is_path(path: &str) -> bool {
    path.contains(['/', '.'])
}

fn take_text(table: &mut Table, key: &str) -> Result<Option<String>, Error> {
    match table.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::config(key.to_owned(), "not text in quotes")),
    }
}

/// What is wrong with a file of contracts: where, and what. Never shows the value of a key.
///
/// ```
/// use vpos::Registry;
///
/// let error = Registry::parse("[pos.caja]\nbank = 'sabadell'", |_: &str| None).unwrap_err();
/// assert!(error.to_string().starts_with("vpos.toml: [pos.caja] bank: \"sabadell\" is none of"));
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}: {}{reason}", .file.display(), place(.table.as_deref(), .key.as_deref()))]
#[non_exhaustive]
pub struct RegistryError {
    /// The file.
    pub file: PathBuf,
    /// The table: `pos.caja`.
    pub table: Option<String>,
    /// The key in it.
    pub key: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl RegistryError {
    fn of_file(file: &Path, reason: &str) -> Self {
        Self { file: file.to_owned(), table: None, key: None, reason: without_keys(reason) }
    }

    fn of_table(file: &Path, name: &str, error: &Error) -> Self {
        let (key, reason) = match error {
            Error::Config { field, reason } => (Some(without_keys(field)), reason.to_string()),
            other => (None, other.to_string()),
        };
        Self { file: file.to_owned(), table: Some(format!("pos.{name}")), key, reason: without_keys(&reason) }
    }
}

/// A key that was put where it does not belong (the name of the variable, say) must not be shown: words that look like one
/// are left out. Keys are long and mix capitals, small letters and digits, or are long and hexadecimal.
fn without_keys(reason: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '=');
    let looks_like_a_key = |word: &str| {
        let mixed = word.contains(|c: char| c.is_ascii_uppercase()) && word.contains(|c: char| c.is_ascii_lowercase());
        let long_hex = word.len() >= 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
        word.len() >= 16 && word.contains(|c: char| c.is_ascii_digit()) && (mixed || long_hex)
    };
    let words = reason.split_inclusive(|c| !is_part(c)).map(|piece| {
        let word = piece.trim_end_matches(|c| !is_part(c));
        if looks_like_a_key(word) { piece.replace(word, "[not shown: it looks like a key]") } else { piece.to_owned() }
    });
    words.collect()
}

fn place(table: Option<&str>, key: Option<&str>) -> String {
    let table = table.map(|table| format!("[{table}] ")).unwrap_or_default();
    let key = key.map(|key| format!("{key}: ")).unwrap_or_default();
    format!("{table}{key}")
}

#[cfg(feature = "ceca")]
#[cfg(test)]
mod ceca_tests;

#[cfg(feature = "paypal")]
#[cfg(test)]
mod paypal_tests;

#[cfg(feature = "redsys")]
#[cfg(test)]
mod tests;
