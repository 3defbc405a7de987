//! Where the rows of the access log lie, and how they are read. How they are put there: [`super::put`].

use chrono::NaiveDate;
use credit_core::dates::from_day_number;
use diesel::QueryableByName;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use ledger::merkle::{self, CompactTree, Hash};

use super::behind::Log;
use super::{Row, partitions};
use crate::config::Config;
use crate::store::bulk::{self, Bind};
use crate::store::{Database, DatabaseUrl, DbConnection, PooledConnection, StoreError};

/// The file on SQLite, in the data folder.
pub const FILE_NAME: &str = "access-log.db";
/// What SQLite wrote and has not taken into that file yet.
pub(super) const AHEAD_NAME: &str = "access-log.db-wal";
/// Pages of it (of 4 KiB) that are taken over at once: each page is then written once for many rows.
const AHEAD_PAGES: u32 = 8_192;
/// Rows read at a time for a day's digest.
const ROWS_AT_ONCE: i64 = 5_000;
const TABLE: &str = include_str!("table.sql");
const COLUMNS: &str = "id, at_ms, request, who, audience, organisation, uscc, purpose, consent, shown, refused, \
                       result, status";

/// A row with its number.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct StoredRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub at_ms: i64,
    #[diesel(sql_type = Text)]
    pub request: String,
    #[diesel(sql_type = Text)]
    pub who: String,
    #[diesel(sql_type = Text)]
    pub audience: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub organisation: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub uscc: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub purpose: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub consent: Option<String>,
    #[diesel(sql_type = Text)]
    pub shown: String,
    #[diesel(sql_type = Text)]
    pub refused: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub result: Option<String>,
    #[diesel(sql_type = Integer)]
    pub status: i32,
}

impl StoredRow {
    fn leaf(self) -> Hash {
        let id = self.id;
        merkle::leaf_hash(&Row::from(self).bytes(id))
    }
}

impl From<StoredRow> for Row {
    fn from(row: StoredRow) -> Self {
        Self {
            at_ms: row.at_ms,
            request: row.request,
            who: row.who,
            audience: row.audience,
            organisation: row.organisation,
            uscc: row.uscc,
            purpose: row.purpose,
            consent: row.consent,
            shown: row.shown,
            refused: row.refused,
            result: row.result,
            status: row.status,
        }
    }
}

/// How many enterprises somebody asked about on one day.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct DayCount {
    #[diesel(sql_type = Text)]
    pub who: String,
    #[diesel(sql_type = Text)]
    pub audience: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub organisation: Option<String>,
    #[diesel(sql_type = BigInt)]
    pub enterprises: i64,
}

#[derive(QueryableByName)]
pub(super) struct Number {
    #[diesel(sql_type = BigInt)]
    pub(super) number: i64,
}

#[derive(QueryableByName)]
struct Day {
    #[diesel(sql_type = Nullable<Integer>)]
    day: Option<i32>,
}

/// Opens the log: a file of its own beside SQLite, a table of the same PostgreSQL.
///
/// # Errors
/// The database's.
pub fn open(config: &Config, credit: &Database, today: NaiveDate) -> Result<Log, StoreError> {
    match &config.database_url {
        DatabaseUrl::Sqlite(_) => {
            let database = Database::open_file(&config.data.join(FILE_NAME), TABLE)?;
            Ok(Log::new(database, Some(config.data.clone())))
        }
        DatabaseUrl::Postgres(_) => {
            partitions::make(credit, today)?;
            Ok(Log::new(credit.clone(), None))
        }
    }
}

/// A connection on SQLite whose commits do not wait for the disk; whatever is left out at a power cut, it is the last.
///
/// # Errors
/// The database's.
pub(super) fn unsynced(database: &Database) -> Result<PooledConnection, StoreError> {
    let mut connection = database.connection()?;
    let settings = format!("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = {AHEAD_PAGES}");
    connection.batch_execute(&settings)?;
    Ok(connection)
}

/// The number of the last row that there ever was on SQLite, taken away or not; 0 before the first.
///
/// # Errors
/// The database's.
pub fn last_number(connection: &mut DbConnection) -> Result<i64, StoreError> {
    let found: Vec<Number> =
        bulk::load(connection, "SELECT seq AS number FROM sqlite_sequence WHERE name = 'access_looks'", [])?;
    Ok(found.first().map_or(0, |row| row.number))
}

/// Which rows are read; each condition that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub uscc: Option<String>,
    pub who: Option<String>,
    pub organisation: Option<String>,
    /// Days of Asia/Shanghai, the first and the last.
    pub from_day: Option<i32>,
    pub until_day: Option<i32>,
    /// Without what enterprises read about themselves.
    pub others_only: bool,
}

/// Rows before this number, the newest first.
///
/// # Errors
/// The database's.
pub fn list(
    connection: &mut DbConnection,
    filter: &Filter,
    before: i64,
    limit: i64,
) -> Result<Vec<StoredRow>, StoreError> {
    let mut sql = format!("SELECT {COLUMNS} FROM access_looks WHERE id < $1");
    let mut binds = vec![Bind::Big(before)];
    let texts = [("uscc", &filter.uscc), ("who", &filter.who), ("organisation", &filter.organisation)];
    for (column, value) in texts {
        if let Some(value) = value {
            binds.push(value.clone().into());
            sql.push_str(&format!(" AND {column} = ${}", binds.len()));
        }
    }
    for (condition, value) in [("day >=", filter.from_day), ("day <=", filter.until_day)] {
        if let Some(day) = value {
            binds.push(Bind::Int(day));
            sql.push_str(&format!(" AND {condition} ${}", binds.len()));
        }
    }
    if filter.others_only {
        sql.push_str(" AND audience <> 'enterprise'");
    }
    binds.push(Bind::Big(limit));
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", binds.len()));
    Ok(bulk::load(connection, &sql, binds)?)
}

/// How many rows a day has, and their Merkle root (RFC 6962) in the order of their numbers. Memory does not grow with
/// the day.
///
/// # Errors
/// The database's.
pub fn root_of_day(connection: &mut DbConnection, day: i32) -> Result<(u64, Hash), StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM access_looks WHERE day = $1 AND id > $2 ORDER BY id LIMIT $3");
    let (mut tree, mut last) = (CompactTree::new(), i64::MIN);
    loop {
        let rows: Vec<StoredRow> =
            bulk::load(connection, &sql, [Bind::Int(day), Bind::Big(last), Bind::Big(ROWS_AT_ONCE)])?;
        let Some(end) = rows.last() else { return Ok((tree.size(), tree.root())) };
        last = end.id;
        for row in rows {
            tree.append(row.leaf());
        }
    }
}

/// How many enterprises each reader asked about on a day.
///
/// # Errors
/// The database's.
pub fn enterprises_by_reader(connection: &mut DbConnection, day: i32) -> Result<Vec<DayCount>, StoreError> {
    let sql = "SELECT who, MAX(audience) AS audience, MAX(organisation) AS organisation, \
               COUNT(DISTINCT uscc) AS enterprises FROM access_looks WHERE day = $1 AND uscc IS NOT NULL GROUP BY who";
    Ok(bulk::load(connection, sql, [Bind::Int(day)])?)
}

/// The first day after `after` that has rows.
///
/// # Errors
/// The database's.
pub fn next_day(connection: &mut DbConnection, after: Option<i32>) -> Result<Option<NaiveDate>, StoreError> {
    let sql = "SELECT MIN(day) AS day FROM access_looks WHERE day > $1";
    let found: Vec<Day> = bulk::load(connection, sql, [Bind::Int(after.unwrap_or(i32::MIN))])?;
    Ok(found.first().and_then(|row| row.day).map(from_day_number))
}
