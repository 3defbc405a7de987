//! Compares what is due to enterprises with what they have, in the transaction of their evaluation, and writes what
//! follows: rating, list and measures cannot disagree.

use chrono::NaiveDate;
use credit_core::calendar::WorkingDays;
use credit_core::facts::Facts;
use credit_core::supervision::{Catalogue, Cause, Due, Entry, Held, Move, Situation, Verb, due, moves, next};
use serde_json::json;

use super::situation::{self, Stands};
use super::statement::damaged;
use super::store::{self, MeasureRow, Taken, Why, taken};
use crate::store::bulk::{self, Bind};
use crate::store::versioned::random;
use crate::store::{DbConnection, StoreError, commit_in_order};

const ID_BYTES: usize = 16;

/// One enterprise for which something has to be done.
struct Work<'a> {
    facts: &'a Facts,
    stands: Stands,
    rows: Vec<MeasureRow>,
    due: Vec<Due<'static>>,
    moves: Vec<Move>,
}

/// Writes what is to be written of these enterprises' measures.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn look(
    connection: &mut DbConnection,
    facts: &[Facts],
    calendar: &WorkingDays,
    (day, now_ms): (NaiveDate, i64),
) -> Result<(), StoreError> {
    let Some(catalogue) = Catalogue::on(day) else { return Ok(()) };
    let all: Vec<&Facts> = facts.iter().collect();
    let work = compare(connection, (catalogue, calendar), &all, (day, now_ms))?;
    if work.is_empty() {
        return Ok(());
    }
    // Who decides on a measure takes the same turn first: what is read from here on is what is changed.
    commit_in_order(connection)?;
    let some: Vec<&Facts> = work.into_iter().map(|one| one.facts).collect();
    let (mut all, mut forgotten) = (Vec::new(), Vec::new());
    for one in compare(connection, (catalogue, calendar), &some, (day, now_ms))? {
        for what in &one.moves {
            match what {
                Move::New { due, verb } => all.extend(begin(catalogue, &one, *due, *verb, now_ms)?),
                Move::Old { held, verb } => all.extend(go_on(&one, *held, *verb, now_ms)?),
                Move::Forget { held } => forgotten.extend(one.rows.get(*held).map(|row| row.id.clone())),
            }
        }
    }
    for id in forgotten {
        bulk::execute(connection, "UPDATE measures SET live = 0 WHERE id = $1", [Bind::Text(id)])?;
    }
    store::write(connection, &all, now_ms)
}

/// The enterprises for which something has to be done, with what.
fn compare<'a>(
    connection: &mut DbConnection,
    (catalogue, calendar): (&'static Catalogue, &WorkingDays),
    facts: &[&'a Facts],
    (day, now_ms): (NaiveDate, i64),
) -> Result<Vec<Work<'a>>, StoreError> {
    let codes: Vec<String> = facts.iter().map(|one| one.uscc.to_string()).collect();
    let mut stand = situation::of(connection, facts, calendar, (day, now_ms))?;
    let mut live = store::live(connection, &codes)?;
    let mut found = Vec::new();
    for one in facts {
        let Some(stands) = stand.remove(one.uscc.as_str()) else { continue };
        let rows = live.remove(one.uscc.as_str()).unwrap_or_default();
        let due = due(catalogue, &stands.situation);
        let held: Vec<Held> = rows.iter().map(MeasureRow::held).collect::<Result<_, _>>()?;
        let moves = moves(&due, &held);
        if !moves.is_empty() {
            found.push(Work { facts: one, stands, rows, due, moves });
        }
    }
    Ok(found)
}

fn begin(
    catalogue: &Catalogue,
    work: &Work<'_>,
    place: usize,
    verb: Verb,
    now_ms: i64,
) -> Result<Option<Taken>, StoreError> {
    let Some(due) = work.due.get(place) else { return Ok(None) };
    let uscc = work.facts.uscc.as_str();
    let to = next(None, verb, due.measure, None)
        .ok_or_else(|| damaged(uscc, format!("{} does not begin by {}", due.measure.code, verb.code())))?;
    let cause = serde_json::to_string(&due.cause).map_err(|error| damaged(uscc, error.to_string()))?;
    let row = MeasureRow {
        id: hex::encode(random::<ID_BYTES>()?),
        uscc: uscc.to_owned(),
        code: due.measure.code.clone(),
        catalogue: catalogue.id().to_owned(),
        state: String::new(),
        version: 0,
        cause: cause.clone(),
        agency: due.measure.agency.map(|agency| agency.code().to_owned()),
        stood: None,
        confirmed_by: None,
        made_at: now_ms,
        changed_at: now_ms,
        live: 1,
    };
    Ok(Some(taken(row, (verb, to), Why { by: None, reason: None, cause }, now_ms)))
}

fn go_on(work: &Work<'_>, place: usize, verb: Verb, now_ms: i64) -> Result<Option<Taken>, StoreError> {
    let Some(row) = work.rows.get(place) else { return Ok(None) };
    let to = next(Some(row.state()?), verb, row.measure()?, row.stood())
        .ok_or_else(|| damaged(&row.id, format!("{} at {}", verb.code(), row.state)))?;
    let cause = match (verb, &work.stands.appeal) {
        (Verb::Stay, Some(case)) => json!({ "appeal": case }).to_string(),
        _ => serde_json::to_string(&now(&work.stands.situation))
            .map_err(|error| damaged(&row.id, error.to_string()))?,
    };
    Ok(Some(taken(row.clone(), (verb, to), Why { by: None, reason: None, cause }, now_ms)))
}

/// Where the enterprise stands now: why a measure is due no longer, or may go on.
fn now(situation: &Situation) -> Cause {
    let entries = situation.entries.iter();
    let entries = entries
        .flat_map(|(kind, which)| which.iter().map(|which| Entry { kind: *kind, which: which.clone() }));
    Cause {
        grade: situation.grade.map(|(grade, _)| grade),
        rating: situation.grade.map(|(_, seq)| seq),
        entries: entries.collect(),
    }
}
