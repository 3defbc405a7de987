//! The row of a batch: begun with the first row of a file, closed with its counts, or kept as a refusal; and the file's
//! digest on its way to the ledger.

use std::collections::BTreeMap;

use credit_core::dates::day_number;
use credit_core::records::Lang;

use super::evidence::Stored;
use super::keep::{Kept, Provenance};
use super::readers::FileError;
use super::receive::Summary;
use crate::anchoring::outbox::{self, Draft, NewRow};
use crate::clock::Clock;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, Lane, StoreError, write};

/// What became of a file's rows.
pub(crate) struct Counts<'a> {
    pub total: u64,
    pub rejected: u64,
    pub kept: Kept,
    /// Columns that the source does not know, with the number of rows that fill them.
    pub extra: &'a BTreeMap<String, u64>,
}

/// Begins a batch. `source` is the source's id and its dialect.
pub(crate) fn begin(
    connection: &mut DbConnection,
    clock: &dyn Clock,
    stored: &Stored,
    source: (&str, &str),
    name: &str,
) -> Result<Provenance, StoreError> {
    let from = next_provenance(connection, clock, stored)?;
    insert_batch(connection, &from, source.0, source.1, stored, name)?;
    Ok(from)
}

/// Writes the counts and leads the digest to the ledger, as one of the last things of the file's transaction.
pub(crate) fn close(
    connection: &mut DbConnection,
    from: &Provenance,
    stored: &Stored,
    counts: &Counts<'_>,
) -> Result<(), StoreError> {
    let big = |count: u64| Bind::Big(i64::try_from(count).unwrap_or(i64::MAX));
    bulk::execute(
        connection,
        "UPDATE batches SET rows_total = $1, rows_new = $2, rows_superseding = $3, rows_unchanged = $4, \
         rows_rejected = $5, extra_columns = $6 WHERE id = $7",
        [
            big(counts.total),
            big(counts.kept.new),
            big(counts.kept.superseding),
            big(counts.kept.unchanged),
            big(counts.rejected),
            serde_json::to_string(counts.extra).unwrap_or_default().into(),
            from.batch_id.clone().into(),
        ],
    )?;
    anchor(connection, from, stored)
}

/// What became of the same bytes when they were received before.
pub(crate) fn same(connection: &mut DbConnection, stored: &Stored) -> Result<Option<Summary>, StoreError> {
    let earlier = super::batches::by_digest(connection, &stored.digest)?.map(|batch| batch.summary());
    Ok(earlier.map(|earlier| Summary { same_as: Some(earlier.batch_id.clone()), ..earlier }))
}

/// The file's digest goes onto the ledger, so that a changed evidence file or row can be told from the original.
fn anchor(connection: &mut DbConnection, from: &Provenance, stored: &Stored) -> Result<(), StoreError> {
    let mut digest = [0u8; 32];
    if hex::decode_to_slice(&stored.digest, &mut digest).is_err() {
        return Ok(());
    }
    let day = day_number(credit_core::dates::Moment(from.known_from).shanghai_date());
    let draft = Draft::Batch { day: u32::try_from(day).unwrap_or(0), digest };
    outbox::insert(
        connection,
        vec![NewRow { subject: from.batch_id.clone(), seq: 1, at_ms: from.known_from, draft }],
    )?;
    Ok(())
}

/// Strictly later than every earlier batch, so that "as known at T" is never ambiguous.
fn next_provenance(
    connection: &mut DbConnection,
    clock: &dyn Clock,
    stored: &Stored,
) -> Result<Provenance, StoreError> {
    let latest = crate::evaluation::knowledge::latest_knowledge(connection)?;
    let known_from = clock.now().0.max(latest + 1);
    let digest = stored.digest.get(..12).unwrap_or_default();
    Ok(Provenance { batch_id: format!("b{known_from}-{digest}"), known_from })
}

fn insert_batch(
    connection: &mut DbConnection,
    from: &Provenance,
    source: &str,
    dialect: &str,
    stored: &Stored,
    name: &str,
) -> Result<(), StoreError> {
    bulk::execute(
        connection,
        "INSERT INTO batches (id, source, dialect, file_name, file_digest, bytes, received_at, rows_total, \
         rows_new, rows_superseding, rows_unchanged, rows_rejected, extra_columns) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, '{}')",
        [
            from.batch_id.clone().into(),
            source.into(),
            dialect.into(),
            name.into(),
            stored.digest.clone().into(),
            i64::try_from(stored.bytes).unwrap_or(i64::MAX).into(),
            from.known_from.into(),
        ],
    )?;
    Ok(())
}

pub(crate) fn refuse(
    connection: &mut DbConnection,
    clock: &dyn Clock,
    stored: &Stored,
    name: &str,
    error: &FileError,
) -> Result<(), StoreError> {
    let refusal = serde_json::json!({
        "code": error.code().as_str(),
        "column": error.column(),
        "zh": error.message(Lang::Zh),
        "en": error.message(Lang::En),
    });
    write(connection, Lane::Intake, |connection| {
        let from = next_provenance(connection, clock, stored)?;
        insert_batch(connection, &from, "", "", stored, name)?;
        bulk::execute(
            connection,
            "UPDATE batches SET refused = $1 WHERE id = $2",
            [refusal.to_string().into(), from.batch_id.into()],
        )?;
        Ok(())
    })
}
