//! Writes the rows of one source file, and keeps its first row as the pattern for the faulty ones.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};
use credit_core::dates::from_day_number;

use super::SampleError;

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// A local time of Asia/Shanghai in seconds since 1970-01-01 00:00 there.
pub(super) type Seconds = i64;

/// The date of a local time.
pub(super) fn date_of(time: Seconds) -> NaiveDate {
    from_day_number(i32::try_from(time.div_euclid(DAY)).unwrap_or(0))
}

/// One CSV row in the making.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: String,
    started: bool,
}

impl Line {
    fn next(&mut self) -> &mut String {
        if self.started {
            self.text.push(',');
        }
        self.started = true;
        &mut self.text
    }

    /// A cell, in quotes where CSV needs them (RFC 4180).
    pub fn text(&mut self, value: &str) -> &mut Self {
        let out = self.next();
        if value.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&value.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(value);
        }
        self
    }

    pub fn empty(&mut self) -> &mut Self {
        self.next();
        self
    }

    pub fn number(&mut self, value: i64) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = write!(self.next(), "{value}");
        self
    }

    pub fn maybe_number(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.number(value),
            None => self.empty(),
        }
    }

    /// 分 as 元 with two decimals.
    pub fn money(&mut self, fen: i64) -> &mut Self {
        let _ = write!(self.next(), "{}.{:02}", fen / 100, fen % 100);
        self
    }

    pub fn maybe_money(&mut self, fen: Option<i64>) -> &mut Self {
        match fen {
            Some(fen) => self.money(fen),
            None => self.empty(),
        }
    }

    /// 元 as 万元 with four decimals.
    pub fn wan(&mut self, yuan: i64) -> &mut Self {
        let _ = write!(self.next(), "{}.{:04}", yuan / 10_000, yuan % 10_000);
        self
    }

    pub fn date(&mut self, date: NaiveDate) -> &mut Self {
        push_date(self.next(), date);
        self
    }

    pub fn maybe_date(&mut self, date: Option<NaiveDate>) -> &mut Self {
        match date {
            Some(date) => self.date(date),
            None => self.empty(),
        }
    }

    pub fn time(&mut self, time: Option<Seconds>) -> &mut Self {
        let out = self.next();
        if let Some(time) = time {
            push_time(out, time, ' ');
        }
        self
    }

    pub fn flag(&mut self, value: Option<bool>) -> &mut Self {
        match value {
            Some(true) => self.text("true"),
            Some(false) => self.text("false"),
            None => self.empty(),
        }
    }
}

/// `2026-03-01 12:30:45`, or with `T`.
pub(super) fn push_time(out: &mut String, time: Seconds, separator: char) {
    let second = time.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    push_date(out, date_of(time));
    out.push(separator);
    push_two(out, hour);
    out.push(':');
    push_two(out, minute);
    out.push(':');
    push_two(out, second);
}

/// `2026-03-01`, without the formatting machinery: a file holds a million dates.
fn push_date(out: &mut String, date: NaiveDate) {
    let year = i64::from(date.year());
    push_two(out, year / 100);
    push_two(out, year % 100);
    for part in [date.month(), date.day()] {
        out.push('-');
        push_two(out, i64::from(part));
    }
}

/// Two digits of a number below 100.
fn push_two(out: &mut String, value: i64) {
    for digit in [value / 10 % 10, value % 10] {
        out.push(u8::try_from(digit).map_or('0', |digit| char::from(b'0' + digit)));
    }
}

/// The last part of a path.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Gb18030,
}

/// One file being written.
pub(super) struct Sheet {
    path: PathBuf,
    out: BufWriter<File>,
    encoding: Encoding,
    line: Line,
    columns: &'static [&'static str],
    first: Option<String>,
}

impl Sheet {
    /// Creates the file and writes its header; `columns` is empty for NDJSON, which has none.
    pub fn create(
        path: PathBuf,
        encoding: Encoding,
        columns: &'static [&'static str],
    ) -> Result<Self, SampleError> {
        let file = File::create(&path).map_err(|source| SampleError::at(&path, source))?;
        let out = BufWriter::with_capacity(1 << 18, file);
        let mut sheet = Self { path, out, encoding, line: Line::default(), columns, first: None };
        if !columns.is_empty() {
            sheet.put(columns.join(",").as_bytes())?;
        }
        Ok(sheet)
    }

    pub fn file_name(&self) -> String {
        file_name(&self.path)
    }

    pub fn columns(&self) -> &'static [&'static str] {
        self.columns
    }

    /// The first row, which the faulty ones are made from.
    pub fn first(&self) -> Option<&str> {
        self.first.as_deref()
    }

    /// Writes the row that `fill` puts together.
    pub fn row(&mut self, fill: impl FnOnce(&mut Line)) -> Result<(), SampleError> {
        let mut line = std::mem::take(&mut self.line);
        fill(&mut line);
        let written = self.raw(&line.text);
        line.text.clear();
        line.started = false;
        self.line = line;
        written
    }

    /// Writes a whole line as it is, in the file's encoding.
    pub fn raw(&mut self, text: &str) -> Result<(), SampleError> {
        if self.first.is_none() {
            self.first = Some(text.to_owned());
        }
        match self.encoding {
            Encoding::Utf8 => self.put(text.as_bytes()),
            Encoding::Gb18030 => {
                let (bytes, _, _) = encoding_rs::GB18030.encode(text);
                self.put(&bytes)
            }
        }
    }

    /// Writes a line byte by byte.
    pub fn bytes(&mut self, line: &[u8]) -> Result<(), SampleError> {
        self.put(line)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), SampleError> {
        self.out
            .write_all(bytes)
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(|source| SampleError::at(&self.path, source))
    }

    /// Writes out what is buffered.
    pub fn finish(mut self) -> Result<PathBuf, SampleError> {
        self.out.flush().map_err(|source| SampleError::at(&self.path, source))?;
        Ok(self.path)
    }
}
