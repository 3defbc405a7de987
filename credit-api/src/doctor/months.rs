//! The monthly runs, which hysteresis compares with, against the ratings that say the same.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

use super::Report;
use crate::evaluation::statement::read_statement;
use crate::store::bulk;
use crate::store::codec::date_of;
use crate::store::{DbConnection, StoreError};

/// Rows read at once.
const PAGE: i64 = 1_000;

#[derive(QueryableByName)]
struct RunRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Integer)]
    as_of_day: i32,
    #[diesel(sql_type = BigInt)]
    known_at: i64,
    #[diesel(sql_type = BigInt)]
    started_at: i64,
    #[diesel(sql_type = BigInt)]
    evaluated: i64,
    #[diesel(sql_type = BigInt)]
    changed: i64,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = Integer)]
    as_of_day: i32,
    #[diesel(sql_type = BigInt)]
    known_at: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct MonthRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Integer)]
    as_of_day: i32,
    #[diesel(sql_type = BigInt)]
    known_at: i64,
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
    #[diesel(sql_type = Nullable<BigInt>)]
    seq: Option<i64>,
    #[diesel(sql_type = Nullable<Binary>)]
    statement: Option<Vec<u8>>,
    /// The last rating recorded before the run that is not of a later day.
    #[diesel(sql_type = Nullable<BigInt>)]
    least_seq: Option<i64>,
    /// The latest day of any rating of the enterprise.
    #[diesel(sql_type = Nullable<Integer>)]
    latest_day: Option<i32>,
}

/// Looks at every run and every row of a month.
pub fn examine(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), StoreError> {
    check_runs(connection, report)?;
    let mut after = (String::new(), i32::MIN, i64::MIN);
    loop {
        let page = page_after(connection, &after)?;
        let Some(end) = page.last() else { return Ok(()) };
        after = (end.uscc.clone(), end.as_of_day, end.known_at);
        for row in page {
            report.months += 1;
            check_row(&row, report);
        }
        progress("monthly grades", report.months);
        if report.is_full() {
            return Ok(());
        }
    }
}

fn counts(connection: &mut DbConnection, table: &str) -> Result<BTreeMap<(i32, i64), i64>, StoreError> {
    let sql =
        format!("SELECT as_of_day, known_at, COUNT(*) AS count FROM {table} GROUP BY as_of_day, known_at");
    let rows: Vec<CountRow> = bulk::load(connection, &sql, std::iter::empty())?;
    Ok(rows.into_iter().map(|row| ((row.as_of_day, row.known_at), row.count)).collect())
}

fn check_runs(connection: &mut DbConnection, report: &mut Report) -> Result<(), StoreError> {
    let months = counts(connection, "monthly_grades")?;
    let ratings = counts(connection, "ratings")?;
    let runs: Vec<RunRow> = bulk::load(
        connection,
        "SELECT id, as_of_day, known_at, started_at, evaluated, changed FROM runs ORDER BY id",
        std::iter::empty(),
    )?;
    for run in runs {
        let place = format!("runs {}", run.id);
        let key = (run.as_of_day, run.known_at);
        if run.id != format!("run-{}-{}", run.started_at, run.as_of_day) {
            let what = format!(
                "started_at {} and as_of_day {} are not those of its id",
                run.started_at, run.as_of_day
            );
            report.finding(&place, what);
        }
        let rows = months.get(&key).copied().unwrap_or(0);
        if run.evaluated != rows {
            let what = format!("evaluated is {}, monthly_grades has {rows} rows of this run", run.evaluated);
            report.finding(&place, what);
        }
        let recorded = ratings.get(&key).copied().unwrap_or(0);
        if run.changed > recorded {
            let what = format!("changed is {}, ratings has {recorded} rows of this run", run.changed);
            report.finding(&place, what);
        }
    }
    Ok(())
}

fn page_after(
    connection: &mut DbConnection,
    after: &(String, i32, i64),
) -> Result<Vec<MonthRow>, StoreError> {
    Ok(bulk::load(
        connection,
        "SELECT m.uscc, m.as_of_day, m.known_at, m.grade, m.grade_by_score, m.score, m.vetoes, m.caps, m.seq, \
         r.statement, \
         (SELECT MAX(x.seq) FROM ratings x WHERE x.uscc = m.uscc AND x.recorded_at <= m.known_at \
          AND x.as_of_day <= m.as_of_day) AS least_seq, \
         (SELECT MAX(x.as_of_day) FROM ratings x WHERE x.uscc = m.uscc) AS latest_day \
         FROM monthly_grades m LEFT JOIN ratings r ON r.uscc = m.uscc AND r.seq = m.seq \
         WHERE (m.uscc, m.as_of_day, m.known_at) > ($1, $2, $3) \
         ORDER BY m.uscc, m.as_of_day, m.known_at LIMIT $4",
        [after.0.clone().into(), after.1.into(), after.2.into(), PAGE.into()],
    )?)
}

fn check_row(row: &MonthRow, report: &mut Report) {
    let place = format!("monthly_grades {} {} known at {}", row.uscc, date_of(row.as_of_day), row.known_at);
    let Some(seq) = row.seq else {
        // A run for a day before the rating in force records no rating to compare with.
        if row.latest_day.is_some_and(|day| day > row.as_of_day) {
            report.months_unknown += 1;
        } else {
            report.finding(place, "it names no rating, and no rating of a later day explains that");
        }
        return;
    };
    if row.least_seq.is_some_and(|least| seq < least) {
        let least = row.least_seq.unwrap_or_default();
        report.finding(&place, format!("it names rating {seq}, {least} was in force"));
    }
    let Some(statement) = &row.statement else {
        return report.finding(place, format!("it names rating {seq}, which is not there"));
    };
    // A statement that cannot be read is a finding of the rating.
    let Ok(statement) = read_statement(&row.uscc, seq, statement) else { return };
    let caps: Vec<&str> = statement.caps.iter().map(|cap| cap.code.as_str()).collect();
    let stated = [
        ("grade", row.grade.clone(), statement.grade.as_str().to_owned()),
        ("grade_by_score", row.grade_by_score.clone(), statement.grade_by_score.as_str().to_owned()),
        ("score", row.score.to_string(), statement.score.to_string()),
        ("vetoes", row.vetoes.clone(), serde_json::to_string(&statement.vetoes).unwrap_or_default()),
        ("caps", row.caps.clone(), serde_json::to_string(&caps).unwrap_or_default()),
    ];
    for (column, found, expected) in stated {
        if found != expected {
            let what = format!("{column} is {found}, the statement of rating {seq} says {expected}");
            report.finding(&place, what);
        }
    }
}
