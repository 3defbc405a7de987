//! Sales that were kept before there were traces: by what they are found, a few at a time.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::index::{self, Indexed};
use super::journey;
use crate::ceb::gather::{self, Known};
use crate::ceb::{joins, sales};
use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// Sales made at one look, so that nothing else waits for years of them.
const AT_ONCE: i64 = 500;

#[derive(QueryableByName)]
struct Left {
    #[diesel(sql_type = Text)]
    sale: String,
}

/// Makes the traces of some sales that have none. Returns of how many.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn look(database: &Database) -> Result<usize, StoreError> {
    let mut connection = database.connection()?;
    if left(&mut connection)?.is_empty() {
        return Ok(0);
    }
    // One after the other with files, which write the traces of the same sales.
    write(&mut connection, Lane::Intake, |connection| {
        let ids = left(connection)?;
        let rows = sales::these(connection, &ids)?;
        let keys: BTreeSet<String> =
            rows.values().map(|row| joins::sale(&row.platform_code, &row.order_no)).collect();
        let mut documents = gather::of_sales(connection, &keys, Known::Now)?;
        let indexed = rows.into_values().map(|row| {
            let key = joins::sale(&row.platform_code, &row.order_no);
            let found = documents.remove(&key).unwrap_or_default();
            let keys = index::keys(&found, &journey::journey(&found));
            Indexed { sale: row.id, uscc: row.uscc, sent_at: row.sent_at, keys, again: true }
        });
        index::put(connection, indexed.collect())?;
        let done = ids.iter().map(|id| vec![Bind::Text(id.clone())]).collect();
        bulk::execute_rows(connection, "DELETE FROM ceb_untraced WHERE sale IN (", 1, done, ")")?;
        Ok(ids.len())
    })
}

fn left(connection: &mut DbConnection) -> Result<BTreeSet<String>, StoreError> {
    let rows: Vec<Left> =
        bulk::load(connection, "SELECT sale FROM ceb_untraced ORDER BY sale LIMIT $1", [AT_ONCE.into()])?;
    Ok(rows.into_iter().map(|row| row.sale).collect())
}

/// Which of these sales have no traces yet.
///
/// # Errors
/// The database's.
pub fn of(connection: &mut DbConnection, ids: &BTreeSet<String>) -> Result<BTreeSet<String>, StoreError> {
    let rows: Vec<Left> = bulk::load_rows(
        connection,
        "WITH k (sale) AS (",
        1,
        ids.iter().map(|id| Bind::Text(id.clone())),
        ") SELECT u.sale FROM k CROSS JOIN ceb_untraced u WHERE u.sale = k.sale",
    )?;
    Ok(rows.into_iter().map(|row| row.sale).collect())
}
