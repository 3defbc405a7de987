//! The signed checkpoints as they were published, kept in the credit database: a ledger folder that is made again has
//! from here the lines of log keys that are no longer at hand. Written after a checkpoint was published, in the
//! transaction that marks the outbox where there is one, so that it costs the fence nothing.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use node::rebuild::RebuildError;
use node::rebuild::notes::KeptNote;
use node::view::LedgerView;

use super::AnchorError;
use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// Rows read, and written, together.
pub const ROWS_AT_ONCE: usize = 1_024;

/// One checkpoint: its size and the signed note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub size: u64,
    pub note: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    size: i64,
    #[diesel(sql_type = Text)]
    note: String,
}

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = BigInt)]
    size: i64,
}

/// The largest size that is recorded; 0 when none is.
///
/// # Errors
/// The database's.
pub fn last(connection: &mut DbConnection) -> Result<u64, StoreError> {
    let sql = "SELECT size FROM ledger_notes ORDER BY size DESC LIMIT 1";
    let rows: Vec<Size> = bulk::load(connection, sql, std::iter::empty())?;
    Ok(rows.first().map_or(0, |row| u64::try_from(row.size).unwrap_or(0)))
}

/// Recorded checkpoints of more leaves than `size`, in order, at most [`ROWS_AT_ONCE`].
///
/// # Errors
/// The database's.
pub fn after(connection: &mut DbConnection, size: u64) -> Result<Vec<Published>, StoreError> {
    let limit = i64::try_from(ROWS_AT_ONCE).unwrap_or(i64::MAX);
    let rows: Vec<Row> = bulk::load(
        connection,
        "SELECT size, note FROM ledger_notes WHERE size > $1 ORDER BY size LIMIT $2",
        [big(size), limit.into()],
    )?;
    let published = |row: Row| Published { size: u64::try_from(row.size).unwrap_or(0), note: row.note };
    Ok(rows.into_iter().map(published).collect())
}

/// What this process has published of more leaves than `size`, in order, at most [`ROWS_AT_ONCE`].
///
/// # Errors
/// When the ledger cannot be read.
pub fn published_after(view: &LedgerView, size: u64) -> Result<Vec<Published>, AnchorError> {
    let (store, end) = (view.store(), view.published_size());
    let mut found = Vec::new();
    for span in store.spans_from(size)? {
        let size = span?.end();
        if size > end || found.len() == ROWS_AT_ONCE {
            break;
        }
        if let Some(note) = store.note(size)? {
            found.push(Published { size, note });
        }
    }
    Ok(found)
}

/// Records these, in the transaction of this connection. One size has one checkpoint, so what is recorded stays.
///
/// # Errors
/// The database's.
pub fn insert(connection: &mut DbConnection, published: &[Published]) -> Result<(), StoreError> {
    if published.is_empty() {
        return Ok(());
    }
    let rows = published.iter().map(|one| vec![big(one.size), Bind::Text(one.note.clone())]).collect();
    let (head, tail) = ("INSERT INTO ledger_notes (size, note)", "ON CONFLICT (size) DO NOTHING");
    bulk::execute_rows(connection, head, 2, rows, tail)?;
    Ok(())
}

fn big(number: u64) -> Bind {
    Bind::Big(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Keeps the record up while this process is the active one.
#[derive(Default)]
pub(super) struct Recorder {
    /// Leaves up to which published checkpoints are recorded; unknown before the first [`Recorder::catch_up`].
    recorded_to: Mutex<Option<u64>>,
}

impl Recorder {
    /// Published checkpoints that are not recorded yet, some at a time. The log goes on without this record, so what
    /// keeps it from being written is said and no more.
    pub(super) fn waiting(&self, view: &LedgerView) -> Vec<Published> {
        let Some(from) = *self.recorded_to() else { return Vec::new() };
        published_after(view, from).unwrap_or_else(|error| {
            tracing::error!(%error, "published checkpoints cannot be recorded");
            Vec::new()
        })
    }

    /// Remembers that these are in the database.
    pub(super) fn recorded(&self, published: &[Published]) {
        if let Some(last) = published.last() {
            *self.recorded_to() = Some(last.size);
        }
    }

    /// Records all published checkpoints that are not recorded yet.
    pub(super) fn catch_up(&self, database: &Database, view: &LedgerView) {
        let is_done = *self.recorded_to() == Some(view.published_size());
        if is_done {
            return;
        }
        if let Err(error) = self.record_all(database, view) {
            tracing::warn!(%error, "published checkpoints are not recorded yet");
        }
    }

    fn record_all(&self, database: &Database, view: &LedgerView) -> Result<(), StoreError> {
        let mut connection = database.connection()?;
        let last = last(&mut connection)?;
        *self.recorded_to() = Some(last);
        loop {
            let published = self.waiting(view);
            if published.is_empty() {
                return Ok(());
            }
            write(&mut connection, Lane::Anchoring, |connection| insert(connection, &published))?;
            self.recorded(&published);
        }
    }

    fn recorded_to(&self) -> MutexGuard<'_, Option<u64>> {
        self.recorded_to.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the record in ascending order, some rows ahead.
pub struct Recorded<'a> {
    connection: &'a mut DbConnection,
    ahead: VecDeque<Published>,
    read_to: u64,
    is_end: bool,
}

impl<'a> Recorded<'a> {
    /// From the first row on whose size is above `size`.
    pub fn after(connection: &'a mut DbConnection, size: u64) -> Self {
        Self { connection, ahead: VecDeque::new(), read_to: size, is_end: false }
    }

    /// The recorded checkpoint of this size. Sizes must be asked for in ascending order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of(&mut self, size: u64) -> Result<Option<KeptNote>, RebuildError> {
        loop {
            while self.ahead.front().is_some_and(|first| first.size < size) {
                self.ahead.pop_front();
            }
            match self.ahead.front() {
                Some(first) if first.size == size => {
                    return Ok(self.ahead.pop_front().map(|found| KeptNote::Recorded(found.note)));
                }
                Some(_) => return Ok(None),
                None if self.is_end => return Ok(None),
                None => {}
            }
            let rows = after(self.connection, self.read_to)
                .map_err(|error| RebuildError::Other(format!("the recorded checkpoints: {error}")))?;
            self.is_end = rows.len() < ROWS_AT_ONCE;
            self.read_to = rows.last().map_or(self.read_to, |last| last.size);
            self.ahead = rows.into();
        }
    }
}
