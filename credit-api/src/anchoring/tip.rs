//! The tip row in the credit database: the compare-and-swap that fences two operators of one log. What the blocks
//! under it were made of is written in the same transaction, see [`super::blocks`].

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use node::tip::{SealedBlock, Tip, TipError, TipRow};

use super::blocks;

use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// The row's only id.
const ROW: i32 = 1;

/// The tip row of this credit database.
pub struct DatabaseTip(pub Database);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    size: i64,
    #[diesel(sql_type = Text)]
    root: String,
    #[diesel(sql_type = BigInt)]
    epoch: i64,
}

fn unusable(error: impl std::fmt::Display) -> TipError {
    TipError(error.to_string())
}

fn big(number: u64) -> Result<Bind, TipError> {
    i64::try_from(number).map(Bind::Big).map_err(unusable)
}

impl TipRow for DatabaseTip {
    fn read(&self) -> Result<Option<Tip>, TipError> {
        let mut connection = self.0.connection().map_err(unusable)?;
        read(&mut connection).map_err(unusable)
    }

    fn swap(&self, expected: Option<Tip>, new: Tip, sealed: &[SealedBlock]) -> Result<bool, TipError> {
        let mut connection = self.0.connection().map_err(unusable)?;
        let fresh = [big(new.size)?, Bind::Text(hex::encode(new.root)), big(new.epoch)?];
        let changed = match expected {
            None => {
                let binds = [Bind::Int(ROW)].into_iter().chain(fresh);
                let sql = "INSERT INTO ledger_tip (id, size, root, epoch) VALUES ($1, $2, $3, $4) \
                           ON CONFLICT (id) DO NOTHING";
                swap_row(&mut connection, sql, binds, sealed)
            }
            Some(old) => {
                let known =
                    [Bind::Int(ROW), big(old.size)?, Bind::Text(hex::encode(old.root)), big(old.epoch)?];
                let sql = "UPDATE ledger_tip SET size = $1, root = $2, epoch = $3 \
                           WHERE id = $4 AND size = $5 AND root = $6 AND epoch = $7";
                swap_row(&mut connection, sql, fresh.into_iter().chain(known), sealed)
            }
        };
        changed.map_err(unusable)
    }
}

/// The tip row, in the transaction of this connection.
///
/// # Errors
/// The database's; [`StoreError::Damaged`] for a row that is no tip.
pub fn read(connection: &mut DbConnection) -> Result<Option<Tip>, StoreError> {
    let rows: Vec<Row> =
        bulk::load(connection, "SELECT size, root, epoch FROM ledger_tip WHERE id = $1", [ROW.into()])?;
    let damaged = |error: TipError| StoreError::Damaged {
        what: "tip row",
        key: ROW.to_string(),
        why: error.to_string(),
    };
    rows.first().map(|row| tip_of(row).map_err(damaged)).transpose()
}

/// How long a transaction on the tip or the lease may lie open without a statement, milliseconds.
const PAUSE_MS_MAX: u32 = 3_000;

/// A process that is stopped in the middle of this transaction must not keep the row locked: PostgreSQL then ends its
/// session, and nothing of the transaction stays. SQLite has no such means; there a stopped process that holds the
/// file's lock delays a takeover until it goes on or ends.
pub(super) fn give_way_when_paused(connection: &mut DbConnection) -> QueryResult<()> {
    match connection {
        DbConnection::Postgres(pg) => {
            pg.batch_execute(&format!("SET LOCAL idle_in_transaction_session_timeout = {PAUSE_MS_MAX}"))
        }
        DbConnection::Sqlite(_) => Ok(()),
    }
}

/// Swaps and records in one transaction; `false` when there was nothing to swap, and then nothing is recorded.
fn swap_row(
    connection: &mut DbConnection,
    sql: &str,
    binds: impl Iterator<Item = Bind>,
    sealed: &[SealedBlock],
) -> Result<bool, StoreError> {
    write(connection, Lane::Bookkeeping, |connection| {
        give_way_when_paused(connection)?;
        if bulk::execute(connection, sql, binds)? != 1 {
            return Ok(false);
        }
        blocks::insert(connection, sealed)?;
        Ok(true)
    })
}

fn tip_of(row: &Row) -> Result<Tip, TipError> {
    let mut root = [0u8; 32];
    hex::decode_to_slice(&row.root, &mut root).map_err(unusable)?;
    Ok(Tip {
        size: u64::try_from(row.size).map_err(unusable)?,
        root,
        epoch: u64::try_from(row.epoch).map_err(unusable)?,
    })
}
