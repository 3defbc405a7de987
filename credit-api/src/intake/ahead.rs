//! Rows cut and parsed by a thread of their own, a few batches ahead of the database.

use std::collections::BTreeMap;
use std::sync::mpsc::{SyncSender, sync_channel};

use credit_core::records::{FieldError, Record};

use super::readers::{FileError, Rejected, RowError, RowStream};

/// Rows sent at a time, and batches that may wait.
const BATCH_ROWS: usize = 2_000;
const BATCHES: usize = 2;

/// Some rows of a file, in its order.
pub(super) struct Batch {
    pub rows: Vec<Parsed>,
    /// How far reading has come.
    pub bytes_read: u64,
}

/// A row, with the line it starts at.
pub(super) enum Parsed {
    Record { line: i64, record: Record },
    Rejected { line: i64, raw: String, errors: Vec<FieldError> },
}

/// Columns that the source does not know, with the number of rows that fill them.
pub(super) type ExtraColumns = BTreeMap<String, u64>;

/// Gives `take` all rows of the file; the first error of either side ends both.
///
/// # Errors
/// What `take` returns, or the file's as a whole.
pub(super) fn each_batch<E>(
    stream: &mut RowStream,
    mut take: impl FnMut(Batch) -> Result<(), E>,
) -> Result<ExtraColumns, E>
where
    E: From<FileError> + From<std::io::Error>,
{
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(BATCHES);
        let parser = std::thread::Builder::new()
            .name("parse".to_owned())
            .spawn_scoped(scope, move || parse(stream, &sender))?;
        // When `take` fails the receiver goes, which ends the parser.
        for batch in receiver {
            take(batch)?;
        }
        match parser.join() {
            Ok(outcome) => Ok(outcome?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn parse(stream: &mut RowStream, sender: &SyncSender<Batch>) -> Result<ExtraColumns, FileError> {
    let mut extra = ExtraColumns::new();
    loop {
        let mut rows = Vec::with_capacity(BATCH_ROWS);
        for item in stream.by_ref().take(BATCH_ROWS) {
            rows.push(parse_row(item, &mut extra)?);
        }
        let is_end = rows.len() < BATCH_ROWS;
        let is_gone = sender.send(Batch { rows, bytes_read: stream.bytes_read() }).is_err();
        if is_end || is_gone {
            return Ok(extra);
        }
    }
}

fn parse_row(
    item: Result<super::readers::RawRow, RowError>,
    extra: &mut ExtraColumns,
) -> Result<Parsed, FileError> {
    let line_of = |line: u64| i64::try_from(line).unwrap_or(i64::MAX);
    match item {
        Ok(raw) => {
            for column in raw.row().unknown() {
                match extra.get_mut(column) {
                    Some(count) => *count += 1,
                    None => drop(extra.insert(column.to_owned(), 1)),
                }
            }
            let line = line_of(raw.line);
            Ok(match raw.parse() {
                Ok(record) => Parsed::Record { line, record },
                Err(errors) => Parsed::Rejected { line, raw: raw.raw().to_owned(), errors },
            })
        }
        Err(RowError::Rejected(rejected)) => {
            let Rejected { line, raw, errors } = *rejected;
            Ok(Parsed::Rejected { line: line_of(line), raw, errors })
        }
        Err(RowError::File(error)) => Err(error),
    }
}
