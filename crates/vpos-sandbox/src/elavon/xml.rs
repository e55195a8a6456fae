//! Remote XML as the platform reads and writes it: a request becomes paths and texts, an answer is signed or basic.
//!
//! Source: banks/ELAVON.md, section 5 (the samples of rxp-remote-java).

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};

/// Deeper than any request of the schema.
const MOST_DEEP: usize = 8;

/// A request, read: its type, its timestamp, and each text by its path below the root (`card/ref`, `amount@currency`).
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) kind: String,
    pub(super) timestamp: String,
    values: Vec<(String, String)>,
}

impl Message {
    /// Reads a request. What is wrong with it is the text of a 506.
    pub(super) fn read(body: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(body).map_err(|_| "not UTF-8")?;
        let (mut reader, mut message, mut open) = (Reader::from_str(text), Self::default(), Vec::<String>::new());
        let mut ended = false;
        loop {
            match reader.read_event().map_err(|_| "not well-formed")? {
                Event::Start(start) if !ended => message.begin(&start, &mut open)?,
                Event::Empty(start) if !open.is_empty() => {
                    message.begin(&start, &mut open)?;
                    open.pop();
                }
                Event::End(_) => {
                    open.pop();
                    ended = open.is_empty();
                }
                Event::Text(text) => message.text(&text, &open)?,
                Event::CData(text) => message.text(&text, &open)?,
                Event::GeneralRef(name) => {
                    let by_number = name.resolve_char_ref().map_err(|_| "a broken character reference")?;
                    let text = by_number.map(String::from).or_else(|| resolve_predefined_entity(&name).map(str::to_owned));
                    message.text(&text.ok_or("an entity that XML does not have")?, &open)?;
                }
                Event::Eof if ended => return Ok(message),
                Event::Decl(_) | Event::Comment(_) => {}
                _ => return Err("not one whole document, or with a DTD"),
            }
        }
    }

    fn begin(&mut self, start: &BytesStart<'_>, open: &mut Vec<String>) -> Result<(), &'static str> {
        if open.len() >= MOST_DEEP {
            return Err("too deep");
        }
        let name = start.name().into_inner().to_owned();
        let path = below_root(open).map_or_else(|| name.clone(), |path| format!("{path}/{name}"));
        if open.is_empty() && name != "request" {
            return Err("the root is not <request>");
        }
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| "a broken attribute")?;
            let value = unescape(&attribute.value).map_err(|_| "an entity that XML does not have")?.into_owned();
            match (open.is_empty(), attribute.key.into_inner()) {
                (true, "type") => self.kind = value,
                (true, "timestamp") => self.timestamp = value,
                (true, _) => {}
                (false, key) => self.values.push((format!("{path}@{key}"), value)),
            }
        }
        if !open.is_empty() {
            if self.text_of(&path).is_some() {
                return Err("an element is there twice");
            }
            self.values.push((path, String::new()));
        }
        open.push(name);
        Ok(())
    }

    fn text(&mut self, text: &str, open: &[String]) -> Result<(), &'static str> {
        let Some(path) = below_root(open) else {
            return if text.trim().is_empty() { Ok(()) } else { Err("text outside the elements") };
        };
        if let Some((_, value)) = self.values.iter_mut().find(|(known, _)| *known == path) {
            value.push_str(text);
        }
        Ok(())
    }

    /// The text of an element or attribute that is there.
    pub(super) fn text_of(&self, path: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| known == path).map(|(_, value)| value.as_str())
    }

    /// The same, empty where there is none: what stands in a hash.
    pub(super) fn slot(&self, path: &str) -> &str {
        self.text_of(path).unwrap_or_default()
    }
}

/// The path of the innermost open element below the root.
fn below_root(open: &[String]) -> Option<String> {
    open.get(1..).filter(|below| !below.is_empty()).map(|below| below.join("/"))
}

/// An answer while it is written: elements in the order of the samples.
pub(super) struct Answer(String);

impl Answer {
    pub(super) fn at(timestamp: &str) -> Self {
        Self(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<response timestamp=\"{timestamp}\">\r\n"))
    }

    pub(super) fn with(mut self, name: &str, text: &str) -> Self {
        let _ = write!(self.0, "<{name}>{}</{name}>\r\n", escape(text));
        self
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.0.push_str("</response>\r\n");
        self.0.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_becomes_paths() {
        let text = b"<?xml version=\"1.0\"?><request timestamp=\"20261123120500\" type=\"auth\"><orderid>A&amp;&#66;</orderid>\
            <amount currency=\"EUR\">100</amount><card><ref>c</ref></card><autosettle flag=\"1\"/></request>";
        let message = Message::read(text).unwrap();
        assert_eq!((message.kind.as_str(), message.timestamp.as_str()), ("auth", "20261123120500"));
        for (path, text) in
            [("orderid", "A&B"), ("amount", "100"), ("amount@currency", "EUR"), ("card/ref", "c"), ("autosettle@flag", "1")]
        {
            assert_eq!(message.text_of(path), Some(text), "{path}");
        }
        assert_eq!((message.text_of("pasref"), message.slot("pasref")), (None, ""));
    }

    #[test]
    fn what_is_not_one_request_is_refused() {
        for text in [
            "",
            "text",
            "<request>",
            "<answer/>",
            "<answer></answer>",
            "<request></request><request></request>",
            "<request><a>1</a><a>2</a></request>",
            "<request><a>&nbsp;</a></request>",
            "<!DOCTYPE x><request></request>",
            "<request><a><b><c><d><e><f><g><h></h></g></f></e></d></c></b></a></request>",
            "<request></request>x",
        ] {
            assert!(Message::read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Message::read(&[0xff]).is_err());
    }

    #[test]
    fn an_answer_escapes_its_texts() {
        let answer = Answer::at("1").with("message", "Tom & <co>").end();
        let text = String::from_utf8(answer).unwrap();
        assert!(text.contains("<message>Tom &amp; &lt;co&gt;</message>"), "{text}");
    }
}
