//! The text of a message to its tree of elements, in one pass, every rule and limit checked on the way.

use credit_core::ceb::Element;
use quick_xml::Reader;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::{BytesStart, Event};

use super::error::{Fault, Problem};
use super::limits::Limits;
use super::names::{attribute_value, is_blank, resolve, split};
use super::namespaces::{Namespace, Namespaces};
use super::text::line_ends;

/// Direct children of a message that are no business of ours and are not kept.
const NOT_KEPT: [&str; 3] = ["BaseSubscribe", "Signature", "ExtendMessage"];
/// The element of an envelope in which the message is.
pub(super) const DATA: &str = "Data";
/// The element of an envelope that tells where it comes from.
pub(super) const TRANS_INFO: &str = "TransInfo";

/// What the root is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Envelope,
}

/// A document that was read to its end.
pub(super) struct Document {
    pub kind: Kind,
    pub root: Element,
    pub guid: Option<String>,
    pub version: Option<String>,
    pub signed: bool,
}

/// What is asked of a document.
pub(super) struct Wanted<'a> {
    pub limits: &'a Limits,
    /// Bytes of the document before decoding.
    pub bytes: usize,
    /// Whether the root may be an envelope.
    pub envelope: bool,
}

/// Reads a document.
///
/// # Errors
/// The first thing that is wrong with it, and its line.
pub(super) fn read(text: &str, wanted: Wanted<'_>) -> Result<Document, Fault> {
    let mut xml = Reader::from_str(text);
    xml.config_mut().check_comments = true;
    let mut walk = Walk::new(wanted);
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    loop {
        let start = xml.buffer_position();
        let event = match xml.read_event() {
            Ok(event) => event,
            Err(error) => return Err(Fault { line: lines.of(start), problem: problem_of(&error) }),
        };
        let done = match event {
            Event::Start(tag) => walk.enter(&tag, lines.of(start)),
            Event::Empty(tag) => walk.enter(&tag, lines.of(start)).and_then(|()| walk.leave()),
            Event::End(_) => walk.leave(),
            Event::Text(text) if text.contains("]]>") => Err(Problem::Syntax),
            Event::Text(text) => walk.text(&text),
            Event::CData(text) => walk.cdata(&text),
            Event::GeneralRef(name) => walk.reference(&name),
            Event::Comment(_) => Ok(()),
            Event::PI(pi) if pi.target().eq_ignore_ascii_case("xml") => Err(Problem::Syntax),
            Event::PI(_) => Ok(()),
            Event::Decl(_) if start == 0 => Ok(()),
            Event::Decl(_) => Err(Problem::Syntax),
            Event::DocType(_) => Err(Problem::Doctype),
            Event::Eof => {
                return walk
                    .finish()
                    .ok_or_else(|| Fault { line: lines.of(start), problem: Problem::CutOff });
            }
        };
        done.map_err(|problem| Fault { line: lines.of(start), problem })?;
    }
}

fn problem_of(error: &quick_xml::Error) -> Problem {
    match error {
        quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype) => Problem::Doctype,
        quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup) => Problem::Syntax,
        quick_xml::Error::Syntax(_) | quick_xml::Error::IllFormed(IllFormedError::MissingEndTag(_)) => {
            Problem::CutOff
        }
        quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => Problem::Entity,
        _ => Problem::Syntax,
    }
}

/// Counts lines on the way; places are asked for in their order.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, place: u64) -> u64 {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        self.line += line_ends(self.text.get(self.at..place).unwrap_or_default());
        self.at = self.at.max(place);
        self.line
    }
}

struct Walk<'a> {
    wanted: Wanted<'a>,
    namespaces: Namespaces,
    /// Set by the root.
    kind: Option<Kind>,
    /// The elements that are kept and not yet ended.
    open: Vec<Element>,
    /// How many elements are not yet ended of one that is not kept.
    not_kept: usize,
    elements: usize,
    guid: Option<String>,
    version: Option<String>,
    signed: bool,
    root: Option<Element>,
}

impl<'a> Walk<'a> {
    fn new(wanted: Wanted<'a>) -> Self {
        Self {
            wanted,
            namespaces: Namespaces::default(),
            kind: None,
            open: Vec::new(),
            not_kept: 0,
            elements: 0,
            guid: None,
            version: None,
            signed: false,
            root: None,
        }
    }

    fn finish(self) -> Option<Document> {
        let (kind, root) = (self.kind?, self.root?);
        Some(Document { kind, root, guid: self.guid, version: self.version, signed: self.signed })
    }

    fn enter(&mut self, tag: &BytesStart<'_>, line: u64) -> Result<(), Problem> {
        let depth = self.open.len() + self.not_kept + 1;
        self.count(depth)?;
        if depth == 1 && self.root.is_some() {
            return Err(Problem::Syntax);
        }
        if !is_blank(tag.attributes_raw()) {
            self.attributes(tag, depth)?;
        }
        let name = tag.name();
        let (prefix, local) = split(name.as_ref())?;
        let namespace = self.namespaces.of(prefix).ok_or(Problem::Prefix)?;
        if self.not_kept == 0 && self.keeps(local, namespace, depth)? {
            self.open(local, line);
        } else {
            self.not_kept += 1;
        }
        Ok(())
    }

    fn count(&mut self, depth: usize) -> Result<(), Problem> {
        let limits = self.wanted.limits;
        self.elements += 1;
        if self.elements > limits.elements {
            return Err(Problem::Elements(limits.elements));
        }
        if depth > limits.depth { Err(Problem::Depth(limits.depth)) } else { Ok(()) }
    }

    /// Whether an element goes into the tree; the root says what the document is.
    fn keeps(&mut self, local: &str, namespace: Namespace, depth: usize) -> Result<bool, Problem> {
        let kind = match self.kind {
            Some(kind) => kind,
            None => self.kind_of_root(local, namespace)?,
        };
        if depth == 2 && namespace == Namespace::Signature {
            self.signed |= local == "Signature";
            return Ok(false);
        }
        match kind {
            Kind::Envelope if depth == 2 => {
                Ok(namespace == Namespace::Dxp && matches!(local, DATA | TRANS_INFO))
            }
            Kind::Envelope if namespace == Namespace::Dxp => Ok(true),
            Kind::Message if namespace == Namespace::Ceb => Ok(depth != 2 || !NOT_KEPT.contains(&local)),
            _ => Err(Problem::Foreign),
        }
    }

    fn kind_of_root(&mut self, local: &str, namespace: Namespace) -> Result<Kind, Problem> {
        let limits = self.wanted.limits;
        let kind = match namespace {
            Namespace::Ceb if self.wanted.bytes > limits.message_bytes => {
                return Err(Problem::MessageBytes(limits.message_bytes));
            }
            Namespace::Ceb => Kind::Message,
            Namespace::Dxp if local == "DxpMsg" && self.wanted.envelope => Kind::Envelope,
            Namespace::Dxp if local == "DxpMsg" => return Err(Problem::EnvelopeTwice),
            _ => return Err(Problem::Root),
        };
        self.kind = Some(kind);
        Ok(kind)
    }

    fn open(&mut self, local: &str, line: u64) {
        if let Some(parent) = self.open.last_mut()
            && parent.children.is_empty()
            && is_blank(&parent.text)
        {
            // White space before the first child is the layout of the file.
            parent.text = String::new();
        }
        self.open.push(Element { name: local.to_owned(), line, text: String::new(), children: Vec::new() });
    }

    fn leave(&mut self) -> Result<(), Problem> {
        let depth = self.open.len() + self.not_kept;
        self.namespaces.leave(depth);
        if self.not_kept > 0 {
            self.not_kept -= 1;
            return Ok(());
        }
        let element = self.open.pop().ok_or(Problem::Syntax)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn attributes(&mut self, tag: &BytesStart<'_>, depth: usize) -> Result<(), Problem> {
        let limits = self.wanted.limits;
        let mut prefixed = false;
        for (at, attribute) in tag.attributes().enumerate() {
            if at >= limits.attributes {
                return Err(Problem::Attributes(limits.attributes));
            }
            let attribute = attribute.map_err(|_| Problem::Name)?;
            let value = attribute_value(attribute.value.as_ref())?;
            if value.len() > limits.attribute_bytes {
                return Err(Problem::AttributeBytes(limits.attribute_bytes));
            }
            match split(attribute.key.as_ref())? {
                ("", "xmlns") => self.namespaces.declare("", &value, depth, limits.namespaces)?,
                ("xmlns", prefix) => self.namespaces.declare(prefix, &value, depth, limits.namespaces)?,
                ("", "guid") if depth == 1 => self.guid = Some(value.into_owned()),
                ("", "version") if depth == 1 => self.version = Some(value.into_owned()),
                (prefix, _) => prefixed |= !prefix.is_empty(),
            }
        }
        // A prefix may be declared after its use in the same tag.
        if prefixed { self.prefixes(tag) } else { Ok(()) }
    }

    fn prefixes(&self, tag: &BytesStart<'_>) -> Result<(), Problem> {
        for attribute in tag.attributes().flatten() {
            let (prefix, _) = split(attribute.key.as_ref())?;
            if !prefix.is_empty() && prefix != "xmlns" && self.namespaces.of(prefix).is_none() {
                return Err(Problem::Prefix);
            }
        }
        Ok(())
    }

    fn cdata(&mut self, text: &str) -> Result<(), Problem> {
        if self.open.is_empty() { Err(Problem::LooseText) } else { self.text(text) }
    }

    fn reference(&mut self, name: &str) -> Result<(), Problem> {
        let c = resolve(name)?;
        self.cdata(c.encode_utf8(&mut [0; 4]))
    }

    fn text(&mut self, text: &str) -> Result<(), Problem> {
        if self.not_kept > 0 {
            return Ok(());
        }
        let depth = self.open.len();
        let element = match self.open.last_mut() {
            Some(element) if depth > 1 => element,
            _ if is_blank(text) => return Ok(()),
            _ => return Err(Problem::LooseText),
        };
        let layout = element.text.is_empty() && !element.children.is_empty();
        if layout && is_blank(text) {
            return Ok(());
        }
        let limits = self.wanted.limits;
        let whole = depth == 2 && self.kind == Some(Kind::Envelope);
        let most = if whole { limits.part_bytes } else { limits.text_bytes };
        if element.text.len() + text.len() > most {
            return Err(Problem::TextBytes(most));
        }
        element.text.push_str(text);
        Ok(())
    }
}
