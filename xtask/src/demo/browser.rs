//! A browser without script: it keeps cookies, follows redirects, and sends the forms that a page shows.

use std::collections::BTreeMap;
use std::time::Duration;

use form_urlencoded::Serializer;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use vpos::TimeLimit;
use vpos::core::blocking::{Transport as _, UreqTransport};

use super::page::{Form, Page};

const LIMIT: TimeLimit = TimeLimit::new("demo", Duration::from_secs(60));

/// Longer chains lead nowhere.
const REDIRECTS: usize = 8;

/// Cookies go to every server, since those of a machine share them whatever their ports.
pub(super) struct Browser {
    transport: UreqTransport,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(super) fn new() -> Self {
        Self { transport: UreqTransport::new(), cookies: BTreeMap::new() }
    }

    pub(super) fn get(&mut self, url: &str) -> Result<Page, String> {
        self.go(Method::GET, url.to_owned(), String::new())
    }

    /// Sends a form, by one of its buttons where it has some with a name, with these fields filled in.
    pub(super) fn send(
        &mut self,
        page: &Page,
        form: &Form,
        button: Option<&str>,
        filled: &[(&str, &str)],
    ) -> Result<Page, String> {
        let fields = form.fields(button, filled)?;
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let action = absolute(&page.url, &form.action)?;
        if form.posts {
            return self.go(Method::POST, action, body);
        }
        // a browser puts the fields in the place of the query
        let action = action.split(['?', '#']).next().unwrap_or_default();
        self.go(Method::GET, format!("{action}?{body}"), String::new())
    }

    fn go(&mut self, method: Method, url: String, body: String) -> Result<Page, String> {
        let (mut method, mut url, mut body) = (method, url, body);
        for _ in 0..REDIRECTS {
            let (status, headers, text) = self.ask(&method, &url, body)?;
            let Some(next) = headers.get("location").filter(|_| status.is_redirection()) else {
                return Ok(Page { url, status, text });
            };
            url = absolute(&url, next.to_str().map_err(|error| error.to_string())?)?;
            // 303, and what browsers make of a 302 after a post
            (method, body) = (Method::GET, String::new());
        }
        Err(format!("{url}: sent on and on"))
    }

    fn ask(&mut self, method: &Method, url: &str, body: String) -> Result<(StatusCode, HeaderMap, String), String> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request =
            Request::builder().method(method).uri(url).header("accept-language", "en").header("accept", "text/html");
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if *method == Method::POST {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        let request = request.body(body.into_bytes()).map_err(|error| format!("{url}: {error}"))?;
        let answer = self.transport.send(request, LIMIT).map_err(|lost| format!("{url}: {lost}"))?;
        let (head, body) = answer.into_parts();
        for line in head.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok()) {
            self.keep(line);
        }
        Ok((head.status, head.headers, String::from_utf8_lossy(&body).into_owned()))
    }

    fn keep(&mut self, line: &str) {
        let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else { return };
        if line.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// An address on a page, as a browser understands it: whole, from the root, or a query of the page itself.
pub(super) fn absolute(page: &str, address: &str) -> Result<String, String> {
    if address.starts_with("http://") || address.starts_with("https://") {
        return Ok(address.to_owned());
    }
    let uri: Uri = page.parse().map_err(|error| format!("{page}: {error}"))?;
    let (scheme, host) = (uri.scheme_str().unwrap_or("http"), uri.authority().map_or("", |host| host.as_str()));
    match address.chars().next() {
        Some('/') => Ok(format!("{scheme}://{host}{address}")),
        Some('?') => Ok(format!("{scheme}://{host}{}{address}", uri.path())),
        None => Ok(page.to_owned()),
        Some(_) => Err(format!("{page}: leads to {address:?}, which this browser does not understand")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_understood_from_their_page() {
        let page = "http://127.0.0.1:1/a/b?x=1";
        for (address, whole) in [
            ("https://bank.example/pay", "https://bank.example/pay"),
            ("/c", "http://127.0.0.1:1/c"),
            ("?lang=en", "http://127.0.0.1:1/a/b?lang=en"),
            ("", page),
        ] {
            assert_eq!(absolute(page, address).as_deref(), Ok(whole));
        }
        assert!(absolute(page, "c").is_err());
    }
}
