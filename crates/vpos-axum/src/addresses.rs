//! The addresses under which the routes are reached: what goes into a payment and onto the shop's pages.

use form_urlencoded::byte_serialize;
use vpos::Error;
use vpos::core::WebAddress;

/// Where the routes are mounted, as the bank and the buyer's browser see it.
///
/// ```
/// use vpos_axum::Addresses;
///
/// let at = Addresses::new("https://tienda.example/vpos")?;
/// assert_eq!(at.notification("caja"), "https://tienda.example/vpos/notification/caja");
/// assert_eq!(at.returned("caja", "PED 17/b"), "https://tienda.example/vpos/return/caja/PED%2017%2Fb");
/// assert!(Addresses::new("/vpos").is_err());
/// # Ok::<(), vpos::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Addresses {
    base: String,
}

impl Addresses {
    /// The public address of the mounted router. Keep it short: a bank may take no more than 64 characters of an address
    /// (Elavon's response URL).
    ///
    /// # Errors
    /// [`Error::Config`] when it is not an absolute http or https address, or has a query.
    pub fn new(base: &str) -> Result<Self, Error> {
        let base = base.trim_end_matches('/');
        if base.contains(['?', '#']) || WebAddress::parse("base", base).is_err() {
            return Err(Error::config("base", "not an absolute http or https address without a query"));
        }
        Ok(Self { base: base.to_owned() })
    }

    /// For [`notification_url`](vpos::core::PaymentBuilder::notification_url): where the bank calls, of one contract.
    pub fn notification(&self, pos: &str) -> String {
        self.of("notification", &[pos])
    }

    /// The same where several contracts of a bank share the address.
    pub fn bank_notification(&self, bank: &str) -> String {
        self.of("bank", &[bank])
    }

    /// For [`url_ok`](vpos::core::PaymentBuilder::url_ok): where the buyer comes back to.
    pub fn returned(&self, pos: &str, sale: &str) -> String {
        self.of("return", &[pos, sale])
    }

    /// For [`url_nok`](vpos::core::PaymentBuilder::url_nok): where the buyer comes back to without having paid.
    pub fn cancelled(&self, pos: &str, sale: &str) -> String {
        self.of("cancel", &[pos, sale])
    }

    /// For the `action` of the form with which the buyer begins to pay.
    pub fn begin(&self, sale: &str) -> String {
        self.of("begin", &[sale])
    }

    /// Scheme, host and port, as a browser writes them into the header `Origin`.
    ///
    /// ```
    /// let at = vpos_axum::Addresses::new("https://tienda.example:443/vpos")?;
    /// assert_eq!(at.origin(), "https://tienda.example");
    /// # Ok::<(), vpos::Error>(())
    /// ```
    pub fn origin(&self) -> &str {
        let rest = self.base.split_once("://").map_or("", |(_, rest)| rest);
        let path = rest.find('/').map_or(0, |at| rest.len() - at);
        let origin = self.base.get(..self.base.len() - path).unwrap_or_default();
        let port = if origin.starts_with("https:") { ":443" } else { ":80" };
        origin.strip_suffix(port).unwrap_or(origin)
    }

    fn of(&self, route: &str, segments: &[&str]) -> String {
        let mut address = format!("{}/{route}", self.base);
        for part in segments {
            address.push('/');
            address.push_str(&segment(part));
        }
        address
    }
}

/// A text as one segment of a path: for the code of a sale in an address of yours.
///
/// ```
/// assert_eq!(vpos_axum::segment("PED 17/ñ?"), "PED%2017%2F%C3%B1%3F");
/// ```
pub fn segment(text: &str) -> String {
    // forms write a space as "+", paths do not; a "+" of the text's own is "%2B" by now
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_calls_it() {
        for (base, origin) in [
            ("https://tienda.example", "https://tienda.example"),
            ("http://127.0.0.1:8000/a/b", "http://127.0.0.1:8000"),
            ("http://tienda.example:80/vpos", "http://tienda.example"),
            ("http://tienda.example:443/vpos", "http://tienda.example:443"),
        ] {
            assert_eq!(Addresses::new(base).unwrap().origin(), origin);
        }
    }

    #[test]
    fn a_base_is_an_address_and_nothing_else() {
        for bad in
            ["", "tienda.example", "javascript:alert(1)", "https://a.example/?x=1", "https://a.example/#x", "https://a@b.example"]
        {
            assert!(matches!(Addresses::new(bad), Err(Error::Config { .. })), "{bad}");
        }
        let at = Addresses::new("https://tienda.example/").unwrap();
        assert_eq!(at.begin("../x"), "https://tienda.example/begin/..%2Fx");
        assert_eq!(at.bank_notification("redsys"), "https://tienda.example/bank/redsys");
        assert_eq!(at.cancelled("caja", "a+b"), "https://tienda.example/cancel/caja/a%2Bb");
    }
}
