//! How it is noticed that facts of a month changed: whoever writes them adds one to the month's version in the same
//! transaction. A kept month was made at a version, read together with its facts; another version now means that they
//! changed since.

use std::collections::BTreeSet;

use credit_core::dates::{Moment, day_number, from_day_number};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::month::Month;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

const ORDERS: &str = "orders";
const RATINGS: &str = "ratings";

/// The version of month `$month`: of its own orders and sales, and of the ratings of it and of all months before.
pub(super) const VERSION_SQL: &str = "SELECT COALESCE(SUM(version), 0) FROM statistics_marks \
                                      WHERE (what = 'orders' AND month = $1) OR (what = 'ratings' AND month <= $1)";

/// Orders placed on these days came, changed or went.
///
/// # Errors
/// The database's.
pub fn orders_changed(
    connection: &mut DbConnection,
    days: impl IntoIterator<Item = i32>,
) -> Result<(), StoreError> {
    let months: BTreeSet<Month> = days.into_iter().map(|day| Month::of(from_day_number(day))).collect();
    months.into_iter().try_for_each(|month| add(connection, ORDERS, month))
}

/// What sales say came or changed, of messages sent at these times, milliseconds: they are counted beside the orders
/// of their month.
///
/// # Errors
/// The database's.
pub fn sales_changed(
    connection: &mut DbConnection,
    sent_at: impl IntoIterator<Item = i64>,
) -> Result<(), StoreError> {
    let days = sent_at.into_iter().map(|at| day_number(Moment(at).shanghai_date()));
    orders_changed(connection, days.collect::<BTreeSet<i32>>())
}

/// Ratings as of this day were recorded.
///
/// # Errors
/// The database's.
pub fn ratings_changed(connection: &mut DbConnection, day: i32) -> Result<(), StoreError> {
    add(connection, RATINGS, Month::of(from_day_number(day)))
}

fn add(connection: &mut DbConnection, what: &str, month: Month) -> Result<(), StoreError> {
    let sql = "INSERT INTO statistics_marks (what, month, version) VALUES ($1, $2, 1) \
               ON CONFLICT (what, month) DO UPDATE SET version = statistics_marks.version + 1";
    bulk::execute(connection, sql, [Bind::from(what), month.0.into()])?;
    Ok(())
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Nullable<BigInt>)]
    value: Option<i64>,
}

/// # Errors
/// The database's.
pub(super) fn version(connection: &mut DbConnection, month: Month) -> Result<i64, StoreError> {
    let sql = format!("SELECT CAST(({VERSION_SQL}) AS BIGINT) AS value");
    let found: Vec<Value> = bulk::load(connection, &sql, [Bind::Int(month.0)])?;
    Ok(found.first().and_then(|row| row.value).unwrap_or(0))
}

/// The first month of which there is anything; nothing when there is none.
///
/// # Errors
/// The database's.
pub(super) fn first(connection: &mut DbConnection) -> Result<Option<Month>, StoreError> {
    let sql = "SELECT CAST(MIN(month) AS BIGINT) AS value FROM statistics_marks";
    let found: Vec<Value> = bulk::load(connection, sql, [])?;
    let month = found.first().and_then(|row| row.value);
    Ok(month.and_then(|month| i32::try_from(month).ok()).map(Month))
}
