//! XLSX: the first sheet, row by row. A thread of its own reads the workbook, since the sheet's reader borrows
//! it; a few batches of rows wait between the two.

use std::borrow::Cow;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{DataRef, Reader, Xlsx};
use credit_core::records::{CellType, Cells, ErrorCode, Expected, FieldError, Layout};

use super::encoding::control_in;
use super::error::{FileError, Rejected, RowError};
use super::input::{Input, ReadSeek};
use super::limits::{MAX_COLUMNS, MAX_LINE_BYTES};
use super::xlsx_guard::{self, damaged};
use super::{RawRow, Wanted};

/// Rows and bytes sent at a time, and batches that may wait.
const BATCH_ROWS: usize = 256;
const BATCH_BYTES: usize = 1024 * 1024;
const BATCHES: usize = 4;
/// The days that a spreadsheet counts: 1900-01-01 is 1, 9999-12-31 ends before 2 958 466.
const DAYS: std::ops::Range<f64> = 0.0..2_958_466.0;
/// Significant digits that a spreadsheet shows and means; the binary fraction has more.
const SIGNIFICANT_DIGITS: usize = 15;

type Item = Result<RawRow, RowError>;

enum Message {
    Header(Arc<Layout>),
    Rows(Vec<Item>),
    Failed(FileError),
    End,
}

pub(super) struct XlsxRows {
    receiver: Receiver<Message>,
    waiting: std::vec::IntoIter<Item>,
    layout: Arc<Layout>,
    bytes_read: Arc<AtomicU64>,
    ended: bool,
}

impl XlsxRows {
    pub fn open(input: &Input, wanted: Wanted) -> Result<Self, FileError> {
        xlsx_guard::check(input.open()?, input.size()?)?;
        let bytes_read = Arc::new(AtomicU64::new(0));
        let file = Counted { inner: BufReader::new(input.open()?), read: Arc::clone(&bytes_read) };
        let (sender, receiver) = sync_channel(BATCHES);
        std::thread::Builder::new().name("xlsx".to_owned()).spawn(move || read(file, wanted, &sender))?;
        match receiver.recv() {
            Ok(Message::Header(layout)) => {
                Ok(Self { receiver, waiting: Vec::new().into_iter(), layout, bytes_read, ended: false })
            }
            Ok(Message::Failed(error)) => Err(error),
            Ok(Message::Rows(_) | Message::End) => Err(FileError::Empty),
            // The thread is gone without a word: the workbook made its reader fail.
            Err(_) => Err(FileError::Workbook("the reader stopped".to_owned())),
        }
    }

    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }
}

impl Iterator for XlsxRows {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(row) = self.waiting.next() {
                return Some(row);
            }
            if self.ended {
                return None;
            }
            let failure = match self.receiver.recv() {
                Ok(Message::Rows(rows)) => {
                    self.waiting = rows.into_iter();
                    continue;
                }
                Ok(Message::Header(_)) => continue,
                Ok(Message::End) => None,
                Ok(Message::Failed(error)) => Some(error),
                Err(_) => Some(FileError::Workbook("the reader stopped".to_owned())),
            };
            self.ended = true;
            return failure.map(|error| Err(RowError::File(error)));
        }
    }
}

/// The thread's work. A receiver that is gone ends it early.
fn read(file: Counted, wanted: Wanted, sender: &SyncSender<Message>) {
    let last = match read_sheet(file, wanted, sender) {
        Ok(()) => Message::End,
        Err(error) => Message::Failed(error),
    };
    let _ = sender.send(last);
}

fn read_sheet(file: Counted, wanted: Wanted, sender: &SyncSender<Message>) -> Result<(), FileError> {
    let mut workbook: Xlsx<_> = Xlsx::new(file).map_err(damaged)?;
    let sheet = workbook.sheet_names().into_iter().next().ok_or(FileError::Empty)?;
    let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(damaged)?;
    let mut rows = Rows { wanted, layout: None, batch: Vec::new(), batch_bytes: 0, gone: false, sender };
    let mut row = Texts::default();
    let mut at = 0u32;
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let (place, column) = cell.get_position();
        if place != at {
            rows.finish(at, &mut row)?;
            at = place;
        }
        row.set(usize::try_from(column).unwrap_or(usize::MAX), &text_of(cell.get_value()));
        if rows.gone {
            return Ok(());
        }
    }
    rows.finish(at, &mut row)?;
    rows.flush();
    if rows.layout.is_none() { Err(FileError::Empty) } else { Ok(()) }
}

/// The cells of the row being read.
#[derive(Default)]
struct Texts {
    cells: Vec<String>,
    bytes: usize,
    /// More text came than a row may have; it was not taken. A sheet can name one long shared string in every
    /// cell, so that the size of the file says nothing of the size of its rows.
    too_long: bool,
}

impl Texts {
    fn set(&mut self, column: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        // One cell too far right is enough to know that the row has too many.
        let column = column.min(MAX_COLUMNS);
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        if self.bytes + text.len() > MAX_LINE_BYTES {
            self.too_long = true;
            return;
        }
        self.bytes += text.len();
        if let Some(slot) = self.cells.get_mut(column) {
            text.clone_into(slot);
        }
    }
}

/// Turns filled rows into messages.
struct Rows<'a> {
    wanted: Wanted,
    layout: Option<Arc<Layout>>,
    batch: Vec<Item>,
    batch_bytes: usize,
    /// Nobody listens any more.
    gone: bool,
    sender: &'a SyncSender<Message>,
}

impl Rows<'_> {
    /// Ends the row at `place` (counted from 0) and empties it for the next.
    fn finish(&mut self, place: u32, row: &mut Texts) -> Result<(), FileError> {
        let row = std::mem::take(row);
        if row.cells.is_empty() {
            return Ok(());
        }
        match &self.layout {
            None => {
                if row.cells.len() > MAX_COLUMNS {
                    return Err(FileError::TooManyColumns(MAX_COLUMNS));
                }
                if row.too_long {
                    return Err(FileError::HeaderLine(ErrorCode::LineTooLong));
                }
                let names: Vec<&str> = row.cells.iter().map(String::as_str).collect();
                let layout = Arc::new(self.wanted.header(&names)?);
                let _ = self.sender.send(Message::Header(Arc::clone(&layout)));
                self.layout = Some(layout);
            }
            Some(layout) => {
                let item = raw_row(u64::from(place) + 1, &row, layout).map_err(RowError::Rejected);
                self.batch.push(item);
                self.batch_bytes += row.bytes;
                if self.batch.len() == BATCH_ROWS || self.batch_bytes >= BATCH_BYTES {
                    self.flush();
                }
            }
        }
        Ok(())
    }

    fn flush(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        self.gone |= self.sender.send(Message::Rows(batch)).is_err();
    }
}

fn raw_row(line: u64, row: &Texts, layout: &Arc<Layout>) -> Result<RawRow, Box<Rejected>> {
    let (row, too_long) = (row.cells.as_slice(), row.too_long);
    let raw = csv_line(row);
    let reject = |code, found: &str, expected| {
        Err(Rejected::new(line, raw.as_bytes(), FieldError::of_row(code, found, expected)))
    };
    let header = layout.columns().len();
    if row.len() > header {
        return reject(ErrorCode::ColumnCount, &raw, Expected::Columns { header, row: row.len() });
    }
    if too_long || raw.len() > MAX_LINE_BYTES {
        return reject(ErrorCode::LineTooLong, &raw, Expected::MaxLineBytes(MAX_LINE_BYTES));
    }
    for (at, text) in row.iter().enumerate() {
        if let Some(mut error) = control_in(text, true) {
            error.column = layout.columns().get(at).cloned().unwrap_or_default().into();
            return Err(Rejected::new(line, raw.as_bytes(), error));
        }
    }
    let mut cells = Cells::over(raw, header);
    for text in row {
        cells.push_text(text, CellType::Text);
    }
    cells.resize(header);
    Ok(RawRow { line, layout: Arc::clone(layout), cells })
}

/// The row as a CSV line, so that a rejected one can be corrected and sent again.
fn csv_line(row: &[String]) -> String {
    let cells: Vec<String> = row
        .iter()
        .map(|text| {
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.clone()
            }
        })
        .collect();
    cells.join(",")
}

/// A cell as the text that a CSV export would hold. Of a formula this is the value stored with it.
fn text_of<'a>(value: &'a DataRef<'_>) -> Cow<'a, str> {
    Cow::Owned(match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            return Cow::Borrowed(text);
        }
        DataRef::SharedString(text) => return Cow::Borrowed(text),
        DataRef::Empty => return Cow::Borrowed(""),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(time) if time.is_datetime() && DAYS.contains(&time.as_f64()) => {
            let (year, month, day, hour, minute, second, ms) = time.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            match (hour, minute, second, ms) {
                (0, 0, 0, 0) => date,
                (_, _, _, 0) => format!("{date} {hour:02}:{minute:02}:{second:02}"),
                _ => format!("{date} {hour:02}:{minute:02}:{second:02}.{ms:03}"),
            }
        }
        // A duration, or a day that no calendar has.
        DataRef::DateTime(number) => number_text(number.as_f64()),
        DataRef::Error(error) => error.to_string(),
    })
}

/// A number as a spreadsheet shows it: 15 significant digits, no exponent, no zeros at the end. The cell holds
/// a binary fraction; its first 15 digits are what was entered (`12.1`, not `12.100000000000001`).
fn number_text(number: f64) -> String {
    if !number.is_finite() {
        return number.to_string();
    }
    let scientific = format!("{number:.*e}", SIGNIFICANT_DIGITS - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let exponent: i64 = exponent.parse().unwrap_or(0);
    if digits.is_empty() {
        return "0".to_owned();
    }
    format!("{sign}{}", plain_decimal(digits, exponent))
}

/// `digits` with the point after the first digit, times 10^`exponent`, written out.
fn plain_decimal(digits: &str, exponent: i64) -> String {
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
    let length = i64::try_from(digits.len()).unwrap_or(0);
    if exponent < 0 {
        format!("0.{}{digits}", zeros(-exponent - 1))
    } else if exponent + 1 >= length {
        format!("{digits}{}", zeros(exponent + 1 - length))
    } else {
        let (whole, fraction) =
            digits.split_at_checked(usize::try_from(exponent + 1).unwrap_or(0)).unwrap_or((digits, ""));
        format!("{whole}.{fraction}")
    }
}

/// Counts the bytes that the workbook's reader takes, for the progress.
struct Counted {
    inner: BufReader<Box<dyn ReadSeek>>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for Counted {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.inner.seek(place)
    }
}
