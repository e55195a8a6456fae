//! A small tree of XML elements, for banks that speak XML (feature `xml`): no DTD, no processing instructions, no entities beyond the five of XML and characters by
//! number, limits on depth and count. Each element knows where its literal text stands, since that is what the bank signs.

use std::borrow::Cow;
use std::fmt;
use std::iter::successors;
use std::ops::Range;

use crate::{Error, is_one_twice};
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

/// A document, read: a few allocations, however many elements it has.
pub struct Document {
    /// All names and texts, one behind the other.
    texts: String,
    /// The elements in the order in which they begin.
    nodes: Vec<Node>,
}

/// An element as it is stored.
#[derive(Debug)]
struct Node {
    name: Range<usize>,
    text: Range<usize>,
    /// Names and values, where they stand in the texts.
    attributes: Vec<(Range<usize>, Range<usize>)>,
    /// Behind its last descendant among the nodes.
    end: usize,
    /// In the text that was read.
    span: Range<usize>,
}

static NO_NODE: Node = Node { name: 0..0, text: 0..0, attributes: Vec::new(), end: 0, span: 0..0 };

impl Document {
    /// Reads a whole document. A byte order mark is no part of it: the reader would pass over it without counting it, and
    /// literal texts be cut three bytes off.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is not well-formed, for a DTD, an instruction, a comment, an entity beyond the five, text
    /// between elements, and for what is too deep or has too many elements.
    pub fn parse(document: &str, reading: Reading) -> Result<Self, Error> {
        if document.starts_with('\u{feff}') {
            return Err(malformed("a byte order mark inside"));
        }
        let read = Self { texts: String::with_capacity(document.len()), nodes: Vec::with_capacity(32) };
        let mut reader = Reader::from_str(document);
        reader.config_mut().allow_dangling_amp = reading == Reading::StrayAmpersands;
        Builder { reader, open: Vec::with_capacity(MOST_DEEP), read }.run()
    }

    /// The outermost element.
    pub fn root(&self) -> Element<'_> {
        self.element(0)
    }

    /// The element at that [place](Element::place).
    pub fn element(&self, place: usize) -> Element<'_> {
        Element { document: self, place, node: self.nodes.get(place).unwrap_or(&NO_NODE) }
    }

    fn text(&self, range: &Range<usize>) -> &str {
        self.texts.get(range.clone()).unwrap_or_default()
    }
}

/// An element: its name without prefix, its own text, its children.
#[derive(Clone, Copy)]
pub struct Element<'d> {
    document: &'d Document,
    place: usize,
    node: &'d Node,
}

impl<'d> Element<'d> {
    /// Where [`Document::element`] finds it again.
    pub const fn place(self) -> usize {
        self.place
    }

    /// The name, without prefix.
    pub fn name(self) -> &'d str {
        self.document.text(&self.node.name)
    }

    /// The text directly inside, entities resolved.
    pub fn content(self) -> &'d str {
        self.document.text(&self.node.text)
    }

    /// The value of an attribute.
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        let named = self.node.attributes.iter().find(|(known, _)| self.document.text(known) == name);
        named.map(|(_, value)| self.document.text(value))
    }

    /// The elements inside, in their order.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let (document, end) = (self.document, self.node.end);
        let places = successors(Some(self.place + 1), move |place| Some(document.element(*place).node.end));
        places.take_while(move |place| *place < end).map(move |place| document.element(place))
    }

    /// The literal text of the element in the text it was read from.
    pub fn literal(self, document: &str) -> &str {
        document.get(self.node.span.clone()).unwrap_or_default()
    }

    /// The one child of that name.
    ///
    /// # Errors
    /// [`Error::Malformed`] when there is none, or more than one.
    pub fn child(self, name: &'static str) -> Result<Self, Error> {
        self.optional_child(name)?.ok_or_else(|| Error::malformed(name, "missing"))
    }

    /// The child of that name, when there is one.
    ///
    /// # Errors
    /// [`Error::Malformed`] when there is more than one.
    pub fn optional_child(self, name: &'static str) -> Result<Option<Self>, Error> {
        let mut named = self.children().filter(|child| child.name() == name);
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(Error::malformed(name, "is there twice")),
            (child, None) => Ok(child),
        }
    }

    /// The text of a field, its name compared without case.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is there twice, in any case, or holds elements.
    pub fn field(self, name: &'static str) -> Result<Option<&'d str>, Error> {
        let mut named = self.children().filter(|child| child.name().eq_ignore_ascii_case(name));
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(Error::malformed(name, "is there twice")),
            (Some(child), None) if child.children().next().is_some() => Err(Error::malformed(name, "not text")),
            (child, None) => Ok(child.map(|child| child.content().trim())),
        }
    }

    /// Refuses a child that is there twice, in any case.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn refuse_double_fields(self) -> Result<(), Error> {
        let twice = is_one_twice(self.children().map(Self::name));
        if twice { Err(Error::malformed("XML", "a field is there twice")) } else { Ok(()) }
    }
}

/// Shows the names alone: texts may hold card data.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root().fmt(f)
    }
}

/// Shows the names alone: texts may hold card data.
impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entry(&self.name()).entries(self.children()).finish()
    }
}

struct Builder<'d> {
    reader: Reader<&'d [u8]>,
    /// The places of the elements that are not closed yet.
    open: Vec<usize>,
    read: Document,
}

impl Builder<'_> {
    fn run(mut self) -> Result<Document, Error> {
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
        let whole = self.open.is_empty() && !self.read.nodes.is_empty();
        if whole { Ok(self.read) } else { Err(malformed("not a whole document")) }
    }

    fn position(&self) -> Result<usize, Error> {
        usize::try_from(self.reader.buffer_position()).map_err(|_| malformed("too long"))
    }

    fn open(&mut self, start: &BytesStart<'_>, before: usize) -> Result<(), Error> {
        let Document { texts, nodes } = &mut self.read;
        if nodes.len() >= MOST_ELEMENTS || self.open.len() >= MOST_DEEP {
            return Err(malformed("too deep or too many elements"));
        }
        match self.open.last().and_then(|parent| nodes.get(*parent)) {
            None if !nodes.is_empty() => return Err(malformed("more than one document")),
            Some(parent) if !is_blank(texts.get(parent.text.clone()).unwrap_or_default()) => return Err(mixed()),
            _ => {}
        }
        let name = keep(texts, start.local_name().into_inner());
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| malformed("a broken attribute"))?;
            let value = quick_xml::escape::unescape(&attribute.value);
            let value = value.map_err(|_| malformed("an entity that XML does not have"))?;
            attributes.push((keep(texts, attribute.key.into_inner()), keep(texts, &value)));
        }
        let text = texts.len();
        self.open.push(nodes.len());
        nodes.push(Node { name, text: text..text, attributes, end: 0, span: before..before });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        let after = self.position()?;
        let end = self.read.nodes.len();
        let node = self.open.pop().and_then(|place| self.read.nodes.get_mut(place));
        let node = node.ok_or_else(|| malformed("not well-formed"))?;
        node.end = end;
        node.span.end = after;
        Ok(())
    }

    /// An element has text or children: between children stands white space alone.
    fn text(&mut self, text: &str) -> Result<(), Error> {
        let Document { texts, nodes } = &mut self.read;
        match self.open.last().and_then(|place| nodes.get_mut(*place)) {
            Some(node) if node.text.end == texts.len() => {
                texts.push_str(text);
                node.text.end = texts.len();
                Ok(())
            }
            Some(_) => {
                if is_blank(text) {
                    Ok(())
                } else {
                    Err(mixed())
                }
            }
            None if text.trim_matches(BEFORE_XML).is_empty() => Ok(()),
            None => Err(malformed("text outside the document")),
        }
    }
}

/// Puts a text behind the others and says where it stands.
fn keep(texts: &mut String, text: &str) -> Range<usize> {
    let start = texts.len();
    texts.push_str(text);
    start..texts.len()
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
}

fn mixed() -> Error {
    malformed("text between elements")
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
        let read = Document::parse(document, Reading::Strict).unwrap();
        let root = read.root();
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
    fn children_are_those_of_their_element_alone() {
        let read = Document::parse("<a> <b><c>1</c><c>2</c></b>\n<d/> <e>3</e> </a>", Reading::Strict).unwrap();
        let names = |element: Element<'_>| element.children().map(|child| child.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(read.root()), ["b", "d", "e"]);
        let first = read.root().child("b").unwrap();
        assert_eq!(names(first), ["c", "c"]);
        assert_eq!(first.children().map(Element::content).collect::<String>(), "12");
        assert_eq!(read.root().field("e").unwrap(), Some("3"));
        assert_eq!(read.element(first.place()).name(), "b");
        assert_eq!(names(read.root().child("d").unwrap()), [""; 0]);
        assert_eq!(names(read.element(99)), [""; 0]);
    }

    #[test]
    fn attributes_stray_ampersands_and_other_encodings() {
        let read = Document::parse("<a b='1&amp;2' x:c=\"3\">t</a>", Reading::Strict).unwrap();
        let root = read.root();
        assert_eq!((root.attribute("b"), root.attribute("x:c"), root.attribute("d")), (Some("1&2"), Some("3"), None));
        assert_eq!((root.content(), format!("{read:?}").as_str()), ("t", "[\"a\"]"));
        let stray = "<a>Tom & Jerry &amp; co</a>";
        assert!(Document::parse(stray, Reading::Strict).is_err());
        assert_eq!(Document::parse(stray, Reading::StrayAmpersands).unwrap().root().content(), "Tom & Jerry & co");
        assert!(Document::parse("<a>&x;</a>", Reading::StrayAmpersands).is_err());

        let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?><a>Operaci\xF3n</a>";
        let read = Document::parse(&decode(latin).unwrap(), Reading::Strict).unwrap();
        assert_eq!(read.root().content(), "Operación");
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
            "<a>x<b/></a>",
            "<a><b/>x</a>",
            "<a><b/>&#120;<b/></a>",
            "\u{feff}<a/>",
            &deep,
            &many,
        ] {
            assert!(Document::parse(document, Reading::Strict).is_err(), "{document:.60}");
        }
        let doubled = Document::parse("<a><b>1</b><B>2</B></a>", Reading::Strict).unwrap();
        let doubled = doubled.root();
        assert!(doubled.field("b").is_err() && doubled.refuse_double_fields().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*", marks in "[<>/a&;!\\[\\]#x \"'=-]*") {
            let _ = Document::parse(&text, Reading::Strict);
            let _ = Document::parse(&marks, Reading::Strict);
        }

        #[test]
        fn escaped_text_is_read_back(text in "[^\\p{C}]*") {
            let document = format!("<a>{}</a>", escape(&text));
            let read = Document::parse(&document, Reading::Strict).unwrap();
            prop_assert_eq!(read.root().content(), text.as_str());
        }
    }
}
