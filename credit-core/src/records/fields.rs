//! Reads the fields of a row one after another and collects every error, not just the first.

use super::error::{ErrorCode, Expected, FieldError};
use super::row::{CellType, Row};
use super::spec::{FieldSpec, Kind};
use super::value::{self, Fault};

/// A row being read. Look-ups are fastest in the order of the dialect's fields.
pub(super) struct Fields<'a> {
    row: Row<'a>,
    next: usize,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(row: &Row<'a>) -> Self {
        Self { row: *row, next: 0, errors: Vec::new() }
    }

    /// The field of a column: the one after the last look-up, else searched for.
    fn find(&mut self, column: &str) -> Option<(usize, &'static FieldSpec)> {
        let specs = self.row.specs();
        let at = match specs.get(self.next) {
            Some(spec) if spec.column == column => self.next,
            _ => specs.iter().position(|spec| spec.column == column)?,
        };
        self.next = at + 1;
        Some((at, specs.get(at)?))
    }

    /// A cell that passed the checks common to all kinds: presence, JSON type, length.
    fn cell(&mut self, column: &'static str) -> Option<(&'a str, &'static FieldSpec)> {
        let (at, spec) = self.find(column)?;
        let Some((text, cell)) = self.row.field(at) else {
            if spec.needs_value {
                self.errors.push(FieldError::new(column, ErrorCode::Missing, "", Expected::Value));
            }
            return None;
        };
        let fits = match cell {
            CellType::Text => true,
            CellType::JsonNumber => spec.kind.takes_json_number(),
            CellType::JsonBool => spec.kind.takes_json_bool(),
            CellType::JsonNested => spec.is_passive(),
        };
        if !fits {
            self.errors.push(FieldError::new(column, ErrorCode::Type, text, Expected::JsonType));
            return None;
        }
        if text.len() > spec.max_chars && text.chars().count() > spec.max_chars {
            let expected = Expected::MaxChars(spec.max_chars);
            self.errors.push(FieldError::new(column, ErrorCode::TooLong, text, expected));
            return None;
        }
        Some((text, spec))
    }

    /// A value, or `None` when the cell is empty or wrong; wrong, or empty where a value is needed, is
    /// recorded as an error.
    pub(super) fn get<T>(
        &mut self,
        column: &'static str,
        parse: impl FnOnce(&'a str) -> Result<T, Fault>,
    ) -> Option<T> {
        let (text, _) = self.cell(column)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fault(column, text, fault);
                None
            }
        }
    }

    /// A whole number within the bounds that the specification gives the column.
    pub(super) fn whole(&mut self, column: &'static str) -> Option<i64> {
        let (text, spec) = self.cell(column)?;
        let (min, max) = match spec.kind {
            Kind::Whole { min, max } => (min, max),
            _ => (i64::MIN, i64::MAX),
        };
        match value::whole(text, min, max) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fault(column, text, fault);
                None
            }
        }
    }

    pub(super) fn text(&mut self, column: &'static str) -> Option<String> {
        self.cell(column).map(|(text, _)| text.to_owned())
    }

    /// A text, empty when the column or its value is absent.
    pub(super) fn text_or_empty(&mut self, column: &'static str) -> String {
        self.text(column).unwrap_or_default()
    }

    pub(super) fn list(&mut self, column: &'static str) -> Vec<String> {
        self.cell(column).map(|(text, _)| value::list(text)).unwrap_or_default()
    }

    pub(super) fn fault(&mut self, column: &'static str, found: &str, (code, expected): Fault) {
        self.errors.push(FieldError::new(column, code, found, expected));
    }

    /// The record, or all errors. Passive columns are checked for length here.
    ///
    /// `build` answers `None` only where a needed value is absent, and then an error is on record.
    pub(super) fn finish<T>(mut self, build: impl FnOnce() -> Option<T>) -> Result<T, Vec<FieldError>> {
        for spec in self.row.specs() {
            if spec.is_passive() {
                self.cell(spec.column);
            }
        }
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        build().ok_or_else(|| vec![FieldError::of_row(ErrorCode::Missing, "", Expected::Value)])
    }
}
