//! The zone in numbers: a few sums over the enterprises, never a question per enterprise.

use chrono::NaiveDate;
use credit_core::dates::from_day_number;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use crate::store::bulk;
use crate::store::{DbConnection, StoreError};

/// Lower ends of the groups of coverage, in hundredths of a percent, most covered first.
pub const COVERAGE_FLOORS: [i32; 4] = [9_000, 7_500, 6_000, 0];

/// Counts of the enterprises on record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    pub enterprises: u64,
    /// Grade and count; the grade is `None` before the first evaluation.
    pub grades: Vec<(Option<String>, u64)>,
    /// Type and count, by the first role.
    pub kinds: Vec<(String, u64)>,
    /// Place in [`COVERAGE_FLOORS`] and count, of rated enterprises.
    pub coverage: Vec<(usize, u64)>,
    /// Date of the last monthly run.
    pub last_run: Option<NaiveDate>,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Grouped {
    #[diesel(sql_type = Integer)]
    place: i32,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct LastDay {
    #[diesel(sql_type = Nullable<Integer>)]
    day: Option<i32>,
}

/// # Errors
/// The database's.
pub fn overview(connection: &mut DbConnection) -> Result<Overview, StoreError> {
    let grades =
        counted(connection, "SELECT grade AS name, COUNT(*) AS count FROM enterprises GROUP BY grade")?;
    let kinds = counted(
        connection,
        "SELECT kind AS name, COUNT(*) AS count FROM enterprises GROUP BY kind ORDER BY kind",
    )?;
    let days: Vec<LastDay> = bulk::load(
        connection,
        "SELECT MAX(as_of_day) AS day FROM runs WHERE finished_at IS NOT NULL",
        std::iter::empty(),
    )?;
    Ok(Overview {
        enterprises: grades.iter().map(|(_, count)| count).sum(),
        grades,
        kinds: kinds.into_iter().map(|(kind, count)| (kind.unwrap_or_default(), count)).collect(),
        coverage: coverage(connection)?,
        last_run: days.first().and_then(|row| row.day).map(from_day_number),
    })
}

/// How many enterprises are on record.
///
/// # Errors
/// The database's.
pub fn enterprise_count(connection: &mut DbConnection) -> Result<u64, StoreError> {
    let rows = counted(connection, "SELECT CAST(NULL AS TEXT) AS name, COUNT(*) AS count FROM enterprises")?;
    Ok(rows.first().map_or(0, |(_, count)| *count))
}

fn counted(connection: &mut DbConnection, sql: &str) -> Result<Vec<(Option<String>, u64)>, StoreError> {
    let rows: Vec<Counted> = bulk::load(connection, sql, std::iter::empty())?;
    Ok(rows.into_iter().map(|row| (row.name, u64::try_from(row.count).unwrap_or(0))).collect())
}

fn coverage(connection: &mut DbConnection) -> Result<Vec<(usize, u64)>, StoreError> {
    let cases: Vec<String> = COVERAGE_FLOORS
        .iter()
        .enumerate()
        .map(|(place, floor)| format!("WHEN coverage >= {floor} THEN {place}"))
        .collect();
    let sql = format!(
        "SELECT place, COUNT(*) AS count FROM (SELECT CASE {} ELSE {} END AS place FROM enterprises \
         WHERE coverage IS NOT NULL) grouped GROUP BY place",
        cases.join(" "),
        COVERAGE_FLOORS.len() - 1
    );
    let rows: Vec<Grouped> = bulk::load(connection, &sql, std::iter::empty())?;
    let known = |place| rows.iter().find(|row| usize::try_from(row.place) == Ok(place));
    Ok((0..COVERAGE_FLOORS.len())
        .map(|place| (place, known(place).map_or(0, |row| u64::try_from(row.count).unwrap_or(0))))
        .collect())
}
