//! A small tree of XML elements: no DTD, no processing instructions, no entities beyond the five of XML and characters by
//! number, limits on depth and count. Each element knows where its literal text stands, since that is what the bank signs.

use std::iter::successors;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use vpos_core::Error;

use super::names::is_one_twice;

/// Real messages are five deep.
const MOST_DEEP: usize = 24;

/// The largest massive answer that fits into 1 MiB.
const MOST_ELEMENTS: usize = 65_536;

/// What may stand in front of a document without being part of it: a byte order mark, white space.
pub(crate) const BEFORE_XML: [char; 5] = ['\u{feff}', ' ', '\t', '\r', '\n'];

/// A document, read: a few allocations, however many elements it has.
#[derive(Debug)]
pub(crate) struct Document {
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
    /// Behind its last descendant among the nodes.
    end: usize,
    /// In the text that was read.
    span: Range<usize>,
}

static NO_NODE: Node = Node { name: 0..0, text: 0..0, end: 0, span: 0..0 };

impl Document {
    /// Reads a whole document. A byte order mark is no part of it: the reader would pass over it without counting it, and
    /// literal texts be cut three bytes off.
    pub(crate) fn parse(document: &str) -> Result<Self, Error> {
        if document.starts_with('\u{feff}') {
            return Err(malformed("a byte order mark inside"));
        }
        let read = Self { texts: String::with_capacity(document.len()), nodes: Vec::with_capacity(32) };
        Builder { reader: Reader::from_str(document), open: Vec::with_capacity(MOST_DEEP), read }.run()
    }

    /// The outermost element.
    pub(crate) fn root(&self) -> Element<'_> {
        self.element(0)
    }

    /// The element at that [place](Element::place).
    pub(crate) fn element(&self, place: usize) -> Element<'_> {
        Element { document: self, place, node: self.nodes.get(place).unwrap_or(&NO_NODE) }
    }

    fn text(&self, range: &Range<usize>) -> &str {
        self.texts.get(range.clone()).unwrap_or_default()
    }
}

/// An element: its name without prefix, its own text, its children.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'d> {
    document: &'d Document,
    place: usize,
    node: &'d Node,
}

impl<'d> Element<'d> {
    /// Where [`Document::element`] finds it again.
    pub(crate) const fn place(self) -> usize {
        self.place
    }

    pub(crate) fn name(self) -> &'d str {
        self.document.text(&self.node.name)
    }

    /// The text directly inside, entities resolved.
    pub(crate) fn content(self) -> &'d str {
        self.document.text(&self.node.text)
    }

    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        let (document, end) = (self.document, self.node.end);
        let places = successors(Some(self.place + 1), move |place| Some(document.element(*place).node.end));
        places.take_while(move |place| *place < end).map(move |place| document.element(place))
    }

    /// The literal text of the element in the text it was read from.
    pub(crate) fn literal(self, document: &str) -> &str {
        document.get(self.node.span.clone()).unwrap_or_default()
    }

    /// The one child of that name.
    ///
    /// # Errors
    /// [`Error::Malformed`] when there is none, or more than one.
    pub(crate) fn child(self, name: &'static str) -> Result<Self, Error> {
        self.optional_child(name)?.ok_or_else(|| Error::malformed(name, "missing"))
    }

    /// The child of that name, when there is one.
    ///
    /// # Errors
    /// [`Error::Malformed`] when there is more than one.
    pub(crate) fn optional_child(self, name: &'static str) -> Result<Option<Self>, Error> {
        let mut named = self.children().filter(|child| child.name() == name);
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(Error::malformed(name, "is there twice")),
            (child, None) => Ok(child),
        }
    }

    /// The text of a field, its name compared without case.
    pub(crate) fn field(self, name: &'static str) -> Result<Option<&'d str>, Error> {
        let mut named = self.children().filter(|child| child.name().eq_ignore_ascii_case(name));
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(Error::malformed(name, "is there twice")),
            (Some(child), None) if child.children().next().is_some() => Err(Error::malformed(name, "not text")),
            (child, None) => Ok(child.map(|child| child.content().trim())),
        }
    }

    /// Refuses a child that is there twice, in any case.
    pub(crate) fn refuse_double_fields(self) -> Result<(), Error> {
        let twice = is_one_twice(self.children().map(Self::name));
        if twice { Err(Error::malformed("XML", "a field is there twice")) } else { Ok(()) }
    }
}

impl super::claim::Fields for Element<'_> {
    fn text(&self, name: &'static str) -> Result<Option<&str>, Error> {
        self.field(name)
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
        // attributes are not read, but broken and double ones are refused
        if start.attributes().any(|attribute| attribute.is_err()) {
            return Err(malformed("a broken attribute"));
        }
        let name = texts.len();
        texts.push_str(start.local_name().into_inner());
        let text = texts.len();
        self.open.push(nodes.len());
        nodes.push(Node { name: name..text, text: text..text, end: 0, span: before..before });
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

fn malformed(reason: &'static str) -> Error {
    Error::malformed("XML", reason)
}

/// Text as it may stand between two marks: `<`, `>` and `&` escaped, quotes left alone.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_literal_text_of_an_element_is_what_was_sent() {
        let document = "<?xml version='1.0'?>\n<a:M xmlns:a=\"x\"><R v='0.0'><F>1 &lt; &#50;</F><E/></R><S>x</S></a:M>\n";
        let read = Document::parse(document).unwrap();
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
        let read = Document::parse("<a> <b><c>1</c><c>2</c></b>\n<d/> <e>3</e> </a>").unwrap();
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
            assert!(Document::parse(document).is_err(), "{document:.60}");
        }
        let doubled = Document::parse("<a><b>1</b><B>2</B></a>").unwrap();
        let doubled = doubled.root();
        assert!(doubled.field("b").is_err() && doubled.refuse_double_fields().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*", marks in "[<>/a&;!\\[\\]#x \"'=-]*") {
            let _ = Document::parse(&text);
            let _ = Document::parse(&marks);
        }

        #[test]
        fn escaped_text_is_read_back(text in "[^\\p{C}]*") {
            let document = format!("<a>{}</a>", escape(&text));
            let read = Document::parse(&document).unwrap();
            prop_assert_eq!(read.root().content(), text.as_str());
        }
    }
}
