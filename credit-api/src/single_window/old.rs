//! Batches and receipts that were kept as long as they are, and go.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::store::bulk::{self, Bind};
use crate::store::packs::listed;
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// Days for which a batch and its receipts are kept: five years, as long as looks at what is not public (rule 6 of the
/// architecture), and longer than the three of Article 31 of the E-commerce Law.
pub const KEPT_DAYS: i64 = 5 * 366;
const DAY_MS: i64 = 86_400_000;
/// Batches that go with one commit; each has at most [`super::MESSAGES_MAX`] receipts.
const AT_ONCE: i64 = 50;

#[derive(QueryableByName)]
struct First {
    #[diesel(sql_type = Nullable<BigInt>)]
    seq: Option<i64>,
}

/// Takes away what is older, and tells how many batches. The batch with the last receipt stays, since receipts are
/// numbered on from it.
///
/// # Errors
/// The database's.
pub fn remove(database: &Database, now_ms: i64) -> Result<usize, StoreError> {
    let mut connection = database.connection()?;
    let mut removed = 0;
    // Hardly ever is there one, and an import may hold the database for minutes.
    while !old(&mut connection, now_ms)?.is_empty() {
        let done = write(&mut connection, Lane::Bookkeeping, |connection| some(connection, now_ms))?;
        removed += done;
        if done == 0 {
            break;
        }
    }
    Ok(removed)
}

#[derive(QueryableByName)]
struct Old {
    #[diesel(sql_type = Text)]
    id: String,
}

/// Some batches that may go, the oldest first.
fn old(connection: &mut DbConnection, now_ms: i64) -> Result<Vec<Bind>, StoreError> {
    let sql = format!(
        "SELECT id FROM single_window_batches WHERE received_at < $1 AND id NOT IN \
         (SELECT batch_id FROM single_window_receipts WHERE seq = (SELECT MAX(seq) FROM single_window_receipts)) \
         AND job_id NOT IN (SELECT id FROM jobs WHERE state IN ('queued', 'running')) \
         ORDER BY received_at, id LIMIT {AT_ONCE}"
    );
    let rows: Vec<Old> = bulk::load(connection, &sql, [Bind::Big(now_ms - KEPT_DAYS * DAY_MS)])?;
    Ok(rows.into_iter().map(|row| Bind::Text(row.id)).collect())
}

fn some(connection: &mut DbConnection, now_ms: i64) -> Result<usize, StoreError> {
    let ids = old(connection, now_ms)?;
    if ids.is_empty() {
        return Ok(0);
    }
    let among = listed(1, ids.len());
    let receipts = format!("DELETE FROM single_window_receipts WHERE batch_id IN {among}");
    bulk::execute(connection, &receipts, ids.clone())?;
    Ok(bulk::execute(connection, &format!("DELETE FROM single_window_batches WHERE id IN {among}"), ids)?)
}

/// The number of the first receipt that is still there; 1 where none was taken away or given.
///
/// # Errors
/// The database's.
pub fn first_kept(connection: &mut DbConnection) -> Result<i64, StoreError> {
    let found: Vec<First> = bulk::load(connection, "SELECT MIN(seq) AS seq FROM single_window_receipts", [])?;
    Ok(found.first().and_then(|row| row.seq).unwrap_or(1))
}
