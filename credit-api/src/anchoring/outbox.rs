//! What must reach the ledger, written in the transaction of what it anchors, drained in order.
#![expect(clippy::as_conversions, reason = "the SCALE derive writes variant indices with `as`")]

use credit_core::uscc::Uscc;
use diesel::prelude::*;
use parity_scale_codec::{Decode, DecodeAll, Encode};

use crate::evaluation::statement::Written;
use crate::store::bulk::{self, Bind};
use crate::store::schema::outbox;
use crate::store::{DbConnection, StoreError};

/// What is to be anchored; everything of the entry that does not depend on the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Draft {
    #[codec(index = 1)]
    Rating { commitment: [u8; 32], scorecard_digest: [u8; 32] },
    /// Entry to a published list, or exit from it.
    #[codec(index = 2)]
    Listing { list: u16, listed: bool, commitment: [u8; 32] },
    /// A published scorecard.
    #[codec(index = 3)]
    Scorecard { id: String, digest: [u8; 32], effective_day: u32 },
    /// An enterprise's consent, or its revocation.
    #[codec(index = 5)]
    Consent { revoked: bool, commitment: [u8; 32] },
    /// A received file: SHA-256 of its bytes.
    #[codec(index = 7)]
    Batch { day: u32, digest: [u8; 32] },
    /// The witness policy from now on: SHA-256 of its text.
    #[codec(index = 8)]
    Policy { day: u32, digest: [u8; 32] },
    /// The access log of a day of Asia/Shanghai: its Merkle root.
    #[codec(index = 9)]
    AccessLog { day: u32, digest: [u8; 32] },
    /// What a department may take as a standing matter, or its end.
    #[codec(index = 10)]
    Sharing { ended: bool, commitment: [u8; 32] },
    /// A step of a case.
    #[codec(index = 11)]
    Case { commitment: [u8; 32] },
    /// A certificate of a repair.
    #[codec(index = 12)]
    Certificate { commitment: [u8; 32] },
    /// What became of an enterprise's measures in one transaction.
    #[codec(index = 13)]
    Measure { commitment: [u8; 32] },
    /// A plan of inspection, or its draw: SHA-256 of its text.
    #[codec(index = 14)]
    Draw { day: u32, digest: [u8; 32] },
    /// An entry made and signed elsewhere, such as a change of keys: its SCALE bytes.
    #[codec(index = 15)]
    Entry { bytes: Vec<u8> },
}

impl Draft {
    /// The `kind` column.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Draft::Rating { .. } => "rating",
            Draft::Listing { .. } => "listing",
            Draft::Scorecard { .. } => "scorecard",
            Draft::Consent { .. } => "consent",
            Draft::Sharing { .. } => "sharing",
            Draft::Case { .. } => "case",
            Draft::Certificate { .. } => "certificate",
            Draft::Measure { .. } => "measure",
            Draft::Draw { .. } => crate::inspections::KIND,
            Draft::Batch { .. } => "batch",
            Draft::Policy { .. } => super::policy::KIND,
            Draft::AccessLog { .. } => "access_log",
            Draft::Entry { .. } => "entry",
        }
    }
}

/// A row to be written.
#[derive(Debug, Clone)]
pub struct NewRow {
    /// The subject: a USCC, a batch id or a scorecard id.
    pub subject: String,
    pub seq: i64,
    pub at_ms: i64,
    pub draft: Draft,
}

/// A row as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub struct OutboxRow {
    pub id: i64,
    pub kind: String,
    pub uscc: String,
    pub seq: i64,
    pub at_ms: i64,
    pub body: Vec<u8>,
    pub cause: Option<String>,
    pub leaf_index: Option<i64>,
    pub leaf_hash: Option<String>,
    pub block: Option<i64>,
}

impl OutboxRow {
    /// # Errors
    /// [`StoreError::Damaged`] when the body is not what this module writes.
    pub fn draft(&self) -> Result<Draft, StoreError> {
        Draft::decode_all(&mut self.body.as_slice()).map_err(|error| StoreError::Damaged {
            what: "outbox row",
            key: self.id.to_string(),
            why: error.to_string(),
        })
    }
}

/// The row of a rating change.
#[must_use]
pub fn rating_row(uscc: Uscc, seq: i64, at_ms: i64, written: &Written, scorecard_digest: [u8; 32]) -> NewRow {
    let draft = Draft::Rating { commitment: written.commitment, scorecard_digest };
    NewRow { subject: uscc.to_string(), seq, at_ms, draft }
}

/// The number of the last row of this kind about a subject.
///
/// # Errors
/// The database's.
pub fn last_seq(connection: &mut DbConnection, kind: &str, subject: &str) -> Result<Option<i64>, StoreError> {
    Ok(outbox::table
        .filter(outbox::kind.eq(kind))
        .filter(outbox::uscc.eq(subject))
        .select(diesel::dsl::max(outbox::seq))
        .get_result(connection)?)
}

/// All rows of this kind about a subject, in order.
///
/// # Errors
/// The database's.
pub fn of_subject(
    connection: &mut DbConnection,
    kind: &str,
    subject: &str,
) -> Result<Vec<OutboxRow>, StoreError> {
    Ok(outbox::table
        .filter(outbox::kind.eq(kind))
        .filter(outbox::uscc.eq(subject))
        .order(outbox::seq.asc())
        .select(OutboxRow::as_select())
        .load(connection)?)
}

/// The number after the last row of this kind about a subject.
///
/// # Errors
/// The database's.
pub fn next_seq(connection: &mut DbConnection, kind: &str, subject: &str) -> Result<i64, StoreError> {
    Ok(last_seq(connection, kind, subject)?.map_or(1, |last| last + 1))
}

/// Writes the next row of its kind about a subject; to be called in the transaction of what it anchors.
///
/// # Errors
/// The database's.
pub fn append(
    connection: &mut DbConnection,
    subject: &str,
    at_ms: i64,
    draft: Draft,
) -> Result<(), StoreError> {
    let seq = next_seq(connection, draft.kind(), subject)?;
    insert(connection, vec![NewRow { subject: subject.to_owned(), seq, at_ms, draft }])
}

/// Writes rows; to be called in the transaction of what they anchor.
///
/// # Errors
/// The database's.
pub fn insert(connection: &mut DbConnection, rows: Vec<NewRow>) -> Result<(), StoreError> {
    let rows = rows.into_iter().map(|row| {
        vec![
            row.draft.kind().into(),
            row.subject.into(),
            row.seq.into(),
            row.at_ms.into(),
            Bind::Bytes(row.draft.encode()),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO outbox (kind, uscc, seq, at_ms, body)",
        5,
        rows.collect(),
        "",
    )?;
    Ok(())
}

/// Rows not yet on the ledger, oldest first.
///
/// # Errors
/// The database's.
pub fn pending(connection: &mut DbConnection, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
    Ok(outbox::table
        .filter(outbox::leaf_index.is_null())
        .order(outbox::id.asc())
        .limit(limit)
        .select(OutboxRow::as_select())
        .load(connection)?)
}

/// Rows after this id, whether they are on the ledger or not.
///
/// # Errors
/// The database's.
pub fn after(connection: &mut DbConnection, id: i64, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
    Ok(outbox::table
        .filter(outbox::id.gt(id))
        .order(outbox::id.asc())
        .limit(limit)
        .select(OutboxRow::as_select())
        .load(connection)?)
}

/// An id after which the rows of a leaf and of those behind it very likely are: before the first row that is not
/// marked, or marked with that leaf or a later one.
///
/// # Errors
/// The database's.
pub fn before_leaf(connection: &mut DbConnection, leaf: u64) -> Result<i64, StoreError> {
    let leaf = i64::try_from(leaf).unwrap_or(i64::MAX);
    let first: Option<i64> = outbox::table
        .filter(outbox::leaf_index.is_null().or(outbox::leaf_index.ge(leaf)))
        .select(diesel::dsl::min(outbox::id))
        .get_result(connection)?;
    Ok(first.map_or(0, |id| id.saturating_sub(1)))
}

/// The row that is marked as landed at this leaf.
///
/// # Errors
/// The database's.
pub fn at_leaf(connection: &mut DbConnection, leaf: u64) -> Result<Option<OutboxRow>, StoreError> {
    let leaf = i64::try_from(leaf).unwrap_or(i64::MAX);
    Ok(outbox::table
        .filter(outbox::leaf_index.eq(leaf))
        .select(OutboxRow::as_select())
        .first(connection)
        .optional()?)
}

/// The id of the row that is marked with this cause.
///
/// # Errors
/// The database's.
pub fn marked_with(connection: &mut DbConnection, cause: &str) -> Result<Option<i64>, StoreError> {
    Ok(outbox::table.filter(outbox::cause.eq(cause)).select(outbox::id).first(connection).optional()?)
}

/// How many rows wait.
///
/// # Errors
/// The database's.
pub fn pending_count(connection: &mut DbConnection) -> Result<i64, StoreError> {
    Ok(outbox::table.filter(outbox::leaf_index.is_null()).count().get_result(connection)?)
}

/// The row of one subject's change.
///
/// # Errors
/// The database's.
pub fn find(
    connection: &mut DbConnection,
    kind: &str,
    subject: &str,
    seq: i64,
) -> Result<Option<OutboxRow>, StoreError> {
    Ok(outbox::table
        .filter(outbox::kind.eq(kind))
        .filter(outbox::uscc.eq(subject))
        .filter(outbox::seq.eq(seq))
        .select(OutboxRow::as_select())
        .first(connection)
        .optional()?)
}

/// Where a row landed.
#[derive(Debug, Clone)]
pub struct Landed {
    pub id: i64,
    pub cause: [u8; 32],
    pub leaf_index: u64,
    pub leaf_hash: [u8; 32],
    pub block: u32,
}

/// Marks rows as sequenced.
///
/// # Errors
/// The database's.
pub fn mark(connection: &mut DbConnection, landed: &[Landed]) -> Result<(), StoreError> {
    for row in landed {
        bulk::execute(
            connection,
            "UPDATE outbox SET cause = $1, leaf_index = $2, leaf_hash = $3, block = $4 WHERE id = $5",
            [
                hex::encode(row.cause).into(),
                i64::try_from(row.leaf_index).unwrap_or(i64::MAX).into(),
                hex::encode(row.leaf_hash).into(),
                i64::from(row.block).into(),
                row.id.into(),
            ],
        )?;
    }
    Ok(())
}
