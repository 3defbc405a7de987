//! Files to rows: CSV, XLSX and NDJSON in constant memory, a bad row costing that row alone.
//!
//! [`open`] tells format, encoding, source and dialect from the content; the stream then yields rows whose
//! cells `credit_core::records` parses. Nothing here knows the database.

mod csv_cells;
mod csv_rows;
mod encoding;
mod error;
mod input;
mod json_object;
pub mod limits;
mod lines;
mod ndjson;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod xlsx;
mod xlsx_guard;

use std::io::BufReader;
use std::sync::Arc;

use credit_core::records::spec::Dialect;
use credit_core::records::{self, Cells, FieldError, HeaderError, Layout, Record, Row, SourceId};

use csv_rows::CsvRows;
pub use encoding::Encoding;
pub use error::{FileError, Rejected, RowError};
pub use input::{Format, Input, ReadSeek, begins_as_markup, detect};
use lines::Lines;
use ndjson::NdjsonRows;
use xlsx::XlsxRows;

/// Bytes read from a file at a time.
const BUFFER_BYTES: usize = 256 * 1024;

/// A row cut into cells, not yet parsed.
#[derive(Debug, Clone)]
pub struct RawRow {
    /// Physical line (XLSX: row number) where the record starts; the header is line 1.
    pub line: u64,
    pub layout: Arc<Layout>,
    pub cells: Cells,
}

impl RawRow {
    #[must_use]
    pub fn row(&self) -> Row<'_> {
        Row { layout: &self.layout, cells: &self.cells }
    }

    /// The record that the row is.
    ///
    /// # Errors
    /// Everything that is wrong with the row.
    pub fn parse(&self) -> Result<Record, Vec<FieldError>> {
        records::parse(&self.row())
    }

    /// The row as it stood in the file (of XLSX, as a CSV line).
    #[must_use]
    pub fn raw(&self) -> &str {
        self.cells.raw()
    }
}

/// Which columns a file is to have.
#[derive(Debug, Clone, Copy)]
pub enum Wanted {
    /// Those of this source, or of any.
    Source(Option<SourceId>),
    /// Those of this dialect.
    Dialect(&'static Dialect),
}

impl Wanted {
    fn header(self, names: &[&str]) -> Result<Layout, HeaderError> {
        match self {
            Wanted::Source(source) => Layout::of_header(names, source),
            Wanted::Dialect(dialect) => Layout::of_header_in(dialect, names),
        }
    }

    fn keys(self, names: &[&str]) -> Result<Layout, HeaderError> {
        match self {
            Wanted::Source(source) => Layout::of_keys(names, source),
            Wanted::Dialect(dialect) => Layout::of_keys_in(dialect, names),
        }
    }
}

enum Rows {
    Csv(CsvRows),
    Ndjson(NdjsonRows),
    Xlsx(XlsxRows),
}

/// The rows of a file. Ends after the last row, or after a [`RowError::File`].
pub struct RowStream {
    rows: Rows,
    format: Format,
    encoding: Encoding,
    total_bytes: u64,
    ended: bool,
}

/// Opens a file of rows. `expected` is the source that the sender named, if any; the header must then be one
/// of that source's.
///
/// # Errors
/// The file is refused whole.
pub fn open(input: &Input, expected: Option<SourceId>) -> Result<RowStream, FileError> {
    open_as(input, Wanted::Source(expected))
}

/// As [`open`], for rows that need not be those of a source.
///
/// # Errors
/// The file is refused whole.
pub fn open_as(input: &Input, wanted: Wanted) -> Result<RowStream, FileError> {
    let total_bytes = input.size()?;
    let format = detect(input)?;
    let (rows, encoding) = match format {
        Format::Xml => return Err(FileError::Xml),
        Format::Zip => return Err(FileError::Zip),
        Format::Xlsx => (Rows::Xlsx(XlsxRows::open(input, wanted)?), Encoding::Utf8),
        Format::Csv | Format::Ndjson => {
            let encoding = encoding::decide(&mut lines_of(input)?)?;
            let lines = lines_of(input)?;
            let rows = if format == Format::Csv {
                Rows::Csv(CsvRows::open(lines, encoding, wanted)?)
            } else {
                Rows::Ndjson(NdjsonRows::open(lines, encoding, wanted)?)
            };
            (rows, encoding)
        }
    };
    Ok(RowStream { rows, format, encoding, total_bytes, ended: false })
}

fn lines_of(input: &Input) -> Result<Lines, FileError> {
    Ok(Lines::new(Box::new(BufReader::with_capacity(BUFFER_BYTES, input.open()?))))
}

impl RowStream {
    /// The file's columns and source. Of NDJSON it grows as new keys come up.
    #[must_use]
    pub fn layout(&self) -> &Arc<Layout> {
        match &self.rows {
            Rows::Csv(rows) => rows.layout(),
            Rows::Ndjson(rows) => rows.layout(),
            Rows::Xlsx(rows) => rows.layout(),
        }
    }

    #[must_use]
    pub fn source(&self) -> SourceId {
        self.layout().source()
    }

    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How far reading has come, of [`RowStream::total_bytes`].
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        let read = match &self.rows {
            Rows::Csv(rows) => rows.bytes_read(),
            Rows::Ndjson(rows) => rows.bytes_read(),
            Rows::Xlsx(rows) => rows.bytes_read(),
        };
        read.min(self.total_bytes)
    }

    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }
}

impl Iterator for RowStream {
    type Item = Result<RawRow, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = match &mut self.rows {
            Rows::Csv(rows) => rows.next(),
            Rows::Ndjson(rows) => rows.next(),
            Rows::Xlsx(rows) => rows.next(),
        };
        self.ended = matches!(item, None | Some(Err(RowError::File(_))));
        item
    }
}
