//! Where a file's bytes are, and which format they are in. The name plays no part.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use super::encoding::strip_bom;
use super::error::FileError;

pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// A file that can be read more than once.
#[derive(Debug, Clone)]
pub enum Input {
    Path(PathBuf),
    Bytes(Arc<[u8]>),
    /// A file without a name; read by one reader at a time.
    File(Arc<File>),
}

impl Input {
    pub(super) fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        match self {
            Input::Path(path) => Ok(Box::new(File::open(path)?)),
            Input::Bytes(bytes) => Ok(Box::new(Cursor::new(Arc::clone(bytes)))),
            Input::File(file) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(0))?;
                Ok(Box::new(file))
            }
        }
    }

    /// The size in bytes.
    ///
    /// # Errors
    /// What the file system says.
    pub fn size(&self) -> io::Result<u64> {
        match self {
            Input::Path(path) => Ok(std::fs::metadata(path)?.len()),
            Input::Bytes(bytes) => Ok(u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            Input::File(file) => Ok(file.metadata()?.len()),
        }
    }
}

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Xlsx,
    Ndjson,
    /// For the reader of customs messages.
    Xml,
    /// An archive without a workbook: perhaps many customs messages.
    Zip,
}

/// Looks at the beginning of a file, and for a ZIP archive at its list of parts.
///
/// # Errors
/// The file is empty, cannot be read, or is of a kind that no reader takes (UTF-16, old XLS).
pub fn detect(input: &Input) -> Result<Format, FileError> {
    let mut head = Vec::new();
    input.open()?.take(4096).read_to_end(&mut head)?;
    match head.as_slice() {
        [] => Err(FileError::Empty),
        [b'P', b'K', 3, 4, ..] => Ok(archive_format(input, &head)),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Err(FileError::Utf16),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(FileError::OldWorkbook),
        head => Ok(match strip_bom(head).iter().find(|b| !b.is_ascii_whitespace()) {
            Some(b'{') => Format::Ndjson,
            Some(b'<') => Format::Xml,
            _ => Format::Csv,
        }),
    }
}

/// Whether a file that begins so is XML, in UTF-16 as well: it may hold buyers' data, whoever reads it or refuses to.
#[must_use]
pub fn begins_as_markup(head: &[u8]) -> bool {
    let head = match head {
        [0xFF, 0xFE, rest @ ..] | [0xFE, 0xFF, rest @ ..] => rest,
        head => strip_bom(head),
    };
    head.iter().find(|byte| **byte != 0 && !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// A workbook when it has one; of an archive whose list of parts is cut off, its first parts decide.
fn archive_format(input: &Input, head: &[u8]) -> Format {
    const MARKS: [&str; 3] = ["[Content_Types].xml", "_rels/", "xl/"];
    let whole = input.open().ok().and_then(|file| zip::ZipArchive::new(BufReader::new(file)).ok());
    let workbook = match whole {
        Some(archive) => archive.file_names().flatten().any(|name| name.starts_with("xl/")),
        None => MARKS.iter().any(|mark| memchr::memmem::find(head, mark.as_bytes()).is_some()),
    };
    if workbook { Format::Xlsx } else { Format::Zip }
}
