//! `Idempotency-Key`: the same request sent twice is done once and answered the same, for 24 hours.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::problem::{Code, Problem};
use super::state::{Shared, State, blocking};
use crate::access::Principal;
use crate::store::bulk::{self, Bind};
use crate::store::schema::idempotency;
use crate::store::{DbConnection, Lane, StoreError, write};

/// How long an answer is kept, milliseconds.
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
/// Longest key, characters.
const KEY_CHARS_MAX: usize = 128;

/// A key of a caller, with what it was used for.
#[derive(Debug, Clone)]
pub struct Key {
    principal: String,
    key: String,
    fingerprint: String,
}

impl Key {
    /// The key of a request, if it has one. `about` is what, beside method and path, makes two requests the same.
    ///
    /// # Errors
    /// [`Code::InvalidIdempotencyKey`].
    pub fn of(
        request: &HttpRequest,
        principal: &Principal,
        about: &[&[u8]],
    ) -> Result<Option<Self>, Problem> {
        let Some(value) = request.headers().get("idempotency-key") else { return Ok(None) };
        let key = value.to_str().ok().map(|text| text.trim().trim_matches('"'));
        let key = key.filter(|key| {
            (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
        });
        let key = key.ok_or_else(|| Problem::new(Code::InvalidIdempotencyKey))?;
        let mut hasher = Sha256::new();
        let target = [request.method().as_str().as_bytes(), request.path().as_bytes()];
        for part in target.iter().chain(about) {
            hasher.update(part.len().to_le_bytes());
            hasher.update(part);
        }
        let fingerprint = hex::encode(hasher.finalize());
        Ok(Some(Self { principal: principal.id.to_string(), key: key.to_owned(), fingerprint }))
    }
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
}

impl Kept {
    /// The answer as it is sent, the first time and every time after.
    #[must_use]
    pub fn answer(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut answer = HttpResponse::build(status);
        if let Some(location) = &self.location {
            answer.insert_header((header::LOCATION, location.as_str()));
        }
        answer.insert_header((header::CONTENT_TYPE, "application/json"));
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        answer.body(self.body.clone())
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = idempotency)]
struct Row {
    fingerprint: String,
    status: i32,
    location: Option<String>,
    body: String,
}

/// The answer that was given to this key before, if there is a key.
///
/// # Errors
/// [`Code::IdempotencyConflict`] when it was used for another request; the database's.
pub async fn recall(state: &Shared, key: Option<&Key>) -> Result<Option<Kept>, Problem> {
    let Some(key) = key.cloned() else { return Ok(None) };
    blocking(state, move |state| {
        find(&mut *state.service.database.connection()?, &key, state.service.clock.now().0)
    })
    .await
}

/// Keeps the answer of a request that changed nothing else; when another request with the key was faster, its
/// answer is the answer.
///
/// # Errors
/// The database's.
pub fn remember(state: &State, key: &Key, kept: Kept) -> Result<Kept, Problem> {
    let mut connection = state.service.database.connection()?;
    let now = state.service.clock.now().0;
    let outcome = write(&mut connection, Lane::Bookkeeping, |connection| keep(connection, key, &kept, now));
    match outcome {
        Ok(()) => Ok(kept),
        Err(error) => overtaken(&mut connection, Some(key), error, now),
    }
}

/// After a failed write: the answer of the request with the same key that was faster, or the error.
///
/// # Errors
/// The error given, when no other request was faster.
pub fn overtaken(
    connection: &mut DbConnection,
    key: Option<&Key>,
    error: StoreError,
    now: i64,
) -> Result<Kept, Problem> {
    match key {
        Some(key) if was_overtaken(&error) => {
            find(connection, key, now)?.ok_or_else(|| Problem::internal(&error))
        }
        _ => Err(error.into()),
    }
}

/// The answer that was given to this key before.
///
/// # Errors
/// [`Code::IdempotencyConflict`] when it was used for another request; the database's.
pub fn find(connection: &mut DbConnection, key: &Key, now: i64) -> Result<Option<Kept>, Problem> {
    let row: Option<Row> = idempotency::table
        .filter(idempotency::principal.eq(&key.principal))
        .filter(idempotency::key.eq(&key.key))
        .filter(idempotency::created_at.gt(now - KEPT_MS))
        .select(Row::as_select())
        .first(connection)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    if row.fingerprint != key.fingerprint {
        return Err(Problem::new(Code::IdempotencyConflict));
    }
    Ok(Some(Kept {
        status: u16::try_from(row.status).unwrap_or(200),
        location: row.location,
        body: row.body,
    }))
}

/// Keeps an answer, in the transaction of what it answers; what is older than a day goes.
///
/// # Errors
/// The database's, among others when another request with the key was faster.
pub fn keep(connection: &mut DbConnection, key: &Key, kept: &Kept, now: i64) -> Result<(), StoreError> {
    bulk::execute(connection, "DELETE FROM idempotency WHERE created_at <= $1", [Bind::Big(now - KEPT_MS)])?;
    bulk::execute(
        connection,
        "INSERT INTO idempotency (principal, key, fingerprint, status, location, body, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            key.principal.clone().into(),
            key.key.clone().into(),
            key.fingerprint.clone().into(),
            i32::from(kept.status).into(),
            Bind::OptionalText(kept.location.clone()),
            kept.body.clone().into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// Whether the database refused because another request with the same key was faster.
fn was_overtaken(error: &StoreError) -> bool {
    use diesel::result::{DatabaseErrorKind, Error};
    matches!(error, StoreError::Query(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
}
