//! The months of the access log on PostgreSQL, each a partition that can be dropped as a whole once it has been kept
//! long enough.

use chrono::{Datelike, Months, NaiveDate};
use credit_core::dates::day_number;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;

use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// Months for which there is a partition ahead of time.
const MONTHS_AHEAD: u32 = 2;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A month that has a partition.
struct Month {
    first: NaiveDate,
    next: NaiveDate,
}

impl Month {
    fn table(&self) -> String {
        format!("access_looks_{:04}_{:02}", self.first.year(), self.first.month())
    }
}

/// Makes the partitions of this month and the next ones where they are missing. Nothing on SQLite.
///
/// # Errors
/// The database's.
pub fn make(credit: &Database, today: NaiveDate) -> Result<(), StoreError> {
    let mut connection = credit.connection()?;
    let DbConnection::Postgres(_) = &*connection else { return Ok(()) };
    let mut missing = Vec::new();
    for month in (0..=MONTHS_AHEAD).filter_map(|ahead| month(today, ahead)) {
        if !is_there(&mut connection, &month)? {
            missing.push(month);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    // Another process may make the same at the same time; IF NOT EXISTS alone does not make that safe.
    write(&mut connection, Lane::LogMonths, |connection| {
        missing.iter().try_for_each(|month| make_one(connection, month))
    })
}

fn month(today: NaiveDate, ahead: u32) -> Option<Month> {
    let first = today.with_day(1)?.checked_add_months(Months::new(ahead))?;
    Some(Month { first, next: first.checked_add_months(Months::new(1))? })
}

fn is_there(connection: &mut DbConnection, month: &Month) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM pg_class WHERE oid = to_regclass($1)";
    let found: Vec<Found> = bulk::load(connection, sql, [Bind::Text(month.table())])?;
    Ok(found.first().is_some_and(|row| row.count > 0))
}

fn make_one(connection: &mut DbConnection, month: &Month) -> Result<(), StoreError> {
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS {} PARTITION OF access_looks FOR VALUES FROM ({}) TO ({})",
        month.table(),
        day_number(month.first),
        day_number(month.next)
    );
    bulk::execute(connection, &sql, [])?;
    Ok(())
}
