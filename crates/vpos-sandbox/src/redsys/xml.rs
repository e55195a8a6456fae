//! The little XML that the bank reads: elements with text or children, each with the place of its literal text, which is
//! what is signed. No DTD, no instruction, no comment.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::Event;

/// Real messages are five deep.
const MOST_DEEP: usize = 24;

/// An element, by its local name.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Node>,
    span: Range<usize>,
}

impl Node {
    /// Reads a whole document; nothing when it is not one.
    pub(super) fn parse(document: &str) -> Option<Self> {
        let mut reader = Reader::from_str(document);
        let mut open = vec![Self::default()];
        loop {
            let before = usize::try_from(reader.buffer_position()).ok()?;
            let event = reader.read_event().ok()?;
            let after = usize::try_from(reader.buffer_position()).ok()?;
            match event {
                Event::Start(start) if open.len() < MOST_DEEP => {
                    let name = start.local_name().into_inner().to_owned();
                    open.push(Self { name, span: before..after, ..Self::default() });
                }
                Event::Empty(start) => {
                    let name = start.local_name().into_inner().to_owned();
                    open.last_mut()?.children.push(Self { name, span: before..after, ..Self::default() });
                }
                Event::End(_) => {
                    let mut node = open.pop()?;
                    node.span.end = after;
                    open.last_mut()?.children.push(node);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text),
                Event::CData(text) => open.last_mut()?.text.push_str(&text),
                Event::GeneralRef(name) => {
                    let by_number = name.resolve_char_ref().ok()?;
                    let mut buffer = [0; 4];
                    let text = match by_number {
                        Some(c) => c.encode_utf8(&mut buffer),
                        None => resolve_xml_entity(&name)?,
                    };
                    open.last_mut()?.text.push_str(text);
                }
                Event::Decl(_) => {}
                Event::Eof => break,
                _ => return None,
            }
        }
        let mut whole = open.pop().filter(|_| open.is_empty())?;
        let root = whole.children.pop()?;
        (whole.children.is_empty() && whole.text.trim().is_empty()).then_some(root)
    }

    /// The child of that name, when it is there once.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        let mut found = self.children.iter().filter(|child| child.name == name);
        found.next().filter(|_| found.next().is_none())
    }

    /// The text of the child of that name, without white space around it.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    /// The element as it stands in the document that was parsed.
    pub(super) fn literal<'d>(&self, document: &'d str) -> &'d str {
        document.get(self.span.clone()).unwrap_or_default()
    }
}

/// An element with text.
pub(super) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", quick_xml::escape::escape(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_texts_and_literal_places() {
        let document =
            "<?xml version='1.0'?><s:A xmlns:s='x'><B v=\"0.0\"><C>a &lt; &#98;</C><D/></B><E><![CDATA[<f>]]></E></s:A>";
        let root = Node::parse(document).unwrap();
        let b = root.child("B").unwrap();
        assert_eq!(b.literal(document), "<B v=\"0.0\"><C>a &lt; &#98;</C><D/></B>");
        assert_eq!((b.field("C"), b.field("D"), root.field("E")), (Some("a < b"), Some(""), Some("<f>")));
    }

    #[test]
    fn what_is_no_message_is_not_read() {
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        for document in ["", "x", "<a>", "<a/><b/>", "<a/>x", "<!DOCTYPE a><a/>", "<a><!-- --></a>", "<a>&x;</a>", &deep] {
            assert!(Node::parse(document).is_none(), "{document:.40}");
        }
        assert!(Node::parse("<a><b/><b/></a>").unwrap().child("b").is_none());
    }
}
