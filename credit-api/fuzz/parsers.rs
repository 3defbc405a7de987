//! The readers of source files with what must hold of any bytes: no panic, no row lost, every error with a place
//! and a text. Gives whether the file was taken and every row of it was a record. Shared by the fuzz targets and the
//! tests; `readers` is what the one or the other puts beside it.

use std::io::{Cursor, Write};

use credit_core::records::Lang;
use zip::write::SimpleFileOptions;

use super::readers::limits::{MAX_COLUMNS, MAX_LINE_BYTES, MAX_RAW_BYTES};
use super::readers::{Format, Input, RowError, detect, open};

/// Rows of one input that are looked at.
const ROWS_MAX: usize = 20_000;

/// CSV of either encoding.
pub fn csv(data: &[u8]) -> bool {
    if !matches!(detect(&Input::Bytes(data.into())), Ok(Format::Csv)) {
        return false;
    }
    let (taken, items) = read(data);
    if let Some(items) = items
        && !data.contains(&b'"')
    {
        // Without quotes a line is a row.
        assert_eq!(items + 1, lines(data, |byte| matches!(byte, b' ' | b'\t')), "a line was lost");
    }
    taken
}

/// One JSON object per line.
pub fn ndjson(data: &[u8]) -> bool {
    if !matches!(detect(&Input::Bytes(data.into())), Ok(Format::Ndjson)) {
        return false;
    }
    let (taken, items) = read(data);
    if let Some(items) = items {
        assert_eq!(items, lines(data, u8::is_ascii_whitespace), "a line was lost");
    }
    taken
}

/// A workbook as a file.
pub fn xlsx(data: &[u8]) -> bool {
    matches!(detect(&Input::Bytes(data.into())), Ok(Format::Xlsx)) && read(data).0
}

/// A workbook as its parts: the sheet, the shared strings and the styles, with a line of `%%` between them. What is
/// left out is left out of the workbook.
pub fn workbook(data: &[u8]) -> bool {
    read(&pack(data)).0
}

const CONTENT_TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const SHEETS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// The workbook of some parts.
pub fn pack(data: &[u8]) -> Vec<u8> {
    let parts = [
        ("[Content_Types].xml", CONTENT_TYPES),
        ("_rels/.rels", RELATIONS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", SHEETS),
    ];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, content: &[u8]| {
        archive.start_file(name, SimpleFileOptions::default()).expect("a part");
        archive.write_all(content).expect("a part");
    };
    for (name, content) in parts {
        add(name, content.as_bytes());
    }
    let mut rest = data;
    for name in ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"] {
        let end = rest.windows(4).position(|four| four == b"\n%%\n");
        add(name, rest.get(..end.unwrap_or(rest.len())).unwrap_or_default());
        let Some(end) = end else { break };
        rest = rest.get(end + 4..).unwrap_or_default();
    }
    archive.finish().expect("an archive").into_inner()
}

/// Reads everything: whether all of it was records, and how many rows and rejects there were, unless the file was
/// refused, broke off or has too many of them.
fn read(data: &[u8]) -> (bool, Option<usize>) {
    let mut stream = match open(&Input::Bytes(data.into()), None) {
        Ok(stream) => stream,
        Err(error) => {
            assert!(!error.message(Lang::Zh).is_empty() && !error.message(Lang::En).is_empty());
            return (false, None);
        }
    };
    let (mut good, mut items, mut last) = (0, 0, 0);
    while let Some(item) = stream.next() {
        if items == ROWS_MAX {
            return (false, None);
        }
        let line = match item {
            Ok(row) => {
                assert!(row.raw().len() <= MAX_LINE_BYTES + 2);
                assert!(row.cells.len() <= MAX_COLUMNS);
                match row.parse() {
                    Ok(_) => good += 1,
                    Err(errors) => assert!(!errors.is_empty()),
                }
                row.line
            }
            Err(RowError::Rejected(rejected)) => {
                assert!(!rejected.errors.is_empty());
                // A byte that is no text becomes a character of three.
                assert!(rejected.raw.len() <= 3 * MAX_RAW_BYTES);
                rejected.line
            }
            Err(RowError::File(error)) => {
                assert!(!error.message(Lang::Zh).is_empty() && !error.message(Lang::En).is_empty());
                assert!(stream.next().is_none());
                return (false, None);
            }
        };
        assert!(line > last || stream.format() == Format::Xlsx, "line {line} after line {last}");
        last = line;
        items += 1;
    }
    assert!(stream.bytes_read() <= stream.total_bytes());
    (good > 0 && good == items, Some(items))
}

/// Lines that are not blank.
fn lines(data: &[u8], blank: fn(&u8) -> bool) -> usize {
    let mut data = data;
    while let Some(rest) = data.strip_prefix(b"\xEF\xBB\xBF") {
        data = rest;
    }
    data.split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.iter().all(blank))
        .count()
}
