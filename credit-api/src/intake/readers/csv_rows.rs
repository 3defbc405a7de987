//! CSV records as rows: a bad record costs itself, a stray quote does not swallow the file.

use std::io;
use std::sync::Arc;

use credit_core::records::{Cells, ErrorCode, Expected, FieldError, Layout};

use super::csv_cells::{Quotes, follow_quotes, split_plain, split_quoted};
use super::encoding::{Encoding, Unreadable, strip_bom, text_of};
use super::error::{FileError, Rejected, RowError};
use super::limits::{MAX_COLUMNS, MAX_LINE_BYTES, MAX_REREAD_BYTES};
use super::lines::{Line, Lines, strip_line_end};
use super::{RawRow, Wanted};

/// A record cut out of the file: the line it starts at, and its cells or what is wrong with it.
type Record = (u64, Result<Cells, Box<Rejected>>);

pub(super) struct CsvRows {
    records: Records,
    layout: Arc<Layout>,
}

impl CsvRows {
    /// Reads the header.
    pub fn open(lines: Lines, encoding: Encoding, wanted: Wanted) -> Result<Self, FileError> {
        let mut records = Records { lines, encoding, columns: MAX_COLUMNS, reread: 0 };
        let header = match records.next()? {
            None => return Err(FileError::Empty),
            Some((_, Ok(cells))) => cells,
            Some((_, Err(rejected))) if rejected.raw.contains('\r') && !rejected.raw.contains('\n') => {
                return Err(FileError::LineEnds);
            }
            Some((_, Err(rejected))) => {
                let code = rejected.errors.first().map_or(ErrorCode::ColumnCount, |error| error.code);
                return Err(FileError::HeaderLine(code));
            }
        };
        if header.len() > MAX_COLUMNS {
            return Err(FileError::TooManyColumns(MAX_COLUMNS));
        }
        let names: Vec<&str> =
            (0..header.len()).map(|at| header.get(at).map_or("", |(name, _)| name)).collect();
        let layout = Arc::new(wanted.header(&names)?);
        records.columns = names.len();
        Ok(Self { records, layout })
    }

    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub fn bytes_read(&self) -> u64 {
        self.records.lines.bytes_read()
    }
}

impl Iterator for CsvRows {
    type Item = Result<RawRow, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (line, cells) = match self.records.next() {
            Ok(record) => record?,
            Err(error) => return Some(Err(RowError::File(error.into()))),
        };
        let cells = match cells {
            Ok(cells) => cells,
            Err(rejected) => return Some(Err(RowError::Rejected(rejected))),
        };
        let header = self.layout.columns().len();
        if cells.len() == header {
            return Some(Ok(RawRow { line, layout: Arc::clone(&self.layout), cells }));
        }
        let expected = Expected::Columns { header, row: cells.len() };
        let error = FieldError::of_row(ErrorCode::ColumnCount, cells.raw(), expected);
        Some(Err(RowError::Rejected(Rejected::new(line, cells.raw().as_bytes(), error))))
    }
}

/// Lines joined to records.
struct Records {
    lines: Lines,
    encoding: Encoding,
    /// Expected cells in a record, to allocate once.
    columns: usize,
    /// Bytes given back so far after quotes that did not close.
    reread: usize,
}

impl Records {
    /// The next record that is not a blank line.
    fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            let Some(mut line) = self.lines.next()? else { return Ok(None) };
            if line.number == 1 {
                line.bytes = strip_bom(&line.bytes).to_vec();
            }
            if line.too_long {
                let expected = Expected::MaxLineBytes(MAX_LINE_BYTES);
                let error = FieldError::of_row(ErrorCode::LineTooLong, &preview(&line), expected);
                return Ok(Some((line.number, Err(Rejected::new(line.number, line.content(), error)))));
            }
            if line.content().iter().all(|b| matches!(b, b' ' | b'\t')) {
                continue;
            }
            let number = line.number;
            return Ok(Some((number, self.record(line)?)));
        }
    }

    fn record(&mut self, line: Line) -> io::Result<Result<Cells, Box<Rejected>>> {
        if memchr::memchr(b'"', &line.bytes).is_none() {
            let (number, text) = (line.number, self.text(without_line_end(line.bytes), false));
            let columns = self.columns;
            return Ok(text
                .map(|text| split_plain(text, columns))
                .map_err(|unreadable| Rejected::of(number, *unreadable)));
        }
        match follow_quotes(line.content(), false) {
            Quotes::Closed => {
                let number = line.number;
                Ok(self
                    .text(without_line_end(line.bytes), true)
                    .map(split_quoted)
                    .map_err(|unreadable| Rejected::of(number, *unreadable)))
            }
            Quotes::Open => self.spanning(line),
            broken => Ok(Err(quote_error(&line, broken))),
        }
    }

    /// A record whose quotes are open at the end of its first line: joined with the lines up to the closing
    /// quote. When there is none within the limit, or it closes wrongly, the first line alone is rejected and
    /// reading goes on with the second.
    fn spanning(&mut self, first: Line) -> io::Result<Result<Cells, Box<Rejected>>> {
        let mut length = first.bytes.len();
        let mut more: Vec<Line> = Vec::new();
        let outcome = loop {
            if self.reread > MAX_REREAD_BYTES {
                break Quotes::Open;
            }
            let Some(line) = self.lines.next()? else { break Quotes::Open };
            length += line.bytes.len();
            let (too_long, quotes) = (line.too_long, follow_quotes(line.content(), true));
            more.push(line);
            if too_long || length > MAX_LINE_BYTES {
                break Quotes::Open;
            }
            if quotes != Quotes::Open {
                break quotes;
            }
        };
        if outcome != Quotes::Closed {
            self.reread += more.iter().map(|line| line.bytes.len()).sum::<usize>();
            self.lines.give_back(more);
            return Ok(Err(quote_error(&first, outcome)));
        }
        let number = first.number;
        let mut bytes = first.bytes;
        for line in more {
            bytes.extend_from_slice(&line.bytes);
        }
        let text = self.text(without_line_end(bytes), true);
        Ok(text.map(split_quoted).map_err(|unreadable| Rejected::of(number, *unreadable)))
    }

    fn text(&self, bytes: Vec<u8>, line_ends: bool) -> Result<String, Box<Unreadable>> {
        text_of(self.encoding, bytes, line_ends)
    }
}

fn without_line_end(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(strip_line_end(&bytes).len());
    bytes
}

/// The beginning of a line for a message.
fn preview(line: &Line) -> String {
    String::from_utf8_lossy(line.bytes.get(..256).unwrap_or(line.content())).into_owned()
}

fn quote_error(line: &Line, quotes: Quotes) -> Box<Rejected> {
    let (code, expected) = match quotes {
        Quotes::Control => (ErrorCode::ControlChar, Expected::NoControlChar),
        _ => (ErrorCode::Quote, Expected::ClosedQuote),
    };
    Rejected::new(line.number, line.content(), FieldError::of_row(code, &preview(line), expected))
}
