//! The quarantine as CSV, to be opened in a spreadsheet, corrected and sent again.

use std::io::Write;

use credit_core::records::Lang;

use super::batches::{self, Batch};
use crate::store::{DbConnection, StoreError};

/// Rejects read at once.
const PAGE: i64 = 1_000;
/// Cells that a spreadsheet would take for a formula begin with one of these; full-width ones in some languages.
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Why the list could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    #[error("the list of rejected rows cannot be written: {0}")]
    Csv(#[from] csv::Error),
    #[error("the list of rejected rows cannot be written: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes one line per error.
pub struct Writer<W: Write>(csv::Writer<W>);

impl<W: Write> Writer<W> {
    /// Begins the list with its header.
    ///
    /// # Errors
    /// What the output says.
    pub fn new(mut output: W) -> Result<Self, ListError> {
        // Spreadsheets take UTF-8 for the local encoding unless told.
        output.write_all("\u{feff}".as_bytes())?;
        let mut writer = csv::Writer::from_writer(output);
        writer.write_record([
            "batch",
            "file",
            "line",
            "column",
            "code",
            "found",
            "message_zh",
            "message_en",
            "row",
        ])?;
        Ok(Self(writer))
    }

    /// Adds the rejects of a batch; returns how many.
    ///
    /// # Errors
    /// What the database or the output says.
    pub fn batch(&mut self, connection: &mut DbConnection, batch: &Batch) -> Result<u64, ListError> {
        let (mut after, mut written) = (0, 0);
        loop {
            let page = batches::rejects_of(connection, &batch.id, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(written) };
            after = last.position;
            for reject in &page {
                self.0.write_record([
                    batch.id.as_str(),
                    &neutral(&batch.file_name),
                    &reject.line.to_string(),
                    &neutral(&reject.column_name),
                    &reject.code,
                    &neutral(&reject.found),
                    &neutral(&reject.message(Lang::Zh)),
                    &neutral(&reject.message(Lang::En)),
                    &neutral(&reject.raw),
                ])?;
                written += 1;
            }
        }
    }

    /// # Errors
    /// What the output says.
    pub fn finish(mut self) -> Result<(), ListError> {
        Ok(self.0.flush()?)
    }
}

/// A text that no spreadsheet takes for a formula (ruling E7).
#[must_use]
pub fn neutral(text: &str) -> String {
    if text.starts_with(FORMULA_STARTS) { format!("'{text}") } else { text.to_owned() }
}
