//! What the shop is told from outside: environment variables, all with a default but none that opens a door.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The settings of a shop.
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// `SHOP_LISTEN`: where it listens.
    pub listen: SocketAddr,
    /// `SHOP_URL`: its public address, as buyers and banks see it.
    pub url: Option<String>,
    /// `SHOP_PROXIES`: how many proxies of its own stand in front.
    pub proxies: usize,
    /// `VPOS_TOML`: the file with the contracts.
    pub contracts: PathBuf,
    /// `DATABASE_URL`: `postgres://…`, or `sqlite:` and a file.
    pub database: DatabaseUrl,
    /// `SHOP_ADMIN_PASSWORD`; without it one is made.
    pub password: Option<String>,
}

/// Which database.
#[derive(Clone)]
#[non_exhaustive]
pub enum DatabaseUrl {
    /// This file.
    Sqlite(PathBuf),
    /// The server at this address, which may hold a password.
    Postgres(String),
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("listen", &self.listen).field("url", &self.url).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.debug_tuple("Postgres").finish_non_exhaustive(),
        }
    }
}

impl Settings {
    /// From variables.
    ///
    /// # Errors
    /// A text that names the variable and holds no value.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let listen = variable("SHOP_LISTEN").unwrap_or_else(|| "127.0.0.1:8000".into());
        let proxies = variable("SHOP_PROXIES").unwrap_or_else(|| "0".into());
        let database = variable("DATABASE_URL").unwrap_or_else(|| "sqlite:shop.db".into());
        Ok(Self {
            listen: listen.parse().map_err(|_| "SHOP_LISTEN is no address with a port, like 127.0.0.1:8000")?,
            url: variable("SHOP_URL"),
            proxies: proxies.parse().map_err(|_| "SHOP_PROXIES is no number")?,
            contracts: variable("VPOS_TOML").unwrap_or_else(|| "vpos.toml".into()).into(),
            database: DatabaseUrl::read(&database)?,
            password: variable("SHOP_ADMIN_PASSWORD"),
        })
    }
}

impl DatabaseUrl {
    fn read(url: &str) -> Result<Self, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        let path = path.filter(|path| !path.is_empty() && !path.starts_with(":memory:"));
        path.map(|path| Self::Sqlite(path.into())).ok_or_else(|| "DATABASE_URL is neither postgres://… nor sqlite:FILE".into())
    }
}

/// A password for who gave none.
///
/// # Errors
/// When the system gives no random bytes.
pub(crate) fn make_password() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 12];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<Settings, String> {
        Settings::read(|asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn defaults_are_for_this_machine_alone() {
        let settings = Settings::read(|_| None).unwrap();
        assert!(settings.listen.ip().is_loopback());
        assert!(matches!(settings.database, DatabaseUrl::Sqlite(path) if path.as_os_str() == "shop.db"));
        assert_eq!(settings.password, None);
    }

    #[test]
    fn a_password_of_spaces_opens_no_door() {
        assert_eq!(read("SHOP_ADMIN_PASSWORD", "  ").unwrap().password, None);
    }

    #[test]
    fn what_is_wrong_is_named_and_not_shown() {
        for (name, value) in [
            ("SHOP_LISTEN", "8000x"),
            ("SHOP_PROXIES", "-1x"),
            ("DATABASE_URL", "mysql://u:pwx@h/d"),
            ("DATABASE_URL", "sqlite::memory:"),
        ] {
            let error = read(name, value).unwrap_err();
            assert!(error.contains(name) && !error.contains(value), "{error}");
        }
        let settings = read("DATABASE_URL", "postgres://u:hunter2@h/d").unwrap();
        assert!(!format!("{settings:?}{:?}", settings.database).contains("hunter2"));
    }
}
