//! Elements to a canonical message: UTF-8, prefix `ceb`, a line for each element that has no text around it.

use std::io::{self, Write};

use credit_core::ceb::Element;

use super::limits::MAX_DEPTH;
use super::names::{is_blank, is_name};
use super::namespaces::CEB;
use super::text::is_allowed;

/// Direct children of a message that are no business elements.
const NO_ITEMS: [&str; 4] = ["BaseTransfer", "BaseSubscribe", "Signature", "ExtendMessage"];

/// Writes a message as canonical XML (E-port XSD 2018-05, namespace by the prefix `ceb`). Reading it gives the same
/// elements with other lines, and writing those the same bytes. Of an element with children, text that is white
/// space alone is not written, and other text comes before them.
///
/// # Errors
/// What the writer says; `InvalidInput` for a name, a character or a nesting that no message can have.
pub fn write_message(
    root: &str,
    guid: &str,
    version: &str,
    items: &[Element],
    out: &mut impl Write,
) -> io::Result<()> {
    check(is_name(root))?;
    write!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ceb:{root} xmlns:ceb=\"{CEB}\" guid=\"")?;
    escape(guid, out)?;
    out.write_all(b"\" version=\"")?;
    escape(version, out)?;
    out.write_all(b"\">\n")?;
    for item in items {
        check(!NO_ITEMS.contains(&item.name.as_str()))?;
        element(item, 2, out)?;
        out.write_all(b"\n")?;
    }
    writeln!(out, "</ceb:{root}>")
}

fn element(element: &Element, depth: usize, out: &mut impl Write) -> io::Result<()> {
    check(depth <= MAX_DEPTH && is_name(&element.name))?;
    write!(out, "<ceb:{}>", element.name)?;
    let laid_out = !element.children.is_empty() && is_blank(&element.text);
    if !laid_out {
        escape(&element.text, out)?;
    }
    for child in &element.children {
        if laid_out {
            out.write_all(b"\n")?;
        }
        self::element(child, depth + 1, out)?;
    }
    if laid_out {
        out.write_all(b"\n")?;
    }
    write!(out, "</ceb:{}>", element.name)
}

/// Text or the value of an attribute. As themselves tab and LF would not survive in an attribute, nor CR anywhere.
fn escape(text: &str, out: &mut impl Write) -> io::Result<()> {
    let mut rest = text;
    while let Some(at) = rest.find(|c| !is_plain(c)) {
        let (before, after) = rest.split_at(at);
        out.write_all(before.as_bytes())?;
        let mut chars = after.chars();
        match chars.next() {
            Some('&') => out.write_all(b"&amp;")?,
            Some('<') => out.write_all(b"&lt;")?,
            Some('>') => out.write_all(b"&gt;")?,
            Some('"') => out.write_all(b"&quot;")?,
            Some(c) if is_allowed(c) => write!(out, "&#{};", u32::from(c))?,
            _ => check(false)?,
        }
        rest = chars.as_str();
    }
    out.write_all(rest.as_bytes())
}

/// What is written as it is.
fn is_plain(c: char) -> bool {
    is_allowed(c) && !matches!(c, '&' | '<' | '>' | '"' | '\t' | '\n' | '\r')
}

fn check(holds: bool) -> io::Result<()> {
    if holds { Ok(()) } else { Err(io::ErrorKind::InvalidInput.into()) }
}
