//! Secrets, pushed batches and receipts as stored.

use diesel::prelude::*;

use crate::store::schema::{single_window_batches, single_window_receipts, single_window_secrets};
use crate::store::{DbConnection, StoreError};

/// A signing secret, without the secret.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = single_window_secrets)]
pub struct SecretRow {
    pub id: String,
    pub user_id: String,
    pub created_at: i64,
    pub created_by: String,
    pub ends_at: Option<i64>,
}

/// A batch that was pushed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = single_window_batches)]
pub struct BatchRow {
    pub id: String,
    pub user_id: String,
    pub webhook_id: String,
    pub body_digest: String,
    pub file_digest: String,
    pub job_id: String,
    pub messages: i32,
    pub received_at: i64,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = single_window_receipts)]
pub struct ReceiptRow {
    /// Its place among all receipts, in the order of commit.
    pub seq: i64,
    pub user_id: String,
    pub batch_id: String,
    /// Its place in the batch, from 1.
    pub position: i32,
    pub message_id: String,
    pub state: String,
    pub fresh: i32,
    pub superseding: i32,
    pub unchanged: i32,
    pub refused: i32,
    pub errors: String,
    pub sales: String,
    /// When the batch was taken.
    pub known_from: i64,
}

/// # Errors
/// The database's.
pub fn insert_secret(connection: &mut DbConnection, row: &SecretRow) -> Result<(), StoreError> {
    diesel::insert_into(single_window_secrets::table).values(row).execute(connection)?;
    Ok(())
}

/// The secrets that hold at `now`, the newest first.
///
/// # Errors
/// The database's.
pub fn secrets(connection: &mut DbConnection, user: &str, now: i64) -> Result<Vec<SecretRow>, StoreError> {
    let live = single_window_secrets::ends_at.is_null().or(single_window_secrets::ends_at.gt(now));
    Ok(single_window_secrets::table
        .filter(single_window_secrets::user_id.eq(user))
        .filter(live)
        .order((single_window_secrets::created_at.desc(), single_window_secrets::id.desc()))
        .select(SecretRow::as_select())
        .load(connection)?)
}

/// Lets all secrets of a sender end at `ends_at` that would not have ended before.
///
/// # Errors
/// The database's.
pub fn end_secrets(connection: &mut DbConnection, user: &str, ends_at: i64) -> Result<(), StoreError> {
    let later = single_window_secrets::ends_at.is_null().or(single_window_secrets::ends_at.gt(ends_at));
    let rows = single_window_secrets::table.filter(single_window_secrets::user_id.eq(user)).filter(later);
    diesel::update(rows).set(single_window_secrets::ends_at.eq(ends_at)).execute(connection)?;
    Ok(())
}

/// # Errors
/// The database's, among others when another request with this webhook id was faster.
pub fn insert_batch(connection: &mut DbConnection, row: &BatchRow) -> Result<(), StoreError> {
    diesel::insert_into(single_window_batches::table).values(row).execute(connection)?;
    Ok(())
}

/// The batch that a sender's webhook id stands for.
///
/// # Errors
/// The database's.
pub fn by_webhook_id(
    connection: &mut DbConnection,
    user: &str,
    webhook_id: &str,
) -> Result<Option<BatchRow>, StoreError> {
    Ok(single_window_batches::table
        .filter(single_window_batches::user_id.eq(user))
        .filter(single_window_batches::webhook_id.eq(webhook_id))
        .select(BatchRow::as_select())
        .first(connection)
        .optional()?)
}

/// The batch whose archive has this digest.
///
/// # Errors
/// The database's.
pub fn of_file(connection: &mut DbConnection, digest: &str) -> Result<Option<BatchRow>, StoreError> {
    Ok(single_window_batches::table
        .filter(single_window_batches::file_digest.eq(digest))
        .select(BatchRow::as_select())
        .first(connection)
        .optional()?)
}

/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<BatchRow>, StoreError> {
    Ok(single_window_batches::table.find(id).select(BatchRow::as_select()).first(connection).optional()?)
}

/// Writes the receipts of a batch, numbered on from the last. To be called in the transaction of intake, of which
/// there is one at a time, so that a reader who has seen a number has seen every smaller one.
///
/// # Errors
/// The database's.
pub fn insert_receipts(connection: &mut DbConnection, rows: Vec<ReceiptRow>) -> Result<(), StoreError> {
    let last = last_receipt(connection)?;
    for (seq, row) in (last + 1..).zip(rows) {
        let row = ReceiptRow { seq, ..row };
        diesel::insert_into(single_window_receipts::table).values(&row).execute(connection)?;
    }
    Ok(())
}

/// The number of the last receipt; 0 when there is none.
///
/// # Errors
/// The database's.
pub fn last_receipt(connection: &mut DbConnection) -> Result<i64, StoreError> {
    let last: Option<i64> = single_window_receipts::table
        .select(diesel::dsl::max(single_window_receipts::seq))
        .get_result(connection)?;
    Ok(last.unwrap_or(0))
}

/// Receipts of a batch after a position, in its order.
///
/// # Errors
/// The database's.
pub fn receipts_of(
    connection: &mut DbConnection,
    batch: &str,
    after: i32,
    limit: i64,
) -> Result<Vec<ReceiptRow>, StoreError> {
    Ok(single_window_receipts::table
        .filter(single_window_receipts::batch_id.eq(batch))
        .filter(single_window_receipts::position.gt(after))
        .order(single_window_receipts::position.asc())
        .limit(limit)
        .select(ReceiptRow::as_select())
        .load(connection)?)
}

/// Receipts after the one with this number (0: from the first): of one sender, or of all.
///
/// # Errors
/// The database's.
pub fn receipts_after(
    connection: &mut DbConnection,
    user: Option<&str>,
    seq: i64,
    limit: i64,
) -> Result<Vec<ReceiptRow>, StoreError> {
    let mut query = single_window_receipts::table.filter(single_window_receipts::seq.gt(seq)).into_boxed();
    if let Some(user) = user {
        query = query.filter(single_window_receipts::user_id.eq(user.to_owned()));
    }
    Ok(query
        .order(single_window_receipts::seq.asc())
        .limit(limit)
        .select(ReceiptRow::as_select())
        .load(connection)?)
}
