//! One file, one transaction: evidence, rows, quarantine, batch and outbox commit together or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use credit_core::dates::day_number;
use credit_core::records::{FieldError, Lang, SourceId};
use serde::Serialize;

use super::ahead::{self, Parsed};
use super::evidence::{Evidence, Stored};
use super::keep::{Kept, Provenance, Rows, keep};
use super::readers::{self, FileError, Input, RowStream};
use super::rollup::Touched;
use crate::anchoring::outbox::{self, Draft, NewRow};
use crate::clock::Clock;
use crate::registry;
use crate::sharing::notice::{self, Received};
use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// Rows taken to the database together.
const CHUNK_ROWS: usize = 2_000;
/// Of orders and reviews, whose tables are large: the more are sorted together, the fewer pages are written twice.
const LARGE_CHUNK_ROWS: usize = 20_000;
/// Longest text of a rejected row that the quarantine keeps, bytes.
const RAW_BYTES_MAX: usize = 4_096;
/// Longest file name kept, characters.
const NAME_CHARS_MAX: usize = 200;

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    #[error("the file cannot be kept: {0}")]
    Evidence(#[from] io::Error),
    /// The file as a whole cannot be read; one error, nothing taken. The refusal itself is on record.
    #[error(transparent)]
    Refused(#[from] FileError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The caller asked to stop; nothing was taken.
    #[error("cancelled; nothing of the file was taken")]
    Cancelled,
}

impl From<diesel::result::Error> for ReceiveError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub batch_id: String,
    pub source: String,
    pub dialect: String,
    pub file_name: String,
    /// SHA-256 of the file's bytes.
    pub file_digest: String,
    pub bytes: u64,
    pub rows_total: u64,
    pub rows_new: u64,
    pub rows_superseding: u64,
    pub rows_unchanged: u64,
    pub rows_rejected: u64,
    /// Columns of the file that its source does not know, with the number of rows that fill them.
    pub extra_columns: BTreeMap<String, u64>,
    /// The same bytes were received before, in this batch; nothing was changed.
    pub same_as: Option<String>,
}

/// Told how far a file is: (bytes read, bytes in all, rows). Answers whether to go on.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64, u64) -> bool;

/// A file to be received.
pub struct Incoming<'a, R> {
    pub name: &'a str,
    pub content: R,
    /// The source the sender named, if any.
    pub expected: Option<SourceId>,
}

/// Receives one file.
///
/// # Errors
/// [`ReceiveError`]; nothing of the file is then in the database, but a refusal is on record.
pub fn receive(
    database: &Database,
    evidence: &Evidence,
    clock: &dyn Clock,
    incoming: Incoming<'_, impl Read>,
    progress: Progress<'_>,
) -> Result<Summary, ReceiveError> {
    let stored = evidence.keep(incoming.content)?;
    receive_stored(database, clock, &stored, incoming.name, incoming.expected, progress)
}

/// Receives a file that the evidence folder holds already.
///
/// # Errors
/// [`ReceiveError`]; nothing of the file is then in the database, but a refusal is on record.
pub fn receive_stored(
    database: &Database,
    clock: &dyn Clock,
    stored: &Stored,
    name: &str,
    expected: Option<SourceId>,
    progress: Progress<'_>,
) -> Result<Summary, ReceiveError> {
    let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    let mut connection = database.connection()?;
    let input = Input::Path(stored.path.clone());
    let mut stream = match readers::open(&input, expected) {
        Ok(stream) => stream,
        Err(error) => {
            record_refusal(&mut connection, clock, stored, &name, &error)?;
            return Err(error.into());
        }
    };
    let outcome = write(&mut connection, Lane::Intake, |connection| {
        if let Some(earlier) = batch_of_digest(connection, &stored.digest)? {
            return Ok(Summary { same_as: Some(earlier.batch_id.clone()), ..earlier });
        }
        take_file(connection, clock, &mut stream, stored, &name, progress)
    });
    if let Err(ReceiveError::Refused(error)) = &outcome {
        record_refusal(&mut connection, clock, stored, &name, error)?;
    }
    outcome
}

/// State of a file while its rows go in.
struct Taking<'a> {
    from: Provenance,
    chunk: Rows<credit_core::records::Record>,
    touched: Touched,
    kept: Kept,
    rows_total: u64,
    rejects: Vec<Vec<Bind>>,
    reject_count: i64,
    rows_rejected: u64,
    connection: &'a mut DbConnection,
}

fn take_file(
    connection: &mut DbConnection,
    clock: &dyn Clock,
    stream: &mut RowStream,
    stored: &Stored,
    name: &str,
    progress: Progress<'_>,
) -> Result<Summary, ReceiveError> {
    let from = next_provenance(connection, clock, stored)?;
    let dialect = stream.layout().dialect.name.to_owned();
    let source = stream.source();
    insert_batch(connection, &from, source.as_str(), &dialect, stored, name)?;
    let mut taking = Taking {
        from,
        chunk: Vec::new(),
        touched: Touched::default(),
        kept: Kept::default(),
        rows_total: 0,
        rejects: Vec::new(),
        reject_count: 0,
        rows_rejected: 0,
        connection,
    };
    let chunk_rows = match source {
        SourceId::Transactions | SourceId::Reviews => LARGE_CHUNK_ROWS,
        _ => CHUNK_ROWS,
    };
    let total_bytes = stream.total_bytes();
    let mut extra = ahead::each_batch(stream, |batch| {
        batch.rows.into_iter().for_each(|row| taking.take(row));
        if taking.chunk.len() >= chunk_rows || taking.rejects.len() >= CHUNK_ROWS {
            taking.flush()?;
        }
        match progress(batch.bytes_read, total_bytes, taking.rows_total) {
            true => Ok(()),
            false => Err(ReceiveError::Cancelled),
        }
    })?;
    taking.flush()?;
    progress(total_bytes, total_bytes, taking.rows_total);
    for column in stream.layout().unknown_columns() {
        extra.entry(column.to_owned()).or_insert(0);
    }
    finish(taking, extra, source, dialect, stored, name)
}

impl Taking<'_> {
    fn take(&mut self, row: Parsed) {
        self.rows_total += 1;
        match row {
            Parsed::Record { line, record } => self.chunk.push((line, record)),
            Parsed::Rejected { line, raw, errors } => self.reject(line, &raw, &errors),
        }
    }

    fn reject(&mut self, line: i64, raw: &str, errors: &[FieldError]) {
        self.rows_rejected += 1;
        let raw = clip(raw, RAW_BYTES_MAX);
        for error in errors {
            self.reject_count += 1;
            self.rejects.push(vec![
                self.from.batch_id.clone().into(),
                self.reject_count.into(),
                line.into(),
                printable(&error.column).into(),
                error.code.as_str().into(),
                printable(&error.found).into(),
                serde_json::to_string(&error.expected).unwrap_or_default().into(),
                raw.clone().into(),
            ]);
        }
    }

    fn flush(&mut self) -> Result<(), ReceiveError> {
        let rows = std::mem::take(&mut self.chunk);
        self.kept.add(keep(self.connection, &self.from, rows, &mut self.touched)?);
        bulk::execute_rows(
            self.connection,
            "INSERT INTO rejects (batch_id, position, line, column_name, code, found, expected, raw)",
            8,
            std::mem::take(&mut self.rejects),
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

fn finish(
    taking: Taking<'_>,
    extra: BTreeMap<String, u64>,
    source: SourceId,
    dialect: String,
    stored: &Stored,
    name: &str,
) -> Result<Summary, ReceiveError> {
    let Taking { from, mut touched, kept, rows_total, rows_rejected, connection, .. } = taking;
    touched.write(connection)?;
    let dirty: BTreeSet<String> = touched.enterprises.iter().map(ToString::to_string).collect();
    mark_dirty(connection, from.known_from, &dirty)?;
    if matches!(source, SourceId::Registration | SourceId::Lists) {
        registry::refresh(connection, &dirty)?;
    }
    let big = |count: u64| Bind::Big(i64::try_from(count).unwrap_or(i64::MAX));
    bulk::execute(
        connection,
        "UPDATE batches SET rows_total = $1, rows_new = $2, rows_superseding = $3, rows_unchanged = $4, \
         rows_rejected = $5, extra_columns = $6 WHERE id = $7",
        [
            big(rows_total),
            big(kept.new),
            big(kept.superseding),
            big(kept.unchanged),
            big(rows_rejected),
            serde_json::to_string(&extra).unwrap_or_default().into(),
            from.batch_id.clone().into(),
        ],
    )?;
    anchor_batch(connection, &from, stored)?;
    notice::of_batch(connection, Received { batch: &from.batch_id, at_ms: from.known_from, source })?;
    Ok(Summary {
        batch_id: from.batch_id,
        source: source.as_str().to_owned(),
        dialect,
        file_name: name.to_owned(),
        file_digest: stored.digest.clone(),
        bytes: stored.bytes,
        rows_total,
        rows_new: kept.new,
        rows_superseding: kept.superseding,
        rows_unchanged: kept.unchanged,
        rows_rejected,
        extra_columns: extra,
        same_as: None,
    })
}

/// The file's digest goes onto the ledger, so that a changed evidence file or row can be told from the original.
fn anchor_batch(
    connection: &mut DbConnection,
    from: &Provenance,
    stored: &Stored,
) -> Result<(), ReceiveError> {
    let mut digest = [0u8; 32];
    if hex::decode_to_slice(&stored.digest, &mut digest).is_err() {
        return Ok(());
    }
    let day = day_number(credit_core::dates::Moment(from.known_from).shanghai_date());
    let draft = Draft::Batch { day: u32::try_from(day).unwrap_or(0), digest };
    outbox::insert(
        connection,
        vec![NewRow { subject: from.batch_id.clone(), seq: 1, at_ms: from.known_from, draft }],
    )?;
    Ok(())
}

/// Strictly later than every earlier batch, so that "as known at T" is never ambiguous.
fn next_provenance(
    connection: &mut DbConnection,
    clock: &dyn Clock,
    stored: &Stored,
) -> Result<Provenance, StoreError> {
    let latest = crate::evaluation::knowledge::latest_knowledge(connection)?;
    let known_from = clock.now().0.max(latest + 1);
    let digest = stored.digest.get(..12).unwrap_or_default();
    Ok(Provenance { batch_id: format!("b{known_from}-{digest}"), known_from })
}

fn insert_batch(
    connection: &mut DbConnection,
    from: &Provenance,
    source: &str,
    dialect: &str,
    stored: &Stored,
    name: &str,
) -> Result<(), StoreError> {
    bulk::execute(
        connection,
        "INSERT INTO batches (id, source, dialect, file_name, file_digest, bytes, received_at, rows_total, \
         rows_new, rows_superseding, rows_unchanged, rows_rejected, extra_columns) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, '{}')",
        [
            from.batch_id.clone().into(),
            source.into(),
            dialect.into(),
            name.into(),
            stored.digest.clone().into(),
            i64::try_from(stored.bytes).unwrap_or(i64::MAX).into(),
            from.known_from.into(),
        ],
    )?;
    Ok(())
}

fn record_refusal(
    connection: &mut DbConnection,
    clock: &dyn Clock,
    stored: &Stored,
    name: &str,
    error: &FileError,
) -> Result<(), ReceiveError> {
    let refusal = serde_json::json!({
        "code": error.code().as_str(),
        "column": error.column(),
        "zh": error.message(Lang::Zh),
        "en": error.message(Lang::En),
    });
    write(connection, Lane::Intake, |connection| {
        let from = next_provenance(connection, clock, stored)?;
        insert_batch(connection, &from, "", "", stored, name)?;
        bulk::execute(
            connection,
            "UPDATE batches SET refused = $1 WHERE id = $2",
            [refusal.to_string().into(), from.batch_id.into()],
        )?;
        Ok(())
    })
}

/// Marks enterprises to be evaluated, since this moment.
pub(crate) fn mark_dirty(
    connection: &mut DbConnection,
    since: i64,
    codes: &BTreeSet<String>,
) -> Result<(), StoreError> {
    let rows = codes.iter().map(|code| vec![Bind::Text(code.clone()), since.into()]);
    bulk::execute_rows(
        connection,
        "INSERT INTO dirty (uscc, since)",
        2,
        rows.collect(),
        "ON CONFLICT (uscc) DO UPDATE SET since = excluded.since",
    )?;
    Ok(())
}

/// The accepted batch with this file, if there is one.
fn batch_of_digest(connection: &mut DbConnection, digest: &str) -> Result<Option<Summary>, StoreError> {
    Ok(super::batches::by_digest(connection, digest)?.map(|batch| batch.summary()))
}
