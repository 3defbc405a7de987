//! The text of a message: its encoding, its line ends, and the characters that may not stand in it.

use super::error::{Fault, Problem};

/// The byte order mark of UTF-8.
const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";
/// Bytes within which an XML declaration must end.
const MAX_DECLARATION_BYTES: usize = 256;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Gb18030,
}

/// The text of a document in the encoding that it declares, without byte order mark, every line end one LF (XML 1.0,
/// 2.11), and only characters that may stand in XML and can be seen.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, Fault> {
    let encoding = encoding_of(&bytes).map_err(Fault::whole)?;
    let text = match encoding {
        Encoding::Utf8 => utf8(bytes)?,
        Encoding::Gb18030 => gb18030(&bytes)?,
    };
    let text = with_plain_line_ends(text);
    match first_not_allowed(&text) {
        None => Ok(text),
        Some(at) => Err(Fault { line: line_at(&text, at), problem: Problem::ControlChar }),
    }
}

/// Whether a character may stand in a message: XML 1.0, 2.2, without the control characters that nobody sees.
pub(super) fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || (!c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}'))
}

/// Without the byte order mark of UTF-8.
pub(super) fn strip_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(UTF8_BOM).unwrap_or(bytes)
}

/// Whether bytes begin as XML does.
pub(super) fn looks_like_xml(bytes: &[u8]) -> bool {
    strip_bom(bytes).iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// The mark decides; else the XML declaration; without either it is UTF-8.
fn encoding_of(bytes: &[u8]) -> Result<Encoding, Problem> {
    if bytes.starts_with(UTF8_BOM) {
        return Ok(Encoding::Utf8);
    }
    let Some(label) = declared(bytes)? else { return Ok(Encoding::Utf8) };
    let is = |name: &str| label.eq_ignore_ascii_case(name.as_bytes());
    if is("utf-8") || is("utf8") {
        Ok(Encoding::Utf8)
    } else if is("gb2312") || is("gbk") || is("gb18030") {
        Ok(Encoding::Gb18030)
    } else {
        Err(Problem::UnknownEncoding)
    }
}

/// The value of `encoding` in the XML declaration, which all the encodings write in ASCII.
fn declared(bytes: &[u8]) -> Result<Option<&[u8]>, Problem> {
    let Some(rest) = bytes.strip_prefix(b"<?xml") else { return Ok(None) };
    if !rest.first().is_some_and(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let rest = rest.get(..MAX_DECLARATION_BYTES).unwrap_or(rest);
    let end = rest.windows(2).position(|two| two == b"?>").ok_or(Problem::Syntax)?;
    let declaration = rest.get(..end).unwrap_or_default();
    let name = b"encoding";
    let Some(at) = declaration.windows(name.len()).position(|window| window == name) else {
        return Ok(None);
    };
    let value = declaration.get(at + name.len()..).unwrap_or_default().trim_ascii_start();
    let value = value.strip_prefix(b"=").ok_or(Problem::Syntax)?.trim_ascii_start();
    let (quote, value) = value.split_first().ok_or(Problem::Syntax)?;
    if !matches!(quote, b'"' | b'\'') {
        return Err(Problem::Syntax);
    }
    let end = value.iter().position(|byte| byte == quote).ok_or(Problem::Syntax)?;
    Ok(value.get(..end))
}

fn utf8(bytes: Vec<u8>) -> Result<String, Fault> {
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = line_of(error.as_bytes().get(..valid).unwrap_or_default());
        Fault { line, problem: Problem::Encoding("UTF-8") }
    })?;
    if text.starts_with('\u{FEFF}') {
        text.remove(0);
    }
    Ok(text)
}

fn gb18030(bytes: &[u8]) -> Result<String, Fault> {
    let gb18030 = encoding_rs::GB18030;
    if let Some(text) = gb18030.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok(text.into_owned());
    }
    Err(Fault { line: line_of_first_bad(bytes), problem: Problem::Encoding("GB18030") })
}

/// Where decoding stops. LF is never part of a longer character in GB18030.
fn line_of_first_bad(bytes: &[u8]) -> u64 {
    let mut decoder = encoding_rs::GB18030.new_decoder_without_bom_handling();
    let mut scratch = String::with_capacity(4096);
    let mut done = 0;
    loop {
        scratch.clear();
        let rest = bytes.get(done..).unwrap_or_default();
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut scratch, true);
        done += read;
        if result != encoding_rs::DecoderResult::OutputFull {
            return line_of(bytes.get(..done).unwrap_or_default());
        }
    }
}

fn with_plain_line_ends(text: String) -> String {
    if !text.as_bytes().contains(&b'\r') {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('\r') {
        plain.push_str(before);
        plain.push('\n');
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    plain.push_str(rest);
    plain
}

/// Where the first character stands that may not.
fn first_not_allowed(text: &str) -> Option<usize> {
    // Only these bytes begin such a character; most messages of ASCII need no second look.
    let suspicious =
        |byte: u8| (byte < 0x20 && byte != b'\n' && byte != b'\t') || matches!(byte, 0x7F | 0xC2 | 0xEF);
    if !text.bytes().any(suspicious) {
        return None;
    }
    text.char_indices().find(|(_, c)| !is_allowed(*c)).map(|(at, _)| at)
}

/// The physical line of a byte of a text.
pub(super) fn line_at(text: &str, at: usize) -> u64 {
    line_of(text.as_bytes().get(..at).unwrap_or_default())
}

/// The line that begins or goes on after some bytes.
fn line_of(before: &[u8]) -> u64 {
    1 + line_ends(before)
}

pub(super) fn line_ends(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u64::MAX)
}
