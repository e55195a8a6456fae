//! An address that a browser or a bank is sent to.

use std::fmt;

use http::Uri;

use crate::{Environment, Error};

/// An absolute http or https address, as it was given: never `javascript:`, never with a user in front of the host, never
/// with a character that needs escaping in a URI.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct WebAddress(String);

impl WebAddress {
    /// Reads an address; `field` is named in the error.
    ///
    /// # Errors
    /// [`Error::Payment`] when it is not one.
    ///
    /// ```
    /// use vpos_core::WebAddress;
    ///
    /// assert!(WebAddress::parse("url_ok", "https://tienda.example/ok?a=1&b=2").is_ok());
    /// for bad in ["/ok", "javascript:alert(1)", "https://a@b.example/", "https://b.example/\"><script>", "ftp://b.example/"] {
    ///     assert!(WebAddress::parse("url_ok", bad).is_err(), "{bad}");
    /// }
    /// ```
    pub fn parse(field: &'static str, address: impl Into<String>) -> Result<Self, Error> {
        let text = address.into();
        super::check_text(field, &text)?;
        // RFC 3986 appendix A: these are in no URI, not even in a query
        let foreign = |c: char| !c.is_ascii_graphic() || matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
        let known = text.parse::<Uri>().is_ok_and(|uri| {
            let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
            scheme && uri.authority().is_some_and(|at| !at.host().is_empty() && !at.as_str().contains('@'))
        });
        if text.contains(foreign) || !known {
            return Err(Error::payment(field, "not an absolute http or https address"));
        }
        Ok(Self(text))
    }

    /// Reads the address of a bank that a contract names instead of its environment's: https, or http to this machine alone,
    /// since answers are believed because of TLS. With real money (`Live`) https alone, so that no contract goes to a simulated
    /// bank by mistake. No query: paths of the bank are put behind it.
    ///
    /// # Errors
    /// [`Error::Config`] naming the field.
    ///
    /// ```
    /// use vpos_core::{Environment, WebAddress};
    ///
    /// let endpoint = |environment, address: &str| WebAddress::parse_endpoint("endpoint", address, environment);
    /// assert!(endpoint(Environment::Test, "http://127.0.0.1:8910").is_ok());
    /// assert!(endpoint(Environment::Live, "http://127.0.0.1:8910").is_err());
    /// assert!(endpoint(Environment::Test, "http://bank.example").is_err());
    /// assert!(endpoint(Environment::Live, "https://bank.example/sandbox").is_ok());
    /// ```
    pub fn parse_endpoint(field: &'static str, address: &str, environment: Environment) -> Result<Self, Error> {
        let wrong = |reason| Error::config(field, reason);
        let parsed = Self::parse(field, address).map_err(|_| wrong("not an absolute https address"))?;
        let uri: Uri = address.parse().map_err(|_| wrong("not an absolute https address"))?;
        if uri.query().is_some() || address.contains('#') {
            return Err(wrong("has a query"));
        }
        let loopback = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match (uri.scheme_str(), environment) {
            (Some("https"), _) => Ok(parsed),
            (Some("http"), Environment::Test) if loopback => Ok(parsed),
            (Some("http"), Environment::Live) if loopback => Err(wrong("http, with real money: only https is")),
            _ => Err(wrong("not https (http is for this machine alone)")),
        }
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
