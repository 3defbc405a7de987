//! NDJSON: one object per line. The first object that resembles a source decides what the file is; keys that
//! come up later are added as columns.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use credit_core::records::{CellType, Cells, ErrorCode, Expected, FieldError, Layout};

use super::encoding::{Encoding, control_in, strip_bom, text_of};
use super::error::{FileError, Rejected, RowError};
use super::json_object::{Value, read_object};
use super::limits::{MAX_COLUMNS, MAX_LINE_BYTES, MAX_LINES_TO_RECOGNISE};
use super::lines::Lines;
use super::{RawRow, Wanted};

pub(super) struct NdjsonRows {
    lines: JsonLines,
    /// Lines read before the source was known.
    first: VecDeque<TextLine>,
    layout: Arc<Layout>,
}

/// A line's number and its text, or why it has none.
type TextLine = (u64, Result<String, Box<Rejected>>);

impl NdjsonRows {
    pub fn open(lines: Lines, encoding: Encoding, wanted: Wanted) -> Result<Self, FileError> {
        let mut lines = JsonLines { lines, encoding };
        let mut first = VecDeque::new();
        while let Some(line) = lines.next()? {
            let layout = line.1.as_ref().ok().and_then(|text| layout_of(text, wanted));
            first.push_back(line);
            if let Some(layout) = layout {
                return Ok(Self { lines, first, layout: Arc::new(layout) });
            }
            if first.len() >= MAX_LINES_TO_RECOGNISE {
                break;
            }
        }
        Err(if first.is_empty() {
            FileError::Empty
        } else {
            FileError::NoKnownObject(MAX_LINES_TO_RECOGNISE)
        })
    }

    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub fn bytes_read(&self) -> u64 {
        self.lines.lines.bytes_read()
    }

    fn row(&mut self, line: u64, text: String) -> Result<RawRow, Box<Rejected>> {
        let (mut layout, mut row) = (Arc::clone(&self.layout), Filling::new(&self.layout, &text));
        let outcome = read_object(&text, |key, value| row.take(&mut layout, &key, value));
        let reject = |error| Err(Rejected::new(line, text.as_bytes(), error));
        if let Err(detail) = outcome {
            let expected = Expected::JsonObject(Cow::Borrowed(detail));
            return reject(FieldError::of_row(ErrorCode::Json, &text, expected));
        }
        if let Some(error) = row.control {
            return reject(error);
        }
        let mut cells = row.cells;
        self.layout = Arc::clone(&layout);
        cells.resize(layout.columns().len());
        Ok(RawRow { line, layout, cells })
    }
}

impl Iterator for NdjsonRows {
    type Item = Result<RawRow, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.first.pop_front() {
            Some(line) => line,
            None => match self.lines.next() {
                Ok(line) => line?,
                Err(error) => return Some(Err(RowError::File(error.into()))),
            },
        };
        let (number, text) = line;
        Some(text.and_then(|text| self.row(number, text)).map_err(RowError::Rejected))
    }
}

/// The layout that an object's keys show, if they resemble a source.
fn layout_of(text: &str, wanted: Wanted) -> Option<Layout> {
    let mut keys: Vec<Cow<'_, str>> = Vec::new();
    let outcome = read_object(text, |key, _| {
        keys.push(key);
        if keys.len() > MAX_COLUMNS { Err("too many keys") } else { Ok(()) }
    });
    let names: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
    outcome.ok().and_then(|()| wanted.keys(&names).ok())
}

/// A row being filled from an object.
struct Filling {
    cells: Cells,
    seen: Vec<bool>,
    /// The column after the last one set: objects of a file mostly keep their order.
    next: usize,
    control: Option<FieldError>,
    /// Where the line's text begins in memory, to tell slices of it from texts of their own.
    base: usize,
}

impl Filling {
    fn new(layout: &Layout, text: &str) -> Self {
        let columns = layout.columns().len();
        let mut cells = Cells::over(text.to_owned(), columns);
        cells.resize(columns);
        Self { cells, seen: vec![false; columns], next: 0, control: None, base: text.as_ptr().addr() }
    }

    fn take(&mut self, layout: &mut Arc<Layout>, key: &str, value: Value<'_>) -> Result<(), &'static str> {
        let at = self.column(layout, key)?;
        if let Some(seen) = self.seen.get_mut(at) {
            if *seen {
                return Err("a key that stands twice");
            }
            *seen = true;
        }
        let (text, cell) = match &value {
            Value::Null => return Ok(()),
            Value::Bool(word) => {
                self.cells.set_text(at, word, CellType::JsonBool);
                return Ok(());
            }
            Value::Number(text) => (*text, CellType::JsonNumber),
            Value::Nested(text) => (*text, CellType::JsonNested),
            Value::Text(Cow::Borrowed(text)) => (*text, CellType::Text),
            Value::Text(Cow::Owned(text)) => {
                if let Some(mut error) = control_in(text, true) {
                    error.column = Cow::Owned(key.to_owned());
                    self.control = Some(error);
                }
                self.cells.set_text(at, text, CellType::Text);
                return Ok(());
            }
        };
        let start = text.as_ptr().addr() - self.base;
        self.cells.set_span(at, start, start + text.len(), cell);
        Ok(())
    }

    /// The column of a key, added when it is new.
    fn column(&mut self, layout: &mut Arc<Layout>, key: &str) -> Result<usize, &'static str> {
        let at = match layout.columns().get(self.next) {
            Some(column) if column == key => self.next,
            _ => match layout.position(key) {
                Some(at) => at,
                None => {
                    let at = layout.columns().len();
                    if at >= MAX_COLUMNS {
                        return Err("too many different keys");
                    }
                    *layout = Arc::new(layout.with_column(key));
                    self.cells.resize(at + 1);
                    self.seen.resize(at + 1, false);
                    at
                }
            },
        };
        self.next = at + 1;
        Ok(at)
    }
}

/// Lines with their text, blank ones left out.
struct JsonLines {
    lines: Lines,
    encoding: Encoding,
}

impl JsonLines {
    fn next(&mut self) -> io::Result<Option<TextLine>> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            let number = line.number;
            let content = if number == 1 { strip_bom(line.content()) } else { line.content() };
            if line.too_long {
                let expected = Expected::MaxLineBytes(MAX_LINE_BYTES);
                let found = String::from_utf8_lossy(content.get(..256).unwrap_or(content));
                let error = FieldError::of_row(ErrorCode::LineTooLong, &found, expected);
                return Ok(Some((number, Err(Rejected::new(number, content, error)))));
            }
            if content.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let text = text_of(self.encoding, content.to_vec(), false)
                .map_err(|unreadable| Rejected::of(number, *unreadable));
            return Ok(Some((number, text)));
        }
    }
}
