//! A row of a file as text cells, and how the file's columns map to a dialect's fields.
//!
//! The mapping is resolved once per file ([`Layout`]); reading a field of a row is then an index look-up.

use super::SourceId;
use super::spec::{Dialect, FieldSpec, Kind, recognise};

/// What a cell was in the file; CSV and XLSX cells are always text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellType {
    Text,
    JsonNumber,
    JsonBool,
    /// An array or object, kept as JSON text.
    JsonNested,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    cell: CellType,
}

/// The cells of one row in the order of the file's columns, over one buffer.
///
/// The buffer begins with the row as it stood in the file; cells that differ from it (unescaped quotes,
/// JSON strings with escapes) follow after it.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    text: String,
    raw_len: usize,
    spans: Vec<Span>,
}

impl Cells {
    /// Starts a row with its raw text.
    #[must_use]
    pub fn over(raw: String, columns: usize) -> Self {
        Self { raw_len: raw.len(), text: raw, spans: Vec::with_capacity(columns) }
    }

    /// Adds a cell that is a slice of the raw text.
    pub fn push_span(&mut self, start: usize, end: usize, cell: CellType) {
        self.spans.push(Span { start, end, cell });
    }

    /// Adds a cell with a text of its own.
    pub fn push_text(&mut self, value: &str, cell: CellType) {
        let span = self.own(value, cell);
        self.spans.push(span);
    }

    /// Makes room so that `columns` cells can be set in any order; unset cells are empty.
    pub fn resize(&mut self, columns: usize) {
        self.spans.resize(columns, Span { start: 0, end: 0, cell: CellType::Text });
    }

    /// Sets a cell to a slice of the raw text.
    pub fn set_span(&mut self, at: usize, start: usize, end: usize, cell: CellType) {
        if let Some(slot) = self.spans.get_mut(at) {
            *slot = Span { start, end, cell };
        }
    }

    /// Sets a cell to a text of its own.
    pub fn set_text(&mut self, at: usize, value: &str, cell: CellType) {
        let span = self.own(value, cell);
        if let Some(slot) = self.spans.get_mut(at) {
            *slot = span;
        }
    }

    fn own(&mut self, value: &str, cell: CellType) -> Span {
        let start = self.text.len();
        self.text.push_str(value);
        Span { start, end: self.text.len(), cell }
    }

    /// The row as it stood in the file.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.text.get(..self.raw_len).unwrap_or_default()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// A cell, without spaces around it; missing and empty cells are `None`.
    #[must_use]
    pub fn get(&self, column: usize) -> Option<(&str, CellType)> {
        let span = self.spans.get(column)?;
        let text = trim(self.text.get(span.start..span.end)?);
        if text.is_empty() { None } else { Some((text, span.cell)) }
    }
}

/// Without ASCII spaces, tabs, line ends and ideographic spaces around it.
fn trim(text: &str) -> &str {
    let plain = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_graphic());
    if plain(text.as_bytes().first()) && plain(text.as_bytes().last()) {
        return text;
    }
    text.trim_matches([' ', '\t', '\r', '\n', '\u{3000}', '\u{a0}'])
}

/// Why a header cannot be used. The whole file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("the columns are those of no known source")]
    Unrecognised,
    #[error("column {0} appears twice")]
    Duplicate(String),
    #[error("{name} lacks the columns {}", columns.join(", "))]
    Missing { name: &'static str, columns: Vec<&'static str> },
}

/// A file's columns, resolved against a dialect.
#[derive(Debug, Clone)]
pub struct Layout {
    pub dialect: &'static Dialect,
    columns: Vec<String>,
    /// For each field of the dialect, the file's column.
    slots: Vec<Option<usize>>,
    /// Columns that go to `extra`.
    extra: Vec<usize>,
    /// Columns that the dialect does not know.
    unknown: Vec<usize>,
}

impl Layout {
    /// Resolves a header row.
    ///
    /// # Errors
    /// [`HeaderError`]: no source has these columns, a column stands twice, a required one is missing.
    pub fn of_header(names: &[&str], expected: Option<SourceId>) -> Result<Self, HeaderError> {
        let columns = named(names);
        if let Some(twice) = first_duplicate(&columns) {
            return Err(HeaderError::Duplicate(twice));
        }
        let dialect = recognise(&columns, expected).ok_or(HeaderError::Unrecognised)?;
        Self::complete(Self::resolve(dialect, columns))
    }

    /// Resolves a header row against one dialect, which need not be that of a source.
    ///
    /// # Errors
    /// [`HeaderError`]: none of its columns is there, a column stands twice, a required one is missing.
    pub fn of_header_in(dialect: &'static Dialect, names: &[&str]) -> Result<Self, HeaderError> {
        Self::complete(Self::within(dialect, named(names))?)
    }

    /// Resolves the keys of an NDJSON object against one dialect.
    ///
    /// # Errors
    /// [`HeaderError`]: none of its keys is there, or a key stands twice.
    pub fn of_keys_in(dialect: &'static Dialect, names: &[&str]) -> Result<Self, HeaderError> {
        Self::within(dialect, names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn within(dialect: &'static Dialect, columns: Vec<String>) -> Result<Self, HeaderError> {
        if let Some(twice) = first_duplicate(&columns) {
            return Err(HeaderError::Duplicate(twice));
        }
        let layout = Self::resolve(dialect, columns);
        if layout.slots.iter().all(Option::is_none) { Err(HeaderError::Unrecognised) } else { Ok(layout) }
    }

    fn complete(layout: Self) -> Result<Self, HeaderError> {
        let dialect = layout.dialect;
        let missing: Vec<&'static str> = dialect
            .fields
            .iter()
            .zip(&layout.slots)
            .filter(|(field, slot)| field.required && slot.is_none())
            .map(|(field, _)| field.column)
            .collect();
        if missing.is_empty() {
            Ok(layout)
        } else {
            Err(HeaderError::Missing { name: dialect.name, columns: missing })
        }
    }

    /// Resolves the keys of an NDJSON object. Absent keys are empty values, not missing columns.
    ///
    /// # Errors
    /// [`HeaderError`]: no source has these keys, or a key stands twice.
    pub fn of_keys(names: &[&str], expected: Option<SourceId>) -> Result<Self, HeaderError> {
        let columns: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        if let Some(twice) = first_duplicate(&columns) {
            return Err(HeaderError::Duplicate(twice));
        }
        let dialect = recognise(&columns, expected).ok_or(HeaderError::Unrecognised)?;
        Ok(Self::resolve(dialect, columns))
    }

    fn resolve(dialect: &'static Dialect, columns: Vec<String>) -> Self {
        let mut slots = vec![None; dialect.fields.len()];
        let mut extra = Vec::new();
        let mut unknown = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            match dialect.field(column) {
                Some((field, spec)) => {
                    if let Some(slot) = slots.get_mut(field) {
                        *slot = Some(at);
                    }
                    if spec.kind == Kind::Kept {
                        extra.push(at);
                    }
                }
                None => {
                    extra.push(at);
                    unknown.push(at);
                }
            }
        }
        Self { dialect, columns, slots, extra, unknown }
    }

    /// The same dialect with one more column at the end (a key first seen in a later NDJSON line).
    #[must_use]
    pub fn with_column(&self, name: &str) -> Self {
        let mut columns = self.columns.clone();
        columns.push(name.to_owned());
        Self::resolve(self.dialect, columns)
    }

    #[must_use]
    pub fn source(&self) -> SourceId {
        self.dialect.source
    }

    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The place of a column name in the file, ASCII case ignored.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
    }

    /// Names of the columns that no dialect field stands for, for the summary.
    pub fn unknown_columns(&self) -> impl Iterator<Item = &str> {
        self.unknown.iter().filter_map(|at| self.columns.get(*at)).map(String::as_str)
    }

    fn slot(&self, field: usize) -> Option<usize> {
        self.slots.get(field).copied().flatten()
    }
}

/// Header names without spaces; an unnamed column is called `column_N`.
fn named(names: &[&str]) -> Vec<String> {
    names
        .iter()
        .enumerate()
        .map(|(at, name)| match trim(name) {
            "" => format!("column_{}", at + 1),
            name => name.to_owned(),
        })
        .collect()
}

fn first_duplicate(columns: &[String]) -> Option<String> {
    let mut seen = std::collections::BTreeSet::new();
    columns.iter().find(|column| !seen.insert(column.to_ascii_lowercase())).cloned()
}

/// A row to parse.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub layout: &'a Layout,
    pub cells: &'a Cells,
}

impl<'a> Row<'a> {
    /// A field's value; `None` when the file has no such column or the cell is empty.
    #[must_use]
    pub fn field(&self, field: usize) -> Option<(&'a str, CellType)> {
        self.cells.get(self.layout.slot(field)?)
    }

    /// A value by column name; for occasional use, the parsers go by field.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&'a str> {
        self.cells.get(self.layout.position(column)?).map(|(text, _)| text)
    }

    /// The columns that are kept as received: known but not interpreted, or unknown; without the empty ones.
    pub fn extra(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let Row { layout, cells } = *self;
        layout.extra.iter().filter_map(move |at| Some((layout.columns.get(*at)?.as_str(), cells.get(*at)?.0)))
    }

    /// The columns that the dialect does not know; without the empty ones.
    pub fn unknown(&self) -> impl Iterator<Item = &'a str> {
        let Row { layout, cells } = *self;
        let filled =
            layout.unknown.iter().filter(move |at| cells.get(**at).is_some_and(|(text, _)| !text.is_empty()));
        filled.filter_map(move |at| layout.columns.get(*at)).map(String::as_str)
    }

    /// The dialect's fields.
    #[must_use]
    pub fn specs(&self) -> &'static [FieldSpec] {
        self.layout.dialect.fields
    }
}
