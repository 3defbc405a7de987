//! One file, one transaction: evidence, rows, quarantine, batch and outbox commit together or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::Arc;

use credit_core::records::SourceId;
use serde::Serialize;

use super::ahead::{self, Parsed};
use super::evidence::{Evidence, Stored};
use super::keep::{Kept, Provenance, Rows, keep};
use super::leftover::Arriving;
use super::quarantine::Quarantine;
use super::readers::{self, FileError, Input, RowStream};
use super::recording::{self, Counts};
use super::rollup::Touched;
use crate::ceb;
use crate::clock::Clock;
use crate::registry;
use crate::sharing::notice::{self, Received};
use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// Rows taken to the database together.
const CHUNK_ROWS: usize = 2_000;
/// Of orders and reviews, whose tables are large: the more are sorted together, the fewer pages are written twice.
const LARGE_CHUNK_ROWS: usize = 20_000;
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
    pub expected: Expected,
}

/// The source that the sender named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Expected {
    /// None: the content tells.
    #[default]
    Any,
    Rows(SourceId),
    /// Customs messages.
    Ceb,
}

impl Expected {
    fn rows(self) -> Option<SourceId> {
        match self {
            Expected::Rows(source) => Some(source),
            Expected::Any | Expected::Ceb => None,
        }
    }

    /// The id of the interface contract; empty for none.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Expected::Any => "",
            Expected::Rows(source) => source.as_str(),
            Expected::Ceb => ceb::SOURCE,
        }
    }
}

impl std::str::FromStr for Expected {
    type Err = <SourceId as std::str::FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == ceb::SOURCE { Ok(Expected::Ceb) } else { text.parse().map(Expected::Rows) }
    }
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
    let arriving = Arriving::keep(evidence, incoming.content)?;
    let file = (incoming.name, incoming.expected);
    let taken = receive_stored(database, evidence, clock, &arriving.stored, file, progress);
    // Whoever sent it has it still, and may send it again.
    arriving.arrived(database);
    taken
}

/// Receives a file that the evidence folder holds already.
///
/// # Errors
/// [`ReceiveError`]; nothing of the file is then in the database, but a refusal is on record.
pub fn receive_stored(
    database: &Database,
    evidence: &Evidence,
    clock: &dyn Clock,
    stored: &Stored,
    (name, expected): (&str, Expected),
    progress: Progress<'_>,
) -> Result<Summary, ReceiveError> {
    let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    let mut connection = database.connection()?;
    // A sealed file goes once it is in: a job done again after a crash, or a second one of the same file, finds the
    // batch that took it.
    if !stored.path.exists()
        && let Some(same) = recording::same(&mut connection, stored)?
    {
        return Ok(same);
    }
    let messages = stored.sealed && expected.rows().is_none();
    let opened = if messages {
        return ceb::take::receive(&mut connection, evidence, clock, stored, &name, progress);
    } else if expected == Expected::Ceb {
        Err(FileError::NoMessages)
    } else {
        readers::open(&input(evidence, stored)?, expected.rows())
    };
    let mut stream = match opened {
        Ok(stream) => stream,
        Err(error) => {
            recording::refuse(&mut connection, clock, stored, &name, &error)?;
            evidence.done_with(stored)?;
            return Err(error.into());
        }
    };
    let outcome = write(&mut connection, Lane::Intake, |connection| {
        if let Some(same) = recording::same(connection, stored)? {
            return Ok(same);
        }
        take_file(connection, clock, &mut stream, stored, &name, progress)
    });
    if let Err(ReceiveError::Refused(error)) = &outcome {
        recording::refuse(&mut connection, clock, stored, &name, error)?;
    }
    outcome
}

fn input(evidence: &Evidence, stored: &Stored) -> io::Result<Input> {
    Ok(if stored.sealed {
        Input::File(Arc::new(evidence.open(stored)?))
    } else {
        Input::Path(stored.path.clone())
    })
}

/// State of a file while its rows go in.
struct Taking<'a> {
    from: Provenance,
    chunk: Rows<credit_core::records::Record>,
    touched: Touched,
    kept: Kept,
    rows_total: u64,
    quarantine: Quarantine,
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
    let dialect = stream.layout().dialect.name.to_owned();
    let source = stream.source();
    let from = recording::begin(connection, clock, stored, (source.as_str(), &dialect), name)?;
    let mut taking = Taking {
        quarantine: Quarantine::of(&from),
        from,
        chunk: Vec::new(),
        touched: Touched::default(),
        kept: Kept::default(),
        rows_total: 0,
        connection,
    };
    let chunk_rows = match source {
        SourceId::Transactions | SourceId::Reviews => LARGE_CHUNK_ROWS,
        _ => CHUNK_ROWS,
    };
    let total_bytes = stream.total_bytes();
    let mut extra = ahead::each_batch(stream, |batch| {
        batch.rows.into_iter().for_each(|row| taking.take(row));
        if taking.chunk.len() >= chunk_rows || taking.quarantine.is_full() {
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
            Parsed::Rejected { line, raw, errors } => self.quarantine.reject(line, &raw, &errors),
        }
    }

    fn flush(&mut self) -> Result<(), ReceiveError> {
        let rows = std::mem::take(&mut self.chunk);
        self.kept.add(keep(self.connection, &self.from, rows, &mut self.touched)?);
        self.quarantine.flush(self.connection)?;
        Ok(())
    }
}

fn finish(
    taking: Taking<'_>,
    extra: BTreeMap<String, u64>,
    source: SourceId,
    dialect: String,
    stored: &Stored,
    name: &str,
) -> Result<Summary, ReceiveError> {
    let Taking { from, mut touched, kept, rows_total, quarantine, connection, .. } = taking;
    let rows_rejected = quarantine.rejected;
    let named = |touched: &Touched| touched.enterprises.iter().map(ToString::to_string).collect();
    let mut dirty: BTreeSet<String> = named(&touched);
    if matches!(source, SourceId::Registration | SourceId::Lists) {
        registry::refresh(connection, &dirty)?;
    }
    if source == SourceId::Registration {
        ceb::judge::registered(connection, &from, &dirty, &mut touched)?;
        dirty = named(&touched);
    }
    touched.write(connection)?;
    mark_dirty(connection, from.known_from, &dirty)?;
    let counts = Counts { total: rows_total, rejected: rows_rejected, kept, extra: &extra };
    recording::close(connection, &from, stored, &counts)?;
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
