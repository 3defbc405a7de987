//! Whose rows are read: the merchants and reviewed enterprises in which somebody asked for takes part.

use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::sorted;
use crate::store::bulk::{self, Bind};
use crate::store::packs::{CODES_AT_ONCE, listed, parse};
use crate::store::{DbConnection, StoreError};

#[derive(QueryableByName)]
struct Code {
    #[diesel(sql_type = Text)]
    uscc: String,
}

/// The enterprises of these rows, in order.
pub(super) fn codes(
    connection: &mut DbConnection,
    sql: &str,
    binds: impl IntoIterator<Item = Bind>,
) -> Result<Vec<Uscc>, StoreError> {
    let found: Vec<Code> = bulk::load(connection, sql, binds)?;
    let parsed: Result<Vec<Uscc>, StoreError> =
        found.iter().map(|row| parse("enterprise", &row.uscc)).collect();
    Ok(sorted(parsed?))
}

/// Every merchant with orders: one step along the key per merchant, whatever the number of its days.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn all_merchants(connection: &mut DbConnection) -> Result<Vec<Uscc>, StoreError> {
    all_of(connection, "trade_days")
}

/// Every enterprise with reviews.
pub(super) fn all_reviewed(connection: &mut DbConnection) -> Result<Vec<Uscc>, StoreError> {
    all_of(connection, "review_days")
}

fn all_of(connection: &mut DbConnection, table: &str) -> Result<Vec<Uscc>, StoreError> {
    let sql = format!(
        "WITH RECURSIVE step (uscc) AS (SELECT MIN(uscc) FROM {table} UNION ALL \
         SELECT (SELECT MIN({table}.uscc) FROM {table} WHERE {table}.uscc > step.uscc) FROM step \
         WHERE step.uscc IS NOT NULL) SELECT uscc FROM step WHERE uscc IS NOT NULL"
    );
    codes(connection, &sql, [])
}

/// Those asked for, and all whose orders or reviews they stand in since `first_day`.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn dealt_with(
    connection: &mut DbConnection,
    asked: &[Uscc],
    first_day: i32,
) -> Result<Vec<Uscc>, StoreError> {
    let mut all = asked.to_vec();
    for part in asked.chunks(CODES_AT_ONCE) {
        let sql =
            format!("SELECT uscc FROM dealings WHERE last_day >= $1 AND party IN {}", listed(2, part.len()));
        let binds = part.iter().map(|uscc| Bind::from(uscc.as_str()));
        all.extend(codes(connection, &sql, std::iter::once(Bind::Int(first_day)).chain(binds))?);
    }
    Ok(sorted(all))
}
