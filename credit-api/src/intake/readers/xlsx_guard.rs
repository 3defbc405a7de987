//! What a workbook may unpack to, looked at before its reader sees it: the reader holds some parts whole, and a
//! small file must not become a large memory.
//!
//! Every part is unpacked once and read as XML, with the reader's own settings, nothing of it kept.

use std::io::{self, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::error::FileError;
use super::input::ReadSeek;
use super::limits::{
    FREE_XLSX_GROWTH_BYTES, MAX_XLSX_BYTES, MAX_XLSX_CELL_BYTES, MAX_XLSX_DEPTH, MAX_XLSX_FILE_BYTES,
    MAX_XLSX_GROWTH, MAX_XLSX_PART_BYTES, MAX_XLSX_PARTS, MAX_XLSX_STRINGS, MAX_XLSX_STRINGS_BYTES,
};

/// Refuses a workbook past a limit, damaged, or with entities of its own.
pub(super) fn check(file: Box<dyn ReadSeek>, bytes: u64) -> Result<(), FileError> {
    if bytes > MAX_XLSX_FILE_BYTES {
        return Err(FileError::WorkbookTooLarge(MAX_XLSX_FILE_BYTES));
    }
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    if archive.len() > MAX_XLSX_PARTS {
        return Err(FileError::WorkbookParts(MAX_XLSX_PARTS));
    }
    let mut total = 0u64;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(damaged)?;
        let most = most_bytes(&part.name().map_err(damaged)?);
        let grown = FREE_XLSX_GROWTH_BYTES.max(part.compressed_size().saturating_mul(MAX_XLSX_GROWTH));
        let refusal = if grown < most {
            FileError::WorkbookGrowth(MAX_XLSX_GROWTH)
        } else {
            FileError::WorkbookTooLarge(most)
        };
        let room = most.min(grown);
        // An honest archive says what it unpacks to, and needs no unpacking to be refused.
        if part.size() > room {
            return Err(refusal);
        }
        let left = MAX_XLSX_BYTES.saturating_sub(total);
        let mut part = Metered { inner: part, taken: 0, room: room.min(left), cell: 0, over: None };
        let outcome = check_part(&mut part);
        total = total.saturating_add(part.taken);
        match part.over {
            None => outcome?,
            Some(Over::Cell) => return Err(FileError::WorkbookTooLarge(MAX_XLSX_CELL_BYTES)),
            Some(Over::Part) if left < room => return Err(FileError::WorkbookTooLarge(MAX_XLSX_BYTES)),
            Some(Over::Part) => return Err(refusal),
        }
    }
    Ok(())
}

pub(super) fn damaged(error: impl std::fmt::Display) -> FileError {
    FileError::Workbook(error.to_string())
}

/// The limit of a part. The reader finds sheets by a reference and the parts that it holds by their names, in
/// any letter case and any folder.
fn most_bytes(path: &str) -> u64 {
    let path = path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let held =
        matches!(name, "styles.xml" | "workbook.xml") || name.starts_with("theme") || name.ends_with(".rels");
    match name {
        "sharedstrings.xml" => MAX_XLSX_STRINGS_BYTES,
        _ if path.starts_with("xl/worksheets/") && !held => MAX_XLSX_BYTES,
        _ => MAX_XLSX_PART_BYTES,
    }
}

/// Which limit was met.
enum Over {
    Part,
    Cell,
}

/// A part that ends with an error at its limits.
struct Metered<R> {
    inner: R,
    taken: u64,
    room: u64,
    /// What was taken when the cell began.
    cell: u64,
    over: Option<Over>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.taken = self.taken.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if self.taken > self.room {
            self.over = Some(Over::Part);
        } else if self.taken - self.cell > MAX_XLSX_CELL_BYTES {
            self.over = Some(Over::Cell);
        }
        if self.over.is_some() { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(count) }
    }
}

fn check_part<R: Read>(part: &mut Metered<R>) -> Result<(), FileError> {
    let mut xml = Reader::from_reader(BufReader::new(&mut *part));
    let config = xml.config_mut();
    config.check_end_names = false;
    config.expand_empty_elements = true;
    let (mut buffer, mut strings, mut inside, mut depth) = (Vec::new(), 0u64, false, 0usize);
    loop {
        buffer.clear();
        let event = xml.read_event_into(&mut buffer);
        depth = match &event {
            Ok(Event::Start(_)) => depth + 1,
            Ok(Event::End(_)) => depth.saturating_sub(1),
            _ => depth,
        };
        // The reader keeps the names of all open elements.
        if depth > MAX_XLSX_DEPTH {
            return Err(damaged("its elements are nested too deeply"));
        }
        match event {
            Ok(Event::Eof) => return Ok(()),
            Ok(Event::DocType(_)) => return Err(FileError::WorkbookDoctype),
            Ok(Event::Start(tag)) => match tag.local_name().as_ref() {
                "c" => inside = true,
                "si" => {
                    inside = true;
                    strings += 1;
                    check_strings(strings)?;
                }
                // The reader makes room for as many as the part announces.
                "sst" => check_strings(announced(&tag))?,
                _ => {}
            },
            Ok(Event::End(tag)) if matches!(tag.local_name().as_ref(), "c" | "si") => inside = false,
            Ok(_) => {}
            Err(quick_xml::Error::Io(error)) => return Err(damaged(error)),
            // No XML, such as a picture; or XML at which the reader will stop too.
            Err(_) => break,
        }
        if !inside {
            let part = xml.get_mut().get_mut();
            part.cell = part.taken;
        }
    }
    drop(xml);
    let mut rest = [0u8; 16 * 1024];
    loop {
        part.cell = part.taken;
        if part.read(&mut rest).map_err(damaged)? == 0 {
            return Ok(());
        }
    }
}

fn check_strings(count: u64) -> Result<(), FileError> {
    if count > MAX_XLSX_STRINGS { Err(FileError::WorkbookStrings(MAX_XLSX_STRINGS)) } else { Ok(()) }
}

/// `uniqueCount`; what is no number makes the reader make no room.
fn announced(tag: &BytesStart<'_>) -> u64 {
    let count = tag.try_get_attribute("uniqueCount").ok().flatten();
    count.map_or(0, |count| {
        let digits: &str = count.value.as_ref().trim();
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            digits.parse().unwrap_or(u64::MAX)
        } else {
            0
        }
    })
}
