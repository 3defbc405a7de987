//! The permits as an XLSX workbook, so that a zone exercises that reader too.

use std::path::PathBuf;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use super::SampleError;
use super::sheet::file_name;

/// Rows that the workbook takes; a sheet holds 1 048 576 and is kept in memory until it is saved. The permits
/// of a larger zone end here.
pub(super) const MAX_WORKBOOK_ROWS: u32 = 100_000;

/// Rows of text under a header.
pub(super) struct TextWorkbook {
    path: PathBuf,
    book: Workbook,
    rows: u32,
    first: Option<Vec<String>>,
}

impl TextWorkbook {
    /// A workbook with one sheet and a header. Nothing is written before [`TextWorkbook::finish`].
    pub fn create(path: PathBuf, columns: &[&str]) -> Result<Self, SampleError> {
        let mut book = Workbook::new();
        // The moment of writing would make two runs differ.
        let written =
            ExcelDateTime::from_ymd(2000, 1, 1).map_err(|source| SampleError::book(&path, source))?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&written));
        book.add_worksheet();
        let mut sheet = Self { path, book, rows: 0, first: None };
        let header: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        sheet.put(&header)?;
        Ok(sheet)
    }

    pub fn is_full(&self) -> bool {
        self.rows >= MAX_WORKBOOK_ROWS
    }

    pub fn first(&self) -> Option<&[String]> {
        self.first.as_deref()
    }

    pub fn file_name(&self) -> String {
        file_name(&self.path)
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[String]) -> Result<(), SampleError> {
        if self.first.is_none() {
            self.first = Some(cells.to_vec());
        }
        self.put(cells)
    }

    fn put(&mut self, cells: &[String]) -> Result<(), SampleError> {
        let at = self.rows;
        self.rows += 1;
        let sheet =
            self.book.worksheet_from_index(0).map_err(|source| SampleError::book(&self.path, source))?;
        for (column, cell) in (0u16..).zip(cells) {
            if !cell.is_empty() {
                sheet
                    .write_string(at, column, cell)
                    .map_err(|source| SampleError::book(&self.path, source))?;
            }
        }
        Ok(())
    }

    /// Saves the workbook.
    pub fn finish(mut self) -> Result<PathBuf, SampleError> {
        self.book.save(&self.path).map_err(|source| SampleError::book(&self.path, source))?;
        Ok(self.path)
    }
}
