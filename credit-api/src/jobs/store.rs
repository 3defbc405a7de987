//! The rows of jobs.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::store::bulk::{self, Bind};
use crate::store::schema::jobs;
use crate::store::{DbConnection, Lane, StoreError, write};

/// A received file.
pub const BATCH: &str = "batch";
/// An extract of a department.
pub const EXTRACT: &str = "extract";
/// Names that are screened.
pub const SCREENING: &str = "screening";

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl State {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Running => "running",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
        }
    }
}

/// A file to be taken: everything needed to do it again after a crash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchTask {
    pub source: String,
    pub file_name: String,
    /// SHA-256 of the file in the evidence folder.
    pub digest: String,
    pub bytes: u64,
}

/// Why a job failed, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    pub code: String,
    pub zh: String,
    pub en: String,
}

/// A job as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct JobRow {
    pub id: String,
    pub kind: String,
    pub state: String,
    /// Rows done.
    pub done: i64,
    /// Rows in all; 0 while unknown.
    pub total: i64,
    pub batch_id: Option<String>,
    /// JSON of [`JobError`].
    pub error: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
    /// JSON of [`BatchTask`], or the id of an extract or screening.
    pub task: String,
    /// Somebody asked it to stop, milliseconds.
    pub cancel_asked_at: Option<i64>,
}

impl JobRow {
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.state != State::Queued.as_str() && self.state != State::Running.as_str()
    }

    /// # Errors
    /// [`StoreError::Damaged`] when the row does not hold what [`insert`] wrote.
    pub fn batch_task(&self) -> Result<BatchTask, StoreError> {
        serde_json::from_str(&self.task).map_err(|error| StoreError::Damaged {
            what: "job",
            key: self.id.clone(),
            why: error.to_string(),
        })
    }

    #[must_use]
    pub fn failure(&self) -> Option<JobError> {
        serde_json::from_str(self.error.as_deref()?).ok()
    }
}

/// Writes a new job that takes a file; to be called in a transaction.
///
/// # Errors
/// The database's.
pub fn insert(
    connection: &mut DbConnection,
    id: &str,
    task: &BatchTask,
    now: i64,
) -> Result<JobRow, StoreError> {
    insert_as(connection, id, BATCH, serde_json::to_string(task).unwrap_or_default(), now)
}

/// Writes a new job of a kind; to be called in a transaction.
///
/// # Errors
/// The database's.
pub fn insert_as(
    connection: &mut DbConnection,
    id: &str,
    kind: &str,
    task: String,
    now: i64,
) -> Result<JobRow, StoreError> {
    bulk::execute(
        connection,
        "INSERT INTO jobs (id, kind, state, done, total, batch_id, error, created_at, updated_at, task) \
         VALUES ($1, $2, 'queued', 0, 0, NULL, NULL, $3, $4, $5)",
        [id.into(), kind.into(), now.into(), now.into(), task.clone().into()],
    )?;
    Ok(JobRow {
        id: id.to_owned(),
        kind: kind.to_owned(),
        state: State::Queued.as_str().to_owned(),
        done: 0,
        total: 0,
        batch_id: None,
        error: None,
        created_at: now,
        updated_at: now,
        task,
        cancel_asked_at: None,
    })
}

/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<JobRow>, StoreError> {
    Ok(jobs::table.filter(jobs::id.eq(id)).select(JobRow::as_select()).first(connection).optional()?)
}

/// Jobs that were taken and not finished, oldest first.
///
/// # Errors
/// The database's.
pub fn unfinished(connection: &mut DbConnection) -> Result<Vec<String>, StoreError> {
    Ok(jobs::table
        .filter(jobs::state.eq_any([State::Queued.as_str(), State::Running.as_str()]))
        .order((jobs::created_at.asc(), jobs::id.asc()))
        .select(jobs::id)
        .load(connection)?)
}

/// Whether a job that is not finished takes the file of this digest.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn is_waited_for(connection: &mut DbConnection, digest: &str) -> Result<bool, StoreError> {
    let waiting: Vec<JobRow> = jobs::table
        .filter(jobs::kind.eq(BATCH))
        .filter(jobs::state.eq_any([State::Queued.as_str(), State::Running.as_str()]))
        .select(JobRow::as_select())
        .load(connection)?;
    for job in waiting {
        if job.batch_task()?.digest == digest {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes that somebody asked a job to stop, so that no restart forgets it; to be called in a transaction.
///
/// # Errors
/// The database's.
pub fn ask_to_stop(connection: &mut DbConnection, id: &str, now: i64) -> Result<(), StoreError> {
    bulk::execute(
        connection,
        "UPDATE jobs SET cancel_asked_at = $1 WHERE id = $2 AND cancel_asked_at IS NULL",
        [now.into(), id.into()],
    )?;
    Ok(())
}

/// How a job's row changes.
#[derive(Debug, Clone)]
pub struct Change {
    pub state: State,
    pub rows_done: u64,
    pub rows_total: u64,
    pub batch_id: Option<String>,
    pub error: Option<JobError>,
}

impl Change {
    #[must_use]
    pub fn to(state: State) -> Self {
        Self { state, rows_done: 0, rows_total: 0, batch_id: None, error: None }
    }
}

/// Writes where a job stands.
///
/// # Errors
/// The database's.
pub fn update(connection: &mut DbConnection, id: &str, change: Change, now: i64) -> Result<(), StoreError> {
    let big = |count: u64| Bind::Big(i64::try_from(count).unwrap_or(i64::MAX));
    let error = change.error.map(|error| serde_json::to_string(&error).unwrap_or_default());
    write(connection, Lane::Bookkeeping, |connection| {
        bulk::execute(
            connection,
            "UPDATE jobs SET state = $1, done = $2, total = $3, batch_id = $4, error = $5, updated_at = $6 \
             WHERE id = $7",
            [
                change.state.as_str().into(),
                big(change.rows_done),
                big(change.rows_total),
                Bind::OptionalText(change.batch_id),
                Bind::OptionalText(error),
                now.into(),
                id.into(),
            ],
        )?;
        Ok(())
    })
}
