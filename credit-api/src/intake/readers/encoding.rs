//! Which encoding a file has, and the text of its lines (ruling E1).

use std::io;

use credit_core::records::{ErrorCode, Expected, FieldError};

use super::lines::Lines;

/// The byte order mark of UTF-8.
const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Gb18030,
}

impl Encoding {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Gb18030 => "GB18030",
        }
    }

    /// The text of a line, or `None` when it is not valid.
    fn decode(self, bytes: Vec<u8>) -> Result<String, Vec<u8>> {
        match self {
            Encoding::Utf8 => String::from_utf8(bytes).map_err(std::string::FromUtf8Error::into_bytes),
            Encoding::Gb18030 => {
                match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(&bytes) {
                    Some(text) => Ok(text.into_owned()),
                    None => Err(bytes),
                }
            }
        }
    }
}

/// UTF-8 with a byte order mark, or if at least half of the lines with non-ASCII bytes are valid UTF-8; else
/// GB18030. Reads the whole file once. Lines that are too long have no vote.
pub(super) fn decide(lines: &mut Lines) -> io::Result<Encoding> {
    let (mut valid, mut invalid) = (0u64, 0u64);
    while let Some(line) = lines.next()? {
        if line.number == 1 && line.bytes.starts_with(UTF8_BOM) {
            return Ok(Encoding::Utf8);
        }
        if line.too_long || line.bytes.is_ascii() {
            continue;
        }
        if std::str::from_utf8(&line.bytes).is_ok() { valid += 1 } else { invalid += 1 }
    }
    Ok(if valid >= invalid { Encoding::Utf8 } else { Encoding::Gb18030 })
}

/// Without the byte order mark of UTF-8; files put together from others have several.
pub(super) fn strip_bom(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = bytes.strip_prefix(UTF8_BOM) {
        bytes = rest;
    }
    bytes
}

/// A record's bytes as they were, and why they are no text.
pub(super) type Unreadable = (Vec<u8>, FieldError);

/// A record's text without control characters other than tab, and CR and LF where `line_ends` allows them.
///
/// # Errors
/// The bytes as they were, and `encoding` or `control_char`.
pub(super) fn text_of(
    encoding: Encoding,
    bytes: Vec<u8>,
    line_ends: bool,
) -> Result<String, Box<Unreadable>> {
    let text = encoding.decode(bytes).map_err(|bytes| {
        let found = String::from_utf8_lossy(&bytes).into_owned();
        let expected = Expected::Encoded(encoding.name().into());
        Box::new((bytes, FieldError::of_row(ErrorCode::Encoding, &found, expected)))
    })?;
    match control_in(&text, line_ends) {
        None => Ok(text),
        Some(error) => Err(Box::new((text.into_bytes(), error))),
    }
}

/// The error for the first control character that may not stand in a text.
pub(super) fn control_in(text: &str, line_ends: bool) -> Option<FieldError> {
    let suspicious = |b: u8| b < 0x20 || b == 0x7f || b == 0xc2;
    if !text.bytes().any(|b| suspicious(b) && b != b'\t') {
        return None;
    }
    let allowed = |c: char| c == '\t' || (line_ends && (c == '\r' || c == '\n'));
    text.chars().find(|c| c.is_control() && !allowed(*c)).map(|c| {
        let found = format!("U+{:04X}", u32::from(c));
        FieldError::of_row(ErrorCode::ControlChar, &found, Expected::NoControlChar)
    })
}
