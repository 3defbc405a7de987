//! Rows of measures, and the one way to write what becomes of them.

use std::collections::{BTreeMap, HashMap};

use credit_core::supervision::{Catalogue, Cause, Held, Measure, State, Verb};
use diesel::prelude::*;
use parity_scale_codec::Encode;

use super::statement::{self, Step, damaged};
use crate::access::{Audience, Block};
use crate::anchoring::outbox::{self, Draft, NewRow};
use crate::sharing::feed::{self, Event, MeasureChange, NewChange, What};
use crate::store::bulk::{self, Bind};
use crate::store::schema::{measure_acts, measure_steps, measures};
use crate::store::versioned::random;
use crate::store::{DbConnection, StoreError};

/// Codes in one query.
const CODES_AT_ONCE: usize = 500;

/// A measure as its last step left it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = measures)]
pub struct MeasureRow {
    pub id: String,
    pub uscc: String,
    pub code: String,
    pub catalogue: String,
    pub state: String,
    /// Counts the steps; what a writer has seen.
    pub version: i64,
    pub cause: String,
    pub agency: Option<String>,
    pub stood: Option<String>,
    pub confirmed_by: Option<String>,
    pub made_at: i64,
    pub changed_at: i64,
    pub live: i32,
}

impl MeasureRow {
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn state(&self) -> Result<State, StoreError> {
        State::of(&self.state).ok_or_else(|| damaged(&self.id, format!("no state {}", self.state)))
    }

    /// Why it is due.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn cause(&self) -> Result<Cause, StoreError> {
        serde_json::from_str(&self.cause).map_err(|error| damaged(&self.id, error.to_string()))
    }

    /// Where a stayed one stood.
    #[must_use]
    pub fn stood(&self) -> Option<State> {
        self.stood.as_deref().and_then(State::of)
    }

    /// As the comparison with what is due takes it.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn held(&self) -> Result<Held, StoreError> {
        Ok(Held { code: self.code.clone(), state: self.state()?, cause: self.cause()?, before: self.stood() })
    }

    /// What the catalogue says of it.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]: every catalogue that rows name is in the program.
    pub fn measure(&self) -> Result<&'static Measure, StoreError> {
        Some(Catalogue::embedded())
            .filter(|catalogue| catalogue.id() == self.catalogue)
            .and_then(|catalogue| catalogue.find(&self.code))
            .ok_or_else(|| damaged(&self.id, format!("no measure {} in {}", self.code, self.catalogue)))
    }
}

/// The measures of these enterprises that something may become of, and those that a person refused or lifted and that
/// are still due; by enterprise, the oldest first.
///
/// # Errors
/// The database's.
pub fn live(
    connection: &mut DbConnection,
    codes: &[String],
) -> Result<HashMap<String, Vec<MeasureRow>>, StoreError> {
    let mut found: HashMap<String, Vec<MeasureRow>> = HashMap::new();
    for part in codes.chunks(CODES_AT_ONCE) {
        let rows: Vec<MeasureRow> = measures::table
            .filter(measures::uscc.eq_any(part))
            .filter(measures::live.eq(1))
            .order((measures::uscc.asc(), measures::made_at.asc(), measures::id.asc()))
            .select(MeasureRow::as_select())
            .load(connection)?;
        for row in rows {
            found.entry(row.uscc.clone()).or_default().push(row);
        }
    }
    Ok(found)
}

/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<MeasureRow>, StoreError> {
    Ok(measures::table
        .filter(measures::id.eq(id))
        .select(MeasureRow::as_select())
        .first(connection)
        .optional()?)
}

/// All measures of an enterprise, the oldest first.
///
/// # Errors
/// The database's.
pub fn of_enterprise(connection: &mut DbConnection, uscc: &str) -> Result<Vec<MeasureRow>, StoreError> {
    Ok(measures::table
        .filter(measures::uscc.eq(uscc))
        .order((measures::made_at.asc(), measures::id.asc()))
        .select(MeasureRow::as_select())
        .load(connection)?)
}

/// Which measures a list shows.
#[derive(Debug, Clone, Default)]
pub struct Which {
    pub uscc: Option<String>,
    /// In one of these states then.
    pub states: Vec<State>,
    /// Told this agency.
    pub agency: Option<Audience>,
    /// Where they stood at this moment, milliseconds.
    pub at: i64,
    /// Of these codes of the catalogue; empty: of all.
    pub codes: Vec<String>,
    /// After this time and id.
    pub after: Option<(i64, String)>,
    /// The last ones before this time and id.
    pub before: Option<(i64, String)>,
}

/// A measure, and where it stood at the moment that was asked about.
#[derive(Debug, Clone, QueryableByName)]
pub struct Then {
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub id: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub state: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub since: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub made_at: i64,
}

/// The measures as they stood at a moment, the oldest first: read from their steps, which never change.
///
/// # Errors
/// The database's.
pub fn at(connection: &mut DbConnection, which: &Which, limit: i64) -> Result<Vec<Then>, StoreError> {
    let mut binds: Vec<Bind> = vec![which.at.into(), limit.into()];
    let mut place = |bind: Bind| {
        binds.push(bind);
        format!("${}", binds.len())
    };
    let mut wheres = Vec::new();
    if let Some(uscc) = &which.uscc {
        wheres.push(format!("m.uscc = {}", place(uscc.clone().into())));
    }
    if let Some(agency) = which.agency {
        wheres.push(format!("m.agency = {}", place(agency.code().into())));
    }
    let states: Vec<String> = which.states.iter().map(|state| place(state.code().into())).collect();
    wheres.push(format!("s.state IN ({})", states.join(", ")));
    if !which.codes.is_empty() {
        let codes: Vec<String> = which.codes.iter().map(|code| place(code.clone().into())).collect();
        wheres.push(format!("m.code IN ({})", codes.join(", ")));
    }
    for (sign, bound) in [(">", &which.after), ("<", &which.before)] {
        if let Some((made_at, id)) = bound {
            let bound = (place((*made_at).into()), place(id.clone().into()));
            wheres.push(format!("(m.made_at, m.id) {sign} ({}, {})", bound.0, bound.1));
        }
    }
    let order = if which.before.is_some() { "m.made_at DESC, m.id DESC" } else { "m.made_at, m.id" };
    let sql = format!(
        "SELECT m.id, s.state, s.at AS since, m.made_at FROM measures m JOIN measure_steps s ON s.measure_id = m.id \
         WHERE s.number = (SELECT MAX(l.number) FROM measure_steps l WHERE l.measure_id = m.id AND l.at <= $1) \
         AND {} ORDER BY {order} LIMIT $2",
        wheres.join(" AND ")
    );
    let mut found: Vec<Then> = bulk::load(connection, &sql, binds)?;
    if which.before.is_some() {
        found.reverse();
    }
    Ok(found)
}

/// How many measures stand in each state now, by its code.
///
/// # Errors
/// The database's.
pub fn counts(connection: &mut DbConnection) -> Result<HashMap<String, i64>, StoreError> {
    let rows: Vec<(String, i64)> = measures::table
        .group_by(measures::state)
        .select((measures::state, diesel::dsl::count_star()))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}

/// These measures, by id.
///
/// # Errors
/// The database's.
pub fn these(
    connection: &mut DbConnection,
    ids: &[String],
) -> Result<HashMap<String, MeasureRow>, StoreError> {
    let rows: Vec<MeasureRow> =
        measures::table.filter(measures::id.eq_any(ids)).select(MeasureRow::as_select()).load(connection)?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// A step as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = measure_steps)]
pub struct StepRow {
    pub measure_id: String,
    pub number: i64,
    pub at: i64,
    pub state: String,
    pub step: Vec<u8>,
    pub uscc: String,
    pub act: i64,
    pub place: i32,
}

/// The steps of a measure, in order.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn steps_of(connection: &mut DbConnection, id: &str) -> Result<Vec<Step>, StoreError> {
    let rows: Vec<StepRow> = measure_steps::table
        .filter(measure_steps::measure_id.eq(id))
        .order(measure_steps::number.asc())
        .select(StepRow::as_select())
        .load(connection)?;
    rows.iter().map(|row| Step::read(&row.measure_id, &row.step)).collect()
}

/// The steps of these measures, each in order, by measure.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn steps_of_these(
    connection: &mut DbConnection,
    ids: &[String],
) -> Result<HashMap<String, Vec<Step>>, StoreError> {
    let rows: Vec<StepRow> = measure_steps::table
        .filter(measure_steps::measure_id.eq_any(ids))
        .order((measure_steps::measure_id.asc(), measure_steps::number.asc()))
        .select(StepRow::as_select())
        .load(connection)?;
    let mut found: HashMap<String, Vec<Step>> = HashMap::new();
    for row in rows {
        let step = Step::read(&row.measure_id, &row.step)?;
        found.entry(row.measure_id).or_default().push(step);
    }
    Ok(found)
}

/// The steps of an enterprise's acts, in the order in which they were anchored.
///
/// # Errors
/// The database's.
pub fn steps_by_act(connection: &mut DbConnection, uscc: &str) -> Result<Vec<StepRow>, StoreError> {
    Ok(measure_steps::table
        .filter(measure_steps::uscc.eq(uscc))
        .order((measure_steps::act.asc(), measure_steps::place.asc()))
        .select(StepRow::as_select())
        .load(connection)?)
}

/// An act as stored: what was anchored is its steps under this salt.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = measure_acts)]
pub struct ActRow {
    pub uscc: String,
    pub seq: i64,
    pub at: i64,
    pub salt: Option<Vec<u8>>,
}

/// The acts of an enterprise, in order.
///
/// # Errors
/// The database's.
pub fn acts_of(connection: &mut DbConnection, uscc: &str) -> Result<Vec<ActRow>, StoreError> {
    Ok(measure_acts::table
        .filter(measure_acts::uscc.eq(uscc))
        .order(measure_acts::seq.asc())
        .select(ActRow::as_select())
        .load(connection)?)
}

/// A step that is to be written: the measure as it stands after it, and the step.
#[derive(Debug, Clone)]
pub struct Taken {
    pub row: MeasureRow,
    pub step: Step,
    /// Where it stood before; nothing for a new one.
    pub from: Option<State>,
}

/// Who takes a step, why, and on what it rests.
#[derive(Debug, Clone)]
pub struct Why {
    pub by: Option<String>,
    pub reason: Option<String>,
    pub cause: String,
}

/// A measure after a step.
#[must_use]
pub fn taken(row: MeasureRow, (verb, to): (Verb, State), why: Why, at: i64) -> Taken {
    let version = row.version + 1;
    let step = Step {
        measure: row.id.clone(),
        uscc: row.uscc.clone(),
        code: row.code.clone(),
        catalogue: row.catalogue.clone(),
        number: u32::try_from(version).unwrap_or(u32::MAX),
        verb: verb.code().to_owned(),
        state: to.code().to_owned(),
        at,
        by: why.by,
        reason: why.reason,
        cause: why.cause,
    };
    let confirmed_by = match verb {
        Verb::Confirm => row.confirmed_by.or_else(|| step.by.clone()),
        _ => row.confirmed_by,
    };
    // What a person refused or lifted stays in sight while it is due; what ended by itself does not.
    let live = i32::from(to.is_open() || verb.is_a_persons());
    let stood = (to == State::Stayed).then(|| row.state.clone());
    let state = to.code().to_owned();
    let from = State::of(&row.state);
    Taken { row: MeasureRow { state, version, stood, confirmed_by, changed_at: at, live, ..row }, step, from }
}

/// Writes steps with what is anchored and told of them, one act for each enterprise. Every caller has called
/// `commit_in_order` before it read what it changes, so that acts have their numbers in order and nobody is overtaken.
///
/// # Errors
/// The database's.
pub fn write(connection: &mut DbConnection, all: &[Taken], at: i64) -> Result<(), StoreError> {
    let mut by_enterprise: BTreeMap<&str, Vec<&Taken>> = BTreeMap::new();
    for one in all {
        by_enterprise.entry(&one.row.uscc).or_default().push(one);
    }
    let codes: Vec<&str> = by_enterprise.keys().copied().collect();
    let last = last_acts(connection, &codes)?;
    let (mut acts, mut entries, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    for (uscc, of_one) in by_enterprise {
        let seq = last.get(uscc).copied().unwrap_or(0) + 1;
        let salt = random()?;
        let said: Vec<Step> = of_one.iter().map(|one| one.step.clone()).collect();
        let draft = Draft::Measure { commitment: statement::commitment(uscc, at, &said, salt)? };
        entries.push(NewRow { subject: uscc.to_owned(), seq, at_ms: at, draft });
        acts.push(vec![uscc.into(), seq.into(), at.into(), Bind::Bytes(salt.to_vec())]);
        for (place, one) in (0..).zip(of_one) {
            steps.push(vec![
                one.row.id.clone().into(),
                i64::from(one.step.number).into(),
                at.into(),
                one.step.state.clone().into(),
                Bind::Bytes(one.step.encode()),
                uscc.into(),
                seq.into(),
                Bind::Int(place),
            ]);
        }
    }
    write_rows(connection, all)?;
    bulk::execute_rows(
        connection,
        "INSERT INTO measure_steps (measure_id, number, at, state, step, uscc, act, place)",
        8,
        steps,
        "",
    )?;
    bulk::execute_rows(connection, "INSERT INTO measure_acts (uscc, seq, at, salt)", 4, acts, "")?;
    outbox::insert(connection, entries)?;
    let told: Vec<NewChange> = all.iter().filter_map(change_of).collect();
    feed::append(connection, &told)
}

fn last_acts(connection: &mut DbConnection, codes: &[&str]) -> Result<HashMap<String, i64>, StoreError> {
    let mut found = HashMap::new();
    for part in codes.chunks(CODES_AT_ONCE) {
        let rows: Vec<(String, Option<i64>)> = measure_acts::table
            .filter(measure_acts::uscc.eq_any(part))
            .group_by(measure_acts::uscc)
            .select((measure_acts::uscc, diesel::dsl::max(measure_acts::seq)))
            .load(connection)?;
        found.extend(rows.into_iter().filter_map(|(uscc, seq)| Some((uscc, seq?))));
    }
    Ok(found)
}

fn write_rows(connection: &mut DbConnection, all: &[Taken]) -> Result<(), StoreError> {
    let rows = all.iter().map(|one| {
        let row = one.row.clone();
        vec![
            row.id.into(),
            row.uscc.into(),
            row.code.into(),
            row.catalogue.into(),
            row.state.into(),
            row.version.into(),
            row.cause.into(),
            Bind::OptionalText(row.agency),
            Bind::OptionalText(row.stood),
            Bind::OptionalText(row.confirmed_by),
            row.made_at.into(),
            row.changed_at.into(),
            row.live.into(),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO measures (id, uscc, code, catalogue, state, version, cause, agency, stood, confirmed_by, made_at, \
         changed_at, live)",
        13,
        rows.collect(),
        "ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version, stood = excluded.stood, \
         confirmed_by = excluded.confirmed_by, changed_at = excluded.changed_at, live = excluded.live",
    )?;
    Ok(())
}

/// What is told of a step: that a measure holds now, or no longer. Of what is only proposed nothing is told.
fn change_of(one: &Taken) -> Option<NewChange> {
    let (verb, state) = one.step.known()?;
    let held_before = one.from == Some(State::InForce);
    let event = match state {
        State::InForce => Event::Began,
        State::Ended | State::Stayed | State::Lifted if held_before => Event::Ended,
        _ => return None,
    };
    Some(NewChange {
        uscc: one.row.uscc.clone(),
        at_ms: one.step.at,
        block: Block::Measures,
        since_ms: None,
        what: What::Measure(MeasureChange {
            event,
            id: one.row.id.clone(),
            code: one.row.code.clone(),
            catalogue: one.row.catalogue.clone(),
            state: one.row.state.clone(),
            agency: one.row.agency.clone(),
        }),
        cause: if verb.is_a_persons() { "decision" } else { "evaluation" }.to_owned(),
    })
}
