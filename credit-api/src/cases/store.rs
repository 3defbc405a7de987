//! Rows of cases and steps.

use chrono::NaiveDate;
use credit_core::calendar::WorkingDays;
use credit_core::cases::{Case, DISPUTED, Kind, State, Step, WatchEntry, clocks_of, is_open, is_told};
use credit_core::dates::{Moment, day_number};
use diesel::prelude::*;

pub use super::lists::{Filter, Order, list};
use super::subject::{About, RecordName};
use crate::store::bulk::{self, Bind};
use crate::store::schema::{case_steps, cases};
use crate::store::{DbConnection, StoreError};

/// The day of a case none of whose clocks runs: no date comes after it.
pub const NO_DAY: i32 = i32::MAX;

/// A case as its last step left it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = cases)]
pub struct CaseRow {
    pub id: String,
    pub kind: String,
    pub uscc: String,
    pub state: String,
    pub version: i64,
    pub about: String,
    pub asked: Option<String>,
    pub opened_at: i64,
    pub changed_at: i64,
    pub open: i32,
    pub due_day: i32,
    /// 1 once the enterprise may know of it.
    pub told: i32,
    /// The day on which an entry of the watch list took effect.
    pub effective_day: Option<i32>,
    /// What the service opened it for.
    pub opened_for: Option<String>,
    /// The calendar by which the day of an open case was computed.
    pub due_by: Option<String>,
    /// How serious it is, where it is an alert.
    pub severity: Option<String>,
}

impl CaseRow {
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn kind(&self) -> Result<Kind, StoreError> {
        Kind::of(&self.kind).ok_or_else(|| damaged(&self.id, format!("no kind {}", self.kind)))
    }

    /// What it is about.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn about(&self) -> Result<About, StoreError> {
        serde_json::from_str(&self.about).map_err(|error| damaged(&self.id, error.to_string()))
    }

    /// The same after these steps.
    #[must_use]
    pub fn after(self, steps: &[Step], kind: Kind, (now, calendar): (Moment, &WorkingDays)) -> Self {
        let case = Case { id: &self.id, kind, steps };
        let (state, version, is_open) = (case.state(), case.version(), is_open(&case));
        let watched = WatchEntry::of(steps, calendar, now);
        Self {
            told: i32::from(is_told(&case)),
            effective_day: watched.map(|entry| day_number(entry.effective_on)),
            state: state.code().to_owned(),
            version: i64::from(version),
            changed_at: now.0,
            open: i32::from(is_open),
            due_day: due_day(steps, calendar, now),
            due_by: is_open.then(|| calendar_name(calendar)),
            severity: severity_of(&self.about),
            ..self
        }
    }
}

/// How serious what a case is about is, where that is an alarm.
fn severity_of(about: &str) -> Option<String> {
    match serde_json::from_str(about) {
        Ok(About::Alert(alarm)) => Some(alarm.severity.code().to_owned()),
        _ => None,
    }
}

/// How the rows of cases name a calendar: 16 hexadecimal digits of its digest.
#[must_use]
pub fn calendar_name(calendar: &WorkingDays) -> String {
    hex::encode(calendar.digest().get(..8).unwrap_or_default())
}

/// The day on which the first of the running clocks ends; [`NO_DAY`] where none runs.
pub(super) fn due_day(steps: &[Step], calendar: &WorkingDays, now: Moment) -> i32 {
    let clocks = clocks_of(steps, calendar, now);
    let ends = clocks.into_iter().filter(|clock| clock.is_running()).map(|clock| clock.end.date);
    ends.min().map_or(NO_DAY, day_number)
}

/// A step as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = case_steps)]
pub struct StepRow {
    pub case_id: String,
    pub number: i64,
    pub step: String,
    pub anchor_seq: i64,
    pub salt: Option<Vec<u8>>,
}

impl StepRow {
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn read(&self) -> Result<Step, StoreError> {
        serde_json::from_str(&self.step).map_err(|error| damaged(&self.case_id, error.to_string()))
    }
}

/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<CaseRow>, StoreError> {
    Ok(cases::table.filter(cases::id.eq(id)).select(CaseRow::as_select()).first(connection).optional()?)
}

/// The steps of a case, in order.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn steps_of(connection: &mut DbConnection, id: &str) -> Result<Vec<Step>, StoreError> {
    rows_of(connection, id)?.iter().map(StepRow::read).collect()
}

/// The same as rows.
///
/// # Errors
/// The database's.
pub fn rows_of(connection: &mut DbConnection, id: &str) -> Result<Vec<StepRow>, StoreError> {
    Ok(case_steps::table
        .filter(case_steps::case_id.eq(id))
        .order(case_steps::number.asc())
        .select(StepRow::as_select())
        .load(connection)?)
}

/// Open cases in one state whose day is over, the longest first.
///
/// # Errors
/// The database's.
pub fn over(
    connection: &mut DbConnection,
    (kind, state): (Kind, State),
    today: NaiveDate,
    limit: i64,
) -> Result<Vec<CaseRow>, StoreError> {
    Ok(cases::table
        .filter(cases::kind.eq(kind.code()))
        .filter(cases::state.eq(state.code()))
        .filter(cases::due_day.lt(day_number(today)))
        .order((cases::due_day.asc(), cases::id.asc()))
        .limit(limit)
        .select(CaseRow::as_select())
        .load(connection)?)
}

/// The records of an enterprise that are marked as disputed.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn disputed(connection: &mut DbConnection, uscc: &str) -> Result<Vec<RecordName>, StoreError> {
    let rows: Vec<CaseRow> = cases::table
        .filter(cases::uscc.eq(uscc))
        .filter(cases::kind.eq(Kind::Objection.code()))
        .filter(cases::state.eq_any(DISPUTED.map(State::code)))
        .select(CaseRow::as_select())
        .load(connection)?;
    let record = |row: &CaseRow| match row.about() {
        Ok(About::Record(record)) => Some(Ok(record)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    };
    rows.iter().filter_map(record).collect()
}

/// Open cases in one state with an id after this one, in the order of their ids.
///
/// # Errors
/// The database's.
pub fn open_in(
    connection: &mut DbConnection,
    (kind, state): (Kind, State),
    after: &str,
    limit: i64,
) -> Result<Vec<CaseRow>, StoreError> {
    Ok(cases::table
        .filter(cases::kind.eq(kind.code()))
        .filter(cases::state.eq(state.code()))
        .filter(cases::open.eq(1))
        .filter(cases::id.gt(after))
        .order(cases::id.asc())
        .limit(limit)
        .select(CaseRow::as_select())
        .load(connection)?)
}

/// The open cases of a kind of an enterprise, the oldest first.
///
/// # Errors
/// The database's.
pub fn open_of(connection: &mut DbConnection, kind: Kind, uscc: &str) -> Result<Vec<CaseRow>, StoreError> {
    Ok(cases::table
        .filter(cases::uscc.eq(uscc))
        .filter(cases::kind.eq(kind.code()))
        .filter(cases::open.eq(1))
        .order((cases::opened_at.asc(), cases::id.asc()))
        .select(CaseRow::as_select())
        .load(connection)?)
}

/// The same of these enterprises, in no order.
///
/// # Errors
/// The database's.
pub fn open_of_all(
    connection: &mut DbConnection,
    kind: Kind,
    codes: &[String],
) -> Result<Vec<CaseRow>, StoreError> {
    Ok(cases::table
        .filter(cases::uscc.eq_any(codes))
        .filter(cases::kind.eq(kind.code()))
        .filter(cases::open.eq(1))
        .select(CaseRow::as_select())
        .load(connection)?)
}

/// The case that the service opened for this.
///
/// # Errors
/// The database's.
pub fn opened_for(
    connection: &mut DbConnection,
    kind: Kind,
    what: &str,
) -> Result<Option<CaseRow>, StoreError> {
    Ok(cases::table
        .filter(cases::kind.eq(kind.code()))
        .filter(cases::opened_for.eq(what))
        .select(CaseRow::as_select())
        .first(connection)
        .optional()?)
}

/// Writes a case that is new.
///
/// # Errors
/// The database's.
pub fn insert(connection: &mut DbConnection, row: &CaseRow) -> Result<(), StoreError> {
    let row = row.clone();
    bulk::execute(
        connection,
        "INSERT INTO cases (id, kind, uscc, state, version, about, asked, opened_at, changed_at, open, due_day, \
         told, effective_day, opened_for, due_by, severity) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        [
            row.id.into(),
            row.kind.into(),
            row.uscc.into(),
            row.state.into(),
            row.version.into(),
            row.about.into(),
            Bind::OptionalText(row.asked),
            row.opened_at.into(),
            row.changed_at.into(),
            row.open.into(),
            row.due_day.into(),
            row.told.into(),
            Bind::OptionalInt(row.effective_day),
            Bind::OptionalText(row.opened_for),
            Bind::OptionalText(row.due_by),
            Bind::OptionalText(row.severity),
        ],
    )?;
    Ok(())
}

/// Writes where a case stands, when it still stands where `seen` is. Says whether it did.
///
/// # Errors
/// The database's.
pub fn update(connection: &mut DbConnection, row: &CaseRow, seen: i64) -> Result<bool, StoreError> {
    let row = row.clone();
    let changed = bulk::execute(
        connection,
        "UPDATE cases SET state = $1, version = $2, about = $3, asked = $4, changed_at = $5, open = $6, due_day = $7, \
         told = $8, effective_day = $9, due_by = $10, severity = $11 WHERE id = $12 AND version = $13",
        [
            row.state.into(),
            row.version.into(),
            row.about.into(),
            Bind::OptionalText(row.asked),
            row.changed_at.into(),
            row.open.into(),
            row.due_day.into(),
            row.told.into(),
            Bind::OptionalInt(row.effective_day),
            Bind::OptionalText(row.due_by),
            Bind::OptionalText(row.severity),
            row.id.into(),
            seen.into(),
        ],
    )?;
    Ok(changed == 1)
}

/// Writes a step.
///
/// # Errors
/// The database's.
pub fn insert_step(
    connection: &mut DbConnection,
    step: &Step,
    anchor_seq: i64,
    salt: [u8; 32],
) -> Result<(), StoreError> {
    let text = serde_json::to_string(step).map_err(|error| damaged(&step.case, error.to_string()))?;
    bulk::execute(
        connection,
        "INSERT INTO case_steps (case_id, number, at, step, anchor_seq, salt) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            step.case.clone().into(),
            i64::from(step.number).into(),
            step.at.0.into(),
            text.into(),
            anchor_seq.into(),
            Bind::Bytes(salt.to_vec()),
        ],
    )?;
    Ok(())
}

pub(super) fn damaged(id: &str, why: String) -> StoreError {
    StoreError::Damaged { what: "case", key: id.to_owned(), why }
}
