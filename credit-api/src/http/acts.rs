//! Acts on rows that count their versions: who may try, which version was seen (`If-Match`, `ETag`), and that an act
//! with an `Idempotency-Key` is done once, its answer kept in its own transaction.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::caller::Caller;
use super::idempotency::{self, Kept, Key};
use super::problem::{Code, Problem};
use super::state::State;
use crate::store::{DbConnection, StoreError};

/// # Errors
/// [`Code::SignInRequired`] for anybody.
pub fn signed_in(caller: &Caller) -> Result<(), Problem> {
    if caller.principal.is_anonymous() { Err(Problem::new(Code::SignInRequired)) } else { Ok(()) }
}

/// The version in `If-Match`.
///
/// # Errors
/// That there is none, or none that a row can have.
pub fn version_seen(request: &HttpRequest) -> Result<i64, Problem> {
    let value = request.headers().get(header::IF_MATCH).ok_or_else(|| Problem::new(Code::IfMatchRequired))?;
    let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
    text.parse().map_err(|_| Problem::new(Code::Changed))
}

/// A row as it is now; its version is the `ETag` that acts on it name.
#[must_use]
pub fn versioned(version: i64, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{version}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(body)
}

/// What an act is refused for; the database's own errors are told apart, since they may be a request with the same key
/// that was faster.
pub trait Refusal {
    /// # Errors
    /// The problem that is told, for everything but an error of the database.
    fn of_store(self) -> Result<StoreError, Problem>;
}

/// Does an act, and keeps its answer in the same transaction.
///
/// # Errors
/// Problems.
pub fn once<T, E: Refusal>(
    state: &State,
    key: Option<&Key>,
    answer: impl Fn(&T) -> Kept,
    act: impl FnOnce(&mut dyn FnMut(&mut DbConnection, &T) -> Result<(), StoreError>) -> Result<T, E>,
) -> Result<Kept, Problem> {
    let now = state.service.clock.now().0;
    let mut keep = |connection: &mut DbConnection, done: &T| match key {
        Some(key) => idempotency::keep(connection, key, &answer(done), now),
        None => Ok(()),
    };
    match act(&mut keep) {
        Ok(done) => Ok(answer(&done)),
        Err(refused) => {
            let error = refused.of_store()?;
            idempotency::overtaken(&mut *state.service.database.connection()?, key, error, now)
        }
    }
}

/// Brings what an act anchored onto the ledger; what cannot be anchored at once is anchored by the worker.
pub fn anchored(state: &State, kept: Kept, what: &'static str) -> Kept {
    if let Err(error) = state.anchor.drain(|_| ()) {
        tracing::error!(%error, what, "an act could not be brought onto the ledger at once");
    }
    kept
}
