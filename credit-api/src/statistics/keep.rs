//! Months as they are kept: one row each, read in one query.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::body::MonthBody;
use super::marks::VERSION_SQL;
use super::month::Month;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// A kept month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub month: Month,
    /// Milliseconds.
    pub made_at: i64,
    /// No fact of the month has changed since it was made.
    pub is_current: bool,
    pub body: MonthBody,
}

#[derive(QueryableByName)]
struct KeptRow {
    #[diesel(sql_type = Integer)]
    month: i32,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = BigInt)]
    current: i64,
    #[diesel(sql_type = BigInt)]
    made_at: i64,
    #[diesel(sql_type = Text)]
    body: String,
}

/// The kept ones of these months, the last first.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn between(connection: &mut DbConnection, from: Month, to: Month) -> Result<Vec<Kept>, StoreError> {
    let version = VERSION_SQL.replace("$1", "m.month");
    let sql = format!(
        "SELECT m.month AS month, m.version AS version, CAST(({version}) AS BIGINT) AS current, \
         m.made_at AS made_at, m.body AS body FROM statistics_months m \
         WHERE m.month >= $1 AND m.month <= $2 ORDER BY m.month DESC"
    );
    let rows: Vec<KeptRow> = bulk::load(connection, &sql, [Bind::Int(from.0), Bind::Int(to.0)])?;
    rows.into_iter().map(kept).collect()
}

fn kept(row: KeptRow) -> Result<Kept, StoreError> {
    let month = Month(row.month);
    let body = serde_json::from_str(&row.body).map_err(|error| StoreError::Damaged {
        what: "statistics",
        key: month.to_string(),
        why: error.to_string(),
    })?;
    Ok(Kept { month, made_at: row.made_at, is_current: row.version == row.current, body })
}

#[derive(QueryableByName)]
struct MadeRow {
    #[diesel(sql_type = Integer)]
    month: i32,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = BigInt)]
    made_at: i64,
}

/// Month, version and time of making of the kept ones from a month on.
pub(super) fn made_since(
    connection: &mut DbConnection,
    from: Month,
) -> Result<Vec<(Month, i64, i64)>, StoreError> {
    let sql = "SELECT month, version, made_at FROM statistics_months WHERE month >= $1";
    let rows: Vec<MadeRow> = bulk::load(connection, sql, [Bind::Int(from.0)])?;
    Ok(rows.into_iter().map(|row| (Month(row.month), row.version, row.made_at)).collect())
}

pub(super) fn put(
    connection: &mut DbConnection,
    month: Month,
    (version, made_at): (i64, i64),
    body: &MonthBody,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(body).map_err(|error| StoreError::Damaged {
        what: "statistics",
        key: month.to_string(),
        why: error.to_string(),
    })?;
    let sql = "INSERT INTO statistics_months (month, version, made_at, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (month) DO UPDATE SET version = excluded.version, made_at = excluded.made_at, \
               body = excluded.body";
    bulk::execute(connection, sql, [month.0.into(), version.into(), made_at.into(), Bind::Text(text)])?;
    Ok(())
}
