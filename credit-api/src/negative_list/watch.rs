//! W1 to W5 of the rule pack: the zone's own watch list, read from the cases that lead to it. A case of the kind
//! `list_entry` that took effect is the entry; it ends by its own clock, whether or not anybody has noted it.

use std::collections::HashMap;
use std::sync::Arc;

use credit_core::calendar::WorkingDays;
use credit_core::cases::{Step, WatchEntry};
use credit_core::dates::{Moment, day_number};
use credit_core::negative_list::Kind;
use credit_core::uscc::Uscc;
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::register::{LOOKED_AT_MAX, Place, Question};
use crate::cases::subject::About;
use crate::evaluation::knowledge::latest_knowledge;
use crate::store::bulk::{self, Bind};
use crate::store::schema::case_steps;
use crate::store::{DbConnection, StoreError};

/// Cases read at once.
const AT_ONCE: usize = 500;

/// An entry in force, with the name of the enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    pub case: String,
    pub uscc: String,
    pub name: String,
    pub kind: Kind,
    pub facts: String,
    pub entry: WatchEntry,
    /// When the step was taken by which it took effect, milliseconds.
    pub since_ms: i64,
}

/// The entries of one page, and the last enterprise where there may be more.
pub type Page = (Vec<Watched>, Option<String>);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    about: String,
    #[diesel(sql_type = BigInt)]
    changed_at: i64,
    #[diesel(sql_type = Text)]
    name: String,
}

/// The entries in force on the day, as far as the steps until the time tell; of one code alone, or of all. All of an
/// enterprise stand together.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn page(
    connection: &mut DbConnection,
    question: &Question,
    kind: Option<Kind>,
) -> Result<Page, StoreError> {
    let mut place = Place::of(question);
    let (mut found, mut looked_at) = (Vec::new(), 0);
    loop {
        let rows = rows_after(connection, question, &place)?;
        let is_last = rows.len() < AT_ONCE;
        let mut steps = steps_of(connection, &rows, question.known_at)?;
        for row in rows {
            if question.one.is_some_and(|uscc| uscc.as_str() != row.uscc) {
                return Ok((found, None));
            }
            let is_full = found.len() >= question.limit || looked_at >= LOOKED_AT_MAX;
            if is_full && row.uscc != place.uscc {
                return Ok((found, Some(place.uscc)));
            }
            looked_at += 1;
            let steps = steps.remove(&row.id).unwrap_or_default();
            place = Place { uscc: row.uscc.clone(), key: row.id.clone() };
            found.extend(shown(row, &steps, question, kind)?);
        }
        if is_last {
            return Ok((found, None));
        }
    }
}

/// Entries of one enterprise that are shown together.
const OF_ONE_MAX: usize = 50;

/// The entries of one enterprise that are in force on a day, as known now.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn of_one(
    connection: &mut DbConnection,
    uscc: Uscc,
    (now, calendar): (Moment, Arc<WorkingDays>),
) -> Result<Vec<Watched>, StoreError> {
    let question = Question {
        day: now.shanghai_date(),
        calendar,
        known_at: latest_knowledge(connection)?.max(now.0),
        kind: None,
        list: None,
        one: Some(uscc),
        after: None,
        limit: OF_ONE_MAX,
    };
    Ok(page(connection, &question, None)?.0)
}

/// What took effect until the day. One that was opened later is not read.
fn rows_after(
    connection: &mut DbConnection,
    question: &Question,
    place: &Place,
) -> Result<Vec<Row>, StoreError> {
    let sql = format!(
        "SELECT c.id, c.uscc, c.about, c.changed_at, e.name FROM cases c JOIN enterprises e ON e.uscc = c.uscc \
         WHERE c.effective_day IS NOT NULL AND (c.uscc, c.id) > ($1, $2) AND c.effective_day <= $3 \
         AND c.opened_at <= $4 ORDER BY c.uscc, c.id LIMIT {AT_ONCE}"
    );
    let binds: [Bind; 4] = [
        place.uscc.clone().into(),
        place.key.clone().into(),
        day_number(question.day).into(),
        question.known_at.into(),
    ];
    Ok(bulk::load(connection, &sql, binds)?)
}

/// The steps of these cases until a time.
fn steps_of(
    connection: &mut DbConnection,
    rows: &[Row],
    known_at: i64,
) -> Result<HashMap<String, Vec<Step>>, StoreError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let kept: Vec<(String, String)> = case_steps::table
        .filter(case_steps::case_id.eq_any(ids))
        .filter(case_steps::at.le(known_at))
        .order((case_steps::case_id.asc(), case_steps::number.asc()))
        .select((case_steps::case_id, case_steps::step))
        .load(connection)?;
    let mut found: HashMap<String, Vec<Step>> = HashMap::new();
    for (id, text) in kept {
        let step = serde_json::from_str(&text).map_err(|error| damaged(&id, error.to_string()))?;
        found.entry(id).or_default().push(step);
    }
    Ok(found)
}

fn shown(
    row: Row,
    steps: &[Step],
    question: &Question,
    kind: Option<Kind>,
) -> Result<Option<Watched>, StoreError> {
    let Some(entry) = WatchEntry::of(steps, &question.calendar, Moment(row.changed_at)) else {
        return Ok(None);
    };
    let about: About =
        serde_json::from_str(&row.about).map_err(|error| damaged(&row.id, error.to_string()))?;
    let About::Watch(watched) = about else { return Err(damaged(&row.id, "no entry".to_owned())) };
    let of_it = watched.kind().ok_or_else(|| damaged(&row.id, format!("no kind {}", watched.code)))?;
    if kind.is_some_and(|kind| kind != of_it) || !entry.is_in_force(question.day) {
        return Ok(None);
    }
    let since = steps.iter().find(|step| step.at.shanghai_date() == entry.effective_on && starts(step));
    Ok(Some(Watched {
        case: row.id,
        uscc: row.uscc,
        name: row.name,
        kind: of_it,
        facts: watched.facts,
        entry,
        since_ms: since.map_or(0, |step| step.at.0),
    }))
}

fn starts(step: &Step) -> bool {
    step.starts.iter().any(|started| started.clock == credit_core::cases::Clock::WatchExpiry)
}

fn damaged(id: &str, why: String) -> StoreError {
    StoreError::Damaged { what: "case", key: id.to_owned(), why }
}
