//! Spanish or English: `?lang=` decides, else the browser's `Accept-Language`, else Spanish.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

/// The language of a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Language {
    English,
    Spanish,
}

impl Language {
    pub(super) fn of(query: Option<&str>, headers: &HeaderMap) -> Self {
        let asked = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).find(|(name, _)| name == "lang");
        if let Some((_, asked)) = asked {
            return if asked == "en" { Self::English } else { Self::Spanish };
        }
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // browsers send the preferred one first
        let first = accepted.split(',').find_map(|part| match part.trim().get(..2) {
            Some("en") => Some(Self::English),
            Some("es") => Some(Self::Spanish),
            _ => None,
        });
        first.unwrap_or(Self::Spanish)
    }

    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// The text of this language.
    pub(super) const fn pick<'t>(self, spanish: &'t str, english: &'t str) -> &'t str {
        match self {
            Self::English => english,
            Self::Spanish => spanish,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_decides_then_the_browser() {
        let browser = |accepted: &str| HeaderMap::from_iter([(ACCEPT_LANGUAGE, accepted.parse().unwrap())]);
        assert_eq!(Language::of(Some("a=1&lang=en"), &browser("es")), Language::English);
        assert_eq!(Language::of(None, &browser("fr, en-GB;q=0.8, es;q=0.5")), Language::English);
        assert_eq!(Language::of(None, &browser("fr")), Language::Spanish);
    }
}
