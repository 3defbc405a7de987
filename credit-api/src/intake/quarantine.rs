//! Rejected rows of a file on their way to the quarantine: a row of the table for each thing wrong.

use credit_core::records::FieldError;

use super::keep::Provenance;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Longest text of a rejected row that is kept, bytes.
const RAW_BYTES_MAX: usize = 4_096;
/// Errors written together.
const ERRORS_AT_ONCE: usize = 2_000;

/// Of one file.
pub(crate) struct Quarantine {
    batch_id: String,
    /// Rows, each of which may have several errors.
    pub rejected: u64,
    errors: i64,
    rows: Vec<Vec<Bind>>,
}

impl Quarantine {
    pub fn of(from: &Provenance) -> Self {
        Self { batch_id: from.batch_id.clone(), rejected: 0, errors: 0, rows: Vec::new() }
    }

    /// Takes a row with everything that is wrong with it.
    pub fn reject(&mut self, line: i64, raw: &str, errors: &[FieldError]) {
        self.rejected += 1;
        let raw = clip(raw, RAW_BYTES_MAX);
        for error in errors {
            self.errors += 1;
            self.rows.push(vec![
                self.batch_id.clone().into(),
                self.errors.into(),
                line.into(),
                printable(&error.column).into(),
                error.code.as_str().into(),
                printable(&error.found).into(),
                serde_json::to_string(&error.expected).unwrap_or_default().into(),
                raw.clone().into(),
            ]);
        }
    }

    /// Whether it is time to write.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= ERRORS_AT_ONCE
    }

    /// Writes what was taken.
    pub fn flush(&mut self, connection: &mut DbConnection) -> Result<(), StoreError> {
        bulk::execute_rows(
            connection,
            "INSERT INTO rejects (batch_id, position, line, column_name, code, found, expected, raw)",
            8,
            std::mem::take(&mut self.rows),
            "",
        )?;
        Ok(())
    }
}

/// Neither database keeps NUL in text; a reader sees where it stood.
fn printable(text: &str) -> String {
    text.replace('\0', "\u{2400}")
}

fn clip(text: &str, bytes: usize) -> String {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    printable(text.get(..end).unwrap_or_default())
}
