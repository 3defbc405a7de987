//! Ratings as recorded, and the monthly runs that hysteresis compares with.

use std::collections::{BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};
use credit_core::dates::{day_number, from_day_number};
use credit_core::grade::{Grade, PreviousRun};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::assess::{Assessed, Predecessor};
use super::knowledge::Question;
use super::sign_off;
use crate::store::bulk::{self, Bind};
use crate::store::schema::ratings;
use crate::store::{DbConnection, StoreError};

/// Codes in one query.
const CODES_AT_ONCE: usize = 2_000;

/// A rating change as recorded.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = ratings)]
pub struct RatingRow {
    pub uscc: String,
    /// 1 for the first rating of the enterprise.
    pub seq: i64,
    pub as_of_day: i32,
    pub known_at: i64,
    pub recorded_at: i64,
    pub kind: String,
    pub grade: String,
    pub previous_grade: Option<String>,
    pub score: i32,
    /// What makes two ratings the same: see [`fingerprint`].
    pub fingerprint: String,
    pub statement: Vec<u8>,
    /// `None` after an erasure.
    pub salt: Option<Vec<u8>>,
    pub commitment: String,
    /// JSON of [`super::sign_off::SignOffRecord`], when the grade rests on a sign-off.
    pub sign_off: Option<String>,
}

impl RatingRow {
    #[must_use]
    pub fn as_of(&self) -> NaiveDate {
        from_day_number(self.as_of_day)
    }
}

#[derive(QueryableByName)]
struct MonthlyRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Integer)]
    as_of_day: i32,
    #[diesel(sql_type = Text)]
    grade: String,
    #[diesel(sql_type = Text)]
    grade_by_score: String,
    #[diesel(sql_type = Integer)]
    score: i32,
    #[diesel(sql_type = Text)]
    vetoes: String,
    #[diesel(sql_type = Text)]
    caps: String,
}

#[derive(QueryableByName)]
struct MonthKnown {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// Everything of an evaluation whose change makes a new rating: grades, scores, vetoes, caps, reasons for N, and
/// each indicator's state and bin. Values that move within their bin do not.
#[must_use]
pub fn fingerprint(assessed: &Assessed) -> String {
    let evaluation = &assessed.evaluation;
    let parts: Vec<_> =
        evaluation.indicators.iter().map(|part| (part.id, part.state, part.bp, part.max)).collect();
    let all = (
        &evaluation.model,
        assessed.kind,
        &assessed.decision,
        (evaluation.grade_by_score, evaluation.score, evaluation.score_raw),
        (&evaluation.vetoes, &evaluation.caps, &evaluation.n_reasons),
        parts,
    );
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(serde_json::to_vec(&all).unwrap_or_default()))
}

/// For each enterprise the last monthly run of an earlier calendar month than D's, as known at T (ruling A1).
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn predecessors(
    connection: &mut DbConnection,
    question: Question,
    only: Option<&BTreeSet<Uscc>>,
) -> Result<HashMap<Uscc, Predecessor>, StoreError> {
    let month_start = question.as_of.with_day(1).map_or(i32::MIN, day_number);
    let known: [Bind; 2] = [month_start.into(), question.known_at.into()];
    let all: Option<Vec<&Uscc>> = only.map(|codes| codes.iter().collect());
    let mut rows: Vec<MonthlyRow> = Vec::new();
    match all {
        None => rows = bulk::load(connection, &latest_runs(""), known)?,
        Some(codes) => {
            for part in codes.chunks(CODES_AT_ONCE) {
                let list: Vec<String> = (3..part.len() + 3).map(|at| format!("${at}")).collect();
                let sql = latest_runs(&format!("AND uscc IN ({})", list.join(",")));
                let codes = part.iter().map(|uscc| Bind::Text(uscc.to_string()));
                rows.extend(bulk::load::<MonthlyRow>(
                    connection,
                    &sql,
                    known.clone().into_iter().chain(codes),
                )?);
            }
        }
    }
    let mut runs: HashMap<Uscc, Predecessor> = rows.into_iter().map(predecessor).collect::<Result<_, _>>()?;
    sign_off::attach(connection, question, &mut runs)?;
    Ok(runs)
}

/// The last run of each enterprise before a month, of its repetitions the one known last.
fn latest_runs(narrowed: &str) -> String {
    format!(
        "SELECT uscc, as_of_day, grade, grade_by_score, score, vetoes, caps FROM (SELECT m.*, ROW_NUMBER() OVER \
         (PARTITION BY uscc ORDER BY as_of_day DESC, known_at DESC) AS place FROM monthly_grades m \
         WHERE as_of_day < $1 AND known_at <= $2 {narrowed}) ranked WHERE place = 1"
    )
}

fn predecessor(row: MonthlyRow) -> Result<(Uscc, Predecessor), StoreError> {
    let damaged = |why: String| StoreError::Damaged { what: "monthly grade", key: row.uscc.clone(), why };
    let grade = |text: &str| text.parse::<Grade>().map_err(&damaged);
    let list = |text: &str| serde_json::from_str(text).map_err(|error| damaged(error.to_string()));
    let uscc = Uscc::parse(&row.uscc).map_err(|error| damaged(error.to_string()))?;
    let run = PreviousRun {
        grade: grade(&row.grade)?,
        grade_by_score: grade(&row.grade_by_score)?,
        score: u16::try_from(row.score).map_err(|error| damaged(error.to_string()))?,
        vetoes: list(&row.vetoes)?,
        caps: list(&row.caps)?,
    };
    Ok((uscc, Predecessor { as_of: from_day_number(row.as_of_day), run, sign_off: None }))
}

/// Writes what a monthly run found, each with the rating that says the same, if one does; a repetition with later
/// knowledge stands beside the earlier one.
///
/// # Errors
/// The database's.
pub fn record_month(
    connection: &mut DbConnection,
    question: Question,
    all: &[(&Assessed, Option<i64>)],
) -> Result<(), StoreError> {
    let rows = all.iter().map(|(one, seq)| {
        let caps: Vec<&str> = one.evaluation.caps.iter().map(|cap| cap.code.as_str()).collect();
        vec![
            one.uscc.to_string().into(),
            day_number(question.as_of).into(),
            question.known_at.into(),
            one.decision.grade.as_str().into(),
            one.evaluation.grade_by_score.as_str().into(),
            i32::from(one.evaluation.score).into(),
            Bind::Text(serde_json::to_string(&one.evaluation.vetoes).unwrap_or_default()),
            Bind::Text(serde_json::to_string(&caps).unwrap_or_default()),
            Bind::OptionalBig(*seq),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO monthly_grades (uscc, as_of_day, known_at, grade, grade_by_score, score, vetoes, caps, seq)",
        9,
        rows.collect(),
        "ON CONFLICT (uscc, as_of_day, known_at) DO UPDATE SET grade = excluded.grade, \
         grade_by_score = excluded.grade_by_score, score = excluded.score, vetoes = excluded.vetoes, \
         caps = excluded.caps, seq = excluded.seq",
    )?;
    Ok(())
}

/// Whether a monthly run of D's calendar month is on file.
///
/// # Errors
/// The database's.
pub fn has_run_in_month(connection: &mut DbConnection, as_of: NaiveDate) -> Result<bool, StoreError> {
    let start = as_of.with_day(1).map_or(i32::MIN, day_number);
    let rows: Vec<MonthKnown> = bulk::load(
        connection,
        "SELECT COUNT(*) AS value FROM runs WHERE as_of_day >= $1 AND as_of_day <= $2 AND finished_at IS NOT NULL",
        [start.into(), day_number(as_of).into()],
    )?;
    Ok(rows.first().is_some_and(|row| row.value > 0))
}

/// The current rating of an enterprise: its last change.
///
/// # Errors
/// The database's.
pub fn current(connection: &mut DbConnection, uscc: &str) -> Result<Option<RatingRow>, StoreError> {
    Ok(ratings::table
        .filter(ratings::uscc.eq(uscc))
        .order(ratings::seq.desc())
        .select(RatingRow::as_select())
        .first(connection)
        .optional()?)
}

/// One rating change.
///
/// # Errors
/// The database's.
pub fn by_seq(connection: &mut DbConnection, uscc: &str, seq: i64) -> Result<Option<RatingRow>, StoreError> {
    Ok(ratings::table
        .filter(ratings::uscc.eq(uscc))
        .filter(ratings::seq.eq(seq))
        .select(RatingRow::as_select())
        .first(connection)
        .optional()?)
}

/// Rating changes before `before_seq`, newest first.
///
/// # Errors
/// The database's.
pub fn changes(
    connection: &mut DbConnection,
    uscc: &str,
    before_seq: i64,
    limit: i64,
) -> Result<Vec<RatingRow>, StoreError> {
    Ok(ratings::table
        .filter(ratings::uscc.eq(uscc))
        .filter(ratings::seq.lt(before_seq))
        .order(ratings::seq.desc())
        .limit(limit)
        .select(RatingRow::as_select())
        .load(connection)?)
}

/// The current ratings of several enterprises, without their statements.
#[derive(Debug, Clone, QueryableByName)]
pub struct CurrentRating {
    #[diesel(sql_type = Text)]
    pub uscc: String,
    #[diesel(sql_type = BigInt)]
    pub seq: i64,
    #[diesel(sql_type = Integer)]
    pub as_of_day: i32,
    #[diesel(sql_type = Text)]
    pub grade: String,
    #[diesel(sql_type = Text)]
    pub fingerprint: String,
    #[diesel(sql_type = Integer)]
    pub score: i32,
    #[diesel(sql_type = BigInt)]
    pub known_at: i64,
    #[diesel(sql_type = BigInt)]
    pub recorded_at: i64,
}

/// # Errors
/// The database's.
pub fn current_of(
    connection: &mut DbConnection,
    only: Option<&BTreeSet<Uscc>>,
) -> Result<HashMap<String, CurrentRating>, StoreError> {
    const SELECT: &str = "SELECT r.uscc, r.seq, r.as_of_day, r.grade, r.fingerprint, r.score, r.known_at, \
         r.recorded_at FROM ratings r JOIN (SELECT uscc, MAX(seq) AS last_seq FROM ratings";
    const JOIN: &str = "GROUP BY uscc) last ON last.uscc = r.uscc AND last.last_seq = r.seq";
    let mut rows: Vec<CurrentRating> = Vec::new();
    match only {
        None => rows = bulk::load(connection, &format!("{SELECT} {JOIN}"), std::iter::empty())?,
        Some(only) => {
            let all: Vec<&Uscc> = only.iter().collect();
            for part in all.chunks(CODES_AT_ONCE) {
                let list: Vec<String> = (1..=part.len()).map(|at| format!("${at}")).collect();
                let sql = format!("{SELECT} WHERE uscc IN ({}) {JOIN}", list.join(","));
                let binds = part.iter().map(|uscc| Bind::Text(uscc.to_string()));
                rows.extend(bulk::load::<CurrentRating>(connection, &sql, binds)?);
            }
        }
    }
    Ok(rows.into_iter().map(|row| (row.uscc.clone(), row)).collect())
}

/// The rating that was in force at day D (days since 1970) by what was known at T (milliseconds).
///
/// # Errors
/// The database's.
pub fn in_force(
    connection: &mut DbConnection,
    uscc: &str,
    day: i32,
    known_at: i64,
) -> Result<Option<RatingRow>, StoreError> {
    Ok(ratings::table
        .filter(ratings::uscc.eq(uscc))
        .filter(ratings::as_of_day.le(day))
        .filter(ratings::known_at.le(known_at))
        .order(ratings::seq.desc())
        .select(RatingRow::as_select())
        .first(connection)
        .optional()?)
}
