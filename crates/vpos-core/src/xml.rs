//! A small tree of XML elements, for banks that speak XML (feature `xml`): no DTD, no processing instructions, no entities beyond the five of XML and characters by
//! number, limits on depth and count. Each element knows where its literal text stands, since that is what the bank signs.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::Error;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Real messages are five deep.
const MOST_DEEP: usize = 24;

/// The largest massive answer that fits into 1 MiB.
const MOST_ELEMENTS: usize = 65_536;

/// What may stand in front of a document without being part of it: a byte order mark, white space.
pub const BEFORE_XML: [char; 5] = ['\u{feff}', ' ', '\t', '\r', '\n'];

/// How strictly a document is read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a bank is one or the other")]
pub enum Reading {
    /// As XML 1.0 says.
    #[default]
    Strict,
    /// A `&` that begins no entity is text: some banks send it so.
    StrayAmpersands,
}

/// An element: its name without prefix, its attributes, its own text, its children.
///
/// `Debug` shows the names alone: texts may hold card data.
#[derive(Default)]
pub struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
    span: Range<usize>,
}

impl Element {
    /// Reads a whole document.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is not well-formed, for a DTD, an instruction, a comment, an entity beyond the five, and
    /// for what is too deep or has too many elements.
    pub fn parse(document: &str, reading: Reading) -> Result<Self, Error> {
        let mut reader = Reader::from_str(document);
        reader.config_mut().allow_dangling_amp = reading == Reading::StrayAmpersands;
        Builder { reader, open: Vec::new(), root: None, count: 0 }.run()
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The name, without prefix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text directly inside, entities resolved.
    pub fn content(&self) -> &str {
        &self.text
    }

    /// The elements inside, in their order.
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// The literal text of the element in the document it was read from.
    pub fn literal<'d>(&self, document: &'d str) -> &'d str {
        document.get(self.span.clone()).unwrap_or_default()
    }

    /// The one child of that name.
    ///
    /// # Errors
    /// [`Error::Malformed`] when there is none, or more than one.
    pub fn child(&self, name: &'static str) -> Result<&Self, Error> {
        self.optional_child(name)?.ok_or_else(|| Error::malformed(name, "missing"))
    }

    /// The child of that name, when there is one.
    ///
    /// # Errors
    /// [`Error::Malformed`] when there is more than one.
    pub fn optional_child(&self, name: &'static str) -> Result<Option<&Self>, Error> {
        let mut named = self.children.iter().filter(|child| child.name == name);
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(Error::malformed(name, "is there twice")),
            (child, None) => Ok(child),
        }
    }

    /// Moves the first child of that name out of the tree; an empty element when there is none.
    #[must_use]
    pub fn take_child(&mut self, name: &str) -> Self {
        let at = self.children.iter().position(|child| child.name == name);
        at.map(|at| self.children.swap_remove(at)).unwrap_or_default()
    }

    /// The same, taken out.
    pub fn into_children(self) -> Vec<Self> {
        self.children
    }

    /// The text of a field, its name compared without case.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is there twice, in any case, or holds elements.
    pub fn field(&self, name: &'static str) -> Result<Option<&str>, Error> {
        let mut named = self.children.iter().filter(|child| child.name.eq_ignore_ascii_case(name));
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(Error::malformed(name, "is there twice")),
            (Some(child), None) if !child.children.is_empty() => Err(Error::malformed(name, "not text")),
            (child, None) => Ok(child.map(|child| child.text.trim())),
        }
    }

    /// Refuses a child that is there twice, in any case.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn refuse_double_fields(&self) -> Result<(), Error> {
        for (at, child) in self.children.iter().enumerate() {
            if self.children.iter().skip(at + 1).any(|other| other.name.eq_ignore_ascii_case(&child.name)) {
                return Err(Error::malformed("XML", "a field is there twice"));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element").field("name", &self.name).field("children", &self.children).finish_non_exhaustive()
    }
}

struct Builder<'d> {
    reader: Reader<&'d [u8]>,
    open: Vec<Element>,
    root: Option<Element>,
    count: usize,
}

impl Builder<'_> {
    fn run(mut self) -> Result<Element, Error> {
        loop {
            let before = self.position()?;
            match self.reader.read_event().map_err(|_| malformed("not well-formed"))? {
                Event::Start(start) => self.open(&start, before)?,
                Event::Empty(start) => {
                    self.open(&start, before)?;
                    self.close()?;
                }
                Event::End(_) => self.close()?,
                Event::Text(text) => self.text(&text)?,
                Event::CData(text) => self.text(&text)?,
                Event::GeneralRef(name) => {
                    let c = entity(&name).ok_or_else(|| malformed("an entity that XML does not have"))?;
                    self.text(c.encode_utf8(&mut [0; 4]))?;
                }
                Event::Decl(_) if before == 0 => {}
                Event::Eof => break,
                Event::Decl(_) | Event::DocType(_) | Event::PI(_) => return Err(malformed("a DTD or an instruction")),
                Event::Comment(_) => return Err(malformed("a comment")),
            }
        }
        match self.root {
            Some(root) if self.open.is_empty() => Ok(root),
            _ => Err(malformed("not a whole document")),
        }
    }

    fn position(&self) -> Result<usize, Error> {
        usize::try_from(self.reader.buffer_position()).map_err(|_| malformed("too long"))
    }

    fn open(&mut self, start: &BytesStart<'_>, before: usize) -> Result<(), Error> {
        self.count += 1;
        if self.count > MOST_ELEMENTS || self.open.len() >= MOST_DEEP {
            return Err(malformed("too deep or too many elements"));
        }
        if self.root.is_some() {
            return Err(malformed("more than one document"));
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| malformed("a broken attribute"))?;
            let value =
                quick_xml::escape::unescape(&attribute.value).map_err(|_| malformed("an entity that XML does not have"))?;
            attributes.push((attribute.key.into_inner().to_owned(), value.into_owned()));
        }
        let name = start.local_name().into_inner().to_owned();
        self.open.push(Element { name, attributes, span: before..before, ..Element::default() });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        let after = self.position()?;
        let Some(mut element) = self.open.pop() else { return Err(malformed("not well-formed")) };
        element.span.end = after;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim_matches(BEFORE_XML).is_empty() => {}
            None => return Err(malformed("text outside the document")),
        }
        Ok(())
    }
}

/// The five entities of XML, and characters by number.
fn entity(name: &str) -> Option<char> {
    let by_number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let c = match (name, name.strip_prefix("#x"), name.strip_prefix('#')) {
        ("amp", ..) => '&',
        ("lt", ..) => '<',
        ("gt", ..) => '>',
        ("quot", ..) => '"',
        ("apos", ..) => '\'',
        (_, Some(hexadecimal), _) => by_number(hexadecimal, 16)?,
        (_, None, Some(decimal)) => by_number(decimal, 10)?,
        _ => return None,
    };
    // XML 1.0, production 2: no control characters but these
    (!c.is_control() || matches!(c, '\t' | '\n' | '\r')).then_some(c)
}

/// The text of a document in the encoding that its declaration names: UTF-8 (also when it names none) or ISO-8859-1.
///
/// # Errors
/// [`Error::Malformed`] for another encoding, or for what is not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    let head: String = bytes.iter().take(100).map(|b| char::from(*b)).collect();
    let declared = head.split_once("encoding=").and_then(|(_, rest)| rest.get(1..)?.split(['"', '\'']).next());
    match declared.map(str::to_ascii_uppercase).as_deref() {
        None | Some("UTF-8" | "UTF8") => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| malformed("not UTF-8")),
        // every byte is the character of its number
        Some("ISO-8859-1" | "LATIN1") => Ok(bytes.iter().map(|b| char::from(*b)).collect::<String>().into()),
        Some(_) => Err(malformed("an encoding that is not read here")),
    }
}

fn malformed(reason: &'static str) -> Error {
    Error::malformed("XML", reason)
}

/// Text as it may stand between two marks: `<`, `>` and `&` escaped, quotes left alone.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_literal_text_of_an_element_is_what_was_sent() {
        let document = "<?xml version='1.0'?>\n<a:M xmlns:a=\"x\"><R v='0.0'><F>1 &lt; &#50;</F><E/></R><S>x</S></a:M>\n";
        let root = Element::parse(document, Reading::Strict).unwrap();
        assert_eq!(root.name(), "M");
        let request = root.child("R").unwrap();
        assert_eq!(request.literal(document), "<R v='0.0'><F>1 &lt; &#50;</F><E/></R>");
        assert_eq!(request.field("f").unwrap(), Some("1 < 2"));
        assert_eq!(request.field("E").unwrap(), Some(""));
        assert_eq!(request.child("E").unwrap().literal(document), "<E/>");
        assert_eq!(root.field("none").unwrap(), None);
        assert!(root.field("R").is_err());
    }

    #[test]
    fn attributes_stray_ampersands_and_other_encodings() {
        let root = Element::parse("<a b='1&amp;2' x:c=\"3\"/>", Reading::Strict).unwrap();
        assert_eq!((root.attribute("b"), root.attribute("x:c"), root.attribute("d")), (Some("1&2"), Some("3"), None));
        let stray = "<a>Tom & Jerry &amp; co</a>";
        assert!(Element::parse(stray, Reading::Strict).is_err());
        assert_eq!(Element::parse(stray, Reading::StrayAmpersands).unwrap().content(), "Tom & Jerry & co");
        assert!(Element::parse("<a>&x;</a>", Reading::StrayAmpersands).is_err());

        let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?><a>Operaci\xF3n</a>";
        assert_eq!(Element::parse(&decode(latin).unwrap(), Reading::Strict).unwrap().content(), "Operación");
        assert!(decode(b"<?xml version='1.0' encoding='UTF-16'?><a/>").is_err());
        assert!(decode(b"<a>\xF3</a>").is_err());
    }

    #[test]
    fn tricks_are_refused() {
        let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
        let many = format!("<a>{}</a>", "<b/>".repeat(MOST_ELEMENTS));
        for document in [
            "",
            "x",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            "<a>&x;</a>",
            "<a>&#0;</a>",
            "<a>&#xD800;</a>",
            "<a><?php x?></a>",
            "<a><!-- x --></a>",
            "<a b='1' b='2'/>",
            "<a b=1/>",
            &deep,
            &many,
        ] {
            assert!(Element::parse(document, Reading::Strict).is_err(), "{document:.60}");
        }
        let doubled = Element::parse("<a><b>1</b><B>2</B></a>", Reading::Strict).unwrap();
        assert!(doubled.field("b").is_err() && doubled.refuse_double_fields().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*", marks in "[<>/a&;!\\[\\]#x \"'=-]*") {
            let _ = Element::parse(&text, Reading::Strict);
            let _ = Element::parse(&marks, Reading::Strict);
        }

        #[test]
        fn escaped_text_is_read_back(text in "[^\\p{C}]*") {
            let document = format!("<a>{}</a>", escape(&text));
            let element = Element::parse(&document, Reading::Strict).unwrap();
            prop_assert_eq!(element.content(), text.as_str());
        }
    }
}
