//! Cuts a CSV record into cells (RFC 4180): quotes, doubled quotes, line breaks inside quotes.

use credit_core::records::{CellType, Cells};

/// Where a scan stands at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    Closed,
    /// Inside a quoted field: the record goes on in the next line.
    Open,
    /// Something other than a comma follows a closing quote.
    Broken,
    /// A carriage return outside quotes.
    Control,
}

/// Follows the quotes of a line; `open` says whether it begins inside a quoted field.
///
/// A quote opens a field only as its first byte; elsewhere in an unquoted field it is a plain character.
pub(super) fn follow_quotes(line: &[u8], open: bool) -> Quotes {
    #[derive(PartialEq)]
    enum At {
        Start,
        Plain,
        Quoted,
        Quote,
    }
    let mut at = if open { At::Quoted } else { At::Start };
    for byte in line {
        at = match (at, byte) {
            (At::Start, b'"') | (At::Quote, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::Quote,
            (At::Quoted, _) => At::Quoted,
            (At::Start | At::Plain | At::Quote, b',') => At::Start,
            (At::Start | At::Plain, b'\r') => return Quotes::Control,
            (At::Start | At::Plain, _) => At::Plain,
            (At::Quote, _) => return Quotes::Broken,
        };
    }
    if at == At::Quoted { Quotes::Open } else { Quotes::Closed }
}

/// A record without any quote.
pub(super) fn split_plain(record: String, columns: usize) -> Cells {
    let mut ends = Vec::with_capacity(columns);
    ends.extend(memchr::memchr_iter(b',', record.as_bytes()));
    ends.push(record.len());
    let mut cells = Cells::over(record, ends.len());
    let mut start = 0;
    for end in ends {
        cells.push_span(start, end, CellType::Text);
        start = end + 1;
    }
    cells
}

/// A record whose quotes are closed.
pub(super) fn split_quoted(record: String) -> Cells {
    let fields = fields_of(&record);
    let mut cells = Cells::over(record, fields.len());
    for (start, end, doubled) in fields {
        if doubled {
            let text = cells.raw().get(start..end).unwrap_or_default().replace("\"\"", "\"");
            cells.push_text(&text, CellType::Text);
        } else {
            cells.push_span(start, end, CellType::Text);
        }
    }
    cells
}

/// Start, end and whether quotes are doubled inside, of each field's content.
fn fields_of(record: &str) -> Vec<(usize, usize, bool)> {
    let bytes = record.as_bytes();
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let (field, next) = if rest.first() == Some(&b'"') { quoted(rest, at) } else { plain(rest, at) };
        fields.push(field);
        if bytes.get(next) != Some(&b',') {
            return fields;
        }
        at = next + 1;
    }
}

/// A field up to the next comma, and the place of that comma.
fn plain(rest: &[u8], at: usize) -> ((usize, usize, bool), usize) {
    let end = at + memchr::memchr(b',', rest).unwrap_or(rest.len());
    ((at, end, false), end)
}

/// A field up to its closing quote, and the place after that quote.
fn quoted(rest: &[u8], at: usize) -> ((usize, usize, bool), usize) {
    let mut doubled = false;
    let mut from = 1;
    while let Some(found) = memchr::memchr(b'"', rest.get(from..).unwrap_or_default()) {
        let quote = from + found;
        if rest.get(quote + 1) == Some(&b'"') {
            doubled = true;
            from = quote + 2;
        } else {
            return ((at + 1, at + quote, doubled), at + quote + 1);
        }
    }
    ((at + 1, at + rest.len(), doubled), at + rest.len())
}
