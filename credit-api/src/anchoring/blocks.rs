//! The record of sealed blocks: what each was made of, in the order of the log. Rows are written by the
//! compare-and-swap of the tip alone, so that they cover exactly what the tip row covers.
#![expect(clippy::as_conversions, reason = "the SCALE derive writes variant indices with `as`")]

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use node::tip::{EntryRef, SealedBlock};
use parity_scale_codec::{Decode, DecodeAll, Encode};

use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// [`EntryRef`] as it is stored.
#[derive(Encode, Decode)]
enum StoredRef {
    #[codec(index = 0)]
    Cause([u8; 32]),
    #[codec(index = 1)]
    Raw { cause: Option<[u8; 32]>, bytes: Vec<u8> },
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = BigInt)]
    first_index: i64,
    #[diesel(sql_type = Binary)]
    header: Vec<u8>,
    #[diesel(sql_type = Binary)]
    entries: Vec<u8>,
}

/// Writes the rows of these blocks, inside the transaction that swaps the tip. A row that a lost tip row left behind
/// gives way: whoever swapped the tip says what the blocks under it are.
///
/// # Errors
/// The database's.
pub fn insert(connection: &mut DbConnection, blocks: &[SealedBlock]) -> Result<(), StoreError> {
    if blocks.is_empty() {
        return Ok(());
    }
    let rows = blocks.iter().map(row_of).collect();
    bulk::execute_rows(
        connection,
        "INSERT INTO ledger_blocks (number, first_index, header, entries)",
        4,
        rows,
        "ON CONFLICT (number) DO UPDATE SET first_index = excluded.first_index, header = excluded.header, \
         entries = excluded.entries",
    )?;
    Ok(())
}

fn row_of(block: &SealedBlock) -> Vec<Bind> {
    let stored = |entry: &EntryRef| match entry {
        EntryRef::Cause(cause) => StoredRef::Cause(*cause),
        EntryRef::Raw { cause, bytes } => StoredRef::Raw { cause: *cause, bytes: bytes.clone() },
    };
    vec![
        i64::from(block.number).into(),
        i64::try_from(block.first_index).unwrap_or(i64::MAX).into(),
        Bind::Bytes(block.header.clone()),
        Bind::Bytes(block.entries.iter().map(stored).collect::<Vec<_>>().encode()),
    ]
}

/// Rows from block `number` on, in order, at most `limit`.
///
/// # Errors
/// The database's; [`StoreError::Damaged`] for a row that [`insert`] did not write.
pub fn from(connection: &mut DbConnection, number: u32, limit: i64) -> Result<Vec<SealedBlock>, StoreError> {
    let rows: Vec<Row> = bulk::load(
        connection,
        "SELECT number, first_index, header, entries FROM ledger_blocks WHERE number >= $1 ORDER BY number LIMIT $2",
        [i64::from(number).into(), limit.into()],
    )?;
    rows.iter().map(block_of).collect()
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The number of the last recorded block.
///
/// # Errors
/// The database's.
pub fn last(connection: &mut DbConnection) -> Result<Option<u32>, StoreError> {
    let sql = "SELECT number FROM ledger_blocks ORDER BY number DESC LIMIT 1";
    let rows: Vec<Number> = bulk::load(connection, sql, std::iter::empty())?;
    rows.first().map(|row| u32::try_from(row.number).map_err(|error| damaged(row.number, &error))).transpose()
}

fn damaged(number: i64, why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Damaged { what: "ledger_blocks row", key: number.to_string(), why: why.to_string() }
}

fn block_of(row: &Row) -> Result<SealedBlock, StoreError> {
    let entries = Vec::<StoredRef>::decode_all(&mut row.entries.as_slice())
        .map_err(|error| damaged(row.number, &error))?
        .into_iter()
        .map(|entry| match entry {
            StoredRef::Cause(cause) => EntryRef::Cause(cause),
            StoredRef::Raw { cause, bytes } => EntryRef::Raw { cause, bytes },
        })
        .collect();
    Ok(SealedBlock {
        number: u32::try_from(row.number).map_err(|error| damaged(row.number, &error))?,
        first_index: u64::try_from(row.first_index).map_err(|error| damaged(row.number, &error))?,
        header: row.header.clone(),
        entries,
    })
}
