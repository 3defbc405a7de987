//! Bytes of a file to rows of named cells: encoding, CSV records, JSON lines (rulings E1–E3, E8).

use std::collections::HashMap;

use encoding_rs::GB18030;

/// The largest line that is read (ruling E3).
const MAX_LINE_BYTES: usize = 1024 * 1024;

/// Column name → value, empty values left out.
pub type Row = HashMap<String, String>;

/// A row with the line it starts on, or that line and the reason it was lost.
pub type Line = (usize, Result<Row, (String, &'static str)>);

pub struct Table {
    pub columns: Vec<String>,
    pub lines: Vec<Line>,
}

#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Gb18030,
}

impl Encoding {
    /// UTF-8 with a BOM, or when at least half of the lines with non-ASCII bytes are valid UTF-8 (ruling E1).
    fn of(bytes: &[u8], bom: bool) -> Self {
        let foreign: Vec<&[u8]> = bytes.split(|b| *b == b'\n').filter(|line| !line.is_ascii()).collect();
        let valid = foreign.iter().filter(|line| std::str::from_utf8(line).is_ok()).count();
        if bom || valid * 2 >= foreign.len() { Self::Utf8 } else { Self::Gb18030 }
    }

    fn decode(self, bytes: &[u8]) -> Result<String, &'static str> {
        let text = match self {
            Self::Utf8 => std::str::from_utf8(bytes).map_err(|_| "encoding")?.to_owned(),
            Self::Gb18030 => {
                let (text, had_errors) = GB18030.decode_without_bom_handling(bytes);
                if had_errors {
                    return Err("encoding");
                }
                text.into_owned()
            }
        };
        Ok(text)
    }
}

fn no_control(text: &str, inside_quotes: bool) -> Result<(), &'static str> {
    let allowed = |c: char| c == '\t' || (inside_quotes && (c == '\r' || c == '\n'));
    if text.chars().any(|c| c.is_control() && !allowed(c)) { Err("control_char") } else { Ok(()) }
}

/// Splits a file into rows. `Err` is the code for which the whole file is refused.
pub fn read_table(bytes: &[u8]) -> Result<Table, &'static str> {
    let bom = bytes.starts_with(b"\xEF\xBB\xBF");
    let bytes = if bom { &bytes[3..] } else { bytes };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("empty_file");
    }
    let encoding = Encoding::of(bytes, bom);
    let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
    if first == Some(&b'{') { read_json(bytes, encoding) } else { read_csv(bytes, encoding) }
}

fn read_json(bytes: &[u8], encoding: Encoding) -> Result<Table, &'static str> {
    let mut lines = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    for (index, raw) in bytes.split(|b| *b == b'\n').enumerate() {
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        if raw.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let row = json_row(raw, encoding);
        if let Ok((keys, _)) = &row {
            // Reading: a JSON file's "header" is every key that any of its lines names.
            for key in keys {
                if !columns.contains(key) {
                    columns.push(key.clone());
                }
            }
        }
        lines.push((index + 1, row.map(|(_, row)| row)));
    }
    Ok(Table { columns, lines })
}

fn json_row(raw: &[u8], encoding: Encoding) -> Result<(Vec<String>, Row), (String, &'static str)> {
    let whole = |code| (String::new(), code);
    if raw.len() > MAX_LINE_BYTES {
        return Err(whole("line_too_long"));
    }
    let text = encoding.decode(raw).map_err(whole)?;
    no_control(&text, false).map_err(whole)?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|_| whole("json"))?;
    let object = value.as_object().ok_or_else(|| whole("json"))?;
    let mut row = Row::new();
    for (key, value) in object {
        let cell = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::Bool(flag) => flag.to_string(),
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::String(text) => text.clone(),
            // Reading: no column holds a list or an object.
            _ => return Err((key.clone(), "json")),
        };
        no_control(&cell, true).map_err(|code| (key.clone(), code))?;
        put(&mut row, key, &cell);
    }
    Ok((object.keys().cloned().collect(), row))
}

/// Reading: blanks around a value do not belong to it; a blank value is an empty one.
fn put(row: &mut Row, column: &str, cell: &str) {
    let cell = cell.trim_matches([' ', '\t', '\r', '\n']);
    if !cell.is_empty() {
        row.insert(column.to_owned(), cell.to_owned());
    }
}

fn read_csv(bytes: &[u8], encoding: Encoding) -> Result<Table, &'static str> {
    let mut at = 0;
    let mut line = 1;
    let mut columns: Option<Vec<String>> = None;
    let mut lines = Vec::new();
    while at < bytes.len() {
        let record = split_record(&bytes[at..]);
        let length = record.as_ref().map_or_else(|()| line_length(&bytes[at..]), |(length, _)| *length);
        let started = line;
        let raw = &bytes[at..at + length];
        line += raw.iter().filter(|b| **b == b'\n').count();
        at += length;
        if raw.iter().all(|b| matches!(b, b'\r' | b'\n')) {
            continue; // Reading: a blank line is no row.
        }
        let cells = csv_cells(raw, record, encoding);
        let Some(columns) = &columns else {
            columns =
                Some(cells.map_err(|(_, code)| code)?.iter().map(|name| name.trim().to_owned()).collect());
            continue;
        };
        lines.push((started, cells.and_then(|cells| name_cells(columns, &cells))));
    }
    columns.map(|columns| Table { columns, lines }).ok_or("empty_file")
}

type Record = Result<(usize, Vec<(Vec<u8>, bool)>), ()>;

fn csv_cells(raw: &[u8], record: Record, encoding: Encoding) -> Result<Vec<String>, (String, &'static str)> {
    let whole = |code| (String::new(), code);
    if raw.len() > MAX_LINE_BYTES {
        return Err(whole("line_too_long"));
    }
    let (_, fields) = record.map_err(|()| whole("quote"))?;
    let mut cells = Vec::new();
    for (field, quoted) in fields {
        let text = encoding.decode(&field).map_err(whole)?;
        no_control(&text, quoted).map_err(whole)?;
        cells.push(text);
    }
    Ok(cells)
}

fn name_cells(columns: &[String], cells: &[String]) -> Result<Row, (String, &'static str)> {
    if cells.len() != columns.len() {
        return Err((String::new(), "column_count"));
    }
    let mut row = Row::new();
    for (column, cell) in columns.iter().zip(cells) {
        put(&mut row, column, cell);
    }
    Ok(row)
}

fn line_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|b| *b == b'\n').map_or(bytes.len(), |end| end + 1)
}

/// The first record of `bytes`: its length with the line end, and its fields with whether they stood in quotes.
/// Quotes, commas and line ends never occur inside a GB18030 character, so bytes will do.
/// Reading: a record with a misplaced quote costs its first line alone.
fn split_record(bytes: &[u8]) -> Record {
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let mut field = Vec::new();
        let quoted = bytes.get(at) == Some(&b'"');
        if quoted {
            at += 1;
            loop {
                match (bytes.get(at), bytes.get(at + 1)) {
                    (None, _) => return Err(()),
                    (Some(b'"'), Some(b'"')) => {
                        field.push(b'"');
                        at += 2;
                    }
                    (Some(b'"'), _) => {
                        at += 1;
                        break;
                    }
                    (Some(byte), _) => {
                        field.push(*byte);
                        at += 1;
                    }
                }
            }
        } else {
            while let Some(byte) = bytes.get(at).filter(|b| !matches!(b, b',' | b'\n')) {
                if *byte == b'"' {
                    return Err(());
                }
                field.push(*byte);
                at += 1;
            }
        }
        let carriage = !quoted && field.last() == Some(&b'\r') && bytes.get(at).is_none_or(|b| *b == b'\n');
        if carriage {
            field.pop();
        }
        fields.push((field, quoted));
        match bytes.get(at) {
            None => return Ok((at, fields)),
            Some(b'\n') => return Ok((at + 1, fields)),
            Some(b',') => at += 1,
            Some(b'\r') if quoted && matches!(bytes.get(at + 1), Some(b'\n') | None) => {
                return Ok(((at + 2).min(bytes.len()), fields));
            }
            Some(_) => return Err(()),
        }
    }
}
