//! Received files and their quarantine, as they are asked for.

use std::collections::BTreeMap;

use credit_core::records::{Expected, FieldError, Lang};
use diesel::prelude::*;

use super::receive::Summary;
use crate::store::schema::{batches, rejects};
use crate::store::{DbConnection, StoreError};

/// A received file.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = batches)]
pub struct Batch {
    pub id: String,
    pub source: String,
    pub dialect: String,
    pub file_name: String,
    pub file_digest: String,
    pub bytes: i64,
    pub received_at: i64,
    pub rows_total: i64,
    pub rows_new: i64,
    pub rows_superseding: i64,
    pub rows_unchanged: i64,
    pub rows_rejected: i64,
    pub extra_columns: String,
    /// JSON `{code, column, zh, en}` of a file that was refused whole.
    pub refused: Option<String>,
}

impl Batch {
    #[must_use]
    pub fn extra(&self) -> BTreeMap<String, u64> {
        serde_json::from_str(&self.extra_columns).unwrap_or_default()
    }

    #[must_use]
    pub fn summary(&self) -> Summary {
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Summary {
            batch_id: self.id.clone(),
            source: self.source.clone(),
            dialect: self.dialect.clone(),
            file_name: self.file_name.clone(),
            file_digest: self.file_digest.clone(),
            bytes: count(self.bytes),
            rows_total: count(self.rows_total),
            rows_new: count(self.rows_new),
            rows_superseding: count(self.rows_superseding),
            rows_unchanged: count(self.rows_unchanged),
            rows_rejected: count(self.rows_rejected),
            extra_columns: self.extra(),
            same_as: None,
        }
    }
}

/// One error of one row in the quarantine.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = rejects)]
pub struct Reject {
    pub batch_id: String,
    pub position: i64,
    pub line: i64,
    pub column_name: String,
    pub code: String,
    pub found: String,
    pub expected: String,
    pub raw: String,
}

impl Reject {
    /// Which field, what was found, what was expected, what to do.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let code = serde_json::from_value(serde_json::Value::String(self.code.clone()));
        let expected: Result<Expected, _> = serde_json::from_str(&self.expected);
        match (code, expected) {
            (Ok(code), Ok(expected)) => {
                FieldError::new(self.column_name.clone(), code, &self.found, expected).message(lang)
            }
            _ => self.code.clone(),
        }
    }
}

/// # Errors
/// The database's.
pub fn by_digest(connection: &mut DbConnection, digest: &str) -> Result<Option<Batch>, StoreError> {
    Ok(batches::table
        .filter(batches::file_digest.eq(digest))
        .filter(batches::refused.is_null())
        .select(Batch::as_select())
        .first(connection)
        .optional()?)
}

/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<Batch>, StoreError> {
    Ok(batches::table.filter(batches::id.eq(id)).select(Batch::as_select()).first(connection).optional()?)
}

/// Batches received before `before` (milliseconds), newest first.
///
/// # Errors
/// The database's.
pub fn list(connection: &mut DbConnection, before: i64, limit: i64) -> Result<Vec<Batch>, StoreError> {
    Ok(batches::table
        .filter(batches::received_at.lt(before))
        .order(batches::received_at.desc())
        .limit(limit)
        .select(Batch::as_select())
        .load(connection)?)
}

/// The quarantine of a batch after `position`, in file order.
///
/// # Errors
/// The database's.
pub fn rejects_of(
    connection: &mut DbConnection,
    batch_id: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Reject>, StoreError> {
    Ok(rejects::table
        .filter(rejects::batch_id.eq(batch_id))
        .filter(rejects::position.gt(after))
        .order(rejects::position.asc())
        .limit(limit)
        .select(Reject::as_select())
        .load(connection)?)
}
