//! Who reads far beyond the habit of the role, so that an auditor asks why.
//!
//! What is measured is how many enterprises somebody asked about on one day, shown or refused. The habit of a role is
//! what [`PERCENTILE`] of a hundred days of one of its people stay below, in the [`HABIT_DAYS`] before. An alert
//! accuses nobody: it names a day, a number and the habit, and stays open until an auditor has written down what it
//! was.

use credit_core::dates::day_number;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use super::behind::Log;
use super::store::{self, DayCount};
use crate::access::Audience;
use crate::clock::Clock;
use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// Days before, of which the habit is made.
pub const HABIT_DAYS: i32 = 30;
/// Of a hundred days of one person, so many are within the habit.
pub const PERCENTILE: i64 = 95;
/// Past so many times the habit an alert is raised.
pub const TIMES: i64 = 3;
/// Enterprises a day about which nobody is asked, whatever the habit.
pub const FLOOR: i64 = 50;
/// Days of one person that make a habit; a role with fewer is measured by [`FLOOR`] alone.
pub const PERSON_DAYS_MIN: i64 = 20;
/// Longest note of an auditor, characters.
pub const NOTE_CHARS_MAX: usize = 500;

const COLUMNS: &str =
    "id, day, who, audience, organisation, enterprises, habit, raised_at, seen_by, seen_at, note";

/// A day on which somebody read far beyond the habit of the role.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Alert {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Days of Asia/Shanghai since 1970-01-01.
    #[diesel(sql_type = Integer)]
    pub day: i32,
    #[diesel(sql_type = Text)]
    pub who: String,
    #[diesel(sql_type = Text)]
    pub audience: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub organisation: Option<String>,
    /// Enterprises asked about that day.
    #[diesel(sql_type = BigInt)]
    pub enterprises: i64,
    /// What the role's people stay below on most days; 0 where there is no habit yet.
    #[diesel(sql_type = BigInt)]
    pub habit: i64,
    /// Milliseconds.
    #[diesel(sql_type = BigInt)]
    pub raised_at: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub seen_by: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub seen_at: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub note: Option<String>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Looks at today so far. Returns how many alerts are new.
///
/// # Errors
/// The databases'.
pub fn look(credit: &Database, log: &Log, clock: &dyn Clock) -> Result<usize, StoreError> {
    let now = clock.now();
    let today = day_number(now.shanghai_date());
    let counts = store::enterprises_by_reader(&mut *log.connection()?, today)?;
    let counts: Vec<DayCount> = counts.into_iter().filter(|count| count.enterprises > FLOOR).collect();
    if counts.is_empty() {
        return Ok(0);
    }
    let mut connection = credit.connection()?;
    write(&mut connection, Lane::Bookkeeping, |connection| raise(connection, today, now.0, &counts))
}

/// Keeps what a day that is over says of the habit, and looks at it for the last time. For the transaction that also
/// anchors the day.
///
/// # Errors
/// The database's.
pub fn close_day(
    connection: &mut DbConnection,
    day: i32,
    now_ms: i64,
    counts: &[DayCount],
) -> Result<(), StoreError> {
    raise(connection, day, now_ms, counts)?;
    let rows = counts.iter().map(|count| {
        vec![
            Bind::Int(day),
            count.who.clone().into(),
            count.audience.clone().into(),
            count.enterprises.into(),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO access_days (day, who, audience, enterprises)",
        4,
        rows.collect(),
        "ON CONFLICT (day, who) DO NOTHING",
    )?;
    Ok(())
}

fn raise(
    connection: &mut DbConnection,
    day: i32,
    now_ms: i64,
    counts: &[DayCount],
) -> Result<usize, StoreError> {
    let mut new = 0;
    for count in counts.iter().filter(|count| count.enterprises > FLOOR && is_officer(&count.audience)) {
        let habit = habit_before(connection, &count.audience, day)?;
        if count.enterprises <= habit * TIMES {
            continue;
        }
        let raised = bulk::execute(
            connection,
            "INSERT INTO access_alerts (day, who, audience, organisation, enterprises, habit, raised_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (day, who) DO NOTHING",
            [
                Bind::Int(day),
                count.who.clone().into(),
                count.audience.clone().into(),
                Bind::OptionalText(count.organisation.clone()),
                count.enterprises.into(),
                habit.into(),
                now_ms.into(),
            ],
        )?;
        if raised == 0 {
            grow(connection, day, count)?;
            continue;
        }
        new += raised;
        tracing::warn!(
            who = count.who,
            enterprises = count.enterprises,
            habit,
            "somebody reads far beyond the habit of the role"
        );
    }
    Ok(new)
}

/// The day went on. What an auditor has seen stays as it was seen.
fn grow(connection: &mut DbConnection, day: i32, count: &DayCount) -> Result<(), StoreError> {
    bulk::execute(
        connection,
        "UPDATE access_alerts SET enterprises = $1 WHERE day = $2 AND who = $3 AND seen_at IS NULL",
        [count.enterprises.into(), Bind::Int(day), count.who.clone().into()],
    )?;
    Ok(())
}

/// Whoever reads of others by virtue of an office or a business; an enterprise reads about itself.
fn is_officer(audience: &str) -> bool {
    !matches!(
        Audience::of_code(audience),
        None | Some(Audience::Public | Audience::Enterprise | Audience::Source)
    )
}

/// The habit of a role before a day; 0 where there is none yet.
fn habit_before(connection: &mut DbConnection, audience: &str, day: i32) -> Result<i64, StoreError> {
    let binds = || [audience.into(), Bind::Int(day - HABIT_DAYS), Bind::Int(day)];
    let days: Vec<Number> = bulk::load(
        connection,
        "SELECT COUNT(*) AS number FROM access_days WHERE audience = $1 AND day >= $2 AND day < $3",
        binds(),
    )?;
    let days = days.first().map_or(0, |row| row.number);
    if days < PERSON_DAYS_MIN {
        return Ok(0);
    }
    let within: Vec<Number> = bulk::load(
        connection,
        "SELECT enterprises AS number FROM access_days WHERE audience = $1 AND day >= $2 AND day < $3 \
         ORDER BY enterprises LIMIT 1 OFFSET $4",
        binds().into_iter().chain([Bind::Big((days - 1) * PERCENTILE / 100)]),
    )?;
    Ok(within.first().map_or(0, |row| row.number))
}

/// Alerts before this number, the newest first.
///
/// # Errors
/// The database's.
pub fn list(
    connection: &mut DbConnection,
    open_only: bool,
    before: i64,
    limit: i64,
) -> Result<Vec<Alert>, StoreError> {
    let open = if open_only { "AND seen_at IS NULL" } else { "" };
    let sql = format!("SELECT {COLUMNS} FROM access_alerts WHERE id < $1 {open} ORDER BY id DESC LIMIT $2");
    Ok(bulk::load(connection, &sql, [Bind::Big(before), Bind::Big(limit)])?)
}

/// How many alerts nobody has looked into.
///
/// # Errors
/// The database's.
pub fn open_alerts(connection: &mut DbConnection) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS number FROM access_alerts WHERE seen_at IS NULL";
    let rows: Vec<Number> = bulk::load(connection, sql, [])?;
    Ok(rows.first().map_or(0, |row| row.number))
}

/// Writes down what an auditor found; the first note stands. `None`: there is no such alert.
///
/// # Errors
/// The database's.
pub fn note(
    connection: &mut DbConnection,
    id: i64,
    (who, note): (&str, &str),
    now_ms: i64,
) -> Result<Option<Alert>, StoreError> {
    bulk::execute(
        connection,
        "UPDATE access_alerts SET seen_by = $1, seen_at = $2, note = $3 WHERE id = $4 AND seen_at IS NULL",
        [who.into(), now_ms.into(), note.into(), id.into()],
    )?;
    let sql = format!("SELECT {COLUMNS} FROM access_alerts WHERE id = $1");
    Ok(bulk::load(connection, &sql, [Bind::Big(id)])?.pop())
}
